/** What every step of the wizard uses. */
import type { ConnectedApp } from '../../app/connect-vendors.js';
import { ApiError, AppError } from '../../domain/errors.js';
import { failureInWords, VENDOR_NAMES } from '../../domain/failure-words.js';
import type { CodeSubmitLook, LeverLook, SetupLookups } from '../../setup/setup-lookups.js';
import type { Setup } from '../../setup/setup-from-answers.js';
import type { SetupSession } from '../../setup/setup-session.js';
import type { KeyName } from '../../storage/settings/configuration.js';
import type { Io } from '../terminal/io.js';
import { currentJournal } from './going-back.js';

export interface WizardContext {
  io: Io;
  app: ConnectedApp;
  setup: Setup;
  session: SetupSession;
  lookups: SetupLookups;
}

/** What the connected vendors show. */
export interface Vendors {
  lever: LeverLook;
  codesubmit: CodeSubmitLook;
}

export function heading({ io }: WizardContext, text: string): void {
  io.out('');
  io.out(io.paint.bold(text));
}

export function good({ io }: WizardContext, text: string): void {
  io.out(`${io.paint.green('✓')} ${text}`);
}

/** What is wrong, and on a line of its own what fixes it. */
export function warn({ io }: WizardContext, what: string, fix?: string): void {
  io.out(`${io.paint.yellow('!')} ${what}`);
  if (fix !== undefined) io.out(`  → ${fix}`);
}

/** Asks again until the answer works. An error doesn't end the setup session. */
export async function untilItWorks<T>(
  context: WizardContext,
  attempt: () => Promise<T>,
): Promise<T> {
  const journal = currentJournal();
  const began = journal?.position ?? 0;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const refusal = refusalOf(error);
      // Esc doesn't go back to a rejected answer.
      journal?.cutTo(began);
      warn(context, ...explain(refusal));
    }
  }
}

/**
 * Tries a key from the environment instead of asking for one, because it will be used. Undefined
 * without one. Throws `configuration` if the vendor rejects it, and `ApiError`.
 */
export async function tryGiven<T>(
  context: WizardContext,
  name: KeyName,
  tryKey: (key: string) => Promise<T>,
): Promise<T | undefined> {
  const { session } = context;
  const given = session.stored.givenSecret(name);
  if (given) {
    const { variable, value } = given;
    context.io.out(`${variable} is set here and overrides a stored key. Checking it …`);
    try {
      return await tryKey(value);
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== 'unauthorized') throw error;
      throw new AppError(
        'configuration',
        `${VENDOR_NAMES[error.vendor]} rejected the key in ${variable}, which overrides any key that you enter here.`,
        `Put a valid key into it, or remove it: unset ${variable}. Then run: codesubmit-lever setup`,
        error,
      );
    }
  }
  const ofDaemon = session.stored.daemonVariable(name);
  if (ofDaemon !== undefined) {
    warn(
      context,
      `The running daemon has ${ofDaemon} in its environment, which overrides a stored key.`,
      'Change it there too, and restart the daemon.',
    );
  }
  return undefined;
}

/** An error ends only this part. */
export async function untilRefused(
  context: WizardContext,
  part: () => Promise<void>,
): Promise<void> {
  try {
    await part();
  } catch (error) {
    warn(context, ...explain(refusalOf(error)));
  }
}

const NO_REFUSALS = new Set([
  'interrupted',
  'internal',
  'storage_full',
  'storage_failed',
  'storage_busy',
]);

/** Rethrows unexpected errors. */
function refusalOf(error: unknown): ApiError | AppError {
  if (error instanceof ApiError) return error;
  if (error instanceof AppError && !NO_REFUSALS.has(error.code)) return error;
  throw error;
}

/** What is wrong, and what fixes it. */
function explain(error: ApiError | AppError): [string, string] {
  if (error instanceof AppError) return [error.message, error.hint];
  const who = VENDOR_NAMES[error.vendor];
  if (error.kind === 'unauthorized') {
    const fix = 'Check that you copied all of it, from the right account.';
    return [`${who} rejected this key (${error.message}).`, fix];
  }
  return [`${failureInWords(error)}.`, 'Press Ctrl-C to stop; your answers are kept.'];
}
