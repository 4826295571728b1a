/** Reads CodeSubmit's rows: ids and numbers come as text or number, any field may be missing. */
import type { OfferedChallenge } from '../domain/challenge.js';
import type { ChallengeId, VendorInvitationId } from '../domain/ids.js';
import type { SentChallenge } from '../invitations/codesubmit-port.js';
import { MAX_EMAIL_LENGTH, shortName } from '../domain/vendor-text.js';
import type { CodeSubmitDialect } from './codesubmit-dialect.js';
import { findLink, findReport, type LinkSetting } from './link-finder.js';
import { idText, valueAt } from './value-at.js';

const MAX_DATE_LENGTH = 64;

export interface RowReader {
  dialect: CodeSubmitDialect;
  link: LinkSetting | null;
  /** Origin of the configured API. */
  apiOrigin: string;
}

export function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A challenge; null without an id. One without a name is shown by its id. */
export function parseChallenge(row: unknown, dialect: CodeSubmitDialect): OfferedChallenge | null {
  const id = idText(valueAt(row, dialect.challenge.id));
  if (id === null) return null;
  const name = valueAt(row, dialect.challenge.name);
  return {
    id: id as ChallengeId,
    name: typeof name === 'string' && name !== '' ? shortName(name) : id,
    isArchived: valueAt(row, dialect.challenge.archived) === true,
  };
}

/** One sent challenge, every unreadable field null. */
export function parseSent(row: Record<string, unknown>, reader: RowReader): SentChallenge {
  const { dialect, link, apiOrigin } = reader;
  const fields = dialect.sent;
  const email = valueAt(row, fields.email);
  return {
    id: idText(valueAt(row, fields.id)) as VendorInvitationId | null,
    challengeId: challengeIdOf(row, dialect),
    email: isAddress(email) ? email : null,
    link: findLink(row, link, apiOrigin),
    status: integerOf(valueAt(row, fields.status)),
    commitsCount: integerOf(valueAt(row, fields.commitsCount)),
    createdAt: timeOf(valueAt(row, fields.createdAt)),
    score: scoreOf(valueAt(row, fields.score)),
    report: findReport(valueAt(row, fields.report), apiOrigin),
  };
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_EMAIL_LENGTH;
}

function challengeIdOf(row: unknown, dialect: CodeSubmitDialect): ChallengeId | null {
  const challenge = valueAt(row, dialect.sent.challenge);
  const id =
    idText(challenge) ??
    idText(valueAt(challenge, dialect.challenge.id)) ??
    // The field's name in an order, where the reply echoes that instead.
    idText(valueAt(row, dialect.order.challengeId));
  return id as ChallengeId | null;
}

function integerOf(value: unknown): number | null {
  const isText = typeof value === 'string' && /^-?\d{1,16}$/.test(value.trim());
  const number = isText ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : null;
}

/** Short enough to be one; `87 %` is taken, a judgement in sentences is not. */
function scoreOf(value: unknown): string | null {
  const text = idText(value)?.trim() ?? '';
  return /^[^\n]{1,40}$/.test(text) ? text : null;
}

function timeOf(value: unknown): number | null {
  const isDate = typeof value === 'string' && value.length <= MAX_DATE_LENGTH;
  const at = isDate ? Date.parse(asUtc(value)) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** A date-time without a zone is the server's, which for Django is UTC; `Date.parse` would take it for ours. */
function asUtc(value: string): string {
  const text = value.trim().replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, '$1T');
  return /T[\d:.]+$/.test(text) ? `${text}Z` : text;
}
