/** Calls `/healthz` at the public address and says in a sentence what answered. */
import { randomBytes } from 'node:crypto';
import { ApiError } from '../../domain/errors.js';
import { networkInWords } from '../../domain/failure-words.js';
import { HttpClient, type HttpSettings } from '../../net/http-client.js';

const TIMEOUT_MS = 10_000;

/**
 * Reasons why a call fails in a network that doesn't show its own public address to machines inside. Lever may reach the
 * address all the same.
 */
const REASONS_WHEN_HIDDEN = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'connect timeout',
  'timeout',
]);

/**
 * A client of our own public address. Lever's name is only for the client's type: its clock and metrics aren't touched.
 * Throws `configuration`.
 */
export function publicClient(publicUrl: string, settings: HttpSettings): HttpClient {
  return new HttpClient({
    vendor: 'lever',
    baseUrl: publicUrl,
    baseUrlName: '--public-url',
    version: settings.version,
    ...(settings.signal === undefined ? {} : { signal: settings.signal }),
    readTimeoutMs: TIMEOUT_MS,
    writeTimeoutMs: TIMEOUT_MS,
    authorize: () => Promise.resolve({}),
  });
}

const BAD_CERTIFICATE =
  'Lever won’t accept its certificate, which must be valid, from a public authority, and with its full chain';

/** Why the public address didn't answer like this program. */
export function explainFailure({ reason, status }: ApiError): string {
  if (/^(?!PROXY_).*(CERT|SELF_SIGNED|UNABLE_TO)/.test(reason))
    return `${BAD_CERTIFICATE} (${reason})`;
  const unreached = networkInWords(reason);
  if (unreached !== undefined) return unreached;
  if (reason === 'redirect') return 'it redirects elsewhere, perhaps to a login page';
  if (status === 404) return 'it answers 404: the proxy doesn’t forward this path';
  if (status === 502 || status === 503 || status === 504) {
    return `it answers ${status}: the proxy doesn’t reach the daemon`;
  }
  return `it doesn’t answer as expected (${status === undefined ? reason : String(status)})`;
}

/**
 * Whether this program itself answered, in a sentence. `isHiddenFromHere`: Lever may reach the address although this
 * machine can't. Never throws.
 */
export async function probePublicUrl(publicUrl: string, settings: HttpSettings) {
  const nonce = randomBytes(8).toString('hex');
  try {
    const { body } = await publicClient(publicUrl, settings).request({
      route: 'GET /healthz',
      path: '/healthz',
      query: [['nonce', nonce]],
      passStatuses: [200],
    });
    const isOurs = typeof body === 'string' && body.includes(nonce);
    const sentence = isOurs
      ? `${publicUrl} reaches this program`
      : `${publicUrl} answers, but it’s not this program, perhaps a login page`;
    return { isReached: isOurs, isHiddenFromHere: false, sentence };
  } catch (error) {
    const why = error instanceof ApiError ? explainFailure(error) : 'it can’t be called';
    return {
      isReached: false,
      isHiddenFromHere: error instanceof ApiError && REASONS_WHEN_HIDDEN.has(error.reason),
      sentence: `${publicUrl} can’t be reached from here: ${why}`,
    };
  }
}
