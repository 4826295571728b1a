/** What follows from one cause is no failure of its own, and what `doctor` finds, `status` shows. */
import { afterEach, expect, it } from 'vitest';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { STUCK } from '../fixes/fix.js';
import { FixWorld, STAGE } from '../fixes/fix-world.js';
import { hasTool } from '../support/fault-tools.js';
import { SmallDisk } from '../support/small-disk.js';
import { checks } from './diagnosis.js';

let world: FixWorld;
let disk: SmallDisk | undefined;
afterEach(() => {
  disk?.unmount();
  disk = undefined;
  return world.close();
});

async function begin(megabytes?: number): Promise<void> {
  world = await FixWorld.open();
  if (megabytes !== undefined) disk = new SmallDisk(world.home, megabytes);
  await world.setUp();
  await world.serveHere();
}

async function failures(): Promise<string[]> {
  return (await checks(world))
    .filter(({ status }) => status === 'fail')
    .map(({ id, summary }) => `${id}: ${summary}`);
}

/** Of these rows, each once. */
async function statusOf(ids: readonly string[]): Promise<string[]> {
  const found = (await checks(world)).filter(({ id }) => ids.includes(id));
  return [...new Set(found.map(({ status }) => status))];
}

it('what `doctor` finds, `status` shows', async () => {
  await begin();
  const { account } = world.simulator.lever;
  account.changeStage(account.getStage(STAGE).id, { isActive: false });
  await failures();
  expect(world.problems()).toEqual(['stage_gone']);
});

it('nothing that depends on Lever is fine while it rejects us', async () => {
  await begin();
  const id = world.person();
  await world.report(id);
  await world.untilState(id, 'linked');
  const ofLever = ['sweep', 'look_failed', 'links_taken', 'not_written', 'webhook_heard'];
  expect(await statusOf(ofLever)).toEqual(['pass']);
  world.simulator.lever.access.revoke(seedLeverApiKey);
  expect(await statusOf(ofLever)).toEqual(['warn']);
  expect(await failures()).toEqual([expect.stringMatching(/^lever: /)]);
});

it.skipIf(!hasTool('mount'))('a full disk', async () => {
  await begin(60);
  disk?.fill();
  expect(await failures()).toEqual([
    expect.stringMatching(/^disk_space: The disk of the data directory is full/),
  ]);
  const { stdout } = await world.run('status');
  expect(stdout.split('\n')[0]).toMatch(STUCK);
  expect(stdout).toMatch(/→ Free up space on the disk of \//);
  await world.stop();
  // SQLite gave up its files beside the database, and can't make them again.
  disk?.fill();
  expect(await failures()).toEqual([
    expect.stringMatching(/^disk_space: The disk of the data directory is full/),
  ]);
  disk?.free();
  await world.serveHere();
  expect(world.problems()).toEqual(['storage_low']);
  expect((await world.run('status')).stdout).toMatch(/^● Running, started/);
  disk?.grow(700);
  expect([await failures(), world.problems()]).toEqual([[], []]);
});
