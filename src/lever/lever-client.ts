/** Lever's Data API: each request is one attempt, and takes a slot of the rate limit. */
import { ApiError } from '../domain/errors.js';
import type { OpportunityId, StageId } from '../domain/ids.js';
import type {
  DeletedList,
  DeletionReader,
  LeverReader,
  LeverSighting,
  LeverWriter,
  ListedWebhook,
  StagePage,
} from '../domain/vendor-ports.js';
import type { Opportunity } from '../domain/opportunity.js';
import { saidIn } from '../domain/failure-words.js';
import {
  HttpClient,
  type HttpReply,
  type HttpRequest,
  type HttpSettings,
} from '../net/http-client.js';
import type { CallSettings, RateLimiter } from '../net/shared-rate.js';
import type { Settings } from '../store/settings/settings.js';
import { leverApiUrl } from '../store/settings/vendor-addresses.js';
import { leverPages, type LeverAuth } from './lever-connection.js';
import * as records from './lever-records.js';

export interface LeverClientOptions {
  /** The base URL, with `/v1`. */
  baseUrl: string;
  auth: LeverAuth;
  /** Awaited before each request. */
  rate: Pick<RateLimiter, 'acquire'>;
  http: HttpSettings;
  /** The acting user for writes, or null. */
  performAs: string | null;
  /** Lists confidential opportunities too. Without permission Lever refuses the whole list. */
  includeConfidential: boolean;
}

/** Lists of which reading one record shows whether we may read them. */
export type ListRoute = 'GET /opportunities' | 'GET /tags' | 'GET /postings' | 'GET /users';

/** Calls that need a permission of their own on an opportunity. */
export type OpportunityRoute =
  | 'POST /opportunities/:id/addLinks'
  | 'POST /opportunities/:id/addTags'
  | 'POST /opportunities/:id/removeTags'
  | 'GET /opportunities/:id/notes'
  | 'POST /opportunities/:id/notes';

const BODIES: Record<OpportunityRoute, unknown> = {
  'POST /opportunities/:id/addLinks': { links: ['https://app.codesubmit.io/c/none'] },
  'POST /opportunities/:id/addTags': { tags: ['codesubmit'] },
  'POST /opportunities/:id/removeTags': { tags: ['codesubmit'] },
  'POST /opportunities/:id/notes': { value: 'codesubmit' },
  'GET /opportunities/:id/notes': undefined,
};

/** The result of testing a permission; `acting_user_needed`: none is set, or Lever rejects it. */
export type RightTried = 'given' | 'lacking' | 'acting_user_needed';

/** All routes that the program reads. */
export type ShownRoute =
  | ListRoute
  | 'GET /stages'
  | 'GET /webhooks'
  | 'GET /opportunities/deleted'
  | 'GET /opportunities/:id'
  | 'GET /opportunities/:id/notes'
  | 'GET /postings/:id';

export function makeLeverClient(
  { leverRate, http }: CallSettings,
  settings: Settings,
  auth: LeverAuth,
): LeverClient {
  const { performAs, includeConfidential } = settings;
  const baseUrl = leverApiUrl(settings);
  return new LeverClient({ auth, rate: leverRate, http, baseUrl, performAs, includeConfidential });
}

/** An id that no opportunity has, so testing on it changes nothing. */
const NOBODY = '00000000-0000-0000-0000-000000000000' as OpportunityId;

/** Refusals of a list or a probe concern the account, because no single record is involved. */
const ACCOUNT_STATUSES = [401, 403];
/** The opportunity is gone, or hidden from this login; Lever uses either status for confidential ones. */
const UNSEEN_STATUSES = [403, 404];

export class LeverClient implements LeverReader, DeletionReader, LeverWriter {
  readonly #http: HttpClient;
  readonly #options: LeverClientOptions;

  /** @throws AppError `configuration` for an invalid address. */
  constructor(options: LeverClientOptions) {
    const { baseUrl, auth, rate, http } = options;
    this.#options = options;
    this.#http = new HttpClient({
      ...http,
      vendor: 'lever',
      baseUrl,
      baseUrlName: 'LEVER_API_URL',
      authorize: async () => ({ authorization: await auth.authorization() }),
      renew: async ({ authorization = '' }) => {
        const renewed = await auth.renew(authorization);
        return renewed === null ? null : { authorization: renewed };
      },
      beforeRequest: () => rate.acquire(),
    });
  }

  /** A 403 on this record and on everything is `unauthorized`. */
  async readOpportunity(id: OpportunityId): Promise<LeverSighting> {
    const sighting = await this.#readOne('GET /opportunities/:id', id, [], sightingOf);
    if (sighting.kind === 'forbidden') await this.checkKey();
    return sighting;
  }

  /** The stage's opportunities; `withPostings`: each with its posting. */
  async *listStage(stageId: StageId, { withPostings = false } = {}): AsyncGenerator<StagePage> {
    const query: [string, string][] = [
      ['stage_id', stageId],
      ['archived', 'false'],
    ];
    if (withPostings) query.push(['expand', 'applications']);
    if (this.#options.includeConfidential) query.push(['confidentiality', 'all']);
    for await (const page of leverPages(this.#http, listOf('GET /opportunities', query))) {
      const opportunities = parseAll(page.records, records.parseOpportunity);
      yield { opportunities, leverNow: page.leverNow };
    }
  }

  /** Opportunities with that e-mail address, archived ones too. */
  async listByEmail(email: string): Promise<Opportunity[]> {
    const query: [string, string][] = [['email', email]];
    if (this.#options.includeConfidential) query.push(['confidentiality', 'all']);
    return this.#listAll('GET /opportunities', records.parseOpportunity, query);
  }

  /** The permission that this needs is undocumented. Any refusal except of the key itself means that it is missing. */
  async listDeleted(since: number): Promise<DeletedList | null> {
    const list: DeletedList = { ids: [], leverNow: null };
    const route = 'GET /opportunities/deleted';
    const query: [string, string][] = [['deleted_at_start', String(since)]];
    try {
      for await (const page of leverPages(this.#http, { route, path: pathOf(route), query })) {
        list.leverNow ??= page.leverNow;
        list.ids.push(...parseAll(page.records, records.parseDeletedId));
      }
      return list;
    } catch (error) {
      if (error instanceof ApiError && error.kind === 'refused') return null;
      throw error;
    }
  }

  async readPostingTags(id: OpportunityId): Promise<string[] | null> {
    const reply = await this.#readOne('GET /opportunities/:id', id, [['expand', 'applications']]);
    const postingId = isUnseen(reply) ? null : opportunityOf(reply).postingId;
    if (postingId === null) return null;
    const posting = await this.#readOne('GET /postings/:id', postingId);
    return isUnseen(posting) ? null : records.parsePostingTags(records.unwrap(posting.body));
  }

  async readLinks(id: OpportunityId): Promise<string[] | null> {
    return (await this.#find(id))?.links ?? null;
  }

  async readTags(id: OpportunityId): Promise<string[] | null> {
    return (await this.#find(id))?.tags ?? null;
  }

  async addLink(id: OpportunityId, link: string): Promise<string[]> {
    const body = await this.#write('POST /opportunities/:id/addLinks', id, { links: [link] });
    return records.parseOpportunity(body)?.links ?? [];
  }

  async addTags(id: OpportunityId, tags: readonly string[]): Promise<string[]> {
    const body = await this.#write('POST /opportunities/:id/addTags', id, { tags });
    return records.parseOpportunity(body)?.tags ?? [];
  }

  async removeTags(id: OpportunityId, tags: readonly string[]): Promise<string[]> {
    const body = await this.#write('POST /opportunities/:id/removeTags', id, { tags });
    return records.parseOpportunity(body)?.tags ?? [];
  }

  /** Throws without permission to read notes, because then the answer is unknown. */
  async hasNote(id: OpportunityId, part: string): Promise<boolean | null> {
    const route = 'GET /opportunities/:id/notes';
    const holds = (note: unknown): boolean =>
      records.noteTexts(note).some((text) => text.includes(part));
    try {
      for await (const page of leverPages(this.#http, { route, path: pathTo(route, id) })) {
        if (page.records.some(holds)) return true;
      }
      return false;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  /** Adds a note, visible to anyone who sees the candidate; followers aren't notified. */
  async addNote(id: OpportunityId, text: string): Promise<boolean> {
    const body = await this.#write('POST /opportunities/:id/notes', id, {
      value: text,
      secret: false,
      notifyFollowers: false,
    });
    return records.parseNoteId(body) !== null;
  }

  asksForActingUser({ status, body }: ApiError): boolean {
    if (this.#options.performAs !== null || (status !== 400 && status !== 403)) return false;
    return namesActingUser(body);
  }

  /** All stages in pipeline order. Some ids are not UUIDs, and names may repeat. */
  async listStages(): Promise<records.LeverStage[]> {
    return this.#listAll('GET /stages', records.parseStage);
  }

  async listUsers(): Promise<records.LeverUser[]> {
    return this.#listAll('GET /users', records.parseUser);
  }

  /** All tags used in the account. */
  async listTags(): Promise<string[]> {
    return this.#listAll('GET /tags', records.parseTag);
  }

  /** All webhooks of the account, ours too; null without the right to list them. */
  async listWebhooks(): Promise<ListedWebhook[] | null> {
    const route = 'GET /webhooks';
    try {
      return await this.#readAll({ route, path: pathOf(route) }, records.parseWebhook);
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) return null;
      throw error;
    }
  }

  /** @throws ApiError `unauthorized` when Lever rejects the key. */
  async checkKey(): Promise<void> {
    await this.readDate();
  }

  /** Lever's clock, epoch ms; null where its reply has no date. */
  async readDate(): Promise<number | null> {
    const reply = await this.#http.request(listOf('GET /stages', [['limit', '1']]));
    return reply.vendorNow;
  }

  /** Whether we may read a list, tested by reading one record: a key doesn't list its permissions. */
  async canList(route: ListRoute): Promise<boolean> {
    const one = listOf(route, [['limit', '1']]);
    const reply = await this.#http.request({ ...one, passStatuses: UNSEEN_STATUSES });
    return reply.status < 300;
  }

  /**
   * Tests a permission on an opportunity that doesn't exist, because a key doesn't list its permissions. If reads work
   * and the call is refused, the permission is missing. Without an acting user Lever may refuse before it checks
   * permissions.
   */
  async tryRight(route: OpportunityRoute): Promise<RightTried> {
    const json = BODIES[route];
    const { status, body } = await this.#http.request({
      route,
      path: pathTo(route, NOBODY),
      query: this.#onBehalf(),
      ...(route.startsWith('GET') ? {} : { json }),
      passStatuses: [400, 403, 404],
    });
    if (status !== 404 && namesActingUser(body)) return 'acting_user_needed';
    if (status !== 403) return 'given';
    const seen = await this.#readOne('GET /opportunities/:id', NOBODY);
    return seen.status === 403 ? 'given' : 'lacking';
  }

  /** Reads one page of a list, or one record, for code that looks at replies. */
  async show(route: ShownRoute, id = ''): Promise<void> {
    const query: [string, string][] = route.endsWith('/:id') ? [] : [['limit', '100']];
    const request = { route, path: pathTo(route, id), query };
    await this.#http.request({ ...request, passStatuses: [400, 403, 404] });
  }

  /** Whether we may read confidential opportunities, tested because neither a key nor a token lists what it may read. */
  async canReadConfidential(): Promise<boolean> {
    const query: [string, string][] = [
      ['limit', '1'],
      ['confidentiality', 'all'],
    ];
    const one = listOf('GET /opportunities', query);
    const reply = await this.#http.request({ ...one, passStatuses: [400, 403] });
    return reply.status < 300;
  }

  async #find(id: OpportunityId): Promise<Opportunity | undefined> {
    const sighting = await this.readOpportunity(id);
    return sighting.kind === 'opportunity' ? sighting.opportunity : undefined;
  }

  /** Writes once. A 2xx that isn't JSON came from something in between: `unknown_outcome`. */
  async #write(route: HttpRequest['route'], id: OpportunityId, json: unknown): Promise<unknown> {
    const query = this.#onBehalf();
    const { body } = await this.#http.request({ route, path: pathTo(route, id), query, json });
    return records.unwrap(body);
  }

  #onBehalf(): [string, string][] {
    const { performAs } = this.#options;
    return performAs === null ? [] : [['perform_as', performAs]];
  }

  #readOne<T = HttpReply>(
    route: 'GET /opportunities/:id' | 'GET /postings/:id',
    id: string,
    query: HttpRequest['query'] = [],
    read?: (reply: HttpReply) => T,
  ): Promise<T> {
    const path = pathTo(route, id);
    return this.#http.request({ route, path, query, passStatuses: UNSEEN_STATUSES }, read);
  }

  #listAll<T>(
    route: HttpRequest['route'],
    parse: (record: unknown) => T | null,
    query: [string, string][] = [],
  ): Promise<T[]> {
    return this.#readAll(listOf(route, query), parse);
  }

  async #readAll<T>(request: HttpRequest, parse: (record: unknown) => T | null): Promise<T[]> {
    const all: T[] = [];
    for await (const page of leverPages(this.#http, request)) {
      all.push(...parseAll(page.records, parse));
    }
    return all;
  }
}

function listOf(route: HttpRequest['route'], query: [string, string][] = []): HttpRequest {
  return { route, path: pathOf(route), query, accountStatuses: ACCOUNT_STATUSES };
}

function pathOf(route: HttpRequest['route']): string {
  return route.slice(route.indexOf('/'));
}

function pathTo(route: HttpRequest['route'], id: string): string {
  return pathOf(route).replace(':id', () => encodeURIComponent(id));
}

function isUnseen(reply: HttpReply): boolean {
  return UNSEEN_STATUSES.includes(reply.status);
}

/** Whether Lever asks for an acting user, or rejects the one that is set. */
function namesActingUser(body: unknown): boolean {
  const { keys, texts } = saidIn(body);
  return [...keys, ...texts].some((said) => /perform.?as/i.test(said));
}

function parseAll<T>(values: unknown[], parse: (value: unknown) => T | null): T[] {
  return values.map(parse).filter((value) => value !== null);
}

function sightingOf(reply: HttpReply): LeverSighting {
  const leverNow = reply.vendorNow;
  if (reply.status === 403) return { kind: 'forbidden', leverNow };
  if (reply.status === 404) return { kind: 'not_found', leverNow };
  return { kind: 'opportunity', opportunity: opportunityOf(reply), leverNow };
}

function opportunityOf(reply: HttpReply): Opportunity {
  const opportunity = records.parseOpportunity(records.unwrap(reply.body));
  if (opportunity !== null) return opportunity;
  const reason = 'no opportunity in reply';
  const route = 'GET /opportunities/:id';
  throw new ApiError({ vendor: 'lever', kind: 'unavailable', route, status: reply.status, reason });
}
