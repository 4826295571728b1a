// Order, lag and pages of CodeSubmit's lists.
import { createHash } from 'node:crypto';
import { SimulatedError } from '../simulated-error.js';
import type { Invitation } from './codesubmit-records.js';
import type { CodeSubmitWorld } from './codesubmit-world.js';

export interface NumberedPage {
  count?: number;
  next?: string | null;
  previous: string | null;
  results: unknown[];
}

/**
 * The invitations that the list shows in this read, in its order. Those too young by a switch are left out: by time, or
 * by how often the list was read since. `isFirstPage`: the read counts.
 */
export function listedInvitations(world: CodeSubmitWorld, isFirstPage: boolean): Invitation[] {
  const { listLagMs, listLagReads, listOrder } = world.switches;
  const shown = world.invitations.filter(
    ({ createdAt, listReads }) => createdAt <= world.now() - listLagMs && listReads >= listLagReads,
  );
  if (isFirstPage) for (const invitation of world.invitations) invitation.listReads += 1;
  if (listOrder === 'random' || listOrder === 'unstable') {
    // Another order for each page: pages repeat some and omit others.
    const salt = listOrder === 'unstable' ? String(world.requests.list().length) : '';
    return shown.sort((a, b) => (scattered(a, salt) < scattered(b, salt) ? -1 : 1));
  }
  const direction = listOrder === 'newest-first' ? -1 : 1;
  return shown.sort((a, b) => direction * (a.order - b.order));
}

/** Which page, from 1, of which rows is to be shown, and how each row is. */
interface WantedPage<Row> {
  path: string;
  page: number;
  rows: Row[];
  show: (row: Row) => unknown;
}

/** Cuts the page out of the rows, like Django REST Framework. @throws a 404 for a page that doesn't exist. */
export function numberedPage<Row>(
  world: CodeSubmitWorld,
  { path, page, rows, show }: WantedPage<Row>,
): NumberedPage {
  const size = world.switches.pageSize;
  const last = Math.max(1, Math.ceil(rows.length / size));
  if (page > last) throw new SimulatedError(404, 'NotFound', 'Invalid page.');
  return {
    count: rows.length,
    next: page < last ? nextUrl(world, path, page) : null,
    previous: page > 1 ? `${world.origin}${path}?page=${page - 1}` : null,
    results: rows.slice((page - 1) * size, page * size).map(show),
  };
}

/**
 * A page of sent challenges, like `numberedPage`. The switches may make one page fail (a 500), count wrongly or not at
 * all, and leave out `next`.
 */
export function sentPage<Row>(world: CodeSubmitWorld, wanted: WantedPage<Row>): NumberedPage {
  const { brokenPage, listCount, nextUrl: nextForm } = world.switches;
  if (wanted.page === brokenPage)
    throw new SimulatedError(500, 'ServerError', 'Server Error (500)');
  const { count = 0, next, ...shown } = numberedPage(world, wanted);
  const counts = { right: count, 'of-page': shown.results.length, 'too-many': count + 1 };
  return {
    ...(listCount === 'absent' ? {} : { count: counts[listCount] }),
    ...(nextForm === 'absent' ? {} : { next: next ?? null }),
    ...shown,
  };
}

/**
 * The page that a query asks for; the first if it names none. @throws a 404 for an invalid number, like Django REST
 * Framework.
 */
export function pageNumber(query: unknown): number {
  const page = Number((query as { page?: string }).page ?? 1);
  if (Number.isInteger(page) && page >= 1) return page;
  throw new SimulatedError(404, 'NotFound', 'Invalid page.');
}

/**
 * The address of the page after `page`, in the form that the switch sets. `same-page` leads back to `page` itself. For
 * `absent`, `sentPage` leaves it out.
 */
function nextUrl(world: CodeSubmitWorld, path: string, page: number): string {
  const next = `${path}?page=${page + 1}`;
  switch (world.switches.nextUrl) {
    case 'relative':
      return next;
    case 'other-origin':
      return `https://elsewhere.example${next}`;
    case 'same-page':
      return page === 1 ? `${world.origin}${path}` : `${world.origin}${path}?page=${page}`;
    case 'absolute':
    case 'absent':
      return `${world.origin}${next}`;
  }
}

/** A text by which to sort in an arbitrary order, which stays the same for the same salt. */
function scattered({ id }: Invitation, salt: string): string {
  return createHash('sha256')
    .update(salt + id)
    .digest('hex');
}
