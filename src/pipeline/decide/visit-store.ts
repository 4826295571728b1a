/**
 * Which visit a read shows, as it is stored.
 *
 * A visit is one stay in a stage, identified by the time of the last entry of Lever's
 * `stageChanges` that names the current stage. Lever's `lastAdvancedAt` isn't that time: archiving
 * moves it. A read without such an entry is a guess (`isVisitKnown` is false), so the visit stored
 * for the same stage is kept.
 *
 * Older versions stored guesses. At the first read that dates the visit, everything stored for the
 * current stage from five seconds before that change is rewritten to it. No stage change came after
 * the last one, so a later guess is the same visit.
 */
import type { Stay } from '../../domain/opportunity.js';
import type { Database, Tx } from '../../storage/database/database.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { InvitationStore } from '../invitations/invitation-store.js';
import type { DecisionStore } from './decision-store.js';

interface SeenRow {
  stage_id: string | null;
  visit_at: number | null;
  is_visit_known: number | null;
  moved_at: number | null;
}

/** A guess may be this much earlier than the stage change: Lever's two times of one move can differ. */
export const VISIT_TOLERANCE_MS = 5_000;

export interface VisitStoreDeps {
  database: Database;
  decisions: DecisionStore;
  rules: RuleStore;
  invitations: InvitationStore;
}

export class VisitStore {
  readonly #deps;
  readonly #seen;

  constructor(deps: VisitStoreDeps) {
    this.#deps = deps;
    this.#seen = deps.database.prepare<[string], SeenRow>(
      'SELECT stage_id, visit_at, is_visit_known, moved_at FROM opportunities WHERE id = ?',
    );
  }

  /**
   * The read with its visit as it is stored. A guess yields to what is known of the same stage,
   * because archiving may have made it later.
   */
  find<S extends Stay>(read: S): S {
    return read.isVisitKnown ? read : withoutGuess(read, this.#seen.get(read.id));
  }

  /** What was stored by a guess becomes the visit that Lever now dates. */
  settle(tx: Tx, read: Stay): void {
    if (read.isVisitKnown && this.#seen.get(read.id)?.is_visit_known !== 1) this.#rewrite(tx, read);
  }

  /**
   * Older versions identified a visit by `lastAdvancedAt`, which is the stage change or, after
   * archiving, later. No stage change came after the last one, so a later guess is the same visit.
   */
  #rewrite(tx: Tx, { id, stageId, visitAt: at }: Stay): void {
    if (stageId === null) return;
    const dating = { id, stageId, at, from: at - VISIT_TOLERANCE_MS };
    const { decisions, rules, invitations } = this.#deps;
    for (const store of [decisions, rules, invitations]) store.redate(tx, dating);
  }
}

function withoutGuess<S extends Stay>(read: S, seen: SeenRow | undefined): S {
  if (seen?.visit_at == null || seen.stage_id !== read.stageId) return read;
  const { visit_at: visitAt, moved_at: movedAt } = seen;
  return { ...read, visitAt, movedAt, isVisitKnown: seen.is_visit_known === 1 };
}
