/** Reads CodeSubmit's rows: ids and numbers come as text or number, any field may be missing. */
import type { ChallengeNames, OfferedChallenge, SentChallenge } from '../domain/codesubmit-port.js';
import type { ChallengeId, VendorInvitationId } from '../domain/ids.js';
import { shortName } from '../domain/vendor-text.js';
import type { CodeSubmitDialect } from './codesubmit-dialect.js';
import { findLink, findReport, type LinkSetting } from './link-finder.js';
import { parseAddress, parseSpan } from './row-values.js';
import { idText, valueAt } from './value-at.js';

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
    isArchived: isArchived(row, dialect),
  };
}

/** Nobody says how a list shows it; of the usual forms none stands for anything else. */
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

/** One sent challenge, every unreadable field null. */
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

/** By the field of a row, and by that of an order where a row echoes it. */
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

/** Short enough to be one; `87 %` is taken, a judgement in sentences is not. */
function scoreOf(value: unknown): string | null {
  const text = idText(value)?.trim() ?? '';
  return /^[^\n]{1,40}$/.test(text) ? text : null;
}
