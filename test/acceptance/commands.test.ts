// Manners of the commands: exit codes, help, JSON, errors that name their fix, settings from every
// source.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../rigs/free-port.js';
import { backendRule, frontendRule, World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

test.for(['serve', 'pause --yes', 'approve --all --yes'])(
  '`%s` without a setup ends with 78 and names setup',
  async (words) => {
    const { code, stdout, stderr } = await world.bridge.run(...words.split(' '));
    expect(code).toBe(78);
    expect(stdout + stderr).toContain('codesubmit-lever setup');
  },
);

test.for(['no-such-command', 'settle', 'serve --port seven', 'setup --no-input --rule nonsense'])(
  '`%s` is wrong usage: 2',
  async (words) => {
    const { code, stdout, stderr } = await world.bridge.runWith({}, ...words.split(' '));
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trim()).not.toBe('');
  },
);

test('--version prints the version', async () => {
  const { code, stdout } = await world.bridge.runWith({}, '--version');
  expect(code).toBe(0);
  expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+/);
});

test.for<[string, (arg: string) => string]>([
  ['Lever key', (arg) => (arg.endsWith('/lever-api-key') ? secret('wrong-lever') : arg)],
  ['CodeSubmit key', (arg) => (arg.endsWith('/codesubmit-api-key') ? secret('wrong-cs') : arg)],
  ['stage', (arg) => arg.replace('stage=Coding challenge', 'stage=No such stage')],
  ['challenge', (arg) => arg.replace('challenge=Backend: a parcel tracker', 'challenge=No such')],
  ['file', (arg) => (arg.endsWith('/lever-api-key') ? '/nowhere/lever-api-key' : arg)],
])('setup rejects a wrong %s with a sentence and a command', async ([, spoil]) => {
  const { code, stderr } = await world.bridge.run(...world.setupArguments().map(spoil));
  expect([1, 2, 78]).toContain(code);
  expect(stderr).toContain('codesubmit-lever ');
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stderr).not.toContain('wrong-and-secret');
});

function secret(name: string): string {
  return world.bridge.secretFile(name, `wrong-and-secret-${name}`);
}

test('setup from the environment alone, a secret on stdin, and serve without any of it', async () => {
  const other = await World.open();
  onTestFinished(() => other.close());
  const port = await freePort();
  const { code, stderr } = await other.bridge.runWith(
    {
      env: {
        LEVER_API_KEY_FILE: other.bridge.secretFile('lever', other.lever.apiKey),
        LEVER_SIGNING_TOKEN: other.signingToken,
        CODESUBMIT_LEVER_RULES: `${backendRule}\n${frontendRule}`,
        CODESUBMIT_LEVER_PUBLIC_URL: 'https://bridge.example.com',
        CODESUBMIT_LEVER_WEBHOOK_ID: 'fixed-by-the-environment',
        HOST: '127.0.0.1',
        PORT: String(port),
      },
      stdin: `${other.codesubmit.apiKey}\n`,
    },
    'setup',
    '--no-input',
    '--codesubmit-api-key-file',
    '-',
  );
  expect(stderr).not.toContain(other.codesubmit.apiKey);
  expect(code, stderr).toBe(0);
  const status = await other.bridge.status();
  expect(status.integration.rules).toHaveLength(2);
  expect(status.integration.webhook.url).toBe(
    'https://bridge.example.com/webhooks/lever/fixed-by-the-environment',
  );
  await other.serve();
  await other.sentinel();
});

test('running setup again without flags keeps everything', async () => {
  await world.setup();
  const before = (await world.bridge.status()).integration;
  await world.bridge.succeed('setup', '--no-input');
  const after = (await world.bridge.status()).integration;
  expect(after.rules).toEqual(before.rules);
  expect(after.webhook.url).toBe(before.webhook.url);
  expect(after.state).toBe('active');
});
