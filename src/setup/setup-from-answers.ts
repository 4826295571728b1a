/**
 * Sets up an integration from answers given all at once: checks them with the vendors, then stores
 * them together. `setup --no-input` gets them from flags; the wizard calls this at its end without
 * any, to activate what it stored.
 */
import { AppError } from '../domain/errors.js';
import type { Recipient } from '../domain/invitation.js';
import type { Tx } from '../storage/database/database.js';
import { type Settings, webhookUrl } from '../storage/settings/settings.js';
import type { CodeSubmitClient } from '../vendors/codesubmit/codesubmit-client.js';
import type { LeverClient } from '../vendors/lever/api/lever-client.js';
import type { Grant } from '../vendors/lever/login/grant.js';
import { readAccountIds } from '../vendors/lever/login/lever-account.js';
import { scopesOf } from '../vendors/lever/login/login-settings.js';
import type { LeverAnswer, LeverLogin, StartedLogin } from '../vendors/lever/login/login.js';
import { missingScopes, type ScopeNeed } from '../vendors/lever/login/scopes.js';
import { check, READ_FIX, type Activation } from './activation.js';
import type { ForeignWebhook } from './foreign-webhooks.js';
import { featuresOn, findRefusedFeatures, type RefusedFeature } from './lever-features.js';
import { findListFlaw, type ListFlaw } from './row-shape-words.js';
import type { AddressAnswer } from './own-addresses.js';
import type { Activated, PlannedRules } from './rules/activate-rules.js';
import {
  isLoginWanted,
  leverAnswerOf,
  need,
  settingsOf,
  type SetupAnswers,
} from './setup-answers.js';
import type { SetupSession } from './setup-session.js';
import type { StoredAnswers } from './stored-answers.js';
import type { LeverFound, VendorChecks } from './vendor-checks.js';

export interface SetupResult {
  kind: 'done';
  settings: Settings;
  activated: Activated[];
  /** Of those who were there before the rules. */
  invited: readonly Recipient[];
  ruleCount: number;
  webhookUrl: string | null;
  hasSigningToken: boolean;
  /** Variables, here or of the running daemon, that override a key stored now. */
  overriding: string[];
  /** CodeSubmit's label of the key. */
  codesubmitAccount: string;
  /** What changed; undefined if nothing did. */
  alarms: AddressAnswer | undefined;
  heartbeat: AddressAnswer | undefined;
  /** Scopes that Lever did not grant to the login; empty for an API key. */
  missing: ScopeNeed[];
  /** Features that were requested or on, but that Lever doesn't allow: they are turned off. */
  refused: RefusedFeature[];
  /** Optional features that are on, in words. */
  features: string[];
  /** Webhooks in Lever that would invite candidates a second time. */
  foreign: ForeignWebhook[];
  list: ListFlaw | undefined;
}

/** Nothing runs yet: someone has to log in to Lever first. */
export interface LoginNeeded extends StartedLogin {
  kind: 'login_needed';
  settings: Settings;
}

const KEY = 'The Lever API key';
const KEY_FIX =
  'Create a key in Lever’s settings with the right to read stages and opportunities, then run: codesubmit-lever setup';
const LOGIN = 'The login to Lever';

/** The answer was no, or it was a dry run: nothing was stored. */
export interface Declined {
  kind: 'declined';
}

/** What the rules are tried with before they are stored. */
export interface TriedSetup {
  settings: Settings;
  lever: LeverClient;
  codesubmit: CodeSubmitClient;
  codesubmitApiKey: string;
}

/** What setup is done with. */
export interface Setup {
  session: SetupSession;
  login: LeverLogin;
  activation: Activation;
  /** Who would get a challenge at once if these rules were stored. */
  findRecipients: (
    tried: TriedSetup,
    planned: PlannedRules,
    onProgress: (people: number) => void,
  ) => Promise<Recipient[]>;
  noteForeignWebhooks: (settings: Settings) => Promise<ForeignWebhook[]>;
}

export interface SetupProgress {
  onPeople: (people: number) => void;
  /** Nothing shows whether this is the same Lever account: asks whether to continue. */
  onUnknownAccount: () => Promise<boolean>;
  /** Asks before those who are in the stages already are invited. */
  mayInvite: (recipients: readonly Recipient[]) => Promise<boolean>;
}

/**
 * Activates nothing unless everything that can be checked is right. With an OAuth client and no
 * valid login it starts one, and stores the answers unless the data directory is in use. Throws
 * `usage` or `vendor`, and what `finishLogin` throws.
 */
export async function setUpFromAnswers(
  setup: Setup,
  answers: SetupAnswers,
  progress: SetupProgress,
): Promise<SetupResult | LoginNeeded | Declined> {
  const { session, login, activation } = setup;
  const { stored, keeper, checks, addresses } = session;
  if (answers.redirectedUrl !== undefined) await login.finish(answers.redirectedUrl);
  const settings = settingsOf(stored, answers);
  const answer = leverAnswerOf(stored, settings, answers);
  const lever = isLoginWanted(answers, answer)
    ? undefined
    : await checkLever(checks, settings, answer);
  const codesubmitApiKey = need(
    answers.codesubmitApiKey ?? stored.sendable('codesubmit_api_key', settings),
    'CodeSubmit API key',
    '--codesubmit-api-key-file FILE',
  );
  const codesubmit = checks.codesubmit(codesubmitApiKey, settings);
  const codesubmitAccount = await check(
    'The CodeSubmit API key',
    'Create a new one on CodeSubmit’s integrations page, then run: codesubmit-lever setup',
    () => codesubmit.checkKey(),
  );
  const alarms = await addresses.check('alarm_url', answers.alarmUrl);
  const heartbeat = await addresses.check('heartbeat_url', answers.heartbeatUrl);
  const keep = (tx: Tx): void => {
    keeper.keepSettings(tx, settings);
    keeper.keepLever(tx, answer);
    keeper.keepCodeSubmit(tx, codesubmitApiKey);
    keeper.keepSigningTokens(tx, answers.signingTokens);
    if (alarms) addresses.keep(tx, 'alarm_url', alarms);
    if (heartbeat) addresses.keep(tx, 'heartbeat_url', heartbeat);
  };
  if (!lever) {
    // Without a valid login, `checkLever` and `isLoginWanted` leave only an OAuth client.
    if (answer.kind !== 'oauth') throw new Error('an API key doesn’t need a login');
    if (answers.isDryRun === true) throw loginBeforeDryRun();
    const { client } = answer;
    const isConfidentialWanted = settings.includeConfidential;
    const started = await login.start({ settings, client, isConfidentialWanted });
    await session.keepClient(client, keep);
    return { kind: 'login_needed', settings, ...started };
  }
  const refused = await switchOffRefused(settings, lever.client);
  const ids = await check('The Lever account', READ_FIX, async () => {
    await checks.checkAccount(settings, lever, progress.onUnknownAccount);
    return readAccountIds(settings, lever.client);
  });
  const rules = await activation.read(answers.rules, lever, codesubmit, progress.onPeople);
  const tried = { settings, lever: lever.client, codesubmit, codesubmitApiKey };
  const invited =
    answers.existing === 'invite' && rules
      ? await check('Who would be invited', READ_FIX, () =>
          setup.findRecipients(tried, rules, progress.onPeople),
        )
      : [];
  const isAsked = invited.length > 0 || answers.isDryRun === true;
  if (isAsked && !(await progress.mayInvite(invited))) return { kind: 'declined' };
  const activated = await session.write((tx) => {
    keep(tx);
    return activation.activate(tx, rules, ids, lever, answers.existing);
  });
  return {
    kind: 'done',
    settings,
    activated,
    invited,
    ruleCount: activation.ruleCount(),
    webhookUrl: webhookUrl(settings),
    hasSigningToken: stored.hasSigningToken(),
    overriding: findOverriding(stored, settings, answers),
    codesubmitAccount,
    ...{ alarms, heartbeat },
    missing: findMissingScopes(stored.findGrant(), settings),
    refused,
    features: featuresOn(settings),
    foreign: await setup.noteForeignWebhooks(settings),
    list: await findListFlaw(codesubmit),
  };
}

function loginBeforeDryRun(): AppError {
  return new AppError(
    'usage',
    'A dry run needs a login that Lever accepts.',
    'Log in first: run the same command without --dry-run.',
  );
}

/** A flag's key is stored, but a variable with another one overrides it. */
function findOverriding(
  stored: StoredAnswers,
  { leverAuth }: Settings,
  { leverApiKey, codesubmitApiKey }: SetupAnswers,
): string[] {
  const given = [
    ['lever_api_key', leverAuth === 'api_key' ? leverApiKey : undefined],
    ['codesubmit_api_key', codesubmitApiKey],
  ] as const;
  return given.flatMap(([name, answer]) => {
    if (answer === undefined) return [];
    const here = stored.givenSecret(name);
    if (here) return here.value === answer ? [] : [here.variable];
    return stored.daemonVariable(name) ?? [];
  });
}

/** Undefined when no one has logged in through the client yet, or Lever rejects the login. */
async function checkLever(
  checks: VendorChecks,
  settings: Settings,
  answer: LeverAnswer,
): Promise<LeverFound | undefined> {
  const [what, fix] =
    answer.kind === 'api_key' ? [KEY, KEY_FIX] : [LOGIN, 'Run: codesubmit-lever setup'];
  const found = await check(what, fix, () => checks.checkLever(settings, answer));
  if (found) settings.includeConfidential = found.seesConfidential;
  return found;
}

/** Turns off features that Lever doesn't allow. */
async function switchOffRefused(settings: Settings, lever: LeverClient): Promise<RefusedFeature[]> {
  const refused = await check('What the key or login may do', READ_FIX, () =>
    findRefusedFeatures(lever, settings),
  );
  for (const { feature } of refused) Object.assign(settings, feature.off);
  return refused;
}

function findMissingScopes(grant: Grant | undefined, settings: Settings): ScopeNeed[] {
  return grant ? missingScopes(scopesOf(settings, false), grant.scopes) : [];
}
