/**
 * Whether challenges may be claimed. Before a first send, CodeSubmit's list shows who already has
 * one. While it rejects our account, one challenge is tried every five minutes.
 */
import { MINUTE_MS } from '../../domain/clock.js';
import { ApiError } from '../../domain/errors.js';
import { maxSends } from '../../storage/state/integration-store.js';
import { isRecognised, isUnreadable } from '../../pipeline/invitations/judge-reading.js';
import { TRY_REJECTED_MS, type LoopContext } from './loop-context.js';

/** How long challenges are sent at the admin's risk before the list is tried again. */
const RISK_MS = MINUTE_MS;

export class ListGate {
  /** On the monotonic clock. */
  #riskUntilMs = 0;
  /** On the monotonic clock; null while CodeSubmit accepts us. */
  #triedAtMs: number | null = null;

  constructor(private readonly deps: LoopContext) {}

  async mayClaim(): Promise<boolean> {
    const { pipeline, codesubmitAvailability, list } = this.deps;
    const { clock } = pipeline;
    if (codesubmitAvailability.remainingMs() > 0 || !this.#isAllowed()) return false;
    if (!pipeline.sendQueue.hasDue(clock.now())) return false;
    if (this.#isRiskTaken() && clock.monotonicMs() < this.#riskUntilMs) return true;
    try {
      await list.refresh();
      const { copy } = pipeline.list.state();
      return copy !== null && (this.#isRiskTaken() || isRecognised(copy));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.#maySendUnread(error);
    }
  }

  /** CodeSubmit was asked: while it rejects our account, the next challenge that is tried waits. */
  noteTried(): void {
    if (this.#triedAtMs !== null) this.#triedAtMs = this.deps.pipeline.clock.monotonicMs();
  }

  #isAllowed(): boolean {
    const { clock, integration } = this.deps.pipeline;
    const most = maxSends(integration.read());
    if (most !== 1) {
      this.#triedAtMs = null;
      return most > 0;
    }
    this.#triedAtMs ??= clock.monotonicMs();
    return clock.monotonicMs() - this.#triedAtMs >= TRY_REJECTED_MS;
  }

  #isRiskTaken(): boolean {
    return this.deps.configuration.current().settings.unreadableList === 'send';
  }

  async #maySendUnread(error: ApiError): Promise<boolean> {
    const { pipeline, codesubmitAvailability } = this.deps;
    const { clock, log } = pipeline;
    log.warn({ error: error.message }, 'CodeSubmit’s list not read');
    if (error.kind === 'unauthorized') {
      this.noteTried();
      await codesubmitAvailability.reject(error.message);
      return false;
    }
    const isSent = this.#isRiskTaken() && isUnreadable(pipeline.list.state(), clock.now());
    if (!isSent || error.kind === 'rate_limited') {
      codesubmitAvailability.pause(error);
      return false;
    }
    this.#riskUntilMs = clock.monotonicMs() + RISK_MS;
    return true;
  }
}
