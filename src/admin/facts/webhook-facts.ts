/** Facts of the way from Lever to this daemon: address, signing token, deliveries. */
import { countMovesSince } from '../../store/candidates.js';
import { isLoopback } from '../../domain/base-url.js';
import { MINUTE_MS } from '../../domain/clock.js';
import { count, formatDuration } from '../../domain/format.js';
import { codesubmitIntegration, otherIntegration, webhooksTab } from '../setup/foreign-webhooks.js';
import { webhookUrl } from '../../store/settings/settings.js';
import { findDiskTrouble } from './disk.js';
import type { Inspection } from './inspection.js';
import { UNTRIED, type Answer, type Fact, type Known, type Wrong } from './fact.js';

const NEW_URL = 'Correct the proxy or the address: codesubmit-lever setup --public-url URL';
const GIVE_TOKEN =
  'Copy the webhook’s signature token from Lever, not the “token” of a delivery. Then run: codesubmit-lever setup --signing-token-file FILE';

function isWanted({ configuration }: Pick<Known, 'configuration'>): boolean {
  const { publicUrl, webhookWay } = configuration.current().settings;
  return publicUrl !== null && webhookWay !== 'none';
}

function unsetWebhook(known: Known): string | undefined {
  return isWanted(known) ? undefined : 'regular checks of the stages do the work';
}

function unsetAddress({ configuration }: Known): string | undefined {
  const { publicUrl } = configuration.current().settings;
  return publicUrl === null ? 'no public address' : undefined;
}

/** On loopback it's practice. */
function findPlainAddress({ configuration }: Known): Wrong | undefined {
  const { publicUrl } = configuration.current().settings;
  if (publicUrl?.startsWith('http:') !== true || isLoopback(new URL(publicUrl))) return undefined;
  return {
    what: 'Lever accepts https addresses only',
    fix: 'Use one: codesubmit-lever setup --public-url URL',
  };
}

/** Until Lever has tried it with Verify Connection. */
function findUnverified({ configuration }: Known): Wrong | undefined {
  if (!isWanted({ configuration })) return undefined;
  const { settings, signingTokens } = configuration.current();
  if (signingTokens.length === 0) {
    return {
      what: 'No signing token is stored, so every webhook is rejected',
      fix: `In ${webhooksTab(settings)}, create a webhook for Candidate Stage Change with the URL ${webhookUrl(settings) ?? ''}. Copy its signature token, then run: codesubmit-lever setup --signing-token-file FILE`,
    };
  }
  const { last_delivery_at: lastAt, webhook_verified_at: verifiedAt } = configuration.row();
  if (lastAt !== null && verifiedAt !== null) return undefined;
  return {
    what: 'Lever’s webhook isn’t verified yet. Until then the stages are checked every few minutes',
    fix: `In ${webhooksTab(settings)}, enter ${webhookUrl(settings) ?? ''} for Candidate Stage Change, turn it on and press Verify Connection while the daemon runs`,
  };
}

function lastHeard({ integration, clock }: Known): string {
  const now = clock.now();
  const { last_delivery_at: lastAt } = integration.read();
  return `Verified; the last webhook came ${formatDuration(now - (lastAt ?? now))} ago`;
}

/** While genuine deliveries come, the token is right, however many forged ones come too. */
const QUIET_MS = 15 * MINUTE_MS;

/** A delivery whose signature matches none of our tokens, and no genuine one since. */
function findRefusedSignature({ integration, clock }: Known): Wrong | undefined {
  const { signatures_refused_at: since, last_delivery_at: lastAt } = integration.read();
  if (since === null) return undefined;
  const isQuiet = lastAt === null || clock.now() - lastAt >= QUIET_MS;
  return {
    level: isQuiet ? 'fail' : 'warn',
    since,
    what: 'A webhook was rejected: its signature doesn’t match the stored token',
    fix: GIVE_TOKEN,
  };
}

/** The clocks may differ, and Lever may send late. */
const LATE_MS = 5 * MINUTE_MS;
/** The sweep must have found the oldest unannounced move this long after it happened. */
const SILENT_MS = 30 * MINUTE_MS;
/** One missing delivery may be of a kind that Lever doesn't announce. */
const MOVES_MISSED = 2;

/** Sweeps keep finding candidates moved after the last delivery: late, but not lost. */
function findSilence({ configuration, integration, database, clock }: Known): Wrong | undefined {
  if (!isWanted({ configuration }) || configuration.current().signingTokens.length === 0)
    return undefined;
  const row = integration.read();
  const heardAt = Math.max(row.last_delivery_at ?? 0, row.set_up_at ?? 0);
  const missed = countMovesSince(database, heardAt + LATE_MS);
  const isSilent = missed.at !== null && clock.now() - missed.at >= SILENT_MS;
  if (!isSilent || missed.n < MOVES_MISSED) return undefined;
  return {
    since: missed.at,
    what: `Lever’s webhook is silent: ${count(missed.n, 'move')} had to be found by checking the stages`,
    fix: 'In Lever’s Webhooks settings, check that the webhook for Candidate Stage Change is on and has the URL shown by the command below. Then press Verify Connection: codesubmit-lever status',
  };
}

/** Without permission to list webhooks, a second integration is noticed by what it sends. */
const lookForForeign =
  (find: typeof otherIntegration, fine: string) =>
  async ({ webhooks, settings }: Inspection): Promise<Answer> => {
    const listed = await webhooks();
    if (listed === null) return { unknown: 'this key may not list webhooks' };
    return find(listed, settings) ?? fine;
  };

async function askPublicUrl(inspection: Inspection, signal: AbortSignal): Promise<Answer> {
  const { home, settings } = inspection;
  const { publicUrl } = settings;
  if (publicUrl === null) return '';
  if (findDiskTrouble(home.folder)?.code === 'storage_full') return { unknown: 'the disk is full' };
  const { tryWayIn } = await import('./way-in.js');
  return tryWayIn(inspection, publicUrl, signal, NEW_URL);
}

export const WEBHOOK_FACTS: readonly Fact[] = [
  { id: 'webhook', unset: unsetWebhook, left: findUnverified, fine: lastHeard },
  {
    id: 'signatures',
    code: 'signatures_refused',
    vendor: 'lever',
    unset: unsetWebhook,
    fine: 'No webhook is rejected for its signature',
    untried: UNTRIED.webhook,
    find: findRefusedSignature,
  },
  {
    id: 'webhook_heard',
    title: 'webhooks',
    code: 'webhook_silent',
    vendor: 'lever',
    unset: unsetWebhook,
    fine: 'Lever’s webhook has missed no move',
    untried: UNTRIED.webhook,
    find: findSilence,
  },
  {
    id: 'other_integration',
    code: 'second_integration',
    vendor: 'lever',
    ask: lookForForeign(otherIntegration, 'Lever has no webhook of another codesubmit-lever'),
    pace: 'daily',
  },
  {
    id: 'codesubmit_integration',
    title: 'CodeSubmit’s own integration',
    code: 'codesubmit_integration_on',
    vendor: 'codesubmit',
    ask: lookForForeign(codesubmitIntegration, 'CodeSubmit’s own integration is off in Lever'),
    pace: 'daily',
  },
  {
    id: 'public_url',
    title: 'public URL',
    code: 'public_url',
    left: findPlainAddress,
    unset: unsetAddress,
    ask: askPublicUrl,
    pace: 'daily',
  },
];
