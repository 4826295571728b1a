/**
 * Many moves while the daemon is off and no webhook comes. The sweep at the next start sends to
 * exactly those who are due, or the brake puts them all on hold until an admin approves; also when
 * the sweep is killed midway. 60 moves, or 500 under `FULL_FAULTS=1`, which tries every kill.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { watchStandstill } from '../support/calls-per-second.js';
import { isFull } from '../support/fault-tools.js';
import { eventually } from '../rigs/eventually.js';
import { STAGE, TAG, type RunningDaemon } from '../rigs/program.js';
import { TappedProgram, type Person } from '../rigs/tapped-program.js';
import { isSweep } from './boundaries.js';

const MOVES = isFull ? 500 : 60;
const KNOWN_BEFORE = 3;
/** The default is 100 in 10 minutes, so 60 moves need a tighter one. */
const BRAKE = isFull ? [] : ['--brake', '20/10'];
const END_MS = 300_000;
const heldUp = watchStandstill();
const NOT_DUE = ['moved on', 'archived', 'untagged'] as const;

type Whereabouts = (typeof NOT_DUE)[number] | 'due';

interface Mover extends Person {
  whereabouts: Whereabouts;
}

interface Killing {
  name: string;
  /** Resolves once the daemon is dead in the middle of its first sweep. */
  kill: (downtime: Downtime) => Promise<void>;
  isShort?: boolean;
}

class Downtime {
  #daemon: Promise<RunningDaemon> | undefined;
  movers: Mover[] = [];
  known: Person[] = [];

  constructor(readonly tapped: TappedProgram) {}

  async serve(): Promise<void> {
    this.#daemon = this.tapped.live.serve();
    await this.#daemon;
  }

  /** Kills the daemon started last, even if it sweeps before it is known to listen. */
  async die(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const daemon = await this.#daemon;
    await daemon?.kill(signal);
  }

  /** Some candidates are invited, the daemon stops, then everyone moves unnoticed. */
  async pass(): Promise<void> {
    const { live } = this.tapped;
    this.known = Array.from({ length: KNOWN_BEFORE }, (_, index) => this.#arrive(`Known ${index}`));
    await this.serve();
    await this.untilLinked(this.known);
    await this.#end('SIGTERM');
    for (const { id } of this.known) {
      live.move(id, 'Phone screen');
      live.move(id);
    }
    this.movers = Array.from({ length: MOVES }, (_, index) => ({
      ...this.#arrive(`Mover ${index}`),
      whereabouts: NOT_DUE[index % 10] ?? 'due',
    }));
    for (const mover of this.movers) this.#moveFurther(mover);
  }

  get due(): Mover[] {
    return this.movers.filter(({ whereabouts }) => whereabouts === 'due');
  }

  async untilLinked(people: readonly Person[]): Promise<void> {
    const count = (): number =>
      people.filter((one) => this.tapped.fateOf(one).state === 'linked').length;
    const all = (): true | undefined => (count() === people.length ? true : undefined);
    await eventually('everyone who is due is linked', all, END_MS);
  }

  #arrive(name: string): Person {
    const person = this.tapped.person(`${name} Fictional`);
    this.tapped.live.move(person.id);
    return person;
  }

  #moveFurther({ id, whereabouts }: Mover): void {
    const { actions } = this.tapped.live.simulator.lever;
    if (whereabouts === 'moved on') actions.move(id, 'On-site');
    if (whereabouts === 'archived') actions.archive(id, 'Withdrew');
    if (whereabouts === 'untagged') actions.removeTags(id, [TAG]);
  }
}

function dieAtPost(downtime: Downtime, number: number): Promise<void> {
  let count = 0;
  return downtime.tapped.codesubmit.arm({
    matches: ({ method }) => method === 'POST' && ++count === number,
    arrived: async () => {
      await downtime.die();
      return 'pass';
    },
  });
}

/** The page was read, but nothing that follows from it is on disk. */
function dieAtPage(downtime: Downtime, number: number): Promise<void> {
  const { lever, file } = downtime.tapped;
  let count = 0;
  return lever.arm({
    matches: (request) => isSweep(request) && ++count === number,
    worked: async () => file.stopWrites(),
    answered: async () => {
      await downtime.die();
      file.letWrite();
    },
  });
}

/** The brake is engaged, but no one is on hold yet. */
async function dieBetweenBrakeAndHolds(downtime: Downtime): Promise<void> {
  const { file } = downtime.tapped;
  file.exec(`CREATE TRIGGER stop_here BEFORE INSERT ON decisions WHEN NEW.reason = 'brake'
    BEGIN SELECT RAISE(ABORT, 'stopped by the test'); END`);
  await eventually('the brake is engaged', () =>
    file.value('SELECT braked_at FROM rules') === null ? undefined : true,
  );
  await downtime.die();
  expect(file.value(`SELECT count(*) FROM decisions WHERE reason = 'brake'`)).toBe(0);
  file.exec('DROP TRIGGER stop_here');
  // A refused one, unlike one cut off, was due to be read alone.
  file.exec('DELETE FROM inbox');
}

const LAST_PAGE = Math.ceil(MOVES / 100);
const NOT_KILLED: Killing = { name: 'not killed', kill: async () => undefined };
const AT_PAGE: Killing = {
  name: 'killed as the last page is read',
  kill: (downtime) => dieAtPage(downtime, LAST_PAGE),
};

const OFF: Killing[] = [
  NOT_KILLED,
  AT_PAGE,
  { name: 'killed at the first POST', kill: (downtime) => dieAtPost(downtime, 1) },
  {
    name: 'killed amid the POSTs',
    kill: (downtime) => dieAtPost(downtime, Math.floor(MOVES / 3)),
    isShort: true,
  },
];

const BRAKED: Killing[] = [
  NOT_KILLED,
  AT_PAGE,
  { name: 'killed between brake and holds', kill: dieBetweenBrakeAndHolds, isShort: true },
];

const chosen = (killings: Killing[]): Killing[] =>
  killings.filter(({ isShort }) => isFull || isShort === true);

const open: TappedProgram[] = [];
afterEach(async () => {
  for (const tapped of open.splice(0)) await tapped.close();
});

async function afterDowntime(...settings: string[]): Promise<Downtime> {
  const tapped = await TappedProgram.setUp(...settings);
  open.push(tapped);
  const downtime = new Downtime(tapped);
  await downtime.pass();
  return downtime;
}

/** Starts it, kills it during the sweep and starts it again; or only starts it. */
async function startThrough(killing: Killing, downtime: Downtime): Promise<void> {
  const killed = killing.kill(downtime);
  await downtime.serve();
  await killed;
  if (killing !== NOT_KILLED) await downtime.serve();
}

function expectSentOnceTo(people: readonly Person[], downtime: Downtime): void {
  const expected = new Set(people.map(({ id }) => id));
  for (const one of [...downtime.movers, ...downtime.known]) {
    const { invitations, links } = downtime.tapped.fateOf(one);
    const count = expected.has(one.id) ? 1 : 0;
    expect({ ...one, invitations, links: links.length }).toEqual({
      ...one,
      invitations: count,
      links: count,
    });
  }
  expect(downtime.tapped.file.findDamage()).toEqual([]);
  expect(downtime.tapped.live.simulator.lever.rate.largestInAnySecond).toBeLessThanOrEqual(
    20 + heldUp(),
  );
}

describe(`${MOVES} moves while the daemon is off`, { timeout: 2 * END_MS }, () => {
  it.each(chosen(OFF))('with the brake off, $name: exactly the due ones', async (killing) => {
    const downtime = await afterDowntime('--brake', 'off');
    await startThrough(killing, downtime);
    await downtime.untilLinked(downtime.due);
    expectSentOnceTo([...downtime.due, ...downtime.known], downtime);
    const { counts } = await downtime.tapped.live.status();
    expect(counts).toMatchObject({ queued: 0, sending: 0, uncertain: 0, invited: 0, held: 0 });
  });

  it.each(chosen(BRAKED))('with the brake, $name: on hold until approved', async (killing) => {
    const downtime = await afterDowntime(...BRAKE);
    const { live } = downtime.tapped;
    await startThrough(killing, downtime);
    const { due, known } = downtime;
    const problem = await eventually('all are on hold', async () => {
      const { integration } = await live.status();
      return integration.problems.find(({ hint }) =>
        hint.includes(`holds ${due.length} candidates`),
      );
    });
    expect(problem.code).toBe('brake');
    expect(problem.hint).toContain(STAGE);
    expectSentOnceTo(known, downtime);
    expect((await live.run('approve', '--all', '--yes')).code).toBe(0);
    await downtime.untilLinked(due);
    expectSentOnceTo([...due, ...known], downtime);
    const { counts, integration } = await live.status();
    expect(counts.held).toBe(0);
    expect(integration.problems).toEqual([]);
  });
});
