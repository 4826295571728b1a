/** The daemon's three loops on a delivery's way: looks and decisions, challenges, updates of Lever. */
import { randomUUID } from 'node:crypto';
import { makeBatchHandler, makeLookHandler } from '../../pipeline/create-pipeline.js';
import type { DueLook } from '../../pipeline/inbox/inbox-store.js';
import { type StageBatch, batchKey, BatchWindow } from '../../pipeline/inbox/stage-batches.js';
import { ChallengeOffer } from '../../pipeline/invitations/challenge-offer.js';
import type { ClaimedInvitation } from '../../pipeline/invitations/invitation-steps.js';
import { Sender } from '../../pipeline/invitations/sender.js';
import type { ClaimedWriteback } from '../../pipeline/writebacks/writeback.js';
import { Writer } from '../../pipeline/writebacks/writer.js';
import { type LoopContext, settleMs, writeSettleMs, TRY_REJECTED_MS } from './loop-context.js';
import { WorkLoop } from './work-loop.js';
import { MINUTE_MS } from '../../domain/clock.js';
import { ApiError } from '../../domain/errors.js';
import { maxSends } from '../../storage/state/integration-store.js';
import { isRecognised, isUnreadable } from '../../pipeline/invitations/judge-reading.js';

const CONCURRENCY = 8;

export function makeLookLoop(parts: LoopContext): WorkLoop<DueLook | StageBatch> {
  const { pipeline, vendors, reads, leverAvailability, pollMs, timers, wake } = parts;
  const shared = { lever: () => vendors.lever(), reads, availability: leverAvailability };
  const handler = makeLookHandler(pipeline, shared);
  const stageBatches = makeBatchHandler(pipeline, shared, {
    onDecided: () => wake('sends'),
    isStopped: parts.isDraining,
  });
  return new WorkLoop({
    name: 'inbox',
    concurrency: CONCURRENCY,
    ...{ pollMs, timers },
    claim: makeClaim(parts),
    keyOf: (work) => ('members' in work ? batchKey(work.stageId) : work.opportunityId),
    handle: async (work) => {
      await ('members' in work ? stageBatches.handle(work) : handler.handle(work));
      wake('sends');
      wake('writes');
    },
    // Looks are claimed in memory only.
    release: async () => undefined,
    log: pipeline.log,
  });
}

function makeClaim({ pipeline, leverAvailability }: LoopContext) {
  const { clock, stageBatches } = pipeline;
  const window = new BatchWindow(clock);
  return async (limit: number, underWay: ReadonlySet<string>): Promise<(DueLook | StageBatch)[]> =>
    leverAvailability.remainingMs() > 0
      ? []
      : stageBatches.listDue(clock.now(), limit, underWay, window);
}

/** The daemon's loop that sends challenges, each after a look at CodeSubmit's list. */

export function makeSendLoop(parts: LoopContext): WorkLoop<ClaimedInvitation> {
  const { pipeline, pollMs, timers, wake } = parts;
  const sender = makeSender(parts);
  const gate = new ListGate(parts);
  return new WorkLoop({
    name: 'invitations',
    concurrency: CONCURRENCY,
    ...{ pollMs, timers },
    claim: (limit) => claim(parts, gate, limit),
    keyOf: (claimed) => String(claimed.id),
    handle: async (claimed) => {
      await sender.send(claimed);
      wake('writes');
    },
    release: async (claimed, error) => {
      await sender.release(claimed, error);
      wake('looks');
    },
    log: pipeline.log,
  });
}

function makeSender({
  pipeline,
  configuration,
  vendors,
  codesubmitAvailability,
}: LoopContext): Sender {
  const { clock, log } = pipeline;
  const vendor = () => vendors.codesubmit();
  return new Sender({
    store: pipeline.sendOutcomes,
    vendor,
    offer: new ChallengeOffer(vendor, clock, log),
    availability: codesubmitAvailability,
    settleMs: () => settleMs({ configuration }),
    ...{ clock, log },
  });
}

async function claim(
  parts: LoopContext,
  gate: ListGate,
  limit: number,
): Promise<ClaimedInvitation[]> {
  const { sendQueue, clock } = parts.pipeline;
  if (!(await gate.mayClaim())) return [];
  const now = clock.now();
  const result = await sendQueue.claimDue(now, limit, randomUUID());
  if (result.claimed.length > 0) gate.noteTried();
  if (result.stale > 0) parts.wake('looks');
  if (result.adopted > 0) parts.wake('writes');
  return result.claimed;
}

/** The daemon's loop that writes pending updates to Lever. */

export function makeWriteLoop(parts: LoopContext): WorkLoop<ClaimedWriteback> {
  const { pipeline, vendors, leverAvailability, pollMs, timers } = parts;
  const { writebackQueue, clock, log } = pipeline;
  const writer = new Writer({
    store: writebackQueue,
    lever: () => vendors.lever(),
    availability: leverAvailability,
    settleMs: () => writeSettleMs(parts),
    ...{ clock, log },
  });
  return new WorkLoop({
    name: 'writebacks',
    concurrency: CONCURRENCY,
    ...{ pollMs, timers },
    claim: async (limit) =>
      leverAvailability.remainingMs() > 0 || !writebackQueue.hasDue(clock.now())
        ? []
        : writebackQueue.claimDue(clock.now(), limit, randomUUID()),
    keyOf: (owed) => String(owed.id),
    handle: (owed) => writer.write(owed),
    release: (owed, error) => writer.release(owed, error),
    log,
  });
}

// Whether challenges may be claimed. Before a first send, CodeSubmit's list shows who already has
// one. While it rejects our account, one challenge is tried every five minutes.

/** How long challenges are sent at the admin's risk before the list is tried again. */
const RISK_MS = MINUTE_MS;

class ListGate {
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
