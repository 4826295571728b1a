/** Asks the vendors about a key or login before it is stored. */
import { AppError } from '../domain/errors.js';
import { OTHER_ACCOUNT } from '../domain/failure-words.js';
import type { Tx } from '../storage/database/database.js';
import type { Settings } from '../storage/settings/settings.js';
import type { ClientFactory } from '../vendors/client-factory.js';
import type { CodeSubmitClient } from '../vendors/codesubmit/codesubmit-client.js';
import type { LeverClient } from '../vendors/lever/api/lever-client.js';
import { apiKeyAuth, type LeverAuth } from '../vendors/lever/api/lever-connection.js';
import type { LeverAccount } from '../vendors/lever/login/lever-account.js';
import type { LeverAnswer } from '../vendors/lever/login/login.js';
import type { Vendors } from '../vendors/vendor-clients.js';
import type { Stage } from './rules/activate-rules.js';
import type { StoredAnswers } from './stored-answers.js';

/** A key or login that Lever accepts. */
export interface LeverFound {
  answer: LeverAnswer;
  client: LeverClient;
  stages: Stage[];
  seesConfidential: boolean;
  fingerprint: string;
}

export function notConnected(): AppError {
  return new AppError('not_set_up', 'Lever is not connected.', 'Run: codesubmit-lever setup');
}

/** Without it a challenge would go out, and its link would never be in Lever. */
async function requireLinksRight(lever: LeverClient, { kind }: LeverAnswer): Promise<void> {
  if ((await lever.tryRight('POST /opportunities/:id/addLinks')) !== 'lacking') return;
  if (kind === 'api_key') {
    throw new AppError(
      'vendor',
      'This Lever key may not add links to candidates (403).',
      'A key’s rights can’t be changed. Create another with “write opportunities” checked, and links if Lever shows such a box. Then run: codesubmit-lever setup',
    );
  }
  throw new AppError(
    'vendor',
    'This login to Lever may not add links to candidates (403).',
    'Give Lever’s app the scope opportunities:write:admin, then log in again: codesubmit-lever setup --new-login',
  );
}

export interface VendorChecksDeps {
  stored: StoredAnswers;
  vendors: Vendors;
  clients: ClientFactory;
  account: LeverAccount;
  /** The login in use turns out to be another account's. */
  onOtherAccount: (why: string) => Promise<void>;
}

export class VendorChecks {
  constructor(private readonly deps: VendorChecksDeps) {}

  /**
   * Undefined until someone logs in, or if Lever rejects the login. Throws `vendor` if links can't be
   * written, and `ApiError`.
   */
  async checkLever(settings: Settings, answer: LeverAnswer): Promise<LeverFound | undefined> {
    const { clients, account, stored } = this.deps;
    const auth = await this.#authBy(settings, answer);
    if (!auth) return undefined;
    const asked = clients.lever(settings, auth);
    const stages = await asked.listStages();
    await requireLinksRight(asked, answer);
    const seesConfidential = await asked.canReadConfidential();
    const client = clients.lever({ ...settings, includeConfidential: seesConfidential }, auth);
    const grant = stored.findGrant(settings);
    const fingerprint =
      answer.kind === 'api_key'
        ? account.keyFingerprint(settings, answer.key)
        : grant
          ? account.loginFingerprint(settings, grant)
          : '';
    return { answer, client, stages, seesConfidential, fingerprint };
  }

  /**
   * Whether the key or login is known to belong to the account in use. If nothing shows it, a
   * person confirms it. Throws `vendor` for another account, and `ApiError`.
   */
  async checkAccount(
    settings: Settings,
    { answer, client: lever, fingerprint }: LeverFound,
    confirm: () => Promise<boolean>,
  ): Promise<boolean> {
    try {
      return await this.deps.account.require({ settings, lever, fingerprint }, confirm);
    } catch (error) {
      // A login is in use already, a key isn't.
      const isInUse = answer.kind === 'oauth' && error instanceof AppError;
      if (isInUse) await this.deps.onOtherAccount(OTHER_ACCOUNT);
      throw error;
    }
  }

  prove(tx: Tx, { fingerprint }: LeverFound): void {
    this.deps.account.prove(tx, fingerprint);
  }

  /** The stored Lever; undefined without one, or if Lever no longer accepts the login. */
  async findLever(): Promise<LeverFound | undefined> {
    const settings = this.deps.stored.settings();
    const answer = this.#storedLever(settings);
    return answer && this.checkLever(settings, answer);
  }

  /** The stored Lever. Throws `not_set_up` without one, and `ApiError`. */
  async lever(): Promise<LeverClient> {
    const { stored, clients } = this.deps;
    return clients.lever(stored.settings(), await this.#leverAuth());
  }

  /** Throws `configuration` when the key may not be sent there. */
  codesubmit(key: string, settings = this.deps.stored.settings()): CodeSubmitClient {
    this.deps.stored.requireSendable('codesubmit_api_key', key, settings);
    return this.deps.clients.codesubmit(settings, key);
  }

  #storedLever({ leverAuth, leverClientId: id }: Settings): LeverAnswer | undefined {
    const { stored } = this.deps;
    if (leverAuth === 'api_key') {
      const key = stored.secret('lever_api_key');
      return key === undefined ? undefined : { kind: 'api_key', key };
    }
    const secret = stored.secret('lever_client_secret');
    if (secret === undefined || id === null) return undefined;
    return { kind: 'oauth', client: { id, secret } };
  }

  async #authBy(settings: Settings, answer: LeverAnswer): Promise<LeverAuth | undefined> {
    if (answer.kind === 'api_key') {
      this.deps.stored.requireSendable('lever_api_key', answer.key, settings);
      return apiKeyAuth(answer.key);
    }
    return this.deps.vendors.findUsableLogin(settings, answer.client);
  }

  async #leverAuth(): Promise<LeverAuth> {
    const settings = this.deps.stored.settings();
    const answer = this.#storedLever(settings);
    const auth = answer && (await this.#authBy(settings, answer));
    if (auth) return auth;
    throw notConnected();
  }
}
