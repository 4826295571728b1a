/** How long the Lever login remains valid, and what is wrong between Lever's webhooks and us. */
import { DAY_MS, MINUTE_MS, type Clock } from '../../domain/clock.js';
import { formatDuration, count } from '../../domain/format.js';
import type { Problem } from '../../domain/problem.js';
import type { DecisionStore } from '../../pipeline/decide/decision-store.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { SecretStore } from '../../storage/settings/secret-store.js';
import { findGrant, type Grant } from '../../vendors/lever/login/grant.js';

/** Lever: a refresh token lives one year, or 90 idle days. */
const LIFE_MS = 365 * DAY_MS;
const IDLE_LIFE_MS = 90 * DAY_MS;
const AHEAD_MS = 30 * DAY_MS;
/** From here on it is urgent: a Super Admin isn't available every day. */
const SHORT_MS = 7 * DAY_MS;
const AGAIN = 'Ask a Super Admin to log in again: codesubmit-lever setup --new-login';

/** How long the login remains valid if no one logs in again; negative once it has ended. */
export function loginLeftMs({ loggedInAt, refreshedAt }: Grant, now: number): number {
  return Math.min(loggedInAt + LIFE_MS, refreshedAt + IDLE_LIFE_MS) - now;
}

interface ConnectionSources {
  configuration: LiveConfiguration;
  secrets: SecretStore;
  decisions: DecisionStore;
  clock: Clock;
}

export function findConnectionProblems(sources: ConnectionSources): Problem[] {
  const found = [
    findLoginProblem(sources),
    findRefusedSignatures(sources.configuration),
    findSilentWebhook(sources),
  ];
  return found.filter((problem) => problem !== undefined);
}

/** Undefined for an API key, and while the login is valid for more than a month. */
function findLoginProblem({
  configuration,
  secrets,
  clock,
}: ConnectionSources): Problem | undefined {
  if (configuration.current().settings.leverAuth === 'api_key') return undefined;
  const now = clock.now();
  const grant = findGrant(secrets, now);
  const leftMs = grant ? loginLeftMs(grant, now) : 0;
  if (leftMs > AHEAD_MS) return undefined;
  return {
    code: 'login_ending',
    vendor: 'lever',
    since: grant ? new Date(now + leftMs - AHEAD_MS).toISOString() : null,
    level: leftMs > SHORT_MS ? 'warn' : 'fail',
    what: whatIsSo(grant, leftMs),
    fix: AGAIN,
  };
}

function whatIsSo(grant: Grant | undefined, leftMs: number): string {
  if (!grant) return 'No login to Lever is stored';
  return leftMs > 0
    ? `The Lever login expires in ${formatDuration(leftMs)}`
    : 'The Lever login has expired';
}

// What is wrong with Lever's webhooks, judging by received and missing deliveries.

export const GIVE_TOKEN =
  'Copy the webhook’s signature token from Lever, then run: codesubmit-lever setup --signing-token-file FILE';

const SEE_TO_IT =
  'In Lever’s Webhooks settings, check that the webhook for Candidate Stage Change is on and has the URL shown by the command below. Then press Verify Connection: codesubmit-lever status';

/** The clocks may differ, and Lever may send late. */
const LATE_MS = 5 * MINUTE_MS;
/** The sweep must have found the oldest unannounced move this long after it happened. */
const SILENT_MS = 30 * MINUTE_MS;
/** One missing delivery may be of a kind that Lever doesn't announce. */
const MOVES_MISSED = 2;

/** Consecutive deliveries whose signature matches none of our tokens. */
function findRefusedSignatures(configuration: LiveConfiguration): Problem | undefined {
  const at = configuration.row().signatures_refused_at;
  if (at === null) return undefined;
  return {
    code: 'signatures_refused',
    vendor: 'lever',
    since: new Date(at).toISOString(),
    level: 'fail',
    what: 'Recent webhooks were all rejected: their signature doesn’t match the stored token',
    fix: GIVE_TOKEN,
  };
}

/** Sweeps keep finding candidates moved after the last delivery: late, but not lost. */
function findSilentWebhook({
  configuration,
  decisions,
  clock,
}: ConnectionSources): Problem | undefined {
  const { settings, signingTokens } = configuration.current();
  if (settings.publicUrl === null || settings.webhookWay === 'none') return undefined;
  if (signingTokens.length === 0) return undefined;
  const row = configuration.row();
  const heardAt = Math.max(row.last_delivery_at ?? 0, row.set_up_at ?? 0);
  const missed = decisions.countMovesSince(heardAt + LATE_MS);
  const now = clock.now();
  if (missed.n < MOVES_MISSED || missed.at === null || now - missed.at < SILENT_MS) {
    return undefined;
  }
  return {
    code: 'webhook_silent',
    vendor: 'lever',
    since: new Date(missed.at).toISOString(),
    level: 'fail',
    what: `Lever’s webhook is silent: ${count(missed.n, 'move')} had to be found by checking the stages`,
    fix: SEE_TO_IT,
  };
}
