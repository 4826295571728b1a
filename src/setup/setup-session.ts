/**
 * Checks each answer of setup with its vendor, and stores it. The wizard does both answer by
 * answer; `setup --no-input` checks all answers before it stores any (setup-from-answers).
 */
import { randomBytes } from 'node:crypto';
import type { BridgeClock } from '../domain/clock.js';
import { AppError } from '../domain/errors.js';
import { OTHER_ACCOUNT } from '../domain/lever-account.js';
import type { HoldTags } from '../pipeline/invitations/lever-updates.js';
import type { InvitationStore } from '../pipeline/invitations/invitation-store.js';
import type { SentListStore } from '../pipeline/invitations/sent-list-store.js';
import type { AccountRejections } from '../pipeline/vendor-availability.js';
import type { WritebackStore } from '../pipeline/writebacks/writeback-store.js';
import type { Tx } from '../storage/database/database.js';
import type { Environment } from '../storage/home/environment.js';
import { readSecretVariable } from '../storage/home/environment.js';
import { isServing } from '../storage/home/is-serving.js';
import { overridingVariable, variableOf } from '../storage/settings/configuration.js';
import type { RuleSpec } from '../domain/rule-spec.js';
import type { SecretName } from '../storage/settings/secret-store.js';
import {
  effectiveSettings,
  parseOwnAddress,
  type OwnAddress,
  type Settings,
} from '../storage/settings/settings.js';
import type { AlarmStore } from '../storage/state/alarm-store.js';
import type { FindingStore } from '../storage/state/finding-store.js';
import { OLD_TOKEN_MS } from '../storage/state/webhook-store.js';
import { testOwnAddress } from '../vendors/alarm-webhook.js';
import {
  type CodeSubmitClient,
  makeCodeSubmitClient,
} from '../vendors/codesubmit/codesubmit-client.js';
import type { LeverClient } from '../vendors/lever/api/lever-client.js';
import { apiKeyAuth, type LeverAuth } from '../vendors/lever/api/lever-connection.js';
import { makeLeverClient } from '../vendors/lever/create-lever-client.js';
import {
  keyFingerprint,
  requireAccount,
  storedLoginFingerprint,
} from '../vendors/lever/login/lever-account.js';
import {
  type FinishLoginDeps,
  findUsableLogin,
  type LoginRequest,
  startLogin,
  type StartedLogin,
} from '../vendors/lever/login/login.js';
import type { OAuthClient } from '../vendors/lever/login/oauth-client.js';
import { FEATURES_OFF, featuresOn, requireFeatures } from './lever-features.js';
import type { RuleDeps, Stage } from './rules/activate-rules.js';
import type { SyncWebhooksDeps } from './webhooks/sync-webhooks.js';

/** Everything needed to check and store the answers. */
export interface SetupDeps extends SyncWebhooksDeps, FinishLoginDeps, RuleDeps {
  clock: BridgeClock;
  runtime: { env: Environment; version: string };
  alarms: AlarmStore;
  findings: FindingStore;
  refusals: AccountRejections;
  holdTags: HoldTags;
  invitations: InvitationStore;
  writebacks: WritebackStore;
  /** The copy of CodeSubmit's list. */
  list: SentListStore;
}

/** How we authenticate to Lever. */
export type LeverAnswer = { kind: 'api_key'; key: string } | { kind: 'oauth'; client: OAuthClient };

/** A key or login that Lever accepts. */
export interface LeverFound {
  answer: LeverAnswer;
  client: LeverClient;
  stages: Stage[];
  seesConfidential: boolean;
  fingerprint: string;
}

/** The address that accepted a test, or the end of all messages. */
export type AddressAnswer = { kind: 'told'; url: string } | { kind: 'nobody' };

function notConnected(): AppError {
  return new AppError('not_set_up', 'Lever is not connected.', 'Run: codesubmit-lever setup');
}

/** The last part of the webhook's address: created once, and reused in later runs. */
export function webhookIdOf({ webhookId }: Settings): string {
  return webhookId ?? randomBytes(16).toString('hex');
}

export class SetupSession {
  constructor(readonly deps: SetupDeps) {}

  /** The environment over stored settings, as the daemon would use them. */
  settings(): Settings {
    const { settings, runtime } = this.deps;
    return effectiveSettings(settings.load(), runtime.env);
  }

  /** The environment's value before the stored one, as the daemon would use it. */
  secret(name: SecretName): string | undefined {
    const { secrets, clock } = this.deps;
    return this.givenSecret(name)?.value ?? secrets.list(name, clock.now())[0];
  }

  /** The environment's value, which overrides a stored one. */
  givenSecret(name: SecretName): { variable: string; value: string } | undefined {
    const { env } = this.deps.runtime;
    const variable = name === 'lever_grant' ? undefined : overridingVariable(env, name);
    const value = variable === undefined ? undefined : readSecretVariable(env, variable);
    return variable === undefined || value === undefined ? undefined : { variable, value };
  }

  /**
   * The variable with which the running daemon overrides what is stored, if only the daemon has it.
   */
  daemonVariable(name: Exclude<SecretName, 'lever_grant'>): string | undefined {
    const { home, configuration, runtime } = this.deps;
    const variable = variableOf(name);
    const isDaemons = (configuration.row().daemon_environment ?? '').split(' ').includes(variable);
    const isHere = overridingVariable(runtime.env, name) !== undefined;
    return isDaemons && !isHere && isServing(home) ? variable : undefined;
  }

  // Settings.

  keepSettings(tx: Tx, settings: Partial<Settings>): void {
    const { deps } = this;
    deps.settings.save(tx, settings);
    if (settings.holdTags === false) deps.holdTags.clearAll(tx, deps.clock.now());
  }

  async changeSettings(settings: Partial<Settings>): Promise<void> {
    const { database, integration } = this.deps;
    await database.write((tx) => {
      this.keepSettings(tx, settings);
      if (integration.isInUse()) integration.bumpVersion(tx);
    });
  }

  /**
   * Throws `vendor` with the right that a feature lacks in Lever, `not_set_up` without a Lever,
   * `ApiError`.
   */
  async changeFeatures(changed: Partial<Settings>): Promise<void> {
    const settings = { ...this.settings(), ...FEATURES_OFF, ...changed };
    if (featuresOn(settings).length > 0) await requireFeatures(await this.lever(), settings);
    await this.changeSettings(changed);
  }

  draftRules(): RuleSpec[] {
    return this.deps.settings.loadDraftRules();
  }

  async keepDraftRules(rules: readonly RuleSpec[]): Promise<void> {
    const { database, settings } = this.deps;
    await database.write((tx) => settings.saveDraftRules(tx, rules));
  }

  async webhookId(): Promise<string> {
    const webhookId = webhookIdOf(this.settings());
    await this.changeSettings({ webhookId });
    return webhookId;
  }

  // Lever.

  /**
   * Undefined until someone logs in, or if Lever no longer accepts the login. Throws `ApiError`.
   */
  async checkLever(settings: Settings, answer: LeverAnswer): Promise<LeverFound | undefined> {
    const { deps } = this;
    const auth = await this.#authBy(settings, answer);
    if (!auth) return undefined;
    const asked = makeLeverClient(deps, settings, auth, deps.http);
    const stages = await asked.listStages();
    const seesConfidential = await asked.canReadConfidential();
    const seen = { ...settings, includeConfidential: seesConfidential };
    const client = makeLeverClient(deps, seen, auth, deps.http);
    const fingerprint =
      answer.kind === 'api_key'
        ? keyFingerprint(deps, settings, answer.key)
        : (storedLoginFingerprint(deps, settings) ?? '');
    return { answer, client, stages, seesConfidential, fingerprint };
  }

  /**
   * Whether the key or login is known to belong to the account in use. If nothing shows it, a
   * person confirms it. Throws `vendor` for another account, and `ApiError`.
   */
  async checkAccount(
    settings: Settings,
    { answer, client: lever, fingerprint }: LeverFound,
    confirm: () => Promise<boolean>,
  ): Promise<boolean> {
    try {
      return await requireAccount(this.deps, { settings, lever, fingerprint }, confirm);
    } catch (error) {
      // A login is in use already, a key isn't.
      const isInUse = answer.kind === 'oauth' && error instanceof AppError;
      if (isInUse) await this.deps.refusals.note('lever', OTHER_ACCOUNT);
      throw error;
    }
  }

  /**
   * Replaces a login, or one that was started, by a key. The login itself is stored when it is
   * finished.
   */
  keepLever(tx: Tx, answer: LeverAnswer): void {
    const { secrets, pendingLogins, clock } = this.deps;
    const now = clock.now();
    if (answer.kind === 'oauth') {
      secrets.replace(tx, 'lever_client_secret', answer.client.secret, now);
      secrets.erase(tx, 'lever_api_key');
      return;
    }
    secrets.replace(tx, 'lever_api_key', answer.key, now);
    secrets.erase(tx, 'lever_client_secret');
    secrets.erase(tx, 'lever_grant');
    pendingLogins.eraseAll(tx);
  }

  /** Checks the key and stores it. Throws like `checkLever` and `checkAccount`. */
  async answerLeverKey(key: string, confirm: () => Promise<boolean>): Promise<LeverFound> {
    const settings = this.settings();
    const found = await this.checkLever(settings, { kind: 'api_key', key });
    if (!found) throw notConnected();
    const isProved = await this.checkAccount(settings, found, confirm);
    await this.deps.database.write((tx) => {
      if (isProved) this.deps.account.prove(tx, found.fingerprint);
      this.keepLever(tx, found.answer);
      const includeConfidential = found.seesConfidential;
      this.keepSettings(tx, { leverAuth: 'api_key', includeConfidential });
    });
    return found;
  }

  /**
   * Starts a login, and stores its answers unless something is in use, which stays until the login
   * is done. Throws what `startLogin` throws.
   */
  async beginLogin(request: LoginRequest, keep?: (tx: Tx) => void): Promise<StartedLogin> {
    const { database, integration } = this.deps;
    const { client } = request;
    const login = await startLogin(this.deps, request);
    await database.write((tx) => {
      if (integration.isInUse()) return;
      this.keepSettings(tx, { leverAuth: 'oauth', leverClientId: client.id });
      this.keepLever(tx, { kind: 'oauth', client });
      keep?.(tx);
    });
    return login;
  }

  /** The stored Lever; undefined without one, or if Lever no longer accepts the login. */
  async findLever(): Promise<LeverFound | undefined> {
    const settings = this.settings();
    const answer = this.#storedLever(settings);
    const found = answer && (await this.checkLever(settings, answer));
    if (found) await this.changeSettings({ includeConfidential: found.seesConfidential });
    return found;
  }

  #storedLever({ leverAuth, leverClientId: id }: Settings): LeverAnswer | undefined {
    if (leverAuth === 'api_key') {
      const key = this.secret('lever_api_key');
      return key === undefined ? undefined : { kind: 'api_key', key };
    }
    const secret = this.secret('lever_client_secret');
    if (secret === undefined || id === null) return undefined;
    return { kind: 'oauth', client: { id, secret } };
  }

  async #authBy(settings: Settings, answer: LeverAnswer): Promise<LeverAuth | undefined> {
    if (answer.kind === 'api_key') return apiKeyAuth(answer.key);
    return findUsableLogin(this.deps, settings, answer.client);
  }

  /** For calls to the stored Lever. Throws `not_set_up` without one, and `ApiError`. */
  async leverAuth(): Promise<LeverAuth> {
    const settings = this.settings();
    const answer = this.#storedLever(settings);
    const auth = answer && (await this.#authBy(settings, answer));
    if (auth) return auth;
    throw notConnected();
  }

  /** Throws like `leverAuth`. */
  async lever(): Promise<LeverClient> {
    return makeLeverClient(this.deps, this.settings(), await this.leverAuth(), this.deps.http);
  }

  // CodeSubmit.

  keepCodeSubmit(tx: Tx, key: string): void {
    const { secrets, clock } = this.deps;
    secrets.replace(tx, 'codesubmit_api_key', key, clock.now());
  }

  codesubmit(key: string, settings = this.settings()): CodeSubmitClient {
    return makeCodeSubmitClient(settings, key, this.deps.http);
  }

  // Webhooks.

  /**
   * The tokens valid from now on. Earlier ones stay valid for two more weeks. None given leaves
   * them as they are.
   */
  keepSigningTokens(tx: Tx, tokens: readonly string[]): void {
    if (tokens.length === 0) return;
    const { secrets, integration, clock } = this.deps;
    const now = clock.now();
    if (tokens.some((token) => !secrets.list('signing_token', now).includes(token))) {
      integration.noteSignaturesTaken(tx);
    }
    secrets.replaceSet(tx, 'signing_token', tokens, now, now + OLD_TOKEN_MS);
  }

  async answerSigningToken(token: string): Promise<void> {
    await this.deps.database.write((tx) => {
      this.keepSigningTokens(tx, [token]);
      this.deps.integration.bumpVersion(tx);
    });
  }

  // Alarms and heartbeat.

  /**
   * Sends a test. Undefined if nothing changes: no answer, or the stored address. Throws
   * `configuration` if it isn't an address, `vendor` if the address doesn't accept the test.
   */
  async checkOwnAddress(
    name: OwnAddress,
    answer: string | undefined,
  ): Promise<AddressAnswer | undefined> {
    if (answer === undefined) return undefined;
    if (answer === 'none') return { kind: 'nobody' };
    const url = parseOwnAddress(name, answer);
    if (this.secret(name) === url.href) return undefined;
    await testOwnAddress(name, url, this.deps.runtime);
    return { kind: 'told', url: url.href };
  }

  /** Pending messages go to the new address at once. */
  keepOwnAddress(tx: Tx, name: OwnAddress, answer: AddressAnswer): void {
    const { secrets, alarms, findings, clock } = this.deps;
    const now = clock.now();
    if (answer.kind === 'told') secrets.replace(tx, name, answer.url, now);
    else secrets.erase(tx, name);
    if (name === 'heartbeat_url') findings.remove(tx, 'heartbeat');
    alarms.makeDue(tx, now);
  }

  /** Throws what `checkOwnAddress` throws. */
  async answerAlarmUrl(text: string): Promise<void> {
    const answer = await this.checkOwnAddress('alarm_url', text);
    if (!answer) return;
    await this.deps.database.write((tx) => {
      this.keepOwnAddress(tx, 'alarm_url', answer);
      this.deps.integration.bumpVersion(tx);
    });
  }
}
