/**
 * Tags that show recruiters why a candidate is on hold: only the right one, as long as it is right,
 * whatever happens.
 */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpportunityInput } from '../../src/simulator/lever/new-opportunity.js';
import {
  BACKEND,
  BEFORE,
  FRONTEND,
  FRONTEND_RULE,
  History,
  MINUTE,
  RULE,
  TAKE_HOME,
} from '../rigs/history.js';
import type { KillMoment } from '../simulation/simulated-bridge.js';

const NO_EMAIL = 'codesubmit: no e-mail';
const MISTYPED = 'codesubmit: challenge tag is mistyped';

const rules = [RULE, FRONTEND_RULE];
const settings = { holdTags: true };
const history = await History.open({ rules, settings, seesConfidential: false });
const { bridge, lever } = history;
afterAll(() => history.close());

let people = 0;
beforeEach(() => {
  people += 1;
});

/** The one candidate of this test, unknown to the others. */
const emails = () => [`person${String(people)}@example.com`];
const name = () => `Fictional Person${String(people)}`;

async function held(overrides: Partial<OpportunityInput> = { emails: [] }): Promise<string> {
  const usual = { name: name(), emails: emails(), stageId: TAKE_HOME };
  const id = history.creates({ ...usual, ...overrides });
  await bridge.sweep();
  return id;
}

const tagsOf = (id: string): string[] => lever.opportunities.get(id).tags;
/** All tags except those of rules. */
const saidOf = (id: string): string[] => tagsOf(id).filter((tag) => /^codesubmit: /.test(tag));
const sent = (): number => history.sent().filter((one) => one.startsWith(emails().join())).length;
const heldOf = (id: string) =>
  bridge.status().held.filter(({ opportunityId }) => opportunityId === id);

function tagWritesOf(id: string): string[] {
  return lever.requests
    .list({ method: 'POST' })
    .filter(({ route, path }) => route.endsWith('Tags') && path.includes(id))
    .map(({ route, body }) => {
      const { tags } = body as { tags: string[] };
      return `${route.endsWith('addTags') ? '+' : '-'} ${tags.join(', ')}`;
    })
    .filter((write) => !/^. $/.test(write));
}

const passTime = () => history.passes(6);

interface Case {
  reason: string;
  as: Partial<OpportunityInput>;
  said: string;
  cure: (id: string) => unknown;
}

const CASES: Case[] = [
  {
    reason: 'no_email',
    as: { emails: [] },
    said: NO_EMAIL,
    cure: (id) => lever.contacts.setEmails(id, emails()),
  },
  {
    reason: 'no_name',
    as: { name: '' },
    said: 'codesubmit: no name',
    cure: (id) => lever.contacts.rename(id, name()),
  },
  {
    reason: 'near_tag',
    as: { tags: ['codesubmit:backnd'] },
    said: MISTYPED,
    cure: (id) => lever.actions.addTags(id, [BACKEND]),
  },
  {
    reason: 'ambiguous_tags',
    as: { tags: [BACKEND, FRONTEND] },
    said: 'codesubmit: tags of two challenges',
    cure: (id) => lever.actions.removeTags(id, [FRONTEND]),
  },
];

describe('a hold that a recruiter can end', () => {
  it.each(CASES)('$reason is shown until it is fixed', async ({ as, said, cure }) => {
    const id = await held(as);
    expect(saidOf(id)).toEqual([said]);
    cure(id);
    await bridge.sweep();
    expect(saidOf(id)).toEqual([]);
    expect(sent()).toBe(1);
    expect(history.problems()).toEqual([]);
  });

  it('second_challenge is shown until it is approved', async () => {
    const id = await held({});
    lever.actions.move(id, BEFORE);
    await bridge.sweep();
    lever.actions.removeTags(id, [BACKEND]);
    lever.actions.addTags(id, [FRONTEND]);
    bridge.clock.advance(MINUTE);
    lever.actions.move(id, TAKE_HOME);
    await bridge.sweep();
    expect(saidOf(id)).toEqual(['codesubmit: second challenge needs approval']);
    await bridge.approve([id]);
    expect(saidOf(id)).toEqual([]);
    expect(sent()).toBe(2);
  });

  it('another reason replaces the first, and there are never two', async () => {
    const id = await held({ emails: [], tags: ['codesubmit:backnd'] });
    expect(saidOf(id)).toEqual([MISTYPED]);
    lever.actions.addTags(id, [BACKEND]);
    await bridge.sweep();
    expect(saidOf(id)).toEqual([NO_EMAIL]);
    expect(tagWritesOf(id)).toEqual([`+ ${MISTYPED}`, `- ${MISTYPED}`, `+ ${NO_EMAIL}`]);
  });

  it.each<[string, (id: string) => unknown]>([
    ['left the stage', (id) => lever.actions.move(id, BEFORE)],
    ['was archived', (id) => lever.actions.archive(id, 'Withdrew')],
    ['lost the challenge tag', (id) => lever.actions.removeTags(id, [BACKEND])],
  ])('is removed from a candidate who %s', async (_, leave) => {
    const id = await held();
    expect(saidOf(id)).toEqual([NO_EMAIL]);
    leave(id);
    await bridge.sweep();
    expect(saidOf(id)).toEqual([]);
    expect(sent()).toBe(0);
  });
});

describe('nothing is shown', () => {
  it('for a candidate without a challenge tag', async () => {
    expect(tagWritesOf(await held({ tags: [] }))).toEqual([]);
  });

  it('for a candidate who waits only for the admin', async () => {
    await bridge.pause();
    const id = await held({});
    expect(heldOf(id).map(({ reason }) => reason)).toEqual(['paused']);
    expect(tagWritesOf(id)).toEqual([]);
    await bridge.resume();
  });

  it('once it is turned off, and again once it is turned on', async () => {
    const id = await held();
    await bridge.set({ holdTags: false });
    expect(saidOf(id)).toEqual([]);
    await bridge.set({ holdTags: true });
    expect(saidOf(id)).toEqual([NO_EMAIL]);
  });

  it('of a tag that was pending when it was turned off', async () => {
    lever.faults.set({ kind: '5xx', when: 'before', route: '/v1/opportunities/:id/addTags' });
    const id = await held();
    await bridge.set({ holdTags: false });
    lever.faults.clear();
    await passTime();
    expect(saidOf(id)).toEqual([]);
    await bridge.set({ holdTags: true });
  });
});

describe('our own tags', () => {
  it('are written once, however often the reason is found', async () => {
    const id = await held();
    await bridge.sweep();
    await bridge.restart();
    await bridge.sweep();
    expect(tagWritesOf(id)).toEqual([`+ ${NO_EMAIL}`]);
  });

  it('are no challenge tags and no near misses, and don’t affect `*`', async () => {
    const id = await held({ tags: ['codesubmit:backnd'] });
    expect(heldOf(id).map(({ detail }) => detail)).toEqual([
      '"codesubmit:backnd" is close to "codesubmit:backend"',
    ]);
    lever.actions.removeTags(id, ['codesubmit:backnd']);
    await bridge.sweep();
    expect(saidOf(id)).toEqual([]);
    expect(heldOf(id)).toEqual([]);
  });

  it('stay removed if someone removes them, until there is another reason', async () => {
    const id = await held();
    lever.actions.removeTags(id, [NO_EMAIL]);
    await bridge.sweep();
    await bridge.restart();
    expect(saidOf(id)).toEqual([]);
    lever.actions.addTags(id, [FRONTEND]);
    await bridge.sweep();
    expect(saidOf(id)).toEqual(['codesubmit: tags of two challenges']);
  });

  it('leave other tags as they are', async () => {
    const id = await held({ emails: [], tags: [BACKEND, 'Python', 'codesubmit: our own'] });
    lever.contacts.setEmails(id, emails());
    await bridge.sweep();
    expect(tagsOf(id)).toEqual([BACKEND, 'Python', 'codesubmit: our own']);
  });
});

describe('whatever happens meanwhile', () => {
  it.each<KillMoment>(['before the vendor saw it', 'after the vendor did it'])(
    'a kill %s leaves the right tag at each step',
    async (moment) => {
      let id = '';
      await bridge.killDuring(moment, async () => {
        id = await held({ emails: [], tags: ['codesubmit:backnd'] });
      });
      await passTime();
      expect(saidOf(id)).toEqual([MISTYPED]);
      await bridge.killDuring(moment, async () => {
        lever.actions.addTags(id, [BACKEND]);
        await bridge.sweep();
      });
      await passTime();
      expect(saidOf(id)).toEqual([NO_EMAIL]);
      await bridge.killDuring(moment, async () => {
        lever.actions.move(id, BEFORE);
        await bridge.sweep();
      });
      await passTime();
      expect(saidOf(id)).toEqual([]);
    },
  );

  it.each(['drop-after', 'drop-before', '5xx', '429', 'garbage'] as const)(
    'an answer that is %s leaves the right tag',
    async (kind) => {
      for (const name of ['addTags', 'removeTags']) {
        const route = `/v1/opportunities/:id/${name}`;
        lever.faults.set({ kind, method: 'POST', route, times: 1 });
      }
      const id = await held();
      await passTime();
      expect(saidOf(id)).toEqual([NO_EMAIL]);
      lever.contacts.setEmails(id, emails());
      await bridge.sweep();
      await passTime();
      expect(saidOf(id)).toEqual([]);
    },
  );

  it('a candidate fixed while an attempt’s outcome is unknown gets no late tag', async () => {
    const route = '/v1/opportunities/:id/addTags';
    lever.faults.set({ kind: '5xx', when: 'before', method: 'POST', route, times: 1 });
    const id = await held();
    lever.contacts.setEmails(id, emails());
    await bridge.sweep();
    lever.actions.addTags(id, [NO_EMAIL]);
    await passTime();
    expect(saidOf(id)).toEqual([]);
  });

  it('a candidate hidden by Lever raises no alarm, and is handled once shown again', async () => {
    const id = await held();
    lever.actions.setConfidential(id, true);
    await bridge.sweep();
    expect(saidOf(id)).toEqual([NO_EMAIL]);
    expect(history.problems()).toEqual([]);
    lever.contacts.setEmails(id, emails());
    lever.actions.setConfidential(id, false);
    await bridge.sweep();
    expect(saidOf(id)).toEqual([]);
  });
});
