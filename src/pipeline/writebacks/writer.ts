/**
 * Writes one pending update to Lever, once: an earlier attempt is looked for before it is repeated.
 *
 * A link is looked for on the candidate, and compared without scheme and trailing slash. A note
 * ends with a mark, a keyed hash of its candidate and topic, and is looked for by that. Each topic
 * has one tag at a time: only tags that we may have set, recorded before the attempt, are ever
 * removed, the old one before the new one is added. What someone removes in Lever stays removed.
 */
import type { Clock } from '../../domain/clock.js';
import {
  ApiError,
  AppError,
  isStorageTrouble,
  rejectionOf,
  type RejectionKind,
} from '../../domain/errors.js';
import type { OpportunityId } from '../../domain/ids.js';
import { isSameLink } from '../../domain/link.js';
import type { LeverWriter } from '../../domain/lever-ports.js';
import type { Log } from '../../domain/log.js';
import { hasTag, isSameTag } from '../../domain/rule.js';
import type { Database, Tx } from '../../storage/database/database.js';
import { mayWriteToLever, type IntegrationStore } from '../../storage/state/integration-store.js';
import type { AttemptLog } from '../attempt-log.js';
import { VendorAccess } from '../vendor-access.js';
import type { WritebackStore } from './writeback-store.js';
import type {
  Delay,
  LinkOrder,
  NoteWritingOrder,
  TagOrder,
  ClaimedWriteback,
  WritebackClaim,
} from './writeback.js';

// Lever as one attempt uses it: records on the claim when a write may have had its effect.

export function watchedLever(lever: LeverWriter, claim: WritebackClaim): LeverWriter {
  const send = async <T>(write: () => Promise<T>): Promise<T> => {
    const wasSent = claim.isSent;
    claim.isSent = true;
    try {
      return await write();
    } catch (error) {
      if (hadNoEffect(error)) claim.isSent = wasSent;
      throw error;
    }
  };
  return {
    readLinks: (id) => lever.readLinks(id),
    readTags: (id) => lever.readTags(id),
    hasNote: (id, part) => lever.hasNote(id, part),
    addLink: (id, link) => send(() => lever.addLink(id, link)),
    addTags: (id, tags) => send(() => lever.addTags(id, tags)),
    removeTags: (id, tags) => send(() => lever.removeTags(id, tags)),
    addNote: (id, text) => send(() => lever.addNote(id, text)),
    asksForActingUser: (error) => lever.asksForActingUser(error),
  };
}

/** Our own errors come before a request leaves, while it waits for a rate slot or a key. */
function hadNoEffect(error: unknown): boolean {
  if (error instanceof ApiError) return error.kind !== 'unknown_outcome';
  return error instanceof AppError;
}

/** `not_shown`: Lever answered 2xx but doesn't show it, so it is still pending. */
export type Placing = 'done' | 'there_already' | 'gone' | 'not_shown';

function hasLink(links: readonly string[], link: string): boolean {
  return links.some((one) => isSameLink(one, link));
}

/**
 * Adds one link, unless Lever shows it. A first attempt adds a new link without looking. A shared
 * link may be there already: links belong to the contact, who may have several opportunities. So
 * may the link of a challenge that was sent manually, or again: CodeSubmit may return what it had.
 */
async function placeLink(
  lever: LeverWriter,
  id: OpportunityId,
  { link, isNew }: LinkOrder,
  isFirst: boolean,
): Promise<Placing> {
  if (!isFirst || !isNew) {
    const links = await lever.readLinks(id);
    if (links === null) return 'gone';
    if (hasLink(links, link)) return 'there_already';
  }
  if (hasLink(await lever.addLink(id, link), link)) return 'done';
  return hasLink((await lever.readLinks(id)) ?? [], link) ? 'done' : 'not_shown';
}

/**
 * Writes one note, unless a note with its mark is there. A first attempt looks only if it must: a
 * key may have permission to write notes but not to read them.
 */
async function placeNote(
  lever: LeverWriter,
  id: OpportunityId,
  note: NoteWritingOrder,
  isFirst: boolean,
): Promise<Placing> {
  if (!isFirst || note.isLookedForFirst) {
    const isThere = await lever.hasNote(id, note.mark);
    if (isThere === null) return 'gone';
    if (isThere) return 'there_already';
  }
  return (await lever.addNote(id, `${note.text}\n\n${note.mark}`)) ? 'done' : 'not_shown';
}

/**
 * Leaves only the wanted one of our tags on a topic; other tags stay untouched. The old one is
 * removed first, so the two never show together. Reads nothing if none of ours can be there. An old one
 * that Lever doesn't show yet is looked for again.
 */
async function placeTag(
  lever: LeverWriter,
  id: OpportunityId,
  { wanted, ours, isRecent }: TagOrder,
): Promise<Placing> {
  const present = ours.length === 0 ? [] : await lever.readTags(id);
  if (present === null) return 'gone';
  const old = ours.filter((tag) => wanted === null || !isSameTag(tag, wanted));
  const stale = present.filter((tag) => hasTag(old, tag));
  if (stale.length > 0) await lever.removeTags(id, stale);
  const removed = stale.length > 0 ? 'done' : 'there_already';
  const placing = wanted === null ? removed : await addTag(lever, id, wanted, present);
  return isRecent && old.some((tag) => !hasTag(present, tag)) ? 'not_shown' : placing;
}

async function addTag(
  lever: LeverWriter,
  id: OpportunityId,
  wanted: string,
  present: readonly string[],
): Promise<Placing> {
  if (hasTag(present, wanted)) return 'there_already';
  if (hasTag(await lever.addTags(id, [wanted]), wanted)) return 'done';
  return hasTag((await lever.readTags(id)) ?? [], wanted) ? 'done' : 'not_shown';
}

// Claims pending updates and settles them. Each method is one durable write.

export interface WritebackQueueDeps {
  database: Database;
  rows: WritebackStore;
  attempts: AttemptLog;
  integration: IntegrationStore;
  /** A link is in Lever. */
  onLinkWritten: (tx: Tx, written: WritebackClaim, now: number) => void;
}

export class WritebackQueue {
  constructor(private readonly deps: WritebackQueueDeps) {}

  /** Whether anything may be due: a cheap check before a claim. */
  hasDue(now: number): boolean {
    return this.deps.rows.listDue(now, 1).length > 0;
  }

  /** A pause stops new challenges, not the updates for those sent. A revoke stops both. */
  claimDue(now: number, limit: number, claim: string): Promise<ClaimedWriteback[]> {
    const { database, rows, integration } = this.deps;
    return database.write((tx) => {
      if (!mayWriteToLever(integration.read())) return [];
      return rows.claimDue(tx, now, limit, claim);
    });
  }

  /** It is in Lever. A link also makes the invitation of its own opportunity `linked`. */
  settleDone(owed: WritebackClaim, now: number, lookAt?: number): Promise<void> {
    const { database, rows, integration, onLinkWritten } = this.deps;
    return database.writeWithRetry((tx) => {
      rows.finish(tx, owed, 'done', null, now, lookAt);
      integration.noteActingUserTaken(tx);
      if (owed.kind === 'link') onLinkWritten(tx, owed, now);
      this.#record(tx, owed, 'done', null, now);
    });
  }

  /** It can't be done until something changes outside; `retry` takes it up again. */
  settleParked(owed: WritebackClaim, why: string, now: number): Promise<void> {
    const { database, rows } = this.deps;
    return database.writeWithRetry((tx) => {
      rows.finish(tx, owed, 'parked', why, now);
      this.#record(tx, owed, 'parked', why, now);
    });
  }

  settleLater(owed: WritebackClaim, delay: Delay, now: number): Promise<void> {
    return this.deps.database.writeWithRetry((tx) => {
      this.#postpone(tx, owed, delay, now);
    });
  }

  #postpone(tx: Tx, owed: WritebackClaim, delay: Delay, now: number): void {
    this.deps.rows.postpone(tx, owed, delay);
    if (delay.usesAttempt) this.#record(tx, owed, 'later', delay.why, now);
  }

  /** Like `settleLater`, for a claim that may be settled already: then it does nothing. */
  release(owed: WritebackClaim, delay: Delay, now: number): Promise<void> {
    const { database, rows } = this.deps;
    return database.write((tx) => {
      if (rows.isClaimed(owed)) this.#postpone(tx, owed, delay, now);
    });
  }

  /** Lever rejects our account: everything stays pending. Returns whether that is new. */
  settleUnauthorized(
    owed: WritebackClaim,
    delay: Delay,
    kind: RejectionKind,
    now: number,
  ): Promise<boolean> {
    const { database, rows, integration } = this.deps;
    return database.writeWithRetry((tx) => {
      rows.postpone(tx, owed, delay);
      return integration.noteRefusal(tx, 'lever', now, { kind, why: delay.why });
    });
  }

  /** Lever needs an acting user: nothing is written until a setting changes. */
  settleHeld(owed: WritebackClaim, delay: Delay, now: number): Promise<void> {
    const { database, rows, integration } = this.deps;
    return database.writeWithRetry((tx) => {
      rows.postpone(tx, owed, delay);
      integration.noteActingUserMissing(tx, now);
    });
  }

  #record(tx: Tx, owed: WritebackClaim, outcome: string, detail: string | null, now: number): void {
    const { invitationId, kind } = owed;
    if (invitationId === null) return;
    this.deps.attempts.record(tx, invitationId, { outcome, detail }, now, kind);
  }
}

export interface WriterDeps {
  store: WritebackQueue;
  lever: VendorAccess<LeverWriter>;
  /** After this, Lever shows what a write added, in ms. */
  settleMs: () => number;
  clock: Clock;
  log: Log;
}

export class Writer {
  constructor(private readonly deps: WriterDeps) {}

  /** Resolves once the attempt's outcome is on disk. Whatever it throws is for `release`. */
  async write(owed: ClaimedWriteback): Promise<void> {
    const outcome = await this.#attempt(owed);
    const { kind, invitationId: invitation, opportunityId: opportunity } = owed;
    const attempt = owed.attempts + 1;
    this.deps.log.info({ kind, invitation, opportunity, outcome, attempt }, 'write-back');
  }

  /** The attempt is refunded only if the disk failed before Lever was called. */
  async release(owed: ClaimedWriteback, error: unknown): Promise<void> {
    const { store, lever, clock } = this.deps;
    const why = error instanceof AppError ? error : new Error('an unexpected error');
    const waitMs = lever.retryMs(owed.attempts + 1);
    const delay = this.#delay(owed, why, waitMs, !isStorageTrouble(error));
    await store.release(owed, delay, clock.now());
  }

  async #attempt(owed: ClaimedWriteback): Promise<string> {
    const { store, clock, lever } = this.deps;
    let placing: Placing;
    try {
      placing = await this.#place(owed);
    } catch (error) {
      return this.#settleFailure(owed, error);
    }
    lever.clear();
    if (placing === 'not_shown') return this.#settleNotShown(owed);
    if (placing === 'gone') await store.settleParked(owed, 'not visible in Lever', clock.now());
    else await store.settleDone(owed, clock.now(), this.#lookAt(owed));
    return placing;
  }

  #place(owed: ClaimedWriteback): Promise<Placing> {
    const lever = watchedLever(this.deps.lever.client(), owed);
    const { opportunityId: id, order, attempts } = owed;
    switch (order.kind) {
      case 'link':
        return placeLink(lever, id, order, attempts === 0);
      case 'note':
        return placeNote(lever, id, order, attempts === 0);
      case 'tag':
        return placeTag(lever, id, order);
    }
  }

  /** A 2xx is no proof: it stays pending until Lever shows it. */
  async #settleNotShown(owed: ClaimedWriteback): Promise<string> {
    const { store, lever, clock } = this.deps;
    const why = new Error(`Lever accepted the ${owed.kind} but does not show it`);
    const delay = this.#delay(owed, why, lever.retryMs(owed.attempts + 1));
    await store.settleLater(owed, delay, clock.now());
    return 'not_shown';
  }

  #delay(owed: ClaimedWriteback, why: Error, waitMs: number, usesAttempt = true): Delay {
    return {
      dueAt: this.deps.clock.now() + waitMs,
      why: why.message,
      status: why instanceof ApiError ? why.status : undefined,
      usesAttempt: usesAttempt || owed.isSent,
      lookAt: this.#lookAt(owed),
    };
  }

  /** Before then a look might miss what a write has added. */
  #lookAt({ isSent }: ClaimedWriteback): number | undefined {
    return isSent ? this.deps.clock.now() + this.deps.settleMs() : undefined;
  }

  async #settleFailure(owed: ClaimedWriteback, error: unknown): Promise<string> {
    const { store, clock, lever, log } = this.deps;
    const now = clock.now();
    if (!(error instanceof ApiError)) throw error;
    const unused = this.#delay(owed, error, 0, false);
    if (error.kind === 'unauthorized') {
      const { kind } = rejectionOf(error);
      const isNews = await store.settleUnauthorized(owed, unused, kind, now);
      if (isNews) log.error({ vendor: error.vendor, status: error.status }, 'account rejected');
      return 'unauthorized';
    }
    if (lever.client().asksForActingUser(error)) {
      await store.settleHeld(owed, unused, now);
      return 'held';
    }
    if (VendorAccess.concerns(error)) {
      const delay = this.#delay(owed, error, lever.pause(error), false);
      await store.settleLater(owed, delay, now);
      return 'later';
    }
    const waitMs = lever.retryMs(owed.attempts + 1, error.retryAfterMs);
    await store.settleLater(owed, this.#delay(owed, error, waitMs), now);
    return error.kind;
  }
}
