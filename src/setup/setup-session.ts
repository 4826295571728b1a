/**
 * Checks each answer of setup with its vendor, and stores it. The wizard does both answer by
 * answer; `setup --no-input` checks all answers before it stores any (setup-from-answers).
 */
import { randomBytes } from 'node:crypto';
import { DAY_MS, type Clock } from '../domain/clock.js';
import type { RuleSpec } from '../domain/rule-spec.js';
import { clearHoldTags } from '../pipeline/invitations/lever-updates.js';
import type { Database, NotAPromise, Tx } from '../storage/database/database.js';
import type { SecretStore } from '../storage/settings/secret-store.js';
import type { SettingsStore } from '../storage/settings/settings-store.js';
import type { Settings } from '../storage/settings/settings.js';
import { leverAddressesOf } from '../storage/settings/vendor-addresses.js';
import type { IntegrationStore } from '../storage/state/integration-store.js';
import type { PendingLoginStore } from '../storage/state/pending-login-store.js';
import { keepLever } from '../vendors/lever/login/login.js';
import type { OAuthClient } from '../vendors/lever/login/oauth-client.js';
import { FEATURES_OFF, featuresOn, requireFeatures } from './lever-features.js';
import type { OwnAddresses } from './own-addresses.js';
import type { StoredAnswers } from './stored-answers.js';
import { notConnected, type LeverFound, type VendorChecks } from './vendor-checks.js';

/** How long a replaced signing token is valid: Lever's Rerun resends two weeks' deliveries. */
const OLD_TOKEN_MS = 14 * DAY_MS;

/** The last part of the webhook's address: created once, and reused in later runs. */
export function webhookIdOf({ webhookId }: Settings): string {
  return webhookId ?? randomBytes(16).toString('hex');
}

export interface AnswerKeeperDeps {
  settings: SettingsStore;
  secrets: SecretStore;
  pendingLogins: PendingLoginStore;
  integration: IntegrationStore;
  clock: Clock;
}

/** Stores checked answers. */
export class AnswerKeeper {
  constructor(private readonly deps: AnswerKeeperDeps) {}

  keepSettings(tx: Tx, changed: Partial<Settings>): void {
    const { settings, clock } = this.deps;
    settings.save(tx, changed);
    if (changed.holdTags === false) clearHoldTags(tx, clock.now());
  }

  /** After the addresses in force are stored: it is bound to them. */
  keepLever(tx: Tx, answer: LeverFound['answer']): void {
    keepLever(tx, this.deps, answer);
  }

  keepCodeSubmit(tx: Tx, key: string): void {
    const { secrets } = this.deps;
    secrets.replace(tx, 'codesubmit_api_key', key);
  }

  /** None given leaves the tokens as they are. Replaced ones stay valid for two more weeks. */
  keepSigningTokens(tx: Tx, tokens: readonly string[]): void {
    if (tokens.length === 0) return;
    const { secrets, integration, clock } = this.deps;
    const now = clock.now();
    if (tokens.some((token) => !secrets.list('signing_token', now).includes(token))) {
      integration.noteSignaturesTaken(tx);
    }
    secrets.replaceSet(tx, 'signing_token', tokens, now, now + OLD_TOKEN_MS);
  }

  draftRules(): RuleSpec[] {
    return this.deps.settings.loadDraftRules();
  }

  keepDraftRules(tx: Tx, rules: readonly RuleSpec[]): void {
    this.deps.settings.saveDraftRules(tx, rules);
  }
}

export class SetupSession {
  constructor(
    private readonly rows: { database: Database; integration: IntegrationStore },
    readonly stored: StoredAnswers,
    readonly keeper: AnswerKeeper,
    readonly checks: VendorChecks,
    readonly addresses: OwnAddresses,
  ) {}

  write<T>(change: (tx: Tx) => NotAPromise<T>): Promise<T> {
    return this.rows.database.write(change);
  }

  async changeSettings(settings: Partial<Settings>): Promise<void> {
    await this.#change((tx) => {
      this.keeper.keepSettings(tx, settings);
    });
  }

  /** Throws `vendor` with the right that a feature lacks, `not_set_up`, `ApiError`. */
  async changeFeatures(changed: Partial<Settings>): Promise<void> {
    const settings = { ...this.stored.settings(), ...FEATURES_OFF, ...changed };
    if (featuresOn(settings).length > 0) await requireFeatures(await this.checks.lever(), settings);
    await this.changeSettings(changed);
  }

  async keepDraftRules(rules: readonly RuleSpec[]): Promise<void> {
    await this.rows.database.write((tx) => {
      this.keeper.keepDraftRules(tx, rules);
    });
  }

  async webhookId(): Promise<string> {
    const webhookId = webhookIdOf(this.stored.settings());
    await this.changeSettings({ webhookId });
    return webhookId;
  }

  /** Checks the key and stores it. Throws like `checkLever` and `checkAccount`. */
  async answerLeverKey(key: string, confirm: () => Promise<boolean>): Promise<LeverFound> {
    const { checks, keeper } = this;
    const settings = this.stored.settings();
    const found = await checks.checkLever(settings, { kind: 'api_key', key });
    if (!found) throw notConnected();
    const isProved = await checks.checkAccount(settings, found, confirm);
    await this.rows.database.write((tx) => {
      if (isProved) checks.prove(tx, found);
      const includeConfidential = found.seesConfidential;
      const place = leverAddressesOf(settings);
      keeper.keepSettings(tx, { ...place, leverAuth: 'api_key', includeConfidential });
      keeper.keepLever(tx, found.answer);
    });
    return found;
  }

  /** Stores a started login's client. What is in use stays until the login is done. */
  async keepClient(client: OAuthClient, keep?: (tx: Tx) => void): Promise<void> {
    await this.rows.database.write((tx) => {
      if (this.rows.integration.isInUse()) return;
      const place = leverAddressesOf(this.stored.settings());
      this.keeper.keepSettings(tx, { ...place, leverAuth: 'oauth', leverClientId: client.id });
      this.keeper.keepLever(tx, { kind: 'oauth', client });
      keep?.(tx);
    });
  }

  /** The stored Lever; undefined without one, or if Lever no longer accepts the login. */
  async findLever(): Promise<LeverFound | undefined> {
    const found = await this.checks.findLever();
    if (found) await this.changeSettings({ includeConfidential: found.seesConfidential });
    return found;
  }

  async answerCodeSubmitKey(key: string): Promise<void> {
    const { codesubmitUrl } = this.stored.settings();
    await this.rows.database.write((tx) => {
      this.keeper.keepSettings(tx, { codesubmitUrl });
      this.keeper.keepCodeSubmit(tx, key);
    });
  }

  async answerSigningToken(token: string): Promise<void> {
    await this.#change((tx) => {
      this.keeper.keepSigningTokens(tx, [token]);
    });
  }

  /** Throws what `OwnAddresses.check` throws. */
  async answerAlarmUrl(text: string): Promise<void> {
    const answer = await this.addresses.check('alarm_url', text);
    if (!answer) return;
    await this.#change((tx) => {
      this.addresses.keep(tx, 'alarm_url', answer);
    });
  }

  /** A running daemon follows. */
  async #change(change: (tx: Tx) => void): Promise<void> {
    await this.rows.database.write((tx) => {
      change(tx);
      if (this.rows.integration.isInUse()) this.rows.integration.bumpVersion(tx);
    });
  }
}
