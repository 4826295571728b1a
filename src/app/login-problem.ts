/** How long the login to Lever lives on, and the problem that it is when that is not long. */
import { DAY_MS } from '../domain/clock.js';
import type { Problem } from '../domain/problem.js';
import { inWords } from './in-words.js';
import type { House } from './house.js';
import { findGrant, type Grant } from './stored-grant.js';

/** A refresh token lives one year, or dies after 90 idle days, says Lever. */
const LIFE_MS = 365 * DAY_MS;
const IDLE_LIFE_MS = 90 * DAY_MS;
const AHEAD_MS = 30 * DAY_MS;
/** By then it is urgent: not every day is a Super Admin at hand. */
const SHORT_MS = 7 * DAY_MS;
const AGAIN = 'Let a Super Admin log in again: codesubmit-lever setup --new-login';

/** How long the login lives on if it is not renewed by hand; negative when it has ended. */
export function loginLeftMs({ loggedInAt, refreshedAt }: Grant, now: number): number {
  return Math.min(loggedInAt + LIFE_MS, refreshedAt + IDLE_LIFE_MS) - now;
}

/** Undefined for an API key, and while the login is good for more than a month. */
export function findLoginProblem(house: House): Problem | undefined {
  const { configuration, secrets, surroundings } = house;
  if (configuration.current().settings.leverAuth === 'api_key') return undefined;
  const now = surroundings.clock.now();
  const grant = findGrant(secrets, now);
  const leftMs = grant ? loginLeftMs(grant, now) : 0;
  if (leftMs > AHEAD_MS) return undefined;
  return {
    code: 'login_ending',
    vendor: 'lever',
    since: grant ? new Date(now + leftMs - AHEAD_MS).toISOString() : null,
    level: leftMs > SHORT_MS ? 'warn' : 'fail',
    what: whatIsSo(grant, leftMs),
    mend: AGAIN,
  };
}

function whatIsSo(grant: Grant | undefined, leftMs: number): string {
  if (!grant) return 'No login to Lever is stored';
  return leftMs > 0
    ? `The login to Lever ends in ${inWords(leftMs)}`
    : 'The login to Lever has come to its end';
}
