/** The one table of facts, in the order they are shown, and what is wrong now as our own files and tables say it. */
import { isoTime } from '../../domain/clock.js';
import { AppError, NOT_SET_UP, REVOKED, RUN_SETUP } from '../../domain/errors.js';
import type { Problem } from '../../domain/problem.js';
import { listFound, type FoundFact } from '../../store/facts.js';
import { isInUse } from '../../store/integration-store.js';
import { CODESUBMIT_FACTS } from './codesubmit-facts.js';
import type { Fact, Found, Known, Wrong } from './fact.js';
import { LEVER_FACTS } from './lever-facts.js';
import { MACHINE_FACTS } from './machine-facts.js';
import { WEBHOOK_FACTS } from './webhook-facts.js';
import { WORK_FACTS } from './work-facts.js';

export const FACTS: readonly Fact[] = [
  ...MACHINE_FACTS,
  ...LEVER_FACTS,
  ...CODESUBMIT_FACTS,
  ...WEBHOOK_FACTS,
  ...WORK_FACTS,
];

/** As a terminal names it. */
export function titleOf(id: string): string {
  return FACTS.find((fact) => fact.id === id)?.title ?? id.replaceAll('_', ' ');
}

/**
 * What an admin should act on; empty when all is well. What only a vendor can tell is as the last check found it. A data
 * directory that isn't in use has only that problem.
 */
export function listProblems(known: Known, facts = FACTS): Problem[] {
  const { set_up_at: setUpAt, revoked_at: revokedAt } = known.integration.read();
  if (revokedAt !== null) return [outOfUse('revoked', REVOKED, revokedAt)];
  if (setUpAt === null) return [notSetUpYet()];
  const kept = listFound(known.database);
  return facts.flatMap((fact) => findWrong(fact, known, kept).map((one) => toProblem(fact, one)));
}

/** What keeps the daemon from being ready. */
export function listUnready(known: Known): Problem[] {
  return listProblems(
    known,
    FACTS.filter(({ isUnready }) => isUnready === true),
  );
}

/** What our own tables show of one row, and what its last check found. */
export function findWrong(
  { id, find }: Fact,
  known: Known,
  kept: readonly FoundFact[] = listFound(known.database),
): readonly Wrong[] {
  const found = [unlessKeyIsWrong(() => find?.(known)) ?? []].flat();
  const more = kept.filter(
    ({ check_id: checkId, subject }) =>
      checkId === id && found.every((one) => (one.subject ?? '') !== subject),
  );
  return [...found, ...more];
}

/** Nothing if the key can't decrypt the secrets it reads, which is reported elsewhere. */
function unlessKeyIsWrong(find: () => Found): Found {
  try {
    return find();
  } catch (error) {
    if (error instanceof AppError && error.code === 'configuration') return undefined;
    throw error;
  }
}

/** A row without a code has it in what it finds. */
export function toProblem(fact: Fact, wrong: Wrong): Problem {
  const { level = 'fail', subject = '', since = null, what, fix, links } = wrong;
  const code = wrong.code ?? fact.code;
  if (code === undefined) throw new Error(`no code for: ${what}`);
  return {
    code,
    vendor: wrong.vendor ?? fact.vendor ?? null,
    since: isoTime(since),
    level,
    subject,
    what,
    fix,
    links: links ?? [],
    isAlarm: level === 'fail' || fact.isToldEarly === true,
    stops: level === 'fail' ? (fact.stops ?? null) : null,
  };
}

/** The only problem of a data directory that was never set up. */
export function notSetUpYet(): Problem {
  return outOfUse('not_set_up', NOT_SET_UP, null);
}

function outOfUse(code: 'not_set_up' | 'revoked', what: string, since: number | null): Problem {
  const fact: Fact = { id: 'set_up', needs: 'nothing', code };
  return toProblem(fact, { level: 'warn', since, what, fix: RUN_SETUP });
}

/** What is still to do after a setup, in order. */
export function listLeft(known: Known): Wrong[] {
  if (!isInUse(known.integration.read())) return [];
  return FACTS.flatMap(({ left }) => left?.(known) ?? []);
}
