/** The entries of a timeline, read from the rows of every step. */
import { detailInWords, describeReason } from '../../domain/reasons.js';
import type { OpportunityId } from '../../domain/ids.js';
import type { DeliveryStore } from '../../pipeline/receive/delivery-store.js';
import type { Database } from '../../storage/database/database.js';
import { findStageName } from './names.js';
import { attemptInWords, deliveryInWords, writebackInWords } from './timeline-words.js';

export interface TimelineEntry {
  /** ISO 8601, UTC. */
  at: string;
  what: 'delivery' | 'lever' | 'decision' | 'invitation' | 'attempt' | 'write-back';
  /** A code or two, as `status` and the log have them. */
  outcome: string;
  detail: string | null;
  /** The same as a sentence. */
  text: string;
}

interface Timed extends Omit<TimelineEntry, 'at'> {
  at: number;
}

/** What the entries are read from. */
export interface EntrySources {
  database: Database;
  deliveries: DeliveryStore;
}

/** Everything that is known here of one opportunity. */
export function listEntries(sources: EntrySources, id: OpportunityId): TimelineEntry[] {
  return inOrder([
    ...deliveries(sources, id),
    ...decisions(sources.database, id),
    ...invitations(sources.database, id),
    ...attempts(sources.database, id),
    ...writebacks(sources.database, id),
  ]);
}

export function listDeliveries(sources: EntrySources, id: OpportunityId): TimelineEntry[] {
  return inOrder(deliveries(sources, id));
}

/** At one moment what came first in `entries` is told first. */
function inOrder(entries: Timed[]): TimelineEntry[] {
  return entries
    .toSorted((a, b) => a.at - b.at)
    .map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }));
}

/** Never its id, which nobody knows it by. */
function stageInWords(database: Database, stageId: string): string {
  const name = findStageName(database, stageId);
  return name === undefined ? 'a stage without a rule' : `“${name}”`;
}

function deliveries({ deliveries, database }: EntrySources, id: OpportunityId): Timed[] {
  return deliveries.listOf(id).map((one) => ({
    at: one.receivedAt,
    what: 'delivery',
    outcome: `${one.event}: ${one.outcome}`,
    detail: one.toStageId,
    text: deliveryInWords(
      one,
      one.toStageId === null ? undefined : stageInWords(database, one.toStageId),
    ),
  }));
}

interface DecisionRow {
  kind: string;
  reason: string;
  detail: string | null;
  challenge: string | null;
  stage_id: string | null;
  visit_at: number | null;
  decided_at: number;
  last_seen_at: number;
}

const DECISIONS = `
  SELECT d.kind, d.reason, d.detail, d.stage_id, d.visit_at, d.decided_at, d.last_seen_at,
    (SELECT r.challenge_name FROM rules AS r WHERE r.id = d.rule_id) AS challenge
  FROM decisions AS d WHERE d.opportunity_id = ? ORDER BY d.id`;

/** Each with what Lever had said, when that was news. */
function decisions(database: Database, id: OpportunityId): Timed[] {
  const rows = database.prepare<[string], DecisionRow>(DECISIONS).all(id);
  return rows.flatMap((row, index) => {
    const before = rows[index - 1];
    const isNews = row.stage_id !== before?.stage_id || row.visit_at !== before.visit_at;
    return [...(isNews ? leverSaid(database, row) : []), decided(row)];
  });
}

function leverSaid(database: Database, { stage_id, visit_at, decided_at }: DecisionRow): Timed[] {
  if (stage_id === null) return [];
  const moved = visit_at === null ? '' : `, moved there ${new Date(visit_at).toISOString()}`;
  const text = `Lever: in ${stageInWords(database, stage_id)}${moved}`;
  return [{ at: decided_at, what: 'lever', outcome: 'in_stage', detail: stage_id, text }];
}

function decided(row: DecisionRow): Timed {
  const { kind, reason, detail, challenge, decided_at: at, last_seen_at: seenAt } = row;
  const still = seenAt > at ? `; last checked ${new Date(seenAt).toISOString()}` : '';
  if (kind === 'invite') {
    const text = `Gets ${challenge ?? 'the challenge'}${still}`;
    return { at, what: 'decision', outcome: 'invite', detail, text };
  }
  const lead = kind === 'hold' ? 'On hold' : 'Nothing sent';
  const text = `${lead}: ${describeReason(reason, detail)}${still}`;
  return { at, what: 'decision', outcome: `${kind}: ${reason}`, detail, text };
}

function invitations(database: Database, id: OpportunityId): Timed[] {
  const rows = database
    .prepare<[string], { at: number; name: string; goneAt: number | null }>(
      `SELECT created_at AS at, challenge_name AS name, address_gone_at AS goneAt
       FROM invitations WHERE opportunity_id = ? ORDER BY id`,
    )
    .all(id);
  return rows.flatMap(({ at, name, goneAt }) => [
    {
      at,
      what: 'invitation' as const,
      outcome: `${name}: queued`,
      detail: null,
      text: `${name} is queued`,
    },
    ...(goneAt === null ? [] : [addressGone(goneAt, name)]),
  ]);
}

function addressGone(at: number, challenge: string): Timed {
  const text = `Lever: the address that ${challenge} was sent to is gone from the profile`;
  return { at, what: 'lever', outcome: 'address_gone', detail: challenge, text };
}

interface StepRow {
  at: number;
  kind: string;
  outcome: string;
  detail: string | null;
  /** Of a tag: which, null for none. */
  wanted?: string | null;
}

const ATTEMPTS = `
  SELECT a.at, a.effect AS kind, a.outcome, a.detail
  FROM attempts AS a JOIN invitations AS i ON i.id = a.invitation_id
  WHERE i.opportunity_id = ? ORDER BY a.id`;
const WRITEBACKS = `
  SELECT coalesce(done_at, created_at) AS at, kind, state AS outcome, last_error AS detail,
    wanted
  FROM writebacks WHERE opportunity_id = ? ORDER BY id`;

function attempts(database: Database, id: OpportunityId): Timed[] {
  return steps(database, ATTEMPTS, id).map((row) => told('attempt', row, attemptInWords(row)));
}

function writebacks(database: Database, id: OpportunityId): Timed[] {
  return steps(database, WRITEBACKS, id).map((row) =>
    told('write-back', row, writebackInWords(row)),
  );
}

function steps(database: Database, sql: string, id: OpportunityId): StepRow[] {
  return database.prepare<[string], StepRow>(sql).all(id);
}

function told(what: TimelineEntry['what'], row: StepRow, words: string): Timed {
  const { at, kind, outcome, detail } = row;
  const why = detail === null ? '' : ` (${detailInWords(detail)})`;
  return { at, what, outcome: `${kind}: ${outcome}`, detail, text: `${words}${why}` };
}
