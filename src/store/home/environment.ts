/** Reads the process environment, and secrets from NAME, NAME_FILE or systemd's credentials. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable's value; an empty one counts as unset. */
export function readVariable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/** Reads one secret from a file that a flag named; `-` is standard input. Throws `usage` if it is unreadable or empty. */
export function readSecretFile(path: string, flag: string): string {
  const read = tryToRead(path);
  if (typeof read === 'string' && read !== '') return read;
  if (typeof read === 'string') {
    throw new AppError(
      'usage',
      `The file for ${flag} is empty: ${path}`,
      'Write only the secret to it; see: codesubmit-lever setup --help',
    );
  }
  throw new AppError(
    'usage',
    `The file for ${flag} can’t be read: ${path}`,
    'Use a readable file, or - for standard input; see: codesubmit-lever setup --help',
    read,
  );
}

/** Like `readSecretFile`, for a file that the environment named. */
function readNamedFile(name: string, path: string): string {
  const read = tryToRead(path);
  if (typeof read === 'string' && read !== '') return read;
  throw new AppError(
    'usage',
    `${name}_FILE names ${path}, which ${typeof read === 'string' ? 'is empty' : 'can’t be read'}.`,
    `Put the secret into that file, readable by the user who runs this, or set ${name} instead.`,
    read,
  );
}

/** The file's text, or the error. */
function tryToRead(path: string): unknown {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').trim();
  } catch (error) {
    return error;
  }
}

function credentialFile(env: Environment, name: string): string | undefined {
  const folder = readVariable(env, 'CREDENTIALS_DIRECTORY');
  if (folder === undefined) return undefined;
  return [name, name.toLowerCase().replaceAll('_', '-')]
    .map((file) => join(folder, file))
    .find((file) => existsSync(file));
}

/** A secret from the environment: NAME, then NAME_FILE, then the file NAME in systemd's credentials directory. */
export function readSecretVariable(env: Environment, name: string): string | undefined {
  const value = readVariable(env, name);
  if (value !== undefined) return value;
  const file = readVariable(env, `${name}_FILE`) ?? credentialFile(env, name);
  return file === undefined ? undefined : readNamedFile(name, file);
}
