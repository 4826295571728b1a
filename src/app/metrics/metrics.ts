/** All that Prometheus is shown: what happened in this process, how its house stands, and Node's own metrics. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Observer } from '../observer.js';
import { Counters } from './counters.js';
import type { HouseState } from './house-state.js';
import { addStateGauges } from './state-gauges.js';

export class Metrics {
  readonly #registry = new Registry();
  /** To be told from the first thing that happens on: the house is opened with it. */
  readonly observer: Observer = new Counters(this.#registry);
  readonly #setGauges = addStateGauges(this.#registry);

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. */
  show(state: HouseState): Promise<string> {
    this.#setGauges(state);
    return this.#registry.metrics();
  }
}
