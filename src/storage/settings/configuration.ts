/** The configuration in force: environment over stored values, read again after changes. */
import { requireUnguessable } from '../../domain/signing-token.js';
import { readSecretVariable, type Environment } from '../home/environment.js';
import type { SecretName, SecretStore } from './secret-store.js';
import type { SettingsStore } from './settings-store.js';
import { effectiveSettings, parseOwnAddress, type OwnAddress, type Settings } from './settings.js';
import { MINUTE_MS, type Clock } from '../../domain/clock.js';
import type { IntegrationRow, IntegrationStore } from '../state/integration-store.js';

export interface Configuration {
  settings: Settings;
  signingTokens: readonly string[];
  leverApiKey: string | null;
  leverClient: { id: string; secret: string } | null;
  codesubmitApiKey: string | null;
  /** Where alarms are posted; null for nowhere. */
  alarmUrl: URL | null;
  /** What is called while all is well; null where nothing is. */
  heartbeatUrl: URL | null;
}

export interface LiveConfigurationDeps {
  settings: SettingsStore;
  secrets: SecretStore;
  integration: IntegrationStore;
  env: Environment;
  clock: Clock;
}

/** Signing tokens expire by the calendar, without a change of version. */
const MAX_AGE_MS = MINUTE_MS;

const SECRET_VARIABLES: Record<Exclude<SecretName, 'lever_grant'>, string> = {
  lever_api_key: 'LEVER_API_KEY',
  lever_client_secret: 'LEVER_CLIENT_SECRET',
  codesubmit_api_key: 'CODESUBMIT_API_KEY',
  signing_token: 'LEVER_SIGNING_TOKEN',
  alarm_url: 'ALARM_WEBHOOK_URL',
  heartbeat_url: 'HEARTBEAT_URL',
};

export type KeyName = 'lever_api_key' | 'codesubmit_api_key';

export function variableOf(name: Exclude<SecretName, 'lever_grant'>): string {
  return SECRET_VARIABLES[name];
}

/** The environment variable that goes before the stored secret; undefined where it isn't set. */
export function overridingVariable(
  env: Environment,
  name: Exclude<SecretName, 'lever_grant'>,
): string | undefined {
  const variable = SECRET_VARIABLES[name];
  return readSecretVariable(env, variable) === undefined ? undefined : variable;
}

/** All that go before stored secrets. */
export function overridingVariables(env: Environment): string[] {
  return Object.values(SECRET_VARIABLES).filter(
    (variable) => readSecretVariable(env, variable) !== undefined,
  );
}

export class LiveConfiguration {
  readonly #preferred: Partial<Record<string, string>> = {};
  #current: Configuration | undefined;
  #version = -1;
  #readAtMs = 0;

  constructor(private readonly deps: LiveConfigurationDeps) {}

  row(): IntegrationRow {
    return this.deps.integration.read();
  }

  /** Without secrets, which the key may fail to decrypt. */
  settings(): Settings {
    return effectiveSettings(this.deps.settings.load(), this.deps.env);
  }

  /** The variables of the running daemon that go before stored secrets. */
  daemonVariables(): string[] {
    return (this.row().daemon_environment ?? '').split(' ');
  }

  /** Whether a variable goes before the stored key, here or in the running daemon. */
  isOverridden(name: KeyName): boolean {
    const isHere = overridingVariable(this.deps.env, name) !== undefined;
    return isHere || this.daemonVariables().includes(variableOf(name));
  }

  /** Increases when anything below may have changed. */
  version(): number {
    return this.row().version;
  }

  current(): Configuration {
    const { clock } = this.deps;
    const version = this.version();
    const isOld = clock.monotonicMs() - this.#readAtMs > MAX_AGE_MS;
    if (this.#current && this.#version === version && !isOld) return this.#current;
    this.#current = this.#load();
    this.#version = version;
    this.#readAtMs = clock.monotonicMs();
    return this.#current;
  }

  /** All that there are, the one in use first. */
  keys(name: KeyName): string[] {
    return this.#secrets(name);
  }

  /** Until the process ends this one is used, if it is there: the others were rejected. */
  prefer(name: KeyName, key: string | undefined): void {
    this.#preferred[name] = key;
    this.#current = undefined;
  }

  #load(): Configuration {
    const settings = this.settings();
    const clientSecret = this.#secrets('lever_client_secret')[0];
    const { leverClientId } = settings;
    return {
      settings,
      signingTokens: this.#signingTokens(),
      leverApiKey: this.#secrets('lever_api_key')[0] ?? null,
      leverClient:
        leverClientId === null || clientSecret === undefined
          ? null
          : { id: leverClientId, secret: clientSecret },
      codesubmitApiKey: this.#secrets('codesubmit_api_key')[0] ?? null,
      alarmUrl: this.#ownAddress('alarm_url'),
      heartbeatUrl: this.#ownAddress('heartbeat_url'),
    };
  }

  #ownAddress(name: OwnAddress): URL | null {
    const text = this.#secrets(name)[0];
    return text === undefined || text === 'none' ? null : parseOwnAddress(name, text);
  }

  #signingTokens(): string[] {
    const tokens = this.#secrets('signing_token');
    return tokens.map((token) => requireUnguessable(token, SECRET_VARIABLES.signing_token));
  }

  /** The environment comes first. A revoked data directory has no secrets, not even there. */
  #secrets(name: keyof typeof SECRET_VARIABLES): string[] {
    const { secrets, integration, env, clock } = this.deps;
    if (!integration.isInUse()) return [];
    const given = readSecretVariable(env, SECRET_VARIABLES[name]);
    const stored = secrets.list(name, clock.now());
    const all = [...new Set(given === undefined ? stored : [given, ...stored])];
    const preferred = all.filter((value) => value === this.#preferred[name]);
    return [...preferred, ...all.filter((value) => !preferred.includes(value))];
  }
}
