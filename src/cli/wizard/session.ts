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
import { askOne, askSecret, askText, type Row } from '../terminal/ask.js';

/** When a row is asked, and whether Esc comes back to it. */
type RowOptions = Partial<Omit<Row, 'ask'>>;

interface SecretRow extends RowOptions {
  /** Prints what comes before the question. */
  introduce?: () => void;
  /** Throws if the secret doesn't work. `isKnown`: it is from the environment or an earlier session. */
  take: (secret: string, isKnown: boolean) => Promise<void>;
  /** What Enter does without a secret. */
  instead?: { words: string; take: () => void };
}

export class Session {
  /** The heading printed last; each topic prints its own before its first question. */
  heading = '';
  /** A key or login that an earlier session stored is tried first, and asked for only if it doesn't work. */
  reusesStoredAnswers = false;
  /** What is set has been checked with the vendors. */
  isChecked = false;
  /** Chosen, and not stored before the key or login works. */
  leverAuth: Settings['leverAuth'];
  /** What the connected vendors show. */
  lever: LeverLook | undefined;
  codesubmit: CodeSubmitLook | undefined;

  /** `given`: the flags about candidates who are in the stages already. */
  constructor(
    readonly io: Io,
    readonly app: App,
    readonly given: Consent & { existing: ExistingPeople },
  ) {
    this.leverAuth = this.settings.leverAuth;
  }

  /** The settings in force: stored, or from the environment, or defaults. */
  get settings(): Settings {
    return this.app.configuration.settings();
  }

  /** Whether the environment gives this setting, and so overrides what is stored. */
  isSetByEnvironment(name: SettingName): boolean {
    return settingsFromEnvironment(this.app.runtime.env)[name] !== undefined;
  }

  /** A row that asks a setting of the table of questions, and stores it. It's skipped where the environment gives it. */
  settingRow(name: SettingName, row: RowOptions = {}): Row {
    return {
      ...row,
      when: async () => !this.isSetByEnvironment(name) && (await row.when?.()) !== false,
      ask: async () => changeSettings(this.app, { [name]: await this.askSetting(name) }),
    };
  }

  /**
   * Asks a setting of the table of questions, and returns the valid answer. Offers what is set now, or else the table's
   * proposal.
   */
  async askSetting<K extends SettingName>(name: K): Promise<Settings[K]> {
    const { message, choices, proposal, complete = (typed: string) => typed } = askOf(name);
    const parse = SETTINGS[name].parse as (text: string) => Settings[K];
    const current = this.settings[name];
    if (choices) return (await askOne(message, choices, current)) as Settings[K];
    const check = (typed: string): true | string => {
      try {
        parse(complete(typed));
        return true;
      } catch (error) {
        // Its message is what to type instead.
        return `Type ${messageOf(error)}.`;
      }
    };
    const initial = current === null ? proposal : asWritten(name, current);
    return parse(complete(await askText(message, { initial, check })));
  }

  /**
   * A row that asks a secret of the table of questions until `take` doesn't throw. The environment's, or the key of an
   * earlier session, is tried first, and nothing is asked if it works. Esc never asks for a key again; a row for another
   * secret may say otherwise.
   */
  secretRow(name: GivenSecret, { introduce, take, instead, ...row }: SecretRow): Row {
    const ask = async (): Promise<void> => {
      if (await this.#tryKnownSecret(name, take)) return;
      introduce?.();
      let stored = findSecret(this.app, name);
      await this.untilItWorks(async () => {
        const secret = await askSecret(askOf(name).message, stored, instead?.words);
        // If it's rejected, Enter doesn't offer it again.
        if (secret === stored) stored = undefined;
        await (secret === '' ? instead?.take() : take(secret, false));
      });
    };
    return { isSkippedByEsc: true, ...row, ask };
  }

  /**
   * Tries the secret that the environment gives, which overrides any answer, or else the key of an earlier session.
   * False where it has to be asked for. With the environment's it throws what `take` throws, but `configuration` if a
   * vendor rejects it.
   */
  async #tryKnownSecret(name: GivenSecret, take: SecretRow['take']): Promise<boolean> {
    const given = secretFromEnvironment(this.app, name);
    const variable = SECRET_VARIABLES[name];
    // Other stored secrets can't be tried with a vendor: the question offers to keep them.
    const isKey = name === 'lever_api_key' || name === 'codesubmit_api_key';
    const isStoredTried = isKey && this.reusesStoredAnswers;
    const known = given ?? (isStoredTried ? findSecret(this.app, name) : undefined);
    if (known === undefined) {
      if (isStoredTried) this.sayWithheld(name);
      return false;
    }
    const asBefore = `${askOf(name).message}, as you answered before`;
    this.io.out(`${given === undefined ? asBefore : `${variable} is set here`}. Checking it …`);
    try {
      await take(known, true);
      return true;
    } catch (error) {
      if (given === undefined) {
        this.sayRefusal(error);
        return false;
      }
      // Asking can't help, because the environment's secret overrides any answer.
      if (!(error instanceof ApiError) || error.kind !== 'unauthorized') throw error;
      const hint = `Put a valid key into it, or remove it: unset ${variable}. Then run: codesubmit-lever setup`;
      const what = `${failureInWords(error)}. The key is in ${variable}.`;
      throw new AppError('configuration', what, hint, error);
    }
  }

  /** Warns if the stored secret may not be sent to the vendor's address that the settings name now. */
  sayWithheld(name: SentSecret): void {
    const why = this.app.configuration.whyWithheld(name, this.settings);
    if (why) this.io.warn(why.message, why.hint);
  }

  /** Attempts it again after each failure that another answer can fix, and says why it failed. Rethrows other errors. */
  async untilItWorks<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        this.sayRefusal(error);
      }
    }
  }

  /** Says why an answer didn't work, and what fixes it. Rethrows Esc, and errors that another answer can't fix. */
  sayRefusal(error: unknown): void {
    if (error instanceof AppError && !FATAL.includes(error.code)) {
      this.io.warn(error.message, error.hint);
      return;
    }
    if (!(error instanceof ApiError)) throw error;
    // A vendor that failed otherwise may accept the same answer at the next attempt.
    const fix =
      error.kind === 'unauthorized'
        ? 'Check that you copied all of it, from the right account.'
        : 'Press Ctrl-C to stop; your answers are kept.';
    this.io.warn(`${failureInWords(error)}.`, fix);
  }

  /**
   * Opens this session's server, for webhooks and returning browsers. While the daemon runs, it gets them: then nothing
   * is opened, and `close` does nothing. Undefined, once the reason is said, if it can't listen, such as on a taken
   * port. `onLoginFailed` gets why a login failed whose browser returned here.
   */
  async listen(onLoginFailed?: (failure: AppError) => void) {
    try {
      return await openTemporaryServer(this.app, onLoginFailed);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const isFixed = this.isSetByEnvironment('port');
      const fix = isFixed ? 'PORT in the environment sets it: change it there.' : error.hint;
      this.io.warn(error.message, fix);
      return undefined;
    }
  }
}

/** Errors that another answer can't fix. */
const FATAL = ['interrupted', 'internal', 'storage_full', 'storage_failed', 'storage_busy'];
