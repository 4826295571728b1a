/** Combines the answers of flags and variables with what is stored. */
import { AppError } from '../domain/errors.js';
import type { RuleSpec } from '../domain/rule-spec.js';
import type { LeverAnswer } from '../vendors/lever/login/login.js';
import type { Settings } from '../storage/settings/settings.js';
import type { ExistingPeople } from './rules/activate-rules.js';
import { webhookIdOf } from './setup-session.js';
import type { StoredAnswers } from './stored-answers.js';

export interface SetupAnswers {
  /** Answers from flags; the environment and stored values come after. */
  settings: Partial<Settings>;
  /** From a flag's file or the environment, like the secrets below. */
  leverApiKey?: string | undefined;
  leverClientSecret?: string | undefined;
  /** The address where the browser ended up: the second step of a login. */
  redirectedUrl?: string | undefined;
  /** Starts a login although the stored one works, because it ends soon or lacks a right. */
  isNewLogin?: boolean;
  codesubmitApiKey?: string | undefined;
  signingTokens: readonly string[];
  /** The addresses for alarms and for the heartbeat, or `none`. */
  alarmUrl?: string | undefined;
  heartbeatUrl?: string | undefined;
  /** The whole set; undefined leaves the stored one. */
  rules?: readonly RuleSpec[] | undefined;
  existing: ExistingPeople;
  /** Checks the answers and shows who would be invited, and stores nothing. */
  isDryRun?: boolean;
}

export function need(value: string | undefined, what: string, how: string): string {
  if (value !== undefined) return value;
  throw new AppError('usage', `The ${what} is missing.`, `Run: codesubmit-lever setup ${how}`);
}

export function settingsOf(stored: StoredAnswers, answers: SetupAnswers): Settings {
  const merged = { ...stored.settings(), ...answers.settings };
  return { ...merged, webhookId: webhookIdOf(merged), leverAuth: leverAuthOf(stored, answers) };
}

/** By flag, then the environment; if that has key and client, the stored choice or the client. */
function leverAuthOf(answered: StoredAnswers, answers: SetupAnswers): Settings['leverAuth'] {
  const stored = answered.storedSettings().leverAuth;
  if (answers.settings.leverAuth !== undefined) return answers.settings.leverAuth;
  const hasClient = answered.hasVariable('LEVER_CLIENT_ID');
  if (hasClient) return answers.leverApiKey === undefined ? 'oauth' : (stored ?? 'oauth');
  return answers.leverApiKey === undefined ? (stored ?? 'api_key') : 'api_key';
}

export function leverAnswerOf(
  stored: StoredAnswers,
  settings: Settings,
  answers: SetupAnswers,
): LeverAnswer {
  if (settings.leverAuth === 'api_key') {
    const given = answers.leverApiKey ?? stored.sendable('lever_api_key', settings);
    const how = '--lever-api-key-file FILE, or --lever-client-id ID for a login';
    return { kind: 'api_key', key: need(given, 'Lever API key', how) };
  }
  const id = need(settings.leverClientId ?? undefined, 'Lever client id', '--lever-client-id ID');
  const isStored = stored.storedSettings().leverClientId === id;
  const secret = need(
    answers.leverClientSecret ??
      (isStored ? stored.sendable('lever_client_secret', settings) : undefined),
    'Lever client secret',
    '--lever-client-secret-file FILE',
  );
  return { kind: 'oauth', client: { id, secret } };
}

/** In the second step the login exists. Throws `usage` if no login is used. */
export function isLoginWanted(
  { isNewLogin = false, redirectedUrl }: SetupAnswers,
  answer: LeverAnswer,
): boolean {
  if (!isNewLogin || redirectedUrl !== undefined) return false;
  if (answer.kind === 'oauth') return true;
  const hint = 'Use a new key: codesubmit-lever setup --lever-api-key-file FILE';
  throw new AppError('usage', 'This integration uses an API key for Lever, not a login.', hint);
}
