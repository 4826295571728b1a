/** What doctor's questions are asked with: machine, data directory, vendors. Each list is read once. */
import type { App, Runtime } from '../app.js';
import type { OfferedChallenge, ListedWebhook } from '../../domain/vendor-ports.js';
import { catalogOf, type Catalog } from '../../domain/decide/challenge-tags.js';
import type { AppError } from '../../domain/errors.js';
import type { Home } from '../../store/home/home.js';
import type { Settings } from '../../store/settings/settings.js';
import type { SeenReply } from '../../store/reply-shapes.js';
import type { LeverStage } from '../../lever/lever-records.js';
import type { Vendors } from '../../bridge/vendor-clients.js';

/** A vendor that doesn't answer in this time is reported, not waited for. */
const VENDOR_TIMEOUT_MS = 10_000;

/** Makes the call once, however many rows want the answer. */
function once<T>(ask: () => T): () => T {
  let answer: { value: T } | undefined;
  return () => (answer ??= { value: ask() }).value;
}

export class Inspection {
  readonly stages: () => Promise<LeverStage[]>;
  /** Null without the right to list them. */
  readonly webhooks: () => Promise<ListedWebhook[] | null>;
  readonly challenges: () => Promise<OfferedChallenge[]>;
  /** The same by their tags, with the former names that are known. */
  readonly catalog: () => Promise<Catalog>;
  readonly vendors: () => Vendors;
  /**
   * Who is on the daemon's port while no daemon runs; undefined when it is free. Looking means to listen, as the test of the
   * public address does, so that one awaits this first.
   */
  readonly portOwner: () => Promise<string | undefined>;
  /** Whether nothing was stored since: a rejection says nothing of other credentials. */
  readonly isInForce: () => boolean;

  constructor(
    readonly home: Home,
    readonly runtime: Runtime,
    /** The open data directory, or why it doesn't open. */
    readonly opened: App | AppError,
    signal: AbortSignal,
    onReply?: (reply: SeenReply) => void,
  ) {
    this.isInForce = opened instanceof Error ? () => true : opened.configuration.watch();
    const http = { readTimeoutMs: VENDOR_TIMEOUT_MS, signal, ...(onReply && { onReply }) };
    this.vendors = once(() => this.app.vendors.with(http));
    this.stages = once(async () => this.vendors().lever().listStages());
    this.webhooks = once(async () => this.vendors().lever().listWebhooks());
    this.challenges = once(async () => this.vendors().codesubmit().listChallenges());
    this.catalog = once(async () => {
      const known = new Map(this.app.list.challenges().map((one) => [one.id, one]));
      return catalogOf((await this.challenges()).map((one) => ({ ...known.get(one.id), ...one })));
    });
    this.portOwner = once(async () => (await import('./port.js')).findPortOwner(this.settings));
  }

  /** Throws the reason when the data directory doesn't open. */
  get app(): App {
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
