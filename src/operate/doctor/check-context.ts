/** What every check is given: machine, data directory, vendors. Each list is read once. */
import type { Home } from '../../storage/home/home.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { Settings } from '../../storage/settings/settings.js';
import type { OfferedChallenge } from '../../domain/codesubmit-port.js';
import type { AppError } from '../../domain/errors.js';
import type { Problem } from '../../domain/problem.js';
import type { SeenReply } from '../../vendors/http/http-client.js';
import type { LeverStage } from '../../vendors/lever/api/lever-records.js';
import type { ListedWebhook } from '../../domain/lever-ports.js';
import type { Clock } from '../../domain/clock.js';
import type { Environment } from '../../storage/home/environment.js';
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

/** What all checks share of an open data directory. */
export interface SharedParts {
  configuration: LiveConfiguration;
  integration: IntegrationStore;
  problems: () => Problem[];
  vendors: Vendors;
}

/** A vendor that doesn't answer in this time is reported, not waited for. */
const VENDOR_TIMEOUT_MS = 10_000;

/** Makes the call once, however many checks want the answer. */
function once<T>(ask: () => T): () => T {
  let answer: { value: T } | undefined;
  return () => (answer ??= { value: ask() }).value;
}

/** `Parts` is what a check needs of the data directory besides. */
export class CheckContext<Parts = unknown> {
  readonly stages: () => Promise<LeverStage[]>;
  /** Null without the right to list them. */
  readonly webhooks: () => Promise<ListedWebhook[] | null>;
  readonly challenges: () => Promise<OfferedChallenge[]>;
  readonly problems: () => Problem[];
  readonly vendors: () => Vendors;

  constructor(
    readonly home: Home,
    readonly runtime: CheckRuntime,
    /** The opened data directory, or why it doesn't open. */
    readonly opened: (SharedParts & Parts) | AppError,
    signal: AbortSignal,
    onReply?: (reply: SeenReply) => void,
  ) {
    const http = { readTimeoutMs: VENDOR_TIMEOUT_MS, signal, ...(onReply && { onReply }) };
    this.vendors = once(() => this.app.vendors.with(http));
    this.stages = once(async () => this.vendors().lever().listStages());
    this.webhooks = once(async () => this.vendors().lever().listWebhooks());
    this.challenges = once(async () => this.vendors().codesubmit().listChallenges());
    this.problems = once(() => this.app.problems());
  }

  /** Throws the reason when the data directory doesn't open. */
  get app(): SharedParts & Parts {
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
