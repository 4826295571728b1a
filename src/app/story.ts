/** The story of one candidate, in order: what came, what was concluded and why, what was tried, what Lever has. */
import type { Decision } from '../domain/decision.js';
import type { OpportunityId } from '../domain/ids.js';
import type { House } from './house.js';
import { Vendors } from './vendors.js';

export interface StoryEntry {
  /** ISO 8601, UTC. */
  at: string;
  what: 'delivery' | 'decision' | 'invitation' | 'attempt' | 'write-back';
  /** A code or two, as `status` and the log have them. */
  outcome: string;
  detail: string | null;
}

export interface Story {
  opportunityId: string;
  candidate: string | null;
  url: string | null;
  entries: StoryEntry[];
}

/** Somebody of whom nothing is known here, as Lever shows them now. */
export interface Glimpse {
  opportunityId: string;
  /** False when Lever has no such opportunity, or doesn't show it to us. */
  isSeen: boolean;
  candidate: string | null;
  /** What would be decided now, and why. */
  wouldBe: string;
  deliveries: number;
}

interface Timed {
  at: number;
  what: StoryEntry['what'];
  outcome: string;
  detail: string | null;
}

const DELIVERIES = `
  SELECT received_at AS at, 'delivery' AS what, event || ': ' || outcome AS outcome,
    to_stage_id AS detail FROM deliveries WHERE opportunity_id = ?`;
const DECISIONS = `
  SELECT decided_at AS at, 'decision' AS what,
    CASE kind WHEN 'invite' THEN 'invite' ELSE kind || ': ' || reason END AS outcome, detail
  FROM decisions WHERE opportunity_id = ?`;
const INVITATIONS = `
  SELECT created_at AS at, 'invitation' AS what, challenge_name || ': queued' AS outcome,
    NULL AS detail FROM invitations WHERE opportunity_id = ?`;
const ATTEMPTS = `
  SELECT a.at, 'attempt' AS what, a.effect || ': ' || a.outcome AS outcome, a.detail
  FROM attempts AS a JOIN invitations AS i ON i.id = a.invitation_id WHERE i.opportunity_id = ?`;
const WRITEBACKS = `
  SELECT coalesce(done_at, created_at) AS at, 'write-back' AS what, kind || ': ' || state AS outcome,
    last_error AS detail FROM writebacks WHERE opportunity_id = ?`;

/** Everything that is known here of one opportunity. Writes nothing. */
export function tellStory(house: House, id: OpportunityId): Story {
  const person = house.database
    .prepare<[string], { name: string | null; url: string | null }>(
      'SELECT name, url FROM opportunities WHERE id = ?',
    )
    .get(id);
  const entries = [DELIVERIES, DECISIONS, INVITATIONS, ATTEMPTS, WRITEBACKS]
    .flatMap((sql) => house.database.prepare<[string], Timed>(sql).all(id))
    .toSorted((a, b) => a.at - b.at)
    .map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }));
  return { opportunityId: id, candidate: person?.name ?? null, url: person?.url ?? null, entries };
}

function inWords(decision: Decision): string {
  if (decision.kind === 'invite') return `invite to ${decision.rule.challengeName}`;
  const detail = decision.detail === null ? '' : ` (${decision.detail})`;
  return `${decision.kind}: ${decision.reason}${detail}`;
}

/** Reads somebody unknown from Lever and says what would be decided. Writes nothing. Throws `ApiError`. */
export async function glimpse(house: House, id: OpportunityId): Promise<Glimpse> {
  const lever = new Vendors(house, house.http).lever();
  const startedMs = house.surroundings.clock.monotonicMs();
  const sighting = await lever.readOpportunity(id);
  const read = { id, sighting, startedMs, wasInRuleStage: false };
  let would = house.decider.preview(read);
  if (would.kind === 'posting_needed') {
    would = house.decider.preview({ ...read, postingTags: await lever.readPostingTags(id) });
  }
  return {
    opportunityId: id,
    isSeen: sighting.kind === 'opportunity',
    candidate: sighting.kind === 'opportunity' ? sighting.opportunity.name : null,
    wouldBe: would.kind === 'posting_needed' ? 'hold: ambiguous_tags' : inWords(would),
    deliveries: house.deliveries.listOf(id).length,
  };
}
