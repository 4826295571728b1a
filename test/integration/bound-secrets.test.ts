/** Who alters the stored addresses gets no key: no command and no daemon sends anything there. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { OAuthSetup } from '../oauth/oauth-setup.js';
import { type Ended, ProgramRig } from '../rigs/program.js';
import { openRecordingServer, type RecordingServer } from '../support/local-server.js';

let stranger: RecordingServer;
let live: ProgramRig;

beforeEach(async () => {
  stranger = await openRecordingServer(() => [200, { data: [] }]);
});

afterEach(async () => {
  await live.close();
  await stranger.close();
});

/** Every request that reached the stranger. */
const reached = () => stranger.requests.map(({ line }) => line);

/** Set up and paused; no address and no key in the environment from now on. */
async function setUp(): Promise<void> {
  live = await ProgramRig.setUp();
  await live.succeed('pause');
  for (const name of ['LEVER_API_URL', 'LEVER_API_KEY', 'CODESUBMIT_API_URL'])
    live.environment[name] = undefined;
  live.environment.CODESUBMIT_API_KEY = undefined;
}

function alter(name: string, value: string): void {
  const database = new Sqlite(join(live.home, 'codesubmit-lever.db'));
  database
    .prepare('INSERT OR REPLACE INTO settings VALUES (?, ?)')
    .run(name, JSON.stringify(value));
  database.close();
}

const COMMANDS = [
  ['doctor'],
  ['serve', '--port', '0'],
  ['setup', '--no-input'],
  ['preview'],
  ['revoke', '--yes'],
];

/** A daemon that starts nevertheless is ended once it listens. */
async function run(command: string[]): Promise<Ended> {
  if (command[0] !== 'serve') return live.run(...command);
  const { process, output, ended } = live.start(...command);
  process.stdout?.on('data', () => {
    if (output.stdout.includes('working')) process.kill('SIGTERM');
  });
  return ended;
}

async function runAll(
  commands = COMMANDS,
): Promise<{ command: string; code: number | null; stderr: string }[]> {
  const ended = [];
  for (const command of commands) {
    const { code, stdout, stderr } = await run(command);
    ended.push({ command: command[0] ?? '', code, stderr: stdout + stderr });
  }
  return ended;
}

it('a stored key goes where it was given for, without an address in the environment too', async () => {
  await setUp();
  const before = live.simulator.codesubmit.invitationCounts();
  await live.succeed('setup', '--no-input');
  await live.succeed('preview');
  expect(live.simulator.codesubmit.invitationCounts()).toEqual(before);
});

it.each([
  ['leverApiUrl', '/v1', /The Lever API key wasn’t sent to http\S+: it is stored for http/],
  ['codesubmitUrl', '', /The CodeSubmit API key wasn’t sent to http\S+: it is stored for http/],
])('an altered %s gets nothing from doctor, serve, setup or revoke', async (name, path, says) => {
  await setUp();
  alter(name, `${stranger.origin}${path}`);
  const ended = await runAll();
  expect(reached()).toEqual([]);
  for (const { command, code, stderr } of ended) {
    if (command === 'revoke') continue;
    expect({ command, code }).toEqual({ command, code: 78 });
    expect(stderr).toMatch(says);
  }
});

it.each([
  ['leverApiUrl', '/v1', 'LEVER_API_KEY', seedLeverApiKey],
  ['codesubmitUrl', '', 'CODESUBMIT_API_KEY', seedCodeSubmitApiKey],
])('a key in the environment isn’t sent to an altered %s', async (name, path, variable, key) => {
  await setUp();
  alter(name, `${stranger.origin}${path}`);
  live.environment[variable] = `another ${key}`;
  const ended = await runAll([['doctor'], ['setup', '--no-input']]);
  expect(reached()).toEqual([]);
  expect(ended[0]?.stderr).toMatch(/wasn’t sent to http\S+: that address is only stored/);
  expect(ended.map(({ code }) => code)).toEqual([78, 78]);
});

it.each([
  ['leverApiUrl', '/v1', '--lever-api-key-file'],
  ['codesubmitUrl', '', '--codesubmit-api-key-file'],
])('a key given to setup isn’t sent to an altered %s', async (name, path, flag) => {
  await setUp();
  alter(name, `${stranger.origin}${path}`);
  const file = join(live.folder, 'new.key');
  writeFileSync(file, 'a new key');
  const { code, stderr } = await live.run('setup', '--no-input', flag, file);
  expect(reached()).toEqual([]);
  expect(code).toBe(78);
  expect(stderr).toMatch(/wasn’t sent to http\S+: that address is only stored/);
});

it('a running daemon whose stored address is altered says so in status, and sends nothing there', async () => {
  await setUp();
  await live.succeed('resume');
  const daemon = await live.serve();
  const codes = async () => {
    const { integration } = await live.status();
    return integration.problems.map(({ code }) => code);
  };
  expect(await codes()).not.toContain('key_withheld');
  alter('leverApiUrl', `${stranger.origin}/v1`);
  await live.arrive(daemon, 'Ada Fictional');
  const { integration } = await live.status();
  expect(integration.problems.find(({ code }) => code === 'key_withheld')?.hint).toMatch(
    /the key isn’t sent there.*Set LEVER_API_URL to the right address/s,
  );
  expect(reached()).toEqual([]);
  await daemon.kill('SIGTERM');
});

it('an address that the admin changes needs the key again, and the fix that is printed works', async () => {
  await setUp();
  live.environment.CODESUBMIT_API_URL = stranger.origin;
  const { code, stderr } = await live.run('setup', '--no-input');
  expect(code).toBe(78);
  expect(stderr).toMatch(
    /Set CODESUBMIT_API_URL to the right address in the environment, then run: codesubmit-lever setup --no-input/,
  );
  expect(reached()).toEqual([]);
  live.environment.CODESUBMIT_API_URL = live.simulator.codesubmitUrl;
  await live.succeed('setup', '--no-input');
  live.environment.CODESUBMIT_API_URL = stranger.origin;
  const file = join(live.folder, 'new.key');
  writeFileSync(file, 'for there');
  await live.run('setup', '--no-input', '--codesubmit-api-key-file', file);
  expect(reached()).not.toEqual([]);
});

it.each(['leverTokenUrl', 'leverApiUrl', 'leverAuthorizeUrl'])(
  'a login’s tokens and secret aren’t sent when the %s was altered',
  async (name) => {
    const oauth = await OAuthSetup.start();
    ({ live } = oauth);
    await oauth.setUp();
    for (const variable of ['LEVER_API_URL', 'LEVER_TOKEN_URL', 'LEVER_AUTHORIZE_URL'])
      live.environment[variable] = undefined;
    live.environment.LEVER_CLIENT_SECRET = undefined;
    await live.succeed('preview');
    await oauth.age(await oauth.app());
    alter(name, name === 'leverApiUrl' ? `${stranger.origin}/v1` : stranger.origin);
    const ended = await runAll([['doctor'], ['serve', '--port', '0']]);
    expect(reached()).toEqual([]);
    expect(ended[0]?.stderr).toMatch(/The Lever client secret wasn’t sent to .*: it is stored for/);
  },
);
