/** CodeSubmit's status numbers as seen here: their meanings, examples and guesses. */
import { findCandidateRow } from '../../store/candidates.js';
import { getInvitation } from '../../store/invitations.js';
import { guessMeaning, listStatusNumbers } from '../../store/status-numbers.js';
import type { Known } from '../facts/fact.js';

export type NumbersReport = ReturnType<typeof readNumbers>;
export type NumberListing = NumbersReport['numbers'][number];

/** Each with its meaning, or a guess, and the newest invitation that has it. */
export function readNumbers({ configuration, database }: Known) {
  const { statusMap } = configuration.current().settings;
  const seen = listStatusNumbers(database);
  const numbers = seen.map((one) => {
    const meaning = statusMap[String(one.number)] ?? null;
    const {
      id,
      opportunity_id: opportunityId,
      challenge_name: challenge,
    } = getInvitation(database, one.exampleId);
    const candidate = findCandidateRow(database, opportunityId)?.name ?? null;
    return {
      number: one.number,
      meaning,
      // For a number without a meaning; null without evidence.
      guess: meaning === null ? guessMeaning(one, seen) : null,
      example: { id, candidate, challenge, opportunityId },
      // When the example came so far.
      lastSeenAt: new Date(one.lastSeenAt).toISOString(),
    };
  });
  return { numbers };
}
