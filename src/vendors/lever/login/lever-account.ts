/**
 * Makes sure that one integration serves one Lever account: a key or login of another account is
 * not used.
 *
 * It compares the ids of stages and users with those stored of the account in use.
 * `LeverAccount.guard` wraps the credentials of every Lever client, so the comparison comes before the
 * first request. From then on another account looks like a rejected key, and everything waits.
 */
import type { Settings } from '../../../storage/settings/settings.js';
import { ApiError, AppError } from '../../../domain/errors.js';
import { OTHER_ACCOUNT } from '../../../domain/failure-words.js';
import type { Sealer } from '../../../storage/home/sealer.js';
import type { AccountStore } from '../../../storage/state/account-store.js';
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

/** Stages that every account has. Any other id belongs to one account. */
const DEFAULT_STAGES: ReadonlySet<string> = new Set([
  ...['lead-new', 'lead-reached-out', 'lead-responded', 'applicant-new', 'offer'],
]);

/** What a key or login shows of its account; nothing of a kind that it may not read. No account has an empty list. */
export interface AccountIds {
  stage: string[];
  user: string[];
  /** Empty for an address of one's own, which doesn't say. */
  environment: string[];
}

/** `unknown`: nothing could be compared. */
type AccountVerdict = 'same' | 'other' | 'unknown';

/** Throws `ApiError`. */
export async function readAccountIds(
  { leverApiUrl: url, leverEnvironment }: Settings,
  lever: LeverClient,
): Promise<AccountIds> {
  const stages = await lever.listStages();
  return {
    stage: stages.map(({ id }) => id),
    user: await listUserIds(lever),
    environment: url === null ? [leverEnvironment] : [],
  };
}

async function listUserIds(lever: LeverClient): Promise<string[]> {
  try {
    return (await lever.listUsers()).map(({ id }) => id);
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.kind === 'refused')) return [];
    throw error;
  }
}

function refuse(): never {
  throw new AppError(
    'vendor',
    'This key or login belongs to another Lever account than this integration.',
    'Use one from the same account. To switch accounts, first run: codesubmit-lever revoke',
  );
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

  /** One id found again proves the same account. If all that can be read are missing, it is another one. */
  compare(ids: AccountIds): AccountVerdict {
    const found = (kind: keyof AccountIds): boolean | undefined => {
      const known = this.deps.account.list(kind);
      if (known.length === 0 || ids[kind].length === 0) return undefined;
      return known.some((id) => ids[kind].includes(id));
    };
    // Lever's two environments never share an account, and each has many.
    if (found('environment') === false) return 'other';
    const both = [found('stage'), found('user')];
    if (both.includes(true)) return 'same';
    return both.includes(false) ? 'other' : 'unknown';
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
    const proved = this.deps.account.list('credential');
    if (!this.deps.integration.isInUse()) return false;
    if (proved.includes(fingerprint)) return true;
    const verdict = this.compare(await readAccountIds(settings, lever));
    if (verdict !== 'unknown') return verdict === 'same' || refuse();
    if (proved.length === 0 || confirm === undefined) return false;
    return (await confirm()) || refuse();
  }

  /** A key or login with this fingerprint belongs to the account. */
  prove(tx: Tx, fingerprint: string): void {
    this.deps.account.add(tx, 'credential', [fingerprint]);
  }

  /** The account that an integration serves from now on, unless it is in use already. */
  begin(tx: Tx, ids: AccountIds, fingerprint: string): void {
    const { account, integration } = this.deps;
    if (!integration.isInUse()) account.clear(tx);
    this.#remember(tx, ids, fingerprint);
  }

  #remember(tx: Tx, ids: AccountIds, fingerprint: string): void {
    const { account } = this.deps;
    const own = ids.stage.filter((id) => !DEFAULT_STAGES.has(id));
    account.add(tx, 'stage', own.slice(0, MOST_REMEMBERED));
    account.add(tx, 'user', ids.user.slice(0, MOST_REMEMBERED));
    account.add(tx, 'environment', ids.environment);
    this.prove(tx, fingerprint);
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
    const proved = account.list('credential');
    if (!proved.includes(fingerprint)) {
      const ids = await readAccountIds(settings, lever);
      const verdict = this.compare(ids);
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
      if (verdict === 'unknown' && proved.length > 0) return this.#note(false);
      await database.write((tx) => {
        this.#remember(tx, ids, fingerprint);
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
