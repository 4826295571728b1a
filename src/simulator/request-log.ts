// Remembers every request a vendor received, so tests can count calls and writes.

export interface RequestEntry {
  id: number;
  method: string;
  /** The route's pattern, as in `/v1/opportunities/:id`; `unknown` when no route matched. */
  route: string;
  path: string;
  query: unknown;
  at: number;
  /** null when there was no answer. */
  status: number | null;
  /** True when the vendor did the work, whether or not the caller found out. */
  worked: boolean;
  fault: string | null;
  performAs: string | null;
  /** The API key's or the grant's id. */
  caller: string | null;
  /** Bodies of writes only. */
  body?: unknown;
}

export interface RequestFilter {
  method?: string | undefined;
  route?: string | undefined;
  status?: number | undefined;
}

/** Keeps the last `limit` entries; the counts include everything since the last `clear`. */
export class RequestLog {
  private entries: RequestEntry[] = [];
  private lastId = 0;
  private calls: Record<string, number> = {};

  constructor(private readonly limit = 20_000) {}

  /**
   * Logs a request that arrives, and returns its entry. The code that answers fills in the rest: whether the
   * request worked, its status and caller.
   */
  begin(seen: Pick<RequestEntry, 'method' | 'route' | 'path' | 'query' | 'at'>): RequestEntry {
    const entry: RequestEntry = {
      ...seen,
      id: ++this.lastId,
      status: null,
      worked: false,
      fault: null,
      performAs: null,
      caller: null,
    };
    this.entries.push(entry);
    if (this.entries.length > this.limit * 1.1) this.entries = this.entries.slice(-this.limit);
    const name = `${entry.method} ${entry.route}`;
    this.calls[name] = (this.calls[name] ?? 0) + 1;
    return entry;
  }

  /** The kept entries that match every part of the filter, the oldest first. */
  list(filter: RequestFilter = {}): RequestEntry[] {
    return this.entries.filter(
      (entry) =>
        (filter.method === undefined || entry.method === filter.method) &&
        (filter.route === undefined || entry.route === filter.route) &&
        (filter.status === undefined || entry.status === filter.status),
    );
  }

  /** Calls per `METHOD route`, whatever their result. */
  counts(): Record<string, number> {
    return { ...this.calls };
  }

  /** How many calls of this method and route pattern there were since the last `clear`. */
  count(method: string, route: string): number {
    return this.calls[`${method} ${route}`] ?? 0;
  }

  /** The writes that took effect, among the entries still kept; issuing a token doesn't count. */
  writes(): RequestEntry[] {
    return this.entries.filter(
      (entry) => entry.method !== 'GET' && entry.worked && entry.route !== '/oauth/token',
    );
  }

  /** Forgets all entries and counts. Ids go on increasing. */
  clear(): void {
    this.entries = [];
    this.calls = {};
  }
}
