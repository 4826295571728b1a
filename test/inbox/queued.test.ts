/** What becomes of a challenge that waits here, was cancelled or was rejected, when Lever shows something else. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  BACKEND,
  BEFORE,
  DAY,
  FRONTEND,
  FRONTEND_RULE,
  History,
  MINUTE,
  RULE,
  TAKE_HOME,
} from '../rigs/history.js';

let history: History;
beforeEach(async () => {
  history = await History.begin({ rules: [RULE, FRONTEND_RULE] });
});

const actions = () => history.lever.actions;
const contacts = () => history.lever.contacts;
const retag = (id: string, from: string, to: string) => {
  actions().removeTags(id, [from]);
  actions().addTags(id, [to]);
};

async function queued(): Promise<string> {
  history.codesubmitFails();
  const id = await history.arrives();
  expect(history.invitations()).toEqual(['Backend queued']);
  return id;
}

type Change = (id: string) => unknown;
const CHANGES: [decision: string, undo: Change, redo: Change | null][] = [
  ['ignore: archived', (id) => actions().archive(id, 'Withdrew'), (id) => actions().unarchive(id)],
  ['ignore: left_stage', (id) => actions().move(id, BEFORE), (id) => actions().move(id, TAKE_HOME)],
  ['ignore: anonymized', (id) => actions().anonymize(id), null],
  [
    'ignore: contact_not_allowed',
    (id) => contacts().setContactAllowed(id, false),
    (id) => contacts().setContactAllowed(id, true),
  ],
  [
    'ignore: no_tag',
    (id) => actions().removeTags(id, [BACKEND]),
    (id) => actions().addTags(id, [BACKEND]),
  ],
  [
    'hold: no_email',
    (id) => contacts().setEmails(id, []),
    (id) => contacts().setEmails(id, ['ada@example.com']),
  ],
];

describe('one that is queued', () => {
  it.each(CHANGES)('is not sent on %s, and once when that ends', async (decision, undo, redo) => {
    const id = await queued();
    undo(id);
    await history.codesubmitReturns();
    expect(history.decisionOn(id)).toBe(decision);
    expect(history.invitations()).toEqual([`Backend cancelled ${decision.split(' ')[1] ?? ''}`]);
    expect(history.sent()).toEqual([]);
    redo?.(id);
    await history.checks();
    await history.checks();
    expect(history.sent()).toHaveLength(redo ? 1 : 0);
  });

  it('is cancelled as soon as Lever reports the archiving', async () => {
    const id = await queued();
    await history.archives(id);
    expect(history.invitations()).toEqual(['Backend cancelled archived']);
    await history.unarchives(id);
    await history.codesubmitReturns();
    expect(history.invitations()).toEqual(['Backend linked']);
  });

  it('goes to the address and name that Lever shows when it goes', async () => {
    const id = await queued();
    contacts().setEmails(id, ['king@example.com']);
    contacts().rename(id, 'Ada King');
    await history.codesubmitReturns();
    expect(history.codesubmit.invitations).toMatchObject([
      { email: 'king@example.com', firstName: 'Ada', lastName: 'King' },
    ]);
  });

  it('makes way for the challenge of a new tag, and comes back with its own', async () => {
    const id = await queued();
    retag(id, BACKEND, FRONTEND);
    await history.checks();
    expect(history.invitations()).toEqual(['Backend cancelled other_challenge', 'Frontend queued']);
    retag(id, FRONTEND, BACKEND);
    await history.codesubmitReturns();
    expect(history.invitations()).toEqual(['Backend linked', 'Frontend cancelled other_challenge']);
  });
});

describe('one whose tag is changed', () => {
  const expectNothingMore = (id: string) => {
    expect(history.decisionOn(id)).toBe('ignore: already_invited');
    expect(history.detailOn(id)).toBe('tag_changed');
    expect(history.sent()).toHaveLength(1);
  };

  it('while its outcome is unknown gets nothing more', async () => {
    history.codesubmit.faults.set({ kind: 'drop-after', method: 'POST', times: 1 });
    const id = await history.arrives();
    expect(history.invitations()).toEqual(['Backend uncertain unknown_outcome']);
    retag(id, BACKEND, FRONTEND);
    await history.bridge.sweep();
    expectNothingMore(id);
    await history.passes(5);
    expect(history.invitations()).toEqual(['Backend linked']);
  });
});

describe('one that CodeSubmit rejected', () => {
  const POST = '/api/external/candidates';
  /** CodeSubmit takes no address with this sign. */
  const [bad, worse, good, better] = [
    'ada!@example.com',
    'lovelace!@example.com',
    'ada@example.com',
    'lovelace@example.com',
  ];
  /** To whom a challenge was posted since the last time. */
  const posted = (): string[] => {
    const requests = history.codesubmit.requests.list({ method: 'POST', route: POST });
    history.codesubmit.requests.clear();
    return requests.map(({ body }) => (body as { email: string }).email);
  };
  const arrives = async (...emails: string[]): Promise<string> => {
    posted();
    const id = await history.arrives({ emails });
    expect(history.invitations()).toEqual(['Backend failed refused']);
    return id;
  };
  /** Lever shows these from now on; to whom it is posted then. */
  const shown = async (id: string, ...emails: string[]): Promise<string[]> => {
    contacts().setEmails(id, emails);
    await history.checks();
    return posted();
  };

  it('stays failed while the address is the same', async () => {
    const id = await arrives(bad);
    expect(posted()).toEqual([bad]);
    actions().addTags(id, ['another']);
    expect(await shown(id, bad.toUpperCase())).toEqual([]);
    expect(history.invitations()).toEqual(['Backend failed refused']);
  });

  it.each([
    ['replaced by another', [good]],
    ['followed by another', [bad, good]],
  ])('is sent when its address is %s', async (_, emails) => {
    const id = await arrives(bad);
    posted();
    expect(await shown(id, ...emails)).toEqual([good]);
    expect(history.invitations()).toEqual(['Backend linked']);
  });

  it.each(['Augusta Fictional', 'Ada King'])('is tried again for “%s”', async (name) => {
    const id = await arrives(bad);
    posted();
    contacts().rename(id, name);
    await history.checks();
    expect(posted()).toEqual([bad]);
  });

  it('is not tried with an address that was there when the first was rejected', async () => {
    const id = await arrives(bad, good);
    posted();
    expect(await shown(id, bad, good)).toEqual([]);
    expect(await shown(id, good, bad)).toEqual([good]);
  });

  it('is tried once with each that is added, and with no invalid one', async () => {
    const id = await arrives(bad);
    posted();
    expect(await shown(id, bad, 'ada at example.com')).toEqual([]);
    expect(await shown(id, bad, worse)).toEqual([worse]);
    expect(await shown(id, bad, worse)).toEqual([]);
    expect(await shown(id, bad)).toEqual([]);
    expect(await shown(id, bad, worse, better)).toEqual([better]);
  });
});

it('who was in the stage has left it; who never was is elsewhere', async () => {
  const id = history.creates();
  await history.moves(id, 'On-site');
  expect(history.decisionOn(id)).toBeUndefined();
  await history.later(MINUTE);
  await history.moves(id, TAKE_HOME);
  await history.later(DAY);
  await history.moves(id, 'On-site');
  expect(history.decisionOn(id)).toBe('ignore: left_stage');
  await history.checks();
  expect(history.decisionOn(id)).toBe('ignore: left_stage');
});

it('retried while a list with the former name is on its way, it goes out under the new name', async () => {
  const id = await history.arrives({ name: `${'Long'.repeat(40)} Name` });
  expect(history.invitations()).toEqual(['Backend failed refused']);
  let retried: Promise<unknown> | undefined;
  const list = /\/opportunities$/;
  const change = (): void => {
    contacts().rename(id, 'Ada Fictional');
    retried = history.retry(1);
  };
  // The first reply only says whether we may read confidential candidates.
  history.afterNext('GET', list, () => history.afterNext('GET', list, change));
  await history.checks();
  await retried;
  await history.passes(1);
  expect(history.invitations()).toEqual(['Backend linked']);
});
