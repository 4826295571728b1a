/** What sends nothing more to a person who has, or will have, a challenge: swapped tags, two jobs, a delay. */
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
  SECOND,
  TAKE_HOME,
} from '../rigs/history.js';

let history: History;
const begin = async (...rules: string[]) => {
  history = await History.begin({ rules });
};

const actions = () => history.lever.actions;
const contactOf = (id: string) => history.lever.opportunities.get(id).contactId;

/** Candidates whom a check of the stages finds without a webhook. */
async function found(...ids: string[]): Promise<void> {
  actions().moveMany(ids, TAKE_HOME);
  await history.checks();
}

describe('the posting’s tag is swapped', () => {
  let postingId: string;
  let people: string[];

  beforeEach(async () => {
    await begin(RULE, FRONTEND_RULE);
    postingId = history.lever.postings.add({ text: 'Engineer', tags: [BACKEND] }).id;
    people = Array.from({ length: 5 }, () => history.creates({ tags: [], postingId }));
  });
  const swap = () => history.lever.postings.setTags(postingId, [FRONTEND]);

  it('after sending: nobody gets another, and who comes back is on hold until approved', async () => {
    await found(...people);
    expect(history.counts()).toEqual({ linked: 5 });
    swap();
    await history.checks();
    expect(people.map((id) => history.detailOn(id))).toEqual(people.map(() => 'tag_changed'));
    const [first, second] = people as [string, string];
    actions().moveMany([first, second], BEFORE);
    await history.later(MINUTE);
    await found(first, second);
    expect(history.held()).toEqual({ [first]: 'second_challenge', [second]: 'second_challenge' });
    await history.bridge.approve('all');
    expect(history.counts()).toEqual({ linked: 5, held: 2 });
    await history.bridge.approve([first]);
    await history.checks();
    expect(history.invitations(first)).toEqual(['Backend linked', 'Frontend linked']);
    await history.moves(first, BEFORE);
    await history.later(SECOND);
    await history.moves(first);
    expect(history.counts()).toEqual({ linked: 6, held: 1 });
  });

  it('before anything was sent: only the new challenge is', async () => {
    history.codesubmitFails();
    await found(...people);
    swap();
    await history.checks();
    await history.codesubmitReturns();
    expect(history.counts()).toEqual({ cancelled: 5, linked: 5 });
    expect(history.sent().every((one) => one.endsWith('Frontend'))).toBe(true);
  });
});

describe('one person with two jobs', () => {
  beforeEach(() => begin(`${RULE};reuse-days=30`, FRONTEND_RULE));
  const secondOf = (id: string, tags = [BACKEND]) =>
    history.creates({ contactId: contactOf(id), emails: [], tags });

  it('gets one challenge when both ask for the same', async () => {
    const first = history.creates();
    const second = secondOf(first);
    await found(first, second);
    await history.checks();
    expect([first, second].map((id) => history.decisionOn(id))).toEqual([
      'ignore: already_invited',
      'ignore: already_invited',
    ]);
    expect(history.sent()).toHaveLength(1);
    expect(history.linksOf(second)).toHaveLength(1);
  });

  it('gets no link again that a recruiter removes at once', async () => {
    const first = history.creates();
    await history.movesMany([first, secondOf(first)]);
    const links = history.linksOf(first);
    expect(links).toHaveLength(1);
    history.lever.contacts.removeLinks(first, links);
    await history.passes(10);
    expect(history.linksOf(first)).toEqual([]);
  });

  it('gets both when they ask for two', async () => {
    const first = history.creates();
    await found(first, secondOf(first, [FRONTEND]));
    expect(history.sent()).toHaveLength(2);
  });

  it.each([
    ['however long the first one’s challenge waits', 31, 0, 1],
    ['within the reuse days of its sending, not of its promise', 20, 29, 1],
    ['and another once the reuse days are over', 0, 31, 2],
  ])('gets one, %s', async (_, waitsDays, laterDays, challenges) => {
    history.codesubmitFails();
    const first = await history.arrives();
    await history.later(waitsDays * DAY);
    if (laterDays > 0) await history.codesubmitReturns();
    await history.later(laterDays * DAY);
    await found(secondOf(first));
    await history.codesubmitReturns();
    await history.checks();
    expect(history.sent()).toHaveLength(challenges);
  });

  it('gets another once the reuse days of one sent manually are over', async () => {
    history.inviteByHand('ada@example.com');
    await history.later(25 * DAY);
    const first = await history.arrives({ emails: ['ada@example.com'] });
    expect([history.invitations(first), history.sent()]).toEqual([['Backend linked'], []]);
    await history.later(6 * DAY);
    await found(secondOf(first));
    expect(history.sent()).toEqual(['ada@example.com Backend']);
  });

  it('gets another at the first check after the reuse days, where the second was there all the time', async () => {
    const first = await history.arrives();
    const second = secondOf(first);
    await history.moves(second);
    await history.later(30 * DAY - 5 * MINUTE);
    await history.passes(20);
    expect(history.sent()).toHaveLength(2);
  });

  it('waits for the first one’s challenge even if the rule has no reuse days', async () => {
    await history.close();
    await begin(`${RULE};reuse-days=0`);
    history.codesubmitFails();
    const first = await history.arrives();
    const second = secondOf(first);
    await history.moves(second);
    await history.passes(10);
    expect(history.decisionOn(second)).toBe('ignore: already_invited');
    expect(history.problems()).toEqual([]);
    expect(history.invitations()).toEqual(['Backend queued']);
    await history.codesubmitReturns();
    await history.checks();
    expect(history.sent()).toHaveLength(2);
  });

  it('gets it for the second when the first is archived before it went', async () => {
    history.codesubmitFails();
    const first = await history.arrives();
    const second = secondOf(first);
    await history.moves(second);
    expect(history.decisionOn(second)).toBe('ignore: already_invited');
    await history.archives(first);
    await history.bridge.sweep();
    await history.codesubmitReturns();
    await history.unarchives(first);
    expect(history.invitations(second)).toEqual(['Backend linked']);
    expect(history.sent()).toHaveLength(1);
  });
});

describe('two contacts with one address', () => {
  beforeEach(() => begin(RULE));

  it.each([['same.person@example.com', 'Same.Person@example.com']])(
    '%s and %s are one person’s',
    async (email, other) => {
      history.codesubmitFails();
      await history.arrives({ emails: [email] });
      const second = await history.arrives({ emails: ['new@example.com', other] });
      expect(history.decisionOn(second)).toBe('ignore: already_invited');
    },
  );

  describe('that is the second one of the first profile', () => {
    const BOTH = { emails: ['ada@work.example', 'Ada@home.example'] };
    const HOME = { emails: ['ada@home.example'] };

    it.each([
      ['sent', () => undefined],
      ['waiting to be sent', () => history.codesubmitFails()],
    ])('are one person’s, while the challenge is %s', async (_, happen) => {
      happen();
      const first = await history.arrives(BOTH);
      await history.passes(10);
      const second = await history.arrives(HOME);
      expect(history.decisionOn(second)).toBe('ignore: already_invited');
      await history.codesubmitReturns();
      await history.passes(10);
      expect(history.sent()).toEqual(['ada@work.example Backend']);
      expect(history.linksOf(second)).toEqual(history.linksOf(first));
    });

    it('are two people’s, once it left the profile before the challenge was sent', async () => {
      history.codesubmitFails();
      const first = await history.arrives(BOTH);
      history.lever.contacts.setEmails(first, ['ada@work.example']);
      await history.checks();
      await history.arrives(HOME);
      await history.codesubmitReturns();
      await history.passes(10);
      expect(history.sent()).toHaveLength(2);
    });

    it('are one person’s, though the first profile got it after the challenge was sent', async () => {
      const first = await history.arrives({ emails: ['ada@work.example'] });
      history.lever.contacts.setEmails(first, BOTH.emails.toReversed());
      await history.checks();
      const second = await history.arrives(HOME);
      expect(history.decisionOn(second)).toBe('ignore: already_invited');
      expect(history.sent()).toHaveLength(1);
    });

    it('are one person’s, who was forgotten', async () => {
      const first = await history.arrives(BOTH);
      await history.passes(10);
      await history.forget(first);
      const second = await history.arrives(HOME);
      expect(history.decisionOn(second)).toBe('hold: forgotten');
    });
  });

  it('the second gets the link of the first, once it is known', async () => {
    history.codesubmitFails();
    const first = await history.arrives({ emails: ['ada@example.com'] });
    const second = await history.arrives({ emails: ['new@example.com', 'ADA@example.com'] });
    expect(history.linksOf(second)).toEqual([]);
    await history.codesubmitReturns();
    expect(history.sent()).toHaveLength(1);
    expect(history.linksOf(first)).toHaveLength(1);
    expect(history.linksOf(second)).toEqual(history.linksOf(first));
  });

  it('the second gets it though it has left the stage by then', async () => {
    history.codesubmitFails();
    const first = await history.arrives({ emails: ['ada@example.com'] });
    const second = await history.arrives({ emails: ['ada@example.com'] });
    await history.moves(second, BEFORE);
    await history.codesubmitReturns();
    expect(history.decisionOn(second)).toBe('ignore: left_stage');
    expect(history.linksOf(first)).toHaveLength(1);
    await history.passes(5);
    expect(history.linksOf(second)).toEqual(history.linksOf(first));
  });

  it('the second gets no link of the first, once its own address is known, and is another person', async () => {
    history.codesubmitFails();
    const first = await history.arrives({ emails: ['ada@example.com'] });
    const second = await history.arrives({ name: 'Grace Fictional', emails: ['ada@example.com'] });
    history.lever.contacts.setEmails(second, ['grace@example.com']);
    await history.checks();
    await history.codesubmitReturns();
    expect(history.sent().sort()).toEqual(['ada@example.com Backend', 'grace@example.com Backend']);
    expect(history.linksOf(second)).toHaveLength(1);
    expect(history.linksOf(second)).not.toEqual(history.linksOf(first));
    await history.forget(second);
    expect(history.nameOf(first)).toBe('Ada Fictional');
  });

  it('a recruiter who removes the link keeps it removed', async () => {
    const emails = ['ada@example.com'];
    await history.arrives({ emails });
    const second = await history.arrives({ emails });
    await history.passes(3);
    const links = history.linksOf(second);
    expect(links).toHaveLength(1);
    history.lever.contacts.removeLinks(second, links);
    await history.checks();
    await history.moves(second, BEFORE);
    await history.later(DAY);
    await history.moves(second);
    expect(history.decisionOn(second)).toBe('ignore: already_invited');
    expect(history.linksOf(second)).toEqual([]);
  });

  describe('where the first is erased', () => {
    const emails = ['ada@example.com'];
    const NOTE = expect.stringContaining('“Backend” was sent to this candidate') as unknown;
    const erasures: [how: string, erase: (id: string) => Promise<void>][] = [
      ['deleted in Lever', (id) => history.deletes(id)],
      [
        'after 180 days',
        async (id) => {
          await history.moves(id, BEFORE);
          await history.later(181 * DAY);
        },
      ],
    ];

    it.each(erasures)('%s, the second gets a note in place of the link', async (_how, erase) => {
      const first = await history.arrives({ emails });
      await erase(first);
      await history.passes(5);
      const second = await history.arrives({ emails });
      await history.checks();
      await history.passes(10);
      expect(history.decisionOn(second)).toBe('ignore: already_invited');
      expect([history.linksOf(second), history.notesOf(second)]).toEqual([[], [NOTE]]);
      expect(history.timelineOf(second).at(-1)).toBe('The note is in Lever');
      expect(history.sent()).toHaveLength(1);
    });

    it('the second has its link already, and gets no note', async () => {
      const first = await history.arrives({ emails });
      const second = await history.arrives({ emails });
      await history.passes(5);
      await history.deletes(first);
      await history.checks();
      await history.passes(10);
      expect([history.linksOf(second).length, history.notesOf(second)]).toEqual([1, []]);
    });

    it('before its link was in Lever, another of its contact gets the note', async () => {
      const route = '/v1/opportunities/:id/addLinks';
      const fault = history.lever.faults.set({ kind: '5xx', when: 'before', route });
      const first = await history.arrives({ emails });
      const second = history.creates({ contactId: contactOf(first) });
      await history.deletes(first);
      history.lever.faults.clear(fault.id);
      await history.moves(second);
      await history.passes(10);
      expect(history.decisionOn(second)).toBe('ignore: already_invited');
      expect([history.linksOf(second), history.notesOf(second)]).toEqual([[], [NOTE]]);
    });
  });

  it.each([
    ['address', () => ({ emails: ['ada@example.com'] })],
    ['contact', (first: string) => ({ contactId: contactOf(first), emails: [] })],
  ])('of one %s, both get a note where CodeSubmit gives no link', async (_what, same) => {
    history.codesubmit.switches.linkIn = 'nowhere';
    const first = await history.arrives({ emails: ['ada@example.com'] });
    const second = history.creates(same(first));
    await history.moves(second);
    await history.passes(10);
    expect([first, second].map((id) => history.notesOf(id).length)).toEqual([1, 1]);
  });

  it('of one contact, the second gets the link where Lever hides the first from us', async () => {
    for (const { rights } of history.lever.access.grants.values()) {
      rights['confidential:access'] = false;
    }
    const route = '/v1/opportunities/:id/addLinks';
    const fault = history.lever.faults.set({ kind: '5xx', when: 'before', route });
    const first = await history.arrives();
    const second = history.creates({ contactId: contactOf(first) });
    actions().setConfidential(first, true);
    history.lever.faults.clear(fault.id);
    await history.moves(second);
    await history.passes(5);
    expect(history.decisionOn(second)).toBe('ignore: already_invited');
    expect(history.linksOf(second)).toHaveLength(1);
  });

  it('the second one’s link doesn’t make the first one linked', async () => {
    const emails = ['ada@example.com'];
    const first = history.creates({ emails });
    const route = `/v1/opportunities/${first}/addLinks`;
    history.lever.faults.set({ kind: '5xx', when: 'before', method: 'POST', route });
    await history.moves(first);
    const second = await history.arrives({ emails });
    await history.passes(10);
    expect(history.linksOf(second)).toHaveLength(1);
    expect(history.invitations()).toEqual(['Backend invited']);
    history.lever.faults.clear();
    await history.passes(10);
    expect(history.invitations()).toEqual(['Backend linked']);
  });
});

describe('Lever shows another contact or address', () => {
  beforeEach(() => begin(`${RULE};reuse-days=365`));
  type Change = (id: string, grace: string) => unknown;
  const asGrace: [what: string, change: Change][] = [
    [
      'contact',
      (id, grace) =>
        history.lever.opportunities.change(id, ({ opportunity }) => {
          opportunity.contactId = contactOf(grace);
        }),
    ],
    [
      'address',
      (id, grace) =>
        history.lever.contacts.setEmails(
          id,
          history.lever.opportunities.sight(grace, 0).contact.emails,
        ),
    ],
  ];

  it.each(
    asGrace.flatMap(([what, change]) => [
      [what, 300, 1, change] as const,
      [what, 330, 2, change] as const,
    ]),
  )(
    'of a person invited before, by their %s, %i days before it was queued: %i are sent',
    async (_, daysBefore, challenges, change) => {
      const grace = await history.arrives();
      expect(history.sent()).toHaveLength(1);
      await history.later(daysBefore * DAY);
      history.codesubmitFails();
      const ada = await history.arrives();
      await history.later(60 * DAY);
      change(ada, grace);
      history.codesubmit.invitations.length = 0;
      await history.codesubmitReturns();
      await history.checks();
      expect(history.sent()).toHaveLength(challenges - 1);
    },
  );
});

describe('a rule that waits', () => {
  const DELAY = 30;
  let first: string;
  let second: string;

  beforeEach(async () => {
    await begin(`${RULE};delay=${String(DELAY)}`);
    first = await history.arrives();
    await history.later(MINUTE);
    second = history.creates({ contactId: contactOf(first), emails: [] });
    await history.moves(second);
    expect(history.held()).toEqual({ [first]: 'delayed', [second]: 'delayed' });
  });

  it('sends to the first when its time has come, with no sweep, and never to the second', async () => {
    history.leverCalls();
    await history.later((DELAY - 2) * MINUTE);
    expect(history.sent()).toEqual([]);
    history.lever.faults.set({ kind: '5xx', when: 'before', route: '/v1/opportunities' });
    await history.passes(3);
    expect(history.invitations(first)).toEqual(['Backend linked']);
    await history.passes(DELAY);
    expect(history.decisionOn(second)).toBe('ignore: already_invited');
    expect(history.sent()).toHaveLength(1);
  });

  it('sends to the second when the first was archived meanwhile', async () => {
    actions().archive(first, 'Withdrew');
    await history.later(DELAY * MINUTE);
    await history.passes(2);
    expect(history.invitations(second)).toEqual(['Backend linked']);
    expect(history.decisionOn(first)).toBe('ignore: archived');
  });

  it('waits again after coming back', async () => {
    await history.archives(second);
    await history.moves(first, BEFORE);
    await history.later(10 * MINUTE);
    await history.moves(first);
    await history.later((DELAY - 2) * MINUTE);
    expect(history.sent()).toEqual([]);
    await history.passes(3);
    expect(history.sent()).toHaveLength(1);
  });
});
