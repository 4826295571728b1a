/**
 * What an admin reads when something is refused: what happened, why, and the command that fixes it.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import net from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { freePort } from '../rigs/free-port.js';
import { ProgramRig } from '../rigs/program.js';
import { listen } from '../support/local-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();

function fileOf(text: string): string {
  const file = join(folder, `token-${String(text.length)}`);
  writeFileSync(file, text);
  return file;
}

let live: ProgramRig;
let taken: net.Server;
let port: string;
beforeAll(async () => {
  live = await ProgramRig.setUp();
  taken = net.createServer();
  ({ port } = new URL(await listen(taken)));
});
afterAll(async () => {
  taken.close();
  await live.close();
});

it.each<[string, string[], number, string]>([
  [
    'a missing argument',
    ['rules', 'add'],
    2,
    "codesubmit-lever: missing required argument 'RULE'\n  → Run: codesubmit-lever rules add --help\n",
  ],
  [
    'a value that isn’t one of the choices',
    ['setup', '--lever-environment', 'prod'],
    2,
    'codesubmit-lever: --lever-environment must be production or sandbox, not “prod”.\n  → See: codesubmit-lever setup --help\n',
  ],
  [
    'a port that setup doesn’t take',
    ['serve', '--metrics-port', 'x'],
    2,
    'codesubmit-lever: --metrics-port must be a port, such as 8737, not “x”.\n  → See: codesubmit-lever serve --help\n',
  ],
  [
    'a rule that doesn’t exist, before any question',
    ['rules', 'remove', '99'],
    1,
    'codesubmit-lever: There is no rule 99.\n  → Run: codesubmit-lever rules list\n',
  ],
  [
    'two forms of one list',
    ['rules', '--json', '--recruiters', 'page.html'],
    2,
    "codesubmit-lever: option '--recruiters [FILE]' cannot be used with option '--json'\n  → Run: codesubmit-lever rules list --help\n",
  ],
  [
    'an invitation that doesn’t exist, before any question',
    ['retry', '99', '--dry-run'],
    1,
    'codesubmit-lever: There is no invitation 99.\n  → Run: codesubmit-lever status\n',
  ],
  [
    'a stage whose name is nearly right',
    ['rules', 'add', 'stage=Take home test;tag=x;challenge=Backend API'],
    1,
    'codesubmit-lever: The stage “Take home test” doesn’t exist. Did you mean “Take-home”?\n' +
      '  → How to write a rule: codesubmit-lever rules add --help\n',
  ],
  [
    'a signing token in another format, which is not shown',
    ['setup', '--no-input', '--signing-token-file', fileOf('secret-token')],
    2,
    `codesubmit-lever: The signing token in ${fileOf('secret-token')} has 12 characters; Lever’s have 48 hexadecimal ones.\n` +
      '  → Copy the webhook’s signature token from Lever’s Webhooks settings.\n',
  ],
  [
    'a signing token that anyone can guess',
    ['setup', '--no-input', '--signing-token-file', fileOf('0'.repeat(48))],
    78,
    `codesubmit-lever: The signing token in ${fileOf('0'.repeat(48))} is one character repeated, which anyone can guess.\n` +
      '  → Copy the webhook’s signature token from Lever’s Webhooks settings.\n',
  ],
])('%s', async (_, words, code, stderr) => {
  expect(await live.start(...words).ended).toMatchObject({ code, stderr });
});

it.each([
  'approve --all Ada',
  'retry --failed 1',
  'settle 1 --not-sent --link https://app.codesubmit.io/c/x',
])('what contradicts itself: `%s`', async (words) => {
  expect(await live.run(...words.split(' '), '--yes')).toMatchObject({ code: 2 });
});

it.each([
  ['status Ada --state failed', 'The timeline of one candidate has no pages or filters.'],
  ['status Ada --limit 5', 'The timeline of one candidate has no pages or filters.'],
  ['rules --json add x', '“add” comes before its flags.'],
])('flags where they mean nothing: `%s`', async (words, sentence) => {
  const { code, stderr } = await live.run(...words.split(' '));
  expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
});

it('an answer that setup misses is to be added to the same command', async () => {
  const bare = await ProgramRig.bare();
  const key = ['--lever-api-key-file', fileOf(seedLeverApiKey)];
  const hints = [];
  for (const given of [[], key]) {
    const { code, stderr } = await bare.run('setup', '--no-input', ...given);
    hints.push([code, stderr.split('→ ')[1]]);
  }
  await bare.close();
  const add = 'Add to the same command: ';
  expect(hints).toEqual([
    [2, `${add}--lever-api-key-file FILE, or --lever-client-id ID for a login\n`],
    [2, `${add}--codesubmit-api-key-file FILE\n`],
  ]);
});

it.each(['serve --host ', 'status --home=', 'setup --rule ', 'backup ', 'approve '])(
  'an empty word: `%s`',
  async (words) => {
    expect(await live.run(...words.split(' '))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is empty') as string,
    });
  },
);

it('a tag that is nearly one of Lever’s is asked about, once it is stored', async () => {
  const rule = 'stage=On-site;tag=codesubmit:backedn;challenge=Backend API';
  const { stderr } = await live.succeed('rules', 'add', rule);
  expect(stderr).toContain(
    'Lever doesn’t have the tag codesubmit:backedn yet. Did you mean codesubmit:backend?\n',
  );
  await live.run('rules', 'remove', '2', '--yes');
});

it('a challenge that is archived, unless the rule has it already', async () => {
  const { codesubmit } = live.simulator;
  codesubmit.switches.archivedTests = 'listed';
  for (const { id, name } of codesubmit.tests)
    if (/Backend API|Frontend/.test(name)) codesubmit.setTestArchived(id, true);
  const add = (rule: string) => live.run('rules', 'add', rule);
  for (const challenge of ['Frontend React', 'Backend API'])
    expect(await add(`stage=On-site;tag=x;challenge=${challenge}`)).toMatchObject({
      code: 1,
      stderr:
        `codesubmit-lever: The challenge “${challenge}” is archived at CodeSubmit.\n` +
        '  → Restore it there, or choose another one.\n',
    });
  const changed = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API;due-days=7';
  expect(await add(changed)).toMatchObject({
    code: 0,
    stderr: 'Changed. No daemon is running: `codesubmit-lever serve` will act on it.\n',
  });
  for (const { id } of codesubmit.tests) codesubmit.setTestArchived(id, false);
});

it.skipIf(!existsSync('/dev/full'))('a full disk for the output', async () => {
  const { ended } = live.startBy(['sh', '-c', 'exec "$@" >/dev/full', 'sh'], 'status', '--json');
  expect(await ended).toMatchObject({
    code: 1,
    stderr:
      'codesubmit-lever: The output can’t be written: ENOSPC: no space left on device, write.\n' +
      '  → Free up space, or write it elsewhere. Then run the same command again.\n',
  });
});

it('a port that is taken', async () => {
  const { code, stderr } = await live.run('serve', '--port', port);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `another program (lsof -i :${port} names it) already uses that port (EADDRINUSE).\n  → Choose another: codesubmit-lever serve --port PORT, and let your proxy forward to it\n`,
  );
});

it.each(['--lever-port', '--codesubmit-port'])(
  'a port that is taken, by the simulator’s %s',
  async (flag) => {
    const other = flag === '--lever-port' ? '--codesubmit-port' : '--lever-port';
    expect(await live.run('simulator', flag, port, other, '0')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        new RegExp(
          `^codesubmit-lever: Can’t listen on 127.0.0.1:${port}: .+ already uses that port \\(EADDRINUSE\\)\\.\n  → Choose another: codesubmit-lever simulator ${flag} PORT\n$`,
        ),
      ),
    });
  },
);

it('a vendor that can’t be reached: the same sentence in each command, once in doctor', async () => {
  const origin = `http://127.0.0.1:${await freePort()}`;
  live.environment.LEVER_API_URL = `${origin}/v1`;
  const why = `Lever can’t be reached at ${origin}: the connection was refused (lever GET `;
  const preview = await live.run('preview');
  expect(preview.code).toBe(1);
  expect(preview.stderr).toBe(
    `codesubmit-lever: ${why}/stages: ECONNREFUSED).\n` +
      '  → Check the network and that address, then run the same command again. If it still fails, run: codesubmit-lever doctor\n',
  );
  const setup = await live.run('setup', '--no-input');
  expect(setup.stderr).toContain(`codesubmit-lever: ${why}`);
  const doctor = await live.run('doctor');
  expect(doctor.stdout.split(why)).toHaveLength(2);
  expect(doctor.stdout).toMatch(/^\? Not known, because of Lever: /m);
});
