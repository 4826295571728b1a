/** The setup session: what its rows share, and how a row of the table of questions is asked. */
import type { App } from '../../admin/app.js';
import { ApiError, AppError, messageOf } from '../../domain/errors.js';
import { failureInWords, VENDOR_NAMES } from '../../domain/failure-words.js';
import {
  changeSettings,
  daemonVariable,
  findSecret,
  givenSecret,
} from '../../admin/setup/answers.js';
import type { CodeSubmitLook, LeverLook } from '../../admin/setup/look-ups.js';
import type { GivenSecret } from '../../store/settings/configuration.js';
import {
  asWritten,
  parseSetting,
  settingsFromEnvironment,
  type SettingName,
  type Settings,
} from '../../store/settings/settings.js';
import { askOf, flagNames, questionOf, type Question } from '../questions.js';
import type { Io } from '../terminal/io.js';
import { askOne, askSecret, askText, WentBack, type Row } from '../terminal/ask.js';

export interface Session {
  io: Io;
  app: App;
  /** The last one that was printed. */
  heading: string;
  /** Chosen, and not stored before the key or login works. */
  leverAuth: Settings['leverAuth'];
  /** What the connected vendors show. */
  lever?: LeverLook | undefined;
  codesubmit?: CodeSubmitLook | undefined;
}

export function settingsOf({ app }: Session): Settings {
  return app.configuration.settings();
}

export function heading(session: Session, text: string): void {
  session.heading = text;
  session.io.out('');
  session.io.out(session.io.paint.bold(text));
}

export function good({ io }: Session, text: string): void {
  io.out(`${io.paint.green('✓')} ${text}`);
}

/** What is wrong, and on a line of its own what fixes it. */
export function warn({ io }: Session, what: string, fix?: string): void {
  io.out(`${io.paint.yellow('!')} ${what}`);
  if (fix !== undefined) io.out(`  → ${fix}`);
}

/** The environment sets it, and overrides what is stored. */
export function isGiven({ app }: Session, name: SettingName): boolean {
  return settingsFromEnvironment(app.runtime.env)[name] !== undefined;
}

/** Asks a setting of the table, and stores it by `keep`. */
export function settingRow<K extends SettingName>(
  session: Session,
  name: K,
  {
    keep = (value) => changeSettings(session.app, { [name]: value }),
    ...row
  }: Partial<Omit<Row, 'ask'>> & { keep?: (value: Settings[K]) => Promise<void> } = {},
): Row {
  return {
    ...row,
    when: async () => !isGiven(session, name) && (await row.when?.()) !== false,
    ask: async () => keep(await askSetting(session, name)),
  };
}

export async function askSetting<K extends SettingName>(
  session: Session,
  name: K,
): Promise<Settings[K]> {
  const question = questionOf(name);
  const { message, choices, proposal, complete = (text: string) => text } = askOf(name);
  const current = settingsOf(session)[name];
  if (choices) return (await askOne(message, choices, current)) as Settings[K];
  const text = await askText(message, {
    initial: current === null ? proposal : asWritten(name, current),
    check: (typed) => complaintOf(question, name, complete(typed)) ?? true,
  });
  return parseSetting(name, complete(text), flagNames(question).long);
}

function complaintOf(question: Question, name: SettingName, text: string): string | undefined {
  try {
    const complaint = question.ask?.complain?.(text);
    if (complaint !== undefined) return complaint;
    parseSetting(name, text, flagNames(question).long);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Asks a key of the table until `take` accepts it. Esc doesn't come back to it. */
export function secretRow(
  session: Session,
  name: GivenSecret,
  {
    introduce,
    take,
    when,
    instead,
  }: {
    introduce?: () => void;
    take: (secret: string) => Promise<void>;
    when?: Row['when'];
    /** What Enter does without a secret. */
    instead?: { words: string; take: () => void };
  },
): Row {
  return {
    isOnce: true,
    ...(when && { when }),
    ask: async () => {
      if (await takeGiven(session, name, take)) return;
      introduce?.();
      let stored = findSecret(session.app, name);
      const { message } = askOf(name);
      await untilItWorks(session, async () => {
        const secret = await askSecret(message, stored, instead?.words);
        if (secret === stored) stored = undefined;
        await (secret === '' ? instead?.take() : take(secret));
      });
    },
  };
}

/**
 * Tries a key from the environment instead of asking for one, because it will be used. False
 * without one. Throws `configuration` if the vendor rejects it, and `ApiError`.
 */
async function takeGiven(
  session: Session,
  name: GivenSecret,
  take: (secret: string) => Promise<void>,
): Promise<boolean> {
  const given = givenSecret(session.app, name);
  if (given) {
    const { variable, value } = given;
    session.io.out(`${variable} is set here and overrides a stored key. Checking it …`);
    try {
      await take(value);
      return true;
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
  const ofDaemon = daemonVariable(session.app, name);
  if (ofDaemon !== undefined) {
    warn(
      session,
      `The running daemon has ${ofDaemon} in its environment, which overrides a stored key.`,
      'Change it there too, and restart the daemon.',
    );
  }
  return false;
}

/** Asks again until the answer works. An error doesn't end the session. */
export async function untilItWorks<T>(session: Session, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      sayRefusal(session, error);
    }
  }
}

const NO_REFUSALS = new Set([
  'interrupted',
  'internal',
  'storage_full',
  'storage_failed',
  'storage_busy',
]);

/** What is wrong, and what fixes it. Rethrows Esc and unexpected errors. */
export function sayRefusal(session: Session, error: unknown): void {
  if (error instanceof WentBack) throw error;
  if (error instanceof AppError && !NO_REFUSALS.has(error.code)) {
    warn(session, error.message, error.hint);
    return;
  }
  if (!(error instanceof ApiError)) throw error;
  const who = VENDOR_NAMES[error.vendor];
  if (error.kind === 'unauthorized') {
    const fix = 'Check that you copied all of it, from the right account.';
    warn(session, `${who} rejected this key (${error.message}).`, fix);
    return;
  }
  warn(session, `${failureInWords(error)}.`, 'Press Ctrl-C to stop; your answers are kept.');
}
