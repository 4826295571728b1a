/** Disconnects the integration: stops sending, erases all credentials, and keeps the history. */
import type { Clock } from '../../domain/clock.js';
import type { DecisionStore } from '../../pipeline/decide/decision-store.js';
import type { InboxStore } from '../../pipeline/inbox/inbox-store.js';
import type { InvitationStore } from '../../pipeline/invitations/invitation-store.js';
import type { SentListStore } from '../../pipeline/invitations/sent-list-store.js';
import type { Database, Tx } from '../../storage/database/database.js';
import type { Home } from '../../storage/home/home.js';
import type { SecretStore } from '../../storage/settings/secret-store.js';
import type { AccountStore } from '../../storage/state/account-store.js';
import { clearFacts } from '../../storage/state/facts.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { PendingLoginStore } from '../../storage/state/pending-login-store.js';
import type { ClientFactory } from '../../vendors/client-factory.js';
import { ApiError } from '../../domain/errors.js';
import { clearHoldTags, HOLD_TOPIC } from '../../pipeline/invitations/lever-updates.js';
import {
  finishUnwantedTag,
  listUnwantedTags,
  type UnwantedTag,
} from '../../pipeline/store/writebacks.js';
import { eraseCopies } from '../../storage/database/migrate.js';
import type { LeverClient } from '../../vendors/lever/api/lever-client.js';
import { LAST_ACCESS_MS, type LastAccess } from '../../vendors/lever/login/last-access.js';

/** Ends one side of the integration, in the transaction of the revoke. */
type End = (tx: Tx, now: number) => void;

interface RevokeDeps {
  database: Database;
  home: Home;
  integration: IntegrationStore;
  clock: Clock;
}

interface AccessStores {
  secrets: SecretStore;
  account: AccountStore;
  pendingLogins: PendingLoginStore;
}

interface WorkStores {
  invitations: InvitationStore;
  inbox: InboxStore;
  decisions: DecisionStore;
  list: SentListStore;
}

/** What is removed from Lever afterwards, with the last access to it. */
interface LeverCleanup {
  database: Database;
  clients: ClientFactory;
  clock: Clock;
}

/**
 * Once it has resolved, nothing is sent, no delivery is accepted, and no file of the data directory
 * contains a secret, given `eraseAccess` and `endWork`. Calls no vendor.
 */
export async function revoke(
  { database, home, integration, clock }: RevokeDeps,
  ends: readonly End[],
): Promise<void> {
  await database.write((tx) => {
    const now = clock.now();
    integration.revoke(tx, now);
    for (const end of ends) end(tx, now);
    clearFacts(tx);
  });
  database.truncateWal();
  eraseCopies(home.databaseFile);
}

/** What opens Lever and CodeSubmit to us. */
export function eraseAccess({ secrets, account, pendingLogins }: AccessStores): End {
  return (tx) => {
    secrets.eraseAll(tx);
    account.clear(tx);
    pendingLogins.eraseAll(tx);
  };
}

/** What waits for a daemon. The history stays. */
export function endWork({ invitations, inbox, decisions, list }: WorkStores): End {
  return (tx, now) => {
    invitations.cancelAllQueued(tx, 'revoked');
    inbox.clear(tx);
    decisions.endHolds(tx, now);
    clearHoldTags(tx, now);
    list.clear(tx);
  };
}

// Removes the tags that say why a candidate is on hold, after the integration is revoked.

export interface RevokedTags {
  taken: number;
  /** Candidates who, as far as we know, still carry one. */
  left: number;
}

const AT_ONCE = 8;

/** Never throws `ApiError`. */
export async function revokeTags(
  deps: LeverCleanup,
  access: LastAccess | undefined,
): Promise<RevokedTags> {
  const { database } = deps;
  const before = listUnwantedTags(database, HOLD_TOPIC);
  if (before.length > 0 && access) await takeAll(deps, access, before);
  const left = listUnwantedTags(database, HOLD_TOPIC).length;
  return { taken: before.length - left, left };
}

/** What Lever refused once, it will refuse again: skip it. */
async function takeAll(
  deps: LeverCleanup,
  { configuration, auth }: LastAccess,
  tags: readonly UnwantedTag[],
): Promise<void> {
  const signal = AbortSignal.timeout(LAST_ACCESS_MS);
  const lever = deps.clients.with({ signal }).lever(configuration.settings, auth);
  for (let start = 0; start < tags.length && !signal.aborted; start += AT_ONCE) {
    const some = tags.slice(start, start + AT_ONCE);
    await Promise.all(some.map((tag) => take(deps, lever, tag)));
  }
}

async function take(deps: LeverCleanup, lever: LeverClient, tag: UnwantedTag): Promise<void> {
  try {
    await lever.removeTags(tag.opportunityId, tag.tags);
  } catch (error) {
    if (error instanceof ApiError) return;
    throw error;
  }
  const { database, clock } = deps;
  await database.write((tx) => {
    finishUnwantedTag(tx, tag.id, clock.now());
  });
}
