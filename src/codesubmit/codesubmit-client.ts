/** CodeSubmit's API as the bridge uses it: four routes and no others, one attempt per call. */
import { parseBaseUrl } from '../domain/base-url.js';
import type {
  SentCursor,
  ChallengeNames,
  ChallengeOrder,
  ChallengeVendor,
  Offer,
  OfferedChallenge,
  SentChallenge,
  SentPage,
  SentReply,
} from '../domain/vendor-ports.js';
import { ApiError, type ApiErrorKind, AppError } from '../domain/errors.js';
import { shortName } from '../domain/vendor-text.js';
import type { Settings } from '../store/settings/settings.js';
import { CODESUBMIT_API_URL } from '../store/settings/vendor-addresses.js';
import {
  HttpClient,
  type HttpReply,
  type HttpRequest,
  type HttpSettings,
} from '../net/http-client.js';
import { inSlices } from '../net/in-slices.js';
import {
  CODESUBMIT_API,
  isRow,
  parseChallenge,
  parseSent,
  parseSpan,
  SENT_PATHS,
  valueAt,
  type LinkSetting,
  type RowReader,
  type SentPaths,
} from './codesubmit-records.js';
import { readRowShape, type RowShape } from './row-shape.js';

const MAX_NEXT_LENGTH = 4_096;
/** A longer list is treated as endless. */
const MAX_PAGES = 10_000;

interface CodeSubmitPage {
  rows: Record<string, unknown>[];
  /** The length of the whole list according to the page; null when it doesn't say. */
  total: number | null;
  /** Null on the last page. */
  next: SentCursor | null;
  /** False when the page doesn't say whether another one follows. */
  isEndTold: boolean;
  /** CodeSubmit's clock (`Date` header), epoch ms; null when missing. */
  vendorNow: number | null;
}

/**
 * Reads one page of rows, the first one without a query; skips anything that isn't an object. Throws `ApiError`:
 * `refused` for a `next` that leads elsewhere, `unavailable` for an unreadable page or one whose next is itself.
 */
function readPage(
  http: HttpClient,
  request: HttpRequest,
  origin: string,
  query: SentCursor,
): Promise<CodeSubmitPage> {
  return http.request({ ...request, query }, (reply) => pageOf(request, reply, origin, query));
}

function pageOf(
  request: HttpRequest,
  { body, vendorNow }: HttpReply,
  origin: string,
  query: SentCursor,
): CodeSubmitPage {
  const total = valueAt(body, CODESUBMIT_API.page.count);
  const saidNext = valueAt(body, CODESUBMIT_API.page.next);
  const next = nextQuery(request, saidNext, origin);
  const rows = rowsOf(request, body);
  if (JSON.stringify(next) === JSON.stringify(query)) throw endless(request);
  return {
    rows,
    next,
    isEndTold: saidNext !== undefined,
    vendorNow,
    total: Number.isSafeInteger(total) ? (total as number) : null,
  };
}

/** The rows of all pages, long ones in parts. Throws like `readPage`, for a broken page too, and for an endless list. */
async function* codesubmitRows(
  http: HttpClient,
  request: HttpRequest,
  origin: string,
): AsyncGenerator<Pick<CodeSubmitPage, 'rows' | 'total'>> {
  const seen = new Set<string>();
  let query: SentCursor | null = [];
  while (query !== null) {
    const key = JSON.stringify(query);
    if (seen.has(key) || seen.size >= MAX_PAGES) throw endless(request);
    seen.add(key);
    const page: CodeSubmitPage = await readPage(http, request, origin, query);
    for await (const rows of inSlices(page.rows)) yield { rows, total: page.total };
    query = page.next;
  }
}

function endless(request: HttpRequest): ApiError {
  return failed(request, 'unavailable', 'list without end');
}

function rowsOf(request: HttpRequest, body: unknown) {
  const rows = Array.isArray(body) ? body : valueAt(body, CODESUBMIT_API.page.rows);
  if (!Array.isArray(rows)) throw failed(request, 'unavailable', 'no list in reply');
  return rows.filter(isRow);
}

/** Only the query is taken from `next`, so the key never leaves the configured address. */
function nextQuery(request: HttpRequest, next: unknown, origin: string): SentCursor | null {
  if (next === undefined || next === null || next === '') return null;
  const here = new URL(request.path, origin);
  const isAddress = typeof next === 'string' && next.length <= MAX_NEXT_LENGTH;
  const url = isAddress && URL.canParse(next, here.href) ? new URL(next, here) : null;
  const isSamePath = url !== null && withoutSlash(url.pathname) === withoutSlash(here.pathname);
  if (!isSamePath || !isSameOrigin(url, here)) throw failed(request, 'refused', 'foreign next');
  return [...url.searchParams];
}

/** A server behind a TLS-terminating proxy may call itself http; we stay on https. */
function isSameOrigin(url: URL, here: URL): boolean {
  return url.origin === here.origin || (url.protocol === 'http:' && url.host === here.host);
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, '');
}

function failed(request: HttpRequest, kind: ApiErrorKind, reason: string): ApiError {
  return new ApiError({ vendor: 'codesubmit', kind, route: request.route, reason });
}

export interface CodeSubmitClientOptions {
  /** An origin without a path. */
  apiUrl: string;
  apiKey: string;
  /** Where a reply has the candidate's link; null recognises the link by its shape. */
  link: LinkSetting | null;
  /** Where rows have each part, unless it is where CodeSubmit's reference says. */
  paths?: Partial<SentPaths>;
  http: HttpSettings;
}

/** How many rows are examined for their format: older ones may be anonymized. */
const SAMPLE = 20;

type RouteName = keyof typeof CODESUBMIT_API.paths;

export class CodeSubmitClient implements ChallengeVendor {
  readonly #http: HttpClient;
  readonly #reader: RowReader;

  /** @throws AppError `configuration` for an address with a path, or an invalid one. */
  constructor({ apiUrl, apiKey, link, paths, http }: CodeSubmitClientOptions) {
    const apiOrigin = parseOrigin(apiUrl);
    this.#reader = { paths: { ...SENT_PATHS, ...paths }, link, apiOrigin };
    this.#http = new HttpClient({
      ...http,
      vendor: 'codesubmit',
      baseUrl: apiOrigin,
      baseUrlName: 'CODESUBMIT_API_URL',
      authorize: () => Promise.resolve({ [CODESUBMIT_API.keyHeader]: apiKey }),
    });
  }

  /** The key's label, a workspace or a user; '' when CodeSubmit gives none. */
  async checkKey(): Promise<string> {
    const { body } = await this.#http.request(this.#route('GET', 'me'));
    const label = valueAt(body, 'me');
    return typeof label === 'string' ? shortName(label) : '';
  }

  async listChallenges(): Promise<OfferedChallenge[]> {
    return (await this.readOffer()).challenges;
  }

  /** An empty list counts as complete only if it says that it is empty. */
  async readOffer(): Promise<Offer> {
    const read: (OfferedChallenge | null)[] = [];
    let announced: number | null = null;
    const request = this.#route('GET', 'challenges');
    for await (const { rows, total } of codesubmitRows(
      this.#http,
      request,
      this.#reader.apiOrigin,
    )) {
      read.push(...rows.map(parseChallenge));
      announced ??= total;
    }
    const challenges = read.filter((challenge) => challenge !== null);
    const ids = new Set(challenges.map(({ id }) => id));
    const isWhole = challenges.length === read.length && ids.size >= (announced ?? 1);
    return { challenges, isWhole };
  }

  async readSentPage(cursor: SentCursor | null): Promise<SentPage> {
    const page = await this.#readSent(cursor ?? []);
    const rows: SentChallenge[] = [];
    for await (const slice of inSlices(page.rows)) {
      rows.push(...slice.map((row) => parseSent(row, this.#reader)));
    }
    return { ...page, rows };
  }

  /** Whether the first page's rows say who was sent what, and when. */
  async readRowShape(isChallenge: (names: ChallengeNames) => boolean): Promise<RowShape> {
    const { rows } = await this.#readSent([]);
    const made = (row: Record<string, unknown>): number =>
      parseSpan(valueAt(row, this.#reader.paths.createdAt))?.from ?? 0;
    const newest = [...rows].sort((a, b) => made(b) - made(a)).slice(0, SAMPLE);
    return readRowShape(newest, isChallenge, this.#reader.paths);
  }

  /** A success without a readable id has a null `id`: look it up, never send it again. */
  async send(order: ChallengeOrder): Promise<SentReply> {
    const request = this.#route('POST', 'send');
    const json = this.#bodyOf(order);
    return this.#http.request({ ...request, json }, ({ status, body, vendorNow }) => {
      if (isRow(body)) return { ...parseSent(body, this.#reader), vendorNow };
      const reason = 'no object in reply';
      const { route } = request;
      throw new ApiError({ vendor: 'codesubmit', kind: 'unknown_outcome', route, status, reason });
    });
  }

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

  /** Payment, permission and key concern the account, on every route. */
  #route(method: 'GET' | 'POST', name: RouteName): HttpRequest {
    const path = CODESUBMIT_API.paths[name];
    return { route: `${method} ${path}`, path, accountStatuses: [402, 403] };
  }

  #readSent(query: SentCursor): Promise<CodeSubmitPage> {
    return readPage(this.#http, this.#route('GET', 'sent'), this.#reader.apiOrigin, query);
  }
}

function parseOrigin(apiUrl: string): string {
  const url = parseBaseUrl('CODESUBMIT_API_URL', apiUrl);
  if (url.pathname === '/' || url.pathname === '') return url.origin;
  throw new AppError(
    'configuration',
    'CODESUBMIT_API_URL has a path.',
    `Set CODESUBMIT_API_URL to an origin such as ${CODESUBMIT_API_URL}, or unset it.`,
  );
}

export function makeCodeSubmitClient(
  http: HttpSettings,
  settings: Settings,
  apiKey: string,
): CodeSubmitClient {
  const { codesubmitUrl, linkPath, linkTemplate } = settings;
  const chosen = {
    email: settings.listEmailPath,
    challenge: settings.listChallengePath,
    createdAt: settings.listDatePath,
  };
  const paths = Object.fromEntries(Object.entries(chosen).filter(([, path]) => path !== null));
  const template =
    linkTemplate === null ? null : ({ kind: 'template', template: linkTemplate } as const);
  return new CodeSubmitClient({
    apiUrl: codesubmitUrl ?? CODESUBMIT_API_URL,
    apiKey,
    link: linkPath === null ? template : { kind: 'path', path: linkPath },
    paths,
    http,
  });
}
