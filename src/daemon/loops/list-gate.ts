/** Whether challenges may be claimed: CodeSubmit's list, looked at before a first sending, tells who has one already. */
import { MINUTE_MS } from '../../domain/clock.js';
import { ApiError } from '../../domain/errors.js';
import { isRecognised, isUnreadable } from '../../pipeline/invitations/list-health.js';
import type { LoopParts } from './loop-context.js';

/** So long is sent at the admin's risk until the list is tried again. */
const RISK_MS = MINUTE_MS;

export class ListGate {
  /** On the monotonic clock. */
  #riskUntilMs = 0;

  constructor(private readonly parts: LoopParts) {}

  async mayClaim(): Promise<boolean> {
    const { house, codesubmitPause, list } = this.parts;
    const { clock } = house.surroundings;
    if (codesubmitPause.remainingMs() > 0 || house.integration.state() !== 'active') return false;
    if (!house.invitationStore.hasDue(clock.now())) return false;
    if (this.#isRiskTaken() && clock.monotonicMs() < this.#riskUntilMs) return true;
    try {
      await list.refresh();
      const { copy } = house.list.state();
      return copy !== null && (this.#isRiskTaken() || isRecognised(copy));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.#maySendUnread(error);
    }
  }

  #isRiskTaken(): boolean {
    return this.parts.house.configuration.current().settings.unreadableList === 'send';
  }

  async #maySendUnread(error: ApiError): Promise<boolean> {
    const { house, codesubmitPause } = this.parts;
    const { clock, log } = house.surroundings;
    log.warn({ error: error.message }, 'list of sent challenges not read');
    if (error.kind === 'unauthorized') {
      await house.refusals.note('codesubmit', error.message);
      return false;
    }
    const isSent = this.#isRiskTaken() && isUnreadable(house.list.state(), clock.now());
    if (!isSent || error.kind === 'rate_limited') {
      codesubmitPause.note(error);
      return false;
    }
    this.#riskUntilMs = clock.monotonicMs() + RISK_MS;
    return true;
  }
}
