/**
 * Makes sure that one integration serves one Lever account: a key or login of another account is not used.
 *
 * It compares the ids of stages and users with those stored of the account in use. `guardAccount` wraps the credentials
 * of every Lever client, so the comparison comes before the first request. From then on another account looks like a
 * rejected key, and everything waits.
 */
import { ApiError, AppError } from '../domain/errors.js';
import { OTHER_ACCOUNT } from '../domain/failure-words.js';
import type { Auth } from '../net/http-client.js';
import type { Reader, Tx } from '../store/database/database.js';
import type { Sealer } from '../store/home/sealer.js';
import { addLeverIds, forgetLeverIds, leverIds } from '../store/integration-store.js';
import { stopFollowing } from '../store/invitations.js';
import type { Stores } from '../store/open-existing.js';
import type { Settings } from '../store/settings/settings.js';
import { leverApiUrl } from '../store/settings/vendor-addresses.js';
import { dropAllOpenWritebacks } from '../store/writebacks.js';
import type { LeverClient } from './lever-client.js';
import type { Grant } from './rights.js';

/** How many ids of one kind are enough to recognise an account. */
const MOST_REMEMBERED = 200;

/** Stages that every account has. Any other id belongs to one account. */
const DEFAULT_STAGES: ReadonlySet<string> = new Set([
  'lead-new',
  'lead-reached-out',
  'lead-responded',
  'applicant-new',
  'offer',
]);

/** What a key or login shows of its account. Empty is what it may not read: every account has stages and users. */
interface AccountIds {
  stage: string[];
  user: string[];
  environment: string[];
}

/** The data directory that serves the account. */
export type AccountHolder = Pick<Stores, 'database' | 'integration'>;

/** A key or login. Its client calls Lever without the guard. */
interface Credential {
  settings: Settings;
  lever: LeverClient;
  /** See `fingerprintOf`. It is stored once the account was compared, so it isn't compared again. */
  fingerprint: string;
}

/**
 * A keyed hash that represents a key or login in the database. A login's stays the same when its tokens are renewed; a
 * new login has another one.
 */
export function fingerprintOf(sealer: Sealer, settings: Settings, keyOrLogin: string | Grant) {
  const what =
    typeof keyOrLogin === 'string'
      ? `key ${keyOrLogin}`
      : `login ${keyOrLogin.clientId} ${String(keyOrLogin.loggedInAt)}`;
  return sealer.pseudonymOf(`lever account: ${leverApiUrl(settings)} ${what}`);
}

/**
 * Reads the ids that show whose account it is: stages, and users if the key may list them (else none). Throws
 * `ApiError`.
 */
export async function readAccountIds(settings: Settings, lever: LeverClient): Promise<AccountIds> {
  const stages = await lever.listStages();
  return {
    stage: stages.map(({ id }) => id),
    user: (await lever.canList('GET /users')) ? (await lever.listUsers()).map(({ id }) => id) : [],
    // An address of the admin's own doesn't show which of Lever's environments it is.
    environment: settings.leverApiUrl === null ? [settings.leverEnvironment] : [],
  };
}

/**
 * Whether the ids are another account's. Another environment proves that. Else one stage or user found again proves the
 * same account; if none is found of all that can be read, it is another. Where there is nothing to compare: false.
 */
export function isOtherAccount(db: Reader, ids: AccountIds): boolean {
  // Undefined if either side has none of the kind, which says nothing.
  const compare = (kind: keyof AccountIds): boolean | undefined => {
    const known = leverIds(db, kind);
    if (known.length === 0 || ids[kind].length === 0) return undefined;
    return known.some((id) => ids[kind].includes(id));
  };
  // Lever's two environments never share an account. The same one proves nothing: it has many accounts.
  if (compare('environment') === false) return true;
  const both = [compare('stage'), compare('user')];
  return both.includes(false) && !both.includes(true);
}

/**
 * Checks a key or login that is being entered, unless it is known to belong to the account in use. Throws `vendor` for
 * another account, and `ApiError`. While no integration is in use, any account may follow.
 */
export async function requireSameAccount(
  { database, integration }: AccountHolder,
  { settings, lever, fingerprint }: Credential,
): Promise<void> {
  if (!integration.isInUse() || leverIds(database, 'credential').includes(fingerprint)) return;
  if (!isOtherAccount(database, await readAccountIds(settings, lever))) return;
  throw new AppError(
    'vendor',
    'This key or login belongs to another Lever account than this integration.',
    'Use one from the same account. To switch accounts, first run: codesubmit-lever revoke',
  );
}

/**
 * Stores the ids of the account that the integration serves from now on, with the key or login (its `fingerprint`) that
 * setup found to belong to it. If the integration is in use already, `requireSameAccount` has shown that the account is
 * the same, so what is known of it stays. If not, the known ids are those of the account that it served before. Where
 * that is another one, nothing more can be shown on its candidates.
 */
export function beginAccount(
  tx: Tx,
  { integration }: Pick<Stores, 'integration'>,
  ids: AccountIds,
  fingerprint: string,
): void {
  if (!integration.isInUse()) {
    if (isOtherAccount(tx, ids)) {
      stopFollowing(tx);
      dropAllOpenWritebacks(tx);
    }
    forgetLeverIds(tx);
  }
  rememberAccount(tx, ids, fingerprint);
}

/**
 * Adds to what identifies the account in use: ids that only it has, and the key or login. Stages that every account has
 * are left out, since they would make any account look like this one.
 */
function rememberAccount(tx: Tx, ids: AccountIds, fingerprint: string): void {
  const own = ids.stage.filter((id) => !DEFAULT_STAGES.has(id));
  addLeverIds(tx, 'stage', own.slice(0, MOST_REMEMBERED));
  addLeverIds(tx, 'user', ids.user.slice(0, MOST_REMEMBERED));
  addLeverIds(tx, 'environment', ids.environment);
  addLeverIds(tx, 'credential', [fingerprint]);
}

/**
 * The credentials `auth`, with a comparison of the account before the first request of a new key or login. Another
 * account throws `unauthorized` then. Later requests cost nothing.
 */
export function guardAccount(holder: AccountHolder, auth: Auth, credential: Credential): Auth {
  const { database, integration } = holder;
  // While none is in use, the known ids are the former account's: setup compares with them.
  if (!integration.isInUse() || leverIds(database, 'credential').includes(credential.fingerprint))
    return auth;
  // Requests that begin during the comparison wait for the same one.
  let checked: Promise<void> | undefined;
  return {
    ...auth,
    authorize: async () => {
      checked ??= checkAccount(holder, credential);
      try {
        await checked;
      } catch (error) {
        // The next request compares again: Lever may only have been away.
        checked = undefined;
        throw error;
      }
      return auth.authorize();
    },
  };
}

/**
 * Compares the account of a key or login with the one in use. Throws `ApiError` `unauthorized` for another account, as
 * for a rejected key. Of one that passed it stores the `fingerprint`, and the account's ids.
 */
async function checkAccount({ database }: AccountHolder, credential: Credential): Promise<void> {
  const { fingerprint, settings, lever } = credential;
  const ids = await readAccountIds(settings, lever);
  if (isOtherAccount(database, ids)) {
    const facts = { kind: 'unauthorized', route: 'GET /stages', reason: OTHER_ACCOUNT } as const;
    throw new ApiError({ vendor: 'lever', isOtherAccount: true, ...facts });
  }
  await database.write((tx) => rememberAccount(tx, ids, fingerprint));
}
