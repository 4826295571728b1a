/** The admin's own addresses, for alarms and for the heartbeat: tries one, and stores it. */
import type { Clock } from '../domain/clock.js';
import type { Tx } from '../storage/database/database.js';
import type { SecretStore } from '../storage/settings/secret-store.js';
import { parseOwnAddress, type OwnAddress } from '../storage/settings/settings.js';
import { forgetChannel, keep, makeAlarmsDue } from '../storage/state/facts.js';
import { testOwnAddress } from '../vendors/alarm-webhook.js';
import type { StoredAnswers } from './stored-answers.js';

/** The address that accepted a test, or the end of all messages. */
export type AddressAnswer = { kind: 'told'; url: string } | { kind: 'nobody' };

export interface OwnAddressesDeps {
  stored: StoredAnswers;
  secrets: SecretStore;
  clock: Clock;
  /** The package's version. */
  version: string;
}

export class OwnAddresses {
  constructor(private readonly deps: OwnAddressesDeps) {}

  /**
   * Sends a test. Undefined if nothing changes: no answer, or the stored address. Throws
   * `configuration` if it isn't an address, `vendor` if the address doesn't accept the test.
   */
  async check(name: OwnAddress, answer: string | undefined): Promise<AddressAnswer | undefined> {
    if (answer === undefined) return undefined;
    if (answer === 'none') return { kind: 'nobody' };
    const { stored, version } = this.deps;
    const url = parseOwnAddress(name, answer);
    if (stored.secret(name) === url.href) return undefined;
    await testOwnAddress(name, url, { version });
    return { kind: 'told', url: url.href };
  }

  /** Pending messages go to the new address at once. */
  keep(tx: Tx, name: OwnAddress, answer: AddressAnswer): void {
    const { secrets, clock } = this.deps;
    const now = clock.now();
    if (answer.kind === 'told') secrets.replace(tx, name, answer.url);
    else secrets.erase(tx, name);
    if (name === 'heartbeat_url') keep(tx, 'heartbeat', [], now);
    else if (answer.kind === 'told') makeAlarmsDue(tx, now);
    else forgetChannel(tx);
  }
}
