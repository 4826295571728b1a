/** What an admin should know of and do something about, each with the command that mends it. */
import type { Vendor } from '../domain/errors.js';
import type { WritebackTally } from '../writebacks/writeback-rows.js';
import type { House } from './house.js';

export interface Problem {
  code: string;
  vendor: Vendor | null;
  /** ISO 8601, UTC; null when it isn't known. */
  since: string | null;
  hint: string;
}

type Found = Problem | undefined;

function since(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function findRefusal(house: House, vendor: Vendor): Found {
  const at = house.configuration.row()[`${vendor}_refused_at`];
  if (at === null) return undefined;
  const hint = 'Run: codesubmit-lever setup, with a key that works or a new login';
  return { code: 'needs_reauth', vendor, since: since(at), hint };
}

function findBrakes(house: House): Problem[] {
  const rows = house.database
    .prepare<[], { stage_name: string; tag: string; braked_at: number; held: number }>(
      `SELECT r.stage_name, r.tag, r.braked_at, (SELECT count(*) FROM decisions AS d
         WHERE d.is_current = 1 AND d.kind = 'hold' AND d.reason = 'brake' AND d.rule_id = r.id) AS held
       FROM rules AS r WHERE r.braked_at IS NOT NULL AND r.removed_at IS NULL`,
    )
    .all();
  return rows.map((row) => ({
    code: 'brake',
    vendor: null,
    since: since(row.braked_at),
    hint:
      `${String(row.held)} held at once in “${row.stage_name}” for the tag ${row.tag}: look at them, ` +
      'then run: codesubmit-lever approve --all',
  }));
}

interface CountedState {
  n: number;
  at: number | null;
  /** How many of them the program can't settle by itself. */
  left: number;
}

function countState(house: House, state: 'uncertain' | 'failed'): CountedState | undefined {
  const row = house.database
    .prepare<[string], CountedState>(
      `SELECT count(*) AS n, min(coalesce(intent_at, created_at)) AS at,
         count(*) - count(lookup_at) AS left FROM invitations WHERE state = ?`,
    )
    .get(state);
  return row && row.n > 0 ? row : undefined;
}

function findUncertain(house: House): Found {
  const found = countState(house, 'uncertain');
  if (!found) return undefined;
  const hint =
    found.left === 0
      ? 'Being looked up at CodeSubmit; nothing to do yet. See: codesubmit-lever status'
      : 'See whether CodeSubmit has it, then run: codesubmit-lever settle ID --sent or --not-sent';
  return { code: 'uncertain', vendor: 'codesubmit', since: since(found.at), hint };
}

function findFailed(house: House): Found {
  const found = countState(house, 'failed');
  if (!found) return undefined;
  const hint = 'Correct what was refused in Lever, or run: codesubmit-lever retry --failed';
  return { code: 'failed', vendor: 'codesubmit', since: since(found.at), hint };
}

function findUnknownChallenges(house: House): Problem[] {
  return house.rules
    .listActive()
    .filter((rule) => rule.isChallengeUnknown)
    .map((rule) => ({
      code: 'unknown_challenge',
      vendor: 'codesubmit',
      since: null,
      hint: `CodeSubmit does not know “${rule.challengeName}”: restore it there, or run: codesubmit-lever rules`,
    }));
}

/** `3 links`, `1 note`. */
function counted({ kind, n }: WritebackTally): string {
  return `${String(n)} ${kind}${n === 1 ? '' : 's'}`;
}

function findParked(house: House): Problem[] {
  return house.writebacks.parked().map((tally) => ({
    code: `${tally.kind}_not_written`,
    vendor: 'lever',
    since: since(tally.since),
    hint: `${counted(tally)} could not be put into Lever: run codesubmit-lever retry ID`,
  }));
}

function findMissingActingUser(house: House): Found {
  const at = house.configuration.row().acting_user_missing_at;
  if (at === null) return undefined;
  const hint =
    'Lever writes nothing without a user on whose behalf: links, notes and tags wait. ' +
    'Run: codesubmit-lever setup --perform-as USER_ID';
  return { code: 'perform_as_missing', vendor: 'lever', since: since(at), hint };
}

/** A key without the right, or an acting user whom Lever doesn't take, is refused each time. */
function findRefused(house: House): Problem[] {
  return house.writebacks.refused().map((tally) => {
    const { kind, error } = tally;
    const why = `${counted(tally)} not yet in Lever, which refuses (${error ?? ''})`;
    const hint = /: 40[03]\b/.test(error ?? '')
      ? `${why}: give the right to write, or an acting user: codesubmit-lever setup --perform-as USER_ID`
      : `${why}; tried again by itself. See: codesubmit-lever status`;
    return { code: `${kind}_refused`, vendor: 'lever', since: since(tally.since), hint };
  });
}

function findMissingLinks(house: House): Found {
  const row = house.database
    .prepare<[], { n: number; at: number | null }>(
      `SELECT count(*) AS n, min(invited_at) AS at FROM invitations
       WHERE state = 'invited' AND sealed_link IS NULL`,
    )
    .get();
  if (!row || row.n === 0) return undefined;
  return {
    code: 'link_not_found',
    vendor: 'codesubmit',
    since: since(row.at),
    hint:
      `${String(row.n)} challenges were sent, but no link was found in CodeSubmit’s replies: ` +
      'run codesubmit-lever setup, which asks for one, or setup --link-path PATH',
  };
}

function findNoRules(house: House): Found {
  if (house.rules.listActive().length > 0) return undefined;
  const hint = 'No rule says who gets which challenge: run codesubmit-lever rules add';
  return { code: 'no_rules', vendor: null, since: null, hint };
}

/** Empty when all is well. A home that is not in use has no problems but that. */
export function listProblems(house: House): Problem[] {
  const row = house.configuration.row();
  if (row.revoked_at !== null || row.set_up_at === null) {
    const code = row.revoked_at === null ? 'not_set_up' : 'revoked';
    const hint = 'Run: codesubmit-lever setup';
    return [{ code, vendor: null, since: since(row.revoked_at), hint }];
  }
  const found: (Found | Problem[])[] = [
    findRefusal(house, 'lever'),
    findRefusal(house, 'codesubmit'),
    findBrakes(house),
    findUncertain(house),
    findFailed(house),
    findUnknownChallenges(house),
    findParked(house),
    findMissingActingUser(house),
    findRefused(house),
    findMissingLinks(house),
    findNoRules(house),
  ];
  return found.flat().filter((problem) => problem !== undefined);
}
