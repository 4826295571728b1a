/** How requests to Lever's Data API are authorized, and how its lists are read. */
import { z } from 'zod';
import { ApiError } from '../domain/errors.js';
import type { HttpClient, HttpReply, HttpRequest } from '../net/http-client.js';
import { inSlices } from '../net/in-slices.js';

/** How requests to Lever are authorized. */
export interface LeverAuth {
  /** The value of the `Authorization` header for the next request. */
  authorization(): Promise<string>;
  /**
   * Called after a 401 to the header value `refused`. Returns another value to repeat the request with, or null when
   * there is none.
   */
  renew(refused: string): Promise<string | null>;
}

/** Credentials that can't be renewed. */
function unchanging(value: string): LeverAuth {
  return { authorization: () => Promise.resolve(value), renew: () => Promise.resolve(null) };
}

/** An API key: HTTP Basic with the key as user and an empty password, as Lever documents it. */
export function apiKeyAuth(key: string): LeverAuth {
  return unchanging(`Basic ${Buffer.from(`${key}:`).toString('base64')}`);
}

/** Authorizes with one access token, while it lasts. */
export function accessTokenAuth(accessToken: string): LeverAuth {
  return unchanging(bearer(accessToken));
}

export function bearer(accessToken: string): string {
  return `Bearer ${accessToken}`;
}

interface LeverPage {
  records: unknown[];
  /** Lever's clock when it replied, epoch ms. */
  leverNow: number | null;
}

const PAGE_SIZE = 100;
/** A million records; a longer list is treated as endless. */
const MAX_PAGES = 10_000;

const MAX_OFFSET_LENGTH = 4_096;

const page = z.object({
  data: z.array(z.unknown()),
  hasNext: z.boolean().optional().catch(undefined),
  next: z.string().min(1).max(MAX_OFFSET_LENGTH).optional().catch(undefined),
});

/**
 * Every page of a list, `limit` 100; long pages in several parts. Lever refuses an offset whose filters differ from the
 * first page's, so the query stays the same. `next` arrives percent-encoded and is sent back as an ordinary value.
 * Throws `ApiError`, `unavailable` also for an unreadable page, a stale offset or an endless list.
 */
export async function* leverPages(
  http: HttpClient,
  request: HttpRequest,
): AsyncGenerator<LeverPage> {
  const seen = new Set<string>();
  let offset: string | undefined;
  do {
    const { records, next, leverNow } = await http.request(pageRequest(request, offset), (reply) =>
      readPage(request, reply),
    );
    for await (const slice of inSlices(records)) yield { records: slice, leverNow };
    // A list that leads back to a page would be read forever.
    if (next !== undefined && (seen.has(next) || seen.size >= MAX_PAGES)) {
      throw brokenList(request, 'list without end');
    }
    offset = next;
    if (next !== undefined) seen.add(next);
  } while (offset !== undefined);
}

/** `passStatuses` for further pages: a 400 is about their offset, which `readPage` reports. */
function pageRequest(request: HttpRequest, offset: string | undefined): HttpRequest {
  const query = [...(request.query ?? []), ['limit', String(PAGE_SIZE)] as const];
  if (offset === undefined) return { ...request, query };
  return { ...request, query: [...query, ['offset', offset]], passStatuses: [400] };
}

function readPage(request: HttpRequest, { status, body, vendorNow: leverNow }: HttpReply) {
  if (status === 400) throw brokenList(request, 'offset refused', 400);
  const parsed = page.safeParse(body);
  if (!parsed.success) throw brokenList(request, 'no list in reply');
  const { data, hasNext, next } = parsed.data;
  // Without `next` the rest of the list can't be read, and would look as if it didn't exist.
  if (hasNext === true && next === undefined) throw brokenList(request, 'next page not named');
  return { records: data, next: hasNext === false ? undefined : next, leverNow };
}

function brokenList(request: HttpRequest, reason: string, status?: number): ApiError {
  return new ApiError({
    vendor: 'lever',
    kind: 'unavailable',
    route: request.route,
    reason,
    status,
  });
}
