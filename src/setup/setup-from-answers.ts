/** Sets an integration up from answers given all at once: checks them with the vendors, then stores them together. */
import { ApiError, AppError } from '../domain/errors.js';
import { failureInWords } from '../domain/failure-words.js';
import { OTHER_ACCOUNT } from '../domain/lever-account.js';
import type { WebhookEvent } from '../domain/lever-ports.js';
import type { RuleSpec } from '../domain/rule-spec.js';
import { readVariable } from '../storage/home/environment.js';
import type { SecretName } from '../storage/settings/secret-store.js';
import { effectiveSettings, type Settings, webhookUrl } from '../storage/settings/settings.js';
import type { FindingStore } from '../storage/state/finding-store.js';
import type { NewRule } from '../storage/state/rule-store.js';
import {
  type CodeSubmitClient,
  makeCodeSubmitClient,
} from '../vendors/codesubmit/codesubmit-client.js';
import type { LeverClient } from '../vendors/lever/api/lever-client.js';
import { apiKeyAuth, type LeverAuth } from '../vendors/lever/api/lever-connection.js';
import type { HttpSettings } from '../vendors/http/http-client.js';
import { makeLeverClient } from '../vendors/lever/create-lever-client.js';
import { findGrant } from '../vendors/lever/login/grant.js';
import {
  keyFingerprint,
  readAccountIds,
  rememberAccount,
  requireAccount,
  storedLoginFingerprint,
  type AccountIds,
  type NewCredential,
} from '../vendors/lever/login/lever-account.js';
import { scopesOf } from '../vendors/lever/login/login-settings.js';
import {
  findUsableLogin,
  finishLogin,
  startLogin,
  type StartedLogin,
} from '../vendors/lever/login/login.js';
import type { OAuthClient } from '../vendors/lever/login/oauth-client.js';
import { missingScopes, type ScopeNeed } from '../vendors/lever/login/scopes.js';
import { type VendorDeps, Vendors } from '../vendors/vendor-clients.js';
import {
  keepAlarmAnswer,
  tryAlarmUrl,
  type AlarmAnswer,
  keepCodeSubmitKey,
  keepLeverClient,
  keepLeverKey,
  keepSettings,
  keepSigningTokens,
  webhookIdOf,
  dropSealed,
} from './keep-answers.js';
import { featuresOn, findRefusedFeatures, type RefusedFeature } from './lever-features.js';
import { describeMissing, missingParts, readListRows, sayWhereTheyAre } from './row-shape-words.js';
import {
  readPeople,
  resolveRules,
  storeRules,
  type Activated,
  type ExistingPeople,
} from './rules/activate-rules.js';
import {
  codesubmitIntegration,
  findForeignWebhooks,
  listWebhooksIfAllowed,
  otherIntegration,
  type ForeignWebhook,
} from './webhooks/foreign-webhooks.js';
import { syncWebhooks, type WebhooksKept } from './webhooks/sync-webhooks.js';
import type { SetupDeps } from './setup-deps.js';
import type { Tx } from '../storage/database/database.js';

export interface SetupAnswers {
  /** What flags say; the environment and what is stored come after. */
  settings: Partial<Settings>;
  /** Of a flag's file or the environment, as are the secrets below. */
  leverApiKey: string | undefined;
  leverClientSecret: string | undefined;
  /** The address that the browser ended on: the second step of a login. */
  redirectedUrl: string | undefined;
  /** A login is begun though the stored one works: it ends soon, or lacks a right. */
  isNewLogin?: boolean;
  codesubmitApiKey: string | undefined;
  signingTokens: readonly string[];
  /** The address that alarms are posted to, or `none`. */
  alarmUrl: string | undefined;
  /** Webhooks made by API are made anew, with new signing tokens. */
  isWebhookRenewal: boolean;
  /** The whole set; undefined leaves the stored one. */
  rules: readonly RuleSpec[] | undefined;
  existing: ExistingPeople;
}

export interface SetupResult {
  kind: 'done';
  settings: Settings;
  activated: Activated[];
  ruleCount: number;
  webhookUrl: string | null;
  hasSigningToken: boolean;
  /** Undefined when none are, or were, made by API. */
  webhooks: WebhooksKept | undefined;
  /** CodeSubmit's label of the key. */
  codesubmitAccount: string;
  /** What was changed; undefined when nothing was. */
  alarms: AlarmAnswer | undefined;
  /** What the login to Lever was not granted; empty for an API key. */
  missing: ScopeNeed[];
  /** What was asked for, or was on, and Lever gives no right to: it is switched off. */
  refused: RefusedFeature[];
  /** What else Lever is given, by setting; in words. */
  features: string[];
  /** Webhooks in Lever that would have candidates invited a second time. */
  foreign: ForeignWebhook[];
  /** What is amiss with CodeSubmit's list, and what to do about it. */
  list: { summary: string; fix: string } | undefined;
}

/** Nothing runs yet: somebody must log in to Lever first. */
export interface LoginNeeded extends StartedLogin {
  kind: 'login_needed';
  settings: Settings;
}

/** How Lever is to be proved who we are. */
type LeverAnswer = { kind: 'api_key'; key: string } | { kind: 'oauth'; client: OAuthClient };

interface ProvedAccount {
  ids: AccountIds;
  fingerprint: string;
}

interface Found {
  settings: Settings;
  answer: LeverAnswer;
  codesubmitApiKey: string;
  alarms: AlarmAnswer | undefined;
}

const READ_FIX = 'Give the key or login the right to read it, then run: codesubmit-lever setup';
const KEY = 'The Lever API key';
const LOGIN = 'The login to Lever';

function need(value: string | undefined, what: string, how: string): string {
  if (value !== undefined) return value;
  throw new AppError('usage', `No ${what} is given.`, `Run: codesubmit-lever setup ${how}`);
}

/** Throws `usage` for webhooks that can't be. */
function refuseWebhooks(
  { settings, isWebhookRenewal }: SetupAnswers,
  { webhookWay, publicUrl }: Settings,
): void {
  if (isWebhookRenewal && webhookWay !== 'api') {
    throw new AppError(
      'usage',
      'There are no webhooks made by API to renew.',
      'Run: codesubmit-lever setup --webhook api',
    );
  }
  if (settings.webhookWay !== 'api' || publicUrl !== null) return;
  throw new AppError(
    'usage',
    'Webhooks need a public address, and there is none.',
    'Run: codesubmit-lever setup --webhook api --public-url https://hooks.example.com',
  );
}

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

/** Kept until the daemon or doctor finds them gone. Nothing where Lever doesn't show its webhooks now: `doctor` looks for them too. */
async function findForeign(
  deps: VendorDeps & { http: HttpSettings; findings: FindingStore },
  settings: Settings,
): Promise<ForeignWebhook[]> {
  try {
    const listed = await listWebhooksIfAllowed(new Vendors(deps, deps.http).leverWebhooks());
    const found = findForeignWebhooks(listed ?? [], settings);
    const all = [otherIntegration(found, settings), codesubmitIntegration(found, settings)];
    const foreign = all.filter((one) => one !== undefined);
    await deps.database.write((tx) => {
      for (const one of foreign) deps.findings.keep(tx, one, deps.clock.now());
    });
    return foreign;
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}

/** All is stored whatever the list is like; what can't be told from it waits, and `doctor` says so too. */
async function lookAtList(codesubmit: CodeSubmitClient): Promise<SetupResult['list']> {
  try {
    const shape = await readListRows(codesubmit, await codesubmit.listChallenges());
    if (missingParts(shape).length === 0) return undefined;
    return { summary: describeMissing(shape), fix: sayWhereTheyAre(shape) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const summary = `CodeSubmit’s list of sent challenges can’t be read now: ${failureInWords(error)}`;
    return { summary, fix: 'Look again: codesubmit-lever doctor' };
  }
}

export interface SetUpProgress {
  onPeople: (people: number) => void;
  onWebhook: (event: WebhookEvent) => void;
  /** Nothing shows whether the Lever account is the one of before: whether to go on. */
  onUnknownAccount: () => Promise<boolean>;
}

export class SetUp {
  constructor(
    private readonly deps: SetupDeps,
    private readonly progress: SetUpProgress,
  ) {}

  /**
   * Puts nothing to use unless everything that can be checked was found good. With an OAuth client and no login that
   * Lever takes it begins one, and keeps the answers if the home isn't in use yet. Throws `usage` or `vendor`, and what
   * `finishLogin` throws.
   */
  async run(answers: SetupAnswers): Promise<SetupResult | LoginNeeded> {
    if (answers.redirectedUrl !== undefined) await finishLogin(this.deps, answers.redirectedUrl);
    const settings = this.#settings(answers);
    const answer = this.#leverAnswer(settings, answers);
    const connection = this.#isLoginWanted(answers, answer)
      ? { client: answer.client }
      : await this.#connectLever(settings, answer);
    const codesubmitApiKey = need(
      answers.codesubmitApiKey ?? this.#stored('codesubmit_api_key'),
      'CodeSubmit API key',
      '--codesubmit-api-key-file FILE',
    );
    const codesubmit = makeCodeSubmitClient(settings, codesubmitApiKey, this.deps.http);
    const codesubmitAccount = await check(
      'The CodeSubmit API key',
      'Make a new one on CodeSubmit’s integrations page, then run: codesubmit-lever setup',
      () => codesubmit.checkKey(),
    );
    const alarms = await tryAlarmUrl(this.deps, answers.alarmUrl);
    const found = { settings, answer, codesubmitApiKey, alarms };
    if ('client' in connection) return this.#beginLogin(answers, found, connection.client);
    const refused = await this.#refuseFeatures(settings, connection.lever);
    const account = await this.#identify(settings, answer, connection.lever);
    const activated = await this.#store(
      answers,
      { ...found, account },
      connection.lever,
      codesubmit,
    );
    const webhooks = await syncWebhooks(this.deps, {
      isRenewal: answers.isWebhookRenewal,
      onMaking: this.progress.onWebhook,
    });
    const foreign = await findForeign(this.deps, settings);
    return {
      kind: 'done',
      settings,
      activated,
      ruleCount: this.deps.rules.listActive().length,
      webhookUrl: webhookUrl(settings),
      hasSigningToken: this.deps.configuration.current().signingTokens.length > 0,
      webhooks,
      codesubmitAccount,
      alarms,
      missing: this.#missingScopes(settings),
      refused,
      features: featuresOn(settings),
      foreign,
      list: await lookAtList(codesubmit),
    };
  }

  #settings(answers: SetupAnswers): Settings {
    const { settings, runtime } = this.deps;
    const inForce = effectiveSettings(settings.load(), runtime.env);
    const merged = { ...inForce, ...answers.settings };
    refuseWebhooks(answers, merged);
    return {
      ...merged,
      webhookId: webhookIdOf(merged),
      leverAuth: this.#leverAuth(answers),
    };
  }

  /** A flag decides, then the environment. Where that names a key and a client, the stored choice; a client if there is none. */
  #leverAuth(answers: SetupAnswers): Settings['leverAuth'] {
    const { settings, runtime } = this.deps;
    const stored = settings.load().leverAuth;
    if (answers.settings.leverAuth !== undefined) return answers.settings.leverAuth;
    const hasClient = readVariable(runtime.env, 'LEVER_CLIENT_ID') !== undefined;
    if (hasClient) return answers.leverApiKey === undefined ? 'oauth' : (stored ?? 'oauth');
    return answers.leverApiKey === undefined ? (stored ?? 'api_key') : 'api_key';
  }

  #leverAnswer(settings: Settings, answers: SetupAnswers): LeverAnswer {
    if (settings.leverAuth === 'api_key') {
      const given = answers.leverApiKey ?? this.#stored('lever_api_key');
      const how = '--lever-api-key-file FILE, or --lever-client-id ID for a login';
      return { kind: 'api_key', key: need(given, 'Lever API key', how) };
    }
    const id = need(settings.leverClientId ?? undefined, 'Lever client id', '--lever-client-id ID');
    const isStored = this.deps.settings.load().leverClientId === id;
    const secret = need(
      answers.leverClientSecret ?? (isStored ? this.#stored('lever_client_secret') : undefined),
      'Lever client secret',
      '--lever-client-secret-file FILE',
    );
    return { kind: 'oauth', client: { id, secret } };
  }

  /** In the second step the login is there. Throws `usage` where no login is used. */
  #isLoginWanted(
    { isNewLogin = false, redirectedUrl }: SetupAnswers,
    answer: LeverAnswer,
  ): answer is Extract<LeverAnswer, { kind: 'oauth' }> {
    if (!isNewLogin || redirectedUrl !== undefined) return false;
    if (answer.kind === 'oauth') return true;
    const hint = 'Give a new key: codesubmit-lever setup --lever-api-key-file FILE';
    throw new AppError('usage', 'Lever is asked by an API key here, not by a login.', hint);
  }

  #stored(name: SecretName): string | undefined {
    return this.deps.secrets.list(name, this.deps.clock.now())[0];
  }

  /** The client when nobody has logged in by it yet, or nobody whom Lever takes. */
  async #connectLever(
    settings: Settings,
    answer: LeverAnswer,
  ): Promise<{ lever: LeverClient } | { client: OAuthClient }> {
    if (answer.kind === 'api_key') {
      const fix =
        'Make a key with the right to read stages and opportunities in Lever’s settings, then run: codesubmit-lever setup';
      const auth = apiKeyAuth(answer.key);
      return { lever: await check(KEY, fix, () => this.#tryLever(settings, auth)) };
    }
    const { client } = answer;
    return check(LOGIN, 'Run: codesubmit-lever setup', async () => {
      const auth = await findUsableLogin(this.deps, settings, client);
      return auth ? { lever: await this.#tryLever(settings, auth) } : { client };
    });
  }

  /** Tries the reads that the integration needs, and whether confidential ones may be seen. */
  async #tryLever(settings: Settings, auth: LeverAuth): Promise<LeverClient> {
    const lever = makeLeverClient(this.deps, settings, auth, this.deps.http);
    await lever.checkKey();
    settings.includeConfidential = await lever.canReadConfidential();
    return makeLeverClient(this.deps, settings, auth, this.deps.http);
  }

  /** Switches off what Lever gives no right to. */
  async #refuseFeatures(settings: Settings, lever: LeverClient): Promise<RefusedFeature[]> {
    const refused = await check('What the key or login may do', READ_FIX, () =>
      findRefusedFeatures(lever, settings),
    );
    for (const { feature } of refused) Object.assign(settings, feature.off);
    return refused;
  }

  #missingScopes(settings: Settings): ScopeNeed[] {
    const { secrets, clock } = this.deps;
    const grant = findGrant(secrets, clock.now());
    return grant ? missingScopes(scopesOf(settings, false), grant.scopes) : [];
  }

  /** What is in use stays as it is until the login is there. */
  async #beginLogin(
    answers: SetupAnswers,
    found: Found,
    client: OAuthClient,
  ): Promise<LoginNeeded> {
    const { deps } = this;
    const { settings } = found;
    const login = await startLogin(deps, { settings, client });
    await deps.database.write((tx) => {
      if (deps.integration.isInUse()) return;
      this.#keep(tx, answers, found);
    });
    return { kind: 'login_needed', settings, ...login };
  }

  /** Throws `vendor` for another account than the one in use. */
  async #identify(
    settings: Settings,
    answer: LeverAnswer,
    lever: LeverClient,
  ): Promise<ProvedAccount> {
    const { deps } = this;
    const fingerprint =
      answer.kind === 'api_key'
        ? keyFingerprint(deps, settings, answer.key)
        : (storedLoginFingerprint(deps, settings) ?? '');
    return check('The Lever account', READ_FIX, async () => {
      await this.#requireAccount({ settings, lever, fingerprint }, answer);
      return { ids: await readAccountIds(settings, lever), fingerprint };
    });
  }

  async #requireAccount(credential: NewCredential, { kind }: LeverAnswer): Promise<void> {
    try {
      await requireAccount(this.deps, credential, this.progress.onUnknownAccount);
    } catch (error) {
      // A login is in use already, a key is not.
      const isInUse = kind === 'oauth' && error instanceof AppError;
      if (isInUse) await this.deps.refusals.note('lever', OTHER_ACCOUNT);
      throw error;
    }
  }

  async #store(
    answers: SetupAnswers,
    found: Found & { account: ProvedAccount },
    lever: LeverClient,
    codesubmit: CodeSubmitClient,
  ): Promise<Activated[]> {
    const { deps } = this;
    const isRevival = deps.integration.state() === 'revoked';
    const stored = isRevival ? deps.rules.listActive() : undefined;
    const rules = answers.rules ? await this.#resolve(answers.rules, lever, codesubmit) : stored;
    const people = await check('Who stands in the stages', READ_FIX, () =>
      readPeople(deps, lever, this.#newRules(rules ?? [], isRevival), this.progress.onPeople),
    );
    return deps.database.write((tx) => {
      this.#keep(tx, answers, found);
      const { ids, fingerprint } = found.account;
      if (!deps.integration.isInUse()) deps.account.clear(tx, deps.clock.now());
      rememberAccount(tx, deps, ids, fingerprint);
      if (isRevival) {
        this.#forgetActivations(tx);
        dropSealed(tx, deps);
      }
      const options = { existing: answers.existing, isWholeSet: true };
      const activated = rules ? storeRules(tx, deps, rules, people, options) : [];
      deps.integration.markSetUp(tx, deps.clock.now());
      return activated;
    });
  }

  #newRules(rules: readonly NewRule[], isRevival: boolean): NewRule[] {
    const { rules: rows } = this.deps;
    return rules.filter((rule) => isRevival || !rows.findByIdentity(rule.stageId, rule.tag));
  }

  /** After a revoke every rule is active anew: who came while nothing ran is somebody who was there already. */
  #forgetActivations(tx: Tx): void {
    const { rules, clock } = this.deps;
    for (const rule of rules.listActive()) rules.remove(tx, rule.id, clock.now());
  }

  /** Settings and secrets. */
  #keep(
    tx: Tx,
    answers: SetupAnswers,
    { settings, answer, codesubmitApiKey, alarms }: Found,
  ): void {
    const { deps } = this;
    keepSettings(tx, deps, settings);
    if (answer.kind === 'api_key') keepLeverKey(tx, deps, answer.key);
    else keepLeverClient(tx, deps, answer.client);
    keepCodeSubmitKey(tx, deps, codesubmitApiKey);
    keepSigningTokens(tx, deps, answers.signingTokens);
    if (alarms) keepAlarmAnswer(tx, deps, alarms);
  }

  async #resolve(specs: readonly RuleSpec[], lever: LeverClient, codesubmit: CodeSubmitClient) {
    const stages = await check('The list of stages', READ_FIX, () => lever.listStages());
    const challenges = await check('The list of challenges', READ_FIX, () =>
      codesubmit.listChallenges(),
    );
    return resolveRules(specs, stages, challenges);
  }
}
