/** How long the login to Lever lives on, and the problem that it is when that is not long. */
import { DAY_MS, MINUTE_MS, type Clock } from '../../domain/clock.js';
import { formatDuration, count } from '../../domain/format.js';
import type { Problem } from '../../domain/problem.js';
import type { DecisionStore } from '../../pipeline/decide/decision-store.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { SecretStore } from '../../storage/settings/secret-store.js';
import { findGrant, type Grant } from '../../vendors/lever/login/grant.js';

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
export function findLoginProblem({
  configuration,
  secrets,
  clock,
}: {
  configuration: LiveConfiguration;
  secrets: SecretStore;
  clock: Clock;
}): Problem | undefined {
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
    ? `The login to Lever ends in ${formatDuration(leftMs)}`
    : 'The login to Lever has come to its end';
}

// What is wrong between Lever's webhooks and us, as far as received and missing deliveries show.

export const GIVE_TOKEN =
  'Copy the webhook’s signature token from Lever, then run: codesubmit-lever setup --signing-token-file FILE';
export const MAKE_THEM = 'Run: codesubmit-lever setup --webhook api';

const SEE_TO_IT =
  'In Lever’s Webhooks settings see that the webhook for Candidate Stage Change is there and switched on, with the URL that is shown by the command below, then press Verify Connection: codesubmit-lever status';

/** The two clocks may differ, and Lever may send late. */
const LATE_MS = 5 * MINUTE_MS;
/** The sweep must have found the oldest move that nobody announced so long after it. */
const SILENT_MS = 30 * MINUTE_MS;
/** One may be of a kind that Lever doesn't announce. */
const MOVES_MISSED = 2;

/** Deliveries with a signature that is none of our tokens', one after the other. */
export function findRefusedSignatures({
  configuration,
}: {
  configuration: LiveConfiguration;
}): Problem | undefined {
  const at = configuration.row().signatures_refused_at;
  if (at === null) return undefined;
  const isByApi = configuration.current().settings.webhookWay === 'api';
  return {
    code: 'signatures_refused',
    vendor: 'lever',
    since: new Date(at).toISOString(),
    level: 'fail',
    what: 'Every webhook of late is refused: its signature is not of the token that is stored',
    fix: isByApi ? `${MAKE_THEM} --renew-webhook` : GIVE_TOKEN,
  };
}

/** Sweeps find people who were moved after the last delivery, and have for a while. Nobody is lost, but all are late. */
export function findSilentWebhook({
  configuration,
  decisions,
  clock,
}: {
  configuration: LiveConfiguration;
  decisions: DecisionStore;
  clock: Clock;
}): Problem | undefined {
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
    what: `Lever’s webhook is silent: sweeps found ${count(missed.n, 'move')} that it did not announce`,
    fix: SEE_TO_IT,
  };
}
