/** The setup session: what its rows share, and how a row of the table of questions is asked. */
import type { App } from '../../admin/app.js';
import { ApiError, AppError, messageOf } from '../../domain/errors.js';
import { failureInWords } from '../../domain/failure-words.js';
import type { Problem } from '../../domain/problem.js';
import { changeSettings, findSecret, givenSecret } from '../../admin/setup/answers.js';
import type { CodeSubmitLook, LeverLook } from '../../admin/setup/look-ups.js';
import type { TemporaryServer } from '../../serve/http/temporary-server.js';
import type { GivenSecret } from '../../store/settings/configuration.js';
import {
  asWritten,
  parseSetting,
  settingsFromEnvironment,
  type SettingName,
  type Settings,
} from '../../store/settings/settings.js';
import { askOf, flagNames, questionOf } from '../questions.js';
import { sayWrong, type Io } from '../terminal/io.js';
import { askOne, askSecret, askText, WentBack, type Row } from '../terminal/ask.js';

export interface Session {
  io: Io;
  app: App;
  /** The last one that was printed. */
  heading: string;
  /** Keys that an earlier session stored are tried before they are asked for. */
  triesStored: boolean;
  /** What is set has been checked with the vendors. */
  isChecked: boolean;
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
  sayWrong(io, io.paint.yellow('!'), what, fix);
}

/** The environment sets it, and overrides what is stored. */
export function isGiven({ app }: Session, name: SettingName): boolean {
  return settingsFromEnvironment(app.runtime.env)[name] !== undefined;
}

/** Asks a setting of the table, and stores it. */
export function settingRow(
  session: Session,
  name: SettingName,
  row: Partial<Omit<Row, 'ask'>> = {},
): Row {
  return {
    ...row,
    when: async () => !isGiven(session, name) && (await row.when?.()) !== false,
    ask: async () => changeSettings(session.app, { [name]: await askSetting(session, name) }),
  };
}

export async function askSetting<K extends SettingName>(
  session: Session,
  name: K,
): Promise<Settings[K]> {
  const { message, choices, proposal, complete = (text: string) => text } = askOf(name);
  const current = settingsOf(session)[name];
  if (choices) return (await askOne(message, choices, current)) as Settings[K];
  const text = await askText(message, {
    initial: current === null ? proposal : asWritten(name, current),
    check: (typed) => complaintOf(name, complete(typed)) ?? true,
  });
  return parseSetting(name, complete(text), flagNames(questionOf(name)).long);
}

function complaintOf(name: SettingName, text: string): string | undefined {
  try {
    const complaint = askOf(name).complain?.(text);
    if (complaint !== undefined) return complaint;
    parseSetting(name, text, flagNames(questionOf(name)).long);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Asks a secret of the table until `take` accepts it, unless one that is known works. */
export function secretRow(
  session: Session,
  name: GivenSecret,
  {
    introduce,
    take,
    instead,
    ...row
  }: Partial<Omit<Row, 'ask'>> & {
    introduce?: () => void;
    take: (secret: string, isKnown: boolean) => Promise<void>;
    /** What Enter does without a secret. */
    instead?: { words: string; take: () => void };
  },
): Row {
  return {
    // Esc never asks for a key again.
    isOnce: true,
    ...row,
    ask: async () => {
      if (await tryKnown(session, name, take)) return;
      introduce?.();
      let stored = findSecret(session.app, name);
      const { message } = askOf(name);
      await untilItWorks(session, async () => {
        const secret = await askSecret(message, stored, instead?.words);
        if (secret === stored) stored = undefined;
        await (secret === '' ? instead?.take() : take(secret, false));
      });
    },
  };
}

/**
 * Tries what the environment gives, which will be used, or the key of an earlier session. False where it has to be asked.
 * Throws `configuration` if a vendor rejects the environment's.
 */
async function tryKnown(
  session: Session,
  name: GivenSecret,
  take: (secret: string, isKnown: boolean) => Promise<void>,
): Promise<boolean> {
  const { app, io } = session;
  const given = givenSecret(app, name);
  const isKey = name === 'lever_api_key' || name === 'codesubmit_api_key';
  const isTried = isKey && session.triesStored;
  const known = given?.value ?? (isTried ? findSecret(app, name) : undefined);
  if (known === undefined) {
    const why = isTried ? app.configuration.whyWithheld(name, settingsOf(session)) : null;
    if (why) warn(session, why.message, why.hint);
    return false;
  }
  const how = given
    ? `${given.variable} is set here`
    : `${askOf(name).message}, as you answered before`;
  io.out(`${how}. Checking it …`);
  try {
    await take(known, true);
    return true;
  } catch (error) {
    if (!given) {
      sayRefusal(session, error);
      return false;
    }
    if (!(error instanceof ApiError) || error.kind !== 'unauthorized') throw error;
    throw new AppError(
      'configuration',
      `${failureInWords(error)}. The key is in ${given.variable}, which overrides any that you enter here.`,
      `Put a valid key into it, or remove it: unset ${given.variable}. Then run: codesubmit-lever setup`,
      error,
    );
  }
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
  const fix =
    error.kind === 'unauthorized'
      ? 'Check that you copied all of it, from the right account.'
      : 'Press Ctrl-C to stop; your answers are kept.';
  warn(session, `${failureInWords(error)}.`, fix);
}

/** The problems that come up from now on, each once. */
export function watchProblems({ app }: Session): () => Problem[] {
  const said = new Set(app.problems().map(({ what }) => what));
  return () => {
    const fresh = app.problems().filter(({ what }) => !said.has(what));
    for (const { what } of fresh) said.add(what);
    return fresh;
  };
}

/** This session or the running daemon gets what comes; false if another program has the daemon's port. */
export async function listen(session: Session, server: TemporaryServer): Promise<boolean> {
  try {
    await server.open();
    return true;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const ofEnvironment = 'PORT in the environment sets it: change it there.';
    warn(session, error.message, isGiven(session, 'port') ? ofEnvironment : error.hint);
    return false;
  }
}
