/** Tries the public address: whether this program answers there, and signed webhooks arrive in this data directory. */
import { randomBytes } from 'node:crypto';
import { ApiError, messageOf } from '../../domain/errors.js';
import { isDelivered, OWN_TEST_EVENT } from '../../store/deliveries.js';
import { sign } from '../../lever/verify-delivery.js';
import { findDiskTrouble } from './machine-facts.js';
import type { Answer, Wrong } from './fact.js';
import type { Inspection } from './inspection.js';
import { networkInWords } from '../../domain/failure-words.js';
import { HttpClient, type HttpSettings } from '../../net/http-client.js';

const TIMEOUT_MS = 10_000;

/**
 * Reasons why a call fails in a network that doesn't show its own public address to machines inside. Lever may reach
 * the address all the same.
 */
const REASONS_WHEN_HIDDEN = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|(connect )?timeout)$/;

/**
 * A client of our own public address. It has a `vendor` only because the type needs one: Lever's clock and metrics
 * aren't touched. Throws `configuration` if this address or a proxy's is invalid.
 */
function publicClient(publicUrl: string, settings: HttpSettings): HttpClient {
  return new HttpClient({
    vendor: 'lever',
    baseUrl: publicUrl,
    baseUrlName: '--public-url',
    version: settings.version,
    ...(settings.signal === undefined ? {} : { signal: settings.signal }),
    timeoutMs: TIMEOUT_MS,
    authorize: () => Promise.resolve({}),
  });
}

/** Why the public address didn't answer like this program, to be read after a colon. */
export function explainFailure({ reason, status }: ApiError): string {
  // A certificate of the outgoing proxy that fails says nothing of the address.
  if (/^(?!PROXY_).*(CERT|SELF_SIGNED|UNABLE_TO)/.test(reason))
    return `Lever won’t accept its certificate, which must be valid, from a public authority, and with its full chain (${reason})`;
  const unreached = networkInWords(reason);
  if (unreached !== undefined) return unreached;
  if (reason === 'redirect') return 'it redirects elsewhere, perhaps to a login page';
  // What proxies answer by themselves.
  return status === 404 || status === 502 || status === 503 || status === 504
    ? `it answers ${status}: the proxy doesn’t reach the daemon by this path`
    : `it doesn’t answer as expected (${status ?? reason})`;
}

const FIX = 'Correct the proxy or the address: codesubmit-lever setup --public-url URL';

/** Whether this program itself answered, in a sentence, or why not. Never throws. */
export async function probePublicUrl(
  publicUrl: string,
  settings: HttpSettings,
): Promise<string | Wrong> {
  const nonce = randomBytes(8).toString('hex');
  try {
    const { body } = await publicClient(publicUrl, settings).request({
      route: 'GET /healthz',
      path: '/healthz',
      query: [['nonce', nonce]],
      passStatuses: [200],
    });
    // Our `/healthz` repeats the nonce; a page that only answers 200 doesn't.
    if (typeof body === 'string' && body.includes(nonce))
      return `${publicUrl} reaches this program`;
    const what = `${publicUrl} answers, but it’s not this program, perhaps a login page`;
    return { what, fix: FIX };
  } catch (error) {
    const why =
      error instanceof ApiError ? explainFailure(error) : messageOf(error).replace(/\.$/, '');
    const what = `${publicUrl} can’t be reached from here: ${why}`;
    const isHiddenFromHere = error instanceof ApiError && REASONS_WHEN_HIDDEN.test(error.reason);
    if (!isHiddenFromHere) return { what, fix: FIX };
    return { level: 'warn', what: `${what}; Lever may reach it anyway`, fix: FIX };
  }
}

/**
 * Whether webhooks to the public address arrive here, by a signed test. Without a running daemon, opens its server
 * meanwhile. Throws `conflict` when the port is taken.
 */
export async function askPublicUrl(inspection: Inspection, signal: AbortSignal): Promise<Answer> {
  const { app, home, settings } = inspection;
  const { publicUrl, webhookId } = settings;
  // The fact's `unset` has answered before.
  if (publicUrl === null) return '';
  // The signed test would not be stored, and so look like a wrong address.
  if (findDiskTrouble(home.folder)?.code === 'storage_full') return { unknown: 'the disk is full' };
  // The daemon's own app has no `openServer`, and beside a running daemon it opens none: there is a server already.
  const ingress = await app.openServer?.();
  try {
    const http = { ...app.http, signal };
    const reached = await probePublicUrl(publicUrl, http);
    // Without a token we can't sign a test, and reaching the program has to do.
    const [signingToken] = app.configuration.current().signingTokens;
    if (typeof reached !== 'string' || signingToken === undefined) return reached;
    const signed = { token: randomBytes(24).toString('hex'), triggeredAt: inspection.now };
    const identity = sign(signed, signingToken);
    await publicClient(publicUrl, http).request({
      route: 'POST /webhooks/lever/:id',
      path: `/webhooks/lever/${webhookId ?? ''}`,
      json: { event: OWN_TEST_EVENT, ...signed, signature: identity.toString('hex'), data: {} },
      passStatuses: [200],
    });
    // Our id and token were accepted, but a copy of this data directory has them too.
    if (isDelivered(app.database, { identity, triggeredAt: signed.triggeredAt }))
      return `${publicUrl} reaches this data directory; a signed test came through`;
    return {
      what: `${publicUrl} reaches the daemon of another data directory`,
      fix: 'Point the proxy to this data directory’s daemon, or run doctor with the other --home DIR',
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const what = `${publicUrl} passes /healthz but not webhooks: ${explainFailure(error)}`;
    return { what, fix: FIX };
  } finally {
    await ingress?.close();
  }
}
