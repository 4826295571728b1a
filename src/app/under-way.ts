/** What must be waited for before a home is closed: replies that can't be had again. */
export class UnderWay {
  readonly #promises = new Set<Promise<unknown>>();

  add<T>(promise: Promise<T>): Promise<T> {
    this.#promises.add(promise);
    const forget = (): void => {
      this.#promises.delete(promise);
    };
    promise.then(forget, forget);
    return promise;
  }

  /** Resolves when nothing is under way, whether it went well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#promises);
  }
}
