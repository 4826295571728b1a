/** The loop behind each step of the daemon: claims due work, handles several items, repeats. */
import { SECOND_MS, sleep, type Clock, type Timers } from '../../domain/clock.js';
import { AppError, messageOf } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';

/** One kind of rows, and how each is handled. */
export interface Step<T> {
  name: string;
  /** How many items the loop handles at once. */
  concurrency?: number;
  /** Claims at most `limit` due items, none of them in progress. Everything it returns is handled. */
  claim: (limit: number, underWay: ReadonlySet<string>) => Promise<T[]>;
  keyOf: (item: T) => string;
  /** Handles an item. Resolves once the outcome is on disk. */
  handle: (item: T) => Promise<void>;
  /**
   * Releases the claim after whatever `handle` throws, so the item is due again. Retried until it resolves. It may be
   * called for a settled claim, and then does nothing. Left out where a claim leaves no trace.
   */
  release?: (item: T, error: unknown) => Promise<void>;
}

/** The loops that other loops create work for. */
export type WakeableLoop = 'looks' | 'sends' | 'writes';

/** What all loops of a daemon run with. */
export interface LoopRuntime {
  /** How often each loop looks for due work when nothing wakes it. */
  pollMs: number;
  timers: Timers;
  /** Cancels running vendor calls. */
  signal: AbortSignal;
  /** Aborted once nothing more is to begin. */
  draining: AbortSignal;
  wake: (loop: WakeableLoop) => void;
}

/** How many items a loop handles at once by default. */
const CONCURRENCY = 8;
/** The pause after a failure, so one that lasts isn't repeated in a tight loop. */
const AFTER_ERROR_MS = SECOND_MS;

export class WorkLoop<T> {
  /** Items being handled or released, by key. */
  readonly #underWay = new Map<string, Promise<void>>();
  #cancelPoll: (() => void) | undefined;
  /** The last turn: one claim, and the scheduling of the next. */
  #claiming: Promise<void> | undefined;
  /** How many failed items are being released. They don't count against the limit. */
  #failed = 0;
  #isClaiming = false;
  /** Woken during a claim, which may have missed the new work: claim again at once. */
  #isWoken = false;
  #isRunning = false;

  constructor(
    private readonly step: Step<T>,
    private readonly runtime: Pick<LoopRuntime, 'pollMs' | 'timers'>,
    private readonly log: Log,
  ) {}

  /** Claims now, and from then on as `wake` and the polls say, until `drain`. */
  start(): void {
    this.#isRunning = true;
    this.wake();
  }

  /** Looks for due work now instead of at the next poll. */
  wake(): void {
    if (!this.#isRunning) return;
    if (this.#isClaiming) {
      this.#isWoken = true;
      return;
    }
    this.#cancelPoll?.();
    this.#claiming = this.#turn();
  }

  /** Claims nothing more; resolves when all items in progress have settled. */
  async drain(): Promise<void> {
    this.#isRunning = false;
    this.#cancelPoll?.();
    await this.#claiming;
    await Promise.all(this.#underWay.values());
  }

  /** Claims once, and schedules the next claim. */
  async #turn(): Promise<void> {
    this.#isClaiming = true;
    this.#isWoken = false;
    // 0: claim again at once.
    const waitMs = await this.#claimOrReport();
    this.#isClaiming = false;
    if (!this.#isRunning) return;
    // No place is free: the next item that ends wakes the loop.
    if (waitMs === 0 && this.#freePlaces() === 0) return;
    this.#cancelPoll = this.runtime.timers.after(waitMs, () => this.wake());
  }

  /**
   * Claims, or logs why that failed, and returns the ms until the next claim. 0 if more may be due: as many as asked
   * for were claimed, or the loop was woken meanwhile, perhaps by an item that ended at once. The next claim then comes
   * by a timer, so an item that is always due doesn't keep the process from other work.
   */
  async #claimOrReport(): Promise<number> {
    try {
      const isFull = await this.#claim();
      return isFull || this.#isWoken ? 0 : this.runtime.pollMs;
    } catch (error) {
      this.#report(error);
      return AFTER_ERROR_MS;
    }
  }

  /** How many more items may be handled at once. Failed ones, which only wait to be released, take no place. */
  #freePlaces(): number {
    return (this.step.concurrency ?? CONCURRENCY) - (this.#underWay.size - this.#failed);
  }

  /** Claims due items, and begins to handle them. Returns whether there may be more than could be claimed. */
  async #claim(): Promise<boolean> {
    const free = this.#freePlaces();
    // `#turn` then waits for an item to end.
    if (free <= 0) return true;
    const items = await this.step.claim(free, new Set(this.#underWay.keys()));
    for (const item of items) this.#run(item);
    return items.length === free;
  }

  /** Handles a claimed item in the background, and wakes the loop when its place is free. */
  #run(item: T): void {
    const key = this.step.keyOf(item);
    const done = this.#handle(item).finally(() => {
      this.#underWay.delete(key);
      this.wake();
    });
    this.#underWay.set(key, done);
  }

  /**
   * Handles an item. One that fails is released, and stays in progress for a pause at least, so it isn't claimed again
   * at once. Meanwhile its place is free for others.
   */
  async #handle(item: T): Promise<void> {
    try {
      await this.step.handle(item);
    } catch (error) {
      this.#report(error, item);
      this.#failed += 1;
      this.wake();
      await Promise.all([this.#release(item, error), sleep(this.runtime.timers, AFTER_ERROR_MS)]);
      this.#failed -= 1;
    }
  }

  /** Releases an item, and retries until that is on disk. If the loop ends before, the next start takes it up. */
  async #release(item: T, error: unknown): Promise<void> {
    do {
      try {
        await this.step.release?.(item, error);
        return;
      } catch (failure) {
        this.#report(failure, item);
        await sleep(this.runtime.timers, AFTER_ERROR_MS);
      }
    } while (this.#isRunning);
  }

  /** Logs an error. A disk failure ends the process elsewhere; anything else is retried. */
  #report(error: unknown, item?: T): void {
    const code = error instanceof AppError ? error.code : 'internal';
    const about = item === undefined ? {} : { item: this.step.keyOf(item) };
    const fields = { loop: this.step.name, ...about, code, error: messageOf(error) };
    this.log.error(fields, 'work not settled');
  }
}

/**
 * Work that the daemon does from time to time. Different rounds don't wait for each other, and none overlaps itself.
 */
export interface Round {
  name: string;
  /** Asked at every poll, except while the round runs. */
  isDue: () => boolean;
  /** Does everything that is due, after which the round isn't due at once. Resolves once the outcome is on disk. */
  run: () => Promise<void>;
}

/** What the loop of all rounds does: runs each that is due. It has a place for each, so that none waits for another. */
export function stepOfRounds(rounds: readonly Round[]): Step<Round> {
  return {
    name: 'rounds',
    concurrency: rounds.length,
    claim: (_limit, underWay) =>
      Promise.resolve(rounds.filter(({ name, isDue }) => !underWay.has(name) && isDue())),
    keyOf: ({ name }) => name,
    handle: ({ run }) => run(),
  };
}

/** A round that is due at first, and then `ms` after each time it began. */
export function every(ms: number, clock: Clock, round: Pick<Round, 'name' | 'run'>): Round {
  let nextAtMs = -Infinity;
  return {
    name: round.name,
    isDue: () => clock.monotonicMs() >= nextAtMs,
    run: () => {
      nextAtMs = clock.monotonicMs() + ms;
      return round.run();
    },
  };
}
