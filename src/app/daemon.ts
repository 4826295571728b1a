/** The daemon: takes deliveries in and runs every step's loop until it is told to stop. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { OwedAlarm } from '../alarms/alarm-rows.js';
import { patiently } from '../database/patiently.js';
import { ApiError } from '../domain/errors.js';
import { PostingTagsMemory } from '../inbox/posting-tags-memory.js';
import { ReadOrder } from '../inbox/read-order.js';
import type { Crowd } from '../inbox/crowd-rows.js';
import { DeletedWatch } from '../inbox/deleted-watch.js';
import { crowdKey, Gathering } from '../inbox/gathering.js';
import type { Sweep } from '../inbox/sweep.js';
import type { DueLook } from '../inbox/inbox-rows.js';
import { mayAskLever } from '../integration/integration-rows.js';
import { VendorPause } from '../integration/vendor-pause.js';
import { noteVendorWide } from '../integration/vendor-wide.js';
import type { ClaimedInvitation } from '../invitations/invitation-store.js';
import { LookupHandler } from '../invitations/lookup-handler.js';
import { Sender } from '../invitations/sender.js';
import type { SentList } from '../invitations/sent-list.js';
import { SentMirror } from '../invitations/sent-mirror.js';
import { ProgressPoller } from '../results/progress-poller.js';
import { Writer } from '../writebacks/writer.js';
import type { ClaimedWriteback } from '../writebacks/writeback-order.js';
import { makeAlarmLoop, makeCheckLoop } from './alarm-loops.js';
import { FileWatch } from './file-watch.js';
import type { SteadyClock } from '../domain/steady-clock.js';
import { ClockWatch } from './clock-watch.js';
import type { House } from './house.js';
import { listenAt, type Listening } from './listen-at.js';
import { makeIngress } from './make-ingress.js';
import {
  makeCrowdHandler,
  makeLookHandler,
  makeSweep,
  sweepOnce,
  type SharedReads,
} from './make-looking.js';
import { Retention } from './retention.js';
import { makeRoundLoop, type RoundLoop } from './round-loop.js';
import { SignatureWatch } from './signature-watch.js';
import { SweepSchedule, type SweptStages } from './sweep-schedule.js';
import { takeUp } from './take-up.js';
import { Vendors } from './vendors.js';
import { WorkLoop } from './work-loop.js';

const POLL_MS = 500;
const CONCURRENCY = 8;
/** SIGTERM to exit takes at most ten seconds: what is under way has this long, then its sockets are closed. */
const DRAIN_MS = 7_000;
const MAX_WRITE_SETTLE_MS = 5_000;
const MS_PER_SECOND = 1_000;
const MS_PER_MINUTE = 60_000;
/** Looking something up sends nothing, so a pause doesn't stop it. */
const CAN_LOOK_UP = new Set(['active', 'paused']);
const LOGIN_WATCH_MS = 60 * MS_PER_MINUTE;

export interface DaemonOptions {
  /** How often each loop looks for due work when nothing wakes it. */
  pollMs?: number;
  /** The clock that the house was opened with, when jumps of the machine's are to be taken over. */
  steadyClock?: SteadyClock;
}

export class Daemon {
  readonly #house: House;
  readonly #vendors: Vendors;
  readonly #pollMs: number;
  readonly #abort = new AbortController();
  readonly #leverPause: VendorPause;
  readonly #codesubmitPause: VendorPause;
  readonly #looks: WorkLoop<DueLook | Crowd>;
  readonly #sends: WorkLoop<ClaimedInvitation>;
  readonly #writes: WorkLoop<ClaimedWriteback>;
  readonly #lookups: RoundLoop;
  readonly #alarms: WorkLoop<OwedAlarm>;
  readonly #checks: RoundLoop;
  readonly #endChecks = new AbortController();
  readonly #signatures: SignatureWatch;
  readonly #results: RoundLoop;
  readonly #mirror: SentMirror;
  readonly #deletions: RoundLoop;
  readonly #retention: RoundLoop;
  readonly #sweeps: SweepSchedule;
  readonly #fileWatch: FileWatch;
  readonly #server: FastifyInstance;
  readonly #clockWatch: ClockWatch | undefined;
  #watch: NodeJS.Timeout | undefined;
  #loginWatch: NodeJS.Timeout | undefined;
  #seenVersion = 0;
  #isDraining = false;

  constructor(house: House, { pollMs = POLL_MS, steadyClock }: DaemonOptions = {}) {
    const { clock, random } = house.surroundings;
    this.#house = house;
    this.#pollMs = pollMs;
    this.#clockWatch = steadyClock && new ClockWatch(house, steadyClock);
    this.#vendors = new Vendors(house, { ...house.http, signal: this.#abort.signal });
    this.#leverPause = new VendorPause(clock, random);
    this.#codesubmitPause = new VendorPause(clock, random);
    const reads = { order: new ReadOrder(), postings: new PostingTagsMemory(clock) };
    this.#looks = this.#makeLooks(reads);
    this.#mirror = new SentMirror(() => this.#vendors.codesubmit(), clock);
    this.#sends = this.#makeSends();
    this.#lookups = this.#makeLookups();
    this.#results = this.#makeResults();
    this.#writes = this.#makeWrites();
    this.#deletions = this.#makeDeletions();
    this.#retention = this.#makeRetention();
    this.#sweeps = this.#makeSweeps(reads);
    this.#alarms = makeAlarmLoop(house, this.#abort.signal);
    this.#checks = makeCheckLoop(house, this.#endChecks.signal, () => this.#alarms.wake());
    this.#signatures = new SignatureWatch(house);
    this.#fileWatch = new FileWatch(house);
    this.#server = this.#makeServer();
  }

  /** Opens the door: deliveries are taken from here on. Throws `AppError` when the port is taken. */
  async listen(listen: Listening): Promise<Listening> {
    const address = await listenAt(this.#server, listen);
    this.#house.surroundings.log.info({ ...address }, 'listening');
    return address;
  }

  /** Takes up what a dead predecessor left, once the disk lets it, and starts to work. */
  async work(): Promise<void> {
    const house = this.#house;
    await patiently(() => this.#takeUp());
    if (this.#isDraining) return;
    this.#seenVersion = house.configuration.version();
    this.#watch = setInterval(() => this.#watchForChanges(), this.#pollMs);
    this.#loginWatch = setInterval(() => void this.#keepLoginAlive(), LOGIN_WATCH_MS);
    void this.#keepLoginAlive();
    for (const loop of this.#loops()) loop.start();
    this.#sweeps.kick();
    this.#fileWatch.start();
  }

  #loops(): { start: () => void; drain: () => Promise<void> }[] {
    return [
      ...[this.#looks, this.#sends, this.#writes, this.#lookups, this.#deletions],
      ...[this.#retention, this.#alarms, this.#checks, this.#results],
    ];
  }

  async #takeUp(): Promise<void> {
    const house = this.#house;
    const orphans = await takeUp(house, {
      sendingMs: this.#settleMs(),
      writeMs: this.#writeSettleMs(),
    });
    await house.leverRate.startEmpty();
    await house.alarms.dueAtStart(house.surroundings.clock.now());
    house.surroundings.log.info({ orphans }, 'working');
  }

  /** Stops taking and claiming, lets what is under way finish or be cut off, and resolves within ten seconds. */
  async stop(): Promise<void> {
    this.#isDraining = true;
    this.#endChecks.abort();
    clearInterval(this.#watch);
    clearInterval(this.#loginWatch);
    this.#fileWatch.stop();
    const working = Promise.all([
      this.#sweeps.stop(),
      ...this.#loops().map((loop) => loop.drain()),
    ]);
    const closing = this.#server.close();
    const late = delay(DRAIN_MS, undefined, { ref: false }).then(() => this.#abort.abort());
    await Promise.race([working, late.then(() => working)]);
    await Promise.race([closing, delay(1_000, undefined, { ref: false })]);
  }

  /** The clock jumped, or another process stored a rule, a key, a pause: decide afresh at once. */
  #watchForChanges(): void {
    void this.#clockWatch?.look();
    const version = this.#house.configuration.version();
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    this.#sweeps.kick();
    this.#looks.wake();
    this.#sends.wake();
    this.#writes.wake();
    this.#alarms.wake();
    this.#checks.wake();
  }

  /** A login dies of 90 idle days, and a paused daemon asks Lever nothing. */
  async #keepLoginAlive(): Promise<void> {
    const { configuration, surroundings } = this.#house;
    if (!mayAskLever(configuration.row())) return;
    try {
      await this.#vendors.keepLoginAlive();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      surroundings.log.warn({ error: why }, 'login not renewed');
    }
  }

  #makeLooks(reads: SharedReads): WorkLoop<DueLook | Crowd> {
    const house = this.#house;
    const { clock, log } = house.surroundings;
    const shared = { lever: () => this.#vendors.lever(), ...reads, pause: this.#leverPause };
    const handler = makeLookHandler(house, shared);
    const crowds = makeCrowdHandler(house, {
      ...shared,
      onDecided: () => this.#sends.wake(),
      isStopped: () => this.#isDraining,
    });
    const gathering = new Gathering(clock);
    return new WorkLoop({
      name: 'inbox',
      concurrency: CONCURRENCY,
      pollMs: this.#pollMs,
      claim: async (limit, underWay) => {
        if (this.#leverPause.remainingMs() > 0) return [];
        const now = clock.now();
        const { ready, stages } = await house.inboxStore.listCrowds(now, underWay, gathering);
        const looks = await house.inboxStore.listDue(now, limit, underWay, stages);
        return [...ready, ...looks].slice(0, limit);
      },
      keyOf: (work) => ('members' in work ? crowdKey(work.stageId) : work.opportunityId),
      handle: async (work) => {
        await ('members' in work ? crowds.handle(work) : handler.handle(work));
        this.#sends.wake();
        this.#writes.wake();
      },
      log,
    });
  }

  #makeSends(): WorkLoop<ClaimedInvitation> {
    const { invitationStore, surroundings } = this.#house;
    const { clock, log } = surroundings;
    const sender = new Sender({
      store: invitationStore,
      vendor: () => this.#vendors.codesubmit(),
      pause: this.#codesubmitPause,
      settleMs: () => this.#settleMs(),
      ...{ clock, log },
    });
    return new WorkLoop({
      name: 'invitations',
      concurrency: CONCURRENCY,
      pollMs: this.#pollMs,
      claim: async (limit) => {
        const list = await this.#listBeforeSending();
        if (!list) return [];
        const result = await invitationStore.claimDue(clock.now(), limit, randomUUID(), list);
        if (result.stale > 0) this.#looks.wake();
        if (result.adopted > 0) this.#writes.wake();
        return result.claimed;
      },
      keyOf: (claimed) => String(claimed.id),
      handle: async (claimed) => {
        await sender.send(claimed);
        this.#writes.wake();
      },
      log,
    });
  }

  /** The look at CodeSubmit's list before a first sending; undefined while there is nothing to send or no list. */
  async #listBeforeSending(): Promise<SentList | undefined> {
    const { invitationStore, integration, refusals, surroundings } = this.#house;
    const { clock, log } = surroundings;
    if (this.#codesubmitPause.remainingMs() > 0 || integration.state() !== 'active')
      return undefined;
    if (!invitationStore.hasDue(clock.now())) return undefined;
    try {
      return this.#mirror.fresh() ?? (await this.#mirror.read());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.kind === 'unauthorized') await refusals.note('codesubmit', error.message);
      else this.#codesubmitPause.note(error);
      log.warn({ error: error.message }, 'list of sent challenges not read');
      return undefined;
    }
  }

  /** Lever writes within seconds or not at all, and a candidate's link should not be late. */
  #writeSettleMs(): number {
    return Math.min(this.#settleMs(), MAX_WRITE_SETTLE_MS);
  }

  #settleMs(): number {
    return this.#house.configuration.current().settings.settleSeconds * MS_PER_SECOND;
  }

  #makeLookups(): RoundLoop {
    const { lookupStore, refusals, surroundings } = this.#house;
    const { clock, log } = surroundings;
    const handler = new LookupHandler({
      store: lookupStore,
      mirror: this.#mirror,
      pause: this.#codesubmitPause,
      refusals,
      settleMs: () => this.#settleMs(),
      ...{ clock, log },
    });
    return makeRoundLoop({
      name: 'lookups',
      pollMs: this.#pollMs,
      isDue: () => this.#canLookUp() && lookupStore.hasDue(clock.now()),
      run: async () => {
        await handler.lookUp();
        this.#looks.wake();
        this.#writes.wake();
      },
      log,
    });
  }

  #canLookUp(): boolean {
    const state = this.#house.integration.state();
    return this.#codesubmitPause.remainingMs() === 0 && CAN_LOOK_UP.has(state);
  }

  #makeResults(): RoundLoop {
    const { progressStore, configuration, refusals, surroundings } = this.#house;
    const { clock, random, log } = surroundings;
    const poller = new ProgressPoller({
      store: progressStore,
      mirror: this.#mirror,
      pause: this.#codesubmitPause,
      refusals,
      ...{ clock, random, log },
    });
    let takenUp = -1;
    return makeRoundLoop({
      name: 'results',
      pollMs: this.#pollMs,
      isDue: async () => {
        const version = configuration.version();
        if (!this.#canLookUp()) return false;
        if (version !== takenUp) await poller.takeUp();
        takenUp = version;
        return poller.isDue();
      },
      run: async () => {
        await poller.poll();
        this.#writes.wake();
      },
      log,
    });
  }

  #makeWrites(): WorkLoop<ClaimedWriteback> {
    const { writebackStore, surroundings } = this.#house;
    const { clock, random, log } = surroundings;
    const writer = new Writer({
      store: writebackStore,
      lever: () => this.#vendors.lever(),
      pause: this.#leverPause,
      settleMs: () => this.#writeSettleMs(),
      ...{ clock, random, log },
    });
    return new WorkLoop({
      name: 'writebacks',
      concurrency: CONCURRENCY,
      pollMs: this.#pollMs,
      claim: async (limit) =>
        this.#leverPause.remainingMs() > 0
          ? []
          : writebackStore.claimDue(clock.now(), limit, randomUUID()),
      keyOf: (owed) => String(owed.id),
      handle: (owed) => writer.write(owed),
      log,
    });
  }

  #makeDeletions(): RoundLoop {
    const { database, integration, kept, inbox, refusals, surroundings } = this.#house;
    const { clock, log } = surroundings;
    const watch = new DeletedWatch({
      lever: () => this.#vendors.lever(),
      pause: this.#leverPause,
      ...{ database, integration, kept, inbox, refusals, clock, log },
    });
    return makeRoundLoop({
      name: 'deletions',
      pollMs: this.#pollMs,
      isDue: () => watch.isDue(),
      run: async () => {
        await watch.run();
        this.#looks.wake();
      },
      log,
    });
  }

  #makeRetention(): RoundLoop {
    const { log } = this.#house.surroundings;
    const retention = new Retention(this.#house);
    return makeRoundLoop({
      name: 'retention',
      pollMs: this.#pollMs,
      isDue: () => retention.isDue(),
      run: async () => {
        await retention.run(() => this.#isDraining);
      },
      log,
    });
  }

  #makeSweeps(reads: SharedReads): SweepSchedule {
    const house = this.#house;
    const { random, log } = house.surroundings;
    const sweep = makeSweep(house, {
      lever: () => this.#vendors.lever(),
      ...reads,
      onDecided: () => this.#sends.wake(),
      isStopped: () => this.#isDraining,
    });
    return new SweepSchedule({
      intervalMs: () => house.configuration.current().settings.sweepMinutes * MS_PER_MINUTE,
      heldUpMs: () => this.#leverPause.remainingMs(),
      run: (stages) => this.#sweep(sweep, stages),
      onFailure: async (error) => {
        await noteVendorWide(error, { pause: this.#leverPause, refusals: house.refusals });
      },
      ...{ random, log },
    });
  }

  async #sweep(sweep: Sweep, stages: SweptStages): Promise<void> {
    const house = this.#house;
    const { clock } = house.surroundings;
    if (!mayAskLever(house.configuration.row())) return;
    const isWhole = await sweepOnce(house, sweep, stages, () => this.#vendors.codesubmit());
    this.#leverPause.clear();
    this.#looks.wake();
    if (!isWhole) return;
    await house.database.write(() => {
      house.integration.noteMoment('last_sweep_at', clock.now());
    });
  }

  #makeServer(): FastifyInstance {
    const { log } = this.#house.surroundings;
    return makeIngress(this.#house, {
      onHint: () => this.#looks.wake(),
      onRefused: async (kind, isTokenMixup) => {
        log.warn({ kind, isTokenMixup }, 'delivery refused');
        if (kind === 'forged') await this.#signatures.noteRefused();
      },
      isDraining: () => this.#isDraining,
      signal: this.#abort.signal,
    });
  }
}
