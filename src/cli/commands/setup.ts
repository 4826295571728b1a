/** `setup`: from flags, files and the environment, or by questions on a terminal. */
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../../admin/app.js';
import { MINUTE_MS, SECOND_MS } from '../../domain/clock.js';
import { AppError, type ApiError } from '../../domain/errors.js';
import { VENDOR_NAMES } from '../../domain/failure-words.js';
import { formatDuration, shellWord } from '../../domain/format.js';
import { parseRuleSpec, type RuleSpec } from '../../domain/rule-spec.js';
import { checkSigningToken, parseSetting } from '../../store/settings/settings.js';
import type { Effect } from '../../admin/preview.js';
import type { ExistingPeople, PlannedRules } from '../../admin/setup/rules.js';
import type { LoginNeeded, SetupAnswers, SetupResult, Draft } from '../../admin/setup/set-up.js';
import {
  readSecretFile,
  readSecretVariable,
  readVariable,
  type Environment,
} from '../../store/home/environment.js';
import { SECRET_VARIABLES, type GivenSecret } from '../../store/settings/configuration.js';
import { rememberHome, type CommandContext, type CommandSpec } from '../command.js';
import { ALL_QUESTIONS, flagNames, SETUP_FLAGS } from '../questions.js';
import { confirmSending, onPeople, sayExisting, tryEffect } from '../terminal/confirm-sending.js';
import type { Consent, Io } from '../terminal/io.js';

interface SetupOptions extends Consent {
  webhook?: string;
  newLogin?: boolean;
  rule?: string[];
  redirectedUrlFile?: string;
  existing: ExistingPeople;
  [flag: string]: unknown;
}

export const setupCommand: CommandSpec = {
  words: 'setup',
  does: 'set up the integration, or change it',
  options: SETUP_FLAGS,
  help: `Without flags it asks on a terminal. Flags override the environment
(docs/settings.md).

An OAuth client takes two steps. The first prints where to log in, the same
command with --redirected-url-file ends it:
  $ codesubmit-lever setup --no-input --lever-client-id ID \\
      --lever-client-secret-file lever.secret …`,
  examples: [
    `codesubmit-lever setup --no-input --lever-api-key-file lever.key \\
      --codesubmit-api-key-file codesubmit.key --signing-token-file token \\
      --public-url https://hooks.example.com \\
      --rule 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API'`,
  ],
  run: runSetup,
};

/** Asks on a terminal, or stores the flags' answers at once. Bad flags and files are found before anything is opened. */
async function runSetup(context: CommandContext, options: SetupOptions): Promise<void> {
  const { io, home, runtime } = context;
  const answers = readAnswers(io, options, runtime.env);
  const isSession = startsSession(options, io);
  const { openForSetup } = await import('../context/open-app.js');
  if (isSession) io.endWithTerminal();
  // A vendor's rate limit is waited for.
  const app = await openForSetup(home, runtime, { waitOut: waitOut(io) });
  try {
    if (isSession) {
      const { runWizard } = await import('../wizard/wizard.js');
      await runWizard(io, app, options, options.newLogin === true ? 'lever' : undefined);
      await rememberGivenHome(context);
    } else await setUpAtOnce(context, app, answers, options);
  } finally {
    app.database.close();
  }
}

/** Remembers a data directory that `--home` names for later commands, and says if they meant another one before. */
async function rememberGivenHome(context: CommandContext): Promise<void> {
  const { io, home, isHomeGiven, usualHome, runtime } = context;
  if (!isHomeGiven) return;
  try {
    await rememberHome(runtime.configFolder, home);
  } catch {
    const flag = `--home ${shellWord(home.folder)}`;
    io.say(`The data directory could not be remembered. Name it each time: ${flag}`);
    return;
  }
  // The variable goes before what is remembered.
  const isOverridden = readVariable(runtime.env, 'CODESUBMIT_LEVER_HOME') !== undefined;
  if (usualHome.folder !== home.folder && !isOverridden)
    io.say(`From now on, commands without --home mean ${home.folder}.`);
}

/**
 * Returns what waits until a vendor's rate limit ends, so that setup doesn't lose what it was given. It waits as long
 * as the vendor says, but at least a second the first time, and twice as long each next time, up to a minute.
 */
function waitOut(io: Io): (error: ApiError) => Promise<void> {
  let shortestMs = SECOND_MS;
  return async ({ vendor, retryAfterMs = 0 }) => {
    const waitMs = Math.max(retryAfterMs, shortestMs);
    shortestMs = Math.min(shortestMs * 2, MINUTE_MS);
    const name = VENDOR_NAMES[vendor];
    io.say(`${name} limits our calls. Trying again in ${formatDuration(waitMs)} …`);
    await delay(waitMs);
  };
}

/** Sets up from flags, files and the environment. */
async function setUpAtOnce(
  context: CommandContext,
  app: App,
  answers: SetupAnswers,
  options: SetupOptions,
): Promise<void> {
  const { setUp } = await import('../../admin/setup/set-up.js');
  const { io } = context;
  const { existing } = options;
  let effect: Effect | undefined = { recipients: [], left: new Map() };
  // Undefined after a no: then nothing is stored. Without `planned` the stored rules stay, and no one is new to them.
  const askAboutExisting = async (draft: Draft, planned: PlannedRules | undefined) => {
    // With `draft`: these answers aren't stored yet.
    if (planned) effect = await tryEffect(io, { ...app, ...draft }, { planned, existing });
    return (await confirmSending(io, effect?.recipients, options)) ? existing : undefined;
  };
  const result = await setUp(app, answers, askAboutExisting, onPeople(io));
  // After a no or a dry run, which `confirmSending` has answered.
  if (result.kind === 'declined') return;
  await rememberGivenHome(context);
  if (result.kind === 'done') await printResult(io, result, effect, app);
  else await printLogin(io, result, answers.isNewLogin === true, app);
}

/** True if the questions are asked on the terminal, because no flag gives an answer. */
function startsSession(options: SetupOptions, io: Io): boolean {
  if (options.input === false || !io.isInteractive) return false;
  // These flags answer no question that must be asked: they say how to run, and the session takes them too.
  const howOnly = new Set(['existing', 'input', 'yes', 'newLogin']);
  return Object.entries(options).every(([name, value]) => howOnly.has(name) || value === undefined);
}

const LOGIN_FLAGS = ['leverClientId', 'leverClientSecretFile', 'redirectedUrlFile'];

/**
 * The answers that flags give. Secrets and rules without a flag come from the environment; `setUp` adds what else is
 * there or stored, or says which flag is missing.
 */
function readAnswers(io: Io, options: SetupOptions, env: Environment): SetupAnswers {
  const secrets: Partial<Record<GivenSecret, string[]>> = {};
  const settings: Record<string, unknown> = {};
  // Without such a flag the environment or the stored way to connect counts.
  if (options.leverApiKeyFile !== undefined) settings.leverAuth = 'api_key';
  else if (LOGIN_FLAGS.some((flag) => options[flag] !== undefined)) settings.leverAuth = 'oauth';
  // A token given by a flag means that the admin created a webhook, so it replaces a stored `none`. One in the
  // environment may be left from an earlier setup.
  if (options.signingTokenFile !== undefined) settings.webhookWay = 'paste';
  for (const { setting, secret, flag } of ALL_QUESTIONS) {
    // What only the environment sets is read from there when it's needed.
    if (flag === undefined) continue;
    const { attribute, long } = flagNames(flag);
    // A flag may be given several times.
    const values = [options[attribute] ?? []].flat() as string[];
    if (setting !== undefined && values[0] !== undefined)
      settings[setting] = parseSetting(setting, values[0], long);
    const isUnused = secret === 'signing_token' && options.webhook === 'none';
    if (secret !== undefined && !isUnused)
      secrets[secret] = readSecrets(io, env, secret, values, long);
  }
  const { linkPath, linkTemplate } = settings;
  // Each replaces the other.
  if (linkPath !== undefined) settings.linkTemplate = null;
  if (linkTemplate !== undefined) settings.linkPath = null;
  const { redirectedUrlFile: file } = options;
  return {
    settings,
    secrets,
    redirectedUrl: file === undefined ? undefined : readSecretFile(file, '--redirected-url-file'),
    isNewLogin: options.newLogin === true,
    rules: readRules(options, env),
    isDryRun: options.dryRun === true,
  };
}

/** The secrets in the files that the flag names, or else the environment's, or none. Warns of an odd signing token. */
function readSecrets(
  io: Io,
  env: Environment,
  secret: GivenSecret,
  files: readonly string[],
  flag: string,
): string[] {
  const variable = SECRET_VARIABLES[secret];
  const inFiles = files.map((file) => readSecretFile(file, flag));
  const inEnv = files.length > 0 ? undefined : readSecretVariable(env, variable);
  const all = inEnv === undefined ? inFiles : [inEnv];
  const tokens = secret === 'signing_token' ? all : [];
  for (const [at, token] of tokens.entries()) {
    const warning = checkSigningToken(token, files[at] ?? variable);
    if (warning !== undefined) io.say(warning);
  }
  return all;
}

/** The rules of the flags, or else one on each line of the variable. Undefined leaves the stored ones. */
function readRules(options: SetupOptions, env: Environment): RuleSpec[] | undefined {
  const lines = readVariable(env, 'CODESUBMIT_LEVER_RULES')?.split('\n') ?? [];
  const texts = options.rule ?? lines.map((line) => line.trim());
  const specs = texts.filter((text) => text !== '').map(parseRuleSpec);
  return specs.length > 0 ? specs : undefined;
}

/**
 * Prints, as JSON, where to log in to Lever and what to do then. Nothing is activated until someone has logged in. Says
 * first if Lever or CodeSubmit rejects us.
 */
async function printLogin(
  io: Io,
  login: LoginNeeded,
  isNewLogin: boolean,
  app: App,
): Promise<void> {
  const { isServing } = await import('../../store/database/file-lock.js');
  const { listProblems } = await import('../../admin/facts/facts.js');
  const { isCallbackAccepted, returnsToDaemon } = await import('../../lever/login.js');
  const rejection = listProblems(app).find(({ code }) => code === 'needs_reauth');
  if (rejection) io.say(`${rejection.what}.`);
  const { authorizeUrl, redirectUri, settings } = login;
  const until = new Date(login.expiresAt).toISOString();
  const next = [
    `Ask a Super Admin of Lever to open authorizeUrl and accept before ${until}.`,
    `${redirectUri} must be one of the app’s callbacks in Lever.`,
  ];
  if (returnsToDaemon(redirectUri, settings) && isServing(app.home)) {
    // The other answers are stored by a command that finds a login, not by one that starts another.
    const again = isNewLogin ? 'without --new-login' : 'again';
    next.push(`The running daemon completes the login; then run the same command ${again}.`);
  } else {
    next.push('Put the address where the browser ends up into a file, whatever that page shows;');
    next.push('then run the same command again with --redirected-url-file FILE.');
  }
  if (!isCallbackAccepted(redirectUri, settings))
    next.push('Lever’s production accepts https callbacks only; give one with --redirect-url URL.');
  io.json({ authorizeUrl, next: next.join(' ') });
}

/**
 * What changed, then what is set and what is left to do. Throws `vendor` when something requested isn't allowed in
 * Lever.
 */
async function printResult(
  io: Io,
  { alarms, heartbeat, refused, settings }: SetupResult,
  effect: Effect | undefined,
  app: App,
): Promise<void> {
  sayExisting(io, effect);
  // A string is a new address, null is none any more; undefined changed nothing.
  for (const [name, answer] of Object.entries({ alarms, heartbeat })) {
    if (typeof answer === 'string')
      io.out(`✓ ${name}: the address accepted a test. Check that it arrived.`);
    if (answer === null) io.out(`✓ ${name}: off`);
  }
  const { printSummary } = await import('../setup-summary.js');
  await printSummary(io, app, true);
  if (refused.length === 0) return;
  const { howToGrant, refusalInWords } = await import('../../admin/setup/lever-rights.js');
  const words = refused.map((one) => refusalInWords(one, settings)).join('; ');
  throw new AppError(
    'vendor',
    `Everything else is stored and works, but these are off: ${words}.`,
    howToGrant(app.configuration, settings, refused),
  );
}
