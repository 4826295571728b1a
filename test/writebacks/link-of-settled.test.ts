/** The link of an invitation that an admin settled as sent. */
import { beforeEach, expect, it } from 'vitest';
import { settle } from '../../src/admin/actions/admin-actions.js';
import { linkOf } from '../../src/simulator/codesubmit/invitation-view.js';
import { History, SECOND } from '../rigs/history.js';
import { loseAnswer } from '../invitations/codesubmit-trouble.js';

let history: History;
let ada: string;

beforeEach(async () => {
  const settings = { statusMap: { 1: 'invited', 4: 'reviewed' } } as const;
  history = await History.begin({ settings });
  loseAnswer(history);
  ada = await history.arrives({ emails: ['ada@example.com'] });
});

const linkAtCodeSubmit = () => linkOf(history.codesubmit, history.codesubmit.invitations[0]!);

async function settleAsSent(link: string | null): Promise<void> {
  const [row] = history.bridge.status().invitations;
  expect(row).toMatchObject({ state: 'uncertain' });
  await history.settleSent(row!.id, link);
}

const untilFollowed = () => history.passes(15);
const sendAgain = () => history.send(ada, 'Backend', { again: true });

it('isn’t added twice when the admin added it in Lever too', async () => {
  const link = linkAtCodeSubmit();
  history.lever.contacts.addLinks(ada, [link]);
  await settleAsSent(null);
  await untilFollowed();
  expect(history.bridge.status().invitations).toMatchObject([{ state: 'linked', link }]);
  expect(history.linksOf(ada)).toEqual([link]);
});

it('isn’t added twice when the admin gave it for two challenges at once', async () => {
  loseAnswer(history);
  await history.send(ada, 'Frontend', { again: true });
  const link = linkAtCodeSubmit();
  const { invitations } = history.bridge.status();
  expect(invitations).toMatchObject([{ state: 'uncertain' }, { state: 'uncertain' }]);
  await history.bridge.command(async (app) => {
    for (const { id } of invitations) await settle(app, id, { isSent: true, link });
  });
  await untilFollowed();
  expect(history.linksOf(ada)).toEqual([link]);
});

it('stays as the admin gave it where CodeSubmit’s list shows none', async () => {
  history.codesubmit.switches.linkIn = 'reply';
  const link = linkAtCodeSubmit();
  await settleAsSent(link);
  await untilFollowed();
  expect(history.bridge.status()).toMatchObject({
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
    const { codesubmit } = history;
    codesubmit.switches.secondPost = 'first';
    await settleAsSent(given());
    await sendAgain();
    codesubmit.setProgress(codesubmit.invitations[0]!.id, progress);
    await untilFollowed();
    const link = linkAtCodeSubmit();
    expect(history.bridge.status()).toMatchObject({
      invitations: [
        { state: 'linked', link },
        { state: 'linked', link },
      ],
      integration: { problems: [] },
    });
    expect(history.linksOf(ada)).toEqual([link]);
  },
);

it('which the admin gave isn’t taken for that of `send --again` whose answer is lost', async () => {
  await settleAsSent(linkAtCodeSubmit());
  // The list is read again before another is sent, and shows the first.
  await history.later(20 * SECOND);
  loseAnswer(history);
  await sendAgain();
  await untilFollowed();
  const { codesubmit, bridge } = history;
  const links = codesubmit.invitations.map((sent) => linkOf(codesubmit, sent));
  expect(bridge.status().invitations.map(({ link }) => link)).toEqual(links.toReversed());
  expect(history.linksOf(ada)).toEqual(links);
});
