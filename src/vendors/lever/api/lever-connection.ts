/** The connection to Lever's Data API that every part of this folder shares. */
import { z } from 'zod';
import { machineTimers, sleep, type Clock } from '../../../domain/clock.js';
import { ApiError } from '../../../domain/errors.js';
import type { Database, Tx } from '../../../storage/database/database.js';
import { HttpClient, type HttpSettings, type HttpRequest } from '../../http/http-client.js';
import { inSlices } from '../../http/in-slices.js';

export interface LeverConnection {
  /** With `/v1`. */
  baseUrl: string;
  auth: LeverAuth;
  /** Resolves when a request may go under Lever's rate; awaited before every one. */
  acquire: () => Promise<void>;
  http: HttpSettings;
}

/** @throws AppError `configuration` for an address that can't be used. */
export function leverHttp({ baseUrl, auth, acquire, http }: LeverConnection): HttpClient {
  return new HttpClient({
    ...http,
    vendor: 'lever',
    baseUrl,
    baseUrlName: 'LEVER_API_URL',
    authorize: async () => ({ authorization: await auth.authorization() }),
    renew: async ({ authorization = '' }) => {
      const renewed = await auth.renew(authorization);
      return renewed === null ? null : { authorization: renewed };
    },
    beforeRequest: acquire,
  });
}

/** How a request to Lever is authorized. */
export interface LeverAuth {
  /** The value of the `Authorization` header for the next request. */
  authorization(): Promise<string>;
  /** After a 401 to `refused`, such a value: another one to repeat the request with, or null when there is none. */
  renew(refused: string): Promise<string | null>;
}

function unchanging(value: string): LeverAuth {
  return { authorization: () => Promise.resolve(value), renew: () => Promise.resolve(null) };
}

/** An API key: HTTP Basic with the key as user and an empty password, as Lever documents it. */
export function apiKeyAuth(key: string): LeverAuth {
  return unchanging(`Basic ${Buffer.from(`${key}:`).toString('base64')}`);
}

/** One access token, for as long as it lasts. */
export function accessTokenAuth(accessToken: string): LeverAuth {
  return unchanging(bearer(accessToken));
}

export function bearer(accessToken: string): string {
  return `Bearer ${accessToken}`;
}

// Reading a Lever list to its end: `{data, hasNext, next}` page by page. A broken page is never taken for the last
// one.

export interface LeverPage {
  records: unknown[];
  /** Lever's clock at the reply, epoch ms. */
  leverNow: number | null;
}

const PAGE_SIZE = 100;
/** A million records; a list that goes on longer has no end. */
const MAX_PAGES = 10_000;

const MAX_OFFSET_LENGTH = 4_096;

const page = z.object({
  data: z.array(z.unknown()),
  hasNext: z.boolean().optional().catch(undefined),
  next: z.string().min(1).max(MAX_OFFSET_LENGTH).optional().catch(undefined),
});

/**
 * Every page of a list, `limit` 100; a longer one in several parts. Lever refuses an offset whose filters differ from the first page's, so that the
 * query is the same throughout; `next` arrives percent-encoded and is sent back as it came, as an ordinary value.
 * @throws ApiError, `unavailable` also for a page that can't be read, a stale offset or a list without end.
 */
export async function* leverPages(
  http: HttpClient,
  request: HttpRequest,
): AsyncGenerator<LeverPage> {
  const seen = new Set<string>();
  let offset: string | undefined;
  do {
    const reply = await http.request(pageRequest(request, offset));
    if (reply.status === 400) throw broken(request, 'offset refused', 400);
    const { records, next } = readPage(request, reply.body);
    for await (const slice of inSlices(records)) {
      yield { records: slice, leverNow: reply.vendorNow };
    }
    if (next !== undefined && (seen.has(next) || seen.size >= MAX_PAGES)) {
      throw broken(request, 'list without end');
    }
    offset = next;
    if (next !== undefined) seen.add(next);
  } while (offset !== undefined);
}

function pageRequest(request: HttpRequest, offset: string | undefined): HttpRequest {
  const query = [...(request.query ?? []), ['limit', String(PAGE_SIZE)] as const];
  if (offset === undefined) return { ...request, query };
  return { ...request, query: [...query, ['offset', offset]], passStatuses: [400] };
}

function readPage(
  request: HttpRequest,
  body: unknown,
): { records: unknown[]; next: string | undefined } {
  const parsed = page.safeParse(body);
  if (!parsed.success) throw broken(request, 'no list in reply');
  const { data, hasNext, next } = parsed.data;
  if (hasNext === true && next === undefined) throw broken(request, 'next page not named');
  return { records: data, next: hasNext === false ? undefined : next };
}

function broken(request: HttpRequest, reason: string, status?: number): ApiError {
  return new ApiError({
    vendor: 'lever',
    kind: 'unavailable',
    route: request.route,
    reason,
    status,
  });
}

// Lever's rate limit, shared by all processes of a data directory: at most 10 a second, and 20 in any second.

/** A little slower than ten a second, so that jitter on the way never makes it eleven. */
const INTERVAL_MS = 101;
/** How many may go at once after a quiet time; with ten more in the second after them it stays under twenty. */
const BURST = 8;
const SAVED_UP_MS = (BURST - 1) * INTERVAL_MS;
/**
 * A process that stood still, for a big sweep or a swapping machine, wakes all who wait at once. Whoever is later than
 * this takes another slot, so that they don't go all together; a machine that is always late must get on all the same.
 */
const MAX_LATE_MS = 100;
const MAX_SLOTS = 5;
/** A next slot further away than this comes of a clock that jumped. */
const MAX_AHEAD_MS = 120_000;

export class SharedRate {
  readonly #read;
  readonly #save;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly vendor: string,
    /** Told of each call that has to wait. */
    private readonly onWait: (waitMs: number) => void = () => undefined,
    private readonly timers = machineTimers,
  ) {
    this.#read = database.prepare<[string], { next_at: number }>(
      'SELECT next_at FROM rate WHERE vendor = ?',
    );
    this.#save = database.prepareWrite<[string, number]>(
      `INSERT INTO rate (vendor, next_at) VALUES (?, ?)
       ON CONFLICT (vendor) DO UPDATE SET next_at = excluded.next_at`,
    );
  }

  /** Resolves when the next call may go. */
  async acquire(): Promise<void> {
    for (let slots = 0; slots < MAX_SLOTS; slots += 1) {
      const waitMs = await this.database.write((tx) => this.#reserve(tx));
      if (waitMs === 0) return;
      const startsMs = this.clock.monotonicMs() + waitMs;
      this.onWait(waitMs);
      await sleep(this.timers, waitMs);
      if (this.clock.monotonicMs() - startsMs <= MAX_LATE_MS) return;
    }
  }

  /** Begins with no allowance saved up: what a killed process spent in its last second is not known. */
  startEmpty(): Promise<void> {
    return this.database.write((tx) => {
      const now = this.clock.now();
      this.#save.run(tx, this.vendor, Math.max(this.#next(now), now + SAVED_UP_MS));
    });
  }

  /** Our calendar jumped, and what was spent is spent all the same. */
  shift(tx: Tx, jumpMs: number): void {
    const next = this.#read.get(this.vendor)?.next_at;
    if (next !== undefined) this.#save.run(tx, this.vendor, next + jumpMs);
  }

  #reserve(tx: Tx): number {
    const now = this.clock.now();
    const next = this.#next(now);
    const startAt = Math.max(now, next - SAVED_UP_MS);
    this.#save.run(tx, this.vendor, Math.max(next, startAt) + INTERVAL_MS);
    return startAt - now;
  }

  #next(now: number): number {
    const next = this.#read.get(this.vendor)?.next_at ?? now;
    return next - now > MAX_AHEAD_MS ? now + SAVED_UP_MS : next;
  }
}
