/**
 * `setup` learns the form of candidates' links from one of them, when CodeSubmit's replies show
 * none.
 */
import { machineClock } from '../../src/cli/create-context.js';
import { connectVendors } from '../../src/cli/context/connect-vendors.js';
import { afterEach, expect, it } from 'vitest';
import { openForSetup } from '../../src/cli/context/open-app.js';
import { keep } from '../../src/admin/setup/answers.js';
import { countLinks, learnLink } from '../../src/admin/setup/look-ups.js';
import { resolveHome } from '../../src/store/home/home.js';
import { seedCodeSubmitApiKey } from '../../src/simulator/seed/base-seed.js';
import { linkOf } from '../../src/simulator/codesubmit/invitation-view.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

let live: ProgramRig;
afterEach(async () => {
  await live.close();
});

it('and the next invitation has its link in Lever', async () => {
  live = await ProgramRig.setUp();
  const { codesubmit } = live.simulator;
  codesubmit.switches.linkIn = 'nowhere';
  const [test] = codesubmit.tests.values();
  if (!test) throw new Error('the demo seed has challenges');
  const person = { email: 'past@example.com', firstName: 'Pat', lastName: 'Past' };
  const past = codesubmit.invite({ testId: test.id, ...person }, 'hand');
  const app = connectVendors(
    await openForSetup(resolveHome(live.home, {}, undefined), {
      env: live.environment,
      configFolder: live.folder,
      clock: machineClock,
      random: Math.random,
      log: silent,
      version: '0.0.0',
    }),
  );
  await keep(app, { codesubmitApiKey: seedCodeSubmitApiKey });
  expect(await countLinks(app)).toMatchObject({ withLink: 0 });
  expect(await learnLink(app, 'https://app.codesubmit.io/c/example/unknown')).toBeUndefined();
  const template = await learnLink(app, linkOf(codesubmit, past));
  app.database.close();
  expect(template).toMatch(/\/c\/example-company\/\{test\.id\}\/\{id\}$/);

  const daemon = await live.serve();
  const id = live.candidate('Ned Next');
  live.move(id);
  await live.deliver(daemon, id);
  const linked = await eventually('the link is in Lever', async () => {
    const { invitations } = await live.status();
    return invitations.find((one) => one.opportunityId === id && one.state === 'linked');
  });
  const sent = codesubmit.invitations.find(({ email }) => email === 'ned.next@example.com');
  expect(linked.link).toBe(sent && linkOf(codesubmit, sent));
});
