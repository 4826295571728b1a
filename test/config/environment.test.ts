/** Secrets by NAME, NAME_FILE or systemd's credentials, in that order. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  readSecretFile,
  readSecretVariable,
  readVariable,
} from '../../src/store/home/environment.js';
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
