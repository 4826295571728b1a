/** What is wrong with the way from Lever to us, as far as what has come and what has not tells. */
import { MINUTE_MS } from '../domain/clock.js';
import type { Problem } from '../domain/problem.js';
import { count } from './in-words.js';
import type { House } from './house.js';

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
export function findRefusedSignatures(house: House): Problem | undefined {
  const at = house.configuration.row().signatures_refused_at;
  if (at === null) return undefined;
  const isByApi = house.configuration.current().settings.webhookWay === 'api';
  return {
    code: 'signatures_refused',
    vendor: 'lever',
    since: new Date(at).toISOString(),
    level: 'fail',
    what: 'Every webhook of late is refused: its signature is not of the token that is stored',
    mend: isByApi ? `${MAKE_THEM} --renew-webhook` : GIVE_TOKEN,
  };
}

/** Sweeps find people who were moved after the last delivery, and have for a while. Nobody is lost, but all are late. */
export function findSilentWebhook(house: House): Problem | undefined {
  const { settings, signingTokens } = house.configuration.current();
  if (settings.publicUrl === null || settings.webhookWay === 'none') return undefined;
  if (signingTokens.length === 0) return undefined;
  const row = house.configuration.row();
  const heardAt = Math.max(row.last_delivery_at ?? 0, row.set_up_at ?? 0);
  const missed = house.decisions.countMovesSince(heardAt + LATE_MS);
  const now = house.surroundings.clock.now();
  if (missed.n < MOVES_MISSED || missed.at === null || now - missed.at < SILENT_MS) {
    return undefined;
  }
  return {
    code: 'webhook_silent',
    vendor: 'lever',
    since: new Date(missed.at).toISOString(),
    level: 'fail',
    what: `Lever’s webhook is silent: sweeps found ${count(missed.n, 'move')} that it did not announce`,
    mend: SEE_TO_IT,
  };
}
