/** `setup`: from flags, files and the environment, or by questions on a terminal. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { AppContext } from '../../app/app-context.js';
import type { ConnectedApp } from '../../app/connect-vendors.js';
import { MINUTE_MS, SECOND_MS } from '../../domain/clock.js';
import { AppError, type ApiError } from '../../domain/errors.js';
import { VENDOR_NAMES } from '../../domain/failure-words.js';
import { formatDuration } from '../../domain/format.js';
import { parseRuleSpec, type RuleSpec } from '../../domain/rule-spec.js';
import { shellWord } from '../../domain/shell.js';
import { requireUnguessable, SIGNING_TOKEN } from '../../domain/signing-token.js';
import type { ExistingPeople } from '../../setup/rules/activate-rules.js';
import type { SetupAnswers } from '../../setup/setup-answers.js';
import type { LoginNeeded, SetupResult } from '../../setup/setup-from-answers.js';
import {
  readSecretFile,
  readSecretVariable,
  readVariable,
  type Environment,
} from '../../storage/home/environment.js';
import { parseSetting, type Settings, type WebhookWay } from '../../storage/settings/settings.js';
import type { CommandContext, ContextOf } from '../create-context.js';
import { wrappingIo, type Consent, type Io } from '../terminal/io.js';
import { setUpProgress } from '../wizard/setup-words.js';
import { nextStep, printResult, readProgress } from './print-setup.js';
import { SETTING_FLAGS, SETUP_FLAGS } from './setup-flags.js';

interface SetupOptions extends Consent {
  leverApiKeyFile?: string;
  leverClientId?: string;
  leverClientSecretFile?: string;
  redirectedUrlFile?: string;
  codesubmitApiKeyFile?: string;
  signingTokenFile?: string[];
  alarmUrlFile?: string;
  heartbeatUrlFile?: string;
  rule?: string[];
  webhook?: WebhookWay;
  newLogin?: boolean;
  existing: ExistingPeople;
  [setting: string]: unknown;
}

export function addSetup(program: Command, contextOf: ContextOf): void {
  const command = program.command('setup').description('set up the integration, or change it');
  for (const option of SETUP_FLAGS) command.addOption(option);
  command
    .addHelpText(
      'after',
      '\nExample:\n  $ codesubmit-lever setup --no-input --lever-api-key-file lever.key \\\n' +
        '      --codesubmit-api-key-file codesubmit.key --signing-token-file token \\\n' +
        '      --public-url https://hooks.example.com \\\n' +
        "      --rule 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API'\n\n" +
        'Without flags it asks on a terminal. Flags override the environment (docs/settings.md).\n\n' +
        'An OAuth client takes two steps. The first prints where to log in, the second ends it:\n' +
        '  $ codesubmit-lever setup --no-input --lever-client-id ID --lever-client-secret-file lever.secret …\n' +
        '  $ codesubmit-lever setup --no-input --lever-client-id ID --lever-client-secret-file lever.secret … \\\n' +
        '      --redirected-url-file address',
    )
    .action(async (options: SetupOptions) => {
      await runSetup(await contextOf(), options);
    });
}

async function runSetup(context: CommandContext, options: SetupOptions): Promise<void> {
  const answers = readAnswers(options, context.env);
  const isForWizard = hasNoAnswer(options, context.io);
  const { openForSetup } = await import('../../app/open-app.js');
  const { connectVendors } = await import('../../app/connect-vendors.js');
  if (isForWizard) context.io.endWithTerminal();
  const opened = await openForSetup(context.home, context.runtime);
  const app = connectVendors({ ...opened, http: { ...opened.http, waitOut: waitOut(context.io) } });
  try {
    if (isForWizard) {
      const { runWizard } = await import('../wizard/wizard.js');
      await runWizard(context.io, app, options.newLogin === true ? 'lever' : undefined);
    } else await setUpAtOnce(context.io, app, answers, options);
  } finally {
    app.database.close();
  }
  if (context.isHomeGiven) await rememberHome(context);
}

/** A rate limit ends by itself, and what setup was given isn't lost meanwhile. */
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

async function setUpAtOnce(
  io: Io,
  app: ConnectedApp,
  answers: SetupAnswers,
  options: SetupOptions,
): Promise<void> {
  const { setUpFromAnswers } = await import('../../setup/setup-from-answers.js');
  const { createSetup } = await import('../../app/create-setup.js');
  const result = await setUpFromAnswers(createSetup(app), answers, setUpProgress(io, options));
  if (result.kind === 'done') await report(wrappingIo(io), result, options, app);
  else if (result.kind === 'declined') io.say('Nothing was stored.');
  else await printLogin(io, result, answers.isNewLogin === true, app);
}

/** Until someone has logged in, everything stays as it is. */
async function printLogin(
  io: Io,
  result: LoginNeeded,
  isNewLogin: boolean,
  app: AppContext,
): Promise<void> {
  const row = app.configuration.row();
  if (row.lever_refused_at !== null) {
    io.say('Lever no longer accepts the login. Nothing is sent until a Super Admin logs in again.');
  }
  const next = await nextStep(result, isNewLogin, app);
  io.json({ authorizeUrl: result.authorizeUrl, next });
}

/** Prints what was done and what is left. Throws `vendor` when something requested failed. */
async function report(
  io: Io,
  result: SetupResult,
  options: SetupOptions,
  app: AppContext,
): Promise<void> {
  printResult(io, result, options, await readProgress(app));
  await refuseFeatures(result);
}

async function refuseFeatures({ refused, settings }: SetupResult): Promise<void> {
  if (refused.length === 0) return;
  const { fixFor, refusalInWords } = await import('../../setup/lever-features.js');
  const words = refused.map((one) => refusalInWords(one, settings)).join('; ');
  throw new AppError(
    'vendor',
    `Everything else is stored and works, but these are off: ${words}.`,
    fixFor(refused, settings),
  );
}

/** Then a terminal is asked. */
function hasNoAnswer(options: SetupOptions, io: Io): boolean {
  if (options.input === false || !io.isInteractive) return false;
  const manners = new Set(['existing', 'input', 'yes', 'newLogin']);
  return Object.entries(options).every(([name, value]) => manners.has(name) || value === undefined);
}

/** Secrets come from a flag's file, then the environment. Stored ones are used where needed. */
function readAnswers(options: SetupOptions, env: Environment): SetupAnswers {
  const fileOf = (flag: string | undefined, variable: string, what: string): string | undefined =>
    flag === undefined ? readSecretVariable(env, variable) : readSecretFile(flag, what);
  return {
    settings: { ...readSettings(options), ...readLeverAuth(options), ...readWebhookWay(options) },
    leverApiKey: fileOf(options.leverApiKeyFile, 'LEVER_API_KEY', 'Lever API key'),
    leverClientSecret: fileOf(
      options.leverClientSecretFile,
      'LEVER_CLIENT_SECRET',
      'OAuth client’s secret',
    ),
    redirectedUrl:
      options.redirectedUrlFile === undefined
        ? undefined
        : readSecretFile(options.redirectedUrlFile, 'redirected address'),
    codesubmitApiKey: fileOf(
      options.codesubmitApiKeyFile,
      'CODESUBMIT_API_KEY',
      'CodeSubmit API key',
    ),
    signingTokens: readSigningTokens(options, env),
    alarmUrl: fileOf(options.alarmUrlFile, 'ALARM_WEBHOOK_URL', 'address for alarms'),
    heartbeatUrl: fileOf(options.heartbeatUrlFile, 'HEARTBEAT_URL', 'heartbeat address'),
    isNewLogin: options.newLogin === true,
    rules: readRules(options, env),
    existing: options.existing,
    isDryRun: options.dryRun === true,
  };
}

/** The way to connect to Lever according to the flags; empty without one. */
function readLeverAuth(options: SetupOptions): Partial<Settings> {
  const { leverApiKeyFile, leverClientId, leverClientSecretFile, redirectedUrlFile } = options;
  const login = leverClientId ?? leverClientSecretFile ?? redirectedUrlFile;
  if (leverApiKeyFile === undefined) return login === undefined ? {} : { leverAuth: 'oauth' };
  if (login === undefined) return { leverAuth: 'api_key' };
  throw new AppError(
    'usage',
    'Lever accepts an API key or a login, not both.',
    'Give --lever-api-key-file, or --lever-client-id and --lever-client-secret-file.',
  );
}

/** A token given by a flag, not by the environment, means a webhook created manually. */
function readWebhookWay({ webhook, signingTokenFile = [] }: SetupOptions): Partial<Settings> {
  if (webhook !== undefined) return { webhookWay: webhook };
  return signingTokenFile.length > 0 ? { webhookWay: 'paste' } : {};
}

function readSigningTokens(
  { signingTokenFile = [], webhook }: SetupOptions,
  env: Environment,
): string[] {
  if (webhook === 'none') return [];
  if (signingTokenFile.length > 0) {
    return signingTokenFile.map((file) =>
      requireSigningToken(readSecretFile(file, 'signing token'), file),
    );
  }
  const given = readSecretVariable(env, 'LEVER_SIGNING_TOKEN');
  return given === undefined ? [] : [requireSigningToken(given, 'LEVER_SIGNING_TOKEN')];
}

/** Any other token would reject every delivery without a visible reason. */
function requireSigningToken(token: string, from: string): string {
  if (SIGNING_TOKEN.test(token)) return requireUnguessable(token, from);
  throw new AppError(
    'usage',
    `The signing token in ${from} has ${token.length} characters; Lever’s have 48 hexadecimal ones.`,
    'Copy the webhook’s signature token from Lever’s Webhooks settings, then run this again.',
  );
}

function readRules({ rule = [] }: SetupOptions, env: Environment): RuleSpec[] | undefined {
  const lines = readVariable(env, 'CODESUBMIT_LEVER_RULES')?.split('\n') ?? [];
  const texts = rule.length > 0 ? rule : lines.map((line) => line.trim());
  const specs = texts.filter((text) => text !== '').map(parseRuleSpec);
  return specs.length > 0 ? specs : undefined;
}

function readSettings(options: SetupOptions): Partial<Settings> {
  const found: Record<string, unknown> = {};
  for (const { name, flag } of SETTING_FLAGS) {
    const value = options[name];
    if (typeof value === 'string') found[name] = parseSetting(name, value, flag);
  }
  if (found.linkPath !== undefined && found.linkTemplate !== undefined) {
    throw new AppError(
      'usage',
      '--link-path and --link-template exclude each other.',
      'Give one of them; see: codesubmit-lever setup --help',
    );
  }
  return found;
}

/** Lets later commands find a data directory without naming it again. */
async function rememberHome({ home, io, runtime }: CommandContext): Promise<void> {
  const { storeHome } = await import('../remembered-home.js');
  try {
    storeHome(runtime.configFolder, home.folder);
  } catch {
    io.say(
      `The data directory could not be remembered. Name it each time: --home ${shellWord(home.folder)}`,
    );
  }
}
