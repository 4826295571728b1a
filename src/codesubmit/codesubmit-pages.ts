/** Walks a CodeSubmit list to its end, on its own origin and path only, and never takes a broken page for the last. */
import { ApiError, type ApiErrorKind } from '../domain/errors.js';
import type { HttpClient } from '../http-client/http-client.js';
import type { HttpRequest } from '../http-client/http-request.js';
import { inSlices } from '../http-client/in-slices.js';
import type { CodeSubmitDialect } from './codesubmit-dialect.js';
import { isRow } from './codesubmit-records.js';
import { valueAt } from './value-at.js';

const MAX_NEXT_LENGTH = 4_096;
/** A list that goes on longer has no end. */
const MAX_PAGES = 10_000;

export interface CodeSubmitPage {
  rows: Record<string, unknown>[];
  /** How many rows the whole list has, as the page says; null when it doesn't. */
  total: number | null;
}

/**
 * Pages of rows, long ones in several parts. A bare list counts as a whole one; what isn't an object is left out.
 * @throws ApiError: `refused` for a `next` that leads elsewhere, `unavailable` for a page that can't be read or a list
 * without end.
 */
export async function* codesubmitPages(
  http: HttpClient,
  request: HttpRequest,
  list: { dialect: CodeSubmitDialect; origin: string },
): AsyncGenerator<CodeSubmitPage> {
  const seen = new Set<string>();
  let query: [string, string][] | null = [];
  while (query !== null) {
    const key = JSON.stringify(query);
    if (seen.has(key) || seen.size >= MAX_PAGES)
      throw failed(request, 'unavailable', 'list without end');
    seen.add(key);
    const { body } = await http.request({ ...request, query });
    const total = valueAt(body, list.dialect.page.count);
    for await (const rows of inSlices(rowsOf(request, body, list.dialect))) {
      yield { rows, total: Number.isSafeInteger(total) ? (total as number) : null };
    }
    query = nextQuery(request, valueAt(body, list.dialect.page.next), list.origin);
  }
}

function rowsOf(request: HttpRequest, body: unknown, dialect: CodeSubmitDialect) {
  const rows = Array.isArray(body) ? body : valueAt(body, dialect.page.rows);
  if (!Array.isArray(rows)) throw failed(request, 'unavailable', 'no list in reply');
  return rows.filter(isRow);
}

/** Only the query is taken from `next`, so that the key goes nowhere that the configuration doesn't name. */
function nextQuery(request: HttpRequest, next: unknown, origin: string): [string, string][] | null {
  if (next === undefined || next === null || next === '') return null;
  const here = new URL(request.path, origin);
  const isAddress = typeof next === 'string' && next.length <= MAX_NEXT_LENGTH;
  const url = isAddress && URL.canParse(next, here.href) ? new URL(next, here) : null;
  const isSamePath = url !== null && withoutSlash(url.pathname) === withoutSlash(here.pathname);
  if (!isSamePath || !isSameOrigin(url, here)) throw failed(request, 'refused', 'foreign next');
  return [...url.searchParams];
}

/** A server behind a proxy that ends TLS may name itself by http; we go on by https all the same. */
function isSameOrigin(url: URL, here: URL): boolean {
  return url.origin === here.origin || (url.protocol === 'http:' && url.host === here.host);
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, '');
}

function failed(request: HttpRequest, kind: ApiErrorKind, reason: string): ApiError {
  return new ApiError({ vendor: 'codesubmit', kind, route: request.route, reason });
}
