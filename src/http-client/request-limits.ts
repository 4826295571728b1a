/** Ends one request early: at its deadline, at its connect deadline, or when the caller cancels. */
import { setMaxListeners } from 'node:events';

export interface LimitSettings {
  /** From the first byte of work to the last byte of the reply. */
  totalMs: number;
  /** Until the connection stands, TLS and proxy included. */
  connectMs: number;
  signal?: AbortSignal | undefined;
}

export class RequestLimits {
  readonly #controller = new AbortController();
  readonly #timers: NodeJS.Timeout[];
  readonly #connectTimer: NodeJS.Timeout;
  readonly #outer: AbortSignal | undefined;
  /** Why the request was stopped; null while nothing stopped it. */
  reason: string | null = null;
  /** Once true, the vendor may have seen the request, and nothing can make it false again. */
  isSent = false;

  constructor({ totalMs, connectMs, signal }: LimitSettings) {
    this.#connectTimer = this.#stopAfter(connectMs, 'connect timeout');
    this.#timers = [this.#stopAfter(totalMs, 'timeout'), this.#connectTimer];
    this.#outer = signal;
    // As many calls at once as there are hang on one signal: that is no leak to warn of.
    if (signal) setMaxListeners(0, signal);
    signal?.addEventListener('abort', this.#cancel);
    if (signal?.aborted === true) this.#cancel();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops the request; the first reason stands. */
  stop(reason: string): void {
    this.reason ??= reason;
    this.#controller.abort();
  }

  /** The connection stands: from here on the request may reach the vendor. */
  markSent(): void {
    this.isSent = true;
    clearTimeout(this.#connectTimer);
  }

  release(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#outer?.removeEventListener('abort', this.#cancel);
  }

  readonly #cancel = (): void => {
    this.stop('aborted');
  };

  #stopAfter(ms: number, reason: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.stop(reason);
    }, ms);
  }
}
