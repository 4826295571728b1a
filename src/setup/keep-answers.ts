/** Keeps the answers to setup's questions. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../domain/clock.js';
import { AppError } from '../domain/errors.js';
import type { HoldTags } from '../pipeline/invitations/lever-updates.js';
import type { SentListStore } from '../pipeline/invitations/sent-list-store.js';
import { invitationPlace, type InvitationKey } from '../storage/home/sealed-places.js';
import type { Sealer } from '../storage/home/sealer.js';
import type { SecretStore } from '../storage/settings/secret-store.js';
import type { SettingsStore } from '../storage/settings/settings-store.js';
import { type Settings, parseAlarmUrl } from '../storage/settings/settings.js';
import type { AlarmStore } from '../storage/state/alarm-store.js';
import type { IntegrationStore } from '../storage/state/integration-store.js';
import type { PendingLoginStore } from '../storage/state/pending-login-store.js';
import { OLD_TOKEN_MS } from '../storage/state/webhook-store.js';
import { postText, TEST_TEXT } from '../vendors/alarm-webhook.js';
import type { OAuthClient } from '../vendors/lever/login/oauth-client.js';
import type { Database, Tx } from '../storage/database/database.js';

interface KeepSecretDeps {
  secrets: SecretStore;
  clock: Clock;
}

/** Tags on holds that are not wanted any more are taken away. */
export function keepSettings(
  tx: Tx,
  deps: { settings: SettingsStore; holdTags: HoldTags; clock: Clock },
  settings: Partial<Settings>,
): void {
  deps.settings.save(tx, settings);
  if (settings.holdTags === false) deps.holdTags.clearAll(tx, deps.clock.now());
}

/** In place of a login, and of one that was begun. */
export function keepLeverKey(
  tx: Tx,
  { secrets, pendingLogins, clock }: KeepSecretDeps & { pendingLogins: PendingLoginStore },
  key: string,
): void {
  secrets.replace(tx, 'lever_api_key', key, clock.now());
  secrets.erase(tx, 'lever_client_secret');
  secrets.erase(tx, 'lever_grant');
  pendingLogins.eraseAll(tx);
}

/** In place of an API key; the login itself is stored when it is finished. */
export function keepLeverClient(
  tx: Tx,
  { secrets, clock }: KeepSecretDeps,
  client: OAuthClient,
): void {
  secrets.replace(tx, 'lever_client_secret', client.secret, clock.now());
  secrets.erase(tx, 'lever_api_key');
}

export function keepCodeSubmitKey(tx: Tx, { secrets, clock }: KeepSecretDeps, key: string): void {
  secrets.replace(tx, 'codesubmit_api_key', key, clock.now());
}

/** The set that is good from now on; none given leaves the set as it is. */
export function keepSigningTokens(
  tx: Tx,
  { secrets, integration, clock }: KeepSecretDeps & { integration: IntegrationStore },
  tokens: readonly string[],
): void {
  if (tokens.length === 0) return;
  const now = clock.now();
  if (tokens.some((token) => !secrets.list('signing_token', now).includes(token))) {
    integration.noteSignaturesTaken(tx);
  }
  secrets.replaceSet(tx, 'signing_token', tokens, now, now + OLD_TOKEN_MS);
}

/** The last part of the webhook's address: made once, and kept across runs. */
export function webhookIdOf({ webhookId }: Settings): string {
  return webhookId ?? randomBytes(16).toString('hex');
}

// The webhook for alarms: tried once by a test message, then stored.

/** What an answer amounts to: an address that took a test message, or the end of telling anybody. */
export type AlarmAnswer = { kind: 'told'; url: string } | { kind: 'nobody' };

const NOBODY = 'none';

/**
 * Undefined when there is nothing to change: no answer, or the address that is stored already. Throws `configuration` for
 * what is no address, `vendor` when the test message isn't taken.
 */
export async function tryAlarmUrl(
  { secrets, clock, runtime }: KeepSecretDeps & { runtime: { version: string } },
  answer: string | undefined,
): Promise<AlarmAnswer | undefined> {
  if (answer === undefined) return undefined;
  if (answer === NOBODY) return { kind: 'nobody' };
  const url = parseAlarmUrl(answer);
  if (secrets.list('alarm_url', clock.now())[0] === url.href) {
    return undefined;
  }
  const posting = await postText(url, TEST_TEXT, runtime);
  if (posting.kind === 'taken') return { kind: 'told', url: url.href };
  throw new AppError(
    'vendor',
    `The alarm webhook did not take a test message (${posting.why}).`,
    'Copy its whole address into a file, then run: codesubmit-lever setup --alarm-url-file FILE',
  );
}

/** Where it goes from now on, what is still owed goes at once. */
export function keepAlarmAnswer(
  tx: Tx,
  { secrets, alarms, clock }: KeepSecretDeps & { alarms: AlarmStore },
  answer: AlarmAnswer,
): void {
  const now = clock.now();
  if (answer.kind === 'told') secrets.replace(tx, 'alarm_url', answer.url, now);
  else secrets.erase(tx, 'alarm_url');
  alarms.rows.makeDue(tx, now);
}

// Setting up again with another encryption key: what the lost key had sealed is dropped.

/** It can be read no more, and CodeSubmit's list shows the links anew. No address is known again by the hash of before. */
const WITHOUT_WORDS = [
  'UPDATE invitations SET addresses = NULL, refused_addresses = NULL, address_gone_at = NULL',
  'UPDATE invitations SET sealed_link = NULL WHERE sealed_link IS NOT NULL',
  `UPDATE writebacks SET state = 'waiting', claim = NULL WHERE kind = 'link' AND state IN ('owed', 'parked')`,
  `DELETE FROM writebacks WHERE kind = 'note' AND state IN ('owed', 'parked')`,
];

/** Without the address, CodeSubmit's list can't tell which it is. */
const WITHOUT_ADDRESS = [
  `UPDATE invitations SET lookup_at = NULL, sealed_email = NULL, detail = 'key_lost' WHERE state = 'uncertain'`,
  'UPDATE invitations SET poll_at = NULL, sealed_email = NULL WHERE vendor_id IS NULL AND poll_at IS NOT NULL',
];

/** Nothing, when the key is the one that there was. */
export function dropSealed(
  tx: Tx,
  { database, sealer, list }: { database: Database; sealer: Sealer; list: SentListStore },
): void {
  const last = database
    .prepare<[], InvitationKey & { sealed_link: Buffer | null; sealed_email: Buffer }>(
      `SELECT opportunity_id, challenge_id, repetition, sealed_link, sealed_email FROM invitations
       WHERE coalesce(sealed_link, sealed_email) IS NOT NULL ORDER BY id DESC LIMIT 1`,
    )
    .get();
  if (!last) return;
  const column = last.sealed_link ? 'sealed_link' : 'sealed_email';
  const sealed = last.sealed_link ?? last.sealed_email;
  if (sealer.tryOpen(sealed, invitationPlace(column, last)) !== null) return;
  list.clear(tx);
  for (const sql of [...WITHOUT_WORDS, ...WITHOUT_ADDRESS]) database.prepareWrite(sql).run(tx);
}
