/**
 * CodeSubmit's words: every path, header and field name, in one table. They come from a third party's reference, so that
 * each may turn out wrong and can be overridden. Fields of a reply are dotted paths.
 */
import { AppError } from '../domain/errors.js';

export interface CodeSubmitDialect {
  /** The only four routes that are ever called: others of the account can cancel its subscription. */
  paths: { me: string; challenges: string; send: string; sent: string };
  keyHeader: string;
  /** What a challenge's id is sent as; it is read either way. */
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
    /** Holds the challenge's id, or the challenge itself. */
    challenge: string;
    email: string;
    status: string;
    commitsCount: string;
    createdAt: string;
    /** What becomes of the work; not documented, so that a setting says otherwise. */
    score: string;
    report: string;
  };
}

/** The fields to change; whatever is left out stays. */
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
    'Correct the path in the dialect setting, or remove it for the default.',
  );
}
