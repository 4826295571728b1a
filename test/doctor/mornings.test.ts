/** Bad mornings: each has one cause, so `doctor` shows one ✗, and `status` says so first. */
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, STAGE, type RunningDaemon } from '../rigs/program.js';
import { hasTool } from '../support/fault-tools.js';
import type { FakeProxy } from '../support/fake-proxy.js';
import { SmallDisk } from '../support/small-disk.js';
import { parseDiagnosis, setUpBehindProxy } from './diagnosis.js';

const RUNNING = /^● Running[.,]/;
const STUCK = /^● Running, but everything waits\./;
const STOPPED = /^✗ Not running, last seen .*\. Nothing is sent\./;

async function failures(live: ProgramRig): Promise<string[]> {
  const { checks } = parseDiagnosis(await live.run('doctor', '--json'));
  return checks
    .filter(({ status }) => status === 'fail')
    .map(({ id, summary }) => `${id}: ${summary}`);
}

const firstLine = async (live: ProgramRig): Promise<string> =>
  (await live.run('status')).stdout.split('\n')[0] ?? '';

interface Morning {
  spoil: () => unknown;
  first: RegExp;
  cross: RegExp;
}

describe('one cross, and the right first line', () => {
  let live: ProgramRig;
  let proxy: FakeProxy;
  let daemon: RunningDaemon;
  beforeEach(async () => {
    ({ live, proxy } = await setUpBehindProxy());
    daemon = await live.serve();
    proxy.target = daemon.url;
  });
  afterEach(() => live.close());

  /** The daemon meets whatever its calls meet. */
  const deliver = async (): Promise<void> => {
    const id = live.candidate('Ada Fictional');
    live.move(id);
    await live.deliver(daemon, id);
  };
  const untilProblem = (code: string): Promise<unknown> =>
    eventually(code, async () => {
      const { problems } = (await live.status()).integration;
      return problems.some((problem) => problem.code === code) || undefined;
    });
  /** Returns the port where the proxy expects it. */
  const stop = async (): Promise<number> => {
    await daemon.kill('SIGTERM');
    const { port } = await live.withApp((app) => app.configuration.current().settings);
    proxy.target = `http://127.0.0.1:${port}`;
    return port;
  };
  const stage = () => live.simulator.lever.account.getStage(STAGE).id;

  const MORNINGS: Record<string, Morning> = {
    'the Lever key is revoked': {
      spoil: async () => {
        live.simulator.lever.access.revoke(seedLeverApiKey);
        await deliver();
        await untilProblem('needs_reauth');
      },
      first: STUCK,
      cross: /^lever: Lever rejects the key or login, so everything waits/,
    },
    'the CodeSubmit key is a Reviewer’s': {
      spoil: async () => {
        live.simulator.codesubmit.changeKey(seedCodeSubmitApiKey, { role: 'reviewer' });
        await deliver();
        await untilProblem('needs_reauth');
      },
      first: STUCK,
      cross: /^codesubmit: CodeSubmit accepts the key, but doesn’t let it send challenges/,
    },
    'the CodeSubmit key is revoked': {
      spoil: async () => {
        live.simulator.codesubmit.changeKey(seedCodeSubmitApiKey, { isRevoked: true });
        await deliver();
        await untilProblem('needs_reauth');
      },
      first: STUCK,
      cross: /^codesubmit: CodeSubmit rejects the key, so everything waits/,
    },
    'the daemon is stopped': { spoil: stop, first: STOPPED, cross: /^daemon: Not running/ },
    'its port is taken': {
      spoil: async () => {
        const other = createServer((socket) => socket.destroy());
        other.listen(await stop(), '127.0.0.1');
        live.onClose(() => other.close());
      },
      first: STOPPED,
      cross: /^daemon: Not running.*\. Its port \d+ is in use by /,
    },
    'the signing token was rotated': {
      spoil: async () => {
        const body = live.delivery(live.candidate('Ada Fictional'));
        await live.post(daemon, body.replace(/[0-9a-f]{64}/, 'ab'.repeat(32)));
        await untilProblem('signatures_refused');
      },
      first: RUNNING,
      cross: /^signatures: A webhook was rejected: its signature doesn’t match/,
    },
    'the challenge is archived': {
      spoil: () => {
        const { codesubmit } = live.simulator;
        const test = codesubmit.tests.find(({ name }) => name === 'Backend API');
        codesubmit.setTestArchived(test?.id ?? '', true);
      },
      first: RUNNING,
      cross: /^challenges: The challenge “Backend API” of rule 1 is archived at CodeSubmit/,
    },
    'the stage is deactivated': {
      spoil: () => live.simulator.lever.account.changeStage(stage(), { isActive: false }),
      first: RUNNING,
      cross: /^stages: Lever has no active stage “Take-home”, which rule 1 uses/,
    },
  };

  it.each(Object.entries(MORNINGS))('%s', async (_, { spoil, first, cross }) => {
    await spoil();
    expect(await failures(live)).toEqual([expect.stringMatching(cross)]);
    expect(await firstLine(live)).toMatch(first);
  });

  it('what `doctor` finds, `status` shows', async () => {
    live.simulator.lever.account.changeStage(stage(), { isActive: false });
    await failures(live);
    expect((await live.status()).integration.problems.map(({ code }) => code)).toEqual([
      'stage_gone',
    ]);
  });
});

it.skipIf(!hasTool('mount'))('a full disk', async () => {
  const live = await ProgramRig.start();
  const disk = new SmallDisk(live.home, 3);
  try {
    await live.setUp();
    const daemon = await live.serve();
    live.onClose(() => daemon.kill('SIGKILL'));
    disk.fill();
    expect(await failures(live)).toEqual([
      expect.stringMatching(/^disk_space: The disk of the data directory is full/),
    ]);
    expect(await firstLine(live)).toMatch(STUCK);
  } finally {
    disk.unmount();
    await live.close();
  }
});
