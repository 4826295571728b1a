/** An integration to break: the in-process daemon in real time, its commands, and the admin's proxy. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestStageCheck } from '../../src/admin/actions/admin-actions.js';
import type { App } from '../../src/admin/app.js';
import { readStatus, type StatusReport } from '../../src/admin/status.js';
import { machineClock } from '../../src/domain/clock.js';
import type { Tx } from '../../src/store/database/database.js';
import { tallyWritebacks } from '../../src/store/writebacks.js';
import { resolveHome } from '../../src/store/home/home.js';
import { isServing } from '../../src/store/database/file-lock.js';
import { SILENT_LOG } from '../../src/domain/log.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import type { LeverRights } from '../../src/simulator/lever/lever-access.js';
import type { OpportunityInput } from '../../src/simulator/lever/new-opportunity.js';
import { signedBody } from '../../src/simulator/lever/sign-webhook.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { openDaemon, type DaemonHere } from '../rigs/daemon-here.js';
import { freePort } from '../rigs/free-port.js';
import { runHere, type Printed } from '../rigs/command-line.js';
import { parseReport } from '../docs/report-schemas.js';
import { FakeProxy } from '../support/fake-proxy.js';
import { HomeFile } from '../rigs/home-file.js';
import { eventually } from '../rigs/eventually.js';
import { SIGNING_TOKEN, STAGE, TAG, WEBHOOK_ID } from '../rigs/program.js';

export const RULE = `stage=${STAGE};tag=${TAG};challenge=Backend API`;

/** Lever lets everything through; its rate limit would cost real time. */
const NO_RATE = `
  CREATE TRIGGER no_rate AFTER UPDATE ON vendors
  BEGIN REPLACE INTO vendors VALUES ('next_lever_call', '0'); END;`;

export class FixWorld {
  /** How far the machine's clock is ahead of the right time. */
  aheadMs = 0;
  /** How much time passed at once. */
  #passedMs = 0;
  readonly env: Record<string, string>;
  readonly #homeFolder: string;
  #running: DaemonHere | undefined;
  #files = 0;
  #people = 0;

  private constructor(
    readonly folder: string,
    readonly simulator: Simulator,
    /** The admin's reverse proxy. */
    readonly proxy: FakeProxy,
    readonly port: number,
  ) {
    this.#homeFolder = join(folder, 'home');
    this.env = {
      CODESUBMIT_LEVER_HOME: this.#homeFolder,
      CODESUBMIT_LEVER_WEBHOOK_ID: WEBHOOK_ID,
      CODESUBMIT_SETTLE_SECONDS: '0',
      LEVER_API_URL: simulator.leverApiUrl,
      CODESUBMIT_API_URL: simulator.codesubmitUrl,
    };
  }

  /** Nothing is set up yet, and its data directory isn’t there. */
  static async open(): Promise<FixWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'codesubmit-lever-fixes-'));
    const simulator = await startSimulator({ webhookRetryDelaysMs: [] });
    simulator.lever.switches.rateLimit = 'off';
    const world = new FixWorld(folder, simulator, await FakeProxy.open(), await freePort());
    world.proxy.target = world.url;
    return world;
  }

  static async setUp(...more: string[]): Promise<FixWorld> {
    const world = await FixWorld.open();
    await world.setUp(...more);
    return world;
  }

  get home() {
    return resolveHome(this.#homeFolder);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where a process finds it through XDG_CONFIG_HOME. */
  get configFolder(): string {
    return join(this.folder, 'config', 'codesubmit-lever');
  }

  readonly clock = {
    ...machineClock,
    now: () => Date.now() + this.#passedMs + this.aheadMs,
    monotonicMs: () => machineClock.monotonicMs() + this.#passedMs,
  };

  get #around() {
    return { env: this.env, configFolder: this.configFolder, clock: this.clock };
  }

  /** As typed by a person. */
  run(...words: string[]): Promise<Printed> {
    return runHere(words, this.#around);
  }

  /** Like `run`; fails unless it succeeds. */
  async succeed(...words: string[]): Promise<Printed> {
    const printed = await this.run(...words);
    if (printed.code === 0) return printed;
    throw new Error(`${words.join(' ')}: ${printed.stdout}${printed.stderr}`);
  }

  async setUp(...more: string[]): Promise<void> {
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
    this.inHome((file) => file.exec(NO_RATE));
  }

  /** Takes back what `liftRate` added: `restore` accepts exactly our schema. */
  obeyRate(): void {
    this.inHome((file) => file.exec('DROP TRIGGER no_rate;'));
  }

  /** Whether any daemon uses the data directory. */
  isServed(): boolean {
    return isServing(this.home);
  }

  /** What the daemon works with. */
  get #app(): App {
    return this.#running!.app;
  }

  /** As a command sees it, whether or not the daemon runs. */
  async status(): Promise<StatusReport> {
    return parseReport('status', await this.run('status', '--json'));
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

  inHome<T>(use: (file: HomeFile) => T): T {
    const file = new HomeFile(this.#homeFolder);
    try {
      return use(file);
    } finally {
      file.close();
    }
  }

  /** A file with this content; returns its path. */
  file(content: string): string {
    const path = join(this.folder, `file-${String(++this.#files)}`);
    writeFileSync(path, `${content}\n`, { mode: 0o600 });
    return path;
  }

  /** Starts serving in this process, holding the data directory's lock like `serve`. */
  async serve(): Promise<void> {
    const around = { ...this.#around, clock: this.clock, log: SILENT_LOG, version: '0' };
    const options = { pollMs: 20 };
    this.#running = await openDaemon(this.home, { ...around, random: () => 0 }, options);
    const { daemon } = this.#running;
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
    if (overrides.stageId === undefined) this.simulator.lever.actions.move(id, STAGE);
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

  /** Lever's signed announcement of a move. */
  async deliver(opportunityId: string, signingToken = SIGNING_TOKEN): Promise<number> {
    const { stageId } = this.simulator.lever.opportunities.get(opportunityId);
    const data = { opportunityId, toStageId: stageId };
    const triggeredAt = this.simulator.lever.now();
    const event = { event: 'candidateStageChange', triggeredAt, data };
    const reply = await fetch(`${this.proxy.url}/webhooks/lever/${WEBHOOK_ID}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(signedBody(event, signingToken)),
    });
    await reply.text();
    return reply.status;
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

  /** Waits until the newest invitation of that opportunity is in that state. */
  async untilState(id: string, state: string): Promise<void> {
    const ofThem = () => this.#status().invitations.find((one) => one.opportunityId === id);
    await eventually(`${id} is ${state}`, () => ofThem()?.state === state);
  }

  /**
   * Waits until Lever has all pending updates, so a fault of the next row affects only that row.
   */
  async untilNothingIsPending(): Promise<void> {
    const owed = () => tallyWritebacks(this.#app.database, 'open');
    await eventually('nothing is pending for Lever', () => owed().length === 0);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.proxy.close();
    await this.simulator.close();
    rmSync(this.folder, { recursive: true });
  }
}

export { SIGNING_TOKEN, STAGE, TAG };
