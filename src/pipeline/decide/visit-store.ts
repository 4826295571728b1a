/**
 * Which visit a read shows, as it is stored.
 *
 * A visit is one stay in a stage, known by the time of the last entry of Lever's `stageChanges` that names the present
 * stage. Lever's `lastAdvancedAt` isn't that time: archiving moves it. A read without such an entry is a guess
 * (`isVisitKnown` is false), so the visit stored for the same stage is kept.
 *
 * Older versions stored guesses. At the first read that dates the visit, everything stored for the present stage from
 * five seconds before that change is rewritten to it. No stage change came after the last one, so a later guess is the
 * same visit.
 */
import type { Stay } from '../../domain/opportunity.js';
import type { Database, Tx } from '../../storage/database/database.js';

interface SeenRow {
  stage_id: string | null;
  visit_at: number | null;
  is_visit_known: number | null;
  moved_at: number | null;
}

/** `from`: the earliest stored time that means the visit at `at`. */
interface Dating {
  id: string;
  stageId: string;
  at: number;
  from: number;
}

/** A guess may be this much earlier than the stage change: Lever's two times of one move can differ. */
export const VISIT_TOLERANCE_MS = 5_000;

/**
 * Versions before this one knew a visit by `lastAdvancedAt`, which is the stage change or, after an archiving,
 * later. No stage change came after the last one: a guess that is later is the same visit.
 */
const REWRITES = [
  `UPDATE opportunities SET visit_at = :at, is_visit_known = 1
   WHERE id = :id AND stage_id = :stageId AND visit_at >= :from`,
  `UPDATE decisions SET visit_at = :at
   WHERE opportunity_id = :id AND stage_id = :stageId AND visit_at >= :from AND is_current = 1`,
  `UPDATE OR REPLACE approvals SET visit_at = :at
   WHERE opportunity_id = :id AND stage_id = :stageId AND visit_at >= :from AND visit_at <> :at`,
  `UPDATE activation_approvals SET visit_at = :at WHERE opportunity_id = :id AND visit_at >= :from
   AND rule_id IN (SELECT id FROM rules WHERE stage_id = :stageId)`,
  `UPDATE baselines SET visit_at = :at WHERE opportunity_id = :id AND visit_at >= :from
   AND rule_id IN (SELECT id FROM rules WHERE stage_id = :stageId)`,
];

export class VisitStore {
  readonly #seen;
  readonly #rewrites;
  readonly #invitations;
  readonly #rewriteInvitation;

  constructor(database: Database) {
    this.#seen = database.prepare<[string], SeenRow>(
      'SELECT stage_id, visit_at, is_visit_known, moved_at FROM opportunities WHERE id = ?',
    );
    this.#rewrites = REWRITES.map((sql) => database.prepareWrite<[Dating]>(sql));
    this.#invitations = database.prepare<[Dating], { id: number }>(
      `SELECT id FROM invitations WHERE opportunity_id = :id AND visit_stage_id = :stageId
         AND visit_at >= :from AND visit_at <> :at ORDER BY visit_at DESC`,
    );
    this.#rewriteInvitation = database.prepareWrite<[number, number]>(
      'UPDATE OR IGNORE invitations SET visit_at = ? WHERE id = ?',
    );
  }

  /**
   * The read with its visit as it is stored. A guess gives way to what is known of the same stage: it may be later only
   * because of an archiving.
   */
  find<S extends Stay>(read: S): S {
    return read.isVisitKnown ? read : withoutGuess(read, this.#seen.get(read.id));
  }

  /** What was stored by a guess becomes the visit that Lever dates now. */
  settle(tx: Tx, read: Stay): void {
    if (read.isVisitKnown && this.#seen.get(read.id)?.is_visit_known !== 1) this.#rewrite(tx, read);
  }

  #rewrite(tx: Tx, { id, stageId, visitAt: at }: Stay): void {
    if (stageId === null) return;
    const dating = { id, stageId, at, from: at - VISIT_TOLERANCE_MS };
    for (const rewrite of this.#rewrites) rewrite.run(tx, dating);
    // A visit has one promise. Of two that were made in one stay the later one, which was approved, becomes the visit's.
    for (const row of this.#invitations.all(dating)) this.#rewriteInvitation.run(tx, at, row.id);
  }
}

function withoutGuess<S extends Stay>(read: S, seen: SeenRow | undefined): S {
  if (seen?.visit_at == null || seen.stage_id !== read.stageId) return read;
  const { visit_at: visitAt, moved_at: movedAt } = seen;
  return { ...read, visitAt, movedAt, isVisitKnown: seen.is_visit_known === 1 };
}
