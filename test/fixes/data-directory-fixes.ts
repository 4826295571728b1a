/** Problems with the data directory itself: who can read it and its key, whether it is set up and served. */
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { isServing } from '../../src/store/database/file-lock.js';
import { resolveHome } from '../../src/store/home/home.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { commandsIn, does, runsInShell, STOPPED, types, type Fix, type Step } from './fix.js';
import { eventually } from '../rigs/eventually.js';
import type { RunningCommand } from '../rigs/program.js';
import type { FixWorld } from './fix-world.js';

function keyFileOf({ configFolder }: FixWorld): string {
  const folder = join(configFolder, 'keys');
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.key')) ?? 'none');
}

/** The answers that `setup` needs. */
function giveKeys({ environment }: FixWorld): void {
  const keys = { LEVER_API_KEY: seedLeverApiKey, CODESUBMIT_API_KEY: seedCodeSubmitApiKey };
  Object.assign(environment, keys);
}

function takeKeys({ environment }: FixWorld): void {
  delete environment.LEVER_API_KEY;
  delete environment.CODESUBMIT_API_KEY;
}

/** The printed command as a separate process, because `serve` doesn't end. */
const serves: Step = async (advice, world) => {
  const server = world.start(...(commandsIn(advice)[0] ?? []));
  servers.push(server);
  await eventually('it holds the lock', () => {
    expect(server.process.exitCode, server.output.stderr).toBeNull();
    return isServing(resolveHome(world.home));
  });
};

const servers: RunningCommand[] = [];

async function endServers(): Promise<void> {
  for (const server of servers.splice(0)) await server.kill();
}

export const HOME_FIXES: readonly Fix[] = [
  {
    wrong: 'the daemon was never started',
    break: () => undefined,
    look: { doctor: 'daemon' },
    says: /Not started yet: nothing is sent/,
    fix: [serves],
    after: endServers,
  },
  {
    wrong: 'the daemon has stopped',
    break: async (world) => {
      await world.serveHere();
      await world.stop();
    },
    look: { doctor: 'daemon' },
    says: /Not running; last seen .* ago\. Nothing is sent/,
    alone: { check: 'daemon', first: STOPPED },
    fix: [serves],
    after: endServers,
  },
  {
    wrong: 'the proxy is none',
    break: async (world) => {
      await world.succeed('setup', '--no-input', '--public-url', 'https://bridge.example.com');
      vi.stubEnv('HTTPS_PROXY', 'socks5://proxy.example.com');
    },
    look: { doctor: 'proxy' },
    says: /The proxy in HTTPS_PROXY is not an http or https URL/,
    fix: [does(/add the host to NO_PROXY/, () => vi.unstubAllEnvs())],
    after: (world) => world.succeed('setup', '--no-input', '--public-url', world.proxy.url),
  },
  {
    wrong: 'others may read the home',
    break: ({ home }) => {
      const notes = join(home, 'notes');
      writeFileSync(notes, '');
      chmodSync(notes, 0o644);
    },
    look: { doctor: 'home' },
    says: /Other users can read or change \//,
    fix: [runsInShell],
    alsoCovers: ['home_open'],
  },
  {
    wrong: 'others may read the key file',
    break: (world) => chmodSync(keyFileOf(world), 0o644),
    look: { doctor: 'key' },
    says: /Other users can read \/.*\.key/,
    fix: [runsInShell],
  },
  {
    wrong: 'the integration was revoked',
    break: (world) => world.succeed('revoke', '--yes'),
    look: { status: 'revoked' },
    says: /The integration was revoked/,
    fix: [
      (advice, world) => {
        giveKeys(world);
        return types()(advice, world);
      },
    ],
    after: takeKeys,
  },
];
