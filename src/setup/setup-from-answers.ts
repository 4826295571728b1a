/**
 * Sets an integration up from answers given all at once: checks them with the vendors, then stores them together.
 * `setup --no-input` has them from flags; the wizard calls this with none at its end, to put to use what it kept.
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
  /** Variables, here or of the running daemon, that go before a key that was stored now. */
  overriding: string[];
  /** Undefined when none are, or were, created through the API. */
  webhooks: WebhooksKept | undefined;
  /** CodeSubmit's label of the key. */
  codesubmitAccount: string;
  /** What was changed; undefined when nothing was. */
  alarms: AddressAnswer | undefined;
  heartbeat: AddressAnswer | undefined;
  /** What the login to Lever was not granted; empty for an API key. */
  missing: ScopeNeed[];
  /** What was asked for, or was on, and Lever gives no right to: it is switched off. */
  refused: RefusedFeature[];
  /** What else Lever is given, by setting; in words. */
  features: string[];
  /** Webhooks in Lever that would have candidates invited a second time. */
  foreign: ForeignWebhook[];
  list: ListFlaw | undefined;
}

/** Nothing runs yet: someone must log in to Lever first. */
export interface LoginNeeded extends StartedLogin {
  kind: 'login_needed';
  settings: Settings;
}

const READ_FIX = 'Give the key or login the right to read it, then run: codesubmit-lever setup';
const KEY = 'The Lever API key';
const KEY_FIX =
  'Make a key with the right to read stages and opportunities in Lever’s settings, then run: codesubmit-lever setup';
const LOGIN = 'The login to Lever';

/** A vendor's refusal in words that say which answer is wrong. */
async function check<T>(what: string, fix: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const refused = error.kind === 'unauthorized';
    throw new AppError(
      'vendor',
      refused
        ? `${what} is refused (${error.message}).`
        : `${what} can’t be checked now: ${failureInWords(error)}.`,
      refused ? fix : 'Check the network and the address, then run: codesubmit-lever setup',
      error,
    );
  }
}

export interface SetupProgress {
  onPeople: (people: number) => void;
  onWebhook: (event: WebhookEvent) => void;
  /** Nothing shows whether the Lever account is the one of before: whether to go on. */
  onUnknownAccount: () => Promise<boolean>;
}

/**
 * Puts nothing to use unless everything that can be checked was found good. With an OAuth client and no login that
 * Lever takes it begins one, and keeps the answers if the home isn't in use yet. Throws `usage` or `vendor`, and what
 * `finishLogin` throws.
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
    'Make a new one on CodeSubmit’s integrations page, then run: codesubmit-lever setup',
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
    // Without a login that Lever accepts, `checkLever` and `isLoginWanted` leave an OAuth client only.
    if (answer.kind !== 'oauth') throw new Error('an API key needs no login');
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

/** A flag's key is stored, but a variable that gives another would be used anyway. */
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

/** Undefined when nobody has logged in by the client yet, or nobody whom Lever accepts. */
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

/** Switches off what Lever gives no right to. */
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

/** The whole set; undefined leaves the stored one. With everyone in the stages of new rules. */
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

/** After a revoke, who came while nothing ran is a candidate who was there already. */
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

/** With another encryption key than before, what the lost one had sealed is dropped; with the same key, nothing is. */
export function dropSealed(
  tx: Tx,
  { invitations, writebacks, list }: Pick<SetupDeps, 'invitations' | 'writebacks' | 'list'>,
): void {
  if (!invitations.isKeyLost()) return;
  list.clear(tx);
  invitations.dropSealed(tx);
  writebacks.dropSealed(tx);
}
