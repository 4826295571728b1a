/** Plans what to change until Lever has one webhook per event, and we its token. Pure. */
import { MINUTE_MS } from '../../domain/clock.js';
import { withoutTrailingSlashes } from '../../domain/vendor-text.js';
import { type ListedWebhook, WEBHOOK_EVENTS, type WebhookEvent } from '../../domain/lever-ports.js';
import type { BegunWebhook, KeptWebhook } from '../../storage/state/webhook-store.js';

export interface WebhookSituation {
  /** The address of the webhooks; null if there should be none. */
  url: string | null;
  now: number;
  listed: readonly ListedWebhook[];
  inUse: readonly KeptWebhook[];
  begun: readonly BegunWebhook[];
  /** Replaces webhooks created before this time (epoch ms), even good ones; null for none. */
  renewBefore: number | null;
}

export interface WebhookPlan {
  /** Rows whose webhook Lever no longer has. */
  lost: number[];
  /** Rows no longer needed. */
  unwanted: number[];
  /** Webhooks in Lever at our address whose token we don't have. */
  strays: ListedWebhook[];
  make: WebhookEvent[];
  /** Intents that led to nothing. */
  vain: number[];
}

/** Lever's list may not show a new webhook at once. */
const LIST_LAG_MS = 5 * MINUTE_MS;

/** Lever may store an address in another spelling: case of the host, a slash at the end. */
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

/** At our address and for our event, but without a token of ours. */
function isStray({ url, inUse, begun }: WebhookSituation, listed: ListedWebhook): boolean {
  if (inUse.some(({ vendorId }) => vendorId === listed.id)) return false;
  const isAt = (address: string | null): boolean =>
    address !== null && isSameUrl(address, listed.url);
  const isEvent = WEBHOOK_EVENTS.some((event) => event === listed.event);
  if (isEvent && isAt(url)) return true;
  return begun.some((one) => one.event === listed.event && isAt(one.url));
}

/** Not used again, but watched while the list may be behind. */
function isVain(
  { url, now }: WebhookSituation,
  { event, url: begunUrl, begunAt }: BegunWebhook,
  make: readonly WebhookEvent[],
): boolean {
  const isToday = url !== null && isSameUrl(begunUrl, url);
  return now - begunAt > LIST_LAG_MS && !(isToday && make.includes(event));
}
