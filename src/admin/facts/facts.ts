/** The one table of facts, in the order they are shown, and what is wrong now as our own files and tables say it. */
import { isoTime } from '../../domain/clock.js';
import { AppError, NOT_SET_UP, REVOKED, RUN_SETUP } from '../../domain/errors.js';
import type { Problem } from '../../domain/problem.js';
import { listFound, type FoundFact } from '../../store/facts.js';
import { isInUse } from '../../store/integration-store.js';
import { CODESUBMIT_FACTS } from './codesubmit-facts.js';
import type { Fact, Known, Wrong } from './fact.js';
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

/** The name of a fact on a terminal. */
export function titleOf(id: string): string {
  return FACTS.find((fact) => fact.id === id)?.title ?? id.replaceAll('_', ' ');
}

/**
 * What an admin should act on; empty when all is well. Calls no one: what only a vendor can tell is as the last check
 * found it. A data directory that isn't in use has only that problem.
 */
export function listProblems(known: Known, facts = FACTS): Problem[] {
  const row = known.integration.read();
  if (!isInUse(row)) return [notInUse(row.revoked_at)];
  const stored = listFound(known.database);
  return facts.flatMap((fact) => findWrong(fact, known, stored).map((one) => toProblem(fact, one)));
}

/** What keeps the daemon from being ready. */
export function listUnready(known: Known): Problem[] {
  const problems = listProblems(
    known,
    FACTS.filter(({ isUnready }) => isUnready === true),
  );
  // A data directory that isn't in use isn't ready either, though its one problem is a warning.
  return known.integration.isInUse() ? problems.filter(({ level }) => level === 'fail') : problems;
}

/**
 * What is wrong by our own tables, and what the last check of this fact found. About the same subject our tables win:
 * they are as of now. Nothing where the setting isn't set any more.
 */
export function findWrong(
  { id, find, unset }: Fact,
  known: Known,
  stored: readonly FoundFact[] = listFound(known.database),
): readonly Wrong[] {
  let found: readonly Wrong[] = [];
  try {
    if (unset?.(known) !== undefined) return [];
    found = [find?.(known) ?? []].flat();
  } catch (error) {
    // Our key can't decrypt the secrets that these read, which another fact reports.
    if (!(error instanceof AppError) || error.code !== 'configuration') throw error;
  }
  const byLastCheck = stored.filter(
    ({ check_id: checkId, subject }) =>
      checkId === id && found.every((one) => (one.subject ?? '') !== subject),
  );
  return [...found, ...byLastCheck];
}

/**
 * What a fact found, as `status` and alarms show it; what it leaves out is the fact's. Throws for a bug in the table: a
 * fact without a code must give one with whatever it finds.
 */
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
    isAlarm: level === 'fail' || fact.isWarningAlarm === true,
    stops: level === 'fail' ? (wrong.stops ?? fact.stops ?? null) : null,
  };
}

/**
 * The only problem of a data directory that isn't in use. `revokedAt`: epoch ms; null if it was never set up. Made
 * here, because the table isn't looked at then: most of its facts need an integration in use.
 */
export function notInUse(revokedAt: number | null): Problem {
  const fact: Fact = { id: 'set_up', code: revokedAt === null ? 'not_set_up' : 'revoked' };
  const what = revokedAt === null ? NOT_SET_UP : REVOKED;
  return toProblem(fact, { level: 'warn', since: revokedAt, what, fix: RUN_SETUP });
}

/**
 * The steps that an admin has still to take, in order, each with what is missing and how to do it. None while the
 * integration isn't in use: running setup comes first then, which `listProblems` says.
 */
export function listSetupStepsLeft(known: Known): Wrong[] {
  if (!isInUse(known.integration.read())) return [];
  return FACTS.flatMap(({ setupStep }) => setupStep?.(known) ?? []);
}
