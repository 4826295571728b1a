/**
 * Makes sure that one integration serves one Lever account: a key or login of another account is
 * not used.
 *
 * It compares stages, then users, then opportunities known here, until one proves the same account.
 * `guardAccount` wraps the credentials of every Lever client, so the comparison comes before the
 * first request. From then on another account looks like a rejected key, and everything waits.
 */
import type { Settings } from '../../../storage/settings/settings.js';
import { ApiError, AppError } from '../../../domain/errors.js';
import type { OpportunityId } from '../../../domain/ids.js';
import {
  isOwnStage,
  judge,
  OTHER_ACCOUNT,
  type AccountVerdict,
  type Compared,
} from '../../../domain/lever-account.js';
import type { Sealer } from '../../../storage/home/sealer.js';
import type { LiveConfiguration } from '../../../storage/settings/configuration.js';
import type { SecretStore } from '../../../storage/settings/secret-store.js';
import type { AccountIdKind, AccountStore } from '../../../storage/state/account-store.js';
import type { IntegrationStore } from '../../../storage/state/integration-store.js';
import type { LeverAuth } from '../api/lever-connection.js';
import type { LeverClient } from '../api/lever-client.js';
import type { Clock } from '../../../domain/clock.js';
import type { Log } from '../../../domain/log.js';
import { leverApiUrl } from '../api/lever-addresses.js';
import { findGrant, type Grant } from './grant.js';
import type { Database, Tx } from '../../../storage/database/database.js';

/** How many ids of one kind are enough to recognise an account. */
const MOST_REMEMBERED = 200;
const MOST_READ_ALONE = 5;

export type AccountIds = Record<AccountIdKind, string[]>;

function otherAccount(): AppError {
  return new AppError(
    'vendor',
    'This key or login belongs to another Lever account than this integration.',
    'Use one from the same account. To switch accounts, first run: codesubmit-lever revoke',
  );
}

/** Represents a key in the database. */
export function keyFingerprint(
  { sealer }: { sealer: Sealer },
  settings: Settings,
  key: string,
): string {
  return sealer.markOf(`lever account: ${leverApiUrl(settings)} key ${key}`);
}

/** Stays the same as long as the login is renewed. */
export function loginFingerprint(
  { sealer }: { sealer: Sealer },
  settings: Settings,
  grant: Grant,
): string {
  const { clientId, loggedInAt } = grant;
  return sealer.markOf(
    `lever account: ${leverApiUrl(settings)} login ${clientId} ${String(loggedInAt)}`,
  );
}

/** Undefined when there is no login. */
export function storedLoginFingerprint(
  { sealer, secrets, clock }: { sealer: Sealer; secrets: SecretStore; clock: Clock },
  settings: Settings,
): string | undefined {
  const grant = findGrant(secrets, clock.now());
  return grant && loginFingerprint({ sealer }, settings, grant);
}

interface KnownAccount {
  account: AccountStore;
}

/**
 * Asks Lever as little as possible: stages, then users, then opportunities known here. Throws
 * `ApiError`.
 */
export async function compareAccount(
  known: KnownAccount,
  settings: Settings,
  lever: LeverClient,
): Promise<AccountVerdict> {
  if (isOtherEnvironment(known, settings)) return 'other';
  let verdict: AccountVerdict = 'unknown';
  for (const compare of [compareStages, compareUsers, compareOpportunities]) {
    const found = judge(await compare(known, lever));
    if (found === 'same') return 'same';
    if (found === 'other') verdict = 'other';
  }
  return verdict;
}

/** Lever's two environments never share an account. */
function isOtherEnvironment({ account }: KnownAccount, settings: Settings): boolean {
  const [known] = account.list('environment');
  const [now] = environmentOf(settings);
  return known !== undefined && now !== undefined && known !== now;
}

function environmentOf({ leverApiUrl: url, leverEnvironment }: Settings): string[] {
  return url === null ? [leverEnvironment] : [];
}

async function compareStages({ account }: KnownAccount, lever: LeverClient): Promise<Compared> {
  const known = account.list('stage');
  if (known.length === 0) return { known, seen: null };
  const stages = await lever.listStages();
  return { known, seen: stages.map(({ id }) => id) };
}

async function compareUsers({ account }: KnownAccount, lever: LeverClient): Promise<Compared> {
  const known = account.list('user');
  return { known, seen: known.length === 0 ? null : await listUserIds(lever) };
}

/** Null when Lever refuses the list: without permission nothing can be compared. */
async function listUserIds(lever: LeverClient): Promise<string[] | null> {
  try {
    return (await lever.listUsers()).map(({ id }) => id);
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.kind === 'refused'))
      return null;
    throw error;
  }
}

/**
 * Lever refuses some that exist, such as confidential ones. After one refusal, missing ones prove
 * nothing.
 */
async function compareOpportunities(
  { account }: KnownAccount,
  lever: LeverClient,
): Promise<Compared> {
  const known = account.listOpportunities(MOST_READ_ALONE);
  for (const id of known) {
    const { kind } = await lever.readOpportunity(id as OpportunityId);
    if (kind === 'opportunity') return { known, seen: [id] };
    if (kind === 'forbidden') return { known, seen: null };
  }
  return { known, seen: known.length === 0 ? null : ['none of them'] };
}

export interface NewCredential {
  settings: Settings;
  lever: LeverClient;
  fingerprint: string;
}

/**
 * Checks a key or login that is being entered. If nothing proves the account, a person is asked to
 * confirm it where possible. Returns whether it is known to belong to the account in use. Throws
 * `vendor` for another account, and `ApiError`.
 */
export async function requireAccount(
  { account, integration }: { account: AccountStore; integration: IntegrationStore },
  { settings, lever, fingerprint }: NewCredential,
  confirm?: () => Promise<boolean>,
): Promise<boolean> {
  if (!integration.isInUse()) return false;
  if (account.isProved(fingerprint)) return true;
  const verdict = await compareAccount({ account }, settings, lever);
  if (verdict !== 'unknown') return verdict === 'same' || refuse();
  if (!account.hasProved() || confirm === undefined) return false;
  return (await confirm()) || refuse();
}

function refuse(): never {
  throw otherAccount();
}

/** Stores what the account is recognised by from now on. Throws `ApiError`. */
export async function readAccountIds(settings: Settings, lever: LeverClient): Promise<AccountIds> {
  const stages = (await lever.listStages()).map(({ id }) => id as string).filter(isOwnStage);
  const users = (await listUserIds(lever)) ?? [];
  return {
    stage: stages.slice(0, MOST_REMEMBERED),
    user: users.slice(0, MOST_REMEMBERED),
    environment: environmentOf(settings),
  };
}

/** With a key or login of that account. */
export function rememberAccount(
  tx: Tx,
  { account }: KnownAccount,
  ids: AccountIds,
  fingerprint: string,
): void {
  for (const kind of ['stage', 'user', 'environment'] as const) account.add(tx, kind, ids[kind]);
  account.prove(tx, fingerprint);
}

export interface GuardedCredential {
  auth: LeverAuth;
  settings: Settings;
  /** Undefined when there is nothing to ask with. */
  fingerprint: string | undefined;
  /** Calls Lever without this guard. */
  lever: LeverClient;
}

export interface AccountGuardDeps {
  database: Database;
  account: AccountStore;
  integration: IntegrationStore;
  configuration: LiveConfiguration;
  clock: Clock;
  log: Log;
}

/** Compares before the first request of a new key or login. Afterwards it costs nothing. */
export function guardAccount(deps: AccountGuardDeps, credential: GuardedCredential): LeverAuth {
  const { auth } = credential;
  let checked: Promise<void> | undefined;
  const check = (): Promise<void> => {
    checked ??= requireSameAccount(deps, credential).catch((error: unknown) => {
      checked = undefined;
      throw error;
    });
    return checked;
  };
  return {
    authorization: async () => {
      await check();
      return auth.authorization();
    },
    renew: (refused) => auth.renew(refused),
  };
}

async function requireSameAccount(
  deps: AccountGuardDeps,
  credential: GuardedCredential,
): Promise<void> {
  const { fingerprint, settings, lever } = credential;
  if (fingerprint === undefined) return;
  if (deps.account.isProved(fingerprint)) return noteVerified(deps);
  const verdict = await compareAccount(deps, settings, lever);
  if (verdict === 'other') {
    const reason = OTHER_ACCOUNT;
    throw new ApiError({ vendor: 'lever', kind: 'unauthorized', route: 'GET /stages', reason });
  }
  // A data directory from an older version has compared none; its key is not new.
  if (verdict === 'unknown' && deps.account.hasProved()) return noteUnverified(deps);
  const ids = await readAccountIds(settings, lever);
  await deps.database.write((tx) => {
    rememberAccount(tx, deps, ids, fingerprint);
  });
  return noteVerified(deps);
}

async function noteVerified(deps: AccountGuardDeps): Promise<void> {
  if (deps.configuration.row().account_unverified_at === null) return;
  await deps.database.write((tx) => {
    deps.integration.noteAccountUnverified(tx, null);
  });
}

async function noteUnverified(deps: AccountGuardDeps): Promise<void> {
  if (deps.configuration.row().account_unverified_at !== null) return;
  deps.log.warn({}, 'nothing shows whether the Lever account is the same as before');
  await deps.database.write((tx) => {
    deps.integration.noteAccountUnverified(tx, deps.clock.now());
  });
}
