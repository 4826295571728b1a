/** One cell of the matrix: one candidate moved, the daemon killed at one boundary, one condition. */
import { eventually } from '../rigs/eventually.js';
import { STAGE } from '../rigs/program.js';
import { TappedProgram, type Fate, type Person } from '../rigs/tapped-program.js';
import type { Spoiling } from '../rigs/vendor-tap.js';
import { isAddLinks, isPost, isRead, isSweep, type Boundary } from './boundaries.js';
import { CrashRun } from './crash-run.js';
import { Deliveries } from './deliveries.js';

export const CONDITIONS = [
  'calm',
  'lost',
  '5xx after',
  '5xx before',
  'slow',
  'duplicate',
  'reordered',
] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Seconds. */
const SETTLE = '1';
const SPOILINGS: ReadonlySet<string> = new Set<Spoiling>([
  'lost',
  '5xx after',
  '5xx before',
  'slow',
]);
const BEFORE = 'Phone screen';

function isSpoiling(condition: Condition): condition is Spoiling & Condition {
  return SPOILINGS.has(condition);
}

export class DeliveryRun extends CrashRun {
  readonly deliveries = new Deliveries();
  readonly person: Person;
  /** Accepted by CodeSubmit after the candidate's intent. A list must show it to prove anything. */
  readonly companion: Person;
  /** The state that the killed daemon left. */
  left: Fate | undefined;

  private constructor(
    tapped: TappedProgram,
    readonly condition: Condition,
  ) {
    super(tapped);
    this.person = tapped.person('Ada Fictional');
    this.companion = tapped.person('Grace Fictional');
  }

  /** Sets up, and runs a daemon until its first sweep is over. */
  static async start(condition: Condition): Promise<DeliveryRun> {
    const tapped = await TappedProgram.setUp();
    tapped.live.environment.CODESUBMIT_SETTLE_SECONDS = SETTLE;
    const cell = new DeliveryRun(tapped, condition);
    await cell.serve();
    await eventually('the first sweep', () =>
      cell.tapped.file.value('SELECT last_sweep_at FROM integration') === null ? undefined : true,
    );
    return cell;
  }

  override async die(): Promise<void> {
    const isAlive = this.daemon !== undefined;
    await super.die();
    if (isAlive) this.left = this.fate();
  }

  fate(): Fate {
    return this.tapped.fateOf(this.person);
  }

  /**
   * The candidate moves, the daemon is killed at the boundary and started again. Resolves when
   * everything is settled.
   */
  async run(boundary: Boundary): Promise<void> {
    this.#spoil();
    this.#bringCompanion();
    if (boundary.isSweepBlind) this.tapped.lever.spoil('5xx before', isSweep, Infinity);
    this.#move();
    const killed = boundary.kill(this);
    this.#deliver();
    await killed;
    await this.die();
    const daemon = await this.serve();
    if (this.condition === 'duplicate') this.deliveries.send(daemon, 1, [0]);
    await this.deliveries.sendUntilAcknowledged(daemon);
    const everybody = [this.person, this.companion];
    await eventually('everyone is settled', () =>
      everybody.every((one) => this.#isSettled(one)) ? true : undefined,
    );
  }

  /** The candidate moves and nothing happens to the daemon. Resolves when the link is in Lever. */
  async walk(): Promise<void> {
    this.#move();
    this.#deliver();
    await eventually('the link is settled', () =>
      this.#isSettled(this.person) ? true : undefined,
    );
  }

  #isSettled(one: Person): boolean {
    return this.tapped.fateOf(one).state === 'linked';
  }

  #spoil(): void {
    if (!isSpoiling(this.condition)) return;
    this.tapped.lever.spoil(this.condition, isRead(this), 1);
    this.tapped.codesubmit.spoil(this.condition, isPost(this), 1);
    this.tapped.lever.spoil(this.condition, isAddLinks(this), 1);
  }

  /** The companion's POST goes through while the candidate's first one waits. */
  #bringCompanion(): void {
    const { codesubmit, live } = this.tapped;
    codesubmit.hold(isPost(this), async () => {
      const daemon = await eventually('a daemon', () => this.daemon);
      live.move(this.companion.id);
      await live.deliver(daemon, this.companion.id);
      await eventually('the companion is invited', () => {
        const { state } = this.tapped.fateOf(this.companion);
        return state === 'invited' || state === 'linked' ? true : undefined;
      });
    });
  }

  /** Once, or there, back, and there again. */
  #move(): void {
    const { live } = this.tapped;
    const stages = this.condition === 'reordered' ? [STAGE, BEFORE, STAGE] : [STAGE];
    for (const [index, stage] of stages.entries()) {
      live.move(this.person.id, stage);
      const { stageId } = live.simulator.lever.opportunities.get(this.person.id);
      this.deliveries.add(this.person.id, stageId, Date.now() + index);
    }
  }

  #deliver(): void {
    if (!this.daemon) throw new Error('no daemon runs');
    const copies = this.condition === 'duplicate' ? 3 : 1;
    this.deliveries.send(this.daemon, copies, [2, 0, 1]);
  }
}
