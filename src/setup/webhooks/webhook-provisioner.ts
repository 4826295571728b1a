/**
 * Makes sure that Lever has one webhook of ours for each event: reads, changes, and reads again.
 *
 * So a killed run, a lost reply and a changed address are one case. Lever gives the signing token
 * only in the reply to the creation: a webhook at our address whose token we lack is deleted and
 * created again. A row's states: `begun` is the intent, committed before the request; `in_use` has
 * the encrypted token; `leaving` until Lever has deleted it; then `gone`, and its token stays valid
 * for two weeks.
 */
import type { Database, Tx } from '../../storage/database/database.js';
import type { Clock } from '../../domain/clock.js';
import { AppError, isPassing, type ApiError } from '../../domain/errors.js';
import type {
  ListedWebhook,
  MadeWebhook,
  Removal,
  WebhookEvent,
  WebhookLever,
} from '../../domain/lever-ports.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import { isSameUrl, planWebhooks, type WebhookPlan } from './plan-webhooks.js';
import type { BegunWebhook, KeptWebhook, WebhookStore } from '../../storage/state/webhook-store.js';

export interface WebhookProvisionerDeps {
  database: Database;
  rows: WebhookStore;
  integration: IntegrationStore;
  clock: Clock;
}

/** How one run goes. */
export interface Provisioning {
  /** Waits that many milliseconds. */
  pause: (ms: number) => Promise<void>;
  /** Delays between reads after a temporary failure; one retry for each. */
  waitsMs: readonly number[];
  onMaking: (event: WebhookEvent) => void;
}

export interface WebhookWish {
  /** Their address; null if there should be none. */
  url: string | null;
  /** Replaces good ones too, with new signing tokens. */
  isRenewal: boolean;
}

export interface WebhookResult {
  made: WebhookEvent[];
  removed: number;
  /** At our address, created on Lever's page, so only a person can delete them there. */
  foreign: ListedWebhook[];
  /** Ours, and Lever refuses to delete them. */
  undeleted: KeptWebhook[];
}

const LONGEST_WAIT_MS = 30_000;

export class WebhookProvisioner {
  readonly #made = new Set<WebhookEvent>();
  /** The result of each deletion, by Lever's id; a list that lags still shows them. */
  readonly #removals = new Map<string, Removal>();
  #foreign: ListedWebhook[] = [];

  constructor(
    private readonly deps: WebhookProvisionerDeps,
    private readonly lever: WebhookLever,
    private readonly run: Provisioning,
  ) {}

  /**
   * A lost reply leaves a webhook whose token we don't have: the next read finds it, deletes it and
   * creates it again. So does the next run, wherever this one is killed. Throws `ApiError`, and
   * `revoked` if `revoke` came in between.
   */
  async keep(wish: WebhookWish): Promise<WebhookResult> {
    const renewBefore = wish.isRenewal ? this.deps.clock.now() : null;
    const waits = [...this.run.waitsMs];
    for (;;) {
      try {
        if (await this.#isDone(wish.url, renewBefore)) return this.#result();
      } catch (error) {
        const waitMs = waits.shift();
        if (waitMs === undefined || !isSoonOver(error)) throw error;
        await this.run.pause(Math.max(waitMs, error.retryAfterMs ?? 0));
      }
    }
  }

  /** What Lever refuses to delete waits for the next run. */
  async #deleteLeaving(): Promise<void> {
    const { database, rows, clock } = this.deps;
    for (const { id, vendorId } of rows.listLeaving()) {
      if ((await this.#remove(vendorId)) === 'refused') continue;
      await database.write((tx) => {
        rows.noteGone(tx, id, clock.now());
      });
    }
  }

  #result(): WebhookResult {
    const undeleted = this.deps.rows.listLeaving();
    return {
      made: [...this.#made],
      removed: [...this.#removals.values()].filter((one) => one === 'removed').length,
      foreign: this.#foreign.filter(({ id }) => undeleted.every((own) => own.vendorId !== id)),
      undeleted,
    };
  }

  /** A second webhook would report everything twice. */
  #isRefused({ id }: ListedWebhook): boolean {
    return this.#removals.get(id) === 'refused';
  }

  async #isDone(url: string | null, renewBefore: number | null): Promise<boolean> {
    await this.#deleteLeaving();
    const plan = await this.#look(url, renewBefore);
    const { strays, make, unwanted } = plan;
    for (const { id } of strays) await this.#remove(id);
    this.#foreign = strays.filter(({ id }) => this.#removals.get(id) !== 'removed');
    if (url === null) return unwanted.length === 0;
    const isBlocked = (event: WebhookEvent): boolean =>
      strays.some((one) => one.event === event && isSameUrl(one.url, url) && this.#isRefused(one));
    const makeable = make.filter((event) => !isBlocked(event));
    for (const event of makeable) await this.#make(event, url);
    return makeable.length === 0;
  }

  /** What is left to do in Lever; changes of our own rows are done already. */
  async #look(url: string | null, renewBefore: number | null): Promise<WebhookPlan> {
    const { database, rows, clock } = this.deps;
    const listed = (await this.lever.listWebhooks()).filter(
      ({ id }) => this.#removals.get(id) !== 'removed',
    );
    return database.write((tx) => {
      const now = clock.now();
      const situation = { url, now, listed, renewBefore };
      const plan = planWebhooks({
        ...situation,
        inUse: rows.listInUse(),
        begun: rows.listBegun(),
      });
      for (const id of plan.lost) rows.noteGone(tx, id, now);
      for (const id of plan.unwanted) rows.retire(tx, id, now);
      for (const id of plan.vain) rows.dropBegun(tx, id);
      rows.eraseOldTokens(tx, now);
      return plan;
    });
  }

  async #make(event: WebhookEvent, url: string): Promise<void> {
    const { lever } = this;
    const { database, rows, clock } = this.deps;
    this.run.onMaking(event);
    const id = await database.write((tx) => rows.begin(tx, event, url, clock.now()));
    const made = await lever.makeWebhook(url, event);
    await database.writeWithRetry((tx) => this.#settle(tx, { id, event, url }, made));
    if (rows.listInUse().some(({ vendorId }) => vendorId === made.id)) {
      this.#made.add(event);
      return;
    }
    await lever.removeWebhook(made.id);
    throw new AppError(
      'revoked',
      'The integration was revoked while its webhooks were created.',
      'To start again: codesubmit-lever setup',
    );
  }

  /** Stores nothing after a `revoke` in between. */
  #settle(tx: Tx, { id, event, url }: Omit<BegunWebhook, 'begunAt'>, made: MadeWebhook): void {
    const { rows, integration, clock } = this.deps;
    if (!integration.isInUse()) return;
    const old = rows.listInUse().find((kept) => kept.event === event);
    const isNewAddress = old === undefined || !isSameUrl(old.url, url);
    if (event === 'candidateStageChange' && isNewAddress)
      integration.note(tx, { webhook_verified_at: null });
    rows.settle(tx, id, event, made, clock.now());
    // Earlier rejections were for another token than this one.
    integration.noteSignaturesTaken(tx);
    integration.bumpVersion(tx);
  }

  /** Asks once for each. */
  async #remove(vendorId: string): Promise<Removal> {
    const removal = this.#removals.get(vendorId) ?? (await this.lever.removeWebhook(vendorId));
    this.#removals.set(vendorId, removal);
    return removal;
  }
}

/** Another read can help, and soon. */
function isSoonOver(error: unknown): error is ApiError {
  return isPassing(error) && (error.retryAfterMs ?? 0) <= LONGEST_WAIT_MS;
}
