/** Every setting: its default, its environment variable, and what counts as well-formed. Secrets are kept elsewhere. */
import { z } from 'zod';
import { isLoopback } from '../../domain/base-url.js';
import { parseNoteTemplate } from '../../domain/note-template.js';
import { PROGRESS, type Progress } from '../../domain/progress.js';
import { AppError } from '../../domain/errors.js';
import { withoutTrailingSlashes } from '../../domain/vendor-text.js';
import { readVariable, type Environment } from '../home/environment.js';

const url = z.url({ protocol: /^https?$/ });
const port = z
  .string()
  .regex(/^\d{1,5}$/, 'a port number')
  .transform(Number)
  .refine((value) => value <= 65_535, 'a port number');

function parseBrake(text: string): { count: number; minutes: number } | null {
  if (text === 'off') return null;
  const parts = /^([1-9]\d{0,5})\/([1-9]\d{0,4})$/.exec(text);
  if (!parts) throw new Error('N/MIN, such as 100/10, or off');
  return { count: Number(parts[1]), minutes: Number(parts[2]) };
}

function parseStatusMap(text: string): Record<string, Progress> {
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => part.trim()));
  if (pairs.some((pair) => pair.length !== 2)) throw new Error('such as 1=invited,2=started');
  const map = Object.fromEntries(pairs as [string, string][]);
  if (Object.keys(map).length !== pairs.length) throw new Error('each number once');
  return z.record(z.string().regex(/^-?\d+$/), z.enum(PROGRESS)).parse(map);
}

function parsePublicUrl(text: string): string | null {
  if (text === 'none') return null;
  const parsed = new URL(url.parse(text));
  if (parsed.username !== '' || parsed.password !== '')
    throw new Error('an address without a login');
  if (parsed.search !== '' || parsed.hash !== '') throw new Error('an address without ? and #');
  return `${parsed.origin}${withoutTrailingSlashes(parsed.pathname)}`;
}

/** Lever compares callbacks letter by letter; with a query of its own the answer could not be told from it. */
function parseRedirectUrl(text: string): string | null {
  const parsed = new URL(url.parse(text));
  if (parsed.search !== '' || parsed.hash !== '') throw new Error('an address without ? and #');
  return parsed.href;
}

function parseSwitch(text: string): boolean {
  if (text !== 'on' && text !== 'off') throw new Error('on or off');
  return text === 'on';
}

/** A number of minutes; a fraction is taken. */
const minutes = z.coerce.number().positive().max(10_080);

/** Whole days; with none at all nobody could be sent anything. */
const days = z.coerce.number('a number of days, or off').int().min(1).max(36_500);

interface Definition<T> {
  /** As a person would name it in an error. */
  label: string;
  env: string | undefined;
  initial: T;
  /** Parses what a flag or variable says; throws when it is not well-formed. */
  parse: (text: string) => T;
}

function define<T>(
  label: string,
  env: string | undefined,
  initial: T,
  parse: (text: string) => T,
): Definition<T> {
  return { label, env, initial, parse };
}

/** The path of a value in a row of CodeSubmit's list; `default` is where CodeSubmit's reference says. */
function rowPath(value: string): string | null {
  if (value === 'default') return null;
  if (!/^[^\s.]+(\.[^\s.]+)*$/.test(value)) {
    throw new Error('a path such as candidate.email, or default');
  }
  return value;
}

const text = (value: string): string | null => z.string().min(1).parse(value);
const address = (value: string): string | null => url.parse(value);
const environment = z.enum(['production', 'sandbox']);

/** Made on Lever's page and its signing token pasted, made by Lever's API, or none. */
export const WEBHOOK_WAYS = ['paste', 'api', 'none'] as const;
export type WebhookWay = (typeof WEBHOOK_WAYS)[number];

/** `reviewed` waits for what comes with the review, such as a score. */
const NOTE_WHEN = ['off', 'submitted', 'reviewed'] as const;
export type CompletionNoteWhen = (typeof NOTE_WHEN)[number];

export const SETTINGS = {
  leverEnvironment: define<'production' | 'sandbox'>(
    '--lever-environment',
    'LEVER_ENVIRONMENT',
    'production',
    (value) => environment.parse(value),
  ),
  leverApiUrl: define('LEVER_API_URL', 'LEVER_API_URL', null, address),
  leverAuthorizeUrl: define('LEVER_AUTHORIZE_URL', 'LEVER_AUTHORIZE_URL', null, address),
  leverTokenUrl: define('LEVER_TOKEN_URL', 'LEVER_TOKEN_URL', null, address),
  leverAudience: define('LEVER_AUDIENCE', 'LEVER_AUDIENCE', null, text),
  leverScopes: define('LEVER_SCOPES', 'LEVER_SCOPES', null, text),
  /** How Lever is proved who we are; chosen at setup. */
  leverAuth: define<'api_key' | 'oauth'>('login', undefined, 'api_key', (value) =>
    z.enum(['api_key', 'oauth']).parse(value),
  ),
  leverClientId: define('--lever-client-id', 'LEVER_CLIENT_ID', null, text),
  redirectUrl: define('--redirect-url', 'LEVER_REDIRECT_URI', null, parseRedirectUrl),
  codesubmitUrl: define('CODESUBMIT_API_URL', 'CODESUBMIT_API_URL', null, address),
  performAs: define('--perform-as', 'LEVER_PERFORM_AS', null, text),
  publicUrl: define('--public-url', 'CODESUBMIT_LEVER_PUBLIC_URL', null, parsePublicUrl),
  webhookId: define('CODESUBMIT_LEVER_WEBHOOK_ID', 'CODESUBMIT_LEVER_WEBHOOK_ID', null, (value) =>
    z
      .string()
      .regex(/^[A-Za-z0-9_-]{8,128}$/, '8 to 128 letters, digits, - or _')
      .parse(value),
  ),
  /** How Lever's webhook comes about; chosen at setup. */
  webhookWay: define<WebhookWay>('--webhook', undefined, 'paste', (value) =>
    z.enum(WEBHOOK_WAYS).parse(value),
  ),
  host: define('--host', 'HOST', '127.0.0.1', (value) => z.string().min(1).parse(value)),
  port: define('--port', 'PORT', 8737, (value) => port.parse(value)),
  /** Where `serve` shows its metrics, on loopback; null: nowhere. */
  metricsPort: define<number | null>('--metrics-port', 'METRICS_PORT', null, (value) =>
    port.parse(value),
  ),
  brake: define<{ count: number; minutes: number } | null>(
    '--brake',
    undefined,
    { count: 100, minutes: 10 },
    parseBrake,
  ),
  sweepMinutes: define('--sweep-minutes', undefined, 5, (value) => minutes.parse(value)),
  /** Whether recruiters are told in Lever, by a tag, why somebody waits. */
  holdTags: define<boolean>('--hold-tags', undefined, false, parseSwitch),
  /** Days after which nobody need know any more who that was; null: never. */
  retentionDays: define<number | null>(
    '--retention-days',
    'CODESUBMIT_LEVER_RETENTION_DAYS',
    180,
    (value) => (value === 'off' ? null : days.parse(value)),
  ),
  /** What a database does that is older than its last start. */
  afterRestore: define<'pause' | 'run'>(
    'CODESUBMIT_LEVER_AFTER_RESTORE',
    'CODESUBMIT_LEVER_AFTER_RESTORE',
    'pause',
    (value) => z.enum(['pause', 'run']).parse(value),
  ),
  settleSeconds: define('CODESUBMIT_SETTLE_SECONDS', 'CODESUBMIT_SETTLE_SECONDS', 60, (value) =>
    z.coerce.number().min(0).max(86_400).parse(value),
  ),
  linkPath: define('--link-path', undefined, null, text),
  linkTemplate: define('--link-template', undefined, null, text),
  statusMap: define<Record<string, Progress>>('--status-map', undefined, {}, parseStatusMap),
  /** How often progress is read at first; ever more seldom then. */
  progressMinutes: define('--progress-minutes', undefined, 2, (value) => minutes.parse(value)),
  /** How long after the sending progress is read at all. */
  progressWeeks: define('--progress-weeks', undefined, 12, (value) =>
    z.coerce.number().positive().max(104).parse(value),
  ),
  /** Whether a tag on the opportunity in Lever says how far its challenge is. */
  progressTags: define<boolean>('--progress-tags', undefined, false, parseSwitch),
  /** From which progress on a note in Lever says that a challenge is done. */
  completionNote: define<CompletionNoteWhen>('--completion-note', undefined, 'off', (value) =>
    z.enum(NOTE_WHEN).parse(value),
  ),
  noteSecret: define<boolean>('--note-secret', undefined, false, parseSwitch),
  noteNotify: define<boolean>('--note-notify', undefined, false, parseSwitch),
  /** Null: the text that is there without a setting. */
  noteTemplate: define<string | null>('--note-template', undefined, null, parseNoteTemplate),
  reportPath: define('--report-path', undefined, null, text),
  scorePath: define('--score-path', undefined, null, text),
  /** Where address, challenge and date stand in a row of CodeSubmit's list; null: where its reference says. */
  listEmailPath: define('--list-email-path', undefined, null, rowPath),
  listChallengePath: define('--list-challenge-path', undefined, null, rowPath),
  listDatePath: define('--list-date-path', undefined, null, rowPath),
  /** What happens while CodeSubmit's list can't be read or its rows can't be recognised. */
  unreadableList: define<'wait' | 'send'>('--unreadable-list', undefined, 'wait', (value) =>
    z.enum(['wait', 'send']).parse(value),
  ),
  /** Whether the Lever key or login may see confidential opportunities; tried at setup. */
  includeConfidential: define('confidential', undefined, false, (value) => value === 'true'),
} as const;

export type Settings = {
  -readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['parse']>;
};
export type SettingName = keyof Settings;

function expectedBy({ issues: [issue] }: z.ZodError): string | undefined {
  return issue?.code === 'invalid_value' ? issue.values.join(' or ') : issue?.message;
}

/** Parses one setting as a flag or variable gives it. Throws `usage` with what was expected. */
export function parseSetting<K extends SettingName>(
  name: K,
  value: string,
  source: string,
): Settings[K] {
  try {
    return SETTINGS[name].parse(value) as Settings[K];
  } catch (error) {
    const issue = error instanceof z.ZodError ? expectedBy(error) : (error as Error).message;
    throw new AppError(
      'usage',
      `${source}: “${value}” won’t do: ${issue ?? 'not well-formed'}.`,
      'See: codesubmit-lever setup --help',
      error,
    );
  }
}

/** What the environment says of the settings; only those that it names. */
export function settingsFromEnvironment(env: Environment): Partial<Settings> {
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const variable = SETTINGS[name].env;
    const value = variable === undefined ? undefined : readVariable(env, variable);
    if (variable !== undefined && value !== undefined) {
      found[name] = parseSetting(name, value, variable);
    }
  }
  return found;
}

/** What is in force: the environment over what is stored, over what each setting is at first. */
export function effectiveSettings(stored: Partial<Settings>, env: Environment): Settings {
  return { ...initialSettings(), ...stored, ...settingsFromEnvironment(env) };
}

function initialSettings(): Settings {
  const names = Object.keys(SETTINGS) as SettingName[];
  return Object.fromEntries(
    names.map((name) => [name, SETTINGS[name].initial]),
  ) as unknown as Settings;
}

/** The address to paste into Lever; null without a public one. */
export function webhookUrl(settings: {
  publicUrl: string | null;
  webhookId: string | null;
}): string | null {
  if (settings.publicUrl === null || settings.webhookId === null) return null;
  return `${settings.publicUrl}/webhooks/lever/${settings.webhookId}`;
}

/** @throws AppError `configuration` unless it is an https address (plain http on loopback); never with the address. */
export function parseAlarmUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (url && isSafe && url.username === '' && url.password === '') return url;
  throw new AppError(
    'configuration',
    'The address for alarms is no https address (plain http is taken on this machine only).',
    'Copy the whole address of an incoming webhook into a file, then run: codesubmit-lever setup --alarm-url-file FILE',
  );
}
