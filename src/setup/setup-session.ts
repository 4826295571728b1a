/** What the wizard asks of the program: each answer tried with the vendor and kept at once. */
import { DAY_MS } from '../domain/clock.js';
import type { Challenge, SentChallenge } from '../domain/codesubmit-port.js';
import { AppError } from '../domain/errors.js';
import type { StageId } from '../domain/ids.js';
import type { WebhookEvent } from '../domain/lever-ports.js';
import type { SecretName } from '../storage/settings/secret-store.js';
import { effectiveSettings, type Settings } from '../storage/settings/settings.js';
import {
  type CodeSubmitClient,
  makeCodeSubmitClient,
} from '../vendors/codesubmit/codesubmit-client.js';
import type { RowShape } from '../vendors/codesubmit/row-shape.js';
import type { LeverClient } from '../vendors/lever/api/lever-client.js';
import { apiKeyAuth, type LeverAuth } from '../vendors/lever/api/lever-connection.js';
import type { LeverPostings } from '../vendors/lever/api/lever-postings.js';
import { makeLeverClient, makeLeverPostings } from '../vendors/lever/create-lever-client.js';
import { keyFingerprint, requireAccount } from '../vendors/lever/login/lever-account.js';
import { scopesOf } from '../vendors/lever/login/login-settings.js';
import { findUsableLogin, startLogin, type StartedLogin } from '../vendors/lever/login/login.js';
import type { OAuthClient } from '../vendors/lever/login/oauth-client.js';
import { needsOf, type ScopeNeed } from '../vendors/lever/login/scopes.js';
import {
  keepAlarmAnswer,
  tryAlarmUrl,
  keepCodeSubmitKey,
  keepLeverClient,
  keepLeverKey,
  keepSettings,
  keepSigningTokens,
  webhookIdOf,
} from './keep-answers.js';
import {
  FEATURES_OFF,
  featuresOn,
  findRefusedFeatures,
  fixFor,
  refusalInWords,
} from './lever-features.js';
import { readListRows } from './row-shape-words.js';
import type { SetupDeps } from './setup-deps.js';
import type { Stage } from './rules/activate-rules.js';
import { changePostings, listPostings, type PostingsChanged } from './rules/tag-postings.js';
import type { Posting } from '../domain/lever-ports.js';
import { syncWebhooks, type WebhooksKept } from './webhooks/sync-webhooks.js';

/** What Lever showed when the answer was tried. */
export interface LeverLook {
  stages: Stage[];
  /** The active ones; null when the key may not list them. */
  users: { id: string; name: string }[] | null;
  tags: string[] | null;
  seesConfidential: boolean;
}

export interface CodeSubmitLook {
  /** The key's own label. */
  account: string;
  challenges: Challenge[];
}

const MAX_SENT_LOOKED_AT = 500;
const RECENT_MS = 30 * DAY_MS;

async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch {
    // A right that only a convenience needs: the wizard does without.
    return null;
  }
}

function notConnected(): AppError {
  return new AppError('not_set_up', 'Lever is not connected.', 'Run: codesubmit-lever setup');
}

export class Sitting {
  constructor(private readonly deps: SetupDeps) {}

  /** Environment over what is stored, as it will be in force. */
  settings(): Settings {
    const { settings, runtime } = this.deps;
    return effectiveSettings(settings.load(), runtime.env);
  }

  async keepSettings(settings: Partial<Settings>): Promise<void> {
    const { database, integration } = this.deps;
    await database.write((tx) => {
      keepSettings(tx, this.deps, settings);
      if (integration.isInUse()) integration.bumpVersion(tx);
    });
  }

  /** Keeps what of it is changed. Throws `vendor` naming the right that it lacks in Lever, `not_set_up` without a Lever, `ApiError`. */
  async keepFeatures(changed: Partial<Settings>): Promise<void> {
    await this.#requireFeatures({ ...this.settings(), ...FEATURES_OFF, ...changed });
    await this.keepSettings(changed);
  }

  async #requireFeatures(settings: Settings): Promise<void> {
    if (featuresOn(settings).length === 0) return;
    const refused = await findRefusedFeatures(await this.#getLever(), settings);
    const [first] = refused;
    if (!first) return;
    throw new AppError('vendor', `${refusalInWords(first, settings)}.`, fixFor(refused, settings));
  }

  /** The last part of the webhook's address, made once and kept across runs. */
  async webhookId(): Promise<string> {
    const webhookId = webhookIdOf(this.settings());
    await this.keepSettings({ webhookId });
    return webhookId;
  }

  #secret(name: SecretName): string | undefined {
    const { secrets, clock } = this.deps;
    return secrets.list(name, clock.now())[0];
  }

  /**
   * Tries the key and keeps it. Throws `ApiError` when Lever refuses it or can't be reached, and `vendor` for a key of
   * another account than the one in use.
   */
  async tryLeverKey(key: string, onUnknownAccount: () => Promise<boolean>): Promise<LeverLook> {
    const settings = this.settings();
    const lever = this.#leverBy(key);
    const look = await this.#look(lever);
    const fingerprint = keyFingerprint(this.deps, settings, key);
    const credential = { settings, lever, fingerprint };
    const isProved = await requireAccount(this.deps, credential, onUnknownAccount);
    await this.deps.database.write((tx) => {
      if (isProved) this.deps.account.prove(tx, fingerprint);
      keepLeverKey(tx, this.deps, key);
      this.deps.settings.save(tx, {
        leverAuth: 'api_key',
        includeConfidential: look.seesConfidential,
      });
    });
    return look;
  }

  #leverBy(key: string): LeverClient {
    return makeLeverClient(this.deps, this.settings(), apiKeyAuth(key), this.deps.http);
  }

  /** What a login asks of Lever, each with the feature that needs it. */
  scopesAskedFor(isConfidentialWanted: boolean): ScopeNeed[] {
    return needsOf(scopesOf(this.settings(), isConfidentialWanted));
  }

  /** Begins a login; what is in use stays so until the login is there. Throws what `startLogin` throws. */
  async beginLogin(client: OAuthClient, isConfidentialWanted: boolean): Promise<StartedLogin> {
    await this.deps.database.write((tx) => {
      const { integration, settings } = this.deps;
      if (integration.isInUse()) return;
      settings.save(tx, { leverAuth: 'oauth', leverClientId: client.id });
      keepLeverClient(tx, this.deps, client);
    });
    return startLogin(this.deps, { settings: this.settings(), client, isConfidentialWanted });
  }

  /** The Lever that is kept, tried; undefined when none is, or it is no longer taken. */
  async findLever(): Promise<LeverLook | undefined> {
    const lever = await this.#keptLever();
    if (!lever) return undefined;
    const look = await this.#look(lever);
    await this.keepSettings({ includeConfidential: look.seesConfidential });
    return look;
  }

  async #keptLever(): Promise<LeverClient | undefined> {
    const auth = await this.#keptAuth();
    return auth && makeLeverClient(this.deps, this.settings(), auth, this.deps.http);
  }

  async #keptAuth(): Promise<LeverAuth | undefined> {
    const settings = this.settings();
    if (settings.leverAuth === 'api_key') {
      const key = this.#secret('lever_api_key');
      return key === undefined ? undefined : apiKeyAuth(key);
    }
    const secret = this.#secret('lever_client_secret');
    if (secret === undefined || settings.leverClientId === null) return undefined;
    return findUsableLogin(this.deps, settings, { id: settings.leverClientId, secret });
  }

  async #look(lever: LeverClient): Promise<LeverLook> {
    const stages = await lever.listStages();
    const seesConfidential = await lever.canReadConfidential();
    const users = await orNull(lever.listUsers());
    const tags = await orNull(lever.listTags());
    return {
      stages,
      users: users?.filter(({ isActive }) => isActive) ?? null,
      tags,
      seesConfidential,
    };
  }

  /** Tries the key and keeps it. Throws `ApiError` when CodeSubmit refuses it or can't be reached. */
  async tryCodeSubmitKey(key: string): Promise<CodeSubmitLook> {
    const look = await this.#lookAtCodeSubmit(key);
    await this.deps.database.write((tx) => {
      keepCodeSubmitKey(tx, this.deps, key);
    });
    return look;
  }

  /** The CodeSubmit that is kept, tried; undefined when none is. */
  async findCodeSubmit(): Promise<CodeSubmitLook | undefined> {
    const key = this.#secret('codesubmit_api_key');
    return key === undefined ? undefined : this.#lookAtCodeSubmit(key);
  }

  async #lookAtCodeSubmit(key: string): Promise<CodeSubmitLook> {
    const client = this.#codesubmitBy(key);
    const account = await client.checkKey();
    return { account, challenges: await client.listChallenges() };
  }

  #codesubmitBy(key: string): CodeSubmitClient {
    return makeCodeSubmitClient(this.settings(), key, this.deps.http);
  }

  /** How many of the challenges sent so far there are, and how many show a candidate's link. */
  async countLinks(): Promise<{ sent: number; withLink: number }> {
    const rows = await this.#sentBefore();
    return { sent: rows.length, withLink: rows.filter(({ link }) => link !== null).length };
  }

  /**
   * Learns how links are made from one candidate's link: the ids of some sent challenge stand in it. Keeps the template
   * and returns it; undefined when no sent challenge's id is in the link.
   */
  async learnLink(link: string): Promise<string | undefined> {
    const rows = await this.#sentBefore();
    const row = rows.find(({ id }) => id !== null && link.includes(id));
    if (row?.id === undefined || row.id === null) return undefined;
    const withId = link.replace(row.id, '{id}');
    const [challengeId] = row.challenge.ids;
    const linkTemplate =
      challengeId === undefined ? withId : withId.replace(challengeId, '{test.id}');
    await this.keepSettings({ linkTemplate, linkPath: null });
    return linkTemplate;
  }

  /** Whether the rows of CodeSubmit's list say who was sent what when, and where else that may stand. */
  async readRowShape(): Promise<RowShape | undefined> {
    const key = this.#secret('codesubmit_api_key');
    if (key === undefined) return undefined;
    const codesubmit = this.#codesubmitBy(key);
    return readListRows(codesubmit, await codesubmit.listChallenges());
  }

  /** The first pages of what CodeSubmit sent before; a look, not the whole history. */
  async #sentBefore(): Promise<SentChallenge[]> {
    const key = this.#secret('codesubmit_api_key');
    if (key === undefined) return [];
    const rows: SentChallenge[] = [];
    const codesubmit = this.#codesubmitBy(key);
    let page = await codesubmit.readSentPage(null);
    rows.push(...page.rows);
    while (page.next !== null && rows.length < MAX_SENT_LOOKED_AT) {
      page = await codesubmit.readSentPage(page.next);
      rows.push(...page.rows);
    }
    return rows;
  }

  /** Adds a signing token; the ones before it stay good for two weeks. */
  async keepSigningToken(token: string): Promise<void> {
    await this.deps.database.write((tx) => {
      keepSigningTokens(tx, this.deps, [token]);
      this.deps.integration.bumpVersion(tx);
    });
  }

  /** Whether alarms are told to anybody. */
  tellsAlarms(): boolean {
    return this.deps.configuration.current().alarmUrl !== null;
  }

  /** Sends a test message there and keeps the address; `none` ends it. Throws what `tryAlarmUrl` throws. */
  async keepAlarmUrl(text: string): Promise<void> {
    const answer = await tryAlarmUrl(this.deps, text);
    if (!answer) return;
    await this.deps.database.write((tx) => {
      keepAlarmAnswer(tx, this.deps, answer);
      this.deps.integration.bumpVersion(tx);
    });
  }

  /** Sees to the webhooks that are made by API. Throws `conflict` while another process does. */
  syncWebhooks(onMaking: (event: WebhookEvent) => void): Promise<WebhooksKept | undefined> {
    return syncWebhooks(this.deps, { isRenewal: false, onMaking });
  }

  /** Throws as `listPostings` does, and `not_set_up` without a Lever. */
  async listPostings(): Promise<Posting[]> {
    return listPostings(await this.#postings());
  }

  /** Throws as `changePostings` does, and `not_set_up` without a Lever. */
  async putTagOn(
    tag: string,
    postings: readonly Posting[],
    onProgress: (done: number) => void,
  ): Promise<PostingsChanged> {
    return changePostings(await this.#postings(), postings, { kind: 'add', tag }, onProgress);
  }

  async #postings(): Promise<LeverPostings> {
    const auth = await this.#keptAuth();
    if (!auth) throw notConnected();
    return makeLeverPostings(this.deps, this.settings(), auth, this.deps.http);
  }

  /** The tags in use in Lever now; null when they may not be read. */
  async readTags(): Promise<string[] | null> {
    const lever = await this.#keptLever();
    return lever ? orNull(lever.listTags()) : null;
  }

  /** How many people stand in the stage now. Throws `ApiError`, or `not_set_up` without a Lever. */
  async countPeople(stageId: string): Promise<number> {
    const lever = await this.#getLever();
    let people = 0;
    for await (const page of lever.listStage(stageId as StageId)) {
      people += page.opportunities.length;
    }
    return people;
  }

  /** Of those who stand there: how many came in the last 30 days, and for how many postings. Throws like `countPeople`. */
  async countRecent(stageId: string): Promise<{ people: number; postings: number }> {
    const lever = await this.#getLever();
    const advancedSince = this.deps.clock.now() - RECENT_MS;
    const options = { advancedSince, withPostings: true };
    const postings = new Set<string>();
    let people = 0;
    for await (const page of lever.listStage(stageId as StageId, options)) {
      people += page.opportunities.length;
      for (const { postingId } of page.opportunities)
        if (postingId !== null) postings.add(postingId);
    }
    return { people, postings: postings.size };
  }

  async #getLever(): Promise<LeverClient> {
    const lever = await this.#keptLever();
    if (lever) return lever;
    throw notConnected();
  }
}
