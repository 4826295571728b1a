/** What the checks look at: machine, data directory, vendors. Each list is read once. */
import type { DecisionStore } from '../../pipeline/decide/decision-store.js';
import type { SentListStore } from '../../pipeline/invitations/sent-list-store.js';
import type { Database } from '../../storage/database/database.js';
import type { Home } from '../../storage/home/home.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { SecretStore } from '../../storage/settings/secret-store.js';
import type { FindingStore } from '../../storage/state/finding-store.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { Settings } from '../../storage/settings/settings.js';
import type { OfferedChallenge } from '../../domain/codesubmit-port.js';
import type { AppError, Vendor } from '../../domain/errors.js';
import type { Problem } from '../../domain/problem.js';
import type { SeenReply } from '../../vendors/http/http-client.js';
import type { LeverStage, LeverUser } from '../../vendors/lever/api/lever-records.js';
import type { ListedWebhook } from '../../domain/lever-ports.js';
import type { BridgeClock, Clock, ClockSkew } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { StatusNumberStore } from '../../pipeline/progress/status-numbers.js';
import type { DeliveryStore } from '../../pipeline/receive/delivery-store.js';
import type { Environment } from '../../storage/home/environment.js';
import type { WebhookStore } from '../../storage/state/webhook-store.js';
import type { ClientFactory } from '../../vendors/client-factory.js';
import type { ReplyShapes } from '../../vendors/http/reply-shapes.js';
import type { LeverLogin } from '../../vendors/lever/login/login.js';
import type { LoginRenewals } from '../../vendors/lever/login/oauth-auth.js';
import type { Vendors } from '../../vendors/vendor-clients.js';

/** The process that the checks run in. */
export interface CheckRuntime {
  env: Environment;
  /** The folder of the key files. */
  configFolder: string;
  clock: Clock;
  /** The package's version. */
  version: string;
}

/** An open data directory, and what its vendors are asked with. */
export interface CheckedApp {
  database: Database;
  home: Home;
  configuration: LiveConfiguration;
  secrets: SecretStore;
  integration: IntegrationStore;
  rules: RuleStore;
  decisions: DecisionStore;
  list: SentListStore;
  findings: FindingStore;
  problems: () => Problem[];
  clock: BridgeClock;
  runtime: CheckRuntime;
  log: Log;
  vendors: Vendors;
  clients: ClientFactory;
  login: LeverLogin;
  loginRenewals: LoginRenewals;
  clockSkew: Record<Vendor, ClockSkew>;
  deliveries: DeliveryStore;
  statusNumbers: StatusNumberStore;
  webhooks: WebhookStore;
  replyShapes: ReplyShapes;
}

/** A vendor that doesn't answer in this time is reported, not waited for. */
const VENDOR_TIMEOUT_MS = 10_000;

/** Makes the call once, however many checks want the answer. */
function once<T>(ask: () => T): () => T {
  let answer: { value: T } | undefined;
  return () => (answer ??= { value: ask() }).value;
}

export class CheckContext {
  readonly stages: () => Promise<LeverStage[]>;
  readonly users: () => Promise<LeverUser[]>;
  readonly tags: () => Promise<string[]>;
  readonly webhooks: () => Promise<ListedWebhook[]>;
  readonly challenges: () => Promise<OfferedChallenge[]>;
  readonly problems: () => Problem[];
  readonly vendors: () => Vendors;

  constructor(
    readonly home: Home,
    readonly runtime: CheckRuntime,
    /** The opened data directory, or why it doesn't open. */
    readonly opened: CheckedApp | AppError,
    signal: AbortSignal,
    onReply?: (reply: SeenReply) => void,
  ) {
    const http = { readTimeoutMs: VENDOR_TIMEOUT_MS, signal, ...(onReply && { onReply }) };
    this.vendors = once(() => this.app.vendors.with(http));
    const lever = () => this.vendors().lever();
    this.stages = once(async () => lever().listStages());
    this.users = once(async () => lever().listUsers());
    this.tags = once(async () => lever().listTags());
    this.webhooks = once(async () => this.vendors().leverWebhooks().listWebhooks());
    this.challenges = once(async () => this.vendors().codesubmit().listChallenges());
    this.problems = once(() => this.app.problems());
  }

  /** Throws the reason when the data directory doesn't open. */
  get app(): CheckedApp {
    if (this.opened instanceof Error) throw this.opened;
    return this.opened;
  }

  get settings(): Settings {
    return this.app.configuration.current().settings;
  }

  get now(): number {
    return this.runtime.clock.now();
  }

  /** Why the data directory doesn't open or isn't in use; null when it is. */
  whyUnusable(): AppError | null {
    return this.opened instanceof Error ? this.opened : this.opened.integration.whyNotInUse();
  }

  isInUse(): boolean {
    return this.whyUnusable() === null;
  }
}
