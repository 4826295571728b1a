/** A login whose browser comes back to the public address: the running daemon takes it, or this setup in its place. */
import type { House } from '../../app/house.js';
import type { FinishedLogin } from '../../app/lever-login.js';
import { SetupIngress } from '../../app/setup-ingress.js';
import { findGrant, type Grant } from '../../app/stored-grant.js';
import { pollUntil } from '../poll-until.js';

const POLL_MS = 300;

export class PublicCallback {
  /** Never settles when no login comes. What was not granted is said on the browser's page. */
  readonly login: Promise<FinishedLogin>;
  readonly #ingress: SetupIngress;
  readonly #closed = new AbortController();

  constructor(private readonly house: House) {
    this.#ingress = new SetupIngress(house);
    this.login = this.#watch(this.#grant()?.refreshToken);
  }

  /** Throws `conflict` when the daemon's port is taken by another program. */
  async open(): Promise<void> {
    await this.#ingress.open();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#ingress.close();
  }

  #watch(before: string | undefined): Promise<FinishedLogin> {
    const look = (): FinishedLogin | undefined => {
      const grant = this.#grant();
      const isNew = grant !== undefined && grant.refreshToken !== before;
      return isNew ? { granted: grant.scopes, missing: [] } : undefined;
    };
    return pollUntil(look, POLL_MS, this.#closed.signal);
  }

  #grant(): Grant | undefined {
    const { secrets, surroundings } = this.house;
    return findGrant(secrets, surroundings.clock.now());
  }
}
