/** What is answered already: the environment's values over the stored ones, as the daemon would use them. */
import type { Clock } from '../domain/clock.js';
import { type Environment, readSecretVariable, readVariable } from '../storage/home/environment.js';
import type { Home } from '../storage/home/home.js';
import { isServing } from '../storage/home/is-serving.js';
import {
  type LiveConfiguration,
  overridingVariable,
  type SentSecret,
  variableOf,
} from '../storage/settings/configuration.js';
import type { SecretName, SecretStore } from '../storage/settings/secret-store.js';
import type { AppError } from '../domain/errors.js';
import type { Addresses } from '../storage/settings/vendor-addresses.js';
import type { SettingsStore } from '../storage/settings/settings-store.js';
import type { Settings } from '../storage/settings/settings.js';
import { findGrant, type Grant } from '../vendors/lever/login/grant.js';

export interface StoredAnswersDeps {
  settings: SettingsStore;
  secrets: SecretStore;
  configuration: LiveConfiguration;
  home: Home;
  env: Environment;
  clock: Clock;
}

export class StoredAnswers {
  constructor(private readonly deps: StoredAnswersDeps) {}

  settings(): Settings {
    return this.deps.configuration.settings();
  }

  /** Undefined without one that may be sent to these addresses. */
  secret(name: SecretName, addresses: Addresses = this.settings()): string | undefined {
    const { secrets, clock } = this.deps;
    return this.givenSecret(name)?.value ?? secrets.list(name, clock.now(), addresses)[0];
  }

  /** Like `secret`. Throws `configuration` when there is one, but for another address. */
  sendable(name: SentSecret, addresses: Addresses): string | undefined {
    const found = this.secret(name, addresses);
    const why = found === undefined ? this.whyWithheld(name, addresses) : null;
    if (why) throw why;
    return found;
  }

  /** Why the stored one isn't used: it is for another address. */
  whyWithheld(name: SentSecret, addresses: Addresses = this.settings()): AppError | null {
    return this.deps.configuration.whyWithheld(name, addresses);
  }

  /** Throws `configuration` for an address that only the database names. */
  requireSendable(name: SentSecret, value: string, addresses: Addresses): void {
    this.deps.configuration.requireSendable(name, value, addresses);
  }

  /** The environment's value, which overrides a stored one. */
  givenSecret(name: SecretName): { variable: string; value: string } | undefined {
    const { env } = this.deps;
    const variable = name === 'lever_grant' ? undefined : overridingVariable(env, name);
    const value = variable === undefined ? undefined : readSecretVariable(env, variable);
    return variable === undefined || value === undefined ? undefined : { variable, value };
  }

  /** The running daemon's variable that overrides what is stored, if only the daemon has it. */
  daemonVariable(name: Exclude<SecretName, 'lever_grant'>): string | undefined {
    const { home, configuration, env } = this.deps;
    const variable = variableOf(name);
    const isDaemons = configuration.daemonVariables().includes(variable);
    const isHere = overridingVariable(env, name) !== undefined;
    return isDaemons && !isHere && isServing(home) ? variable : undefined;
  }

  /** Without the environment's. */
  storedSettings(): Partial<Settings> {
    return this.deps.settings.load();
  }

  hasVariable(name: string): boolean {
    return readVariable(this.deps.env, name) !== undefined;
  }

  hasSigningToken(): boolean {
    return this.deps.configuration.current().signingTokens.length > 0;
  }

  findGrant(addresses?: Addresses): Grant | undefined {
    const { secrets, clock } = this.deps;
    return findGrant(secrets, clock.now(), addresses);
  }
}
