/** CodeSubmit's status numbers as seen here: their meanings, examples and guesses. */
import type { Progress } from '../../domain/invitation.js';
import { guessMeaning, listStatusNumbers } from '../../store/status-numbers.js';
import type { Database } from '../../store/database/database.js';
import type { Known } from '../facts/fact.js';
import { findInvitationNames } from '../queries/invitations.js';

export interface NumberListing {
  number: number;
  /** From the map in the settings; null when missing. */
  meaning: Progress | null;
  /** For a number without a meaning, our guess; null without evidence. */
  guess: Progress | null;
  example: { id: number; candidate: string | null; challenge: string; opportunityId: string };
  /** When the example came so far, as ISO 8601 in UTC. */
  lastSeenAt: string;
}

export interface NumbersReport {
  numbers: NumberListing[];
}

export function readNumbers({ configuration, database }: Known): NumbersReport {
  const { statusMap } = configuration.current().settings;
  const seen = listStatusNumbers(database);
  const numbers = seen.map((one): NumberListing => {
    const meaning = statusMap[String(one.number)] ?? null;
    return {
      number: one.number,
      meaning,
      guess: meaning === null ? guessMeaning(one, seen) : null,
      example: readExample(database, one.exampleId),
      lastSeenAt: new Date(one.lastSeenAt).toISOString(),
    };
  });
  return { numbers };
}

function readExample(database: Database, id: number): NumberListing['example'] {
  const {
    candidate = null,
    challenge = '',
    opportunityId = '',
  } = findInvitationNames(database, id) ?? {};
  return { id, candidate, challenge, opportunityId };
}
