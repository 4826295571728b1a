/** Keeps the answers to setup's questions; each is called inside a write. */
import { randomBytes } from 'node:crypto';
import type { Settings } from '../config/settings.js';
import type { OAuthClient } from '../lever/oauth/lever-oauth.js';
import { OLD_TOKEN_MS } from '../webhooks/webhook-rows.js';
import type { House } from './house.js';

/** Tags on holds that are not wanted any more are taken away. */
export function keepSettings(house: House, settings: Partial<Settings>): void {
  house.settings.save(settings);
  if (settings.holdTags === false) house.holdTags.endAll(house.surroundings.clock.now());
}

/** In place of a login, and of one that was begun. */
export function keepLeverKey(house: House, key: string): void {
  const { secrets, pendingLogins, surroundings } = house;
  secrets.replace('lever_api_key', key, surroundings.clock.now());
  secrets.erase('lever_client_secret');
  secrets.erase('lever_grant');
  pendingLogins.eraseAll();
}

/** In place of an API key; the login itself is stored when it is finished. */
export function keepLeverClient({ secrets, surroundings }: House, client: OAuthClient): void {
  secrets.replace('lever_client_secret', client.secret, surroundings.clock.now());
  secrets.erase('lever_api_key');
}

export function keepCodeSubmitKey({ secrets, surroundings }: House, key: string): void {
  secrets.replace('codesubmit_api_key', key, surroundings.clock.now());
}

/** The set that is good from now on; none given leaves the set as it is. */
export function keepSigningTokens(house: House, tokens: readonly string[]): void {
  if (tokens.length === 0) return;
  const { secrets, integration, surroundings } = house;
  const now = surroundings.clock.now();
  if (tokens.some((token) => !secrets.list('signing_token', now).includes(token))) {
    integration.noteSignaturesTaken();
  }
  secrets.replaceSet('signing_token', tokens, now, now + OLD_TOKEN_MS);
}

/** The last part of the webhook's address: made once, and kept across runs. */
export function webhookIdOf({ webhookId }: Settings): string {
  return webhookId ?? randomBytes(16).toString('hex');
}
