/** Reads CodeSubmit's rows, and says which fields they show: ids are text or numbers, and any field may be missing. */
import { DAY_MS, HOUR_MS, SECOND_MS } from '../domain/clock.js';
import {
  type ChallengeNames,
  isShownByNewest,
  type OfferedChallenge,
  type SentChallenge,
  type Span,
} from '../domain/challenges.js';
import type { ChallengeId, VendorInvitationId } from '../domain/ids.js';
import {
  isPlainText,
  MAX_EMAIL_LENGTH,
  MAX_LINK_LENGTH,
  shortName,
} from '../domain/vendor-text.js';
import type { Settings } from '../store/settings/settings.js';

/**
 * CodeSubmit's API in one table: every path, header and field name, from a third party's reference. Reply fields are
 * dotted paths.
 */
export const CODESUBMIT_API = {
  /** The only four routes we ever call. Others of the account can cancel its subscription. */
  urlPaths: {
    me: '/api/external/me',
    challenges: '/api/external/tests',
    send: '/api/external/candidates',
    sent: '/api/external/candidates',
  },
  keyHeader: 'X-API-Key',
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
} as const;

/**
 * In which field of a row a sent challenge has what: dotted paths. Some are undocumented, so settings can change them.
 */
export const SENT_FIELD_PATHS = {
  id: 'id',
  /** Contains the challenge's id, or the challenge itself. */
  challenge: 'test',
  email: 'email',
  status: 'status',
  commitsCount: 'commits_count',
  createdAt: 'created_at',
  score: 'score',
  report: 'candidate_meta.report_url',
} as const;

type SentFieldPaths = Record<keyof typeof SENT_FIELD_PATHS, string>;

/**
 * The value at a path; undefined if the path leads nowhere. Positions in a list are numbers: `links.0.url`. Own
 * properties only: no reply reaches a prototype.
 */
export function valueAt(reply: unknown, dottedPath: string): unknown {
  return dottedPath.split('.').reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Record<string, unknown>)[key];
  }, reply);
}

/** An id as text, whether the vendor sends text or a number; null for anything else. Used for other short texts too. */
function idText(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' && isPlainText(value) ? value : null;
}

/** A challenge's name; null if the value shows none. Lists and rows are compared by it, so both read it like this. */
function nameText(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? shortName(value) : idText(value);
}

/** In which fields a row has what, and how to find the candidate's link. */
export interface RowFormat extends LinkFormat {
  fieldPaths: SentFieldPaths;
}

/** Whether a value of a reply is an object, whose fields can be read. */
export function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A challenge; null without an id. If it has no name, its id is shown. */
export function parseChallenge(row: unknown): OfferedChallenge | null {
  const id = idText(valueAt(row, CODESUBMIT_API.challenge.id));
  if (id === null) return null;
  return {
    id: id as ChallengeId,
    name: nameText(valueAt(row, CODESUBMIT_API.challenge.name)) ?? id,
    isArchived: saysArchived(row),
  };
}

/**
 * Whether a list shows the challenge as archived. The format is undocumented, but none of the usual ones can mean
 * anything else.
 */
function saysArchived(row: unknown): boolean {
  const { archived } = CODESUBMIT_API.challenge;
  const flags = [archived, 'is_archived', 'isArchived'].map((name) => valueAt(row, name));
  const dates = ['archived_at', 'archivedAt'].map((name) => valueAt(row, name));
  const states = ['status', 'state'].map((name) => valueAt(row, name));
  return (
    flags.some((flag) => flag === true || flag === 'true') ||
    dates.some((date) => idText(date) !== null) ||
    states.some((state) => typeof state === 'string' && state.toLowerCase() === 'archived')
  );
}

/** One sent challenge; every unreadable field is null. */
export function parseSent(row: Record<string, unknown>, format: RowFormat): SentChallenge {
  const { fieldPaths, apiOrigin } = format;
  return {
    id: idText(valueAt(row, fieldPaths.id)) as VendorInvitationId | null,
    challenge: challengeNamesIn(row, fieldPaths.challenge),
    email: parseAddress(valueAt(row, fieldPaths.email)),
    link: findLink(row, format),
    status: integerOf(valueAt(row, fieldPaths.status)),
    commitsCount: integerOf(valueAt(row, fieldPaths.commitsCount)),
    created: parseSpan(valueAt(row, fieldPaths.createdAt)),
    score: scoreOf(valueAt(row, fieldPaths.score)),
    report: findReport(valueAt(row, fieldPaths.report), apiOrigin),
  };
}

/**
 * What a row says about its challenge: in its own field, and in the field of an order if the row echoes it. The field
 * may contain the whole challenge, or a bare value. A bare value may be an id or a name, so it counts as both.
 */
function challengeNamesIn(row: unknown, path: string): ChallengeNames {
  const { challenge, order } = CODESUBMIT_API;
  const value = valueAt(row, path);
  const idsOrNames = [value, valueAt(row, order.challengeId)];
  const ids = [...idsOrNames, valueAt(value, challenge.id)].map(idText);
  const names = [...idsOrNames, valueAt(value, challenge.name)].map(nameText);
  return { ids: withoutNull(ids), names: withoutNull(names) };
}

/** The texts without null, each once. */
function withoutNull(texts: (string | null)[]): string[] {
  return [...new Set(texts.flatMap((text) => text ?? []))];
}

/** A whole number, whether the vendor sends text or a number; null for anything else. */
function integerOf(value: unknown): number | null {
  const isText = typeof value === 'string' && /^-?\d{1,16}$/.test(value.trim());
  const number = isText ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : null;
}

/** A text short enough for a score: `87 %` counts, sentences don't. */
function scoreOf(value: unknown): string | null {
  const text = idText(value)?.trim() ?? '';
  return /^[^\n]{1,40}$/.test(text) ? text : null;
}

/**
 * Where a reply has the candidate's link, as the admin set it: a dotted path, or a URL with {id}, {test.id} or any
 * other dotted field of the reply. With neither, the first text is taken that has the form of one.
 */
interface LinkFormat extends Pick<Settings, 'linkPath' | 'linkTemplate'> {
  /** Origin of the configured API. */
  apiOrigin: string;
}

const CODESUBMIT_ORIGIN = 'https://app.codesubmit.io';

/**
 * The candidate's link, by the path or template set, or else by its form. It must be of CodeSubmit's origin or the
 * configured one, and below `/c/`. Null if there is none.
 */
export function findLink(reply: unknown, format: LinkFormat): string | null {
  const { linkPath, linkTemplate, apiOrigin } = format;
  const origins = [CODESUBMIT_ORIGIN, apiOrigin];
  if (linkPath !== null) return candidateLink(webUrl(valueAt(reply, linkPath)), origins);
  if (linkTemplate === null) return linkByShape(reply, origins);
  return candidateLink(webUrl(fillTemplate(reply, linkTemplate)), origins);
}

/** The template with the reply's fields filled in; null if one of them is missing. */
function fillTemplate(reply: unknown, template: string): string | null {
  const missing: string[] = [];
  // Each {field} by its value: a dotted path into the reply.
  const filled = template.replace(/\{([^{}]+)\}/g, (_, field: string) => {
    const value = idText(valueAt(reply, field));
    // Dots alone would climb out of their place in the path.
    if (value === null || /^\.+$/.test(value)) missing.push(field);
    return encodeURIComponent(value ?? '');
  });
  return missing.length === 0 ? filled : null;
}

/**
 * The first text in the reply that has the form of a candidate's link. Other addresses, such as reports, must never
 * reach a candidate. `parseBody` lets no reply through that is too deep to be walked.
 */
function linkByShape(value: unknown, origins: string[]): string | null {
  if (typeof value === 'string') {
    return looksLikeLink(value, origins) ? candidateLink(webUrl(value), origins) : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const part of Object.values(value)) {
    const link = linkByShape(part, origins);
    if (link !== null) return link;
  }
  return null;
}

/** A path below `/c/` with nothing that climbs out of it again. */
const CANDIDATE_PATH = /^\/c\/[^?#/.](?![^]*(?:\/\.|%2e|[\\\s]))/i;

/**
 * Whether a text may be a candidate's link. Decided without parsing: a reply may have tens of thousands of texts that
 * nearly are one.
 */
function looksLikeLink(text: string, origins: readonly string[]): boolean {
  if (text.length > MAX_LINK_LENGTH) return false;
  const link = text.trim().toLowerCase();
  return origins.some((origin) => {
    // An address may spell out its scheme's usual port.
    const port = origin.startsWith('https:') ? ':443' : ':80';
    return [origin, origin + port].some(
      (one) => link.startsWith(one) && CANDIDATE_PATH.test(link.slice(one.length)),
    );
  });
}

/** The reviewers' page in CodeSubmit; null for any other address, and for one that gives a candidate access. */
function findReport(value: unknown, apiOrigin: string): string | null {
  const origins = [CODESUBMIT_ORIGIN, apiOrigin];
  const url = webUrl(value);
  if (url === null || !origins.includes(url.origin)) return null;
  return candidateLink(url, origins) === null ? url.href : null;
}

/** The address if it's a candidate's link; else null. */
function candidateLink(url: URL | null, origins: string[]): string | null {
  const isLink = url !== null && origins.includes(url.origin) && /^\/c\/./.test(url.pathname);
  return isLink ? url.href : null;
}

/** A text as an address on the web; null for anything else, and for one with credentials in it. */
function webUrl(value: unknown): URL | null {
  if (typeof value !== 'string' || value.length > MAX_LINK_LENGTH) return null;
  if (!/^\s*https?:\/\//i.test(value)) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  return url === null || url.username !== '' || url.password !== '' ? null : url;
}

/** The extreme time zones: fourteen hours ahead of UTC, and twelve behind. */
const MOST_AHEAD_MS = 14 * HOUR_MS;
const MOST_BEHIND_MS = 12 * HOUR_MS;

const WHOLE_ADDRESS = /^[^\s@,;<>()[\]]+@[^\s@,;<>()[\]]+\.[^\s@,;<>()[\].]+$/;
/** Characters that stand for masked letters, and for nothing else in practice. */
const MASK_SIGNS = /[*•●∙∗＊…]/;
const MAX_DATE_LENGTH = 64;

/** An address without mask signs; null for anything else. Letters may still mask it, such as xxx (`looksMasked`). */
export function parseAddress(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_EMAIL_LENGTH) return null;
  const address = value.trim();
  return WHOLE_ADDRESS.test(address) && !MASK_SIGNS.test(address) ? address : null;
}

const ISO_DATE =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?$/i;
/** `Tue, 01 Sep 2026 10:00:00 GMT`. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{8} (GMT|UTC|[+-]\d{4})$/;

/**
 * A date as a span: of no length for an exact time, longer for a date without a zone or a time. Null if it is no date,
 * or ambiguous.
 */
export function parseSpan(value: unknown): Span | null {
  if (typeof value === 'number') return parseTimestamp(value);
  if (typeof value !== 'string' || value.length > MAX_DATE_LENGTH) return null;
  const text = value.trim();
  if (HTTP_DATE.test(text)) return exactSpan(Date.parse(text));
  // No match leaves all of them undefined.
  const [, day, time, fraction = '0', zone] = ISO_DATE.exec(text) ?? [];
  if (day === undefined) return null;
  if (time === undefined) return spanInAnyZone(Date.parse(day), DAY_MS);
  // Seconds may be missing, and JavaScript keeps milliseconds only.
  const local = `${day}T${time.length === 5 ? `${time}:00` : time}.${fraction.slice(0, 3)}`;
  if (zone === undefined) return spanInAnyZone(Date.parse(`${local}Z`), 0);
  return exactSpan(Date.parse(local + isoZone(zone)));
}

/** `+02`, `+0200` and `UTC` are rewritten so that every engine reads them. */
function isoZone(zone: string): string {
  if (/^[A-Z]/i.test(zone)) return 'Z';
  return `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
}

/** A number as seconds or milliseconds since 1970, whichever means a date between 2001 and 2286. */
function parseTimestamp(value: number): Span | null {
  if (value >= 1e9 && value < 1e10) return exactSpan(value * SECOND_MS);
  return value >= 1e12 && value < 1e13 ? exactSpan(value) : null;
}

/** A span of no length; null for an invalid date. */
function exactSpan(at: number): Span | null {
  return Number.isNaN(at) ? null : { from: at, until: at };
}

/** When a time without a zone, read as UTC, may have been in any zone. `lengthMs`: a day for a date without a time. */
function spanInAnyZone(at: number, lengthMs: number): Span | null {
  if (Number.isNaN(at)) return null;
  return { from: at - MOST_AHEAD_MS, until: at + lengthMs + MOST_BEHIND_MS };
}

const ROW_PARTS = ['email', 'challenge', 'date'] as const;
export type RowPart = (typeof ROW_PARTS)[number];

/** What rows of CodeSubmit's list don't show of who was sent which challenge when. */
export interface RowShape {
  /** How many rows were read. */
  rows: number;
  /** The parts that too few rows show in the field where we look now. */
  missing: RowPart[];
  /** Other fields where nearly all rows show them. */
  proposed: Partial<Record<RowPart, string>>;
}

/** How deep into a row we search for a path, and how many of its fields. */
const MAX_PATH_DEPTH = 4;
const MAX_FIELDS = 500;
/** In the path of a date that may be the one of sending. */
const DATE_OF_SENDING = /creat|invit|sent|added/i;

/** How rows are judged. */
export interface RowJudge {
  /** Whether what a row says about its challenge names a listed one. */
  isChallenge: (names: ChallengeNames) => boolean;
  /** Whether an address looks masked. A single such one may be real. */
  isMask: (address: string) => boolean;
}

/**
 * Checks for each part whether the newest rows show it; one of them may lack it. One row is enough for challenges: the
 * others may be of archived ones, which CodeSubmit's list of challenges may lack. For a missing part, proposes the first
 * field of the newest row where nearly all rows show it.
 */
export function readRowShape(
  rows: readonly Record<string, unknown>[],
  { isChallenge, isMask }: RowJudge,
  { email, challenge, createdAt }: SentFieldPaths,
): RowShape {
  // The dotted path where we look for each part now.
  const fields: Record<RowPart, string> = { email, challenge, date: createdAt };
  const isShownAt: Record<RowPart, (row: unknown, path: string) => boolean> = {
    email: (row, path) => parseAddress(valueAt(row, path)) !== null,
    challenge: (row, path) => isChallenge(challengeNamesIn(row, path)),
    // A date without a time or zone can't tell whether a row is from before our request.
    date: (row, path) => {
      const span = parseSpan(valueAt(row, path));
      return span !== null && span.from === span.until;
    },
  };
  const isMaskedAt = (row: unknown, path: string) => isMask(parseAddress(valueAt(row, path)) ?? '');
  const showNearlyAll = (part: RowPart, path: string): boolean => {
    const shown = rows.filter((row) => isShownAt[part](row, path)).length;
    // Only addresses are masked: 0 for the other parts.
    const masked = rows.filter((row) => isMaskedAt(row, path)).length;
    return isShownByNewest({ lacking: rows.length - shown, shown, masked });
  };
  const isChallengeShown = rows.some((row) => isShownAt.challenge(row, challenge));
  const missing = ROW_PARTS.filter(
    (part) => !showNearlyAll(part, fields[part]) && !(part === 'challenge' && isChallengeShown),
  );
  const shape: RowShape = { rows: rows.length, missing, proposed: {} };
  const paths = rows[0] === undefined ? [] : fieldPathsIn(rows[0]);
  for (const part of missing) {
    // A row may have several dates: only a field named like a sending can be the date we need.
    const path = paths.find(
      (one) => (part !== 'date' || DATE_OF_SENDING.test(one)) && showNearlyAll(part, one),
    );
    if (path !== undefined) shape.proposed[part] = path;
  }
  return shape;
}

/** The dotted paths of a row's fields, outer ones first; of a deep or long row only so many. */
function fieldPathsIn(row: Record<string, unknown>): string[] {
  const paths: string[] = [];
  // The fields of one depth, each with its value.
  let level: [path: string, value: unknown][] = Object.entries(row);
  for (let depth = 0; depth < MAX_PATH_DEPTH && paths.length < MAX_FIELDS; depth += 1) {
    paths.push(...level.map(([path]) => path));
    level = level.flatMap(([path, value]) =>
      isRow(value)
        ? Object.entries(value).map(([key, inner]): [string, unknown] => [`${path}.${key}`, inner])
        : [],
    );
  }
  return paths.slice(0, MAX_FIELDS);
}
