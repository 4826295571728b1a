/** Reports to the admin: a text to their webhook, and a call to their heartbeat monitor. */
import { hostname } from 'node:os';
import { AppError } from '../domain/errors.js';
import { withoutAddresses } from '../domain/failure-words.js';
import { visible } from '../domain/vendor-text.js';
import type { WrongFact } from '../store/facts.js';
import { REPORT_ADDRESSES, type ReportAddress } from '../store/settings/vendor-addresses.js';
import { connectionAgents, retryAfterMs, sendRequest, WireFailure } from './send-request.js';

const TOTAL_MS = 20_000;
const MAX_REPLY_BYTES = 64 * 1024;

type Posting =
  | { kind: 'taken' }
  /** `why` contains nothing of the address, which is a secret. */
  | { kind: 'refused'; why: string; retryAfterMs?: number | undefined };

interface Caller {
  version: string;
  signal?: AbortSignal | undefined;
}

/** Hosts of Microsoft Teams workflows. They accept any message, but fail later unless it is a card. */
const TEAMS_HOSTS = ['.logic.azure.com', '.powerplatform.com'];

/** A message with an Adaptive Card, as Microsoft documents it for incoming webhooks and workflows. */
function cardOf(text: string) {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.2',
    body: [{ type: 'TextBlock', text, wrap: true }],
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content }] };
}

/**
 * Calls one of the admin's addresses once: posts the text, as `{ text }` or as a card for Teams; without a text it
 * only calls the address. `taken` after any 2xx, else `refused` with why. Throws only `configuration`, for an invalid
 * proxy address.
 */
export async function callAddress(
  url: URL,
  { version, signal }: Caller,
  text?: string,
): Promise<Posting> {
  const isPost = text !== undefined;
  const isTeams = TEAMS_HOSTS.some((host) => url.hostname.endsWith(host));
  const headers = {
    'user-agent': `codesubmit-lever/${version}`,
    ...(isPost && { 'content-type': 'application/json' }),
  };
  try {
    const reply = await sendRequest({
      method: isPost ? 'POST' : 'GET',
      url,
      headers,
      body: isPost ? JSON.stringify(isTeams ? cardOf(text) : { text }) : undefined,
      // Those for writes always make a new connection: an idle one may have been closed by the other side.
      agents: connectionAgents(url).writes,
      totalMs: TOTAL_MS,
      maxBytes: MAX_REPLY_BYTES,
      signal,
    });
    if (reply.status >= 200 && reply.status < 300) return { kind: 'taken' };
    const why = `it answered ${String(reply.status)}`;
    return { kind: 'refused', why, retryAfterMs: retryAfterMs(reply.headers) };
  } catch (error) {
    if (!(error instanceof WireFailure)) throw error;
    return { kind: 'refused', why: error.message };
  }
}

/**
 * The text on one line. Stage and challenge names may contain anything, and the text leaves this machine. So it has no
 * link, no e-mail address, and nothing that a chat treats as markup or a mention: `<!channel>`, `@here`, a character
 * that reverses the line.
 */
function plainForChat(text: string): string {
  const words = withoutAddresses(text)
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replaceAll('@', '＠')
    .replaceAll('&', '＆')
    .replace(/\s+/g, ' ');
  return visible(words);
}

/** How a message begins: it names the machine, because several may post to one channel. */
function messageStart(): string {
  return `codesubmit-lever on ${plainForChat(hostname())}`;
}

/** That a problem began, or that it is over. */
export interface Message extends WrongFact {
  isOver?: boolean;
}

/** The text of one message to the channel: that something needs attention, or (`isOver`) that it's resolved. */
export function alarmText({ isOver, what, fix }: Pick<Message, 'isOver' | 'what' | 'fix'>): string {
  return isOver === true
    ? `${messageStart()}: resolved: ${plainForChat(what)}`
    : `${messageStart()}: ${plainForChat(what)}. ${plainForChat(fix)}`;
}

/**
 * Tests one of the admin's addresses: posts a message for alarms, or calls the heartbeat. Throws `vendor` when it isn't
 * accepted, `configuration` for an invalid proxy address.
 */
export async function testReportAddress(
  name: ReportAddress,
  url: URL,
  caller: Caller,
): Promise<void> {
  const text = `${messageStart()}: test. Alarms will appear here.`;
  const reply = await callAddress(url, caller, name === 'alarm_url' ? text : undefined);
  if (reply.kind === 'taken') return;
  const { what, fix } = REPORT_ADDRESSES[name];
  throw new AppError('vendor', `The ${what} did not accept a test (${reply.why}).`, fix);
}
