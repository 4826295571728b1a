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
  const fix = `Use a readable file with only the secret in it, or - for standard input; see: codesubmit-lever setup --help`;
  return readSecret(path, `The file for ${flag}`, fix);
}

/**
 * The file's text; `-` is standard input. Throws `usage` if it can't be read or is empty: `what` names the file then,
 * and `fix` says what helps.
 */
function readSecret(path: string, what: string, fix: string): string {
  let cause: unknown;
  try {
    const text = readFileSync(path === '-' ? 0 : path, 'utf8').trim();
    if (text !== '') return text;
  } catch (error) {
    cause = error;
  }
  const why = cause === undefined ? 'is empty' : 'can’t be read';
  throw new AppError('usage', `${what} ${why}: ${path}.`, fix, cause);
}

/**
 * The file in systemd's credentials folder, named like the variable, or in lower case with hyphens. Undefined if there
 * is none.
 */
function credentialFile(env: Environment, name: string): string | undefined {
  const folder = readVariable(env, 'CREDENTIALS_DIRECTORY');
  if (folder === undefined) return undefined;
  return [name, name.toLowerCase().replaceAll('_', '-')]
    .map((file) => join(folder, file))
    .find((file) => existsSync(file));
}

/** Whether the environment gives a secret of that name, readable or not. */
export function isSecretGiven(env: Environment, name: string): boolean {
  return readVariable(env, name) !== undefined || secretFile(env, name) !== undefined;
}

/** The file that holds the secret: NAME_FILE, then the file NAME in systemd's credentials directory. */
function secretFile(env: Environment, name: string): string | undefined {
  return readVariable(env, `${name}_FILE`) ?? credentialFile(env, name);
}

/**
 * A secret from the environment: NAME, then NAME_FILE, then the file NAME in systemd's credentials directory. Undefined
 * if none is given. Throws `usage` for a file that can't be read or is empty.
 */
export function readSecretVariable(env: Environment, name: string): string | undefined {
  const value = readVariable(env, name);
  if (value !== undefined) return value;
  const file = secretFile(env, name);
  if (file === undefined) return undefined;
  if (readVariable(env, `${name}_FILE`) === undefined) {
    // What is in that directory is a copy, made when the service starts.
    const fix =
      'Put the secret into the file that LoadCredential of the unit names, then restart it.';
    return readSecret(file, `The systemd credential ${name}`, fix);
  }
  const fix = `Put the secret into that file, readable by the user who runs this, or set ${name} instead.`;
  return readSecret(file, `The file named by ${name}_FILE`, fix);
}
