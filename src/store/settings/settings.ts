/** Every setting: default, environment variable, syntax, and its row in the table. Secrets are stored elsewhere. */
import { AppError, messageOf, type AppErrorCode } from '../../domain/errors.js';
import { PROGRESS, type Progress } from '../../domain/invitation.js';
import type { RuleSpec } from '../../domain/rule-spec.js';
import { withoutTrailingSlashes } from '../../domain/vendor-text.js';
import type { Reader, Tx } from '../database/database.js';
import { type Environment, readVariable } from '../home/environment.js';

/**
 * Parses the value of a flag or variable. Throws when it is malformed; the error's message says what would be valid.
 * `words`: all valid values, if they can be listed.
 */
type Parser<T> = ((text: string) => T) & { words?: readonly string[] };

/** The error for a malformed value. `what`: what a value must be, to be shown after “must be” or “Type”. */
const mustBe = (what: string): Error => new Error(what);

/** An http or https address, as written. */
function parseAddress(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  throw mustBe('an http or https address');
}

/** A parser of numbers for which `isValid`. `what`: what a number must be. */
function numberThat(isValid: (value: number) => boolean, what: string): Parser<number> {
  return (text) => {
    // `Number` makes 0 of an empty text.
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (isValid(value)) return value;
    throw mustBe(what);
  };
}

/** Digits only: other ways to write a number, such as `0x50`, are mistakes here. */
function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw mustBe('a port, such as 8737');
}

/** A parser of texts of that form, which it returns as written. `what`: what a text must be. */
function textLike(form: RegExp, what: string): Parser<string> {
  return (text) => {
    if (form.test(text)) return text;
    throw mustBe(what);
  };
}

const parseText = textLike(/./s, 'some text');

/** A parser that takes one of these words, exactly as written. */
function oneOf<const T extends string>(words: readonly T[]): Parser<T> {
  const parse = (text: string): T => {
    const word = words.find((known) => known === text);
    if (word !== undefined) return word;
    throw mustBe(words.join(' or '));
  };
  return Object.assign(parse, { words });
}

/** `100/10`: at most 100 invitations of a rule in 10 minutes; `off`: no brake. */
function parseBrake(text: string): { count: number; minutes: number } | null {
  if (text === 'off') return null;
  const parts = /^([1-9]\d{0,5})\/([1-9]\d{0,4})$/.exec(text);
  if (!parts) throw mustBe('N/MIN, such as 100/10, or off');
  return { count: Number(parts[1]), minutes: Number(parts[2]) };
}

/** `1=invited,2=started`: what CodeSubmit's status numbers mean. A number given twice leaves fewer entries than pairs. */
function parseStatusMap(text: string): Record<string, Progress> {
  const pairs = text.split(',').map((pair) => {
    const [, number, progress] = /^\s*(-?\d+)\s*=(.*)$/.exec(pair) ?? [];
    if (number === undefined || progress === undefined)
      throw mustBe('numbers and meanings, such as 1=invited,2=started');
    return [number, oneOf(PROGRESS)(progress.trim())];
  });
  const map = Object.fromEntries(pairs) as Record<string, Progress>;
  if (Object.keys(map).length !== pairs.length)
    throw mustBe('numbers and meanings, each number once');
  return map;
}

/**
 * The daemon's public address, perhaps with a path, without trailing slashes. `none` (null) where the network accepts
 * no inbound connections.
 */
function parsePublicUrl(text: string): string | null {
  if (text === 'none') return null;
  const parsed = new URL(parseRedirectUrl(text));
  if (parsed.username !== '' || parsed.password !== '') throw mustBe('an address without a login');
  return `${parsed.origin}${withoutTrailingSlashes(parsed.pathname)}`;
}

/** A callback URL without a query: Lever compares callbacks exactly, and its answer couldn't be told from the query. */
function parseRedirectUrl(text: string): string {
  const parsed = new URL(parseAddress(text));
  if (parsed.search !== '' || parsed.hash !== '') throw mustBe('an address without ? and #');
  return parsed.href;
}

/** `on` is true, `off` is false. */
const parseSwitch = (text: string): boolean => oneOf(['on', 'off'])(text) === 'on';

/** Whole days, at least one: with zero no one could be sent anything. `off` is null: never. */
function parseDays(text: string): number | null {
  if (text === 'off') return null;
  const what = 'a number of days from 1 to 36500, or off';
  const isValid = (days: number) => Number.isInteger(days) && days >= 1 && days <= 36_500;
  return numberThat(isValid, what)(text);
}

/** A setting. `env`: its variable; undefined if only a flag sets it. `initial`: its default. */
function define<T>(env: string | undefined, initial: T, parse: Parser<T>) {
  return { env, initial, parse };
}

/**
 * A path in a record of CodeSubmit, such as `candidate.email`. `default` is null: where CodeSubmit's reference says, and
 * for a link, by its form.
 */
function parseRecordPath(value: string): string | null {
  if (value === 'default') return null;
  return textLike(/^[^\s.]+(\.[^\s.]+)*$/, 'a path such as candidate.email, or default')(value);
}

/**
 * A template of a challenge's link, as written; it is checked with its placeholders filled. Its host is compared with
 * CodeSubmit's address once it is filled for real, because that address is a setting of its own. `default` is null: by
 * its form.
 */
function parseLinkTemplate(value: string): string | null {
  if (value === 'default') return null;
  const filled = value.replace(/\{[^{}]+\}/g, 'x');
  if (
    filled !== value &&
    /^https?:/i.test(filled) &&
    URL.canParse(filled) &&
    new URL(filled).pathname.startsWith('/c/')
  )
    return value;
  throw mustBe(
    'a link below /c/ with a field, such as https://app.codesubmit.io/c/acme/{id}, or default',
  );
}

/** The last part of the webhook's address: safe in a URL, and long enough that no one guesses it. */
const parseWebhookId = textLike(/^[A-Za-z0-9_-]{8,128}$/, '8 to 128 letters, digits, - or _');

const parseMinutes = numberThat(
  (minutes) => minutes > 0 && minutes <= 10_080,
  'a number above 0, 10080 at most',
);
const parseSeconds = numberThat(
  (seconds) => seconds >= 0 && seconds <= 86_400,
  'a number from 0, 86400 at most',
);

export const SETTINGS = {
  leverEnvironment: define('LEVER_ENVIRONMENT', 'production', oneOf(['production', 'sandbox'])),
  leverApiUrl: define<string | null>('LEVER_API_URL', null, parseAddress),
  leverAuthorizeUrl: define<string | null>('LEVER_AUTHORIZE_URL', null, parseAddress),
  leverTokenUrl: define<string | null>('LEVER_TOKEN_URL', null, parseAddress),
  leverAudience: define<string | null>('LEVER_AUDIENCE', null, parseText),
  leverScopes: define<string | null>('LEVER_SCOPES', null, parseText),
  /** How we authenticate to Lever; chosen at setup. */
  leverAuth: define(undefined, 'api_key', oneOf(['api_key', 'oauth'])),
  leverClientId: define<string | null>('LEVER_CLIENT_ID', null, parseText),
  redirectUrl: define<string | null>('LEVER_REDIRECT_URI', null, parseRedirectUrl),
  codesubmitUrl: define<string | null>('CODESUBMIT_API_URL', null, parseAddress),
  performAs: define<string | null>('LEVER_PERFORM_AS', null, parseText),
  publicUrl: define('CODESUBMIT_LEVER_PUBLIC_URL', null, parsePublicUrl),
  webhookId: define<string | null>('CODESUBMIT_LEVER_WEBHOOK_ID', null, parseWebhookId),
  /** How Lever's webhook is created, chosen at setup: on Lever's page with its signing token pasted, or not at all. */
  webhookWay: define(undefined, 'paste', oneOf(['paste', 'none'])),
  host: define('HOST', '127.0.0.1', parseText),
  port: define('PORT', 8737, parsePort),
  /** Where `serve` serves its metrics, on loopback; null: nowhere. */
  metricsPort: define<number | null>('METRICS_PORT', null, parsePort),
  brake: define(undefined, { count: 100, minutes: 10 }, parseBrake),
  /** A fraction is allowed. */
  sweepMinutes: define(undefined, 5, parseMinutes),
  /** Whether a tag in Lever shows recruiters why a candidate is on hold. */
  holdTags: define<boolean>(undefined, false, parseSwitch),
  /** Days after which personal data is erased; null: never. */
  retentionDays: define<number | null>('CODESUBMIT_LEVER_RETENTION_DAYS', 180, parseDays),
  settleSeconds: define('CODESUBMIT_SETTLE_SECONDS', 60, parseSeconds),
  /** Where a reply has the candidate's link, or how it is made: at most one of the two. With neither, it's found by its form. */
  linkPath: define(undefined, null, parseRecordPath),
  linkTemplate: define(undefined, null, parseLinkTemplate),
  statusMap: define<Record<string, Progress>>(undefined, {}, parseStatusMap),
  /** Whether a tag on the opportunity in Lever shows the challenge's progress. */
  progressTags: define<boolean>(undefined, false, parseSwitch),
  /**
   * The progress at which a note in Lever says that the challenge is done. `reviewed` waits for what the review adds, such
   * as a score.
   */
  completionNote: define(undefined, 'off', oneOf(['off', 'submitted', 'reviewed'])),
  /** Where rows of CodeSubmit's list have each part; null: where its reference says. */
  listEmailPath: define(undefined, null, parseRecordPath),
  listChallengePath: define(undefined, null, parseRecordPath),
  listDatePath: define(undefined, null, parseRecordPath),
  /** What to do while CodeSubmit's list can't be read or its rows aren't recognised. */
  unreadableList: define(undefined, 'wait', oneOf(['wait', 'send'])),
} as const;

export type Settings = {
  -readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['parse']>;
};
export type SettingName = keyof Settings;

/**
 * Parses a setting's value. `source`: the flag or variable that gave it. Throws an error of this code, with this fix, if
 * the value is malformed: for a flag of `setup`, `usage`.
 */
export function parseSetting<K extends SettingName>(
  name: K,
  value: string,
  source: string,
  fix = 'See: codesubmit-lever setup --help',
  code: 'usage' | 'configuration' = 'usage',
): Settings[K] {
  try {
    return SETTINGS[name].parse(value) as Settings[K];
  } catch (error) {
    const what = `${source} must be ${messageOf(error)}, not “${value}”.`;
    throw new AppError(code, what, fix, error);
  }
}

/** The flag that sets it: `publicUrl` is set by `--public-url`. */
export function flagOf(name: SettingName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * The value as its flag takes it: booleans are `on` or `off`, the brake is `100/10`, the status map
 * `1=invited,2=started`. Not for null, which each flag writes in its own way, such as `none` or `off`.
 */
export function asWritten(name: string, value: unknown): string {
  if (name === 'brake') return Object.values(value as object).join('/');
  if (name === 'statusMap')
    return Object.entries(value as object)
      .map((pair) => pair.join('='))
      .join(',');
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The settings that the environment sets. Throws `configuration` for a malformed variable. */
export function settingsFromEnvironment(env: Environment): Partial<Settings> {
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const variable = SETTINGS[name].env;
    const value = variable === undefined ? undefined : readVariable(env, variable);
    if (variable !== undefined && value !== undefined) {
      const fix = `Correct ${variable} where it’s set, or unset it.`;
      found[name] = parseSetting(name, value, variable, fix, 'configuration');
    }
  }
  return found;
}

const INITIAL = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, { initial }]) => [name, initial]),
) as unknown as Settings;

/**
 * The settings in force: the environment over stored values over defaults. Throws `configuration` for a malformed
 * variable.
 */
export function effectiveSettings(stored: Partial<Settings>, env: Environment): Settings {
  const settings = { ...INITIAL, ...stored, ...settingsFromEnvironment(env) };
  const hasWebhook = settings.publicUrl !== null && settings.webhookWay !== 'none';
  // Without a webhook only the sweep notices that a candidate was moved. Minutes that an admin chose stay.
  const isEveryMinute = !hasWebhook && stored.sweepMinutes === undefined;
  return isEveryMinute ? { ...settings, sweepMinutes: 1 } : settings;
}

/** The address to paste into Lever; null without a webhook, or before the address's last part was chosen. */
export function webhookUrl({ publicUrl, webhookId, webhookWay }: Settings): string | null {
  if (publicUrl === null || webhookId === null || webhookWay === 'none') return null;
  return `${publicUrl}/webhooks/lever/${webhookId}`;
}

/** The form of the data directory's id, which names the key's file: that must not be outside its folder. */
const HOME_ID = /^[0-9a-f]{24}$/;

/** The value of a row of the table as stored; undefined before it was set. */
export function findValue(db: Reader, name: string): string | undefined {
  return db.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', name)?.value;
}

/** Stores a value of the table, instead of an earlier one. */
export function putValue(tx: Tx, name: string, value: string): void {
  tx.run('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', name, value);
}

/** The stored settings, without the environment's, defaults, and the table's other values, such as the key's mark. */
export function loadSettings(db: Reader): Readonly<Partial<Settings>> {
  const rows = db.all<{ name: string; value: string }>('SELECT name, value FROM settings');
  const settings = rows.filter(({ name }) => Object.hasOwn(SETTINGS, name));
  return Object.fromEntries(settings.map(({ name, value }) => [name, JSON.parse(value)]));
}

/** Stores these settings; others stay as they are. */
export function saveSettings(tx: Tx, settings: Partial<Settings>): void {
  for (const [name, value] of Object.entries(settings)) putValue(tx, name, JSON.stringify(value));
}

/**
 * The id that names this data directory's key file, chosen with the key by the first `setup`; undefined before. Throws
 * `configuration` when its form isn't ours.
 */
export function findHomeId(db: Reader): string | undefined {
  const homeId = findValue(db, 'homeId');
  if (homeId === undefined || HOME_ID.test(homeId)) return homeId;
  throw new AppError(
    'configuration',
    'The database names a key file that this program never made.',
    'The database was altered. Put back a copy: codesubmit-lever restore FILE',
  );
}

/** Rules that were answered in `setup` and are not active yet, as written. */
export function loadDraftRules(db: Reader): RuleSpec[] {
  return JSON.parse(findValue(db, 'draftRules') ?? '[]') as RuleSpec[];
}

/** Stores the rules answered in `setup` so far, instead of those before; an empty list once any are active. */
export function saveDraftRules(tx: Tx, rules: readonly RuleSpec[]): void {
  putValue(tx, 'draftRules', JSON.stringify(rules));
}

/** The format of every signing token seen so far; Lever doesn't document it. */
const USUAL_TOKEN = /^[0-9a-f]{48}$/i;
/** Other tokens that Lever could give. A shorter one could be guessed. */
const POSSIBLE_TOKEN = /^[!-~]{32,}$/;

const WHERE_TO_COPY = 'Copy the webhook’s signature token from Lever’s Webhooks settings.';

/**
 * Checks a signing token. Throws `ifMalformed` for what can't be one, `configuration` for a placeholder, such as 48
 * zeros. Returns what is odd about it, in words; undefined if nothing is. `from` says where it comes from.
 */
export function checkSigningToken(
  token: string,
  from: string,
  ifMalformed: AppErrorCode = 'usage',
): string | undefined {
  const has = `has ${token.length} characters; Lever’s have 48 hexadecimal ones`;
  const refuse = (code: AppErrorCode, why: string): never => {
    throw new AppError(code, `The signing token in ${from} ${why}.`, WHERE_TO_COPY);
  };
  if (!POSSIBLE_TOKEN.test(token)) refuse(ifMalformed, has);
  if (/^(.)\1*$/i.test(token))
    refuse('configuration', 'is one character repeated, which anyone can guess');
  return USUAL_TOKEN.test(token) ? undefined : `Is the signing token whole? It ${has}.`;
}
