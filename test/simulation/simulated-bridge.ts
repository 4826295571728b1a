/**
 * The daemon's own work on a real database in memory, in simulated time, against vendors that are plain objects, and
 * what an admin does with it.
 */
import { cancelRepetitions } from '../../src/store/invitations.js';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  approve,
  findApprovable,
  pause,
  requestStageCheck,
  resume,
  revoke,
} from '../../src/admin/actions/admin-actions.js';
import { changeSettings } from '../../src/admin/setup/answers.js';
import { readTimeline, type Timeline } from '../../src/admin/timeline.js';
import { copyInMemory } from '../../src/store/database/copy-file.js';
import type { App, Observer } from '../../src/admin/app.js';
import type { OpportunityId } from '../../src/domain/ids.js';
import { SILENT_LOG } from '../../src/domain/log.js';
import type { Problem } from '../../src/domain/problem.js';
import {
  readingOf,
  readRemark,
  readStatus,
  toListing,
  type StatusReport,
} from '../../src/admin/status.js';
import { listProblems } from '../../src/admin/facts/facts.js';
import { listOnHold, readCounts } from '../../src/admin/queries/decisions.js';
import { listInvitationPage } from '../../src/admin/queries/invitations.js';
import type { Metrics } from '../../src/serve/metrics.js';
import { watchReadiness } from '../../src/serve/loops/trouble-rounds.js';
import { parseDelivery } from '../../src/lever/verify-delivery.js';
import { CodeSubmitWorld } from '../../src/simulator/codesubmit/codesubmit-world.js';
import { LeverWorld } from '../../src/simulator/lever/lever-world.js';
import { signedBody } from '../../src/simulator/lever/sign-webhook.js';
import { seedBase, seedCodeSubmitApiKey } from '../../src/simulator/seed/base-seed.js';
import type { Database } from '../../src/store/database/database.js';
import { type Settings, putValue } from '../../src/store/settings/settings.js';
import { IntegrationStore } from '../../src/store/integration-store.js';
import { SIGNING_TOKEN } from '../rigs/program.js';
import type { TappedRequest } from '../rigs/vendor-tap.js';
import { RateMeter } from '../../src/simulator/lever/rate-meter.js';
import { Dice, type Chance } from './dice.js';
import { setUpBridge, type Wanted } from './set-up-bridge.js';
import { databaseOf, freshDatabase, putBack, rowsOf, setUps } from './simulated-database.js';
import { isChallenge, POLL_MS, SimulatedProcess } from './simulated-process.js';
import { SimulatedMachine } from './simulated-machine.js';
import type { WriteTrouble } from './write-trouble.js';
import { rowsOfAll } from '../rigs/rows-about.js';
import { SimulatedTime } from './simulated-time.js';
import {
  CODESUBMIT,
  SimulatedWire,
  type Caller,
  type Moment,
  type Worlds,
} from './simulated-wire.js';

const MINUTE_MS = 60_000;
/** A round of all loops that ask often. */
const ROUND_MS = POLL_MS + 1;
const MOST_ROUNDS = 2_000;

const nothing = (): void => undefined;

export type KillMoment = 'before the vendor saw it' | 'after the vendor did it';

const EFFECTS = ['/candidates', '/addLinks', '/addTags', '/removeTags', '/notes'];

/** The calls that do something at a vendor. */
function isEffect({ method, path }: TappedRequest): boolean {
  return method === 'POST' && EFFECTS.some((end) => path.endsWith(end));
}

/** The part of `status` that is checked. */
export interface Status extends Pick<StatusReport, 'invitations' | 'held'> {
  integration: Pick<StatusReport['integration'], 'state' | 'listReading'> & {
    readonly problems: Pick<Problem, 'code' | 'since'>[];
  };
}

export class SimulatedBridge {
  readonly clock: SimulatedTime;
  readonly simulator: Worlds;
  #database: Database | undefined;
  #copy: Database | undefined;
  #wanted: Wanted | undefined;
  #process: SimulatedProcess | undefined;
  readonly #all: SimulatedProcess[] = [];
  #beside: SimulatedBridge | undefined;
  #onMoment: Caller['onMoment'] = () => true;
  /** Nothing has changed since it wasn’t swept. */
  #unswept = '';
  /** So many ms things go on after each step; null: until all is quiet. */
  haste: number | null = null;
  /** Of the processes that start from now on. */
  log = SILENT_LOG;
  /** Gets what the daemons do that start from now on. */
  metrics: Metrics | undefined;
  /** Told the body of each challenge that leaves for CodeSubmit. */
  onSending: (body: string) => void = nothing;
  /** Told when CodeSubmit has made an invitation. */
  onMade: () => void = nothing;
  /** Told when a vendor has worked on a request, before it is answered. */
  onWorked: (request: TappedRequest) => void = nothing;

  private constructor(
    private readonly wire: SimulatedWire,
    time: SimulatedTime,
    private readonly machine: SimulatedMachine,
    private readonly dice: Dice,
    private readonly codesubmitApiKey: string,
  ) {
    this.clock = time;
    this.simulator = wire.worlds;
  }

  /** Vendors with no people, and nothing set up yet. */
  static start(): SimulatedBridge {
    const dice = new Dice();
    const machine = new SimulatedMachine(dice);
    const time = new SimulatedTime(machine);
    const now = () => time.now();
    const worlds = {
      lever: new LeverWorld({ now, webhookRetryDelaysMs: [] }),
      codesubmit: new CodeSubmitWorld({ now }),
    };
    seedBase(worlds);
    worlds.lever.switches.rateLimit = 'off';
    worlds.lever.switches.linkAddedTwice = 'doubled';
    worlds.codesubmit.origin = CODESUBMIT;
    const wire = new SimulatedWire(time, worlds, dice);
    return new SimulatedBridge(wire, time, machine, dice, seedCodeSubmitApiKey);
  }

  /** The history begins: what follows is left to this chance. */
  take(chance: Chance): void {
    this.dice.take(chance);
  }

  /** A second one on the same accounts, and nothing set up there yet. */
  beside(codesubmitApiKey = seedCodeSubmitApiKey): SimulatedBridge {
    const { wire, clock, machine, dice } = this;
    this.#beside = new SimulatedBridge(wire, clock, machine, dice, codesubmitApiKey);
    return this.#beside;
  }

  async setUp(
    rules: readonly string[],
    brake: string,
    settings: Partial<Settings> = {},
  ): Promise<void> {
    const { codesubmitApiKey, clock, simulator, wire, dice } = this;
    const beganMs = clock.now();
    const wanted = (this.#wanted = { rules, brake, settings, codesubmitApiKey });
    const { clockOffsetMs } = simulator.lever.switches;
    const { tests } = simulator.codesubmit;
    const key = JSON.stringify({ ...wanted, beganMs, clockOffsetMs, tests });
    const told = wire.story.length;
    const known = setUps.get(key);
    if (known) {
      this.#database = databaseOf(known.rows);
      await clock.pass(known.tookMs);
    } else {
      const { database } = await this.#setUpAnew(wanted);
      await clock.pass(0);
      setUps.set(key, { rows: rowsOf(database), tookMs: clock.now() - beganMs });
    }
    wire.forgetSince(told);
    dice.reset();
    await this.wake();
  }

  async #setUpAnew(wanted: Wanted): Promise<SimulatedProcess> {
    const setup = this.#makeProcess();
    const { app } = setup;
    await this.#drive(app.database.write((tx) => putValue(tx, 'homeId', '0'.repeat(24))));
    await this.#drive(setUpBridge(app, wanted));
    setup.isDead = true;
    return setup;
  }

  /** `setup --no-input` with these rules and all else as it was. */
  async setUpAgain(rules: readonly string[], onDone = nothing): Promise<void> {
    const wanted = this.#wanted;
    if (!wanted) throw new Error('nothing is set up');
    await this.command(async (app) => {
      await setUpBridge(app, { ...wanted, rules });
      onDone();
    });
    await this.#swept();
  }

  /** What `status WHO` shows of one candidate. */
  timeline(id: string): Timeline {
    return readTimeline(this.#app, id as OpportunityId);
  }

  /** The counts of `status`. */
  counts(): Record<string, number> {
    return readCounts(this.#app);
  }

  /** Changes settings as `setup` does, and waits for all that follows. */
  async set(settings: Partial<Settings>): Promise<void> {
    this.clock.advance(1);
    await this.#drive(changeSettings(this.#terminal, settings));
    await this.#swept();
  }

  /** Moves a new candidate into the stage Take-home, and lets all happen that needs no time; returns the opportunity's id. */
  async arrive(email: string, links: string[] = []): Promise<string> {
    const { actions, opportunities } = this.simulator.lever;
    const person = { name: 'Ada Fictional', stageId: 'Phone screen', emails: [email], links };
    const { id } = actions.create({ ...person, tags: ['codesubmit:backend'] });
    actions.move(id, 'Take-home');
    const { stageId } = opportunities.get(id);
    await this.deliver(this.signed({ opportunityId: id, toStageId: stageId }));
    return id;
  }

  /** Lets minutes pass, and all happen that each of them brings. */
  async pass(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      this.clock.advance(MINUTE_MS + 1);
      await this.settle();
    }
  }

  /** Requests a sweep, and waits for it. */
  async sweep(): Promise<void> {
    this.clock.advance(1);
    await this.#drive(requestStageCheck(this.#terminal));
    await this.#swept();
  }

  async pause(): Promise<void> {
    await this.#drive(pause(this.#terminal));
    await this.#swept();
  }

  async resume(): Promise<void> {
    await this.#drive(resume(this.#terminal));
    await this.#swept();
  }

  /** `onHolds` gets what is on hold before it is approved. */
  async approve(
    who: readonly string[] | 'all',
    onHolds: (holds: ReturnType<typeof findApprovable>) => void = nothing,
  ): Promise<void> {
    const ids = who === 'all' ? who : (who as readonly OpportunityId[]);
    const holds = findApprovable(this.#app, ids);
    onHolds(holds);
    await this.command((app) => approve(app, holds));
  }

  /** A signed webhook, as Lever sends it. */
  signed(data: Record<string, unknown>, event = 'candidateStageChange'): string {
    const triggeredAt = this.clock.now();
    const content = { event, triggeredAt, data };
    return JSON.stringify(signedBody(content, SIGNING_TOKEN));
  }

  async revoke(): Promise<void> {
    await this.command((app) => revoke(app));
  }

  /** From now on CodeSubmit answers 429 to more calls a second than Lever takes. */
  enforceRate(): void {
    this.wire.codesubmitRate = new RateMeter();
  }

  /** Starts the daemon on what is on disk, and waits for its sweep. */
  async wake(): Promise<void> {
    this.endTrouble();
    const process = (this.#process = this.#makeProcess(this.metrics));
    this.clock.advance(1);
    await process.start();
    await this.#swept();
  }

  /** Ends the daemon until `wake`. */
  async rest(): Promise<void> {
    await this.#running.stop();
  }

  /** A command while no daemon runs. */
  async alone<T>(run: (app: App) => Promise<T>): Promise<T> {
    const [done] = await this.#processes([run]);
    return done as T;
  }

  /** A command is a process of its own, beside the daemon. */
  async command<T>(run: (app: App) => Promise<T>): Promise<T> {
    const [done] = await this.commands([run]);
    return done as T;
  }

  /** All at once. */
  async commands<T>(runs: readonly ((app: App) => Promise<T>)[]): Promise<T[]> {
    try {
      return await this.#processes(runs);
    } finally {
      await this.settle();
    }
  }

  /** Each has its own caches and its own reading of the clock. A database in memory has one connection. */
  async #processes<T>(runs: readonly ((app: App) => Promise<T>)[]): Promise<T[]> {
    const processes = runs.map((run) => ({ run, process: this.#makeProcess() }));
    try {
      return await this.#drive(Promise.all(processes.map(({ run, process }) => run(process.app))));
    } finally {
      for (const { process } of processes) process.isDead = true;
    }
  }

  /** `backup`: a copy that starts paused. */
  async backUp(): Promise<void> {
    const copy = (this.#copy = copyInMemory(this.#app.database));
    const integration = new IntegrationStore(copy);
    await this.#drive(copy.write((tx) => integration.pauseRestored(tx)));
  }

  /** `restore` of the last copy. */
  async restore(): Promise<void> {
    if (!this.#copy) throw new Error('there is no copy');
    await this.rest();
    this.#database = copyInMemory(this.#copy);
    await this.alone((app) =>
      app.database.write((tx) => {
        app.integration.pauseRestored(tx);
        cancelRepetitions(tx, 'restored');
      }),
    );
    await this.wake();
  }

  async restart(): Promise<void> {
    await this.rest();
    await this.wake();
  }

  async killDuring(
    moment: KillMoment,
    happen: () => Promise<void>,
    matches: (request: TappedRequest) => boolean = isEffect,
  ): Promise<void> {
    const wanted: Moment = moment === 'after the vendor did it' ? 'worked' : 'sent';
    this.#onMoment = (now, request) => {
      if (now !== wanted || !matches(request)) return true;
      this.#die();
      return false;
    };
    await happen();
    this.#onMoment = () => true;
    if (!this.#running.isDead) this.#die();
    for (const { faults } of [this.simulator.lever, this.simulator.codesubmit]) faults.clear();
    await this.wake();
  }

  /** The machine dies at the n-th moment of all that `happen` leads to, or when all is quiet, and starts again. Returns whether there were as many. */
  async crashDuring(moments: number, happen: () => Promise<unknown>): Promise<boolean> {
    await this.#atMoment(moments, happen, () => this.#die());
    const isDead = this.#running.isDead;
    if (!isDead) this.#die();
    await this.wake();
    return isDead;
  }

  /** No write succeeds from the n-th moment of all that `happen` leads to, until the trouble is over or ended. */
  async troubleDuring(
    moments: number,
    trouble: WriteTrouble,
    happen: () => Promise<unknown>,
  ): Promise<void> {
    await this.#atMoment(moments, happen, () => this.beginTrouble(trouble));
  }

  /** No write succeeds from now on, until the trouble is over or ended. */
  beginTrouble({ error, ms }: WriteTrouble): void {
    this.machine.beginTrouble(error, ms);
  }

  endTrouble(): void {
    this.machine.trouble = undefined;
  }

  async #atMoment(moments: number, happen: () => Promise<unknown>, act: () => void): Promise<void> {
    let left = moments;
    this.#onMoment = () => {
      left -= 1;
      if (left === 0) act();
      return true;
    };
    await happen();
    this.#onMoment = () => true;
  }

  /** What is committed is what the next one finds. */
  #die(): void {
    this.#onMoment = () => true;
    this.machine.forgetTurns();
    const process = this.#running;
    process.isDead = true;
    // What waited for its turn is never written.
    if (process.isWriting) this.#database = copyInMemory(process.database);
  }

  /** Resolves once nothing more happens without time passing. */
  async settle(): Promise<void> {
    const { clock } = this;
    if (this.haste !== null) {
      await clock.pass(this.haste);
      return;
    }
    for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) {
      const before = this.#trace();
      await clock.pass(ROUND_MS);
      while (clock.isUnderWay) await clock.next(Infinity);
      if (this.#trace() === before) return;
    }
    throw new Error('never quiet');
  }

  /** Resolves once a sweep has ended that began after now, and all that follows from it. */
  async #swept(): Promise<void> {
    this.endTrouble();
    const now = this.#app.clock.now();
    this.#unswept = '';
    const atFirst = this.#lastSweepAt();
    // Since the calendar was set back, it lies ahead.
    const before = atFirst > now ? atFirst : null;
    for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) {
      if (this.haste !== null || this.#running.isDead) break;
      if (!this.clock.isUnderWay && this.#isSweptSince(now, before)) break;
      await this.clock.next(Infinity);
    }
    await this.settle();
  }

  #isSweptSince(at: number, before: number | null): boolean {
    const trace = this.#trace();
    if (trace === this.#unswept) return false;
    this.#unswept = trace;
    const sweptAt = this.#lastSweepAt();
    return sweptAt >= at && sweptAt !== before;
  }

  #lastSweepAt(): number {
    const { lastSweepAt } = readStatus(this.#app, { limit: 1, problems: [] }).integration;
    return lastSweepAt === null ? 0 : Date.parse(lastSweepAt);
  }

  /** Invitations that count as sent, and that `status` says CodeSubmit’s list hasn’t shown. */
  unlisted(): number[] {
    const ids = this.status().invitations.map(({ id }) => id);
    return ids.filter((id) => readRemark(this.#app, id).includes('not found in CodeSubmit’s list'));
  }

  /** All that the database has, table by table. */
  rowsOfAll(): unknown[][] {
    return rowsOfAll(this.#app.database.connection);
  }

  /** What `/metrics` shows. */
  async scrape(): Promise<string> {
    if (!this.metrics) throw new Error('nothing is measured');
    const reasons = await watchReadiness(this.#app, () => false)();
    return this.metrics.show(this.#app, reasons.length === 0);
  }

  /** Its problems are looked for when they are asked for. */
  status(): Status {
    const app = this.#app;
    const { database, integration } = app;
    const rows = listInvitationPage(database, Number.MAX_SAFE_INTEGER, undefined, undefined, 1_000);
    return {
      invitations: rows.map((row) => toListing(app, row)),
      held: listOnHold(database, 1_000).map((one) => ({
        ...one,
        since: new Date(one.since).toISOString(),
      })),
      integration: {
        state: integration.state(),
        listReading: readingOf(app.list.state().progress),
        get problems() {
          return listProblems(app);
        },
      },
    };
  }

  /** Delivers a signed body and waits for all that follows. */
  async deliver(body: string): Promise<void> {
    const { app, work } = this.#running;
    const parsed = parseDelivery(Buffer.from(body), app.configuration.current().signingTokens);
    if (parsed.kind !== 'delivery') throw new Error('a delivery was refused');
    const accepting = app.deliveries.accept(parsed.delivery, app.clock.now());
    const accepted = await this.#unlessDead(accepting);
    if (accepted?.isNew && accepted.outcome === 'look') work.wake('looks');
    await this.settle();
  }

  /** Undefined when the process has died of it. */
  async #unlessDead<T>(work: Promise<T>): Promise<T | undefined> {
    const process = this.#running;
    try {
      return await this.clock.drive(work, () => process.isDead);
    } catch (error) {
      // It was answered 503 or 500.
      if (process.isDead || this.machine.trouble) return undefined;
      throw error;
    }
  }

  /** What the vendors were asked for, beside reads that came to nothing. */
  story(): string {
    return this.wire.story.join('\n');
  }

  /** Errors that the program logged and nobody had made. */
  get unforeseen(): string[] {
    return this.#all.flatMap(({ unforeseen }) => unforeseen);
  }

  /** How many calls there were so far that change something at a vendor. */
  get effects(): number {
    return this.wire.effects;
  }

  /** How many calls Lever had to refuse by its documented limit. */
  get callsAboveLimit(): number {
    return this.wire.leverRate.aboveLimit;
  }

  /** Where all is quiet, another history may have the databases. The machine has its turn, in which others report. */
  async close(isQuiet = false): Promise<void> {
    this.machine.forgetTurns();
    this.machine.release();
    this.#leave(isQuiet);
    await nextTurn();
  }

  #leave(isQuiet: boolean): void {
    for (const process of this.#all) process.isDead = true;
    for (const database of new Set(this.#all.map((process) => process.database))) {
      // What died may have had something to write yet.
      if (isQuiet && database === this.#database) putBack(database);
      else setImmediate(() => database.connection.close());
    }
    if (this.#beside) this.#beside.#leave(isQuiet);
  }

  get #running(): SimulatedProcess {
    if (!this.#process) throw new Error('nothing is set up');
    return this.#process;
  }

  /** Lets as much time pass as the work takes. */
  #drive<T>(work: Promise<T>): Promise<T> {
    this.endTrouble();
    return this.clock.drive(work);
  }

  get #app(): App {
    return this.#running.app;
  }

  /** A process of its own, on which a command runs. */
  get #terminal(): App {
    return this.#makeProcess().app;
  }

  #makeProcess(observer?: Observer): SimulatedProcess {
    const onMoment: Caller['onMoment'] = (moment, request) => {
      if (moment === 'sent' && isChallenge(request)) this.onSending(request.body);
      if (moment === 'worked') this.onWorked(request);
      if (moment === 'worked' && isChallenge(request)) this.onMade();
      return this.#onMoment(moment, request);
    };
    const database = (this.#database ??= freshDatabase());
    const { clock, wire, machine, log } = this;
    const made = new SimulatedProcess(clock, wire, database, machine, onMoment, log, observer);
    this.#all.push(made);
    return made;
  }

  #trace(): string {
    if (this.#running.isDead) return String(this.wire.calls);
    const changes = this.#app.database.get<{ n: number }>('SELECT total_changes() AS n');
    return `${String(this.wire.calls)} ${String(changes?.n)}`;
  }
}
