/** The link of an invitation that an admin settled as sent. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { settle } from '../../src/admin/actions/admin-actions.js';
import { planSend, queueSend } from '../../src/admin/actions/send.js';
import { linkOf } from '../../src/simulator/codesubmit/invitation-view.js';
import { SimulatedBridge } from '../simulation/simulated-bridge.js';

const MINUTE = 60_000;
let bridge: SimulatedBridge;
let ada: string;

beforeEach(async () => {
  bridge = SimulatedBridge.start();
  const { lever, codesubmit } = bridge.simulator;
  codesubmit.addTest({ name: 'Backend' });
  await bridge.setUp(['stage=Take-home;tag=*;challenge=Backend'], 'off', {
    statusMap: { 1: 'invited', 4: 'reviewed' },
  });
  const emails = ['ada@example.com'];
  ada = lever.actions.create({ name: 'Ada Example', emails, stageId: 'Phone screen' }).id;
  const post = { method: 'POST', route: '/api/external/candidates', times: 1 } as const;
  codesubmit.faults.set({ kind: '5xx', when: 'after', ...post });
  lever.actions.move(ada, 'Take-home');
  await bridge.sweep();
});
afterEach(() => bridge.close());

const linkAtCodeSubmit = () => {
  const { codesubmit } = bridge.simulator;
  return linkOf(codesubmit, codesubmit.invitations[0]!);
};
const linksInLever = () => bridge.simulator.lever.opportunities.sight(ada, 0).contact.links;

async function settleAsSent(link: string | null): Promise<void> {
  const [row] = bridge.status().invitations;
  expect(row).toMatchObject({ state: 'uncertain' });
  const id = row!.id;
  await bridge.command((app) => settle(app, id, { isSent: true, link }));
}

async function untilFollowed(): Promise<void> {
  for (let minutes = 0; minutes < 15; minutes += 1) {
    bridge.clock.advance(MINUTE);
    await bridge.settle();
  }
}

it('isn’t added twice when the admin added it in Lever too', async () => {
  const link = linkAtCodeSubmit();
  bridge.simulator.lever.contacts.addLinks(ada, [link]);
  await settleAsSent(null);
  await untilFollowed();
  expect(bridge.status().invitations).toMatchObject([{ state: 'linked', link }]);
  expect(linksInLever()).toEqual([link]);
});

it('isn’t added twice when the admin gave it for two challenges at once', async () => {
  const { codesubmit } = bridge.simulator;
  codesubmit.addTest({ name: 'Frontend' });
  codesubmit.faults.set({ kind: '5xx', when: 'after', method: 'POST', times: 1 });
  await bridge.command(async (app) =>
    queueSend(app, await planSend(app, { who: ada, challenge: 'Frontend', isAgain: true })),
  );
  await bridge.settle();
  const link = linkAtCodeSubmit();
  const { invitations } = bridge.status();
  expect(invitations).toMatchObject([{ state: 'uncertain' }, { state: 'uncertain' }]);
  await bridge.command(async (app) => {
    for (const { id } of invitations) await settle(app, id, { isSent: true, link });
  });
  await untilFollowed();
  expect(linksInLever()).toEqual([link]);
});

it('stays as the admin gave it where CodeSubmit’s list shows none', async () => {
  bridge.simulator.codesubmit.switches.linkIn = 'reply';
  const link = linkAtCodeSubmit();
  await settleAsSent(link);
  await untilFollowed();
  expect(bridge.status()).toMatchObject({
    invitations: [{ state: 'linked', link }],
    integration: { problems: [] },
  });
});

it.each<[what: string, given: () => string | null, progress: 'invited' | 'reviewed']>([
  ['which the admin gave', linkAtCodeSubmit, 'invited'],
  ['which nobody gave', () => null, 'invited'],
  ['which nobody gave, of work that is done,', () => null, 'reviewed'],
])(
  '%s is that of `send --again` too if CodeSubmit returns what it had',
  async (_, given, progress) => {
    const { codesubmit } = bridge.simulator;
    codesubmit.switches.secondPost = 'first';
    await settleAsSent(given());
    await bridge.settle();
    await bridge.command(async (app) =>
      queueSend(app, await planSend(app, { who: ada, challenge: 'Backend', isAgain: true })),
    );
    codesubmit.setProgress(codesubmit.invitations[0]!.id, progress);
    await untilFollowed();
    const link = linkAtCodeSubmit();
    expect(bridge.status()).toMatchObject({
      invitations: [
        { state: 'linked', link },
        { state: 'linked', link },
      ],
      integration: { problems: [] },
    });
    expect(linksInLever()).toEqual([link]);
  },
);

it('which the admin gave isn’t taken for that of `send --again` whose answer is lost', async () => {
  await settleAsSent(linkAtCodeSubmit());
  // The list is read again before another is sent, and shows the first.
  bridge.clock.advance(20_000);
  await bridge.settle();
  const { codesubmit } = bridge.simulator;
  const post = { method: 'POST', route: '/api/external/candidates', times: 1 } as const;
  codesubmit.faults.set({ kind: '5xx', when: 'after', ...post });
  await bridge.command(async (app) =>
    queueSend(app, await planSend(app, { who: ada, challenge: 'Backend', isAgain: true })),
  );
  await untilFollowed();
  const links = codesubmit.invitations.map((sent) => linkOf(codesubmit, sent));
  expect(bridge.status().invitations.map(({ link }) => link)).toEqual(links.toReversed());
  expect(linksInLever()).toEqual(links);
});
