/**
 * Sets up an integration from answers given all at once: checks them with the vendors, then stores
 * them together. `setup --no-input` gets them from flags; the wizard calls this at its end without
 * any, to activate what it stored.
 */
import { ApiError, AppError } from '../domain/errors.js';
import { failureInWords } from '../domain/failure-words.js';
import type { WebhookEvent } from '../domain/lever-ports.js';
import type { Tx } from '../storage/database/database.js';
import { type Settings, webhookUrl } from '../storage/settings/settings.js';
import type { NewRule } from '../storage/state/rule-store.js';
import type { CodeSubmitClient } from '../vendors/codesubmit/codesubmit-client.js';
import type { LeverClient } from '../vendors/lever/api/lever-client.js';
import { findGrant } from '../vendors/lever/login/grant.js';
import { readAccountIds, rememberAccount } from '../vendors/lever/login/lever-account.js';
import { scopesOf } from '../vendors/lever/login/login-settings.js';
import { finishLogin, type StartedLogin } from '../vendors/lever/login/login.js';
import { missingScopes, type ScopeNeed } from '../vendors/lever/login/scopes.js';
import { featuresOn, findRefusedFeatures, type RefusedFeature } from './lever-features.js';
import { findListFlaw, type ListFlaw } from './row-shape-words.js';
import {
  readPeople,
  resolveRules,
  storeRules,
  type Activated,
  type ExistingPeople,
  type PeopleThere,
} from './rules/activate-rules.js';
import {
  isLoginWanted,
  leverAnswerOf,
  need,
  settingsOf,
  type SetupAnswers,
} from './setup-answers.js';
import {
  type AddressAnswer,
  type LeverAnswer,
  type LeverFound,
  type SetupDeps,
  type SetupSession,
} from './setup-session.js';
import { noteForeignWebhooks, type ForeignWebhook } from './webhooks/foreign-webhooks.js';
import { syncWebhooks, type WebhooksKept } from './webhooks/sync-webhooks.js';

export interface SetupResult {
  kind: 'done';
  settings: Settings;
  activated: Activated[];
  ruleCount: number;
  webhookUrl: string | null;
  hasSigningToken: boolean;
  /** Variables, here or of the running daemon, that override a key stored now. */
  overriding: string[];
  /** Undefined if none are, or were, created through the API. */
  webhooks: WebhooksKept | undefined;
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

const READ_FIX = 'Add the right to read it to the key or login, then run: codesubmit-lever setup';
const KEY = 'The Lever API key';
const KEY_FIX =
  'Create a key in Lever’s settings with the right to read stages and opportunities, then run: codesubmit-lever setup';
const LOGIN = 'The login to Lever';

/** A vendor's refusal in a sentence that names the wrong answer. */
async function check<T>(what: string, fix: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const refused = error.kind === 'unauthorized';
    throw new AppError(
      'vendor',
      refused
        ? `${what} was rejected (${error.message}).`
        : `${what} can’t be checked now: ${failureInWords(error)}.`,
      refused ? fix : 'Check the network and the address, then run: codesubmit-lever setup',
      error,
    );
  }
}

export interface SetupProgress {
  onPeople: (people: number) => void;
  onWebhook: (event: WebhookEvent) => void;
  /** Nothing shows whether this is the same Lever account: asks whether to continue. */
  onUnknownAccount: () => Promise<boolean>;
}

/**
 * Activates nothing unless everything that can be checked is right. With an OAuth client and no
 * valid login it starts one, and stores the answers unless the data directory is in use. Throws
 * `usage` or `vendor`, and what `finishLogin` throws.
 */
export async function setUpFromAnswers(
  session: SetupSession,
  answers: SetupAnswers,
  progress: SetupProgress,
): Promise<SetupResult | LoginNeeded> {
  const { deps } = session;
  if (answers.redirectedUrl !== undefined) await finishLogin(deps, answers.redirectedUrl);
  const settings = settingsOf(session, answers);
  const answer = leverAnswerOf(session, settings, answers);
  const lever = isLoginWanted(answers, answer)
    ? undefined
    : await checkLever(session, settings, answer);
  const codesubmitApiKey = need(
    answers.codesubmitApiKey ?? session.secret('codesubmit_api_key'),
    'CodeSubmit API key',
    '--codesubmit-api-key-file FILE',
  );
  const codesubmit = session.codesubmit(codesubmitApiKey, settings);
  const codesubmitAccount = await check(
    'The CodeSubmit API key',
    'Create a new one on CodeSubmit’s integrations page, then run: codesubmit-lever setup',
    () => codesubmit.checkKey(),
  );
  const alarms = await session.checkOwnAddress('alarm_url', answers.alarmUrl);
  const heartbeat = await session.checkOwnAddress('heartbeat_url', answers.heartbeatUrl);
  const keep = (tx: Tx): void => {
    session.keepSettings(tx, settings);
    session.keepLever(tx, answer);
    session.keepCodeSubmit(tx, codesubmitApiKey);
    session.keepSigningTokens(tx, answers.signingTokens);
    if (alarms) session.keepOwnAddress(tx, 'alarm_url', alarms);
    if (heartbeat) session.keepOwnAddress(tx, 'heartbeat_url', heartbeat);
  };
  if (!lever) {
    // Without a valid login, `checkLever` and `isLoginWanted` leave only an OAuth client.
    if (answer.kind !== 'oauth') throw new Error('an API key doesn’t need a login');
    const login = await session.beginLogin({ settings, client: answer.client }, keep);
    return { kind: 'login_needed', settings, ...login };
  }
  const refused = await switchOffRefused(settings, lever.client);
  const ids = await check('The Lever account', READ_FIX, async () => {
    await session.checkAccount(settings, lever, progress.onUnknownAccount);
    return readAccountIds(settings, lever.client);
  });
  const rules = await readRules(session, answers, lever, codesubmit, progress);
  const activated = await deps.database.write((tx) => {
    keep(tx);
    if (!deps.integration.isInUse()) deps.account.clear(tx, deps.clock.now());
    rememberAccount(tx, deps, ids, lever.fingerprint);
    const stored = activateRules(tx, session, rules, answers.existing);
    deps.integration.markSetUp(tx, deps.clock.now());
    return stored;
  });
  const webhooks = await syncWebhooks(deps, {
    isRenewal: answers.isWebhookRenewal,
    onMaking: progress.onWebhook,
  });
  return {
    kind: 'done',
    settings,
    activated,
    ruleCount: deps.rules.listActive().length,
    webhookUrl: webhookUrl(settings),
    hasSigningToken: deps.configuration.current().signingTokens.length > 0,
    webhooks,
    overriding: findOverriding(session, settings, answers),
    codesubmitAccount,
    ...{ alarms, heartbeat },
    missing: findMissingScopes(deps, settings),
    refused,
    features: featuresOn(settings),
    foreign: await noteForeignWebhooks(deps, settings),
    list: await findListFlaw(codesubmit),
  };
}

/** A flag's key is stored, but a variable with another one overrides it. */
function findOverriding(
  session: SetupSession,
  { leverAuth }: Settings,
  { leverApiKey, codesubmitApiKey }: SetupAnswers,
): string[] {
  const given = [
    ['lever_api_key', leverAuth === 'api_key' ? leverApiKey : undefined],
    ['codesubmit_api_key', codesubmitApiKey],
  ] as const;
  return given.flatMap(([name, answer]) => {
    if (answer === undefined) return [];
    const here = session.givenSecret(name);
    if (here) return here.value === answer ? [] : [here.variable];
    return session.daemonVariable(name) ?? [];
  });
}

/** Undefined when no one has logged in through the client yet, or Lever rejects the login. */
async function checkLever(
  session: SetupSession,
  settings: Settings,
  answer: LeverAnswer,
): Promise<LeverFound | undefined> {
  const [what, fix] =
    answer.kind === 'api_key' ? [KEY, KEY_FIX] : [LOGIN, 'Run: codesubmit-lever setup'];
  const found = await check(what, fix, () => session.checkLever(settings, answer));
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

function findMissingScopes({ secrets, clock }: SetupDeps, settings: Settings): ScopeNeed[] {
  const grant = findGrant(secrets, clock.now());
  return grant ? missingScopes(scopesOf(settings, false), grant.scopes) : [];
}

/** The whole set, with everyone in the stages of new rules; undefined leaves the stored one. */
interface RulesRead {
  rules: readonly NewRule[] | undefined;
  people: PeopleThere;
  /** After a revoke every rule is activated again. */
  isRevival: boolean;
}

async function readRules(
  { deps }: SetupSession,
  { rules: specs }: SetupAnswers,
  { client: lever, stages }: LeverFound,
  codesubmit: CodeSubmitClient,
  { onPeople }: SetupProgress,
): Promise<RulesRead> {
  const isRevival = deps.integration.state() === 'revoked';
  let rules: readonly NewRule[] | undefined = isRevival ? deps.rules.listActive() : undefined;
  if (specs) {
    const challenges = await check('The list of challenges', READ_FIX, () =>
      codesubmit.listChallenges(),
    );
    rules = resolveRules(specs, stages, challenges);
  }
  const isNew = ({ stageId, tag }: NewRule): boolean =>
    isRevival || !deps.rules.findByIdentity(stageId, tag);
  const people = await check('Who is in the stages', READ_FIX, () =>
    readPeople(deps, lever, (rules ?? []).filter(isNew), onPeople),
  );
  return { rules, people, isRevival };
}

/** After a revoke, anyone who came while nothing ran counts as already there. */
function activateRules(
  tx: Tx,
  session: SetupSession,
  { rules, people, isRevival }: RulesRead,
  existing: ExistingPeople,
): Activated[] {
  const { deps } = session;
  if (isRevival) {
    for (const { id } of deps.rules.listActive()) deps.rules.remove(tx, id, deps.clock.now());
    dropSealed(tx, deps);
  }
  return rules ? storeRules(tx, deps, rules, people, { existing, isWholeSet: true }) : [];
}

/** With a new encryption key, drops what the lost key encrypted; with the same key, nothing. */
export function dropSealed(
  tx: Tx,
  { invitations, writebacks, list }: Pick<SetupDeps, 'invitations' | 'writebacks' | 'list'>,
): void {
  if (!invitations.isKeyLost()) return;
  list.clear(tx);
  invitations.dropSealed(tx);
  writebacks.dropSealed(tx);
}
