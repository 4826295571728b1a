/** The two kinds of errors: ours, with a closed set of codes, and a vendor's, by kind. */

export type AppErrorCode =
  | 'usage'
  | 'not_set_up'
  | 'revoked'
  | 'configuration'
  | 'schema_mismatch'
  | 'not_found'
  | 'conflict'
  | 'vendor'
  | 'locked'
  | 'storage_full'
  | 'storage_failed'
  | 'storage_busy'
  | 'interrupted'
  | 'internal';

/** An error with what happened, why, and the command that fixes it. */
export class AppError extends Error {
  readonly code: AppErrorCode;
  /** The command, or the one step, that fixes it. */
  readonly hint: string;

  constructor(code: AppErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = hint;
  }
}

/** The shared sentence for a data directory that isn't in use (errors, doctor, status, alarms). */
export const NOT_SET_UP = 'Nothing is set up yet';
export const REVOKED = 'The integration was revoked';
export const RUN_SETUP = 'Run: codesubmit-lever setup';

/** The command that fixes a package that isn't complete, or that was installed by another Node. */
export const INSTALL = import.meta.url.includes('/node_modules/')
  ? 'npm install -g codesubmit-lever'
  : 'npm ci';
export const REINSTALL = `Run: ${INSTALL}`;

export type Vendor = 'lever' | 'codesubmit';

/**
 * - `unauthorized`: the account's credentials are rejected; only a person can fix that.
 * - `rate_limited`: not now; uses up no attempt.
 * - `refused`: the vendor understood and said no (a 4xx).
 * - `unavailable`: the request certainly had no effect; try again later.
 * - `unknown_outcome`: it may have had an effect; check before sending it again.
 */
export type ApiErrorKind =
  'unauthorized' | 'rate_limited' | 'refused' | 'unavailable' | 'unknown_outcome';

export interface ApiErrorFacts {
  vendor: Vendor;
  kind: ApiErrorKind;
  /** The route's pattern, never the path with its ids or query. */
  route: string;
  status?: number | undefined;
  /** The scheme, host and port of the request. */
  origin?: string | undefined;
  retryAfterMs?: number | undefined;
  /** Of a redirect: the setting that holds the address we called, and that is probably wrong. */
  addressSetting?: string | undefined;
  /** The parsed reply. It may hold personal data, so it is never logged. */
  body?: unknown;
  /** The key or login works, but belongs to another account than the one in use. */
  isOtherAccount?: true;
  /** A short technical cause without personal data: `ECONNREFUSED`, `html instead of json`. */
  reason: string;
}

/** A vendor's failure. The message names vendor, route, status and cause, and nothing personal. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the constructor assigns all facts
export class ApiError extends Error {
  constructor({ body, ...facts }: ApiErrorFacts) {
    const { vendor, route, reason } = facts;
    const status = facts.status === undefined ? '' : ` ${String(facts.status)}`;
    super(`${vendor} ${route}:${status} ${reason}`);
    this.name = 'ApiError';
    Object.assign(this, facts);
    // Not enumerable, so no logger or inspector prints it.
    Object.defineProperty(this, 'body', { value: body, enumerable: false });
  }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type -- see above
export interface ApiError extends Readonly<ApiErrorFacts> {}

/** What a vendor rejects. With `no_sending` (a Reviewer's key), `unpaid` and `no_right` the key itself is good. */
export type RejectionKind = 'key' | 'unpaid' | 'no_right' | 'no_sending' | 'other_account';

/** Why a vendor rejects our account. */
export interface Rejection {
  kind: RejectionKind;
  /** The technical words, without personal data. */
  why: string;
}

/** The rejection that an `unauthorized` failure means. */
export function rejectionOf(error: ApiError): Rejection {
  return { kind: rejectionKindOf(error), why: error.message };
}

/** What the vendor rejects. Without a status that says more, such as 401, it is the key. */
function rejectionKindOf({ isOtherAccount, vendor, route, status }: ApiError): RejectionKind {
  if (isOtherAccount) return 'other_account';
  if (status === 402) return 'unpaid';
  if (status !== 403) return 'key';
  // 403. A Reviewer's key reads CodeSubmit's lists, but may not send.
  return vendor === 'codesubmit' && route.startsWith('POST ') ? 'no_sending' : 'no_right';
}

/** The status of a vendor that is away as a whole. */
const MAINTENANCE = 503;

/**
 * Whether the failure concerns the vendor or our account, not one record. It uses up no attempt of a record. Without a
 * status no answer came at all, so the vendor counts as away; another status may be due to the one record.
 */
export function isVendorWide({ vendor, kind, route, status = MAINTENANCE }: ApiError): boolean {
  if (kind === 'rate_limited' || kind === 'unauthorized') return true;
  // Everything that we read from CodeSubmit is a list, so no single record is involved.
  if (vendor === 'codesubmit' && route.startsWith('GET ')) return true;
  return kind === 'unavailable' && status === MAINTENANCE;
}

/** Whether another attempt can help. Before repeating a write, check whether it had an effect. */
export function isPassing(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    ['unknown_outcome', 'unavailable', 'rate_limited'].includes(error.kind)
  );
}

/** Whether the disk is full or the file busy: temporary, and no one's fault. */
export function isStorageTrouble(error: unknown): boolean {
  return error instanceof AppError && ['storage_full', 'storage_busy'].includes(error.code);
}

/** Whether it is a bug: neither a vendor, the disk nor the configuration caused it. */
export function isUnforeseen(error: unknown): boolean {
  // A conflict is the answer to an admin's command, so the daemon's own work must meet none.
  if (error instanceof AppError) return error.code === 'conflict' || error.code === 'internal';
  return !(error instanceof ApiError);
}

/** The message of an unexpected error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
