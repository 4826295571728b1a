/** Secrets by NAME, NAME_FILE or systemd's credentials, in that order. */
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/domain/clock.js';
import { SILENT_LOG } from '../../src/domain/log.js';
import {
  readSecretFile,
  readSecretVariable,
  readVariable,
} from '../../src/store/home/environment.js';
import { StoreRig } from '../rigs/store.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const credentials = join(folder, 'credentials');
mkdirSync(credentials);

function fileWith(text: string, path: string): string {
  const file = join(folder, path);
  writeFileSync(file, text);
  return file;
}

const usage = expect.objectContaining({ code: 'usage' }) as Error;
const keyFile = fileWith('from the file\n', 'key.txt');
fileWith('from the credentials\n', 'credentials/LEVER_API_KEY');
fileWith('in lower case\n', 'credentials/codesubmit-api-key');
fileWith('the very name\n', 'credentials/LEVER_SIGNING_TOKEN');
fileWith('the lower name\n', 'credentials/lever-signing-token');

describe('a secret', () => {
  it.each([
    ['nothing set', {}, undefined],
    ['NAME', { LEVER_API_KEY: ' given ' }, 'given'],
    ['NAME_FILE', { LEVER_API_KEY_FILE: keyFile }, 'from the file'],
    ['systemd', { CREDENTIALS_DIRECTORY: credentials }, 'from the credentials'],
    ['NAME before NAME_FILE', { LEVER_API_KEY: 'given', LEVER_API_KEY_FILE: keyFile }, 'given'],
    [
      'NAME before NAME_FILE that can’t be read',
      { LEVER_API_KEY: 'given', LEVER_API_KEY_FILE: join(folder, 'absent') },
      'given',
    ],
    [
      'an empty NAME is unset',
      { LEVER_API_KEY: ' ', LEVER_API_KEY_FILE: keyFile },
      'from the file',
    ],
    [
      'an empty NAME_FILE is unset',
      { LEVER_API_KEY_FILE: '', CREDENTIALS_DIRECTORY: credentials },
      'from the credentials',
    ],
    ['a credentials directory without it', { CREDENTIALS_DIRECTORY: folder }, undefined],
  ])('%s', (_sentence, env, value) => {
    expect(readSecretVariable(env, 'LEVER_API_KEY')).toBe(value);
  });

  it('may be in systemd’s directory in lower case with hyphens', () => {
    const env = { CREDENTIALS_DIRECTORY: credentials };
    expect(readSecretVariable(env, 'CODESUBMIT_API_KEY')).toBe('in lower case');
    expect(readSecretVariable(env, 'LEVER_SIGNING_TOKEN')).toBe('the very name');
  });

  it('an empty or missing file is wrong usage, never silently skipped', () => {
    const absent = {
      LEVER_API_KEY_FILE: join(folder, 'absent'),
      CREDENTIALS_DIRECTORY: credentials,
    };
    expect(() => readSecretVariable(absent, 'LEVER_API_KEY')).toThrow(usage);
    const empty = { LEVER_API_KEY_FILE: fileWith(' \n', 'empty.txt') };
    expect(() => readSecretVariable(empty, 'LEVER_API_KEY')).toThrow(usage);
    expect(() => readSecretVariable(empty, 'LEVER_API_KEY')).toThrow(/^The file named by LEVER/);
  });

  it('that is empty in systemd’s directory isn’t said to be named by a variable', () => {
    fileWith('', 'ALARM_WEBHOOK_URL');
    const env = { CREDENTIALS_DIRECTORY: folder };
    expect(() => readSecretVariable(env, 'ALARM_WEBHOOK_URL')).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^The systemd credential ALARM_WEBHOOK_URL is empty/),
        hint: expect.stringContaining('LoadCredential'),
      }) as Error,
    );
  });
});

it('a folder instead of a secret’s file is an error', () => {
  expect(() => readSecretFile(folder, 'API key')).toThrow(usage);
});

it.each([
  [{ HOST: 'example.com' }, 'example.com'],
  [{ HOST: '\texample.com\n' }, 'example.com'],
  [{ HOST: '' }, undefined],
  [{ HOST: '  ' }, undefined],
  [{}, undefined],
])('%j: %j', (env, value) => {
  expect(readVariable(env, 'HOST')).toBe(value);
});

describe('a secret’s file while a daemon runs', () => {
  const file = join(folder, 'replaced.txt');
  const tokenFile = join(folder, 'token.txt');
  const token = '0123456789abcdef'.repeat(3);
  const logged: string[] = [];
  let rig: StoreRig;
  beforeEach(() => {
    logged.length = 0;
    writeFileSync(file, 'first');
    writeFileSync(tokenFile, token);
    const env = { CODESUBMIT_API_KEY_FILE: file, LEVER_SIGNING_TOKEN_FILE: tokenFile };
    const log = {
      ...SILENT_LOG,
      error: ({ error = '' }, message: string) => logged.push(`${message}: ${error}`),
    };
    rig = new StoreRig(folder, undefined, { env, log });
  });
  afterEach(() => rig.close());

  /** By then it is read again. */
  function key(): string | null {
    rig.clock.advance(MINUTE_MS + 1);
    return rig.app.configuration.current().codesubmitApiKey;
  }

  it.each([
    ['empty', 'is empty', () => truncateSync(file)],
    ['missing', 'can’t be read', () => rmSync(file)],
  ])(
    'may be %s for a time, which is logged once: the last secret stays in use',
    (_, why, happen) => {
      expect(key()).toBe('first');
      happen();
      expect([key(), key()]).toEqual(['first', 'first']);
      expect(logged).toEqual([
        `secret not read: The file named by CODESUBMIT_API_KEY_FILE ${why}: ${file}.`,
      ]);
      writeFileSync(file, 'second');
      expect(key()).toBe('second');
      happen();
      expect([key(), logged.length]).toEqual(['second', 2]);
    },
  );

  it.each(['abc', '0'.repeat(48)])('must hold no guessable token at first: %s', (guessable) => {
    writeFileSync(tokenFile, guessable);
    expect(key).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringContaining('The signing token in LEVER_SIGNING_TOKEN ') as string,
      }),
    );
  });

  it('may be missing, or hold a placeholder, while another is replaced, which counts at once', async () => {
    expect(key()).toBe('first');
    rmSync(file);
    writeFileSync(tokenFile, '0'.repeat(48));
    const { configuration } = rig.app;
    const isInForce = configuration.watch();
    await rig.set({}, { lever_api_key: 'new' });
    const { codesubmitApiKey, leverApiKey, signingTokens } = configuration.current();
    expect([codesubmitApiKey, leverApiKey, signingTokens]).toEqual(['first', 'new', [token]]);
    expect(isInForce()).toBe(false);
  });

  it('gives no secret to a revoked data directory, whether it can be read or not', async () => {
    expect(key()).toBe('first');
    truncateSync(file);
    const { database, integration, clock } = rig.app;
    await database.write((tx) => integration.revoke(tx, clock.now()));
    expect(rig.app.configuration.current().codesubmitApiKey).toBeNull();
  });
});
