/** Reads of invitations, with the candidates that they are for, and of what was tried for them. */
import { HOUR_MS } from '../../domain/clock.js';
import type { InvitationId, OpportunityId, ChallengeId } from '../../domain/ids.js';
import type { InvitationState, Invitee } from '../../domain/invitation.js';
import {
  type InvitationRow,
  WAS_PROVED_ABSENT,
  IS_UNSETTLED_BY_LIST,
} from '../../store/invitations.js';
import { getRow, type Reader } from '../../store/database/database.js';
import type { Named } from '../../domain/rule.js';
import type { RuleStore } from '../../store/rule-store.js';
import type { SentListStore } from '../../store/sent-list-store.js';

/** Past its due date and, as far as we know, not submitted. Due dates are soft. */
const IS_OVERDUE = `deadline_at < ? AND progress IN ('unknown', 'invited', 'started', 'expired')`;

/** Whether the invitation is past its due date at that time of CodeSubmit (epoch ms). */
export function isOverdue(db: Reader, id: InvitationId, now: number): boolean {
  return db.get(`SELECT 1 FROM invitations WHERE ${IS_OVERDUE} AND id = ?`, now, id) !== undefined;
}

/**
 * Beside a condition on one of the other states it leaves nothing out. But it lets SQLite use the partial index, whose
 * condition it repeats literally. Otherwise every look for problems reads everything ever sent.
 */
const IS_INDEXED_STATE = `state NOT IN ('linked', 'cancelled')`;

/** With the candidate's name and address in Lever, and when the link was written there. */
export type ListedInvitation = InvitationRow & {
  name: string | null;
  url: string | null;
  linked_at: number | null;
};

const LISTED = `SELECT i.*, o.name, o.url, w.done_at AS linked_at FROM invitations AS i
  LEFT JOIN candidates AS o ON o.id = i.opportunity_id
  LEFT JOIN writebacks AS w ON w.opportunity_id = i.opportunity_id AND w.kind = 'link' AND w.topic = CAST(i.id AS TEXT)`;

/**
 * The newest invitations before this id, the newest first. Only those in `state`, and those past their due date at
 * `overdueAt` (epoch ms); undefined leaves none out.
 */
export function listInvitationPage(
  db: Reader,
  beforeId: number,
  state: InvitationState | undefined,
  overdueAt: number | undefined,
  limit: number,
): ListedInvitation[] {
  return db.all<ListedInvitation>(
    `${LISTED} WHERE i.id < ? ${state === undefined ? '' : 'AND i.state = ?'}
     ${overdueAt === undefined ? '' : `AND ${IS_OVERDUE}`} ORDER BY i.id DESC LIMIT ?`,
    beforeId,
    ...(state === undefined ? [] : [state]),
    ...(overdueAt === undefined ? [] : [overdueAt]),
    limit,
  );
}

/** All invitations of one opportunity, the oldest first. */
export function listInvitationsOf(db: Reader, id: OpportunityId): ListedInvitation[] {
  return db.all<ListedInvitation>(`${LISTED} WHERE i.opportunity_id = ? ORDER BY i.id`, id);
}

/** The invitations in this state: whose each is, and for which challenge; the oldest first. */
export function listInState(
  db: Reader,
  state: InvitationState,
): (Invitee & { id: InvitationId })[] {
  return db.all<Invitee & { id: InvitationId }>(
    `SELECT i.id, i.opportunity_id AS opportunityId, o.name AS candidate,
       i.challenge_name AS challenge
     FROM invitations AS i LEFT JOIN candidates AS o ON o.id = i.opportunity_id
     WHERE i.state = ? ORDER BY i.id`,
    state,
  );
}

/** What may wait too long: the invitations, as an SQL condition, and the column that says since when each waits. */
const WAITING = {
  /**
   * To be sent, also while it's tried. And while it's looked up after a 503: it was hardly sent then. But not before its
   * first proven absence, nor once it's left to a person (no `due_at`).
   */
  queued: [
    `state IN ('queued', 'sending', 'uncertain')
      AND (state <> 'uncertain' OR
        (due_at IS NOT NULL AND ${WAS_PROVED_ABSENT} AND evidence ->> '$.lookup' = 'unavailable'))`,
    'queued_at',
  ],
  sending: [`state = 'sending'`, `evidence ->> '$.intentAt'`],
  failed: [`state = 'failed'`, `coalesce(evidence ->> '$.intentAt', created_at)`],
  /** Accepted, but the link isn't known. Erased ones, which have no `progress_at`, don't count. */
  linkless: [`state = 'invited' AND sealed_link IS NULL AND progress_at IS NOT NULL`, 'invited_at'],
} as const;

/**
 * How many of them have waited since `before` (epoch ms) or longer, since when the first (null if there are none), and
 * what the last attempt to send that one came to: SQLite takes the columns beside `min` from the row that has it.
 * A time ahead of `now` is from before our clock was set back, so it counts as long ago.
 */
export function tallyWaiting(
  db: Reader,
  what: keyof typeof WAITING,
  before: number,
  now: number,
): { n: number; since: number | null; error: string | null } {
  const [condition, since] = WAITING[what];
  return getRow(
    db,
    `SELECT count(*) AS n, min(${since}) AS since,
       (SELECT detail FROM events AS e WHERE e.opportunity_id = invitations.opportunity_id
          AND e.invitation_id = invitations.id AND kind = 'send' ORDER BY e.id DESC LIMIT 1) AS error
     FROM invitations
     WHERE ${condition} AND ${IS_INDEXED_STATE} AND (${since} <= ? OR ${since} > ?)`,
    before,
    now,
  );
}

/**
 * No admin is asked about an unknown outcome sooner. CodeSubmit's list may be behind, and a person who looks into it
 * too early may take the challenge for not sent.
 */
const UNCERTAIN_LIMIT_MS = HOUR_MS;

/**
 * Of an uncertain invitation: a person has to settle it. No reading could, and its intent is no newer than `:lateBefore`
 * (epoch ms), or the daemon no longer looks for it (no `due_at`).
 */
const NEEDS_PERSON = `(due_at IS NULL OR (${IS_UNSETTLED_BY_LIST} AND evidence ->> '$.intentAt' <= :lateBefore))`;

/** Whether a person has to settle this invitation. */
export function isForPerson(db: Reader, id: InvitationId, now: number): boolean {
  const sql = `SELECT 1 FROM invitations WHERE id = :id AND state = 'uncertain' AND ${NEEDS_PERSON}`;
  return db.get(sql, { id, lateBefore: now - UNCERTAIN_LIMIT_MS }) !== undefined;
}

/**
 * How many invitations are uncertain, and since when the first. Also how many of them a person has to settle, and the id
 * of the first of these.
 */
export function tallyUncertain(db: Reader, now: number) {
  return getRow<{
    n: number;
    since: number | null;
    needPerson: number;
    firstNeedsPerson: number | null;
  }>(
    db,
    `SELECT count(*) AS n, min(coalesce(evidence ->> '$.intentAt', created_at)) AS since,
       sum(${NEEDS_PERSON}) AS needPerson, min(iif(${NEEDS_PERSON}, id, NULL)) AS firstNeedsPerson
     FROM invitations WHERE state = 'uncertain' AND ${IS_INDEXED_STATE}`,
    { lateBefore: now - UNCERTAIN_LIMIT_MS },
  );
}

/** What was or is to be written to Lever for the candidate, in order. */
export function listWritebacks(db: Reader, id: OpportunityId) {
  return db.all<{
    at: number;
    kind: string;
    outcome: string;
    detail: string | null;
    /** Of a tag: the one that Lever shall show, null for none. */
    wanted: string | null;
  }>(
    `SELECT coalesce(done_at, created_at) AS at, kind, state AS outcome, last_error AS detail, wanted
     FROM writebacks WHERE opportunity_id = ? ORDER BY id`,
    id,
  );
}

/** The challenge, named as its rule or CodeSubmit's list has it, or else by its id. */
export function nameChallenge(
  { rules, list }: { rules: RuleStore; list: SentListStore },
  id: ChallengeId,
): Named {
  const rule = rules.listActive().find(({ challengeId }) => challengeId === id);
  const listed = list.challenges().find((challenge) => challenge.id === id);
  return { id, name: rule?.challengeName ?? listed?.name ?? id };
}
