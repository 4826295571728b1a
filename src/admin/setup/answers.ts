/**
 * The answers of setup: what is answered already, what the vendors say of an answer, and how checked ones are stored.
 */
import { randomBytes } from 'node:crypto';
import { DAY_MS } from '../../domain/clock.js';
import type { Tx } from '../../store/database/database.js';
import { readSecretVariable } from '../../store/home/environment.js';
import {
  type GivenSecret,
  SECRET_VARIABLES,
  type SentSecret,
} from '../../store/settings/configuration.js';
import { type Settings, loadSettings, saveSettings } from '../../store/settings/settings.js';
import {
  leverAddressesOf,
  parseReportAddress,
  type Addresses,
  type ReportAddress,
} from '../../store/settings/vendor-addresses.js';
import { clearTags, HOLD_TOPIC } from '../../store/writebacks.js';
import { forgetReported, listReported, storeFound } from '../../store/facts.js';
import { testReportAddress } from '../../net/alarm-webhook.js';
import { storeLever, type LeverAnswer } from '../../lever/login.js';
import type { OAuthClient } from '../../lever/oauth-client.js';
import type { App } from '../app.js';
import { AppError, type Vendor } from '../../domain/errors.js';
import { CodeSubmitClient } from '../../codesubmit/codesubmit-client.js';
import { apiKeyAuth, LeverClient } from '../../lever/lever-client.js';
import { CONFIDENTIAL, findGrant } from '../../lever/rights.js';
import { fingerprintOf } from '../../lever/lever-account.js';
import { findRefused, howToGrant, refusalInWords } from './lever-rights.js';
import { findNear } from '../../domain/decide/match-rule.js';
import { ANY_TAG, prefixOf } from '../../domain/rule.js';
import { hasTag } from '../../domain/vendor-text.js';
import type { NewRule } from '../../store/rule-store.js';

/** The environment's value, which overrides a stored one. */
export function secretFromEnvironment({ runtime }: App, name: GivenSecret): string | undefined {
  return readSecretVariable(runtime.env, SECRET_VARIABLES[name]);
}

/** The secret that the daemon would use: the environment's, or the stored one if it may be sent to these addresses. */
export function findSecret(
  app: App,
  name: GivenSecret,
  addresses: Addresses = app.configuration.settings(),
): string | undefined {
  return secretFromEnvironment(app, name) ?? app.secrets.list(name, app.clock.now(), addresses)[0];
}

/** Like `findSecret`, but throws `configuration` when a secret is stored for another address. */
export function findSendable(app: App, name: SentSecret, addresses: Addresses): string | undefined {
  const found = findSecret(app, name, addresses);
  const why = found === undefined ? app.configuration.whyWithheld(name, addresses) : null;
  if (why) throw why;
  return found;
}

/** The address that accepted a test message, or null for no address any more. Undefined if nothing changes. */
export type AddressAnswer = string | null | undefined;

/**
 * Sends a test to the address that was answered, unless it is the stored one. Returns what to store: null erases the
 * address, undefined changes nothing. Throws `configuration` if it isn't an address, `vendor` if the address doesn't
 * accept the test.
 */
export async function checkReportAddress(
  app: App,
  name: ReportAddress,
  answer: string | undefined,
): Promise<AddressAnswer> {
  if (answer === undefined) return undefined;
  const url = parseReportAddress(name, answer);
  if (url === null) return null;
  // Not the environment's, which may be this very answer.
  if (app.secrets.list(name, app.clock.now())[0] === url.href) return undefined;
  await testReportAddress(name, url, { version: app.runtime.version });
  return url.href;
}

/** Answers that were checked; what is undefined stays as it is. */
export interface Checked {
  settings?: Partial<Settings>;
  lever?: LeverAnswer;
  codesubmitApiKey?: string;
  /** The whole set. */
  signingTokens?: readonly string[];
  alarms?: AddressAnswer;
  heartbeat?: AddressAnswer;
}

/** How long a replaced signing token is valid: Lever's Rerun resends two weeks' deliveries. */
const OLD_TOKEN_VALID_MS = 14 * DAY_MS;

/**
 * Stores checked answers. Settings come first, because each key is bound to the vendor's address that is in force then.
 */
export function storeAnswers(tx: Tx, app: App, checked: Checked): void {
  const { settings = {}, lever, codesubmitApiKey, signingTokens = [] } = checked;
  const now = app.clock.now();
  const before = loadSettings(tx);
  saveSettings(tx, settings);
  // Lever has the former address until someone enters the new one there: it counts as unverified.
  const isMoved = (['publicUrl', 'webhookId'] as const).some(
    (name) => settings[name] !== undefined && settings[name] !== before[name],
  );
  if (isMoved) app.integration.record(tx, 'webhook_changed');
  // Turned off: the tags that say why candidates are on hold are removed in Lever too.
  if (settings.holdTags === false) clearTags(tx, HOLD_TOPIC, now);
  // A rejection of the former key says nothing of the new one, which its vendor has accepted.
  const forgetRejection = (vendor: Vendor, key: string): void => {
    const [former] = app.secrets.list(`${vendor}_api_key`, now);
    if (former !== key) app.integration.recordAnswered(tx, vendor);
  };
  if (lever?.kind === 'api_key') forgetRejection('lever', lever.key);
  if (lever) storeLever(tx, app.secrets, lever);
  if (codesubmitApiKey !== undefined) {
    forgetRejection('codesubmit', codesubmitApiKey);
    app.secrets.replace(tx, 'codesubmit_api_key', codesubmitApiKey);
  }
  if (signingTokens.length > 0) {
    const known = app.secrets.list('signing_token', now);
    if (signingTokens.some((token) => !known.includes(token)))
      app.integration.record(tx, 'webhook_changed');
    app.secrets.replaceSet(tx, 'signing_token', signingTokens, now, now + OLD_TOKEN_VALID_MS);
  }
  storeReportAddress(tx, app, 'alarm_url', checked.alarms);
  storeReportAddress(tx, app, 'heartbeat_url', checked.heartbeat);
}

/** Stores the address, erases it for null, and does nothing for undefined. */
function storeReportAddress(tx: Tx, app: App, name: ReportAddress, answer: AddressAnswer): void {
  if (answer === undefined) return;
  if (answer === null) app.secrets.erase(tx, name);
  else app.secrets.replace(tx, name, answer);
  if (name !== 'alarm_url') return;
  // What failed with the former address is no problem of this one.
  storeFound(tx, 'alarms', [], app.clock.now());
  // A later channel hears what is wrong then.
  if (answer === null) forgetReported(tx, listReported(tx));
}

/** Stores checked answers in one transaction. A running daemon reads the configuration again. */
export async function storeAndApply(app: App, checked: Checked): Promise<void> {
  await app.database.write((tx) => {
    storeAnswers(tx, app, checked);
    if (app.integration.isInUse()) app.integration.bumpVersion(tx);
  });
}

/** Stores these settings, and leaves the others. A running daemon reads them again. */
export function changeSettings(app: App, settings: Partial<Settings>): Promise<void> {
  return storeAndApply(app, { settings });
}

/**
 * Stores the OAuth client of a login that has begun, and the other answers with it. An integration in use keeps what it
 * has until the login is done.
 */
export async function storeClient(
  app: App,
  client: OAuthClient,
  checked: Checked = {},
): Promise<void> {
  if (app.integration.isInUse()) return;
  const settings = {
    // The client's secret is bound to these.
    ...leverAddressesOf(app.configuration.settings()),
    ...checked.settings,
    leverAuth: 'oauth' as const,
    leverClientId: client.id,
  };
  await storeAndApply(app, { ...checked, settings, lever: { kind: 'oauth', client } });
}

/** The last part of the webhook's address: created once, and reused in later runs. */
export function webhookIdOf({ webhookId }: Settings): string {
  return webhookId ?? randomBytes(16).toString('hex');
}

/** A key or login that Lever accepts. */
type LeverFound = NonNullable<Awaited<ReturnType<typeof checkLever>>>;

/**
 * Checks that Lever accepts the key or login, and lets us read candidates and write links. Returns a client for it and
 * what it found. Undefined until someone logs in, or if Lever rejects the login. Throws `vendor` if an essential right
 * is missing, `configuration` if the key may not be sent to the settings' address, and `ApiError`.
 */
export async function checkLever(app: App, settings: Settings, answer: LeverAnswer) {
  const opened = await openLever(app, settings, answer);
  if (!opened) return undefined;
  const { auth, fingerprint } = opened;
  const client = new LeverClient(app, settings, auth);
  const stages = await client.listStages();
  const refused = await findRefused(client, settings, [], (right) => right.isEssential === true);
  // Without these rights no challenge would go out, or its link would never be in Lever.
  if (refused[0]) {
    const why = `Lever refuses ${refusalInWords(refused[0], settings)}.`;
    throw new AppError('vendor', why, howToGrant(app.configuration, settings, refused));
  }
  return { answer, client, stages, fingerprint };
}

/**
 * Whether confidential jobs take part so far: by the scopes of the stored login, else by what the key may read. False
 * where neither says so.
 */
export async function includesConfidential(app: App): Promise<boolean> {
  const grant = findGrant(app.secrets, app.clock.now());
  if (grant) return grant.scopes.includes(CONFIDENTIAL);
  const askLever = async () => app.vendors.lever().canReadConfidential();
  return (await orNull(askLever())) ?? false;
}

/**
 * How calls to Lever are authorized, and the hash that stands for the key or login. Undefined without a usable login.
 */
async function openLever(app: App, settings: Settings, answer: LeverAnswer) {
  const { sealer, configuration, vendors, secrets, clock } = app;
  if (answer.kind === 'api_key') {
    const { key } = answer;
    configuration.requireSendable('lever_api_key', key, settings);
    return { auth: apiKeyAuth(key), fingerprint: fingerprintOf(sealer, settings, key) };
  }
  const auth = await vendors.findUsableLogin(settings, answer.client);
  // A login that Lever accepts has its grant stored.
  const grant = auth && findGrant(secrets, clock.now(), settings);
  return grant && { auth, fingerprint: fingerprintOf(sealer, settings, grant) };
}

/** The stored login, checked with Lever (`checkLever`); undefined without one, or if Lever no longer accepts it. */
export async function findLogin(app: App): Promise<LeverFound | undefined> {
  const settings = app.configuration.settings();
  const id = settings.leverClientId;
  const secret = findSecret(app, 'lever_client_secret');
  if (secret === undefined || id === null) return undefined;
  return checkLever(app, settings, { kind: 'oauth', client: { id, secret } });
}

/**
 * A client of CodeSubmit with this key. Throws `configuration` when the key may not be sent to the settings' address.
 */
export function openCodeSubmit(
  { configuration, http }: App,
  key: string,
  settings = configuration.settings(),
): CodeSubmitClient {
  configuration.requireSendable('codesubmit_api_key', key, settings);
  return new CodeSubmitClient(http, settings, key);
}

export type LeverLook = Awaited<ReturnType<typeof lookAtLever>>;
export type CodeSubmitLook = Awaited<ReturnType<typeof lookAtCodeSubmit>>;

/** What was read, or null if reading failed, whatever the reason. */
async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch {
    // Such as for a missing right: what is read here only makes answering easier.
    return null;
  }
}

/** What a setup session offers to choose from. `users`: the active ones. What the key may not list is null. */
export async function lookAtLever(found: LeverFound) {
  const { client, stages } = found;
  const users = await orNull(client.listUsers());
  const tags = await orNull(client.listTags());
  const seesConfidential = await orNull(client.canReadConfidential());
  const active = users?.filter(({ isActive }) => isActive) ?? null;
  return { stages, users: active, tags, seesConfidential };
}

/** The nearest tag in Lever that this one is probably a typo of. Undefined if none is near. */
export function findNearTag(known: readonly string[], tag: string): string | undefined {
  // `findNear` compares candidates' tags with rules, of which it only needs the tag. Here Lever's tags take their
  // place.
  const asRules = known.map((one) => ({ tag: one }));
  return findNear([tag], asRules)?.rule.tag;
}

/** A sentence for each new rule's tag that Lever doesn't have. None where Lever's tags may not be read. */
export async function findUnknownTags(app: App, rules: readonly NewRule[]): Promise<string[]> {
  // Not those that stand for no single tag in Lever: `*`, and `PREFIX:*` of a rule for every challenge.
  const wanted = rules
    .map(({ tag }) => tag)
    .filter((tag) => tag !== ANY_TAG && prefixOf(tag) === undefined);
  const known = wanted.length === 0 ? null : await orNull(app.vendors.lever().listTags());
  if (known === null) return [];
  return wanted
    .filter((tag) => !hasTag(known, tag))
    .map((tag) => {
      const near = findNearTag(known, tag);
      const meant = near === undefined ? '' : ` Did you mean ${near}?`;
      return `Lever doesn’t have the tag ${tag} yet.${meant}`;
    });
}

/** The challenges that a setup session offers; checks the key too. `account`: the key's label at CodeSubmit. */
export async function lookAtCodeSubmit(app: App, key: string) {
  const codesubmit = openCodeSubmit(app, key);
  const account = await codesubmit.checkKey();
  return { account, challenges: await codesubmit.listChallenges() };
}
