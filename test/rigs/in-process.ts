/**
 * The real daemon on a real database, in this process, speaking real HTTP with the simulator by way of taps, on a clock
 * that stands still unless told. Whatever it can do at one time it has done when `settle` resolves.
 */
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { openMetrics } from '../../src/daemon/metrics/metrics-server.js';
import type { Metrics } from '../../src/daemon/metrics/metrics.js';
import { openForSetup } from '../../src/app/open-app.js';
import type { AppContext } from '../../src/app/app-context.js';
import { connectVendors, type ConnectedApp } from '../../src/app/connect-vendors.js';
import type { Runtime } from '../../src/app/read-context.js';
import { readStatus, type StatusReport } from '../../src/operate/status/status-report.js';
import type { Settings } from '../../src/storage/settings/settings.js';
import { resolveHome } from '../../src/storage/home/home.js';
import type { HttpSettings } from '../../src/vendors/http/http-client.js';
import type { Log } from '../../src/domain/log.js';
import type { SharedRate } from '../../src/vendors/lever/api/shared-rate.js';
import { seedCodeSubmitApiKey } from '../../src/simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { openDaemon, type DaemonHere } from './daemon-here.js';
import { BridgeAdmin, setUpBridge } from './bridge-admin.js';
import { WEBHOOK_ID } from './program.js';
import { FakeClock } from '../support/fake-clock.js';
import { openRequests } from '../support/open-requests.js';
import { VendorTap, type TappedRequest, type Trap } from './vendor-tap.js';
import { SECRET_KEY } from '../support/fictional-records.js';

const POLL_MS = 2;
/** So long nothing must happen until it counts as quiet: several turns of every loop. */
const QUIET_CHECKS = 4;
const CHECK_MS = 3;
const LIMIT_MS = 100_000;
/** A sweep that doesn't begin while it is quiet for so many checks waits for time to pass. */
const PATIENT_CHECKS = 800;

const nothing = (): void => undefined;
const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
/** Waiting for Lever's rate is real time, and this clock stands still. */
const unlimited = {
  acquire: () => Promise.resolve(),
  startEmpty: () => Promise.resolve(),
} as unknown as SharedRate;

export type KillMoment = 'before the vendor saw it' | 'after the vendor did it';
export type Vendor = 'lever' | 'codesubmit';

const EFFECTS = ['/candidates', '/addLinks', '/addTags', '/removeTags', '/notes'];

/** The calls that do something at a vendor. */
export function isEffect({ method, path }: TappedRequest): boolean {
  return method === 'POST' && EFFECTS.some((end) => path.endsWith(end));
}

export interface BridgeOptions {
  /** How long the daemon waits for a vendor; by default as long as in real use. */
  http?: Partial<HttpSettings>;
  /** Puts something between the daemon and a vendor: given the vendor's origin, returns the one for the daemon. */
  through?: (vendor: Vendor, origin: string) => Promise<string>;
  /** Whether something still hangs in what was put there. */
  isHanging?: () => boolean;
  /** Gets what the daemon does, and is shown at `metricsUrl`. */
  metrics?: Metrics;
  codesubmitApiKey?: string;
}

export class InProcessRig extends BridgeAdmin {
  readonly clock: FakeClock;
  #generation = 0;
  #served!: DaemonHere;
  #metricsServer: FastifyInstance | undefined;
  #url = '';

  private constructor(
    private readonly folder: string,
    readonly simulator: Simulator,
    private readonly taps: Record<Vendor, VendorTap>,
    /** Where the daemon asks each vendor. */
    private readonly origins: Record<Vendor, string>,
    private readonly options: BridgeOptions,
    clock: FakeClock,
    /** Whose vendors it shares. */
    private readonly host?: InProcessRig,
  ) {
    super();
    this.clock = clock;
  }

  /** A simulator with no people, and nothing set up yet. */
  static async start(folder: string, options: BridgeOptions = {}): Promise<InProcessRig> {
    const clock = new FakeClock();
    const simulator = await startSimulator({ seed: 'empty', now: () => clock.now() });
    simulator.lever.switches.rateLimit = 'off';
    simulator.lever.switches.linkAddedTwice = 'doubled';
    const lever = await VendorTap.start(simulator.lever.origin);
    const codesubmit = await VendorTap.start(simulator.codesubmit.origin);
    const { through = (_, origin) => Promise.resolve(origin) } = options;
    const origins = {
      lever: await through('lever', lever.origin),
      codesubmit: await through('codesubmit', codesubmit.origin),
    };
    // Its links name it by the address at which it is called.
    simulator.codesubmit.origin = origins.codesubmit;
    return new InProcessRig(folder, simulator, { lever, codesubmit }, origins, options, clock);
  }

  /** A second one on the same accounts, with a data directory of its own, and nothing set up there yet. */
  beside(folder: string, codesubmitApiKey = seedCodeSubmitApiKey): InProcessRig {
    const { simulator, taps, origins, clock } = this;
    const options = { ...this.options, codesubmitApiKey };
    return new InProcessRig(folder, simulator, taps, origins, options, clock, this);
  }

  /** Ends the daemon until `wake`. */
  rest(): Promise<void> {
    return this.#stop();
  }

  /** Starts the daemon again, and waits for its sweep. */
  wake(): Promise<void> {
    return this.#serve();
  }

  /** Stores the keys and rules as `setup` does, and begins to serve. */
  async setUp(
    rules: readonly string[],
    brake: string,
    settings: Partial<Settings> = {},
  ): Promise<void> {
    mkdirSync(this.#homeFolder, { recursive: true, mode: 0o700 });
    const app = await openForSetup(this.#home, this.#runtime);
    try {
      const codesubmitApiKey = this.options.codesubmitApiKey ?? seedCodeSubmitApiKey;
      const wanted = { rules, brake, settings, codesubmitApiKey };
      await setUpBridge(this.#connect(app), wanted);
    } finally {
      app.database.close();
    }
    await this.#serve();
  }

  /** SIGTERM and a new start. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.#serve();
    await this.swept();
  }

  /**
   * Runs `happen`, and at the first effect (that matches) which it leads to the process dies: what was on disk then is what the next one
   * finds, and nothing that the dead one still does reaches a vendor. Without an effect it dies when all is quiet.
   */
  async killDuring(
    moment: KillMoment,
    happen: () => Promise<void>,
    matches: Trap['matches'] = isEffect,
  ): Promise<void> {
    let isDead = false;
    const die = (): Promise<void> => {
      if (!isDead) this.#copyHome();
      isDead = true;
      for (const { faults } of this.#vendors) {
        // The first that matches strikes, and an earlier one may let the work be done.
        faults.clear();
        faults.set({ kind: '5xx', when: 'before' });
      }
      return Promise.resolve();
    };
    const trap =
      moment === 'after the vendor did it'
        ? { matches, worked: die }
        : { matches, arrived: () => die().then(() => 'discard' as const) };
    for (const tap of Object.values(this.taps)) void tap.arm(trap).catch(nothing);
    await happen();
    await die();
    await this.#stop();
    for (const tap of Object.values(this.taps)) tap.disarm();
    for (const vendor of this.#vendors) vendor.faults.clear();
    this.#generation += 1;
    await this.#serve();
    await this.swept();
  }

  /** Resolves once nothing more happens without time passing. */
  settle(): Promise<void> {
    return this.#untilQuiet(QUIET_CHECKS);
  }

  /** Resolves once nothing has happened for so many checks in a row, or `isOver`. */
  async #untilQuiet(checks: number, isOver = (): boolean => false): Promise<void> {
    let quiet = 0;
    let last = '';
    const until = performance.now() + LIMIT_MS;
    while (quiet < checks && !isOver()) {
      await delay(CHECK_MS);
      // Late timers run one after the other, before anything that the network has brought meanwhile.
      await turn();
      const now = this.#trace();
      const isBusy =
        openRequests() > 0 ||
        Object.values(this.taps).some(({ underWay }) => underWay > 0) ||
        this.options.isHanging?.() === true;
      quiet = isBusy || now !== last ? 0 : quiet + 1;
      last = now;
      if (performance.now() > until) throw new Error('never quiet');
    }
  }

  /**
   * Resolves once a sweep has ended at the present time, and all that follows from it. Where the daemon lets Lever
   * breathe after a failure, time passes until it asks again.
   */
  async swept(): Promise<void> {
    const now = this.clock.now();
    const isSwept = (): boolean => this.#isSweptSince(now);
    const until = performance.now() + LIMIT_MS;
    for (let checks = PATIENT_CHECKS; !isSwept(); checks = QUIET_CHECKS) {
      await this.#untilQuiet(checks, isSwept);
      if (!isSwept()) this.clock.advance(1_000);
      if (performance.now() > until) throw new Error('no sweep');
    }
    await this.settle();
  }

  #isSweptSince(at: number): boolean {
    return (this.app.integration.read().last_sweep_at ?? 0) >= at;
  }

  status(): StatusReport {
    return readStatus(this.app, { limit: 1_000 });
  }

  /** Delivers a signed body and waits for all that follows. Throws unless it is acknowledged. */
  async deliver(body: string): Promise<void> {
    const status = await this.post(body);
    if (status !== 200) throw new Error(`a delivery got ${String(status)}`);
  }

  /** Posts to the webhook, or to another one's address; resolves with the answer's status, after all that follows. */
  async post(body: string, webhookId = WEBHOOK_ID): Promise<number> {
    const reply = await fetch(`${this.#url}/webhooks/lever/${webhookId}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await reply.text();
    await this.settle();
    return reply.status;
  }

  /** Where the metrics are shown. */
  get metricsUrl(): string {
    return `${this.#metricsServer?.listeningOrigin ?? ''}/metrics`;
  }

  async close(): Promise<void> {
    await this.#stop();
    if (this.host) return;
    await Promise.all(Object.values(this.taps).map((tap) => tap.close()));
    await this.simulator.close();
  }

  protected get app(): ConnectedApp {
    return this.#served.app;
  }

  get #vendors() {
    return [this.simulator.lever, this.simulator.codesubmit];
  }

  get #homeFolder(): string {
    return join(this.folder, String(this.#generation));
  }

  get #home() {
    return resolveHome(this.#homeFolder, {}, undefined);
  }

  get #runtime(): Runtime {
    return {
      env: {
        LEVER_API_URL: `${this.origins.lever}/v1`,
        CODESUBMIT_API_URL: this.origins.codesubmit,
        CODESUBMIT_LEVER_SECRET_KEY: SECRET_KEY,
      },
      configFolder: this.folder,
      clock: this.clock,
      random: () => 0.5,
      log: silent,
      version: '0',
      ...(this.options.metrics && { observer: this.options.metrics.observer }),
    };
  }

  async #serve(): Promise<void> {
    const options = { pollMs: POLL_MS };
    this.#served = await openDaemon(this.#home, this.#runtime, options, (app) =>
      this.#connect(app),
    );
    const { daemon } = this.#served;
    this.clock.advance(1);
    const { port } = await daemon.listen({ host: '127.0.0.1', port: 0 });
    await this.#showMetrics();
    await daemon.work();
    this.#url = `http://127.0.0.1:${String(port)}`;
    await this.swept();
  }

  #connect(app: AppContext): ConnectedApp {
    const http = { ...app.http, ...this.options.http };
    return connectVendors({ ...app, http, leverRate: unlimited });
  }

  async #showMetrics(): Promise<void> {
    const { metrics } = this.options;
    if (!metrics) return;
    const { readiness } = this.#served.daemon;
    const door = { metrics, app: this.app, port: 0, daemonPort: 0, readiness };
    this.#metricsServer = await openMetrics(door);
  }

  async #stop(): Promise<void> {
    await this.#served.stop();
    await this.#metricsServer?.close();
  }

  /** What a process that dies now leaves on disk: its writes are the system's already, however it ends. */
  #copyHome(): void {
    const from = this.#home.databaseFile;
    const next = join(this.folder, String(this.#generation + 1));
    mkdirSync(next, { mode: 0o700 });
    for (const part of ['', '-wal']) {
      if (existsSync(from + part)) cpSync(from + part, join(next, 'codesubmit-lever.db') + part);
    }
  }

  /** Changes with every call and every row written. */
  #trace(): string {
    const calls = Object.values(this.taps).map(({ seen }) => seen.length);
    const changes = this.app.database
      .prepare<[], { n: number }>('SELECT total_changes() AS n')
      .get();
    return [...calls, changes?.n].join(' ');
  }
}
