/** Asks the vendors about a key or login before it is stored, and for what the setup session offers. */
import { AppError } from '../../domain/errors.js';
import { OTHER_ACCOUNT } from '../../domain/failure-words.js';
import { recordRejected } from '../../net/circuit.js';
import type { Settings } from '../../store/settings/settings.js';
import { CodeSubmitClient } from '../../codesubmit/codesubmit-client.js';
import { LeverClient } from '../../lever/lever-client.js';
import { apiKeyAuth, findGrant } from '../../lever/lever-auth.js';
import { keyFingerprint, loginFingerprint, requireSameAccount } from '../../lever/lever-account.js';
import type { LeverAnswer } from '../../lever/login.js';
import { findSecret } from './answers.js';
import { findRefused, howToGrant, refusalInWords } from './lever-rights.js';
import type { App } from '../app.js';
import { nearness, spell } from '../../domain/decide/match-rule.js';
import { ANY_TAG, hasTag, prefixOf } from '../../domain/rule.js';
import type { NewRule } from '../../store/rule-store.js';

/** A key or login that Lever accepts. */
type LeverFound = NonNullable<Awaited<ReturnType<typeof checkLever>>>;

/**
 * Undefined until someone logs in, or if Lever rejects the login. Throws `vendor` if links can't be
 * written, and `ApiError`.
 */
export async function checkLever(app: App, settings: Settings, answer: LeverAnswer) {
  const { sealer, configuration, vendors, secrets, clock } = app;
  if (answer.kind === 'api_key')
    configuration.requireSendable('lever_api_key', answer.key, settings);
  const auth =
    answer.kind === 'api_key'
      ? apiKeyAuth(answer.key)
      : await vendors.findUsableLogin(settings, answer.client);
  if (!auth) return undefined;
  const asked = new LeverClient(app, settings, auth);
  const stages = await asked.listStages();
  const refused = await findRefused(asked, settings, [], ({ isEssential }) => isEssential === true);
  // Without them a challenge would go out, and its link would never be in Lever.
  if (refused[0]) {
    const why = `Lever refuses ${refusalInWords(refused[0], settings)}.`;
    throw new AppError('vendor', why, howToGrant(configuration, settings, refused));
  }
  const seesConfidential = await asked.canReadConfidential();
  // As the integration will read: with confidential candidates wherever it may.
  const asBridge = { ...settings, includeConfidential: seesConfidential };
  const client = new LeverClient(app, asBridge, auth);
  const grant = findGrant(secrets, clock.now(), settings);
  let fingerprint = grant ? loginFingerprint(sealer, settings, grant) : '';
  if (answer.kind === 'api_key') fingerprint = keyFingerprint(sealer, settings, answer.key);
  return { answer, client, stages, seesConfidential, fingerprint };
}

/** Throws `vendor` for another account than the one in use, and `ApiError`. */
export async function checkAccount(
  app: App,
  settings: Settings,
  { answer, client: lever, fingerprint }: LeverFound,
): Promise<void> {
  const isInForce = app.configuration.watch();
  try {
    await requireSameAccount(app, { settings, lever, fingerprint });
  } catch (error) {
    // A login is stored already, so it must stop being used. A key is only being checked.
    const rejection = { kind: 'other_account', why: OTHER_ACCOUNT } as const;
    if (answer.kind === 'oauth' && error instanceof AppError)
      await recordRejected(app, 'lever', rejection, isInForce);
    throw error;
  }
}

/** The stored login; undefined without one, or if Lever no longer accepts it. */
export async function findLogin(app: App): Promise<LeverFound | undefined> {
  const settings = app.configuration.settings();
  const id = settings.leverClientId;
  const secret = findSecret(app, 'lever_client_secret');
  if (secret === undefined || id === null) return undefined;
  return checkLever(app, settings, { kind: 'oauth', client: { id, secret } });
}

/** Throws `configuration` when the key may not be sent there. */
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

/** Null instead of a failure. */
async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch {
    // A right needed only for convenience; the session works without.
    return null;
  }
}

/** `users`: the active ones. What the key may not list is null. */
export async function lookAtLever(found: LeverFound) {
  const { client, stages, seesConfidential } = found;
  const users = await orNull(client.listUsers());
  const tags = await orNull(client.listTags());
  const active = users?.filter(({ isActive }) => isActive) ?? null;
  return { stages, users: active, tags, seesConfidential };
}

/** A tag in Lever that this one is probably a typo of. */
export function findNearTag(known: readonly string[], tag: string): string | undefined {
  const spelled = spell(tag);
  return known
    .map((one) => ({ one, far: nearness(spelled, spell(one)) }))
    .filter(({ far }) => far !== undefined)
    .toSorted((a, b) => (a.far ?? 0) - (b.far ?? 0))[0]?.one;
}

/** A sentence for each new rule's tag that Lever doesn't have. None where Lever's tags may not be read. */
export async function findUnknownTags(app: App, rules: readonly NewRule[]): Promise<string[]> {
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

/** Checks the key too. `account`: the key's label at CodeSubmit. */
export async function lookAtCodeSubmit(app: App, key: string) {
  const codesubmit = openCodeSubmit(app, key);
  const account = await codesubmit.checkKey();
  return { account, challenges: await codesubmit.listChallenges() };
}
