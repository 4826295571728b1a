/** The answers of setup: what is answered already, and how checked answers are stored. */
import { randomBytes } from 'node:crypto';
import { DAY_MS } from '../../domain/clock.js';
import { clearHoldTags } from '../../bridge/decide.js';
import type { Tx } from '../../store/database/database.js';
import { readSecretVariable } from '../../store/home/environment.js';
import { isServing } from '../../store/database/file-lock.js';
import {
  overridingVariables,
  type GivenSecret,
  variableOf,
  type SentSecret,
} from '../../store/settings/configuration.js';
import {
  parseOwnAddress,
  type OwnAddress,
  type Settings,
  saveSettings,
} from '../../store/settings/settings.js';
import { leverAddressesOf, type Addresses } from '../../store/settings/vendor-addresses.js';
import { forgetChannel, storeFound, makeAlarmsDue } from '../../store/facts.js';
import { testOwnAddress } from '../../net/alarm-webhook.js';
import { storeLever, type LeverAnswer } from '../../lever/login.js';
import type { OAuthClient } from '../../lever/oauth-client.js';
import type { App } from '../app.js';

/** The environment's value, which overrides a stored one. */
export function givenSecret(
  { runtime: { env } }: App,
  name: GivenSecret,
): { variable: string; value: string } | undefined {
  const variable = variableOf(name);
  const value = readSecretVariable(env, variable);
  return value === undefined ? undefined : { variable, value };
}

/** The secret that the daemon would use. Undefined if there is none that may be sent to these addresses. */
export function findSecret(
  app: App,
  name: GivenSecret,
  addresses: Addresses = app.configuration.settings(),
): string | undefined {
  return givenSecret(app, name)?.value ?? app.secrets.list(name, app.clock.now(), addresses)[0];
}

/** Like `findSecret`, but throws `configuration` when a secret is stored for another address. */
export function findSendable(app: App, name: SentSecret, addresses: Addresses): string | undefined {
  const found = findSecret(app, name, addresses);
  const why = found === undefined ? app.configuration.whyWithheld(name, addresses) : null;
  if (why) throw why;
  return found;
}

/** The running daemon's variable that overrides what is stored, if only the daemon has it. */
export function daemonVariable(
  { home, configuration, runtime }: App,
  name: GivenSecret,
): string | undefined {
  const variable = variableOf(name);
  const isDaemons = configuration.daemonVariables().includes(variable);
  const isHere = overridingVariables(runtime.env).includes(variable);
  return isDaemons && !isHere && isServing(home) ? variable : undefined;
}

/** The address that accepted a test message, or null for no address any more. Undefined if nothing changes. */
export type AddressAnswer = string | null | undefined;

/**
 * Sends a test, but not without an answer or to the stored address. Throws
 * `configuration` if it isn't an address, `vendor` if the address doesn't accept the test.
 */
export async function checkOwnAddress(
  app: App,
  name: OwnAddress,
  answer: string | undefined,
): Promise<AddressAnswer> {
  if (answer === undefined) return undefined;
  if (answer === 'none') return null;
  const url = parseOwnAddress(name, answer);
  if (findSecret(app, name) === url.href) return undefined;
  await testOwnAddress(name, url, { version: app.runtime.version });
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

/** Settings are stored first, because each key is then bound to the vendor's address in force. */
export function storeAnswers(tx: Tx, app: App, checked: Checked): void {
  const { settings = {}, lever, codesubmitApiKey, signingTokens = [] } = checked;
  const now = app.clock.now();
  saveSettings(tx, settings);
  if (settings.holdTags === false) clearHoldTags(tx, now);
  if (lever) storeLever(tx, app.secrets, lever);
  if (codesubmitApiKey !== undefined)
    app.secrets.replace(tx, 'codesubmit_api_key', codesubmitApiKey);
  if (signingTokens.length > 0) {
    // Deliveries that were rejected earlier say nothing of a new token.
    const known = app.secrets.list('signing_token', now);
    if (signingTokens.some((token) => !known.includes(token)))
      app.integration.recordSignaturesTaken(tx);
    app.secrets.replaceSet(tx, 'signing_token', signingTokens, now, now + OLD_TOKEN_VALID_MS);
  }
  storeOwnAddress(tx, app, 'alarm_url', checked.alarms);
  storeOwnAddress(tx, app, 'heartbeat_url', checked.heartbeat);
}

/** Stores or erases the address. Alarms that wait go to the new one at once. */
function storeOwnAddress(tx: Tx, app: App, name: OwnAddress, answer: AddressAnswer): void {
  if (answer === undefined) return;
  const now = app.clock.now();
  if (answer === null) app.secrets.erase(tx, name);
  else app.secrets.replace(tx, name, answer);
  // What failed with the former address is no problem of this one.
  if (name === 'heartbeat_url') storeFound(tx, 'heartbeat', [], now);
  else if (answer !== null) makeAlarmsDue(tx, now);
  else forgetChannel(tx);
}

/** Stores checked answers in one transaction. A running daemon reads the configuration again. */
export async function storeAndApply(app: App, checked: Checked): Promise<void> {
  await app.database.write((tx) => {
    storeAnswers(tx, app, checked);
    if (app.integration.isInUse()) app.integration.bumpVersion(tx);
  });
}

export function changeSettings(app: App, settings: Partial<Settings>): Promise<void> {
  return storeAndApply(app, { settings });
}

/** Stores the OAuth client of a login that has begun. An integration in use keeps its own until the login is done. */
export async function storeClient(
  app: App,
  client: OAuthClient,
  checked: Checked = {},
): Promise<void> {
  if (app.integration.isInUse()) return;
  const settings = {
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
