/**
 * One candidate’s decision can't be written, for an unforeseen reason: no one else’s is delayed.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { OpportunityId } from '../../src/domain/ids.js';
import { MINUTE } from '../support/fictional-records.js';
import { SweptStore } from './swept-store.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
/** From the sixth failure on, half a minute after the first. */
const ALARMING = 6;
let world: SweptStore;
let people: OpportunityId[];
let number = 0;

beforeEach(async () => {
  world = await SweptStore.open(folder, `undecidable-${String(++number)}`);
  people = world.people(30);
});

afterEach(() => world.close());

const execute = (sql: string) => world.bridge.app.database.connection.exec(sql);

/** Nothing can be promised to them. */
function breakFor(...ids: readonly OpportunityId[]): void {
  const list = ids.map((id) => `'${id}'`).join(', ');
  execute(`CREATE TRIGGER broken BEFORE INSERT ON invitations WHEN NEW.opportunity_id IN (${list})
    BEGIN SELECT RAISE(ABORT, 'this person was promised this challenge'); END`);
}

const problems = () => world.bridge.app.problems().filter(({ code }) => code === 'look_failed');

async function lookInVain(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    world.bridge.clock.advance(MINUTE);
    await world.look();
  }
}

it('in a sweep', async () => {
  breakFor(people[10]!);
  await world.sweepAndLook();
  expect(world.bridge.counts()).toEqual({ queued: 29 });
});

it('in a sweep whose brake counts them together', async () => {
  world.bridge.setBrake({ count: 100, minutes: 10 });
  breakFor(people[10]!, people[20]!);
  await world.sweepAndLook();
  expect(world.bridge.counts()).toEqual({ queued: 28 });
});

it('in a crowd', async () => {
  breakFor(people[10]!);
  await world.hint(people);
  await world.lookTogether();
  await world.look();
  expect(world.bridge.counts()).toEqual({ queued: 29 });
});

it('is looked at less and less often, named by `status`, and decided once possible', async () => {
  breakFor(people[10]!);
  await world.sweepAndLook();
  expect(world.singleReads()).toBe(1);
  await lookInVain(ALARMING - 2);
  expect(problems()).toEqual([]);
  await lookInVain(1);
  expect(problems()).toMatchObject([
    { level: 'fail', what: expect.stringMatching(/^One candidate can’t be read.*promised/) },
  ]);
  execute('DROP TRIGGER broken');
  await lookInVain(1);
  expect(world.decisionOn(people[10]!)).toBe('invite');
  expect(problems()).toEqual([]);
});
