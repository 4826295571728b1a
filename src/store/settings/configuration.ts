/** The configuration in force: environment over stored values, read again after changes. */
import { MINUTE_MS } from '../../domain/clock.js';
import { AppError, messageOf } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import type { Reader } from '../database/database.js';
import { type Environment, isSecretGiven, readSecretVariable } from '../home/environment.js';
import type { Stores } from '../open-existing.js';
import type { SecretStore } from './secret-store.js';
import { checkSigningToken, effectiveSettings, loadSettings, type Settings } from './settings.js';
import {
  type Addresses,
  destinationOf,
  type ReportAddress,
  parseReportAddress,
} from './vendor-addresses.js';

export interface Configuration {
  settings: Settings;
  signingTokens: readonly string[];
  leverApiKey: string | null;
  leverClient: { id: string; secret: string } | null;
  codesubmitApiKey: string | null;
  /** Where alarms are posted; null for nowhere. */
  alarmUrl: URL | null;
  /** Called while all is well; null for none. */
  heartbeatUrl: URL | null;
  /** Why a stored or given key isn't among these: it may not be sent to the address in force. */
  withheld: AppError | null;
}

/** What the configuration is read from. */
interface Origin extends Pick<Stores, 'integration' | 'clock'> {
  database: Reader;
  secrets: SecretStore;
  env: Environment;
  log: Log;
}

/** Read again after this, because signing tokens expire by the calendar, without a change of version. */
const MAX_AGE_MS = MINUTE_MS;

/** The secrets that can be given by a file or in the environment, with the variable of each. */
export const SECRET_VARIABLES = {
  lever_api_key: 'LEVER_API_KEY',
  lever_client_secret: 'LEVER_CLIENT_SECRET',
  codesubmit_api_key: 'CODESUBMIT_API_KEY',
  signing_token: 'LEVER_SIGNING_TOKEN',
  /** Where alarms are posted. Anyone who has the address can post there. */
  alarm_url: 'ALARM_WEBHOOK_URL',
  /** Called while all is well: anyone who has the address can hide that the daemon is down. */
  heartbeat_url: 'HEARTBEAT_URL',
} as const;
export type GivenSecret = keyof typeof SECRET_VARIABLES;

const OAUTH_ADDRESSES = 'LEVER_API_URL, LEVER_TOKEN_URL and LEVER_AUTHORIZE_URL';

/** Secrets that are sent to a vendor: each in words, and which variables say where. */
const SENT = {
  lever_api_key: ['Lever API key', 'LEVER_API_URL'],
  lever_client_secret: ['Lever client secret', OAUTH_ADDRESSES],
  codesubmit_api_key: ['CodeSubmit API key', 'CODESUBMIT_API_URL'],
} as const;

export type SentSecret = keyof typeof SENT;

/** The error for a secret that wasn't sent to the address in force. `why` it may not go there, as the end of a sentence. */
function notSent(name: SentSecret, addresses: Addresses, why: string): AppError {
  const [what, variable] = SENT[name];
  const flag = `--${name.replaceAll('_', '-')}-file FILE`;
  return new AppError(
    'configuration',
    `The ${what} wasn’t sent to ${destinationOf(name, addresses)}: ${why}.`,
    `Set ${variable} to the right address in the environment, then run: codesubmit-lever setup --no-input; for a new address add ${flag}`,
  );
}

/** Throws `configuration` for a guessable token, or what is no address: no one has checked the environment's. */
function requireValid(name: GivenSecret, value: string): void {
  if (name === 'signing_token') checkSigningToken(value, SECRET_VARIABLES[name], 'configuration');
  if (name === 'alarm_url' || name === 'heartbeat_url') parseReportAddress(name, value);
}

/** All variables that override stored secrets. */
export function overridingVariables(env: Environment): string[] {
  return Object.values(SECRET_VARIABLES).filter((variable) => isSecretGiven(env, variable));
}

export class LiveConfiguration {
  #current: Configuration | undefined;
  #version = -1;
  #readAtMs = 0;
  /** The secrets that the environment gave last; `failure`: why one could not be read again, as logged. */
  readonly #lastGiven = new Map<GivenSecret, { value: string | undefined; failure?: string }>();

  /** Reads nothing yet. `origin`: what each reading is made from. */
  constructor(private readonly origin: Origin) {}

  /** The settings in force. Secrets aren't among them, so this works even if the key can't decrypt those. */
  settings(): Settings {
    return effectiveSettings(loadSettings(this.origin.database), this.origin.env);
  }

  /** Whether a variable overrides the stored key, here or in the daemon that was started last. */
  isOverridden(name: GivenSecret): boolean {
    const variable = SECRET_VARIABLES[name];
    const isHere = isSecretGiven(this.origin.env, variable);
    const ofDaemon = this.origin.integration.read().daemon_environment ?? '';
    return isHere || ofDaemon.split(' ').includes(variable);
  }

  /**
   * The vendors' keys that are stored, and that a variable overrides: `isHere` with another key in this process; else in
   * the daemon that was started last, of whose environment only the names are known, so its key may be any.
   */
  listOverridden() {
    const { secrets, clock } = this.origin;
    // With a login, no key for Lever is used.
    const isLogin = this.settings().leverAuth === 'oauth';
    const lever = isLogin ? [] : (['lever_api_key'] as const);
    return [...lever, 'codesubmit_api_key' as const].flatMap((name) => {
      const stored = secrets.list(name, clock.now());
      const here = this.#readGiven(name);
      const isSame = here !== undefined && stored.includes(here);
      if (stored.length === 0 || isSame || !this.isOverridden(name)) return [];
      return { name, isHere: here !== undefined };
    });
  }

  /** Increases when any of the configuration may have changed. */
  version(): number {
    return this.origin.integration.read().version;
  }

  /**
   * Returns a function that says whether the configuration is still the one of this call: no other key, login, setting
   * or rule was stored.
   */
  watch(): () => boolean {
    const version = this.version();
    return () => this.version() === version;
  }

  /**
   * The configuration in force, read again once its version has changed, or after a minute: tokens may expire. Throws
   * `configuration` or `usage` if a stored or given value can't be read.
   */
  current(): Configuration {
    const { clock } = this.origin;
    const version = this.version();
    const isOld = clock.monotonicMs() - this.#readAtMs > MAX_AGE_MS;
    if (this.#current && this.#version === version && !isOld) return this.#current;
    this.#current = this.#load();
    this.#version = version;
    this.#readAtMs = clock.monotonicMs();
    return this.#current;
  }

  /**
   * Throws `configuration` unless the secret may be sent to these addresses: the vendors' own, those in the
   * environment, or those that this very secret is stored for.
   */
  requireSendable(name: SentSecret, value: string, addresses: Addresses): void {
    const why = this.#whyUnsendable(name, value, addresses);
    if (why) throw why;
  }

  /** Why a secret from a flag or variable may not be sent to these addresses; null if trusted, or stored for them. */
  #whyUnsendable(name: SentSecret, value: string, addresses: Addresses): AppError | null {
    const { secrets, clock } = this.origin;
    if (this.#isTrusted(name, addresses)) return null;
    if (secrets.list(name, clock.now(), addresses).includes(value)) return null;
    // Anyone who can write the database could have put the address there.
    return notSent(name, addresses, 'that address is only stored, and isn’t the vendor’s own');
  }

  /** Why the stored secret may not be sent to these addresses; null when it may, or there is none. */
  whyWithheld(name: SentSecret, addresses: Addresses): AppError | null {
    const { secrets, clock } = this.origin;
    const stored = secrets.findDestination(name, clock.now());
    if (stored === undefined || stored === destinationOf(name, addresses)) return null;
    return notSent(name, addresses, `it is stored for ${stored}`);
  }

  /**
   * Whether the secret would go to the vendor's own address, or to one that the environment sets. Other addresses come
   * from the database, which someone may have altered to receive the secret.
   */
  #isTrusted(name: GivenSecret, addresses: Addresses): boolean {
    const { leverEnvironment } = addresses;
    const trusted = effectiveSettings({ leverEnvironment }, this.origin.env);
    return destinationOf(name, addresses) === destinationOf(name, trusted);
  }

  /** Why a secret in use may not be sent to where it is needed; null when each may. */
  #findWithheld(settings: Settings): AppError | null {
    if (!this.origin.integration.isInUse()) return null;
    const lever = settings.leverAuth === 'oauth' ? 'lever_client_secret' : 'lever_api_key';
    for (const name of [lever, 'codesubmit_api_key'] as const) {
      const given = this.#readGiven(name);
      const why =
        given === undefined
          ? this.whyWithheld(name, settings)
          : this.#whyUnsendable(name, given, settings);
      if (why) return why;
    }
    return null;
  }

  /** Reads all of it. Of a key or address only the first counts: the environment's, else the newest stored. */
  #load(): Configuration {
    const settings = this.settings();
    const clientSecret = this.#secrets('lever_client_secret')[0];
    const { leverClientId } = settings;
    return {
      settings,
      signingTokens: this.#secrets('signing_token'),
      leverApiKey: this.#secrets('lever_api_key')[0] ?? null,
      leverClient:
        leverClientId === null || clientSecret === undefined
          ? null
          : { id: leverClientId, secret: clientSecret },
      codesubmitApiKey: this.#secrets('codesubmit_api_key')[0] ?? null,
      alarmUrl: this.#reportUrl('alarm_url'),
      heartbeatUrl: this.#reportUrl('heartbeat_url'),
      withheld: this.#findWithheld(settings),
    };
  }

  /** The admin's address to post alarms or heartbeats to; null without one, or when it was set to `none`. */
  #reportUrl(name: ReportAddress): URL | null {
    const text = this.#secrets(name)[0];
    return text === undefined ? null : parseReportAddress(name, text);
  }

  /** The valid secrets, the environment's first. A revoked data directory has none, not even from there. */
  #secrets(name: GivenSecret): string[] {
    const { secrets, integration, clock } = this.origin;
    if (!integration.isInUse()) return [];
    // One that is sent nowhere has no address to distrust.
    const given = this.#isTrusted(name, this.settings()) ? this.#readGiven(name) : undefined;
    const stored = secrets.list(name, clock.now());
    return [...new Set(given === undefined ? stored : [given, ...stored])];
  }

  /**
   * The environment's secret. If it can't be read again, or is no valid one any more, the last one counts: its file may
   * be missing, or hold a placeholder, while it is replaced. Throws if there was none yet.
   */
  #readGiven(name: GivenSecret): string | undefined {
    const variable = SECRET_VARIABLES[name];
    try {
      const value = readSecretVariable(this.origin.env, variable);
      if (value !== undefined) requireValid(name, value);
      this.#lastGiven.set(name, { value });
      return value;
    } catch (error) {
      const last = this.#lastGiven.get(name);
      if (!last) throw error;
      const failure = messageOf(error);
      if (failure !== last.failure) this.origin.log.error({ error: failure }, 'secret not read');
      this.#lastGiven.set(name, { ...last, failure });
      return last.value;
    }
  }
}
