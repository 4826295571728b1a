/** The setup session: what its rows share, and how a row of the table of questions is asked. */
import type { App } from '../../admin/app.js';
import { ApiError, AppError, messageOf } from '../../domain/errors.js';
import { failureInWords } from '../../domain/failure-words.js';
import {
  changeSettings,
  findSecret,
  secretFromEnvironment,
  type CodeSubmitLook,
  type LeverLook,
} from '../../admin/setup/answers.js';
import type { ExistingPeople } from '../../admin/setup/rules.js';
import { openTemporaryServer } from '../../serve/http/http-server.js';
import {
  SECRET_VARIABLES,
  type GivenSecret,
  type SentSecret,
} from '../../store/settings/configuration.js';
import {
  asWritten,
  SETTINGS,
  settingsFromEnvironment,
  type SettingName,
  type Settings,
} from '../../store/settings/settings.js';
import { askOf } from '../questions.js';
import type { Consent, Io } from '../terminal/io.js';
import { askOne, askSecret, askText, WentBack, type Row } from '../terminal/ask.js';

export interface Session {
  io: Io;
  app: App;
  /** The flags about candidates who are in the stages already. */
  given: Consent & { existing: ExistingPeople };
  /** The heading printed last; each topic prints its own before its first question. */
  heading: string;
  /** A key or login that an earlier session stored is tried first, and asked for only if it doesn't work. */
  reusesStoredAnswers: boolean;
  /** What is set has been checked with the vendors. */
  isChecked: boolean;
  /** Chosen, and not stored before the key or login works. */
  leverAuth: Settings['leverAuth'];
  /** What the connected vendors show. */
  lever?: LeverLook | undefined;
  codesubmit?: CodeSubmitLook | undefined;
}

/** The settings in force: stored, or from the environment, or defaults. */
export function settingsOf({ app }: Session): Settings {
  return app.configuration.settings();
}

/** Whether the environment gives this setting, and so overrides what is stored. */
export function isSetByEnvironment({ app }: Session, name: SettingName): boolean {
  return settingsFromEnvironment(app.runtime.env)[name] !== undefined;
}

/** A row that asks a setting of the table of questions, and stores it. It's skipped where the environment gives it. */
export function settingRow(
  session: Session,
  name: SettingName,
  row: Partial<Omit<Row, 'ask'>> = {},
): Row {
  return {
    ...row,
    when: async () => !isSetByEnvironment(session, name) && (await row.when?.()) !== false,
    ask: async () => changeSettings(session.app, { [name]: await askSetting(session, name) }),
  };
}

/** Asks a setting of the table of questions, and returns the valid answer. What is set now is offered. */
export async function askSetting<K extends SettingName>(
  session: Session,
  name: K,
): Promise<Settings[K]> {
  const { message, choices, proposal, complain, expandShorthand } = askOf(name);
  const parse = SETTINGS[name].parse as (text: string) => Settings[K];
  const current = settingsOf(session)[name];
  if (choices) return (await askOne(message, choices, current)) as Settings[K];
  const complete = (typed: string): string => expandShorthand?.(typed) ?? typed;
  const check = (typed: string): true | string => {
    const complaint = complain?.(complete(typed));
    if (complaint !== undefined) return complaint;
    try {
      parse(complete(typed));
      return true;
    } catch (error) {
      return `Type ${messageOf(error)}.`;
    }
  };
  const initial = current === null ? proposal : asWritten(name, current);
  return parse(complete(await askText(message, { initial, check })));
}

/**
 * A row that asks a secret of the table of questions until `take` doesn't throw. The environment's, or the key of an
 * earlier session, is tried first, and nothing is asked if it works. `introduce` prints what comes before the question.
 */
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
    /** `isKnown`: from the environment or an earlier session. */
    take: (secret: string, isKnown: boolean) => Promise<void>;
    /** What Enter does without a secret. */
    instead?: { words: string; take: () => void };
  },
): Row {
  return {
    // Esc never asks for a key again; a row for another secret may say otherwise.
    isSkippedByEsc: true,
    ...row,
    ask: async () => {
      if (await tryKnownSecret(session, name, take)) return;
      introduce?.();
      let stored = findSecret(session.app, name);
      const { message } = askOf(name);
      await untilItWorks(session, async () => {
        const secret = await askSecret(message, stored, instead?.words);
        // If it's rejected, Enter doesn't offer it again.
        if (secret === stored) stored = undefined;
        await (secret === '' ? instead?.take() : take(secret, false));
      });
    },
  };
}

/**
 * Tries the secret that the environment gives, which overrides any answer, or else the key of an earlier session. False
 * where it has to be asked for. Throws `configuration` if a vendor rejects the environment's.
 */
async function tryKnownSecret(
  session: Session,
  name: GivenSecret,
  take: (secret: string, isKnown: boolean) => Promise<void>,
): Promise<boolean> {
  const { app, io } = session;
  const given = secretFromEnvironment(app, name);
  const variable = SECRET_VARIABLES[name];
  const isKey = name === 'lever_api_key' || name === 'codesubmit_api_key';
  // Other stored secrets can't be tried with a vendor: the question offers to keep them.
  const isStoredTried = isKey && session.reusesStoredAnswers;
  const known = given ?? (isStoredTried ? findSecret(app, name) : undefined);
  if (known === undefined) {
    if (isStoredTried) sayWithheld(session, name);
    return false;
  }
  const how =
    given === undefined
      ? `${askOf(name).message}, as you answered before`
      : `${variable} is set here`;
  io.out(`${how}. Checking it …`);
  try {
    await take(known, true);
    return true;
  } catch (error) {
    if (given === undefined) {
      sayRefusal(session, error);
      return false;
    }
    // The environment's secret didn't work. Asking can't help, because it overrides any answer.
    if (!(error instanceof ApiError) || error.kind !== 'unauthorized') throw error;
    throw new AppError(
      'configuration',
      `${failureInWords(error)}. The key is in ${variable}, which overrides any that you enter here.`,
      `Put a valid key into it, or remove it: unset ${variable}. Then run: codesubmit-lever setup`,
      error,
    );
  }
}

/** Says it if the secret was stored for another vendor address than the settings name now. */
export function sayWithheld({ app, io }: Session, name: SentSecret): void {
  const why = app.configuration.whyWithheld(name, app.configuration.settings());
  if (why) io.warn(why.message, why.hint);
}

/** Attempts it again after each failure that another answer can fix, and says why it failed. Rethrows other errors. */
export async function untilItWorks<T>(session: Session, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      sayRefusal(session, error);
    }
  }
}

/** Errors that another answer can't fix. */
const FATAL = ['interrupted', 'internal', 'storage_full', 'storage_failed', 'storage_busy'];

/** Says why an answer didn't work, and what fixes it. Rethrows Esc, and errors that another answer can't fix. */
export function sayRefusal(session: Session, error: unknown): void {
  if (error instanceof WentBack) throw error;
  if (error instanceof AppError && !FATAL.includes(error.code)) {
    session.io.warn(error.message, error.hint);
    return;
  }
  if (!(error instanceof ApiError)) throw error;
  const fix =
    error.kind === 'unauthorized'
      ? 'Check that you copied all of it, from the right account.'
      : 'Press Ctrl-C to stop; your answers are kept.';
  session.io.warn(`${failureInWords(error)}.`, fix);
}

/**
 * Opens this session's server, for webhooks and returning browsers. While the daemon runs, it gets them: then nothing
 * is opened, and `close` does nothing. Undefined if another program has the port.
 */
export async function listen(
  session: Session,
  onLoginFailed?: (failure: AppError) => void,
): Promise<{ close: () => Promise<void> } | undefined> {
  try {
    return await openTemporaryServer(session.app, onLoginFailed);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const isFixed = isSetByEnvironment(session, 'port');
    const fix = isFixed ? 'PORT in the environment sets it: change it there.' : error.hint;
    session.io.warn(error.message, fix);
    return undefined;
  }
}
