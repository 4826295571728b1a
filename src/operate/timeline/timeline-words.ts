/** What happened to one candidate, as sentences. */
import { describeReason } from '../../domain/reasons.js';
import type { DeliveryOutcome, StoredDelivery } from '../../pipeline/receive/delivery-store.js';

interface Step {
  kind: string;
  outcome: string;
  /** Of a tag: which, null for none. */
  wanted?: string | null;
}

const DELIVERED: Record<DeliveryOutcome, string> = {
  look: 'to be looked at',
  other_stage: 'no rule’s stage, so nothing to do',
  other_event: 'of no concern',
  connection_test: 'a test of the connection',
};

const SENT: Partial<Record<string, string>> = {
  invited: 'CodeSubmit took it and invited the candidate',
  adopted: 'CodeSubmit has it, so nothing more was sent',
  uncertain: 'Sent, and nobody knows yet whether it arrived: it is looked up',
  later: 'Could not be sent, surely without effect: it is tried again',
  unauthorized: 'CodeSubmit refused the account: it waits',
  unknown_challenge: 'CodeSubmit does not know the challenge',
  absent: 'Looked up twice and not there: it is decided again',
  left_to_person: 'The list can’t settle it: say what became of it by `settle`',
  settled_sent: 'An admin said that it was sent',
  settled_not_sent: 'An admin said that it was not sent',
  retried: 'An admin had it tried again',
  asked_by_hand: 'An admin asked for it by hand',
  asked_again_by_hand: 'An admin asked for it once more',
};

const WRITTEN: Partial<Record<string, string>> = {
  done: 'is in Lever',
  later: 'could not be put into Lever: it is tried again',
  parked: 'could not be put into Lever, and nothing is tried any more: see `retry`',
  owed: 'is to be put into Lever',
  waiting: 'waits for what it needs',
};

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function deliveryInWords({ event, outcome }: StoredDelivery, stage?: string): string {
  const to = stage === undefined ? '' : ` to ${stage}`;
  return `Lever told of ${event}${to}: ${DELIVERED[outcome]}`;
}

const FAR: Partial<Record<string, string>> = {
  started: 'CodeSubmit: the candidate has started',
  submitted: 'CodeSubmit: the candidate has submitted',
  reviewed: 'CodeSubmit: it was reviewed',
  expired: 'CodeSubmit: it has expired',
  cancelled: 'CodeSubmit: it was cancelled there',
  overdue: 'CodeSubmit: past the due date and not submitted',
  unknown: 'CodeSubmit: a status number without a meaning yet, see `progress`',
};

export function attemptInWords(step: Step): string {
  if (step.kind === 'progress') return FAR[step.outcome] ?? `CodeSubmit: ${step.outcome}`;
  if (step.kind !== 'send') return writebackInWords(step);
  return SENT[step.outcome] ?? capital(describeReason(step.outcome));
}

const TAKEN_AWAY: Partial<Record<string, string>> = {
  done: 'was taken away in Lever',
  owed: 'is to be taken away in Lever',
  parked: 'could not be taken away: Lever doesn’t show the candidate',
};

export function writebackInWords({ kind, outcome, wanted }: Step): string {
  if (kind === 'tag' && wanted === null) return `Our tag ${TAKEN_AWAY[outcome] ?? outcome}`;
  if (kind === 'tag' && wanted !== undefined)
    return `The tag “${wanted}” ${WRITTEN[outcome] ?? outcome}`;
  return `The ${kind} ${WRITTEN[outcome] ?? outcome}`;
}
