/** Bad mornings: each has one cause, so `doctor` shows one ✗, and `status` says so first. */
import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../src/admin/status.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { FixWorld, STAGE } from '../fixes/fix-world.js';
import { eventually } from '../rigs/eventually.js';
import { hasTool } from '../support/fault-tools.js';
import { SmallDisk } from '../support/small-disk.js';
import { parseDiagnosis } from './diagnosis.js';

const RUNNING = /^● Running[.,]/;
const STUCK = /^● Running, but everything waits\./;
const STOPPED = /^✗ Not running, last seen .*\. Nothing is sent\./;

let world: FixWorld;
let disk: SmallDisk | undefined;
afterEach(() => {
  disk?.unmount();
  disk = undefined;
  return world.close();
});

async function begin(megabytes?: number): Promise<void> {
  world = await FixWorld.open();
  if (megabytes !== undefined) disk = new SmallDisk(world.home.folder, megabytes);
  await world.setUp();
  await world.serve();
}

async function failures(): Promise<string[]> {
  const { checks } = parseDiagnosis(await world.run(['doctor', '--json']));
  return checks
    .filter(({ status }) => status === 'fail')
    .map(({ id, summary }) => `${id}: ${summary}`);
}

/** Of these rows, each once. */
async function statusOf(ids: readonly string[]): Promise<string[]> {
  const { checks } = parseDiagnosis(await world.run(['doctor', '--json']));
  return [...new Set(checks.filter(({ id }) => ids.includes(id)).map(({ status }) => status))];
}

const firstLine = async (): Promise<string> =>
  (await world.run(['status'])).stdout.split('\n')[0] ?? '';

async function problems(): Promise<string[]> {
  const { stdout } = await world.run(['status', '--json']);
  return (JSON.parse(stdout) as StatusReport).integration.problems.map(({ code }) => code);
}

const untilProblem = (code: string): Promise<unknown> =>
  eventually(code, async () => (await problems()).includes(code));

interface Morning {
  spoil: () => unknown;
  first: RegExp;
  cross: RegExp;
}

describe('one cross, and the right first line', () => {
  const stage = () => world.simulator.lever.account.getStage(STAGE).id;

  const MORNINGS: Record<string, Morning> = {
    'the Lever key is revoked': {
      spoil: async () => {
        world.simulator.lever.access.revoke(seedLeverApiKey);
        await world.deliver(world.person());
        await untilProblem('needs_reauth');
      },
      first: STUCK,
      cross: /^lever: Lever rejects the key or login, so everything waits/,
    },
    'the CodeSubmit key is a Reviewer’s': {
      spoil: async () => {
        world.simulator.codesubmit.changeKey(seedCodeSubmitApiKey, { role: 'reviewer' });
        await world.deliver(world.person());
        await untilProblem('needs_reauth');
      },
      first: STUCK,
      cross: /^codesubmit: CodeSubmit accepts the key, but doesn’t let it send challenges/,
    },
    'the CodeSubmit key is revoked': {
      spoil: async () => {
        world.simulator.codesubmit.changeKey(seedCodeSubmitApiKey, { isRevoked: true });
        await world.deliver(world.person());
        await untilProblem('needs_reauth');
      },
      first: STUCK,
      cross: /^codesubmit: CodeSubmit rejects the key, so everything waits/,
    },
    'the daemon is stopped': {
      spoil: () => world.stop(),
      first: STOPPED,
      cross: /^daemon: Not running/,
    },
    'the signing token was rotated': {
      spoil: async () => {
        await world.deliver(world.person(), 'ab'.repeat(24));
        await untilProblem('signatures_refused');
      },
      first: RUNNING,
      cross: /^signatures: A webhook was rejected: its signature doesn’t match/,
    },
    'the challenge is archived': {
      spoil: () => {
        const { codesubmit } = world.simulator;
        const test = codesubmit.tests.find(({ name }) => name === 'Backend API');
        codesubmit.setTestArchived(test?.id ?? '', true);
      },
      first: RUNNING,
      cross: /^challenges: The challenge “Backend API” of rule 1 is archived at CodeSubmit/,
    },
    'the acting user is deactivated': {
      spoil: async () => {
        const { lever } = world.simulator;
        const { id } = lever.account.addUser({ name: 'Gone Soon' });
        await world.succeed('setup', '--no-input', '--perform-as', id);
        lever.account.deactivateUser(id, lever.now());
        await world.deliver(world.person());
        await untilProblem('link_refused');
      },
      first: RUNNING,
      cross: /^acting_user: .*, the acting user, is deactivated in Lever/,
    },
    'the stage is deactivated': {
      spoil: () => world.simulator.lever.account.changeStage(stage(), { isActive: false }),
      first: RUNNING,
      cross: /^stages: Lever has no active stage “Take-home”, which rule 1 uses/,
    },
  };

  it.each(Object.entries(MORNINGS))('%s', async (_, { spoil, first, cross }) => {
    await begin();
    await spoil();
    expect(await failures()).toEqual([expect.stringMatching(cross)]);
    expect(await firstLine()).toMatch(first);
  });

  it('what `doctor` finds, `status` shows', async () => {
    await begin();
    world.simulator.lever.account.changeStage(stage(), { isActive: false });
    await failures();
    expect(await problems()).toEqual(['stage_gone']);
  });
});

it('nothing that depends on Lever is fine while it rejects us', async () => {
  await begin();
  const id = world.person();
  await world.deliver(id);
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
  expect(await firstLine()).toMatch(STUCK);
  await world.stop();
  // SQLite gave up its files beside the database, and can't make them again.
  disk?.fill();
  expect(await failures()).toEqual([
    expect.stringMatching(/^disk_space: The disk of the data directory is full/),
  ]);
});
