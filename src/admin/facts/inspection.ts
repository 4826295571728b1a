/** What checks ask: the data directory, and the vendors, each call once however many facts need its answer. */
import { catalogOf } from '../../domain/decide/challenge-tags.js';
import type { AppError } from '../../domain/errors.js';
import type { Home } from '../../store/home/home.js';
import type { SeenReply } from '../../store/reply-shapes.js';
import type { Settings } from '../../store/settings/settings.js';
import type { App, Runtime } from '../app.js';

/** A vendor that doesn't answer in this time is reported, not waited for. */
const VENDOR_TIMEOUT_MS = 10_000;

/** Makes the call once, however many facts need the answer. */
function once<T extends object>(ask: () => T): () => T {
  let answer: T | undefined;
  return () => (answer ??= ask());
}

export class Inspection {
  /** The vendors' clients, which give up after ten seconds, and report the shapes of replies to `onReply`. */
  readonly vendors = once(() =>
    this.app.vendors.with({
      timeoutMs: VENDOR_TIMEOUT_MS,
      signal: this.signal,
      ...(this.onReply && { onReply: this.onReply }),
    }),
  );
  /** Lever's webhooks; null without the right to list them. */
  readonly webhooks = once(async () => this.vendors().lever().listWebhooks());
  readonly challenges = once(async () => this.vendors().codesubmit().listChallenges());
  /** The challenges by their tags. What we know of their former names explains tags that no longer fit. */
  readonly catalog = once(async () => {
    const known = new Map(this.app.list.challenges().map((one) => [one.id, one]));
    return catalogOf((await this.challenges()).map((one) => ({ ...known.get(one.id), ...one })));
  });

  /** `signal` ends the calls to the vendors; `onReply` gets what each reply looks like, for the report. */
  constructor(
    readonly home: Home,
    readonly runtime: Runtime,
    /** The open data directory, or why it doesn't open. */
    readonly opened: App | AppError,
    private readonly signal: AbortSignal,
    private readonly onReply?: (reply: SeenReply) => void,
  ) {}

  /** Throws the reason when the data directory doesn't open. */
  get app(): App {
    if (this.opened instanceof Error) throw this.opened;
    return this.opened;
  }

  get settings(): Settings {
    return this.app.configuration.current().settings;
  }

  /** Epoch ms, by our clock. */
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
