/**
 * All work of a daemon from accepting a delivery until it is told to stop: a loop for looks, one for challenges, one
 * for updates to Lever, and the rounds.
 */
import type { App } from '../../admin/app.js';
import { recordAbility } from '../../admin/facts/work-facts.js';
import type { Bridge } from '../../bridge/bridge.js';
import { recover, makeAllDue } from '../../bridge/recover.js';
import { SentListReader } from '../../bridge/sent-list-reader.js';
import { Circuit } from '../../net/circuit.js';
import type { Vendors } from '../../bridge/vendor-clients.js';
import { alarmRound, checkRound } from './trouble-rounds.js';
import { erasureRound } from './erasure-round.js';
import { sweepRound } from './sweep-round.js';
import {
  every,
  type LoopRuntime,
  type Round,
  stepOfRounds,
  type WakeableLoop,
  WorkLoop,
  type Step,
} from './work-loop.js';
import { SECOND_MS, MINUTE_MS } from '../../domain/clock.js';
import { capSeenAt, type DueLook } from '../../store/candidates.js';
import type { LeverClient } from '../../lever/lever-client.js';
import { claimLooks, lookAt, type BulkLook, type ReadingBridge } from '../../bridge/look.js';
import { lookAtMany } from '../../bridge/sweep.js';
import { hasDueToSend, Sender, type ClaimedSend, type SendingBridge } from '../../bridge/send.js';
import { isListUsable } from '../../bridge/sent-elsewhere.js';
import {
  beginDueWritebacks,
  releaseWriteback,
  writeBack,
  type Writing,
  type WritingBridge,
} from '../../bridge/write-back.js';
import { ApiError } from '../../domain/errors.js';
import { maySend } from '../../store/integration-store.js';
import { makeUnsettledDue } from '../../store/invitations.js';
import { isUnreadable } from '../../codesubmit/what-list-proves.js';
import { hasDueLookup, lookUpDue } from '../../bridge/lookup.js';
import { ProgressPoller } from '../../bridge/follow-progress.js';

/** How often it's checked whether all steps can work: what waits counts as late only from then. */
const ABILITY_POLL_MS = 2 * SECOND_MS;

/** Serves no request, and reads no file but the database: anything with an app and timers can run it. */
export class Work {
  readonly #loops: Record<
    WakeableLoop | 'rounds',
    Pick<WorkLoop<unknown>, 'start' | 'wake' | 'drain'>
  >;

  /** `others`: further rounds of the daemon. */
  constructor(
    private readonly app: App,
    daemonRuntime: Omit<LoopRuntime, 'wake'>,
    others: readonly Round[] = [],
  ) {
    const runtime = { ...daemonRuntime, wake: (loop: WakeableLoop) => this.wake(loop) };
    // Circuits and clients need each other: a circuit asks for its client only when it calls a vendor.
    const lever = new Circuit('lever', () => vendors.lever(), app);
    const codesubmit = new Circuit('codesubmit', () => vendors.codesubmit(), app);
    const vendors: Vendors = app.vendors.with({
      signal: runtime.signal,
      onOutcome: (vendor, ...outcome) => (vendor === 'lever' ? lever : codesubmit).note(...outcome),
    });
    const bridge = { ...app, lever, codesubmit };
    const list = new SentListReader(bridge);
    const rounds = [
      sweepRound(bridge, runtime),
      listRound(bridge, list, runtime),
      erasureRound(bridge, runtime),
      checkRound(app, runtime),
      alarmRound(app, runtime),
      every(ABILITY_POLL_MS, app.clock, { name: 'ability', run: () => recordAbility(app) }),
      calendarRound(app),
      every(MINUTE_MS, app.clock, { name: 'rejection', run: () => retryRejected(lever) }),
      ...others,
    ];
    // One for each kind of row, and one for the rounds.
    this.#loops = {
      looks: new WorkLoop(lookStep(bridge, runtime), runtime, app.log),
      sends: new WorkLoop(sendStep(bridge, list, runtime), runtime, app.log),
      writes: new WorkLoop(writeStep(bridge), runtime, app.log),
      rounds: new WorkLoop(stepOfRounds(rounds), runtime, app.log),
    };
  }

  /** Takes up what the last process left; returns how many of its sends were cut off, so their outcome is unknown. */
  async recover(): Promise<number> {
    const orphans = await recover(this.app);
    // The last process may have used up Lever's rate limit just now.
    await this.app.leverRate.startEmpty();
    return orphans;
  }

  /** Starts all loops. */
  start(): void {
    for (const loop of Object.values(this.#loops)) loop.start();
  }

  /** Makes one loop look for due work now. */
  wake(loop: WakeableLoop): void {
    this.#loops[loop].wake();
  }

  /** Claims nothing more; resolves when all items in progress have settled. */
  async drain(): Promise<void> {
    await Promise.all(Object.values(this.#loops).map((loop) => loop.drain()));
  }
}

/** Looks at candidates, alone or many of one stage together, and decides. */
function lookStep(bridge: ReadingBridge, runtime: LoopRuntime): Step<DueLook | BulkLook> {
  const { wake, draining } = runtime;
  return {
    name: 'inbox',
    claim: async (limit, underWay) => {
      // None while Lever's circuit is open, and a single one to test whether Lever works again.
      const maxToClaim = bridge.lever.room(['read'], limit, underWay.size);
      return maxToClaim === 0 ? [] : claimLooks(bridge, maxToClaim, underWay);
    },
    // Many looks of one stage, or a single candidate's.
    keyOf: (work) => ('looks' in work ? work.stageId : work.id),
    handle: async (work) => {
      if ('looks' in work) await lookAtMany(bridge, () => draining.aborted, work);
      else await lookAt(bridge, work);
      wake('sends');
      wake('writes');
    },
  };
}

/** Sends challenges, after a look at CodeSubmit's list. */
function sendStep(
  bridge: SendingBridge,
  list: SentListReader,
  { wake }: LoopRuntime,
): Step<ClaimedSend> {
  const sender = new Sender(bridge);
  const mayClaim = makeListGate(bridge, list);
  return {
    name: 'invitations',
    claim: async (limit, underWay) => {
      // None while CodeSubmit's circuit is open, and a single one to test whether it works again.
      const maxToClaim = bridge.codesubmit.room(['write'], limit, underWay.size);
      if (maxToClaim === 0 || !(await mayClaim())) return [];
      const begun = await sender.begin(maxToClaim, underWay);
      // What was too old to send needs a new look.
      if (begun.stale > 0) wake('looks');
      return begun.claimed;
    },
    keyOf: (claimed) => String(claimed.id),
    handle: async (claimed) => {
      await sender.send(claimed);
      wake('writes');
    },
    release: (claimed, error) => sender.release(claimed, error),
  };
}

/** Writes pending updates to Lever. */
function writeStep(bridge: WritingBridge): Step<Writing> {
  return {
    name: 'writebacks',
    claim: async (limit, underWay) => {
      // A note is looked for before it's written, so both kinds of call must be allowed.
      const maxToClaim = bridge.lever.room(['read', 'write'], limit, underWay.size);
      return maxToClaim === 0 ? [] : beginDueWritebacks(bridge, maxToClaim, underWay);
    },
    keyOf: (writing) => String(writing.id),
    handle: (writing) => writeBack(bridge, writing),
    release: (writing, error) => releaseWriteback(bridge, writing, error),
  };
}

/**
 * Tries a write to Lever that changes nothing, once writes have been rejected for five minutes. Otherwise perhaps
 * nothing would show that Lever accepts us again: no update may be waiting, and until then no challenge is sent, which
 * would lead to one.
 */
async function retryRejected(lever: Circuit<Pick<LeverClient, 'tryRight'>>): Promise<void> {
  if (!lever.isRetryDue('write')) return;
  try {
    await lever.client().tryRight('POST /opportunities/:id/addLinks');
  } catch (error) {
    // The circuit has noted it.
    if (!(error instanceof ApiError)) throw error;
  }
}

/** How long challenges are sent at the admin's risk before the list is tried again. */
const RISK_MS = MINUTE_MS;

/**
 * Returns a function that says whether challenges may be claimed now. It first renews the copy of CodeSubmit's list,
 * which shows who already has one.
 */
function makeListGate(bridge: SendingBridge, reader: SentListReader): () => Promise<boolean> {
  const { codesubmit, list, clock, integration } = bridge;
  /** Until then the list isn't tried again, and challenges are sent at the admin's risk. On the monotonic clock. */
  let riskUntilMs = 0;
  /** Whether the admin chose to send even if the list doesn't show who was sent what. */
  const isRiskTaken = (): boolean => bridge.currentSettings().unreadableList === 'send';
  return async () => {
    if (!maySend(integration.read()) || !hasDueToSend(bridge, clock.now())) return false;
    if (isRiskTaken() && clock.monotonicMs() < riskUntilMs) return true;
    // CodeSubmit's circuit is open: the list can't be read now.
    if (codesubmit.remainingMs('read') > 0) return false;
    const failure = await reader.refresh();
    // At the admin's risk any copy is usable; otherwise it must be recent, too. `isListUsable` is null without a copy.
    if (!failure) return isListUsable(bridge) === true && (isRiskTaken() || reader.isFresh());
    // The list can't be read: challenges are sent only at the admin's risk, and only after it has failed for a while. A
    // rejected key or a rate limit would stop the sending as well.
    if (failure.kind === 'unauthorized' || failure.kind === 'rate_limited') return false;
    if (!isRiskTaken() || !isUnreadable(list.state().trouble, clock.now())) return false;
    riskUntilMs = clock.monotonicMs() + RISK_MS;
    return true;
  };
}

/** Reads CodeSubmit's list to look up unknown outcomes and to follow progress. */
function listRound(bridge: SendingBridge, list: SentListReader, { wake }: LoopRuntime): Round {
  const { database, codesubmit, integration, clock } = bridge;
  const progress = new ProgressPoller(bridge, list);
  /**
   * Whether the list may be read. A reading sends nothing, so a pause doesn't stop it. The list rests for a while after a
   * reading of it was given up.
   */
  const mayRead = (): boolean =>
    codesubmit.remainingMs('read') === 0 && integration.isInUse() && !list.isResting();
  /** The integration's version that open look-ups and progress were last evaluated under; none yet in this process. */
  let seenVersion = -1;
  return {
    name: 'list',
    /** After a start or a change of settings, or when a look-up or a reading for progress is due. */
    isDue: () => {
      if (!mayRead()) return false;
      return integration.read().version !== seenVersion || hasDueLookup(bridge) || progress.isDue();
    },
    /** After a start or a change of settings judges what is stored again; then looks up and reads what is due. */
    run: async () => {
      const { version } = integration.read();
      if (version !== seenVersion) {
        // What no reading could settle may be settled under other settings, rules or credentials.
        await database.writeWithRetry((tx) => makeUnsettledDue(tx, clock.now()));
        await progress.reevaluate();
      }
      // Set only now: if one of these had thrown, both would be done again.
      seenVersion = version;
      if (hasDueLookup(bridge)) await lookUpDue(bridge, list);
      // The look-up may have opened CodeSubmit's circuit.
      if (mayRead() && progress.isDue()) await progress.poll();
      wake('looks');
      wake('writes');
    },
  };
}

/** Smaller differences are normal clock slewing. */
const JUMP_MS = SECOND_MS;

/**
 * Makes everything due after a jump of the machine's calendar: stored times no longer say how long something waits,
 * when a candidate was last seen, or how old the copy of CodeSubmit's list is.
 */
function calendarRound(bridge: Bridge): Round {
  const { database, list, clock, log } = bridge;
  const calendarOffset = (): number => clock.now() - clock.monotonicMs();
  // The monotonic clock never jumps: how far the calendar is ahead of it changes only if the calendar jumps.
  let lastOffset = calendarOffset();
  const jumpMs = (): number => calendarOffset() - lastOffset;
  return {
    name: 'calendar',
    isDue: () => {
      if (Math.abs(jumpMs()) >= JUMP_MS) return true;
      // Follows small differences, which would add up to a jump.
      lastOffset = calendarOffset();
      return false;
    },
    /** Makes everything due, and corrects or drops stored times that the jump has made wrong. */
    run: async () => {
      const jumped = jumpMs();
      await database.writeWithRetry((tx) => {
        makeAllDue({ ...bridge, tx });
        capSeenAt(tx, clock.now());
        list.forgetTimes(tx, clock.now());
      });
      // Not the offset as it is now: a jump during the write must be noticed too.
      lastOffset += jumped;
      log.warn({ jumpMs: jumped }, 'the clock jumped');
    },
  };
}
