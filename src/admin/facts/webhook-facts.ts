/** Facts of the way from Lever to this daemon: address, signing token, deliveries, and webhooks of other programs. */
import { countMovesSince } from '../../store/candidates.js';
import { lastTriggeredAt } from '../../store/deliveries.js';
import { leverAppUrl } from '../../store/settings/vendor-addresses.js';
import { isLoopback } from '../../domain/vendor-text.js';
import { MINUTE_MS } from '../../domain/clock.js';
import { count } from '../../domain/format.js';
import { webhookUrl, type Settings } from '../../store/settings/settings.js';
import type { Inspection } from './inspection.js';
import { UNTRIED, type Answer, type Fact, type Known, type Unknown, type Wrong } from './fact.js';

const WEBHOOK_PATH = /\/webhooks\/lever\/([A-Za-z0-9_-]{8,128})\/*$/;

/** The page of Lever's settings where webhooks are made. */
export function webhooksTab(settings: Settings): string {
  return `${leverAppUrl(settings)}/settings/integrations?tab=webhooks`;
}

/** Whether Lever is to send webhooks. Not without a public address, or if the admin chose to do without them. */
function isWebhookWanted({ configuration }: Pick<Known, 'configuration'>): boolean {
  const { publicUrl, webhookWay } = configuration.current().settings;
  return publicUrl !== null && webhookWay !== 'none';
}

/** What happens instead, where no webhook is wanted: a fact's `unset`. Undefined where one is. */
function unsetWebhook(known: Known): string | undefined {
  return isWebhookWanted(known) ? undefined : 'regular checks of the stages do the work';
}

/** The webhook's step of the setup: done once Lever's Verify Connection, or a first genuine delivery, has arrived. */
function findUnverified({ configuration, integration }: Known): Wrong | undefined {
  if (!isWebhookWanted({ configuration })) return undefined;
  const { settings, signingTokens } = configuration.current();
  if (signingTokens.length === 0) {
    return {
      what: 'No signing token is stored, so every webhook is rejected',
      fix: `In ${webhooksTab(settings)}, create a webhook for Candidate Stage Change with the URL ${webhookUrl(settings) ?? ''}. Copy its signature token, then run: codesubmit-lever setup --signing-token-file FILE`,
    };
  }
  if (integration.read().webhook_verified_at !== null) return undefined;
  return {
    what: 'Lever’s webhook isn’t verified yet. Until then the stages are checked every few minutes',
    fix: `In ${webhooksTab(settings)}, enter ${webhookUrl(settings) ?? ''} for Candidate Stage Change, turn it on and press Verify Connection while the daemon runs`,
  };
}

/**
 * Without a genuine delivery for this long, the stored token is probably wrong. While genuine ones come, it's right,
 * however many forged ones come too.
 */
const NOTHING_GENUINE_MS = 15 * MINUTE_MS;

/** A delivery whose signature matched none of our tokens. The next genuine one ends the problem. */
function findRefusedSignature({ integration, clock }: Known): Wrong | undefined {
  const { signatures_refused_at: since, last_delivery_at: lastAt } = integration.read();
  if (since === null) return undefined;
  // Had a genuine one come lately, the token would be right, and the rejected one probably forged: only a warning.
  const isTokenDoubtful = lastAt === null || clock.now() - lastAt >= NOTHING_GENUINE_MS;
  return {
    level: isTokenDoubtful ? 'fail' : 'warn',
    since,
    what: 'A webhook was rejected: its signature doesn’t match the stored token',
    fix: 'Copy the webhook’s signature token from Lever, not the “token” of a delivery. Then run: codesubmit-lever setup --signing-token-file FILE',
  };
}

/**
 * A move this soon after the last delivery may have been in it: Lever may send late. Our clock, which dates the daemon's
 * start, may also be this much behind Lever's, which dates moves.
 */
const LATE_DELIVERY_MS = 5 * MINUTE_MS;
/** The oldest unannounced move must be this old, so a delivery that is only late isn't counted as missing. */
const MISSED_FOR_MS = 30 * MINUTE_MS;
/** A single move without a delivery may be of a kind that Lever doesn't announce. */
const MOVES_MISSED = 2;

/**
 * Lever's webhook is silent: sweeps keep finding candidates who were moved after the last delivery. While the daemon was
 * off, none could come.
 */
function findSilence({ configuration, integration, database, clock }: Known): Wrong | undefined {
  if (configuration.current().signingTokens.length === 0) return undefined;
  const { set_up_at: setUpAt, daemon_started_at: startedAt } = integration.read();
  // From then on a delivery can be missing. Compared with Lever's time of the moves, so the last delivery counts by
  // Lever's clock too.
  const heardAt = Math.max(lastTriggeredAt(database) ?? 0, setUpAt ?? 0, startedAt ?? 0);
  const missed = countMovesSince(database, heardAt + LATE_DELIVERY_MS);
  const isLongMissed = missed.at !== null && clock.now() - missed.at >= MISSED_FOR_MS;
  if (!isLongMissed || missed.n < MOVES_MISSED) return undefined;
  return {
    since: missed.at,
    what: `Lever’s webhook is silent: ${count(missed.n, 'move')} had to be found by checking the stages`,
    fix: 'In Lever’s Webhooks settings, check that the webhook for Candidate Stage Change is on and has the URL shown by the command below. Then press Verify Connection: codesubmit-lever status',
  };
}

/**
 * The addresses of the webhooks that Lever lists. A key that may not list them leaves unknown whether there are others:
 * a second integration still shows by the challenges it sends.
 */
async function listWebhookUrls({ webhooks }: Inspection): Promise<URL[] | Unknown> {
  const listed = await webhooks();
  if (listed === null) return { unknown: 'this key may not list webhooks' };
  return listed.flatMap(({ url }) => (URL.canParse(url) ? [new URL(url)] : []));
}

/** A webhook of this program with another id than ours, whatever its host: only the id tells integrations apart. */
async function askOtherIntegration(inspection: Inspection): Promise<Answer> {
  const urls = await listWebhookUrls(inspection);
  if ('unknown' in urls) return urls;
  const { settings } = inspection;
  const others = urls.filter(({ pathname }) => {
    const id = WEBHOOK_PATH.exec(pathname)?.[1];
    return id !== undefined && id !== settings.webhookId;
  });
  if (others.length === 0) return 'Lever has no webhook of another codesubmit-lever';
  const hosts = [...new Set(others.map(({ host }) => host))];
  return {
    what: `This Lever account is connected to another codesubmit-lever: Lever sends webhooks to ${hosts.join(', ')} too`,
    fix: `Keep one, and disconnect the other by revoke on its machine; if it is gone, delete its webhook in ${webhooksTab(settings)}`,
  };
}

/** Whether CodeSubmit invites candidates by itself too: then Lever has a webhook to CodeSubmit. */
async function askCodeSubmitIntegration(inspection: Inspection): Promise<Answer> {
  const urls = await listWebhookUrls(inspection);
  if ('unknown' in urls) return urls;
  if (!urls.some(({ hostname }) => /(^|\.)codesubmit\.io$/.test(hostname)))
    return 'CodeSubmit’s own integration is off in Lever';
  return {
    what: 'CodeSubmit’s own integration is on',
    fix: `Turn it off, or candidates are invited twice: on CodeSubmit’s integrations page, or delete its webhook in ${webhooksTab(inspection.settings)}`,
  };
}

export const WEBHOOK_FACTS: readonly Fact[] = [
  {
    id: 'webhook',
    unset: unsetWebhook,
    setupStep: findUnverified,
    // Until a webhook has come and was verified, `setupStep` says what to do.
    fine: 'Lever’s webhook is verified',
  },
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
    ask: askOtherIntegration,
    pace: 'daily',
  },
  {
    id: 'codesubmit_integration',
    title: 'CodeSubmit’s own integration',
    code: 'codesubmit_integration_on',
    vendor: 'codesubmit',
    ask: askCodeSubmitIntegration,
    pace: 'daily',
  },
  {
    id: 'public_url',
    title: 'public URL',
    code: 'public_url',
    unset: ({ configuration }) =>
      configuration.current().settings.publicUrl === null ? 'no public address' : undefined,
    /** A public address without TLS. On loopback it's only for practice, where Lever is a simulator. */
    setupStep: ({ configuration }) => {
      const { publicUrl } = configuration.current().settings;
      if (publicUrl?.startsWith('http:') !== true || isLoopback(new URL(publicUrl)))
        return undefined;
      return {
        what: 'Lever accepts https addresses only',
        fix: 'Use one: codesubmit-lever setup --public-url URL',
      };
    },
    /** Loaded only when asked: `status` imports this table too, and makes no calls. */
    ask: async (inspection, signal) => {
      const { askPublicUrl } = await import('./public-address.js');
      return askPublicUrl(inspection, signal);
    },
    pace: 'daily',
  },
];
