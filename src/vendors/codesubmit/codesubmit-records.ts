/**
 * Reads CodeSubmit's rows. Ids and numbers come as text or number, and any field may be missing.
 */
import type {
  ChallengeNames,
  OfferedChallenge,
  SentChallenge,
} from '../../domain/codesubmit-port.js';
import { AppError } from '../../domain/errors.js';
import type { ChallengeId, VendorInvitationId } from '../../domain/ids.js';
import { isPlainText, MAX_LINK_LENGTH, shortName } from '../../domain/vendor-text.js';
import { parseAddress, parseSpan } from './row-values.js';

/**
 * CodeSubmit's API in one table: every path, header and field name. They come from a third party's
 * reference, so each can be overridden. Reply fields are dotted paths.
 */
export interface CodeSubmitDialect {
  /** The only four routes we ever call. Others of the account can cancel its subscription. */
  paths: { me: string; challenges: string; send: string; sent: string };
  keyHeader: string;
  /** The type used when sending a challenge's id; both are accepted when reading. */
  challengeIdType: 'string' | 'number';
  me: { label: string };
  page: { rows: string; next: string; count: string };
  challenge: { id: string; name: string; archived: string };
  order: {
    challengeId: string;
    email: string;
    firstName: string;
    lastName: string;
    dueAt: string;
    timeLimit: string;
  };
  sent: {
    id: string;
    /** Contains the challenge's id, or the challenge itself. */
    challenge: string;
    email: string;
    status: string;
    commitsCount: string;
    createdAt: string;
    /** What becomes of the work. Undocumented, so a setting can change it. */
    score: string;
    report: string;
  };
}

/** The fields to change; others stay. */
export type DialectOverrides = {
  [Part in keyof CodeSubmitDialect]?: CodeSubmitDialect[Part] extends string
    ? CodeSubmitDialect[Part]
    : Partial<CodeSubmitDialect[Part]>;
};

const DIALECT: CodeSubmitDialect = {
  paths: {
    me: '/api/external/me',
    challenges: '/api/external/tests',
    send: '/api/external/candidates',
    sent: '/api/external/candidates',
  },
  keyHeader: 'X-API-Key',
  challengeIdType: 'string',
  me: { label: 'me' },
  page: { rows: 'results', next: 'next', count: 'count' },
  challenge: { id: 'id', name: 'name', archived: 'archived' },
  order: {
    challengeId: 'test_id',
    email: 'email',
    firstName: 'first_name',
    lastName: 'last_name',
    dueAt: 'due_at',
    timeLimit: 'time_limit',
  },
  sent: {
    id: 'id',
    challenge: 'test',
    email: 'email',
    status: 'status',
    commitsCount: 'commits_count',
    createdAt: 'created_at',
    score: 'score',
    report: 'candidate_meta.report_url',
  },
};

/** @throws AppError `configuration` for a path that doesn't begin with a slash. */
export function codesubmitDialect(overrides: DialectOverrides = {}): CodeSubmitDialect {
  const dialect: CodeSubmitDialect = {
    keyHeader: overrides.keyHeader ?? DIALECT.keyHeader,
    challengeIdType: overrides.challengeIdType ?? DIALECT.challengeIdType,
    paths: { ...DIALECT.paths, ...overrides.paths },
    me: { ...DIALECT.me, ...overrides.me },
    page: { ...DIALECT.page, ...overrides.page },
    challenge: { ...DIALECT.challenge, ...overrides.challenge },
    order: { ...DIALECT.order, ...overrides.order },
    sent: { ...DIALECT.sent, ...overrides.sent },
  };
  const wrong = Object.values(dialect.paths).find((path) => !path.startsWith('/'));
  if (wrong === undefined) return dialect;
  throw new AppError(
    'configuration',
    `A CodeSubmit path must begin with a slash: ${wrong}.`,
    'Correct the path in the dialect setting, or remove it to use the default.',
  );
}

// Dotted paths into a parsed reply; list positions are numbers: `links.0.url`.

/**
 * The value, or undefined if the path leads nowhere. Own properties only, so a reply can't reach a
 * prototype.
 */
export function valueAt(reply: unknown, dottedPath: string): unknown {
  return dottedPath.split('.').reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Record<string, unknown>)[key];
  }, reply);
}

/** An id as text, whether the vendor sends text or a number; null for anything else. */
export function idText(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' && isPlainText(value) ? value : null;
}

// Finds the candidate's link in a reply: by a path, by a template, or by its shape.

export type LinkSetting =
  | { kind: 'path'; path: string }
  | {
      kind: 'template';
      /** With {id}, {test.id}, {company} or any other dotted field of the reply. */
      template: string;
      /** Replaces {company} if the reply has no such field. */
      company?: string | undefined;
    };

const CODESUBMIT_ORIGIN = 'https://app.codesubmit.io';
/** Deeper than any real reply; a hostile one must not overflow the stack. */
const MAX_DEPTH = 32;

/**
 * The link, an http or https URL; null when the setting finds none or, without a setting, none has
 * the known shape.
 */
export function findLink(
  reply: unknown,
  setting: LinkSetting | null,
  apiOrigin: string,
): string | null {
  if (setting === null) return linkByShape(reply, [CODESUBMIT_ORIGIN, apiOrigin], 0);
  const found =
    setting.kind === 'path' ? valueAt(reply, setting.path) : fillTemplate(reply, setting);
  return webUrl(found)?.href ?? null;
}

function fillTemplate(
  reply: unknown,
  { template, company }: LinkSetting & { kind: 'template' },
): string | null {
  const missing: string[] = [];
  const filled = template.replace(/\{([^{}]+)\}/g, (_, field: string) => {
    const value = idText(valueAt(reply, field)) ?? (field === 'company' ? company : undefined);
    if (value === undefined) missing.push(field);
    return encodeURIComponent(value ?? '');
  });
  return missing.length === 0 ? filled : null;
}

/**
 * The first in document order. Reports and test pages are URLs too, and must never reach a
 * candidate.
 */
function linkByShape(value: unknown, origins: string[], depth: number): string | null {
  if (typeof value === 'string') {
    return mayBeCandidateLink(value, origins) ? candidateLink(webUrl(value), origins) : null;
  }
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return null;
  for (const part of Object.values(value)) {
    const link = linkByShape(part, origins, depth + 1);
    if (link !== null) return link;
  }
  return null;
}

/** Decided without parsing, which would cost a thousand times more for most texts of a reply. */
function mayBeCandidateLink(text: string, origins: readonly string[]): boolean {
  if (text.length > MAX_LINK_LENGTH) return false;
  const start = text.trimStart().toLowerCase();
  return origins.some((origin) => {
    const port = origin.startsWith('https:') ? ':443' : ':80';
    return [origin, origin + port].some((one) => start.startsWith(`${one}/c/`));
  });
}

/** The reviewers' page in CodeSubmit. Never one of the candidate's addresses. */
function findReport(value: unknown, apiOrigin: string): string | null {
  const origins = [CODESUBMIT_ORIGIN, apiOrigin];
  const url = webUrl(value);
  if (url === null || !origins.includes(url.origin)) return null;
  return candidateLink(url, origins) === null ? url.href : null;
}

/**
 * Whether a link in Lever, perhaps without its scheme, has the known shape of a candidate's link.
 */
export function isCandidateLink(link: string, apiUrl: string | null): boolean {
  const bare = link.trim();
  const urls = /^https?:\/\//i.test(bare) ? [bare] : [`https://${bare}`, `http://${bare}`];
  return findLink(urls, null, new URL(apiUrl ?? CODESUBMIT_ORIGIN).origin) !== null;
}

function candidateLink(url: URL | null, origins: string[]): string | null {
  const isOne = url !== null && origins.includes(url.origin) && /^\/c\/./.test(url.pathname);
  return isOne ? url.href : null;
}

function webUrl(value: unknown): URL | null {
  if (typeof value !== 'string' || value.length > MAX_LINK_LENGTH) return null;
  if (!/^\s*https?:\/\//i.test(value)) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  return url === null || url.username !== '' || url.password !== '' ? null : url;
}

export interface RowReader {
  dialect: CodeSubmitDialect;
  link: LinkSetting | null;
  /** Origin of the configured API. */
  apiOrigin: string;
}

export function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A challenge; null without an id. If it has no name, its id is shown. */
export function parseChallenge(row: unknown, dialect: CodeSubmitDialect): OfferedChallenge | null {
  const id = idText(valueAt(row, dialect.challenge.id));
  if (id === null) return null;
  const name = valueAt(row, dialect.challenge.name);
  return {
    id: id as ChallengeId,
    name: typeof name === 'string' && name !== '' ? shortName(name) : id,
    isArchived: isArchived(row, dialect),
  };
}

/** The format in a list is undocumented. None of the usual ones can mean anything else. */
function isArchived(row: unknown, { challenge }: CodeSubmitDialect): boolean {
  const flags = [challenge.archived, 'is_archived', 'isArchived'].map((name) => valueAt(row, name));
  const dates = ['archived_at', 'archivedAt'].map((name) => valueAt(row, name));
  const states = ['status', 'state'].map((name) => valueAt(row, name));
  return (
    flags.some((flag) => flag === true || flag === 'true') ||
    dates.some((date) => idText(date) !== null) ||
    states.some((state) => typeof state === 'string' && state.toLowerCase() === 'archived')
  );
}

/** One sent challenge; every unreadable field is null. */
export function parseSent(row: Record<string, unknown>, reader: RowReader): SentChallenge {
  const { dialect, link, apiOrigin } = reader;
  const fields = dialect.sent;
  return {
    id: idText(valueAt(row, fields.id)) as VendorInvitationId | null,
    challenge: challengeNamesIn(row, dialect),
    email: parseAddress(valueAt(row, fields.email)),
    link: findLink(row, link, apiOrigin),
    status: integerOf(valueAt(row, fields.status)),
    commitsCount: integerOf(valueAt(row, fields.commitsCount)),
    created: parseSpan(valueAt(row, fields.createdAt)),
    score: scoreOf(valueAt(row, fields.score)),
    report: findReport(valueAt(row, fields.report), apiOrigin),
  };
}

/** The row's own field, and the field of an order if the row echoes it. */
export function challengeNamesIn(
  row: unknown,
  { sent, challenge, order }: CodeSubmitDialect,
): ChallengeNames {
  const value = valueAt(row, sent.challenge);
  const either = [idText(value), idText(valueAt(row, order.challengeId))];
  const ids = [...either, idText(valueAt(value, challenge.id))];
  const names = [...either, idText(valueAt(value, challenge.name))];
  return { ids: withoutNull(ids), names: withoutNull(names) };
}

function withoutNull(texts: (string | null)[]): string[] {
  return [...new Set(texts.flatMap((text) => text ?? []))];
}

function integerOf(value: unknown): number | null {
  const isText = typeof value === 'string' && /^-?\d{1,16}$/.test(value.trim());
  const number = isText ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : null;
}

/** Short enough for a score: `87 %` counts, sentences don't. */
function scoreOf(value: unknown): string | null {
  const text = idText(value)?.trim() ?? '';
  return /^[^\n]{1,40}$/.test(text) ? text : null;
}
