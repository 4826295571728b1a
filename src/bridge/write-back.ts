/**
 * Writes one pending update to Lever, once: looks for an earlier attempt before repeating it.
 *
 * A link is looked for on the candidate, and compared without scheme and trailing slash. A note ends with a mark, a
 * keyed hash of its candidate and topic, and is looked for by that mark. Each topic has one tag at a time. Only tags
 * that we may have set, recorded before the attempt, are ever removed, the old one before the new one is added. What
 * someone removes in Lever stays removed.
 */
import { SECOND_MS } from '../domain/clock.js';
import { ApiError, AppError, isStorageTrouble, isVendorWide } from '../domain/errors.js';
import { hasTag, isSameLink, isSameTag } from '../domain/vendor-text.js';
import type { LeverWriter } from '../lever/lever-client.js';
import type { Circuit } from '../net/circuit.js';
import type { Tx } from '../store/database/database.js';
import { recordAttempt } from '../store/events.js';
import { mayWriteToLever } from '../store/integration-store.js';
import { markLinked } from '../store/invitations.js';
import {
  beginWriting,
  listDueWritebacks,
  isWriting,
  openLink,
  openNote,
  ownTagsOf,
  settleLinkOfContact,
  settleWriting,
  type DueWriteback,
  type MarkedNote,
  type Settled,
} from '../store/writebacks.js';
import type { Bridge } from './bridge.js';

/** The bridge of a process that writes to Lever. */
export type WritingBridge = Bridge & { lever: Circuit<LeverWriter> };

/** An update that this process is writing to Lever. Its columns are as before this attempt. */
export interface Writing extends DueWriteback {
  /** Lever accepted something new, or may have. The attempt is used up, and the next one looks first. */
  isSent: boolean;
}

/** How long after a write Lever's reads may still not show it: two settling times. */
export function leverLagMs({ currentSettings }: Pick<Bridge, 'currentSettings'>): number {
  return 2 * currentSettings().settleSeconds * SECOND_MS;
}

/**
 * Claims up to `limit` due updates, none of those `underWay` (by id). A pause stops new challenges, not the updates for
 * those sent. A revoke stops both.
 */
export async function beginDueWritebacks(
  bridge: Bridge,
  limit: number,
  underWay: ReadonlySet<string>,
): Promise<Writing[]> {
  const { database, integration, clock } = bridge;
  // The lag: a link that Lever may not show yet holds up other updates with the same link.
  const due = listDueWritebacks(database, clock.now(), leverLagMs(bridge), 1);
  // A cheap check: without it each round would begin a transaction of writing for nothing.
  if (due.length === 0) return [];
  return database.write((tx) => {
    if (!mayWriteToLever(integration.read())) return [];
    return listDueWritebacks(tx, clock.now(), leverLagMs(bridge), limit)
      .filter(({ id }) => !underWay.has(String(id)))
      .map((row) => {
        beginWriting(tx, row);
        return { ...row, isSent: false };
      });
  });
}

/**
 * Makes one attempt to write the update to Lever. Resolves once its outcome is on disk. `releaseWriteback` handles
 * whatever this throws.
 */
export async function writeBack(bridge: WritingBridge, writing: Writing): Promise<void> {
  let outcome: string;
  try {
    const placing = await tryToPlace(bridge, writing);
    await settle(bridge, writing, settledAfter(bridge, writing, placing));
    outcome = placing;
  } catch (error) {
    // It may have had its effect: the attempt counts, and the next one looks first.
    if (mayHaveHadEffect(error)) writing.isSent = true;
    if (!(error instanceof ApiError)) throw error;
    outcome = await settleFailure(bridge, writing, error);
  }
  const { kind, invitation_id: invitation, opportunity_id: opportunity } = writing;
  const attempt = writing.attempts + 1;
  bridge.log.info({ kind, invitation, opportunity, outcome, attempt }, 'write-back');
}

/**
 * After an error that `writeBack` threw: makes the update pending again, unless it is settled. Gives the attempt back
 * only if the disk failed before anything was sent to Lever.
 */
export async function releaseWriteback(
  bridge: WritingBridge,
  writing: Writing,
  error: unknown,
): Promise<void> {
  // Our own errors say how to fix it, too. Others may quote personal data, so their text isn't stored.
  const why = error instanceof AppError ? `${error.message} ${error.hint}` : 'an unexpected error';
  const waitMs = bridge.lever.retryMs(writing.attempts + 1);
  const settled = pendingAgain(bridge, writing, new Error(why), waitMs, !isStorageTrouble(error));
  await bridge.database.write((tx) => {
    if (isWriting(tx, writing.id)) settleWithin(tx, writing, settled, bridge.clock.now());
  });
}

/** What becomes of the update after an attempt that no error ended. */
function settledAfter(bridge: WritingBridge, writing: Writing, placing: Placing): Settled {
  switch (placing) {
    case 'done':
    case 'there_already':
      return { state: 'done', lookAt: visibleAt(bridge, writing) };
    // Lever doesn't show us the opportunity: it is tried again once a decision reads it.
    case 'gone': {
      const dueAt = bridge.clock.now() + bridge.lever.retryMs(writing.attempts + 1);
      return { state: 'parked', dueAt, why: 'not visible in Lever' };
    }
    // A 2xx is no proof: the update stays pending until Lever shows it. Or, of a tag: Lever doesn't show yet an earlier
    // one, which must still be removed.
    case 'not_shown': {
      const why = new Error('Lever does not show yet what it accepted');
      return pendingAgain(bridge, writing, why, bridge.lever.retryMs(writing.attempts + 1));
    }
  }
}

/**
 * Settles a failed attempt: the update stays pending. The attempt isn't counted if Lever as a whole fails, or it
 * asks for a user to act as, whom an admin must set; but it always is if Lever may have accepted something (`isSent`).
 * Returns a word for the log.
 */
async function settleFailure(
  bridge: WritingBridge,
  writing: Writing,
  error: ApiError,
): Promise<string> {
  const { lever } = bridge;
  const isActingUserMissing = lever.client().asksForActingUser(error);
  const usesAttempt = !isActingUserMissing && !isVendorWide(error);
  const waitMs = usesAttempt ? lever.retryMs(writing.attempts + 1, error.retryAfterMs) : 0;
  const settled = pendingAgain(bridge, writing, error, waitMs, usesAttempt);
  await settle(bridge, writing, settled, isActingUserMissing);
  if (isActingUserMissing) return 'acting_user_missing';
  return usesAttempt ? error.kind : 'later';
}

/**
 * The update stays pending, and is due again after `waitMs`. What Lever may have accepted always uses up an attempt.
 */
function pendingAgain(
  bridge: Bridge,
  writing: Writing,
  why: Error,
  waitMs: number,
  usesAttempt = true,
): Settled {
  return {
    state: 'pending',
    dueAt: bridge.clock.now() + waitMs,
    why: why.message,
    status: why instanceof ApiError ? (why.status ?? null) : null,
    usesAttempt: usesAttempt || writing.isSent,
    lookAt: visibleAt(bridge, writing),
  };
}

/** By when Lever's reads show what this attempt sent: a look before might miss it. Null if nothing was sent. */
function visibleAt(bridge: Bridge, { isSent }: Writing): number | null {
  return isSent ? bridge.clock.now() + leverLagMs(bridge) : null;
}

/** Records the outcome of an attempt, and whether it was refused for want of an acting user. */
function settle(
  { database, integration, clock }: Bridge,
  writing: Writing,
  settled: Settled,
  isActingUserMissing = false,
): Promise<void> {
  return database.writeWithRetry((tx) => {
    settleWithin(tx, writing, settled, clock.now());
    if (isActingUserMissing) integration.record(tx, 'acting_user_missing', clock.now());
  });
}

/**
 * Records the outcome, in the invitation's timeline too, and that the invitation is linked once its link is in Lever.
 * An attempt that is given back leaves no line there.
 */
function settleWithin(tx: Tx, writing: Writing, settled: Settled, now: number): void {
  settleWriting(tx, writing, settled, now);
  const { invitation_id: id, kind } = writing;
  // Tags that show a hold belong to no invitation.
  if (id === null || (settled.state === 'pending' && !settled.usesAttempt)) return;
  const outcome = settled.state === 'pending' ? 'later' : settled.state;
  const detail = settled.state === 'done' ? null : settled.why;
  if (settled.state === 'done' && kind === 'link') {
    // Only the update for the invitation's own opportunity makes it linked. Then its contact's other opportunities show
    // the link too. One that shares the invitation must not settle the own update like that.
    const isOwn = markLinked(tx, id, writing.opportunity_id);
    if (isOwn) settleLinkOfContact(tx, id, writing.opportunity_id, now);
  }
  recordAttempt(tx, id, { outcome, detail, kind }, now);
}

/**
 * Whether the call that failed with this error may have changed Lever all the same. Not after our own errors
 * (`AppError`): no call to Lever was in progress then. `isSent` says already what earlier calls changed.
 */
function mayHaveHadEffect(error: unknown): boolean {
  if (error instanceof ApiError) return error.kind === 'unknown_outcome';
  return !(error instanceof AppError);
}

/**
 * What an attempt to place the update in Lever came to. `gone`: Lever doesn't show the opportunity. `not_shown`: Lever
 * answered 2xx but doesn't show the update.
 */
type Placing = 'done' | 'there_already' | 'gone' | 'not_shown';

/** Places the update in Lever by its kind, unless it is there already. */
async function tryToPlace(bridge: WritingBridge, writing: Writing): Promise<Placing> {
  const { database, sealer, clock } = bridge;
  const lever = bridge.lever.client();
  switch (writing.kind) {
    case 'link':
      return placeLink(lever, writing, openLink(database, sealer, writing));
    case 'note':
      return placeNote(lever, writing, openNote(sealer, writing));
    case 'tag':
      // Before `look_at` (null: nothing was written), Lever's reads may not show yet what we wrote.
      return placeTag(lever, writing, (writing.look_at ?? 0) > clock.now());
  }
}

/** Whether one of the links is this one, with or without scheme and trailing slash. */
function hasLink(links: readonly string[], link: string): boolean {
  return links.some((one) => isSameLink(one, link));
}

/**
 * Adds one link, unless Lever shows it. A first attempt adds a new link (`is_new`) without looking. A shared link may
 * be there already: links belong to the contact, who may have several opportunities. A challenge that was sent
 * manually, or again, may have a known link too: CodeSubmit may return what it had.
 */
async function placeLink(lever: LeverWriter, writing: Writing, link: string): Promise<Placing> {
  const { opportunity_id: id, attempts, is_new } = writing;
  if (attempts > 0 || is_new === 0) {
    const links = await lever.readLinks(id);
    // Null: Lever doesn't show the opportunity.
    if (links === null) return 'gone';
    if (hasLink(links, link)) return 'there_already';
  }
  const shown = await lever.addLink(id, link);
  writing.isSent = true;
  // A reply may contain no links: a read shows them, unless the opportunity is hidden from us by now (null).
  if (hasLink(shown, link)) return 'done';
  return hasLink((await lever.readLinks(id)) ?? [], link) ? 'done' : 'not_shown';
}

/**
 * Writes one note, unless a note with its mark is there. A first attempt for a new challenge (`is_new`) looks only if
 * the note asks for it: a key may have permission to write notes but not to read them.
 */
async function placeNote(lever: LeverWriter, writing: Writing, note: MarkedNote): Promise<Placing> {
  const { opportunity_id: id, attempts, is_new } = writing;
  if (attempts > 0 || is_new === 0 || note.isLookedForFirst === true) {
    const isThere = await lever.hasNote(id, note.mark);
    // Null: Lever doesn't show the opportunity.
    if (isThere === null) return 'gone';
    if (isThere) return 'there_already';
  }
  const isShown = await lever.addNote(id, `${note.text}\n\n${note.mark}`);
  writing.isSent = true;
  return isShown ? 'done' : 'not_shown';
}

/**
 * Leaves only the wanted one of our tags on a topic (`wanted` is null for none), and other tags untouched. Removes the
 * old one first, so the two never show together. Reads nothing if none of ours can be there. If Lever doesn't show an
 * old one yet, it is looked for again. `isRecent`: Lever may not show yet what we wrote last.
 */
async function placeTag(lever: LeverWriter, writing: Writing, isRecent: boolean): Promise<Placing> {
  const { opportunity_id: id, wanted } = writing;
  const ours = ownTagsOf(writing);
  // Without a tag of ours, what the candidate has doesn't matter: adding a tag that is there changes nothing.
  const present = ours.length === 0 ? [] : await lever.readTags(id);
  // Null: Lever doesn't show the opportunity.
  if (present === null) return 'gone';
  const old = ours.filter((tag) => wanted === null || !isSameTag(tag, wanted));
  const toRemove = present.filter((tag) => hasTag(old, tag));
  // Removing twice does no harm, so this isn't noted as sent.
  if (toRemove.length > 0) await lever.removeTags(id, toRemove);
  const placing = wanted === null ? 'done' : await addTag(lever, writing, wanted, present);
  // An old one that Lever doesn't show may just have been written: it must still be removed, so the update isn't done.
  return isRecent && old.some((tag) => !hasTag(present, tag)) ? 'not_shown' : placing;
}

/** Adds the wanted tag unless it is there, and reads again if Lever's reply doesn't show it. */
async function addTag(
  lever: LeverWriter,
  writing: Writing,
  wanted: string,
  present: readonly string[],
): Promise<Placing> {
  const { opportunity_id: id } = writing;
  if (hasTag(present, wanted)) return 'there_already';
  const shown = await lever.addTags(id, [wanted]);
  writing.isSent = true;
  if (hasTag(shown, wanted)) return 'done';
  // Null, as no tags: the opportunity is hidden from us by now.
  return hasTag((await lever.readTags(id)) ?? [], wanted) ? 'done' : 'not_shown';
}
