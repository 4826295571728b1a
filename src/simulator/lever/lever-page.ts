// A call's query, and Lever's paging: `{data, hasNext, next?}`, with a `next` that is bound to its filters.
import { createHash } from 'node:crypto';
import { badRequest } from '../simulated-error.js';

export type Query = Record<string, string | string[] | undefined>;

/** The value of a query parameter; undefined if it is missing. @throws a 400 when it is repeated. */
export function single(query: Query, name: string): string | undefined {
  const value = query[name];
  if (Array.isArray(value)) throw badRequest(`"${name}" must be given once`);
  return value;
}

/** All values of a query parameter that may be repeated. */
export function several(query: Query, name: string): string[] {
  const value = query[name];
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

export interface LeverPage {
  data: unknown[];
  hasNext: boolean;
  next?: string;
}

/**
 * Cuts the page that the query asks for from rows sorted by ascending `position`. `show`: how a row is shown. `next` is
 * percent-encoded, names the position of the page's last row, and is accepted back only with the same filters, as
 * recorded.
 * @throws a 400 for a `limit` outside 1–100 or a token that doesn't match these filters.
 */
export function pageOf<Row>(
  rows: Row[],
  query: Query,
  position: (row: Row, index: number) => number,
  show: (row: Row) => unknown,
): LeverPage {
  const limit = limitOf(query);
  const filters = filtersOf(query);
  const after = startOf(query, filters);
  const placed = rows.map((row, index) => ({ row, at: position(row, index) }));
  const left = placed.filter(({ at }) => at > after);
  const page = left.slice(0, limit);
  const data = page.map(({ row }) => show(row));
  const last = page.at(-1);
  if (left.length <= limit || !last) return { data, hasNext: false };
  return { data, hasNext: true, next: encodeURIComponent(JSON.stringify([last.at, filters])) };
}

/** How many rows a page has; 100 unless the query says otherwise. @throws a 400 for a `limit` outside 1–100. */
export function limitOf(query: Query): number {
  const limit = Number(single(query, 'limit') ?? 100);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return limit;
  throw badRequest('"limit" must be a whole number from 1 to 100');
}

/**
 * A hash of the query's filters, by which a token is bound to them. What may change between pages (`free`) is no
 * filter; everything else is.
 */
export function filtersOf(query: Query): string {
  const free = ['limit', 'offset', 'expand', 'include', 'perform_as'];
  const filters = Object.entries(query)
    .filter(([name]) => !free.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(filters)).digest('hex').slice(0, 16);
}

/**
 * The position after which the page begins; -Infinity for the first page. @throws a 400 for a token of other filters.
 */
function startOf(query: Query, filters: string): number {
  const offset = single(query, 'offset');
  if (offset === undefined) return Number.NEGATIVE_INFINITY;
  const [at, boundTo] = parseToken(offset);
  if (typeof at === 'number' && boundTo === filters) return at;
  throw badRequest('Invalid offset token');
}

/** The position and the filters in a token that `pageOf` made; an empty list if it isn't one. */
function parseToken(offset: string): unknown[] {
  if (!offset.startsWith('%5B')) return [];
  try {
    return JSON.parse(decodeURIComponent(offset)) as unknown[];
  } catch {
    return [];
  }
}
