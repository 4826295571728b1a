/**
 * Makes sure that one integration serves one Lever account: a key or login of another account is
 * not used.
 *
 * It compares stages, then users, then opportunities known here, until one proves the same account.
 * `LeverAccount.guard` wraps the credentials of every Lever client, so the comparison comes before the
 * first request. From then on another account looks like a rejected key, and everything waits.
 */
import type { Settings } from '../../../storage/settings/settings.js';
import { ApiError, AppError } from '../../../domain/errors.js';
import type { OpportunityId } from '../../../domain/ids.js';
import { OTHER_ACCOUNT } from '../../../domain/failure-words.js';
import type { Sealer } from '../../../storage/home/sealer.js';
import type { AccountIdKind, AccountStore } from '../../../storage/state/account-store.js';
import type { IntegrationStore } from '../../../storage/state/integration-store.js';
import type { LeverAuth } from '../api/lever-connection.js';
import type { LeverClient } from '../api/lever-client.js';
import type { Clock } from '../../../domain/clock.js';
import type { Log } from '../../../domain/log.js';
import { leverApiUrl } from '../../../storage/settings/vendor-addresses.js';
import type { Grant } from './grant.js';
import type { Database, Tx } from '../../../storage/database/database.js';

/** How many ids of one kind are enough to recognise an account. */
const MOST_REMEMBERED = 200;
const MOST_READ_ALONE = 5;

export type AccountIds = Record<AccountIdKind, string[]>;

/** Stages that every account has. Any other id belongs to one account. */
const DEFAULT_STAGES: ReadonlySet<string> = new Set([
  ...['lead-new', 'lead-reached-out', 'lead-responded', 'applicant-new', 'offer'],
]);

function isOwnStage(stageId: string): boolean {
  return !DEFAULT_STAGES.has(stageId);
}

/** `unknown`: nothing could be compared. */
export type AccountVerdict = 'same' | 'other' | 'unknown';

/** Which known ids were looked up, and which of them exist. */
interface Compared {
  known: readonly string[];
  /** Null without permission to read them. No account has an empty list. */
  seen: readonly string[] | null;
}

/** One id that still exists proves the same account. If all are missing, it is another account. */
function judge({ known, seen }: Compared): AccountVerdict {
  if (known.length === 0 || seen === null || seen.length === 0) return 'unknown';
  return known.some((id) => seen.includes(id)) ? 'same' : 'other';
}

function refuse(): never {
  throw new AppError(
    'vendor',
    'This key or login belongs to another Lever account than this integration.',
    'Use one from the same account. To switch accounts, first run: codesubmit-lever revoke',
  );
}

/** Lever's two environments never share an account. */
function isOtherEnvironment(account: AccountStore, settings: Settings): boolean {
  const [known] = account.list('environment');
  const [now] = environmentOf(settings);
  return known !== undefined && now !== undefined && known !== now;
}

function environmentOf({ leverApiUrl: url, leverEnvironment }: Settings): string[] {
  return url === null ? [leverEnvironment] : [];
}

async function compareStages(account: AccountStore, lever: LeverClient): Promise<Compared> {
  const known = account.list('stage');
  if (known.length === 0) return { known, seen: null };
  const stages = await lever.listStages();
  return { known, seen: stages.map(({ id }) => id) };
}

async function compareUsers(account: AccountStore, lever: LeverClient): Promise<Compared> {
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

/** Lever refuses some that exist. After one refusal, missing ones prove nothing. */
async function compareOpportunities(account: AccountStore, lever: LeverClient): Promise<Compared> {
  const known = account.listOpportunities(MOST_READ_ALONE);
  for (const id of known) {
    const { kind } = await lever.readOpportunity(id as OpportunityId);
    if (kind === 'opportunity') return { known, seen: [id] };
    if (kind === 'forbidden') return { known, seen: null };
  }
  return { known, seen: known.length === 0 ? null : ['none of them'] };
}

/** A key or login that may be used. */
interface Credential {
  settings: Settings;
  /** Calls Lever without the guard. */
  lever: LeverClient;
}

export interface NewCredential extends Credential {
  fingerprint: string;
}

export interface GuardedCredential extends Credential {
  auth: LeverAuth;
  /** Undefined when there is nothing to ask with. */
  fingerprint: string | undefined;
}

/** Reads what the account is recognised by from now on. Throws `ApiError`. */
export async function readAccountIds(settings: Settings, lever: LeverClient): Promise<AccountIds> {
  const stages = (await lever.listStages()).map(({ id }) => id as string).filter(isOwnStage);
  const users = (await listUserIds(lever)) ?? [];
  return {
    stage: stages.slice(0, MOST_REMEMBERED),
    user: users.slice(0, MOST_REMEMBERED),
    environment: environmentOf(settings),
  };
}

export interface LeverAccountDeps {
  database: Database;
  account: AccountStore;
  integration: IntegrationStore;
  sealer: Sealer;
  clock: Clock;
  log: Log;
}

export class LeverAccount {
  constructor(private readonly deps: LeverAccountDeps) {}

  /** Represents a key in the database. */
  keyFingerprint(settings: Settings, key: string): string {
    return this.deps.sealer.markOf(`lever account: ${leverApiUrl(settings)} key ${key}`);
  }

  /** Stays the same as long as the login is renewed. */
  loginFingerprint(settings: Settings, { clientId, loggedInAt }: Grant): string {
    const login = `${clientId} ${String(loggedInAt)}`;
    return this.deps.sealer.markOf(`lever account: ${leverApiUrl(settings)} login ${login}`);
  }

  /** Asks little: stages, then users, then opportunities known here. Throws `ApiError`. */
  async compare(settings: Settings, lever: LeverClient): Promise<AccountVerdict> {
    const { account } = this.deps;
    if (isOtherEnvironment(account, settings)) return 'other';
    let verdict: AccountVerdict = 'unknown';
    for (const compare of [compareStages, compareUsers, compareOpportunities]) {
      const found = judge(await compare(account, lever));
      if (found === 'same') return 'same';
      if (found === 'other') verdict = 'other';
    }
    return verdict;
  }

  /**
   * Checks a key or login that is being entered. If nothing proves the account, a person is asked
   * to confirm it where possible. Returns whether it is known to belong to the account in use.
   * Throws `vendor` for another account, and `ApiError`.
   */
  async require(
    { settings, lever, fingerprint }: NewCredential,
    confirm?: () => Promise<boolean>,
  ): Promise<boolean> {
    const { account, integration } = this.deps;
    if (!integration.isInUse()) return false;
    if (account.isProved(fingerprint)) return true;
    const verdict = await this.compare(settings, lever);
    if (verdict !== 'unknown') return verdict === 'same' || refuse();
    if (!account.hasProved() || confirm === undefined) return false;
    return (await confirm()) || refuse();
  }

  /** A key or login with this fingerprint belongs to the account. */
  prove(tx: Tx, fingerprint: string): void {
    this.deps.account.prove(tx, fingerprint);
  }

  /** The account that an integration serves from now on, unless it is in use already. */
  begin(tx: Tx, ids: AccountIds, fingerprint: string): void {
    const { account, integration, clock } = this.deps;
    if (!integration.isInUse()) account.clear(tx, clock.now());
    this.remember(tx, ids, fingerprint);
  }

  /** With a key or login of that account. */
  remember(tx: Tx, ids: AccountIds, fingerprint: string): void {
    const { account } = this.deps;
    for (const kind of ['stage', 'user', 'environment'] as const) account.add(tx, kind, ids[kind]);
    account.prove(tx, fingerprint);
  }

  /** Compares before the first request of a new key or login. Afterwards it costs nothing. */
  guard(credential: GuardedCredential): LeverAuth {
    const { auth } = credential;
    let checked: Promise<void> | undefined;
    const check = (): Promise<void> => {
      checked ??= this.#requireSame(credential).catch((error: unknown) => {
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

  async #requireSame({ fingerprint, settings, lever }: GuardedCredential): Promise<void> {
    const { database, account } = this.deps;
    if (fingerprint === undefined) return;
    if (!account.isProved(fingerprint)) {
      const verdict = await this.compare(settings, lever);
      if (verdict === 'other') {
        throw new ApiError({
          vendor: 'lever',
          kind: 'unauthorized',
          route: 'GET /stages',
          isOtherAccount: true,
          reason: OTHER_ACCOUNT,
        });
      }
      // The first key that is compared isn't new.
      if (verdict === 'unknown' && account.hasProved()) return this.#note(false);
      const ids = await readAccountIds(settings, lever);
      await database.write((tx) => {
        this.remember(tx, ids, fingerprint);
      });
    }
    return this.#note(true);
  }

  async #note(isVerified: boolean): Promise<void> {
    const { database, integration, clock, log } = this.deps;
    if ((integration.read().account_unverified_at === null) === isVerified) return;
    if (!isVerified) log.warn({}, 'nothing shows whether the Lever account is the same as before');
    await database.write((tx) => {
      integration.note(tx, { account_unverified_at: isVerified ? null : clock.now() });
    });
  }
}
