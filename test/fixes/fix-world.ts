/** An integration to break: the daemon in the test's process, whose time can be moved, and the admin's proxy. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requestStageCheck } from '../../src/admin/actions/admin-actions.js';
import type { App } from '../../src/admin/app.js';
import { readStatus, type StatusReport } from '../../src/admin/status.js';
import { openForServe } from '../../src/cli/context/open-app.js';
import { machineClock, type Clock } from '../../src/domain/clock.js';
import { Daemon } from '../../src/serve/daemon.js';
import type { Tx } from '../../src/store/database/database.js';
import { tallyWritebacks } from '../../src/store/writebacks.js';
import { resolveHome } from '../../src/store/home/home.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import type { LeverRights } from '../../src/simulator/lever/lever-access.js';
import type { OpportunityInput } from '../../src/simulator/lever/new-opportunity.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { freePort } from '../rigs/free-port.js';
import { parseReport } from '../docs/report-schemas.js';
import { FakeProxy } from '../support/fake-proxy.js';
import { HomeFile } from '../rigs/home-file.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, RULE, SIGNING_TOKEN, STAGE, TAG, WEBHOOK_ID } from '../rigs/program.js';

const POLL_MS = 20;

/** Lever lets everything through; its rate limit would cost real time. */
const NO_RATE = `
  CREATE TRIGGER no_rate AFTER UPDATE ON vendors
  BEGIN REPLACE INTO vendors VALUES ('next_lever_call', '0'); END;`;

export class FixWorld extends ProgramRig {
  /** How far the machine's clock is ahead of the right time. */
  aheadMs = 0;
  /** How much time passed at once. */
  #passedMs = 0;
  override readonly clock: Clock = {
    ...machineClock,
    now: () => Date.now() + this.#passedMs + this.aheadMs,
    monotonicMs: () => machineClock.monotonicMs() + this.#passedMs,
  };
  #running: { app: App; stop: () => Promise<void> } | undefined;
  #files = 0;
  #people = 0;

  private constructor(
    simulator: Simulator,
    /** The admin's reverse proxy. */
    readonly proxy: FakeProxy,
    readonly port: number,
  ) {
    super(simulator);
    const own = { CODESUBMIT_LEVER_WEBHOOK_ID: WEBHOOK_ID, CODESUBMIT_SETTLE_SECONDS: '0' };
    Object.assign(this.environment, own);
    this.onClose(() => proxy.close());
  }

  /** Nothing is set up yet, and its data directory isn’t there. */
  static async open(): Promise<FixWorld> {
    const simulator = await startSimulator({ webhookRetryDelaysMs: [] });
    simulator.lever.switches.rateLimit = 'off';
    const world = new FixWorld(simulator, await FakeProxy.open(), await freePort());
    world.proxy.target = world.url;
    return world;
  }

  static override async setUp(...more: string[]): Promise<FixWorld> {
    const world = await FixWorld.open();
    await world.setUp(...more);
    return world;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  override async setUp(...more: string[]): Promise<void> {
    const rule = more.includes('--rule') ? [] : ['--rule', RULE];
    const secrets = [
      ...['--lever-api-key-file', this.file(seedLeverApiKey)],
      ...['--codesubmit-api-key-file', this.file(seedCodeSubmitApiKey)],
    ];
    const token = ['--signing-token-file', this.file(SIGNING_TOKEN)];
    const where = ['--public-url', this.proxy.url, '--port', String(this.port)];
    await this.succeed('setup', '--no-input', ...secrets, ...token, ...where, ...rule, ...more);
    this.liftRate();
  }

  liftRate(): void {
    const file = new HomeFile(this.home);
    file.exec(NO_RATE);
    file.close();
  }

  /** What the daemon works with. */
  get #app(): App {
    return this.#running!.app;
  }

  #status(): StatusReport {
    return readStatus(this.#app, { limit: 100 });
  }

  /** Changes what no command changes, and makes the daemon take it up. */
  change(how: (tx: Tx, app: App) => void): Promise<void> {
    return this.#app.database.write((tx) => {
      how(tx, this.#app);
      this.#app.integration.bumpVersion(tx);
    });
  }

  /** A file with this content; returns its path. */
  file(content: string): string {
    const path = join(this.folder, `file-${String(++this.#files)}`);
    writeFileSync(path, `${content}\n`, { mode: 0o600 });
    return path;
  }

  /** Starts serving in this process, holding the data directory's lock like `serve`. */
  async serveHere(): Promise<void> {
    const runtime = { ...this.runtime, random: () => 0 };
    const { app, close } = await openForServe(resolveHome(this.home), runtime);
    // Durable or not is for other tests to say; these make thousands of commits.
    app.database.connection.pragma('synchronous = OFF');
    const daemon = new Daemon(app, POLL_MS);
    const stop = async (): Promise<void> => {
      await daemon.stop();
      close();
    };
    this.#running = { app, stop };
    await daemon.listen({ host: '127.0.0.1', port: this.port });
    await daemon.work();
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  /** A new Lever key with these rights, in a file. */
  newLeverKey(rights?: LeverRights): string {
    const { access } = this.simulator.lever;
    return this.file(access.addKey(rights ? { rights } : {}).credential);
  }

  newCodeSubmitKey(): string {
    return this.file(this.simulator.codesubmit.addKey({}).key);
  }

  /** A new candidate each time, in the rule's stage with its tag unless stated otherwise. */
  person(overrides: Partial<OpportunityInput> = {}): string {
    const name = `Person Number${String(++this.#people)}`;
    const emails = [`person.${String(this.#people)}@example.com`];
    const input = { name, emails, stageId: 'Phone screen', tags: [TAG], ...overrides };
    const { id } = this.simulator.lever.actions.create(input);
    if (overrides.stageId === undefined) this.move(id);
    return id;
  }

  /** Resolves once a sweep has ended that began after now: the second that ends, as one may be under way. */
  async sweep(): Promise<void> {
    for (let ended = 0; ended < 2; ended += 1) await this.#untilSweepEnds();
  }

  async #untilSweepEnds(): Promise<void> {
    const lastSweepAt = () => this.#status().integration.lastSweepAt;
    const before = lastSweepAt();
    await this.checkStages();
    await eventually('the end of a sweep', () => lastSweepAt() !== before);
  }

  /** Makes the daemon begin a sweep. */
  checkStages(): Promise<void> {
    return requestStageCheck(this.#app);
  }

  /** Makes the daemon call the vendors, and waits until one has rejected the key or login. */
  async untilRejected(): Promise<void> {
    await this.checkStages();
    const isRejected = () => this.#status().integration.state === 'needs_reauth';
    await eventually('a vendor rejects the key or login', isRejected);
  }

  /** The codes of the problems that `status` shows. */
  problems(): string[] {
    return this.#status().integration.problems.map(({ code }) => code);
  }

  async untilProblem(code: string): Promise<void> {
    await eventually(code, () => this.problems().includes(code));
  }

  async removeRules(): Promise<void> {
    const rules = parseReport('rules', await this.succeed('rules', 'list', '--json'));
    for (const { id } of rules) {
      await this.succeed('rules', 'remove', String(id), '--yes');
    }
  }

  /** So much time passes, here and at Lever. */
  async later(ms: number): Promise<void> {
    this.#passedMs += ms;
    this.simulator.lever.switches.clockOffsetMs += ms;
    await this.sweep();
  }

  /** Lever reports a move by way of the proxy; resolves with the answer's status. */
  report(opportunityId: string): Promise<number> {
    return this.post(this.proxy, this.delivery(opportunityId, this.simulator.lever.now()));
  }

  /**
   * Resolves once the daemon has read CodeSubmit's list in vain for someone who waits. A copy of a
   * moment ago would do for sending.
   */
  async untilListFails(): Promise<void> {
    await eventually('the list is read in vain', async () => {
      await this.change((tx, { list }) => list.set(tx, { copy: null }));
      this.person();
      await this.sweep();
      return this.#app.list.state().trouble !== null;
    });
  }

  /**
   * Waits until Lever has all pending updates, so a fault of the next row affects only that row.
   */
  async untilNothingIsPending(): Promise<void> {
    const owed = () => tallyWritebacks(this.#app.database, 'open');
    await eventually('nothing is pending for Lever', () => owed().length === 0);
  }

  override async close(): Promise<void> {
    await this.stop();
    await super.close();
  }
}

export { RULE, SIGNING_TOKEN, STAGE, TAG };
