/** Lever's Data API: each request is one attempt, and takes a slot of the rate limit. Lists are read page by page. */
import { z } from 'zod';
import { inSlices } from '../domain/clock.js';
import { ApiError } from '../domain/errors.js';
import type { OpportunityId, StageId } from '../domain/ids.js';
import type { Opportunity, Sighting } from '../domain/opportunity.js';
import {
  type Auth,
  type Credentials,
  HttpClient,
  type HttpReply,
  type HttpRequest,
  type HttpSettings,
} from '../net/http-client.js';
import type { RateLimiter } from '../net/shared-rate.js';
import type { Settings } from '../store/settings/settings.js';
import { leverApiUrl } from '../store/settings/vendor-addresses.js';
import * as records from './lever-records.js';

/** A sighting with Lever's clock when it replied (`Date` header), epoch ms; null when missing. */
export type LeverSighting = Sighting & { leverNow: number | null };

export interface StagePage {
  opportunities: Opportunity[];
  /** Lever's clock when it replied (`Date` header), epoch ms; null when missing. */
  leverNow: number | null;
  /** How long Lever took to reply. */
  tookMs: number;
}

/** What the steps need of the client. Every call throws `ApiError`. None retries. */
export type LeverReader = Pick<LeverClient, 'readOpportunity' | 'listStage' | 'readPostingTags'>;
export type DeletionReader = Pick<LeverClient, 'listDeleted' | 'readDate'>;
export type LeverWriter = Pick<
  LeverClient,
  | 'readLinks'
  | 'addLink'
  | 'readTags'
  | 'addTags'
  | 'removeTags'
  | 'hasNote'
  | 'addNote'
  | 'asksForActingUser'
>;

/** Lists of which reading one record shows whether we may read them. */
export type ListRoute = 'GET /opportunities' | 'GET /tags' | 'GET /postings' | 'GET /users';

/**
 * Bodies with which permissions are tested: valid ones, so Lever doesn't reject them before it checks the permission.
 */
const TEST_BODIES = {
  'POST /opportunities/:id/addLinks': { links: ['https://app.codesubmit.io/c/none'] },
  'POST /opportunities/:id/addTags': { tags: ['codesubmit'] },
  'POST /opportunities/:id/removeTags': { tags: ['codesubmit'] },
  'POST /opportunities/:id/notes': { value: 'codesubmit' },
  'GET /opportunities/:id/notes': undefined,
};

/** Calls that need a permission of their own on an opportunity. */
export type OpportunityRoute = keyof typeof TEST_BODIES;

/** The result of testing a permission; `acting_user_needed`: none is set, or Lever rejects it. */
export type RightTried = 'given' | 'lacking' | 'acting_user_needed';

/** An id that no opportunity has, so testing on it changes nothing. */
const NO_SUCH_OPPORTUNITY = '00000000-0000-0000-0000-000000000000' as OpportunityId;

/** The opportunity is gone, or hidden from this login; Lever uses either status for confidential ones. */
const UNSEEN_STATUSES = [403, 404];

/** How Lever may refuse a call that tests a permission. It documents no status for that. */
const REFUSAL_STATUSES = [400, 403, 404, 422];

/** An API key: HTTP Basic with the key as user and an empty password, as Lever documents it. */
export function apiKeyAuth(key: string): Auth {
  const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
  return { authorize: () => Promise.resolve({ authorization }) };
}

/** Authorizes with one access token, while it lasts. */
export function accessTokenAuth(accessToken: string): Auth {
  return { authorize: () => Promise.resolve(bearer(accessToken)) };
}

/** The header for an access token. */
export function bearer(accessToken: string): Credentials {
  return { authorization: `Bearer ${accessToken}` };
}

export class LeverClient {
  readonly #http: HttpClient;
  /** Whether we may read confidential opportunities; undefined until the first list that could show them. */
  #seesConfidential: boolean | undefined;

  /** @throws AppError `configuration` for an invalid address. */
  constructor(
    { leverRate, http }: { leverRate: Pick<RateLimiter, 'acquire'>; http: HttpSettings },
    private readonly settings: Settings,
    auth: Auth,
  ) {
    this.#http = new HttpClient({
      ...http,
      ...auth,
      vendor: 'lever',
      baseUrl: leverApiUrl(settings),
      baseUrlName: 'LEVER_API_URL',
      beforeRequest: () => leverRate.acquire(),
    });
  }

  /**
   * The opportunity as it is now. A 403 may be about this record, which is then `forbidden`, or about our account: for
   * that `checkKey` throws `unauthorized`.
   */
  async readOpportunity(id: OpportunityId): Promise<LeverSighting> {
    const sighting = await this.#readOne('GET /opportunities/:id', id, [], sightingOf);
    if (sighting.kind === 'forbidden') await this.checkKey();
    return sighting;
  }

  /** The unarchived opportunities in a stage, page by page, with confidential ones if we may see them. */
  async *listStage(stageId: StageId): AsyncGenerator<StagePage> {
    const query = { stage_id: stageId, archived: 'false', ...(await this.#confidentialFilter()) };
    const pages = leverPages(this.#http, listRequest('GET /opportunities', query));
    for await (const { records: slice, ...page } of pages) {
      yield { opportunities: parseAll(slice, records.parseOpportunity), ...page };
    }
  }

  /** Opportunities with that e-mail address, archived ones too. */
  async listByEmail(email: string): Promise<Opportunity[]> {
    const query = { email, ...(await this.#confidentialFilter()) };
    return this.#readAll(listRequest('GET /opportunities', query), records.parseOpportunity);
  }

  /**
   * The filter that makes a list show confidential opportunities too, if we may see them; else none. Lever refuses a
   * list with it otherwise. The answer counts for this client only, so the daemon soon asks again: its clients are
   * replaced with each reading of the configuration.
   */
  async #confidentialFilter(): Promise<Query> {
    this.#seesConfidential ??= await this.canReadConfidential();
    return this.#seesConfidential ? { confidentiality: 'all' } : {};
  }

  /**
   * Opportunities deleted at or after `since` (epoch ms, Lever's clock), and Lever's clock when the listing began (null
   * when missing). Returns null without permission to list them. Which one that is, is undocumented: any refusal except
   * of the key itself means that it is missing.
   */
  async listDeleted(since: number) {
    const ids: OpportunityId[] = [];
    let leverNow: number | null = null;
    const query: [string, string][] = [['deleted_at_start', String(since)]];
    const request = { ...requestTo('GET /opportunities/deleted'), query };
    try {
      for await (const page of leverPages(this.#http, request)) {
        leverNow ??= page.leverNow;
        ids.push(...parseAll(page.records, records.parseDeletedId));
      }
      return { ids, leverNow };
    } catch (error) {
      if (error instanceof ApiError && error.kind === 'refused') return null;
      throw error;
    }
  }

  /** The tags of the opportunity's posting. Null if it has none, or if we may not read either of them. */
  async readPostingTags(id: OpportunityId): Promise<string[] | null> {
    // An opportunity contains its posting's id only if it is read with its applications.
    const reply = await this.#readOne('GET /opportunities/:id', id, [['expand', 'applications']]);
    const postingId = isUnseen(reply) ? null : requireOpportunity(reply).postingId;
    if (postingId === null) return null;
    const posting = await this.#readOne('GET /postings/:id', postingId);
    return isUnseen(posting) ? null : records.parsePostingTags(records.unwrap(posting.body));
  }

  /** The candidate's links now; null when the opportunity is gone or hidden from us. */
  async readLinks(id: OpportunityId): Promise<string[] | null> {
    return (await this.#findOpportunity(id))?.links ?? null;
  }

  /** The opportunity's tags now; null when it is gone or hidden from us. */
  async readTags(id: OpportunityId): Promise<string[] | null> {
    return (await this.#findOpportunity(id))?.tags ?? null;
  }

  /**
   * Returns the opportunity's links after the write, as far as the reply shows them. None if Lever's 2xx contains no
   * readable opportunity: the link is probably added, and the caller reads the opportunity to see it.
   */
  async addLink(id: OpportunityId, link: string): Promise<string[]> {
    const body = await this.#write('POST /opportunities/:id/addLinks', id, { links: [link] });
    return records.parseOpportunity(body)?.links ?? [];
  }

  /**
   * Returns the opportunity's tags after the write, as far as the reply shows them. None if Lever's 2xx contains no
   * readable opportunity: the tags are probably added, and the caller reads the opportunity to see them.
   */
  async addTags(id: OpportunityId, tags: readonly string[]): Promise<string[]> {
    const body = await this.#write('POST /opportunities/:id/addTags', id, { tags });
    return records.parseOpportunity(body)?.tags ?? [];
  }

  /** Removes tags from the opportunity; removing one that isn't there succeeds. */
  async removeTags(id: OpportunityId, tags: readonly string[]): Promise<void> {
    await this.#write('POST /opportunities/:id/removeTags', id, { tags });
  }

  /**
   * Whether a note of the opportunity contains the text `part`; null if the opportunity is gone. Throws `refused`
   * (403) without permission to read notes.
   */
  async hasNote(id: OpportunityId, part: string): Promise<boolean | null> {
    const request = requestTo('GET /opportunities/:id/notes', id);
    const containsPart = (note: unknown): boolean =>
      records.noteTexts(note).some((text) => text.includes(part));
    try {
      for await (const page of leverPages(this.#http, request)) {
        if (page.records.some(containsPart)) return true;
      }
      return false;
    } catch (error) {
      if (isRefused(error, 404)) return null;
      throw error;
    }
  }

  /**
   * Adds a note, visible to anyone who sees the candidate; followers aren't notified. True when the reply contains its
   * id; false when it contains none, so the note must be looked for.
   */
  async addNote(id: OpportunityId, text: string): Promise<boolean> {
    const body = await this.#write('POST /opportunities/:id/notes', id, {
      value: text,
      secret: false,
      notifyFollowers: false,
    });
    return records.parseNoteId(body) !== null;
  }

  /** Whether Lever refused a write because it needs an acting user, and none is set. */
  asksForActingUser({ status, body }: ApiError): boolean {
    // With an acting user set, such a refusal has another cause.
    if (this.settings.performAs !== null || (status !== 400 && status !== 403)) return false;
    return namesActingUser(body);
  }

  /** All stages in pipeline order. Some ids are not UUIDs, and names may repeat. */
  async listStages(): Promise<records.LeverStage[]> {
    return this.#readAll(listRequest('GET /stages'), records.parseStage);
  }

  /** All users that Lever lists; `isActive` is false for deactivated ones. */
  async listUsers(): Promise<records.LeverUser[]> {
    return this.#readAll(listRequest('GET /users'), records.parseUser);
  }

  /** All tags that are in use in the account. */
  async listTags(): Promise<string[]> {
    return this.#readAll(listRequest('GET /tags'), records.parseTag);
  }

  /** All webhooks of the account, ours too; null without the right to list them. */
  async listWebhooks(): Promise<records.ListedWebhook[] | null> {
    try {
      return await this.#readAll(requestTo('GET /webhooks'), records.parseWebhook);
    } catch (error) {
      if (isRefused(error, 403)) return null;
      throw error;
    }
  }

  /** Makes one small request. Throws `ApiError`: `unauthorized` when Lever rejects the key or login. */
  async checkKey(): Promise<void> {
    await this.readDate();
  }

  /**
   * Lever's clock, epoch ms; null where its reply has no date. Reads one stage for it, since setup needs that
   * permission anyway. Throws `ApiError` like `checkKey`.
   */
  async readDate(): Promise<number | null> {
    const reply = await this.#http.request(listRequest('GET /stages', { limit: '1' }));
    return reply.vendorNow;
  }

  /**
   * Whether we may read a list, tested by reading one record, because a key doesn't list its permissions. False for a
   * 403 or 404.
   */
  async canList(route: ListRoute): Promise<boolean> {
    const one = listRequest(route, { limit: '1' });
    const reply = await this.#http.request({ ...one, passStatuses: UNSEEN_STATUSES });
    return reply.status < 300;
  }

  /**
   * Tests a permission on an opportunity that doesn't exist, because a key doesn't list its permissions. A 403 means
   * that it is missing, unless reading such an opportunity gets one, too. Without an acting user Lever may refuse
   * before it checks permissions.
   */
  async tryRight(route: OpportunityRoute): Promise<RightTried> {
    const { status, body } = await this.#http.request({
      ...requestTo(route, NO_SUCH_OPPORTUNITY),
      query: this.#actingUser(),
      json: TEST_BODIES[route],
      passStatuses: REFUSAL_STATUSES,
    });
    // A 404 is the answer that shows the permission, whatever its text says.
    if (status !== 404 && namesActingUser(body)) return 'acting_user_needed';
    // Any other answer, such as a 404 for the opportunity, shows that Lever allows the call itself.
    if (status !== 403) return 'given';
    // If reading such an opportunity is refused too, the 403 is about the opportunity, not about this permission.
    const seen = await this.#readOne('GET /opportunities/:id', NO_SUCH_OPPORTUNITY);
    return seen.status === 403 ? 'given' : 'lacking';
  }

  /**
   * Whether we may read confidential opportunities, tested because neither a key nor a token lists what it may read.
   */
  async canReadConfidential(): Promise<boolean> {
    const one = listRequest('GET /opportunities', { limit: '1', confidentiality: 'all' });
    const reply = await this.#http.request({ ...one, passStatuses: REFUSAL_STATUSES });
    return reply.status < 300;
  }

  /** The opportunity; undefined if it is gone (404), or hidden from us (403). */
  async #findOpportunity(id: OpportunityId): Promise<Opportunity | undefined> {
    return (await this.readOpportunity(id)).opportunity;
  }

  /**
   * Writes once, in the name of the acting user if one is set. Returns what the reply contains under `data`. A 2xx that
   * isn't JSON came from something in between: `unknown_outcome`.
   */
  async #write(route: HttpRequest['route'], id: OpportunityId, json: unknown): Promise<unknown> {
    const query = this.#actingUser();
    const { body } = await this.#http.request({ ...requestTo(route, id), query, json });
    return records.unwrap(body);
  }

  /** The query parameter that names the acting user; none if no user is set. */
  #actingUser(): [string, string][] {
    const { performAs } = this.settings;
    return performAs === null ? [] : [['perform_as', performAs]];
  }

  /**
   * Reads one record. A 403 or 404 is an answer, not an error. Returns what `read` makes of the reply; without `read`,
   * the reply.
   */
  #readOne<T = HttpReply>(
    route: 'GET /opportunities/:id' | 'GET /postings/:id',
    id: string,
    query: HttpRequest['query'] = [],
    read?: (reply: HttpReply) => T,
  ): Promise<T> {
    const request = { ...requestTo(route, id), query, passStatuses: UNSEEN_STATUSES };
    return this.#http.request(request, read);
  }

  /** All records of the list, from all its pages, as `parse` reads them. Leaves out those that it can't read (null). */
  async #readAll<T>(request: HttpRequest, parse: (record: unknown) => T | null): Promise<T[]> {
    const all: T[] = [];
    for await (const page of leverPages(this.#http, request)) {
      all.push(...parseAll(page.records, parse));
    }
    return all;
  }
}

type Query = Readonly<Record<string, string>>;

/** A request for a list. Its 403 rejects our account as a 401 does, because it can't be about a single record. */
function listRequest(route: HttpRequest['route'], query: Query = {}): HttpRequest {
  return { ...requestTo(route), query: Object.entries(query), accountStatuses: [403] };
}

/** A request for a route such as `GET /opportunities/:id`, of the record with this id. */
function requestTo(route: HttpRequest['route'], id = ''): HttpRequest {
  const path = route.slice(route.indexOf('/')).replace(':id', () => encodeURIComponent(id));
  return { route, path };
}

/** Whether the record is gone, or hidden from this key or login. */
function isUnseen(reply: HttpReply): boolean {
  return UNSEEN_STATUSES.includes(reply.status);
}

/** Whether Lever refused the call itself with this status, not the renewal of the login that it needed. */
function isRefused(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.kind === 'refused' && error.status === status;
}

/** Whether a reply says that Lever needs an acting user, or rejects the one that is set. */
function namesActingUser(body: unknown): boolean {
  return /perform.?as/i.test(JSON.stringify(body));
}

/** The values as `parse` reads them, without those that it can't read (null). */
function parseAll<T>(values: unknown[], parse: (value: unknown) => T | null): T[] {
  return values.map(parse).filter((value) => value !== null);
}

/**
 * What the reply to a read of one opportunity shows. Whether a 403 is about this record or about our account, the
 * caller finds out.
 */
function sightingOf(reply: HttpReply): LeverSighting {
  const leverNow = reply.vendorNow;
  if (reply.status === 403) return { kind: 'forbidden', leverNow };
  if (reply.status === 404) return { kind: 'not_found', leverNow };
  return { kind: 'opportunity', opportunity: requireOpportunity(reply), leverNow };
}

/**
 * The opportunity in the reply. Throws `unavailable` if none can be read from it, so the read is tried again: nothing
 * is known of the candidate then.
 */
function requireOpportunity(reply: HttpReply): Opportunity {
  const opportunity = records.parseOpportunity(records.unwrap(reply.body));
  if (opportunity !== null) return opportunity;
  const reason = 'no opportunity in reply';
  const route = 'GET /opportunities/:id';
  throw new ApiError({ vendor: 'lever', kind: 'unavailable', route, status: reply.status, reason });
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
 * Every page of a list, `limit` 100, with Lever's clock when it replied; long pages in several parts. Lever refuses an
 * offset whose filters differ from the first page's, so the query stays the same. `next` arrives percent-encoded and is
 * sent back as an ordinary value. Throws `ApiError`, `unavailable` also for an unreadable page, a stale offset or an
 * endless list.
 */
async function* leverPages(http: HttpClient, request: HttpRequest) {
  const seen = new Set<string>();
  let offset: string | undefined;
  do {
    const { records, next, ...reply } = await http.request(pageRequest(request, offset), (found) =>
      readPage(request, found),
    );
    for await (const slice of inSlices(records)) yield { records: slice, ...reply };
    // A list that leads back to a page would be read forever.
    if (next !== undefined && (seen.has(next) || seen.size >= MAX_PAGES)) {
      throw brokenList(request, 'list without end');
    }
    offset = next;
    if (next !== undefined) seen.add(next);
  } while (offset !== undefined);
}

/**
 * The request for the page at `offset`; undefined for the first page. `passStatuses`: only a further page can have a
 * bad offset, which Lever answers with 400. `readPage` reports that.
 */
function pageRequest(request: HttpRequest, offset: string | undefined): HttpRequest {
  const query = [...(request.query ?? []), ['limit', String(PAGE_SIZE)] as const];
  if (offset === undefined) return { ...request, query };
  return { ...request, query: [...query, ['offset', offset]], passStatuses: [400] };
}

/**
 * The records of a page, the offset of the next page (undefined after the last one), and Lever's clock. A 400 comes
 * here only for a further page, whose offset Lever then refuses: see `pageRequest`.
 */
function readPage(request: HttpRequest, { status, body, vendorNow, tookMs }: HttpReply) {
  if (status === 400) throw brokenList(request, 'offset refused', 400);
  const parsed = page.safeParse(body);
  if (!parsed.success) throw brokenList(request, 'no list in reply');
  const { data, hasNext, next } = parsed.data;
  // Without `next` the rest of the list can't be read, and would look as if it didn't exist.
  if (hasNext === true && next === undefined) throw brokenList(request, 'next page not named');
  // Where `hasNext` is missing, `next` alone shows that there is more.
  const following = hasNext === false ? undefined : next;
  return { records: data, next: following, leverNow: vendorNow, tookMs };
}

/** The error for a list that couldn't be read to its end: `unavailable`, so it is tried again. */
function brokenList(request: HttpRequest, reason: string, status?: number): ApiError {
  const { route } = request;
  return new ApiError({ vendor: 'lever', kind: 'unavailable', route, reason, status });
}
