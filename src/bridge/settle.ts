/**
 * What CodeSubmit did with an invitation: records it, and queues what Lever is to show of it and of its progress. What
 * was queued before isn't queued again.
 */
import type { SentChallenge } from '../domain/challenges.js';
import { MINUTE_MS, SECOND_MS } from '../domain/clock.js';
import { tagOf as tagOfChallenge } from '../domain/decide/challenge-tags.js';
import { formatDuration } from '../domain/format.js';
import type { InvitationId, OpportunityId } from '../domain/ids.js';
import { type Progress, progressTag, progressWord } from '../domain/invitation.js';
import type { Shared } from '../domain/reasons.js';
import { prefixOf } from '../domain/rule.js';
import { findCandidateRow, hint } from '../store/candidates.js';
import type { Reader } from '../store/database/database.js';
import {
  dropShare,
  findProgressTimes,
  listShared,
  listSharers,
  recordAttempt,
  recordShare,
} from '../store/events.js';
import {
  findByVendorId,
  linkOf,
  listPromisesToPerson,
  type Person,
} from '../store/invitation-queries.js';
import {
  getInvitation,
  storeIdAndLink,
  sealLink,
  settleFailed,
  settleInvited,
  type InvitationRow,
} from '../store/invitations.js';
import type { Settings } from '../store/settings/settings.js';
import {
  clearTags,
  dropOpenOf,
  isWritingFor,
  dropUntriedNotes,
  queueLink,
  queueNote,
  setTag,
  type WritebackSubject,
} from '../store/writebacks.js';
import type { Bridge, BridgeTx } from './bridge.js';

/** What we store from CodeSubmit's reply, or from the row of its list. */
type SentState = Pick<SentChallenge, 'id' | 'link' | 'status'>;

/** The detail of an invitation for which CodeSubmit returned what it had already. */
export const RETURNED_EXISTING = 'vendor_returned_existing';

/** The settling time: how long an outcome may take to show in CodeSubmit's list, in ms. */
export function listLagMs({ currentSettings }: Pick<Bridge, 'currentSettings'>): number {
  return currentSettings().settleSeconds * SECOND_MS;
}

/** What is recorded of an invitation that CodeSubmit has. */
interface Settling {
  /** When it was sent, by Lever's time: the intent's, if there was one. */
  wentAt?: number | null;
  /** How CodeSubmit came to have it, unless by this intent. */
  detail?: string | null;
  /** When CodeSubmit accepted this intent, by its clock. */
  acceptedAt?: number | null;
}

/**
 * CodeSubmit has the invitation: records that, and shows it in Lever. If another invitation of ours already has the id
 * in the reply, CodeSubmit returned that one instead of making a second, so its link is shared.
 *
 * Returns how else CodeSubmit came to have it (`detail`); null if by what we sent now.
 */
export function recordInvited(
  bridge: BridgeTx,
  row: InvitationRow,
  sent: SentState,
  { wentAt = row.went_at, detail: knownDetail = null, acceptedAt = null }: Settling = {},
): string | null {
  // Our invitations can share an id: CodeSubmit answered two of our requests with one invitation.
  const existing = findOtherWithId(bridge, row, sent.id);
  const link = sent.link ?? (existing ? linkOf(bridge.sealer, existing) : null);
  const detail = existing ? RETURNED_EXISTING : knownDetail;
  settleInvited(bridge.tx, row, bridge.clock.now(), {
    vendor_id: sent.id,
    status_number: sent.status,
    ...sealLink(bridge.sealer, row, link),
    detail,
    // When CodeSubmit accepted it: a reading that lacks what was accepted is behind. Only what this intent made says
    // so.
    accepted_at: detail === null ? acceptedAt : null,
    went_at: wentAt,
  });
  showInvitedInLever(bridge, row.id);
  return detail;
}

/**
 * CodeSubmit refused the invitation, and would again: it fails. Meanwhile a newer read may have been decided: that the
 * candidate has the challenge already. They don't, and what that read showed, such as another address, may still be
 * sent. So the candidate is looked at again.
 */
export function recordRefused(
  { tx, clock }: BridgeTx,
  { id, opportunity_id: opportunityId }: InvitationRow,
  from: 'sending' | 'uncertain',
  detail: string | null,
): void {
  settleFailed(tx, id, from, 'refused', detail);
  const { reason: decided } = findCandidateRow(tx, opportunityId) ?? {};
  if (decided === 'already_invited') hint(tx, opportunityId, clock.now());
}

/**
 * CodeSubmit already has the invitation, by the row `sent` of its list: takes that row for ours, and sends nothing.
 * `wentAt`: when it was sent, unless by our own intent.
 */
export function adopt(
  bridge: BridgeTx,
  row: InvitationRow,
  sent: SentState,
  wentAt = row.went_at,
): void {
  recordInvited(bridge, row, sent, { wentAt, detail: 'adopted' });
  recordAttempt(bridge.tx, row.id, { outcome: 'adopted', detail: null }, bridge.clock.now());
}

/**
 * Adds the id or link that CodeSubmit's list shows of a sent invitation. CodeSubmit's answer lacked the link, or an
 * admin said that it was sent: then we have no id.
 */
export function addIdAndLink(bridge: BridgeTx, row: InvitationRow, { id, link }: SentState): void {
  // The copy of the list stores no link where an invitation of ours has the row's id: then that invitation has the
  // link.
  const other = findOtherWithId(bridge, row, id);
  const newLink = link ?? (other ? linkOf(bridge.sealer, other) : null);
  // A link that is known already, such as the one that an admin gave, stays.
  const { sealed_link, link_hash } =
    row.sealed_link === null ? sealLink(bridge.sealer, row, newLink) : row;
  // Without an id until now, it was found in the list like an invitation sent manually, so its detail is the same. By
  // that, Lever's links are read before ours is added: the admin may have added it.
  const detail = row.vendor_id === null ? 'adopted' : row.detail;
  storeIdAndLink(bridge.tx, row.id, { vendor_id: id, sealed_link, link_hash, detail });
  showInvitedInLever(bridge, row.id);
}

/** Another invitation of ours that has this id at CodeSubmit; undefined if there is none, or no id. */
function findOtherWithId({ tx }: BridgeTx, row: InvitationRow, id: SentState['id']) {
  return id === null ? undefined : findByVendorId(tx, id, row.id);
}

/** The result of a submitted challenge, as CodeSubmit shows it; null for what it leaves out. */
export interface Result {
  score: string | null;
  report: string | null;
}

export const NO_RESULT: Result = { score: null, report: null };

/**
 * Shows in Lever that CodeSubmit has the invitation, on each opportunity that has it: its link and its progress. A link
 * that is found later drops the notes that say it isn't known, unless writing them was tried.
 */
function showInvitedInLever(bridge: BridgeTx, id: InvitationId): void {
  const row = getInvitation(bridge.tx, id);
  for (const opportunityId of opportunitiesOf(bridge.tx, row)) {
    showLink(bridge, row, opportunityId);
  }
  if (row.sealed_link !== null) dropUntriedNotes(bridge.tx, id, noteTopic('no_link', row));
  showProgressInLever(bridge, id);
}

/** The opportunities that have the invitation: its own first, then those of the same person that share it. */
function opportunitiesOf(db: Reader, row: InvitationRow): OpportunityId[] {
  return [row.opportunity_id, ...listSharers(db, row.id)];
}

/**
 * Shows in Lever an invitation's changed progress, or that its due date passed, on each opportunity that has it: by a
 * tag, and once it is done by a note, where the settings want these.
 */
export function showProgressInLever(bridge: BridgeTx, id: InvitationId, result = NO_RESULT): void {
  const row = getInvitation(bridge.tx, id);
  for (const opportunityId of setProgressTags(bridge, row)) {
    noteCompletion(bridge, row, opportunityId, result);
  }
}

/**
 * Sets the progress tags of these invitations again, since the setting may have been turned on, or a rule may have
 * another tag. While the setting is off, removes all progress tags.
 */
export function setAllProgressTags(bridge: BridgeTx, followed: readonly InvitationRow[]): void {
  if (!bridge.currentSettings().progressTags)
    clearTags(bridge.tx, PROGRESS_TOPIC, bridge.clock.now());
  else for (const row of followed) setProgressTags(bridge, row);
}

/**
 * Shows an invitation on another opportunity of the same person: its progress, and its link unless that is there
 * already. Of one that waits to be sent, the link follows once it is.
 */
export function showSharedInLever(
  bridge: BridgeTx,
  { invitationId, isSameContact }: Shared,
  opportunityId: OpportunityId,
): void {
  const row = getInvitation(bridge.tx, invitationId);
  // Lever keeps links with the contact: once written, one shows on all opportunities of the same contact.
  const isShown = isSameContact && row.state === 'linked';
  const isSent = row.invited_at !== null;
  if (isSent && !isShown) showLink(bridge, row, opportunityId);
  // Shared before: its tag and note were queued then, and follow its progress.
  if (!recordShare(bridge.tx, opportunityId, invitationId, bridge.clock.now())) return;
  setProgressTag(bridge, opportunityId);
  noteCompletion(bridge, row, opportunityId, NO_RESULT);
}

/**
 * Ends the opportunity's shares of invitations that turn out to be another person's, as when an address was corrected:
 * it shows nothing more of them.
 */
export function endSharesOfOthers(bridge: BridgeTx, person: Person): void {
  const { id } = person;
  // Should what is being written fail, it would be tried again: a later read ends the shares, and then all of it.
  if (isWritingFor(bridge.tx, id)) return;
  const shared = listShared(bridge.tx, id);
  if (shared.length === 0) return;
  const promises = listPromisesToPerson(bridge.tx, bridge.sealer, person);
  const theirs = new Set(promises.map(({ invitationId }) => invitationId));
  for (const other of shared.filter((one) => !theirs.has(one))) {
    dropShare(bridge.tx, id, other);
    dropOpenOf(bridge.tx, id, other);
    setProgressTag(bridge, id);
  }
}

/**
 * What a note is about. Names challenge and repetition instead of our row, so a restored data directory recognises its
 * own notes.
 */
function noteTopic(what: 'no_link' | 'completion', row: InvitationRow): string {
  return `${what} ${row.opportunity_id} ${row.challenge_id} ${row.repetition}`;
}

/** The text that a note ends with, by which a repeated attempt finds it in Lever. */
function noteMarkOf({ sealer }: Bridge, { opportunityId, topic }: WritebackSubject): string {
  return `[codesubmit-lever ${sealer.pseudonymOf(`${opportunityId} ${topic}`)}]`;
}

/**
 * So long after a challenge was sent, a missing link is no news: the next reading of CodeSubmit's list, which comes two
 * minutes after the last, may show it.
 */
export const LINK_WAIT_MS = 3 * MINUTE_MS;

/**
 * Queues a sent invitation's link for an opportunity. If it isn't known, the update waits for it, and a note is queued
 * that says so; a link that a reading shows first drops that note.
 */
function showLink(bridge: BridgeTx, row: InvitationRow, opportunityId: OpportunityId): void {
  const now = bridge.clock.now();
  // False if the link is known.
  const isAwaited = queueLink(bridge.tx, row.id, opportunityId, now);
  if (!isAwaited) return;
  const text =
    `CodeSubmit: “${row.challenge_name}” was sent to this candidate. We don’t have the link, so it is ` +
    'not listed here. You can find it in CodeSubmit.';
  const about = { invitationId: row.id, opportunityId, topic: noteTopic('no_link', row) };
  const note = { text, mark: noteMarkOf(bridge, about) };
  queueNote(bridge.tx, bridge.sealer, about, note, now + LINK_WAIT_MS, now);
}

/** The progress at which each setting of completion notes wants one. Reviewed work was submitted before. */
const PROGRESS_TO_NOTE: Record<Settings['completionNote'], readonly (Progress | null)[]> = {
  off: [],
  submitted: ['submitted', 'reviewed'],
  reviewed: ['reviewed'],
};

/**
 * Notes that a challenge is done, once the progress that the setting names is reached. The first attempt looks for the
 * note too, because it may have been written before a backup was restored.
 */
function noteCompletion(
  bridge: BridgeTx,
  row: InvitationRow,
  opportunityId: OpportunityId,
  result: Result,
): void {
  if (!PROGRESS_TO_NOTE[bridge.currentSettings().completionNote].includes(row.progress)) return;
  const now = bridge.clock.now();
  const text = completionText(bridge, row, result);
  const topic = noteTopic('completion', row);
  const about = { invitationId: row.id, opportunityId, topic };
  const note = { text, mark: noteMarkOf(bridge, about), isLookedForFirst: true as const };
  // The first `now`: due at once.
  queueNote(bridge.tx, bridge.sealer, about, note, now, now);
}

/**
 * The completion note's text: when the challenge was submitted and how long that took, and what is known of lateness,
 * review, score and report.
 */
function completionText(bridge: BridgeTx, row: InvitationRow, { score, report }: Result): string {
  const now = bridge.clock.now();
  const { startedAt, submittedAt, reviewedAt, overdueAt } = findProgressTimes(bridge.tx, row);
  // `now` in place of a missing time is never used: the timeline says when it was submitted or reviewed.
  const submitted = submittedAt ?? now;
  const took =
    startedAt === null
      ? `${formatDuration(submitted - (row.invited_at ?? row.created_at))} after the invitation`
      : `${formatDuration(submitted - startedAt)} after the start`;
  const lines = [
    `CodeSubmit: “${row.challenge_name}” was submitted by ${dateOf(submitted)}, ${took}.`,
  ];
  // How far our clock is ahead of CodeSubmit's, which dates the deadline.
  const aheadMs = now - bridge.list.vendorTime(now);
  // Without a due date nothing is late.
  const lateMs = submitted - aheadMs - (row.deadline_at ?? Infinity);
  // Only a reading after the due date that shows it not submitted proves it late: `submitted` is when we learnt of it.
  if (overdueAt !== null && lateMs > 0)
    lines.push(`That was ${formatDuration(lateMs)} after the due date.`);
  if (row.progress === 'reviewed') lines.push(`Reviewed on ${dateOf(reviewedAt ?? now)}.`);
  if (score !== null) lines.push(`Score: ${score}`);
  if (report !== null) lines.push(`Report: ${report}`);
  return lines.join('\n');
}

/** `2026-11-25 14:03 UTC`. */
function dateOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The topic of tags that show progress in Lever: an opportunity has one tag of ours on each topic. */
const PROGRESS_TOPIC = 'progress';

/** Sets the progress tag on each opportunity that has the invitation, and returns these. */
function setProgressTags(bridge: BridgeTx, row: InvitationRow): OpportunityId[] {
  const opportunities = opportunitiesOf(bridge.tx, row);
  for (const id of opportunities) setProgressTag(bridge, id);
  return opportunities;
}

/** Sets the opportunity's progress tag. It has one at a time: that of the challenge sent last; none without one. */
function setProgressTag(bridge: BridgeTx, opportunityId: OpportunityId): void {
  if (!bridge.currentSettings().progressTags) return;
  const row = findLastSent(bridge.tx, opportunityId);
  const about = { invitationId: row?.id ?? null, opportunityId, topic: PROGRESS_TOPIC };
  setTag(bridge.tx, about, row ? progressTagFor(bridge, row) : null, bridge.clock.now());
}

/** The invitation sent last: the opportunity's own, or one of the same person that it shares (an event `share`). */
function findLastSent(db: Reader, id: OpportunityId): InvitationRow | undefined {
  return db.get<InvitationRow>(
    `SELECT * FROM invitations WHERE (opportunity_id = :id
       OR id IN (SELECT invitation_id FROM events WHERE opportunity_id = :id AND kind = 'share')) AND state IN ('invited', 'linked')
     ORDER BY invited_at DESC, id DESC LIMIT 1`,
    { id },
  );
}

/** The tag for the invitation's progress, named after its rule's tag; null for progress that has no tag. */
function progressTagFor({ tx, rules }: BridgeTx, row: InvitationRow): string | null {
  const { startedAt, overdueAt } = findProgressTimes(tx, row);
  // A start after that ends it: the tag no longer says overdue.
  const isOverdue = overdueAt !== null && overdueAt >= (startedAt ?? 0);
  const word = progressWord(row.progress, isOverdue);
  if (!word) return null;
  // No rule has a tag for the challenge: an admin sent it, or a rule for candidates without a tag did.
  const tag = rules.findTagFor(row.challenge_id, row.rule_id) ?? row.challenge_name;
  // A rule for every challenge has a prefix as its tag: the challenge's own tag names it.
  const isForAll = prefixOf(tag) !== undefined;
  return progressTag(isForAll ? tagOfChallenge({ tag }, { name: row.challenge_name }) : tag, word);
}
