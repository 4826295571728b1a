// The filters of `GET /opportunities` that an integration needs, as Lever documents them.
import { badRequest, forbidden } from '../simulated-error.js';
import { hasRight, type Grant } from './lever-access.js';
import { several, single, type Query } from './lever-page.js';
import type { LeverWorld } from './lever-world.js';
import type { Sight } from './opportunity-book.js';

type Test = (sight: Sight) => boolean;

/**
 * The opportunities that a list shows for this query: as of `listLagMs` ago, and without confidential ones unless
 * `confidentiality` asks for them. In no particular order. @throws a 400 for a bad value, a 403 for confidential ones
 * without the right.
 */
export function filterOpportunities(world: LeverWorld, grant: Grant, query: Query): Sight[] {
  const isAdvanced = timeRange(query, 'advanced_at');
  const tests: Test[] = [
    ...testsOf(query),
    ({ opportunity }) => isAdvanced?.(opportunity.lastAdvancedAt) ?? true,
    confidentialTest(grant, query),
  ];
  const seenUntil = world.now() - world.switches.listLagMs;
  return [...world.opportunities.all.values()]
    .filter(({ createdAt }) => world.switches.listLagMs === 0 || createdAt <= seenUntil)
    .map(({ id }) => world.opportunities.sight(id, world.switches.listLagMs))
    .filter((sight) => tests.every((test) => test(sight)));
}

/**
 * The tests by stage, e-mail (in any case) and archiving; each only if the query has that filter. @throws a 400 for a
 * bad value.
 */
function testsOf(query: Query): Test[] {
  const tests: Test[] = [];
  const stages = several(query, 'stage_id');
  if (stages.length > 0) tests.push(({ opportunity }) => stages.includes(opportunity.stageId));
  const emails = several(query, 'email').map((email) => email.toLowerCase());
  if (emails.length > 0) {
    tests.push(({ contact }) => contact.emails.some((one) => emails.includes(one.toLowerCase())));
  }
  const archived = single(query, 'archived');
  if (archived === undefined) return tests;
  if (!['true', 'false'].includes(archived)) throw badRequest('"archived" must be a boolean');
  return [...tests, ({ opportunity }) => (opportunity.archived !== null) === (archived === 'true')];
}

/**
 * Reads `NAME_start` and `NAME_end`, both inclusive, in epoch ms. Returns a test of times, by which an unknown time
 * (null) isn't within; undefined if the query has neither. @throws a 400 for a bad time.
 */
export function timeRange(
  query: Query,
  name: string,
): ((at: number | null) => boolean) | undefined {
  const start = timeIn(query, `${name}_start`);
  const end = timeIn(query, `${name}_end`);
  if (start === undefined && end === undefined) return undefined;
  return (at) => at !== null && at >= (start ?? 0) && at <= (end ?? Number.MAX_SAFE_INTEGER);
}

/** A time of the query, epoch ms; undefined if it is missing. @throws a 400 for anything but digits. */
function timeIn(query: Query, name: string): number | undefined {
  const text = single(query, name);
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`"${name}" must be a time in epoch milliseconds`);
  return Number(text);
}

/**
 * The test by confidentiality; without the filter a list leaves confidential ones out. @throws a 400 for a bad value, a
 * 403 for a caller who may not see confidential ones.
 */
function confidentialTest(grant: Grant, query: Query): Test {
  const asked = single(query, 'confidentiality') ?? 'non-confidential';
  if (!['all', 'confidential', 'non-confidential'].includes(asked)) {
    throw badRequest('"confidentiality" must be all, confidential or non-confidential');
  }
  if (asked !== 'non-confidential' && !hasRight(grant, 'confidential:access')) {
    throw forbidden('This key has no access to confidential data');
  }
  return ({ opportunity }) => asked === 'all' || opportunity.confidentiality === asked;
}
