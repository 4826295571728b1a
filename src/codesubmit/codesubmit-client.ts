/** CodeSubmit's API as the bridge uses it: four routes and no others, one attempt per call. */
import type {
  ChallengeOrder,
  Offer,
  OfferedChallenge,
  SentChallenge,
  SentCursor,
  SentPage,
  SentReply,
} from '../domain/challenges.js';
import { inSlices } from '../domain/clock.js';
import { ApiError, type ApiErrorKind, AppError } from '../domain/errors.js';
import { shortName, withoutTrailingSlashes } from '../domain/vendor-text.js';
import {
  HttpClient,
  type HttpReply,
  type HttpRequest,
  type HttpSettings,
} from '../net/http-client.js';
import type { Settings } from '../store/settings/settings.js';
import { parseBaseUrl, CODESUBMIT_API_URL } from '../store/settings/vendor-addresses.js';
import {
  CODESUBMIT_API,
  isRow,
  parseChallenge,
  parseSent,
  parseSpan,
  readRowShape,
  SENT_FIELD_PATHS,
  valueAt,
  type RowFormat,
  type RowJudge,
  type RowShape,
} from './codesubmit-records.js';

/** A longer `next` is no address. */
const MAX_NEXT_LENGTH = 4_096;
/** A longer list is treated as endless. */
const MAX_PAGES = 10_000;

type Row = Record<string, unknown>;
type CodeSubmitPage = Omit<SentPage, 'rows'> & { rows: Row[] };

/**
 * A page from a reply: an object with its rows in a field, or the list itself, which then has no count and no `next`.
 * Throws `unavailable` for anything else, and `refused` for a `next` that leads elsewhere.
 */
function pageOf(request: HttpRequest, reply: HttpReply, origin: string): CodeSubmitPage {
  const { body, vendorNow } = reply;
  const { count, next, rows } = CODESUBMIT_API.page;
  const total = valueAt(body, count);
  const givenNext = valueAt(body, next);
  const all = Array.isArray(body) ? body : valueAt(body, rows);
  // Before the rows: a `next` that leads elsewhere is refused whatever the page has.
  const query = nextQuery(request, givenNext, origin);
  if (!Array.isArray(all)) throw replyError(request, 'unavailable', 'no list in reply');
  return {
    rows: all.filter(isRow),
    next: query,
    // A null `next` says that the list ends here; a missing one says nothing.
    isEndKnown: givenNext !== undefined,
    vendorNow,
    total: Number.isSafeInteger(total) ? (total as number) : null,
  };
}

/**
 * The query of the next page; null on the last one. Only the query is taken from `next`, so the key never leaves the
 * configured address. Throws `refused` for an address elsewhere, and for anything that is no address.
 */
function nextQuery(request: HttpRequest, next: unknown, origin: string): SentCursor | null {
  if (next === undefined || next === null || next === '') return null;
  const here = new URL(request.path, origin);
  const isAddress = typeof next === 'string' && next.length <= MAX_NEXT_LENGTH;
  const url = isAddress && URL.canParse(next, here.href) ? new URL(next, here) : null;
  // The scheme doesn't count: a server behind a TLS-terminating proxy may call itself http, and we stay on https.
  const isOurs =
    url?.host === here.host &&
    withoutTrailingSlashes(url.pathname) === withoutTrailingSlashes(here.pathname);
  if (!isOurs) throw replyError(request, 'refused', 'foreign next');
  return [...url.searchParams];
}

/** The error for a reply that can't be used. */
function replyError(request: HttpRequest, kind: ApiErrorKind, reason: string): ApiError {
  return new ApiError({ vendor: 'codesubmit', kind, route: request.route, reason });
}

/** How many of the newest rows are examined for their format: older ones may be anonymized. */
const SAMPLE_ROWS = 20;

type RouteName = keyof typeof CODESUBMIT_API.urlPaths;

/** What the steps need of the client. Every call throws `ApiError`. None retries. */
export type ChallengeVendor = Pick<CodeSubmitClient, 'send' | 'readOffer' | 'readSentPage'>;

export class CodeSubmitClient {
  readonly #http: HttpClient;
  /** In which fields a row has what. */
  readonly #rowFormat: RowFormat;

  /** Throws `configuration` for an address with a path, or an invalid one. */
  constructor(http: HttpSettings, settings: Settings, apiKey: string) {
    const apiOrigin = parseOrigin(settings.codesubmitUrl ?? CODESUBMIT_API_URL);
    const { linkPath, linkTemplate, listEmailPath, listChallengePath, listDatePath } = settings;
    // Paths of fields in a row, such as `test.id`. CodeSubmit documents few of them, so settings can change three.
    const fieldPaths = {
      ...SENT_FIELD_PATHS,
      email: listEmailPath ?? SENT_FIELD_PATHS.email,
      challenge: listChallengePath ?? SENT_FIELD_PATHS.challenge,
      createdAt: listDatePath ?? SENT_FIELD_PATHS.createdAt,
    };
    this.#rowFormat = { fieldPaths, linkPath, linkTemplate, apiOrigin };
    this.#http = new HttpClient({
      ...http,
      vendor: 'codesubmit',
      baseUrl: apiOrigin,
      baseUrlName: 'CODESUBMIT_API_URL',
      authorize: () => Promise.resolve({ [CODESUBMIT_API.keyHeader]: apiKey }),
    });
  }

  /**
   * Asks CodeSubmit whether it accepts the key, and throws `ApiError` if not. Returns the name
   * of the key's workspace or user; '' when CodeSubmit gives none.
   */
  async checkKey(): Promise<string> {
    const { body } = await this.#http.request(this.#route('GET', 'me'));
    const label = valueAt(body, 'me');
    return typeof label === 'string' ? shortName(label) : '';
  }

  /** The challenges that CodeSubmit lists, even if the list isn't whole (see `readOffer`). */
  async listChallenges(): Promise<OfferedChallenge[]> {
    return (await this.readOffer()).challenges;
  }

  /**
   * Reads all challenges, page by page. The list is whole (`isWhole`) if every row has an id, and at least as many are
   * shown as its count says; without a count, at least one. Throws `unavailable` for an endless list.
   */
  async readOffer(): Promise<Offer> {
    const read: (OfferedChallenge | null)[] = [];
    // Queries of the pages read so far, as JSON: if one comes again, the list never ends.
    const seen = new Set<string>();
    // The count on the first page that has one.
    let announced: number | null = null;
    // Empty for the first page.
    let query: SentCursor | null = [];
    while (query !== null) {
      if (seen.has(JSON.stringify(query)) || seen.size >= MAX_PAGES) {
        throw replyError(this.#route('GET', 'challenges'), 'unavailable', 'list without end');
      }
      seen.add(JSON.stringify(query));
      const page: CodeSubmitPage = await this.#readPage('challenges', query);
      for await (const rows of inSlices(page.rows)) read.push(...rows.map(parseChallenge));
      announced ??= page.total;
      query = page.next;
    }
    // Null: a row without an id.
    const challenges = read.filter((challenge) => challenge !== null);
    const ids = new Set(challenges.map(({ id }) => id));
    // Without a count, a list that shows at least one challenge counts as complete.
    const isWhole = challenges.length === read.length && ids.size >= (announced ?? 1);
    return { challenges, isWhole };
  }

  /** One page of all sent challenges, in CodeSubmit's order; null asks for the first page. */
  async readSentPage(cursor: SentCursor | null): Promise<SentPage> {
    const page = await this.#readPage('sent', cursor ?? []);
    const rows: SentChallenge[] = [];
    for await (const slice of inSlices(page.rows)) {
      rows.push(...slice.map((row) => parseSent(row, this.#rowFormat)));
    }
    return { ...page, rows };
  }

  /**
   * Reads the first page of sent challenges, and checks whether its newest rows show who was sent what, and when. Returns
   * which of that they don't show, and in which other fields it may be.
   */
  async readRowShape(judge: RowJudge): Promise<RowShape> {
    const { rows } = await this.#readPage('sent', []);
    // 0: rows without a date come last.
    const createdAt = (row: Row): number =>
      parseSpan(valueAt(row, this.#rowFormat.fieldPaths.createdAt))?.from ?? 0;
    const newest = [...rows].sort((a, b) => createdAt(b) - createdAt(a)).slice(0, SAMPLE_ROWS);
    return readRowShape(newest, judge, this.#rowFormat.fieldPaths);
  }

  /**
   * Sends one challenge. A redirect, 5xx, timeout, cut connection or unreadable 2xx is `unknown_outcome`. A success
   * without a readable id has a null `id`: look it up, never send it again.
   */
  async send(order: ChallengeOrder): Promise<SentReply> {
    const request = this.#route('POST', 'send');
    const json = this.#bodyOf(order);
    return this.#http.request({ ...request, json }, ({ status, body, vendorNow }) => {
      if (isRow(body)) return { ...parseSent(body, this.#rowFormat), vendorNow };
      // A 2xx: CodeSubmit may have accepted it.
      const reason = 'no object in reply';
      const { route } = request;
      throw new ApiError({ vendor: 'codesubmit', kind: 'unknown_outcome', route, status, reason });
    });
  }

  /** The order as CodeSubmit names its fields. What the rule doesn't set is left out. */
  #bodyOf(order: ChallengeOrder): Record<string, unknown> {
    const names = CODESUBMIT_API.order;
    const { dueAt, timeLimitMinutes } = order;
    return {
      [names.challengeId]: order.challengeId,
      [names.email]: order.email,
      [names.firstName]: order.firstName,
      [names.lastName]: order.lastName,
      ...(dueAt === null ? {} : { [names.dueAt]: new Date(dueAt).toISOString() }),
      ...(timeLimitMinutes === null ? {} : { [names.timeLimit]: timeLimitMinutes }),
    };
  }

  /** One of the four routes. On each, a 402 (payment) or 403 (permission) rejects our account, as a 401 does. */
  #route(method: 'GET' | 'POST', name: RouteName): HttpRequest {
    const path = CODESUBMIT_API.urlPaths[name];
    return { route: `${method} ${path}`, path, accountStatuses: [402, 403] };
  }

  /**
   * Reads one page of rows, and skips anything that isn't an object. Throws `ApiError`: `refused` for a `next` that
   * leads elsewhere, `unavailable` for an unreadable page.
   */
  #readPage(name: RouteName, query: SentCursor): Promise<CodeSubmitPage> {
    const request = this.#route('GET', name);
    const parse = (reply: HttpReply) => pageOf(request, reply, this.#rowFormat.apiOrigin);
    return this.#http.request({ ...request, query }, parse);
  }
}

/** The origin of the configured address. Throws `configuration` if it has a path, because every route has its own. */
function parseOrigin(apiUrl: string): string {
  const url = parseBaseUrl('CODESUBMIT_API_URL', apiUrl);
  if (url.pathname === '/' || url.pathname === '') return url.origin;
  throw new AppError(
    'configuration',
    'CODESUBMIT_API_URL has a path.',
    `Set CODESUBMIT_API_URL to an origin such as ${CODESUBMIT_API_URL}, or unset it.`,
  );
}
