/**
 * Which uncertain invitations to look up in CodeSubmit's list, and what became of them.
 *
 *   a whole reading shows                              then
 *   the pair since the first intent                    `invited`, the link is queued for Lever
 *   the same, and others of ours may have made it      a person (`several_claimants`)
 *   the pair, dated without a time or zone             a person; `invited` if CodeSubmit had accepted it
 *                                                      and no other row may be it
 *   the pair, whatever its date, after a refusal,      `invited`
 *   even in a row of ours if no other has it
 *   only a similar address, or it with an unclear      a person (`similar_address_at_codesubmit`)
 *   challenge
 *   nothing, though CodeSubmit had accepted it         looked up again
 *   nothing, without proof: no witness, a witness      looked up again, also after the next invitation
 *   missing or shown otherwise, rows missed            that CodeSubmit accepts
 *   nothing, with proof                                looked up again fifteen settling times later
 *   nothing, with proof, twice so far apart            queued for a new decision; after a refusal `failed`;
 *                                                      the third time a person (`absent_three_times`), unless
 *                                                      CodeSubmit had answered 503
 *
 * The pair is the intent's address and challenge, otherwise in rows that are none of ours. The witness is the newest
 * invitation of ours that CodeSubmit had accepted a settling time before the reading began. The first proof begins a
 * settling time after the connection closed. Both are dated by CodeSubmit's `Date`.
 *
 * An invitation that is looked up again waits as long as it has waited so far: a settling time at least, a day at most.
 * After the first internal error it waits a settling time only. It is due at once when settings, rules or credentials
 * change. One whole reading serves all that are due, paused or not. `settle` ends the wait at any time.
 */
import { DAY_MS } from '../domain/clock.js';
import { isUnforeseen, messageOf } from '../domain/errors.js';
import type { InvitationId } from '../domain/ids.js';
import { isSameLink } from '../domain/vendor-text.js';
import {
  concludeLookup,
  judgeWitness,
  whenCreated,
  type Unproven,
  type WitnessVerdict,
} from '../codesubmit/what-list-proves.js';
import { recordAttempt } from '../store/events.js';
import {
  findWitness,
  isOurs,
  linkOf,
  listDueLookups,
  listUnnamedLike,
} from '../store/invitation-queries.js';
import {
  evidenceOf,
  getInvitation,
  type InvitationRow,
  wasProvedAbsent,
  lookUpAgain,
  recordAbsent,
  recordAbsentOnce,
  cancelIfRevoked,
  queueForDecision,
} from '../store/invitations.js';
import type { EndOfReading, ListedChallenge } from '../store/sent-list-store.js';
import type { Bridge, BridgeTx } from './bridge.js';
import type { SentListReader } from './sent-list-reader.js';
import { adopt, listLagMs, recordRefused } from './settle.js';

/** A whole reading, and how it shows the witness. */
interface WitnessedReading {
  ended: EndOfReading;
  witness: WitnessVerdict;
}

/** How many settling times lie between the two readings that prove an absence. */
const SETTLING_TIMES_APART = 15;
/** After this many absences of one invitation a person decides. */
const MOST_ABSENCES = 3;

/** Whether an invitation whose outcome isn't known is due to be looked up in CodeSubmit's list. */
export function hasDueLookup({ database, clock }: Bridge): boolean {
  return listDueLookups(database, clock.now()).length > 0;
}

/**
 * Looks up all uncertain invitations that are due, by one whole reading of CodeSubmit's list; one that began since they
 * became due serves again. Resolves once the result is on disk.
 */
export async function lookUpDue(bridge: Bridge, reader: SentListReader): Promise<void> {
  // What is due has a `due_at`, so its default is never used. 0 for the reading: none has ended yet.
  const due = listDueLookups(bridge.database, bridge.clock.now()).map((row) => row.due_at ?? 0);
  const beganAt = bridge.list.state().ended?.beganAt ?? 0;
  // A failure is noted already. If only rows were missing, the others are stored, and may settle some.
  if (beganAt < Math.max(...due)) await reader.read({ isWhole: true });
  await settleDue(bridge);
}

/**
 * Concludes of each invitation that was due when the last whole reading began what became of it: the reading may lack
 * what was sent later. It proves an absence only if it shows the witness, the newest one that CodeSubmit had accepted.
 */
async function settleDue(bridge: Bridge): Promise<void> {
  const { ended } = bridge.list.state();
  if (ended === null) return;
  const due = listDueLookups(bridge.database, ended.beganAt);
  if (due.length === 0) return;
  const witness = findWitnessIn(bridge, ended);
  await Promise.all(due.map(({ id }) => settleOne(bridge, id, { ended, witness })));
}

/** Settles one invitation by the reading. An unforeseen error concerns only this one: it is looked up again. */
async function settleOne(bridge: Bridge, id: InvitationId, reading: WitnessedReading) {
  const { database, log } = bridge;
  // Does nothing if it isn't due by this reading any more: an admin may have settled it meanwhile, or put it off.
  const record = (settle: (inTx: BridgeTx, row: InvitationRow) => string) =>
    database.writeWithRetry((tx) => {
      const row = getInvitation(tx, id);
      const { state, due_at: dueAt } = row;
      const isDue = state === 'uncertain' && dueAt !== null && dueAt <= reading.ended.beganAt;
      return isDue ? settle({ ...bridge, tx }, row) : undefined;
    });
  try {
    const outcome = await record((inTx, row) => settleRow(inTx, row, reading));
    if (outcome !== undefined) log.info({ invitation: id, outcome }, 'looked up in CodeSubmit');
  } catch (error) {
    if (!isUnforeseen(error)) throw error;
    const outcome = 'internal error';
    await record((inTx, row) => lookAgain(inTx, row, outcome));
    const fields = { invitation: id, outcome, error: messageOf(error) };
    log.error(fields, 'looked up in CodeSubmit');
  }
}

/**
 * How the reading shows the witness: the newest invitation of ours that CodeSubmit had accepted a settling time before
 * the reading began. A row counts that this reading or a later one showed, which may still be under way.
 */
function findWitnessIn(bridge: Bridge, ended: EndOfReading): WitnessVerdict {
  const accepted = findWitness(bridge.database, ended.vendorAt - listLagMs(bridge));
  const row = accepted && bridge.list.find(accepted.vendor_id);
  return judgeWitness(accepted, row && row.seenIn >= ended.reading ? row : undefined);
}

/** Settles the invitation by what the reading proves of it. Returns the outcome for the log. */
function settleRow(bridge: BridgeTx, row: InvitationRow, reading: WitnessedReading): string {
  const { ended, witness } = reading;
  const { equal, rows, otherIntents } = findPossibleRows(bridge, row);
  // An uncertain invitation has both facts, and an intent. The defaults find nothing similar, and assume nothing of
  // CodeSubmit's answer. `person`: a hash of the form that similar addresses share.
  const { person = '', lookup: kind = 'unanswered' } = evidenceOf(row);
  const similarHash = Buffer.from(person, 'hex');
  const similar = bridge.list.findOfPerson([similarHash], [row.email_hash], row.challenge_id);
  const conclusion = concludeLookup({
    // Without any other, a refusal may be because of a row of ours, such as from before the reuse days.
    equal: kind === 'refused' && rows.length === 0 ? equal : rows,
    // A row known to be ours belongs to another invitation.
    similar: similar.filter(({ id }) => !isOurs(bridge.database, id)),
    kind,
    intentAt: row.intent_at_vendor ?? 0,
    otherIntents,
    witness,
    isComplete: ended.isComplete,
  });
  switch (conclusion.kind) {
    case 'found':
      adopt(bridge, row, conclusion.sent);
      return 'adopted';
    case 'undecidable':
      return leaveUncertain(bridge, row, conclusion.why);
    case 'unproven':
      return lookAgain(bridge, row, conclusion.why);
    case 'absent':
      return settleAbsent(bridge, row, ended);
  }
}

/**
 * The reading proves that CodeSubmit lacks the invitation. Only a second such reading, long enough after the first,
 * settles it: CodeSubmit may still be working on the request, or its list may be behind. Returns the outcome for the
 * log.
 */
function settleAbsent(bridge: BridgeTx, row: InvitationRow, ended: EndOfReading): string {
  const now = bridge.clock.now();
  // Without an earlier proof, this reading is the first one. `kind`: what CodeSubmit answered.
  const evidence = evidenceOf(row);
  const { absentAt: firstAt = ended.vendorAt, lookup: kind, absences = [] } = evidence;
  const waitMs = firstAt + SETTLING_TIMES_APART * listLagMs(bridge) - ended.vendorAt;
  if (waitMs > 0) {
    // Both times are of when the reading began: what is due is on our clock, what is compared on CodeSubmit's.
    recordAbsentOnce(bridge.tx, row.id, firstAt, ended.beganAt + waitMs);
    return 'absent_once';
  }
  const address = row.email_hash.toString('hex');
  // After a 503 nothing was sent, most likely, so of these absences only the first of an address counts. That one does
  // because a proof may be wrong: once it is sent again, two rows may be ours.
  const isAdded = kind !== 'unavailable' || !absences.includes(address);
  const proved = isAdded ? [...absences, address] : absences;
  recordAbsent(bridge.tx, row.id, proved);
  if (kind === 'refused') {
    // The refusal was genuine: CodeSubmit has no such invitation and wants none.
    recordRefused(bridge, row, 'uncertain', row.detail);
    recordAttempt(bridge.tx, row.id, { outcome: 'refused', detail: null }, now);
    return 'refused';
  }
  if (proved.length >= MOST_ABSENCES) return leaveUncertain(bridge, row, 'absent_three_times');
  // How long it has waited to be sent counts from the first absence, across all further attempts.
  queueForDecision(bridge.tx, row.id, wasProvedAbsent(row) ? row.queued_at : now);
  cancelIfRevoked(bridge.tx, row.id);
  recordAttempt(bridge.tx, row.id, { outcome: 'absent', detail: null }, now);
  return 'absent';
}

/**
 * Puts the next look-up off by as long as the invitation has waited since its intent, so by more each time: a settling
 * time at least, a day at most. After a first internal error only by a settling time. Stores `why` as its detail, and
 * returns it for the log.
 */
function lookAgain(bridge: BridgeTx, row: InvitationRow, why: Unproven | 'internal error'): string {
  const now = bridge.clock.now();
  const isNewError = why === 'internal error' && row.detail !== why;
  // An uncertain invitation has an intent; the default means no wait so far.
  const ageMs = isNewError ? 0 : now - (evidenceOf(row).intentAt ?? now);
  const lookupAt = now + Math.min(DAY_MS, Math.max(listLagMs(bridge), ageMs));
  lookUpAgain(bridge.tx, row.id, lookupAt, why);
  return why;
}

/**
 * Leaves an invitation uncertain until a person says whether it was sent: the list can't settle it. Stores `why` as its
 * detail, and returns it for the log.
 */
function leaveUncertain({ tx, clock }: BridgeTx, row: InvitationRow, why: string): string {
  // Null: no look-up is planned.
  lookUpAgain(tx, row.id, null, why);
  // The timeline says so already.
  if (row.detail === why) return why;
  recordAttempt(tx, row.id, { outcome: 'left_to_person', detail: why }, clock.now());
  return why;
}

/** Rows of CodeSubmit's list that this invitation may have made, and when others of ours may have made them. */
function findPossibleRows({ database, sealer, list }: Bridge, row: InvitationRow) {
  const others = listUnnamedLike(database, row).map((one) => ({
    // Never null: only invitations with an intent are listed.
    intentAt: one.intent_at_vendor ?? 0,
    link: linkOf(sealer, one),
  }));
  // An invitation that an admin settled as sent may have no id yet, only the link that the admin gave.
  const hasLinkOfOther = ({ link }: ListedChallenge): boolean =>
    link !== null && others.some((one) => one.link !== null && isSameLink(one.link, link));
  const equal = list.findEqual([row.email_hash], row.challenge_id);
  return {
    // Of the same address and challenge; and those not known to be made by other invitations of ours.
    equal,
    rows: equal.filter((one) => !isOurs(database, one.id) && !hasLinkOfOther(one)),
    // When others of this address and challenge whose rows aren't known were first sent, by CodeSubmit's clock. One
    // with a link is found by that link, so it claims no other row.
    otherIntents: others.filter(({ link }) => link === null).map(({ intentAt }) => intentAt),
  };
}

/**
 * Rows of CodeSubmit's list that may be this invitation, which an admin settled as sent. If the admin gave a link, it's
 * the row with that link. Otherwise a row counts if only this invitation can have made it: created after its own
 * intent, and before the intents of all others like it.
 *
 * If all rows of this address and challenge are known to be ours, none is left for it. Then CodeSubmit returned one of
 * them to `send --again`, so those rows count, and the link is shared.
 */
export function findRowsOfSettled(bridge: Bridge, row: InvitationRow): ListedChallenge[] {
  const { equal, rows, otherIntents } = findPossibleRows(bridge, row);
  // Without a given link: '' equals no row's link.
  const given = linkOf(bridge.sealer, row) ?? '';
  const withGivenLink = rows.find(({ link }) => link !== null && isSameLink(link, given));
  if (withGivenLink) return [withGivenLink];
  const mayFollow = (one: ListedChallenge, intentAt: number): boolean =>
    whenCreated(one, intentAt) !== 'before';
  // Its own intent is never null: an admin settles only what had one.
  const isOnlyOurs = (one: ListedChallenge): boolean =>
    mayFollow(one, row.intent_at_vendor ?? 0) && !otherIntents.some((at) => mayFollow(one, at));
  return (rows.length > 0 ? rows : equal).filter(isOnlyOurs);
}
