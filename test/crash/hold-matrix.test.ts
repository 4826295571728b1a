/**
 * kill -9 at every boundary between a decision and its tag in Lever, then a Lever that loses
 * answers or breaks. In the end there is one tag, the right one. `FULL_FAULTS=1` runs every cell.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../support/fault-tools.js';
import { eventually } from '../rigs/eventually.js';
import { observedRows, observeRows } from './observed-effects.js';
import {
  AFTERMATHS,
  dieAnswered,
  dieAsking,
  dieOwing,
  isAbout,
  type Aftermath,
} from './crash-run.js';
import { HoldRun, NO_EMAIL } from './hold-run.js';

interface Boundary {
  name: string;
  /** The effects before it. */
  after: string[];
  kill: (cell: HoldRun) => Promise<void>;
  isShort?: boolean;
}

function dieDecided(cell: HoldRun): Promise<void> {
  return dieOwing(cell, () =>
    eventually('it is decided', () => (cell.wanted() === NO_EMAIL ? true : undefined)),
  );
}

async function dieDone(cell: HoldRun): Promise<void> {
  await eventually('it is done', () => (cell.isSettled(NO_EMAIL) ? true : undefined));
  await cell.die();
}

function boundariesOf(what: string, short: 'sent' | 'answered'): Boundary[] {
  const after = [`POST /v1/opportunities/:id${what}`];
  return [
    {
      ...{ name: `${what} about to be asked`, after: ['writebacks claimed'] },
      kill: (cell) => dieAsking(cell, cell.tapped.lever, isAbout(cell.id, 'POST', what), 'discard'),
    },
    {
      ...{ name: `${what} sent`, after, isShort: short === 'sent' },
      kill: (cell) => dieAsking(cell, cell.tapped.lever, isAbout(cell.id, 'POST', what), 'pass'),
    },
    {
      ...{ name: `${what} answered`, after, isShort: short === 'answered' },
      kill: (cell) => dieAnswered(cell, cell.tapped.lever, isAbout(cell.id, 'POST', what)),
    },
  ];
}

const BOUNDARIES: Boundary[] = [
  {
    name: 'decision committed',
    after: ['decisions', 'writebacks owed'],
    kill: dieDecided,
  },
  {
    name: 'tags read',
    after: ['GET /v1/opportunities/:id'],
    kill: (cell) => dieAnswered(cell, cell.tapped.lever, isAbout(cell.id, 'GET', '')),
  },
  ...boundariesOf('/removeTags', 'sent'),
  ...boundariesOf('/addTags', 'answered'),
  { name: 'settled', after: ['writebacks done'], kill: dieDone },
];

const ALL = BOUNDARIES.flatMap((boundary) =>
  AFTERMATHS.map((condition): [string, Aftermath, Boundary] => [
    boundary.name,
    condition,
    boundary,
  ]),
);
const FEW = ALL.filter(([, condition, { isShort }]) => isShort === true && condition === 'lost');

describe('killed between a decision and its tag in Lever', () => {
  let cell: HoldRun;
  beforeAll(async () => {
    cell = await HoldRun.start();
  });
  afterAll(() => cell.close());

  it('has a boundary after every effect', async () => {
    await cell.hold();
    const { lever, file } = cell.tapped;
    const before = lever.seen.length;
    observeRows(file, ['decisions', 'invitations', 'attempts', 'writebacks']);
    cell.fix();
    await cell.goOn('calm');
    const asked = lever.seen
      .slice(before)
      .filter(({ path }) => path.includes(cell.id))
      .map(({ method, path }) => `${method} ${path.replace(cell.id, ':id')}`);
    const covered = new Set(BOUNDARIES.flatMap(({ after }) => after));
    const seen = new Set([...observedRows(file), ...asked]);
    expect([...seen].sort()).toEqual([...covered].sort());
  });

  it.each(isFull ? ALL : FEW)('at: %s, then %s', async (_, condition, boundary) => {
    await cell.fixKilled(boundary.kill);
    // A cell without this proves nothing.
    expect(cell.wanted()).toBe(NO_EMAIL);
    await cell.goOn(condition);
    expect(cell.said()).toEqual([NO_EMAIL]);
    expect(cell.tapped.file.findDamage()).toEqual([]);
  });
});
