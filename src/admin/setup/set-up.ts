/**
 * Sets up an integration from answers given all at once: checks them with the vendors, then stores
 * them together. `setup --no-input` gets them from flags; the setup session stores its answers one
 * by one, and calls this to activate them.
 */
import { timeOfRead } from '../../domain/clock.js';
import { AppError } from '../../domain/errors.js';
import type { Vendors } from '../../bridge/vendor-clients.js';
import type { Configuration, GivenSecret } from '../../store/settings/configuration.js';
import type { RuleSpec } from '../../domain/rule-spec.js';
import { readVariable } from '../../store/home/environment.js';
import {
  SETTINGS,
  type Settings,
  loadSettings,
  saveDraftRules,
  settingsFromEnvironment,
} from '../../store/settings/settings.js';
import { beginAccount, readAccountIds, requireSameAccount } from '../../lever/lever-account.js';
import { finishLogin, startLogin, type LeverAnswer } from '../../lever/login.js';
import {
  checkReportAddress,
  findSendable,
  storeAnswers,
  storeClient,
  webhookIdOf,
  type Checked,
  checkLever,
  includesConfidential,
  openCodeSubmit,
} from './answers.js';
import { findRefused, isOption } from './lever-rights.js';
import { planRules, storeRules, type ExistingPeople, type PlannedRules } from './rules.js';
import type { App } from '../app.js';

/** Answers from flags and the environment; stored values come after. */
export interface SetupAnswers {
  settings: Partial<Settings>;
  /** One value each, but for all signing tokens. The addresses for alarms and for the heartbeat may be `none`. */
  secrets?: Partial<Record<GivenSecret, readonly string[]>> | undefined;
  /** The address where the browser ended up: the second step of a login. */
  redirectedUrl?: string | undefined;
  /** Starts a login although the stored one works, because it ends soon or lacks a right. */
  isNewLogin?: boolean;
  /** The whole set; undefined leaves the stored one. */
  rules?: readonly RuleSpec[] | undefined;
  /** Checks the answers and shows who would be invited, and stores nothing. */
  isDryRun?: boolean;
}

/** How a setup ends. */
type Ended = Awaited<ReturnType<typeof setUp>>;
export type SetupResult = Extract<Ended, { kind: 'done' }>;
/** Nothing runs yet: someone has to log in to Lever first. */
export type LoginNeeded = Extract<Ended, { kind: 'login_needed' }>;

/** A setup whose checked answers aren't stored yet: with it a dry run of the rules works as if they were. */
export interface Draft {
  proposed: Pick<Configuration, 'settings' | 'codesubmitApiKey'>;
  vendors: Pick<Vendors, 'lever' | 'codesubmit'>;
}

/**
 * Checks the answers, stores them and activates the integration (`done`): nothing unless everything that can be checked
 * is right. With an OAuth client and no valid login it starts one (`login_needed`), and stores the answers unless the
 * data directory is in use. Throws `usage`, `configuration`, `not_found` or `vendor`, `conflict` if something changed
 * meanwhile, `ApiError`, and what `finishLogin` throws.
 *
 * `askAboutExisting` says what new rules do with candidates in their stages already: `leave` gives them nothing,
 * `invite` approves them all, so it reaches those too who get their tag later. Undefined stores nothing, as does a dry
 * run (`declined`). It can try `planned` with the draft; where the stored rules stay as they are, nothing is planned.
 * `onPeople` gets how many people Lever has listed in the stages of new rules so far.
 */
export async function setUp(
  app: App,
  answers: SetupAnswers,
  askAboutExisting: (
    draft: Draft,
    planned: PlannedRules | undefined,
  ) => Promise<ExistingPeople | undefined>,
  onPeople: (people: number) => void = () => undefined,
) {
  const isDryRun = answers.isDryRun === true;
  if (answers.redirectedUrl !== undefined) {
    if (isDryRun) throw noLoginInDryRun();
    await finishLogin(app, answers.redirectedUrl);
  }
  const { version } = app.integration.read();
  const given = settingsToStore(app, answers);
  const inForce = app.configuration.settings();
  // What Lever refuses is turned off in the given ones below.
  const settings = (): Settings => ({ ...inForce, ...given });
  const answer = leverAnswerOf(app, settings(), answers);
  const lever = isLoginWanted(answers, answer)
    ? undefined
    : await checkLever(app, settings(), answer);
  const codesubmitApiKey = need(
    secretOf(answers, 'codesubmit_api_key') ?? findSendable(app, 'codesubmit_api_key', settings()),
    'CodeSubmit API key',
    '--codesubmit-api-key-file FILE',
  );
  const codesubmit = openCodeSubmit(app, codesubmitApiKey, settings());
  await codesubmit.checkKey();
  const checked = {
    settings: given,
    lever: answer,
    codesubmitApiKey,
    signingTokens: answers.secrets?.signing_token ?? [],
    alarms: await checkReportAddress(app, 'alarm_url', secretOf(answers, 'alarm_url')),
    heartbeat: await checkReportAddress(app, 'heartbeat_url', secretOf(answers, 'heartbeat_url')),
  };
  // Someone has to log in first.
  if (!lever) return askForLogin(app, settings(), checked, isDryRun);
  const { client, fingerprint } = lever;
  // Options only, which don't depend on rules. What Lever refuses is turned off rather than failing later.
  const refused = await findRefused(client, settings(), [], isOption);
  for (const { option } of refused)
    if (option) Object.assign(given, { [option]: SETTINGS[option].initial });
  await requireSameAccount(app, { settings: settings(), lever: client, fingerprint });
  const ids = await readAccountIds(settings(), client);
  // A revoked integration activates its stored rules again.
  const isPlanned = answers.rules !== undefined || app.integration.state() === 'revoked';
  const vendors = { lever: client, stages: lever.stages, codesubmit };
  const planned = isPlanned
    ? await planRules(app, answers.rules, vendors, {
        isWholeSet: true,
        onProgress: onPeople,
      })
    : undefined;
  const draft = {
    proposed: { settings: settings(), codesubmitApiKey },
    vendors: { lever: () => client, codesubmit: () => codesubmit },
  };
  const existing = await askAboutExisting(draft, planned);
  if (existing === undefined || isDryRun) return { kind: 'declined' as const };
  const leverNow = timeOfRead(await client.readDate(), app.clock.now());
  await app.database.write((tx) => {
    // Such as a `revoke`, or another setup: what was read before the question isn't stored over it.
    if (app.integration.read().version !== version) throw changedMeanwhile('The integration');
    storeAnswers(tx, app, checked);
    beginAccount(tx, app, ids, fingerprint);
    if (planned) storeRules(tx, app, planned, existing, leverNow);
    // A session that was stopped continues with these rules, not with those that it left.
    saveDraftRules(tx, []);
    app.integration.markSetUp(tx, app.clock.now());
  });
  const { alarms, heartbeat } = checked;
  // `refused`: what was requested or on, but isn't allowed by Lever; it's turned off.
  return { kind: 'done' as const, settings: settings(), alarms, heartbeat, refused };
}

/** The error when a command or the daemon changed `what` since setup read it: the answers may not fit any more. */
export function changedMeanwhile(what: string): AppError {
  return new AppError(
    'conflict',
    `${what} changed meanwhile, so nothing was stored.`,
    'See it: codesubmit-lever status. Then run setup again.',
  );
}

/**
 * The settings that the answers and the environment give; others stay as they are, or follow their defaults. The
 * webhook's id is made if there is none; how Lever is called follows from the key or client.
 */
function settingsToStore(app: App, answers: SetupAnswers): Partial<Settings> {
  const given = { ...settingsFromEnvironment(app.runtime.env), ...answers.settings };
  const webhookId = webhookIdOf({ ...app.configuration.settings(), ...given });
  return { ...given, webhookId, leverAuth: leverAuthOf(app, answers) };
}

/**
 * A secret from flags or the environment; undefined where neither has it. Only of signing tokens there can be several.
 */
function secretOf({ secrets = {} }: SetupAnswers, name: GivenSecret): string | undefined {
  return secrets[name]?.[0];
}

/** An answer that setup can't do without. Throws `usage` if nothing gives it. `flag`: what would. */
function need(value: string | undefined, what: string, flag: string): string {
  if (value !== undefined) return value;
  throw new AppError('usage', `The ${what} is missing.`, `Add to the same command: ${flag}`);
}

/**
 * Whether Lever is called with a key or a login: by the flag, else by what the environment has, else as stored. If the
 * environment has both, the stored choice counts, or else the login.
 */
function leverAuthOf(app: App, answers: SetupAnswers): Settings['leverAuth'] {
  if (answers.settings.leverAuth !== undefined) return answers.settings.leverAuth;
  const hasClient = readVariable(app.runtime.env, 'LEVER_CLIENT_ID') !== undefined;
  const hasKey = secretOf(answers, 'lever_api_key') !== undefined;
  const given = hasClient ? 'oauth' : 'api_key';
  return hasClient === hasKey ? (loadSettings(app.database).leverAuth ?? given) : given;
}

/**
 * The key or OAuth client for Lever: as answered, or else as stored. `settings`: those in force, with the answers.
 * Throws `usage` where it is missing, `configuration` where a secret is stored for another address.
 */
function leverAnswerOf(app: App, settings: Settings, answers: SetupAnswers): LeverAnswer {
  if (settings.leverAuth === 'api_key') {
    const key = secretOf(answers, 'lever_api_key') ?? findSendable(app, 'lever_api_key', settings);
    const how = '--lever-api-key-file FILE, or --lever-client-id ID for a login';
    return { kind: 'api_key', key: need(key, 'Lever API key', how) };
  }
  const id = need(settings.leverClientId ?? undefined, 'Lever client id', '--lever-client-id ID');
  // The stored secret belongs to the stored client id.
  const isStored = loadSettings(app.database).leverClientId === id;
  const secret =
    secretOf(answers, 'lever_client_secret') ??
    (isStored ? findSendable(app, 'lever_client_secret', settings) : undefined);
  const how = '--lever-client-secret-file FILE';
  return { kind: 'oauth', client: { id, secret: need(secret, 'Lever client secret', how) } };
}

/**
 * Whether a login is to start although one may work. Not in the second step, which has just finished it. Throws `usage`
 * with an API key.
 */
function isLoginWanted(answers: SetupAnswers, answer: LeverAnswer): boolean {
  if (answers.isNewLogin !== true || answers.redirectedUrl !== undefined) return false;
  if (answer.kind === 'oauth') return true;
  const hint = 'Use a new key: codesubmit-lever setup --lever-api-key-file FILE';
  throw new AppError('usage', 'This integration uses an API key for Lever, not a login.', hint);
}

/**
 * Starts a login, and returns where someone has to log in. Meanwhile its client and the other answers are stored,
 * unless the integration is in use. Throws `usage` in a dry run.
 */
async function askForLogin(
  app: App,
  settings: Settings,
  checked: Checked & { lever: LeverAnswer },
  isDryRun: boolean,
) {
  const { lever } = checked;
  // Without a valid login, `checkLever` and `isLoginWanted` leave only an OAuth client.
  if (lever.kind !== 'oauth') throw new Error('an API key doesn’t need a login');
  if (isDryRun) throw noLoginInDryRun();
  const { client } = lever;
  const started = await startLogin(app, settings, client, await includesConfidential(app));
  await storeClient(app, client, checked);
  return { kind: 'login_needed' as const, settings, ...started };
}

/** A login is stored, and its code counts once. A dry run changes nothing. */
function noLoginInDryRun(): AppError {
  return new AppError(
    'usage',
    'A dry run needs a login that Lever accepts.',
    'Log in first: run the same command without --dry-run.',
  );
}
