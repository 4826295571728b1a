/** Reads of invitations, with the candidates that they are for, and of what was tried for them. */
import type { InvitationId, OpportunityId } from '../../domain/ids.js';
import type { InvitationState, Recipient } from '../../domain/invitation.js';
import type { InvitationRow } from '../../store/invitation-row.js';
import { IS_LEFT_TO_PERSON } from '../../store/invitations.js';
import type { Database } from '../../store/database/database.js';

/** Past its due date and, as far as we know, not submitted. Due dates are soft. */
const IS_OVERDUE = `deadline_at < ? AND progress IN ('unknown', 'invited', 'started', 'expired')`;

/** Must match the partial index literally. Otherwise every other second reads everything sent. */
const IS_OPEN = `state NOT IN ('linked', 'cancelled')`;

/** With the candidate's name and address in Lever. */
export type ListedInvitation = InvitationRow & { name: string | null; url: string | null };

const LISTED = `SELECT i.*, o.name, o.url FROM invitations AS i
  LEFT JOIN candidates AS o ON o.id = i.opportunity_id`;

export interface InvitationFilter {
  /** Only those before this id. */
  before: number;
  state: InvitationState | undefined;
  /** Only those past their due date at that time, epoch ms. */
  overdueAt: number | undefined;
  limit: number;
}

/** The newest first. */
export function listInvitationPage(
  database: Database,
  { before, state, overdueAt, limit }: InvitationFilter,
): ListedInvitation[] {
  return database
    .prepare<unknown[], ListedInvitation>(
      `${LISTED} WHERE i.id < ? ${state === undefined ? '' : 'AND i.state = ?'}
       ${overdueAt === undefined ? '' : `AND ${IS_OVERDUE}`} ORDER BY i.id DESC LIMIT ?`,
    )
    .all(
      before,
      ...(state === undefined ? [] : [state]),
      ...(overdueAt === undefined ? [] : [overdueAt]),
      limit,
    );
}

/** All of one opportunity, oldest first. */
export function listInvitationsOf(database: Database, id: OpportunityId): ListedInvitation[] {
  return database
    .prepare<[string], ListedInvitation>(`${LISTED} WHERE i.opportunity_id = ? ORDER BY i.id`)
    .all(id);
}

export interface RemarkedInvitation {
  id: number;
  isAddressGone: number;
  dueAt: number | null;
  number: number | null;
  isUnnamed: number;
}

/** What there is to remark of each: an address that is gone, a due date that has passed, a number without a meaning. */
export function listRemarks(
  database: Database,
  ids: readonly number[],
  now: number,
): RemarkedInvitation[] {
  return database
    .prepare<[number, string], RemarkedInvitation>(
      `SELECT id, address_gone_at IS NOT NULL AS isAddressGone,
         iif(${IS_OVERDUE}, deadline_at, NULL) AS dueAt,
         iif(progress = 'unknown', status_number, NULL) AS number,
         vendor_id IS NULL AND state IN ('invited', 'linked') AS isUnnamed
       FROM invitations WHERE id IN (SELECT value FROM json_each(?))`,
    )
    .all(now, JSON.stringify(ids));
}

/** Whose invitation it is, and to which challenge. */
export function findInvitationNames(
  database: Database,
  id: number,
): { candidate: string | null; challenge: string; opportunityId: string } | undefined {
  return database
    .prepare<[number], { candidate: string | null; challenge: string; opportunityId: string }>(
      `SELECT o.name AS candidate, i.challenge_name AS challenge,
         i.opportunity_id AS opportunityId
       FROM invitations AS i LEFT JOIN candidates AS o ON o.id = i.opportunity_id WHERE i.id = ?`,
    )
    .get(id);
}

/** Whose they are, and for which challenge; the oldest first. */
export function listInState(
  database: Database,
  state: InvitationState,
): (Recipient & { id: InvitationId })[] {
  return database
    .prepare<[string], Recipient & { id: InvitationId }>(
      `SELECT i.id, i.opportunity_id AS opportunityId, o.name AS candidate,
         i.challenge_name AS challenge
       FROM invitations AS i LEFT JOIN candidates AS o ON o.id = i.opportunity_id
       WHERE i.state = ? ORDER BY i.id`,
    )
    .all(state);
}

export function countInvitations(database: Database): number {
  const row = database.prepare<[], { n: number }>('SELECT count(*) AS n FROM invitations').get();
  return row?.n ?? 0;
}

export interface CountedState {
  n: number;
  at: number | null;
  /** How many of them need a person, and the first of these. */
  left: number;
  firstLeft: number | null;
}

/** An invitation that no reading could settle needs a person once its intent is older than `lateBefore` (epoch ms). */
export function countState(
  database: Database,
  state: 'uncertain' | 'failed',
  lateBefore = 0,
): CountedState | undefined {
  const isLeft = `(due_at IS NULL OR (${IS_LEFT_TO_PERSON} AND coalesce(intent_at, created_at) <= :lateBefore))`;
  const row = database
    .prepare<[{ lateBefore: number }], CountedState>(
      `SELECT count(*) AS n, min(coalesce(intent_at, created_at)) AS at,
         sum(${isLeft}) AS left, min(iif(${isLeft}, id, NULL)) AS firstLeft
       FROM invitations WHERE state = '${state}' AND ${IS_OPEN}`,
    )
    .get({ lateBefore });
  return row && row.n > 0 ? row : undefined;
}

/** Sent ones whose link isn't known, and since when the first. */
export function countWithoutLink(database: Database): { n: number; at: number | null } {
  const row = database
    .prepare<[], { n: number; at: number | null }>(
      `SELECT count(*) AS n, min(invited_at) AS at FROM invitations
       WHERE state = 'invited' AND ${IS_OPEN} AND sealed_link IS NULL AND progress_at IS NOT NULL`,
    )
    .get();
  return row ?? { n: 0, at: null };
}

export function hasQueued(database: Database): boolean {
  return exists(database, `state = 'queued'`);
}

function exists(database: Database, condition: string): boolean {
  const sql = `SELECT 1 FROM invitations WHERE ${condition} LIMIT 1`;
  return database.prepare<[], unknown>(sql).get() !== undefined;
}

export interface StepRow {
  at: number;
  kind: string;
  outcome: string;
  detail: string | null;
  /** For tags: which one, null for none. */
  wanted?: string | null;
}

/** What was attempted for the candidate, in order. */
export function listAttempts(database: Database, id: OpportunityId): StepRow[] {
  return database
    .prepare<[string], StepRow>(
      `SELECT at, kind, outcome, detail FROM events
       WHERE opportunity_id = ? AND invitation_id IS NOT NULL AND kind <> 'share' ORDER BY id`,
    )
    .all(id);
}

/** What was or is to be written to Lever for the candidate, in order. */
export function listWritebacks(database: Database, id: OpportunityId): StepRow[] {
  return database
    .prepare<[string], StepRow>(
      `SELECT coalesce(done_at, created_at) AS at, kind, state AS outcome,
         iif(state = 'parked', coalesce(last_error, 'it can’t be decrypted'), last_error) AS detail,
         wanted
       FROM writebacks WHERE opportunity_id = ? ORDER BY id`,
    )
    .all(id);
}
