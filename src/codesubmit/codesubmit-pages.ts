/** Walks a CodeSubmit list to its end, on its own origin and path only, and never takes a broken page for the last. */
import { ApiError, type ApiErrorKind } from '../domain/errors.js';
import type { HttpClient } from '../http-client/http-client.js';
import type { HttpRequest } from '../http-client/http-request.js';
import { inSlices } from '../http-client/in-slices.js';
import type { SentCursor } from '../domain/codesubmit-port.js';
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
  /** Null: this is the last one. */
  next: SentCursor | null;
  /** False where the page doesn't say whether there is another one. */
  isEndTold: boolean;
}

interface ListPlace {
  dialect: CodeSubmitDialect;
  origin: string;
}

/**
 * One page of rows, the first without a query; what isn't an object is left out.
 * @throws ApiError: `refused` for a `next` that leads elsewhere, `unavailable` for a page that can't be read, or that is
 * its own next.
 */
export async function readPage(
  http: HttpClient,
  request: HttpRequest,
  { dialect, origin }: ListPlace,
  query: SentCursor,
): Promise<CodeSubmitPage> {
  const { body } = await http.request({
    ...request,
    query: query.map(([name, value]) => [name, value]),
  });
  const total = valueAt(body, dialect.page.count);
  const saidNext = valueAt(body, dialect.page.next);
  const next = nextQuery(request, saidNext, origin);
  const rows = rowsOf(request, body, dialect);
  if (JSON.stringify(next) === JSON.stringify(query)) throw endless(request);
  return {
    ...{ rows, next, isEndTold: saidNext !== undefined },
    total: Number.isSafeInteger(total) ? (total as number) : null,
  };
}

/** The rows of all pages, long ones in several parts. Throws what `readPage` throws, and for a list without end. */
export async function* codesubmitRows(
  http: HttpClient,
  request: HttpRequest,
  place: ListPlace,
): AsyncGenerator<Pick<CodeSubmitPage, 'rows' | 'total'>> {
  const seen = new Set<string>();
  let query: SentCursor | null = [];
  while (query !== null) {
    const key = JSON.stringify(query);
    if (seen.has(key) || seen.size >= MAX_PAGES) throw endless(request);
    seen.add(key);
    const page: CodeSubmitPage = await readPage(http, request, place, query);
    for await (const rows of inSlices(page.rows)) yield { rows, total: page.total };
    query = page.next;
  }
}

function endless(request: HttpRequest): ApiError {
  return failed(request, 'unavailable', 'list without end');
}

function rowsOf(request: HttpRequest, body: unknown, dialect: CodeSubmitDialect) {
  const rows = Array.isArray(body) ? body : valueAt(body, dialect.page.rows);
  if (!Array.isArray(rows)) throw failed(request, 'unavailable', 'no list in reply');
  return rows.filter(isRow);
}

/** Only the query is taken from `next`, so that the key goes nowhere that the configuration doesn't name. */
function nextQuery(request: HttpRequest, next: unknown, origin: string): SentCursor | null {
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
