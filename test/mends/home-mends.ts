/** What goes wrong with the home itself: who may read it, its key, its schema, whether it is set up and served. */
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { does, runsInShell, types, type Mend } from './mend.js';
import type { MendWorld } from './mend-world.js';

function keyFileOf({ configFolder }: MendWorld): string {
  const folder = join(configFolder, 'keys');
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.key')) ?? 'none');
}

/** What `setup` asks for is at hand. */
function giveKeys({ env }: MendWorld): void {
  Object.assign(env, { LEVER_API_KEY: seedLeverApiKey, CODESUBMIT_API_KEY: seedCodeSubmitApiKey });
}

function takeKeys({ env }: MendWorld): void {
  delete env['LEVER_API_KEY'];
  delete env['CODESUBMIT_API_KEY'];
}

const loseKey = (world: MendWorld): void => {
  giveKeys(world);
  rmSync(keyFileOf(world));
};

const LOST =
  /The key that encrypts this home’s secrets is missing: neither .* nor the file .*\.key/;
const ANEW = [types(), types({}, 1)];

export const HOME_MENDS: readonly Mend[] = [
  {
    wrong: 'others may read the home',
    break: ({ home }) => {
      chmodSync(home.folder, 0o755);
      writeFileSync(join(home.folder, 'notes'), '', { mode: 0o644 });
    },
    look: { doctor: 'home' },
    says: /Others may read \//,
    mend: [runsInShell],
    alsoCovers: ['home_open'],
  },
  {
    wrong: 'others may read the key file',
    break: (world) => chmodSync(keyFileOf(world), 0o644),
    look: { doctor: 'key' },
    says: /Others may read \/.*\.key/,
    mend: [runsInShell],
  },
  {
    wrong: 'the key file is gone',
    break: loseKey,
    look: { doctor: 'key' },
    says: LOST,
    mend: ANEW,
    after: takeKeys,
  },
  {
    wrong: 'the key is another home’s',
    break: (world) => {
      giveKeys(world);
      writeFileSync(keyFileOf(world), readFileSync(keyFileOf(world)).toString('hex').slice(0, 64));
    },
    look: { doctor: 'key' },
    says: /The key does not open what is stored: it is not this home’s/,
    mend: ANEW,
    after: takeKeys,
  },
  {
    wrong: 'the integration was revoked',
    break: (world) => world.succeed('revoke', '--yes'),
    look: { status: 'revoked' },
    says: /The integration was revoked/,
    mend: [
      (advice, world) => {
        giveKeys(world);
        return types()(advice, world);
      },
    ],
    after: takeKeys,
  },
  {
    wrong: 'the database is of a newer program',
    break: (world) => world.inHome((file) => file.exec('PRAGMA user_version = 99')),
    look: { doctor: 'database' },
    says: /The database has schema 99, this program knows schema 1/,
    mend: [
      does(/Install the newer codesubmit-lever/, (world) =>
        world.inHome((file) => file.exec('PRAGMA user_version = 1')),
      ),
    ],
  },
];
