/**
 * `setup`: sets up the integration from flags, files and the environment, or asks on a terminal.
 */
import type { Command } from 'commander';
import type { AppContext } from '../../app/app-context.js';
import { AppError } from '../../domain/errors.js';
import { failureInWords } from '../../domain/failure-words.js';
import { SIGNING_TOKEN } from '../../domain/lever-ports.js';
import { parseRuleSpec, type RuleSpec } from '../../domain/rule-spec.js';
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
import type { CommandContext, ContextOf } from '../command-context.js';
import { wrappingIo, type Io } from '../terminal/io.js';
import {
  setUpProgress,
  sayUnmapped,
  sayWebhooks,
  switchOn,
  whatIsLeftOfWebhooks,
} from '../wizard/setup-words.js';
import type { Part } from '../wizard/wizard.js';
import { SETTING_FLAGS, SETUP_FLAGS } from './setup-flags.js';

interface SetupOptions {
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
  renewWebhook?: boolean;
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
  const { io, home, runtime } = context;
  const answers = readAnswers(options, context.env);
  const { openForSetup } = await import('../../app/open-app.js');
  if (isForWizard(options, io)) {
    await runOnTerminal(context, options.newLogin === true ? 'lever' : undefined);
    return;
  }
  const { setUpFromAnswers } = await import('../../setup/setup-from-answers.js');
  const { connectVendors } = await import('../../app/connect-vendors.js');
  const { createSetup } = await import('../../app/create-setup.js');
  const app = await openForSetup(home, runtime);
  try {
    const result = await setUpFromAnswers(
      createSetup(connectVendors(app)),
      answers,
      setUpProgress(io),
    );
    if (result.kind === 'done') await report(wrappingIo(io), result, options, app);
    else await printLogin(io, result, answers.isNewLogin === true, app);
  } finally {
    app.database.close();
  }
  if (context.isHomeGiven) await rememberHome(context);
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
  if (result.webhooks?.kind !== 'failed') return;
  throw new AppError(
    'vendor',
    `The webhooks could not be created; everything else is stored: ${failureInWords(result.webhooks.error)}.`,
    'Run the same command again to continue',
    result.webhooks.error,
  );
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

/** Asks at a terminal when no flag gave an answer. */
function isForWizard(options: SetupOptions, io: Io): boolean {
  if (options.input === false || !io.isInteractive) return false;
  const manners = new Set(['existing', 'input', 'yes', 'newLogin']);
  return Object.entries(options).every(([name, value]) => manners.has(name) || value === undefined);
}

async function runOnTerminal(context: CommandContext, first: Part | undefined): Promise<void> {
  const { openForSetup } = await import('../../app/open-app.js');
  const { connectVendors } = await import('../../app/connect-vendors.js');
  const { runWizard } = await import('../wizard/wizard.js');
  context.io.endWithTerminal();
  const app = await openForSetup(context.home, context.runtime);
  try {
    await runWizard(context.io, connectVendors(app), first);
  } finally {
    app.database.close();
  }
  if (context.isHomeGiven) await rememberHome(context);
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
    isWebhookRenewal: options.renewWebhook === true,
    rules: readRules(options, env),
    existing: options.existing,
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

/**
 * A token given by a flag means a webhook created manually; one in the environment leaves the
 * stored choice.
 */
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
  if (SIGNING_TOKEN.test(token)) return token;
  throw new AppError(
    'usage',
    `The signing token in ${from} has ${String(token.length)} characters; Lever’s have 48 hexadecimal ones.`,
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
async function rememberHome({ home, io }: CommandContext): Promise<void> {
  const { storeHome } = await import('../remembered-home.js');
  try {
    storeHome(home.folder);
  } catch {
    io.say(`The data directory could not be remembered. Name it each time: --home ${home.folder}`);
  }
}

/** Says in words what to do with the address. */
async function nextStep(login: LoginNeeded, isNewLogin: boolean, app: AppContext): Promise<string> {
  const { isServing } = await import('../../storage/home/is-serving.js');
  const { isPublicCallback } = await import('../../vendors/lever/login/login-settings.js');
  const { redirectUri, settings } = login;
  const until = new Date(login.expiresAt).toISOString();
  const isTaken = isPublicCallback(redirectUri, settings) && isServing(app.home);
  const returns = isTaken
    ? `The running daemon completes the login${isNewLogin ? '' : '; then run the same command again'}.`
    : 'Put the address where the browser ends up into a file, whatever that page shows; ' +
      'then run the same command again with --redirected-url-file FILE.';
  return (
    `Ask a Super Admin of Lever to open authorizeUrl and accept before ${until}. ` +
    `${redirectUri} must be one of the app’s callbacks in Lever. ${returns}${await plainWarning(login)}`
  );
}

async function plainWarning({ redirectUri, settings }: LoginNeeded): Promise<string> {
  const { isTakenByLever } = await import('../../vendors/lever/login/login-settings.js');
  if (isTakenByLever(redirectUri, settings)) return '';
  return ' Lever’s production accepts https callbacks only; give one with --redirect-url URL.';
}

/** What is done already outside of setup. */
interface Progress {
  isServing: boolean;
  isVerified: boolean;
}

async function readProgress(app: AppContext): Promise<Progress> {
  const { isServing } = await import('../../storage/home/is-serving.js');
  const isVerified = app.configuration.row().webhook_verified_at !== null;
  return { isServing: isServing(app.home), isVerified };
}

function printResult(io: Io, result: SetupResult, options: SetupOptions, progress: Progress): void {
  for (const { rule, people } of result.activated) {
    const what = options.existing === 'leave' ? 'left as they are' : 'being invited';
    const there = people === undefined ? '' : `; already there, and ${what}: ${String(people)}`;
    io.out(`✓ rule: “${rule.stageName}” and ${rule.tag} → ${rule.challengeName}${there}`);
  }
  const { leverAuth, leverEnvironment } = result.settings;
  io.out(`✓ Lever ${leverAuth === 'oauth' ? 'login' : 'API key'} works (${leverEnvironment})`);
  const account = result.codesubmitAccount === '' ? '' : ` (${result.codesubmitAccount})`;
  io.out(`✓ CodeSubmit API key works${account}`);
  if (result.features.length > 0) io.out(`✓ in Lever: ${result.features.join(', ')}`);
  if (result.alarms?.kind === 'told') io.out('✓ alarms: the channel accepted a test message');
  if (result.alarms?.kind === 'nobody') io.out('✓ alarms: off');
  if (result.heartbeat?.kind === 'told') io.out('✓ heartbeat: the address accepted a call');
  if (result.heartbeat?.kind === 'nobody') io.out('✓ heartbeat: off');
  if (result.webhookUrl !== null) io.out(`webhook URL: ${result.webhookUrl}`);
  const webhooks = sayWebhooks(result.webhooks);
  if (webhooks !== undefined) io.out(`✓ ${webhooks}`);
  const left = whatIsLeft(result, options, progress);
  io.out(left.length === 0 ? 'Nothing left to do. It’s running.' : 'Left to do:');
  for (const line of left) io.out(`  - ${line}`);
  if (result.webhookUrl === null || options.webhook === 'none') {
    const minutes = String(result.settings.sweepMinutes);
    io.out(`Without a webhook, the stages are checked every ${minutes} minutes.`);
  }
}

function whatIsLeft(
  result: SetupResult,
  options: SetupOptions,
  { isServing, isVerified }: Progress,
): string[] {
  const wrong = [...result.foreign, ...(result.list === undefined ? [] : [result.list])];
  const left = wrong.map(({ summary, fix }) => `${summary}. ${fix}`);
  if (!isServing)
    left.push(
      'start the daemon: codesubmit-lever serve, or as a systemd service: codesubmit-lever service install',
    );
  for (const variable of result.overriding) {
    left.push(
      `remove ${variable} from the daemon’s environment, or put the same key into it: it overrides the stored one`,
    );
  }
  for (const { scope, feature } of result.missing) {
    left.push(
      `Lever did not grant ${scope}, which is for ${feature}; if you need it: codesubmit-lever setup --new-login`,
    );
  }
  if (result.ruleCount === 0) left.push('add a rule: codesubmit-lever rules add');
  const { webhookUrl, webhooks, settings } = result;
  if (settings.leverAuth === 'api_key' && settings.performAs === null) {
    left.push(
      'choose the Lever user who appears as the author, since Lever may reject links otherwise: codesubmit-lever setup --perform-as USER_ID',
    );
  }
  const unmapped = sayUnmapped(settings);
  if (unmapped !== undefined) left.push(unmapped);
  if (webhooks !== undefined) left.push(...whatIsLeftOfWebhooks(webhooks, settings));
  if (webhookUrl === null || options.webhook === 'none') return left;
  if (webhookUrl.startsWith('http:'))
    left.push(
      'use an https address, because Lever accepts no other: codesubmit-lever setup --public-url https://hooks.example.com',
    );
  if (settings.webhookWay === 'api') {
    if (!isVerified && webhooks?.kind === 'kept') left.push(switchOn(settings));
    return left;
  }
  if (isVerified && result.hasSigningToken) return left;
  left.push(`in Lever’s Webhooks settings, put this URL on candidateStageChange: ${webhookUrl}`);
  if (!result.hasSigningToken) {
    left.push('store its signing token: codesubmit-lever setup --signing-token-file FILE');
  }
  left.push('press Verify Connection there once the daemon runs; `status` shows the result');
  return left;
}
