/**
 * What happens to a candidate, in sentences: what arrived, was decided and was tried, and what to do. `serve` on a
 * terminal, the demo and the test in setup use the sentences too.
 */
import {
  isForPerson,
  listInvitationsOf,
  type ListedInvitation,
  listWritebacks,
} from './queries/invitations.js';
import { findStageName } from './queries/people.js';
import { findCandidateRow } from '../store/candidates.js';
import type { Database } from '../store/database/database.js';
import type { Known } from './facts/fact.js';
import type { OpportunityId } from '../domain/ids.js';
import { leverPage } from '../store/settings/vendor-addresses.js';
import { fixFor, howToSettle, detailInWords, describeReason } from '../domain/reasons.js';
import { shellWord, capitalize } from '../domain/format.js';
import { toListing } from './status.js';
import { listDeliveriesOf, type DeliveryOutcome } from '../store/deliveries.js';
import { listEventsOf } from './queries/decisions.js';

/** An attempt, or an update to Lever. `wanted`: of an update of a tag, the one that Lever shall show, null for none. */
interface Step {
  kind: string;
  outcome: string;
  wanted?: string | null;
}

const DELIVERY_WORDS: Record<DeliveryOutcome, string> = {
  look: 'checking',
  other_stage: 'no rule uses that stage',
  other_event: 'nothing to do',
  connection_test: 'a connection test',
};

const EVENT_WORDS: Partial<Record<string, string>> = {
  candidateStageChange: 'a move',
  candidateArchiveChange: 'that the candidate was archived or unarchived',
  candidateDeleted: 'that the candidate was deleted',
  applicationCreated: 'an application',
};

const SENDING_WORDS: Partial<Record<string, string>> = {
  invited: 'CodeSubmit accepted it and invited the candidate',
  adopted: 'CodeSubmit already has it; nothing more was sent',
  uncertain: 'Not known whether CodeSubmit has it; looking it up',
  later: 'Could not be sent, and had no effect; retrying',
  unknown_challenge: 'CodeSubmit doesn’t know the challenge',
  absent: 'Looked up twice and not there; deciding again',
  left_to_person: 'CodeSubmit’s list can’t settle it; tell us with `settle`',
  settled_sent: 'An admin said that it was sent',
  settled_not_sent: 'An admin said that it was not sent',
  retried: 'An admin retried it',
  asked_by_hand: 'An admin sent it manually',
  asked_again_by_hand: 'An admin sent it once more',
};

const WRITING_WORDS: Partial<Record<string, string>> = {
  done: 'is in Lever',
  later: 'could not be written to Lever; retrying',
  parked: 'could not be written to Lever; retrying once a check of its stage shows the candidate',
  pending: 'is waiting to be written to Lever',
  writing: 'is being written to Lever',
  waiting: 'isn’t known',
};

const PROGRESS_WORDS: Partial<Record<string, string>> = {
  unknown: 'a status number without a meaning; see `progress`',
};

/**
 * An attempt to send or to write to Lever, or the candidate's progress, as a sentence. A send that wasn't made has the
 * code of a reason as its outcome.
 */
export function attemptInWords(step: Step): string {
  if (step.kind === 'progress')
    return `CodeSubmit: ${PROGRESS_WORDS[step.outcome] ?? step.outcome}`;
  if (step.kind !== 'send') return writebackInWords(step);
  return SENDING_WORDS[step.outcome] ?? capitalize(describeReason(step.outcome));
}

/** An update to Lever, or an attempt to write one, as a sentence. */
function writebackInWords({ kind, outcome, wanted }: Step): string {
  return `${updateInWords(kind, wanted)} ${WRITING_WORDS[outcome] ?? outcome}`;
}

/** What is written to Lever: a link, a note, or a tag. `wanted` as in `Step`. */
function updateInWords(kind: string, wanted: Step['wanted']): string {
  if (kind !== 'tag') return `The ${kind}`;
  // Only the update itself is stored with its tag: an attempt may have set or removed one.
  if (wanted === undefined) return 'The change of our tag';
  return wanted === null ? 'The removal of our tag' : `The tag “${wanted}”`;
}

/** What was decided, to be read after the candidate's name. `kind`: invite, hold or ignore. */
export function decisionInWords(kind: string, reason: string, detail: string | null): string {
  if (kind === 'invite') return `gets ${detail ?? 'a challenge'}`;
  return `${kind === 'hold' ? 'is on hold' : 'gets nothing'}: ${describeReason(reason, detail)}`;
}

export type Timeline = ReturnType<typeof readTimeline>;

/** An entry of the timeline. */
interface Timed {
  /** Epoch ms, by our clock. */
  at: number;
  what: 'delivery' | 'lever' | 'decision' | 'invitation' | 'attempt' | 'write-back';
  /** One or two codes, as `status` and the log show them. */
  outcome: string;
  detail: string | null;
  /** The same as a sentence. */
  text: string;
}

/** The stage's name, as its newest rule has it. Never its id, which no one knows it by. */
function stageInWords(database: Database, stageId: string): string {
  const name = findStageName(database, stageId);
  return name === undefined ? 'a stage without a rule' : `“${name}”`;
}

/** A sentence for each delivery: what Lever reported, and what we did about it. */
function deliveryEntries(database: Database, id: OpportunityId): Timed[] {
  return listDeliveriesOf(database, id).map(({ receivedAt: at, event, outcome, toStageId }) => {
    const to = toStageId === null ? '' : ` to ${stageInWords(database, toStageId)}`;
    const text = `Lever reported ${EVENT_WORDS[event] ?? event}${to}; ${DELIVERY_WORDS[outcome]}`;
    return { at, what: 'delivery', outcome: `${event}: ${outcome}`, detail: toStageId, text };
  });
}

/**
 * The decisions, each with when it was last confirmed if that was later; before each, the stage in which Lever showed
 * the candidate, when that or the visit was new.
 */
function decisionEntries(database: Database, rows: ReturnType<typeof listEventsOf>): Timed[] {
  return rows.flatMap((row, index): Timed[] => {
    const { at, kind, outcome: reason, detail, stage_id: stageId, visit_at: visitAt } = row;
    const still = row.last_seen_at > at ? `; last checked ${timeInWords(row.last_seen_at)}` : '';
    const text = `${capitalize(decisionInWords(kind, reason, detail))}${still}`;
    const outcome = kind === 'invite' ? 'invite' : `${kind}: ${reason}`;
    const decision: Timed = { at, what: 'decision', outcome, detail, text };
    const before = rows[index - 1];
    const isSame = stageId === before?.stage_id && visitAt === before.visit_at;
    // Without a stage Lever didn't show the candidate.
    if (isSame || stageId === null) return [decision];
    const moved = visitAt === null ? '' : `, moved there ${timeInWords(visitAt)}`;
    const shown = `Lever: in ${stageInWords(database, stageId)}${moved}`;
    return [{ at, what: 'lever', outcome: 'in_stage', detail: stageId, text: shown }, decision];
  });
}

function timeInWords(ms: number): string {
  return new Date(ms).toISOString();
}

/** That an invitation was queued. What was tried and written since has entries of its own. */
function queuedEntry({ created_at: at, challenge_name: name }: ListedInvitation): Timed {
  const text = `${name} is queued`;
  return { at, what: 'invitation', outcome: `${name}: queued`, detail: null, text };
}

/** The entry of an attempt or of an update to Lever. `words`: the sentence without its detail. */
function entry(
  what: Timed['what'],
  { at, kind, outcome, detail }: Step & Pick<Timed, 'at' | 'detail'>,
  words: string,
): Timed {
  const why = detail === null ? '' : ` (${detailInWords(detail)})`;
  return { at, what, outcome: `${kind}: ${outcome}`, detail, text: `${words}${why}` };
}

/** What an admin is to do about an invitation; null if nothing. */
function fixForInvitation({ database, clock }: Known, row: ListedInvitation): string | null {
  const { id, state, reason } = row;
  if (state === 'failed') {
    const retry = `codesubmit-lever retry ${id}`;
    return reason === 'unknown_challenge'
      ? `Restore the challenge in CodeSubmit, then run: ${retry}`
      : `Correct it in Lever, or run: ${retry}`;
  }
  if (state === 'uncertain') return isForPerson(database, id, clock.now()) ? howToSettle(id) : null;
  // Requested by `send`, then cancelled because CodeSubmit lists a similar address.
  const isSimilar = state === 'cancelled' && reason === 'similar_address';
  if (!isSimilar || row.origin !== 'person') return null;
  const send = `codesubmit-lever send ${shellWord(row.opportunity_id)} --challenge ${shellWord(row.challenge_id)} --again`;
  return `Check whether it’s the same person. To send it anyway: ${send}`;
}

/** Everything known here about one opportunity; for one without a decision, what Lever reported. Writes nothing. */
export function readTimeline(known: Known, id: OpportunityId) {
  const { database } = known;
  const person = findCandidateRow(database, id);
  const invitations = listInvitationsOf(database, id);
  const events = listEventsOf(database, id);
  const decisions = events.filter((row) => row.invitation_id === null);
  const attempts = events.filter((row) => row.invitation_id !== null);
  return {
    opportunityId: id,
    candidate: person?.name ?? null,
    url: leverPage(known.configuration.current().settings, person?.url ?? null),
    invitations: invitations.map((row) => toListing(known, row)),
    // The oldest first; within one moment in this order.
    entries: [
      ...deliveryEntries(database, id),
      ...decisionEntries(database, decisions),
      ...invitations.map(queuedEntry),
      ...attempts.map((row) => entry('attempt', row, attemptInWords(row))),
      ...listWritebacks(database, id).map((row) => entry('write-back', row, writebackInWords(row))),
    ]
      .toSorted((a, b) => a.at - b.at)
      .map((entry) => ({ ...entry, at: timeInWords(entry.at) })),
    // First about the invitations, then about the current decision.
    fixes: [
      ...invitations.map((row) => fixForInvitation(known, row)),
      person?.reason == null ? null : fixFor(person.reason, person.detail, id),
    ].filter((fix) => fix !== null),
  };
}
