/** What is to be done so that Lever has one webhook of ours for each event, and we its token. Pure. */
import { MINUTE_MS } from '../../domain/clock.js';
import { withoutTrailingSlashes } from '../../domain/vendor-text.js';
import { type ListedWebhook, WEBHOOK_EVENTS, type WebhookEvent } from '../../domain/lever-ports.js';
import type { BegunWebhook, KeptWebhook } from '../../storage/state/webhook-store.js';

export interface WebhookSituation {
  /** Where webhooks are to come; null when there are to be none. */
  url: string | null;
  now: number;
  listed: readonly ListedWebhook[];
  inUse: readonly KeptWebhook[];
  begun: readonly BegunWebhook[];
  /** Those made before are replaced though nothing is wrong with them (epoch ms); null for none. */
  renewBefore: number | null;
}

export interface WebhookPlan {
  /** Rows that Lever has lost. */
  lost: number[];
  /** Rows that are not wanted any more. */
  unwanted: number[];
  /** Lever's, at our address, with a token that nobody has. */
  strays: ListedWebhook[];
  make: WebhookEvent[];
  /** Intents of which nothing came. */
  vain: number[];
}

/** Nobody promises that Lever's list shows at once what was made. */
const LIST_LAG_MS = 5 * MINUTE_MS;

/** Lever may keep an address in another spelling: case of the host, a slash at the end. */
export function isSameUrl(a: string, b: string): boolean {
  const normal = (url: string) =>
    withoutTrailingSlashes(URL.canParse(url) ? new URL(url).href : url);
  return normal(a) === normal(b);
}

export function planWebhooks(situation: WebhookSituation): WebhookPlan {
  const { url, inUse, begun, renewBefore } = situation;
  const lost = inUse.filter((kept) => isLost(situation, kept));
  const there = inUse.filter((kept) => !lost.includes(kept));
  const isGood = (kept: KeptWebhook): boolean =>
    url !== null &&
    isSameUrl(kept.url, url) &&
    (renewBefore === null || kept.madeAt >= renewBefore);
  const good = new Set(there.filter(isGood).map(({ event }) => event));
  const make = url === null ? [] : WEBHOOK_EVENTS.filter((event) => !good.has(event));
  return {
    lost: idsOf(lost),
    unwanted: url === null ? idsOf(there) : [],
    strays: situation.listed.filter((listed) => isStray(situation, listed)),
    make,
    vain: idsOf(begun.filter((one) => isVain(situation, one, make))),
  };
}

function idsOf(rows: readonly { id: number }[]): number[] {
  return rows.map(({ id }) => id);
}

function isLost({ listed, now }: WebhookSituation, kept: KeptWebhook): boolean {
  const shown = listed.find(({ id }) => id === kept.vendorId);
  if (shown === undefined) return now - kept.madeAt > LIST_LAG_MS;
  return shown.event !== kept.event || !isSameUrl(shown.url, kept.url);
}

/** At an address of ours and for an event of ours, but none that we have the token of. */
function isStray({ url, inUse, begun }: WebhookSituation, listed: ListedWebhook): boolean {
  if (inUse.some(({ vendorId }) => vendorId === listed.id)) return false;
  const isAt = (address: string | null): boolean =>
    address !== null && isSameUrl(address, listed.url);
  const isEvent = WEBHOOK_EVENTS.some((event) => event === listed.event);
  if (isEvent && isAt(url)) return true;
  return begun.some((one) => one.event === listed.event && isAt(one.url));
}

/** Not used again; still watched while the list may be behind. */
function isVain(
  { url, now }: WebhookSituation,
  { event, url: begunUrl, begunAt }: BegunWebhook,
  make: readonly WebhookEvent[],
): boolean {
  const isToday = url !== null && isSameUrl(begunUrl, url);
  return now - begunAt > LIST_LAG_MS && !(isToday && make.includes(event));
}
