/**
 * Stores the shape of replies, for `doctor --report`: of replies to writes, which can't be requested again, and of what
 * it reads itself.
 */
import type { Vendor } from '../domain/errors.js';
import { countRows, type Database, type Reader } from './database/database.js';
import { isLoopback } from '../domain/vendor-text.js';

/** A complete reply as received. Its body contains personal data: only its shape may be kept. */
export interface SeenReply {
  vendor: Vendor;
  route: string;
  isWrite: boolean;
  status: number;
  body: unknown;
}

export interface SeenShape {
  vendor: Vendor;
  route: string;
  status: number;
  shape: ReplyShape;
}

/** The most shapes to keep: there are few routes, but there could be many statuses. */
const MOST_ROWS = 200;

/** All stored shapes, by vendor, route and status. */
export function storedShapes(db: Reader): SeenShape[] {
  const sql =
    'SELECT vendor, route, status, shape FROM reply_shapes ORDER BY vendor, route, status';
  type Row = Omit<SeenShape, 'shape'> & { shape: string };
  return db.all<Row>(sql).map((row) => ({ ...row, shape: JSON.parse(row.shape) as ReplyShape }));
}

/**
 * Stores what this reply adds to the shape of its route and status, while there is room. Never throws, because no
 * answer may be lost over it.
 */
export async function storeShape(
  database: Database,
  { vendor, route, status, body }: SeenReply,
): Promise<void> {
  try {
    await database.write((tx) => {
      const sql = 'SELECT shape FROM reply_shapes WHERE vendor = ? AND route = ? AND status = ?';
      const known = tx.get<{ shape: string }>(sql, vendor, route, status)?.shape;
      if (known === undefined && countRows(tx, 'reply_shapes') >= MOST_ROWS) return;
      const shape = JSON.stringify(widenShape(JSON.parse(known ?? '{}') as ReplyShape, body));
      if (shape === known) return;
      const store =
        'INSERT OR REPLACE INTO reply_shapes (vendor, route, status, shape) VALUES (?, ?, ?, ?)';
      tx.run(store, vendor, route, status, shape);
    });
  } catch {
    // Skip it when the disk accepts no write.
  }
}

/** The vendors' own keys. Any other key may be a candidate's name, and isn't kept. */
const KNOWN_KEYS = new Set(
  `
  data next hasNext code message id text name contact headline stage confidentiality location emails email phones phone
  type value links tags sources stageChanges toStageId toStageIndex userId updatedAt origin sourcedBy owner followers
  applications archived archivedAt reason createdAt lastAdvancedAt lastInteractionAt snoozedUntil urls list show apply
  isAnonymized dataProtection store allowed expiresAt interviewIntelligence opportunityId candidateId contactId posting
  postingId postingOwner postingHiringManager user company comments customQuestions requisitionForHire deletedAt
  categories commitment department level team content state distributionChannels distributionChannel hiringManager
  workplaceType count username accessRole photo deactivatedAt externalDirectoryId url event configuration conditions
  origins signatureToken noteId fields secret score deleted attributes resume resumes feedbackForms panels interviews
  me count next previous results id name archived test test_id email first_name last_name full_name status commits_count
  created_at candidate_meta due_at time_limit score report_url detail non_field_errors error errors
`
    .trim()
    .split(/\s+/),
);

/** The formats seen at each path (`data[].emails[]`). */
type ReplyShape = Record<string, string[]>;

const MOST_PATHS = 300;
const MOST_FORMATS = 12;
const MOST_DEPTH = 8;
const MOST_ITEMS = 100;
/** Anything longer is text, whatever it looks like. */
const MOST_LETTERS = 2_000;

/** A shape that covers both `shape` and `value`. */
export function widenShape(shape: ReplyShape, value: unknown): ReplyShape {
  const wider: ReplyShape = structuredClone(shape);
  addFormats(wider, '', value, 0);
  return wider;
}

/** Adds the formats of the value and all that it contains, each at its path, as far as there is room. */
function addFormats(shape: ReplyShape, path: string, value: unknown, depth: number): void {
  // `.` stands for the body itself.
  if (!addFormat(shape, path === '' ? '.' : path, formatOf(value)) || depth >= MOST_DEPTH) return;
  if (Array.isArray(value)) {
    for (const item of value.slice(0, MOST_ITEMS)) addFormats(shape, `${path}[]`, item, depth + 1);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value).slice(0, MOST_ITEMS)) {
      const name = shownKey(key);
      addFormats(shape, path === '' ? name : `${path}.${name}`, item, depth + 1);
    }
  }
}

/** The key, if it is one that the vendors use; else `<key>`, since it may be a candidate's name. */
export function shownKey(key: string): string {
  return KNOWN_KEYS.has(key) ? key : '<key>';
}

/**
 * Adds a format seen at the path, if the path has room for it. Returns false if there is no room for the path itself.
 */
function addFormat(shape: ReplyShape, path: string, format: string): boolean {
  if (!Object.hasOwn(shape, path) && Object.keys(shape).length >= MOST_PATHS) return false;
  const formats = (shape[path] ??= []);
  if (!formats.includes(format) && formats.length < MOST_FORMATS) formats.push(format);
  return true;
}

/** The format of a value in words, such as `empty list`, `uuid` or `boolean`, which quote nothing of it. */
function formatOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'empty list' : 'list';
  if (typeof value === 'string') return textFormat(value);
  return typeof value === 'number' ? numberFormat(value) : typeof value;
}

/** The format of a number in words: `fraction`, `integer`, or an integer that looks like a time. */
function numberFormat(value: number): string {
  if (!Number.isInteger(value)) return 'fraction';
  // From 2001 to 2286, counted in ms or s.
  if (value >= 1e12 && value < 1e13) return 'integer (ms since 1970)';
  return value >= 1e9 && value < 1e10 ? 'integer (s since 1970)' : 'integer';
}

/** The first that matches is taken. */
const TEXT_FORMATS: readonly [RegExp, string][] = [
  [/^$/, 'empty text'],
  [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'uuid'],
  [/^\d{4}-\d\d-\d\d$/, 'date'],
  [/^\d{4}-\d\d-\d\d[T ][\d:.,]{5,20}(Z|[+-]\d\d:?\d\d)$/, 'time with zone'],
  [/^\d{4}-\d\d-\d\d[T ][\d:.,]{5,20}$/, 'time without zone'],
  [/^-?\d+$/, 'digits'],
  [/^[0-9a-f]{12,}$/i, 'hex'],
  [/^[^\s@]{1,100}@[^\s@*]{1,100}\.[^\s@*]{1,20}$/, 'e-mail'],
  [/^[^\s@]{1,100}@[^\s@]{1,100}$/, 'e-mail-like'],
  [/^\S+$/, 'one word'],
];

/** Describes a text without quoting any of it. */
export function textFormat(text: string): string {
  if (text.length > MOST_LETTERS) return 'long text';
  if (/^[^\s@*]*\*[^\s@]*@/.test(text)) return 'masked e-mail';
  if (/^https?:\/\/\S+$/i.test(text) && URL.canParse(text)) return urlFormat(new URL(text));
  return TEXT_FORMATS.find(([pattern]) => pattern.test(text))?.[1] ?? 'text';
}

/**
 * An address by its format, such as `url https://codesubmit.io/c/<uuid>`. Shows at most eight parts of the path; `c`,
 * with which CodeSubmit's links to challenges begin, is shown as it is.
 */
function urlFormat(url: URL): string {
  const { protocol, pathname, search } = url;
  const parts = pathname.split('/').filter((part) => part !== '');
  const shown = parts.slice(0, 8).map((part) => (part === 'c' ? part : `<${textFormat(part)}>`));
  const query = search === '' ? '' : '?…';
  return `url ${protocol}//${hostKind(url)}/${shown.join('/')}${query}`;
}

/** The vendor's domain, or `<loopback>` or `<other host>`: another host may be the customer's. */
function hostKind(url: URL): string {
  if (isLoopback(url)) return '<loopback>';
  const isOf = (vendor: string): boolean => `.${url.hostname}`.endsWith(`.${vendor}`);
  return ['codesubmit.io', 'lever.co'].find(isOf) ?? '<other host>';
}

/** Returns what stores the shapes of replies to writes, for support reports: what is read a report can read again. */
export function keepShapes(database: Database) {
  return (reply: SeenReply): void => {
    if (reply.isWrite) void storeShape(database, reply);
  };
}
