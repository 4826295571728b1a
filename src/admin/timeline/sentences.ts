/** What happens to a candidate, in the sentences of the timeline, of `serve` on a terminal, of the demo and of the test in setup. */
import { capitalize } from '../../domain/format.js';
import { describeReason } from '../../domain/reasons.js';
import type { DeliveryOutcome, StoredDelivery } from '../../store/deliveries.js';
import type { StepRow } from '../queries/invitations.js';

type Step = Pick<StepRow, 'kind' | 'outcome' | 'wanted'>;

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
  uncertain: 'Sent, but CodeSubmit’s answer was lost; looking it up',
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
  there_already: 'is in Lever already',
  later: 'could not be written to Lever; retrying',
  parked: 'could not be written to Lever, and isn’t retried; see `retry`',
  pending: 'is waiting to be written to Lever',
  writing: 'is being written to Lever',
  waiting: 'is waiting for its contents',
};

export function deliveryInWords({ event, outcome }: StoredDelivery, stage?: string): string {
  const to = stage === undefined ? '' : ` to ${stage}`;
  return `Lever reported ${EVENT_WORDS[event] ?? event}${to}; ${DELIVERY_WORDS[outcome]}`;
}

/** How far the candidate is with the challenge. */
const PROGRESS: Partial<Record<string, string>> = {
  started: 'CodeSubmit: the candidate started',
  submitted: 'CodeSubmit: the candidate submitted',
  reviewed: 'CodeSubmit: reviewed',
  expired: 'CodeSubmit: expired',
  cancelled: 'CodeSubmit: cancelled there',
  overdue: 'CodeSubmit: overdue, not submitted',
  unknown: 'CodeSubmit: a status number without a meaning; see `progress`',
};

/** A send that wasn't made has the reason as its outcome. */
export function attemptInWords(step: Step): string {
  if (step.kind === 'progress') return PROGRESS[step.outcome] ?? `CodeSubmit: ${step.outcome}`;
  if (step.kind !== 'send') return writebackInWords(step);
  return SENDING_WORDS[step.outcome] ?? capitalize(describeReason(step.outcome));
}

const TAG_REMOVAL_WORDS: Partial<Record<string, string>> = {
  done: 'was removed in Lever',
  pending: 'is waiting to be removed in Lever',
  writing: 'is being removed in Lever',
  parked: 'could not be removed: Lever doesn’t show the candidate',
};

export function writebackInWords({ kind, outcome, wanted }: Step): string {
  // A tag of ours that shouldn't be there any more.
  if (kind === 'tag' && wanted === null) return `Our tag ${TAG_REMOVAL_WORDS[outcome] ?? outcome}`;
  if (kind === 'tag' && wanted !== undefined)
    return `The tag “${wanted}” ${WRITING_WORDS[outcome] ?? outcome}`;
  return `The ${kind} ${WRITING_WORDS[outcome] ?? outcome}`;
}

/** What was decided, to be read after the candidate's name. */
export function decisionInWords(
  kind: string,
  reason: string,
  detail: string | null = null,
  challenge = 'a challenge',
): string {
  if (kind === 'invite') return `gets ${challenge}`;
  return `${kind === 'hold' ? 'is on hold' : 'gets nothing'}: ${describeReason(reason, detail)}`;
}

/** `Ada Example gets Backend API.` */
export function decisionOf(who: string, ...decision: Parameters<typeof decisionInWords>): string {
  return `${who} ${decisionInWords(...decision)}.`;
}

/** A step about one candidate's challenge, with both names. */
export function attemptOf(who: string, challenge: string | undefined, step: Step): string {
  const what = challenge === undefined ? who : `${who}, ${challenge}`;
  return `${what}: ${attemptInWords(step)}.`;
}

/** `Ada Example: the link is in Lever.` */
export function writebackOf(who: string, step: Step): string {
  const words = writebackInWords(step);
  return `${who}: ${words.charAt(0).toLowerCase()}${words.slice(1)}.`;
}
