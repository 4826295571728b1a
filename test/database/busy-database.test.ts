/**
 * Another process keeps the database busy in the middle of a write-back: the link is written as
 * soon as it is free.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { HomeFile } from '../rigs/home-file.js';
import { ProgramRig } from '../rigs/program.js';
import { VendorTap } from '../rigs/vendor-tap.js';

let live: ProgramRig;
let lever: VendorTap;

beforeAll(async () => {
  live = await ProgramRig.start();
  lever = await VendorTap.before(live, 'lever');
  await live.setUp();
});

afterAll(() => live.close());

it('leaves no link waiting until a restart', async () => {
  const file = new HomeFile(live.home);
  live.onClose(() => file.close());
  const daemon = await live.serve();
  const ada = live.candidate('Ada Fictional');
  const route = '/v1/opportunities/:id/addLinks';
  const failed = live.simulator.lever.faults.set({
    kind: '5xx',
    when: 'before',
    method: 'POST',
    route,
    times: 1,
  });
  live.move(ada);
  await live.deliver(daemon, ada);
  await eventually('the first attempt has failed', () => failed.hits > 0);
  // The second attempt looks first. Then it needs a slot of Lever's rate, which is kept in the database.
  await lever.arm({
    matches: ({ method, path }) => method === 'GET' && path.endsWith(ada),
    arrived: async () => file.stopWrites(),
  });
  await eventually('the daemon has waited for the file in vain', () =>
    daemon.output.stdout.includes('work not settled'),
  );
  file.letWrite();
  await live.untilLinked(ada);
  expect(live.fateOf(ada)).toEqual({ invited: 1, links: 1 });
  await live.succeed('forget', ada, '--yes');
});
