/**
 * Time that passes only when nothing is left to do: it jumps to the next moment at which something is due. What is due
 * then runs alone, until the event loop has nothing more of it; no real timer is involved.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock, Timers } from '../../src/domain/clock.js';
import { FakeClock } from '../support/fake-clock.js';
import type { SimulatedMachine } from './simulated-machine.js';

interface Due {
  /** On the monotonic clock. */
  at: number;
  /** Later ones of the same moment come later. */
  order: number;
  /** Whether it is on its way, rather than a loop that asks now and then. */
  isUnderWay: boolean;
  run: () => void;
}

/** More than any history needs: something goes round in circles. */
const MOST_EVENTS = 200_000;

export class SimulatedTime extends FakeClock implements Timers {
  /** How far the machine's calendar is ahead of the vendors'. */
  leadMs = 0;
  /** What the machine says the time is. */
  readonly calendar: Clock = {
    now: () => this.now() + this.leadMs,
    monotonicMs: () => this.monotonicMs(),
  };
  #order = 0;
  #events = 0;
  readonly #due = new Set<Due>();

  constructor(private readonly machine: SimulatedMachine) {
    super();
    machine.later = (ms, run) => this.#add(ms, run, false);
  }

  after(ms: number, run: () => void): () => void {
    return this.#add(ms, run, false);
  }

  /** Like `after`, for what is under way: nothing is quiet before it has come. */
  onItsWay(ms: number, run: () => void): () => void {
    return this.#add(ms, run, true);
  }

  get isUnderWay(): boolean {
    return [...this.#due].some((due) => due.isUnderWay);
  }

  /** Goes to the next moment at which something is due, and lets that happen. False when nothing is before `until`. */
  async next(until: number): Promise<boolean> {
    const due = this.#first();
    if (due === undefined || due.at > until) return false;
    this.#events += 1;
    if (this.#events > MOST_EVENTS) throw new Error('it never ends');
    this.#due.delete(due);
    const ms = Math.max(0, due.at - this.monotonicMs());
    this.advance(ms);
    due.run();
    await this.machine.rest();
    return true;
  }

  /** Lets so many ms pass, and all happen that they bring. */
  async pass(ms: number): Promise<void> {
    const until = this.monotonicMs() + ms;
    while (await this.next(until));
    if (this.monotonicMs() < until) this.advance(until - this.monotonicMs());
  }

  /** Lets time pass until it has settled, or is called off. */
  async drive<T>(work: Promise<T>, isOff?: () => false): Promise<T>;
  async drive<T>(work: Promise<T>, isOff: () => boolean): Promise<T | undefined>;
  async drive<T>(work: Promise<T>, isOff = () => false): Promise<T | undefined> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    const isUnderWay = (): boolean => !isOver;
    work.then(over, over);
    await this.machine.rest();
    while (isUnderWay()) {
      if (isOff()) return undefined;
      if (await this.next(Infinity)) continue;
      // What is driven beside it may let the last of it happen.
      await turn();
      if (isUnderWay() && this.#first() === undefined) throw new Error('it waits for nothing');
    }
    return work;
  }

  #first(): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due) {
      const isEarlier =
        first === undefined ||
        due.at < first.at ||
        (due.at === first.at && due.order < first.order);
      if (isEarlier) first = due;
    }
    return first;
  }

  #add(ms: number, run: () => void, isUnderWay: boolean): () => void {
    const order = (this.#order += 1);
    const due = { at: this.monotonicMs() + Math.max(0, ms), order, isUnderWay, run };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }
}
