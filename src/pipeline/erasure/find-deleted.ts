/** Finds candidates deleted in Lever without a webhook, and has each looked at. */
import { DAY_MS, HOUR_MS, MINUTE_MS, type Clock } from '../../domain/clock.js';
import { ApiError, isVendorWide } from '../../domain/errors.js';
import type { OpportunityId } from '../../domain/ids.js';
import type { DeletedList, DeletionReader } from '../../domain/lever-ports.js';
import type { Log } from '../../domain/log.js';
import { mayAskLever, type IntegrationStore } from '../../storage/state/integration-store.js';
import type { InboxStore } from '../inbox/inbox-store.js';
import type { Circuit } from '../circuit.js';
import type { RetentionQueries } from './retention-queries.js';

export interface DeletedWatchDeps {
  lever: Circuit<DeletionReader>;
  integration: IntegrationStore;
  kept: RetentionQueries;
  inbox: InboxStore;
  clock: Clock;
  log: Log;
}

/** The first sweep goes first. */
const FIRST_AFTER_MS = MINUTE_MS;
/** When Lever is unavailable: waiting candidates are read first. */
const AGAIN_AFTER_MS = MINUTE_MS;
/** Listed ones are listed again for a while, because a read may still have shown them. */
const MARGIN_MS = 3 * HOUR_MS;
const PAGE = 200;
/**
 * Looks per hour at known ids, if Lever doesn't list deleted ones: less than a minute of its rate
 * limit.
 */
const MAX_LOOKS = 500;

export class DeletedWatch {
  /** On the monotonic clock. */
  #nextMs: number;
  /** Where the round of known ids continues. */
  #after = '';

  constructor(private readonly deps: DeletedWatchDeps) {
    this.#nextMs = deps.clock.monotonicMs() + FIRST_AFTER_MS;
  }

  /** Runs soon after the start and then hourly, while Lever may be called. */
  isDue(): boolean {
    const { lever, integration, clock } = this.deps;
    if (clock.monotonicMs() < this.#nextMs) return false;
    return lever.remainingMs('read') === 0 && mayAskLever(integration.read());
  }

  /** Resolves once the looks are on disk; throws only when that can't be recorded. */
  async run(): Promise<void> {
    const startedMs = this.deps.clock.monotonicMs();
    try {
      const list = await this.deps.lever.client().listDeleted(this.#since());
      if (list) await this.#hintDeleted(list);
      else await this.#hintUnseen();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.deps.log.warn({ error: error.message }, 'deleted opportunities not listed');
      if (isVendorWide(error)) {
        this.#nextMs = startedMs + AGAIN_AFTER_MS;
        return;
      }
    }
    this.#nextMs = startedMs + HOUR_MS;
  }

  /** On Lever's clock. */
  #since(): number {
    const { deleted_listed_at: listedAt, set_up_at: setUpAt } = this.deps.integration.read();
    return (listedAt ?? setUpAt ?? this.deps.clock.now()) - MARGIN_MS;
  }

  async #hintDeleted({ ids, leverNow }: DeletedList): Promise<void> {
    const { integration, kept, inbox, log } = this.deps;
    const known = kept.listKnown(ids);
    await inbox.hintAll(known, { isDeletionAnnounced: true, isReadAlone: true }, (tx) => {
      if (leverNow !== null) integration.note(tx, { deleted_listed_at: leverNow });
    });
    if (known.length > 0) log.info({ found: known.length }, 'listed as deleted in Lever');
  }

  /**
   * Lever doesn't list deleted opportunities, so those not looked at for a week are checked, a few
   * each time.
   */
  async #hintUnseen(): Promise<void> {
    let looks = 0;
    for (;;) {
      const page = await this.#hintPage(MAX_LOOKS - looks);
      looks += page.looks;
      this.#after = page.last ?? '';
      if (page.last === undefined || looks >= MAX_LOOKS) return;
    }
  }

  async #hintPage(most: number): Promise<{ looks: number; last: OpportunityId | undefined }> {
    const { kept, inbox, clock } = this.deps;
    const limit = Math.min(PAGE, most);
    const unseenSince = clock.now() - 7 * DAY_MS;
    const page = kept.list({ before: 0, unseenSince, after: this.#after, limit });
    const unseen = page.filter(({ isUnseen }) => isUnseen);
    await inbox.readAlone(unseen.map(({ id }) => id));
    return { looks: unseen.length, last: page.length < limit ? undefined : page.at(-1)?.id };
  }
}
