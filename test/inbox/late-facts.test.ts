/** Something was missing when a candidate came, and appears later without a webhook: the next check notices, once. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { OpportunityInput } from '../../src/simulator/lever/new-opportunity.js';
import {
  BACKEND,
  BEFORE,
  FRONTEND,
  FRONTEND_RULE,
  History,
  HOUR,
  RULE,
  SECOND,
  TAKE_HOME,
} from '../rigs/history.js';

let history: History;

const actions = () => history.lever.actions;
const contacts = () => history.lever.contacts;
const postings = () => history.lever.postings;
const begin = async (...rules: string[]) => {
  history = await History.begin({ rules: rules.length > 0 ? rules : [RULE] });
};

/** In the stage, and nobody told. */
async function found(person: Partial<OpportunityInput> = {}): Promise<string> {
  const id = history.creates({ stageId: TAKE_HOME, ...person });
  await history.checks();
  expect(history.sent()).toEqual([]);
  return id;
}

/** One check sends it, and later ones send nothing more. */
async function expectSentOnce(): Promise<void> {
  await history.checks();
  expect(history.sent()).toHaveLength(1);
  await history.checks();
  await history.checks();
  expect(history.sent()).toHaveLength(1);
}

interface LateFact {
  lacks: string;
  as: Partial<OpportunityInput>;
  before?: string;
  comes: (id: string) => unknown;
}

it.each<LateFact>([
  {
    lacks: 'the tag',
    as: { tags: [] },
    before: 'ignore: no_tag',
    comes: (id) => actions().addTags(id, [BACKEND]),
  },
  {
    lacks: 'a corrected tag',
    as: { tags: ['codesubmit backend'] },
    before: 'hold: near_tag',
    comes: (id) => actions().addTags(id, [BACKEND]),
  },
  {
    lacks: 'an e-mail',
    as: { emails: [] },
    before: 'hold: no_email',
    comes: (id) => contacts().setEmails(id, ['late@example.com']),
  },
  {
    lacks: 'a name',
    as: { name: '' },
    before: 'hold: no_name',
    comes: (id) => contacts().rename(id, 'Late Fictional'),
  },
  {
    lacks: 'consent',
    as: { isContactAllowed: false },
    before: 'ignore: contact_not_allowed',
    comes: (id) => contacts().setContactAllowed(id, true),
  },
  { lacks: 'the stage', as: { stageId: BEFORE }, comes: (id) => actions().move(id, TAKE_HOME) },
])('$lacks', async ({ as, before, comes }) => {
  await begin();
  const id = await found(as);
  expect(history.decisionOn(id)).toBe(before);
  comes(id);
  await expectSentOnce();
});

it('a tag of the posting', async () => {
  await begin();
  const { id: postingId } = postings().add({ text: 'Engineer' });
  await found({ tags: [], postingId });
  postings().setTags(postingId, [BACKEND]);
  await expectSentOnce();
});

it('one tag in place of two', async () => {
  await begin(RULE, FRONTEND_RULE);
  const id = await found({ tags: [BACKEND, FRONTEND] });
  expect(history.decisionOn(id)).toBe('hold: ambiguous_tags');
  actions().removeTags(id, [FRONTEND]);
  await expectSentOnce();
});

it('a tag of the posting that makes two of one, which no remembered posting hides', async () => {
  await begin(RULE, FRONTEND_RULE);
  const { id: postingId } = postings().add({ text: 'Engineer', tags: [FRONTEND] });
  const id = await found({ postingId, emails: [] });
  expect(history.decisionOn(id)).toBe('hold: no_email');
  postings().setTags(postingId, [FRONTEND, BACKEND]);
  contacts().setEmails(id, ['ada@example.com']);
  await history.checks();
  expect(history.decisionOn(id)).toBe('hold: ambiguous_tags');
  postings().setTags(postingId, [FRONTEND]);
  await history.later(HOUR);
  await expectSentOnce();
});

describe.each([403, 404] as const)('a confidential one, for whom Lever answers %i', (status) => {
  let id: string;
  const letRead = (isAllowed: boolean): void => {
    for (const { rights } of history.lever.access.grants.values()) {
      rights['confidential:access'] = isAllowed;
    }
  };

  beforeEach(async () => {
    history = await History.begin({ lever: { confidentialRefusal: status } });
    letRead(false);
    id = await history.arrives({ confidential: true });
    // It is read twice more.
    await history.passes(2);
    expect(history.decisionOn(id)).toBe('ignore: no_access');
    await history.checks();
  });

  it('being public', async () => {
    actions().setConfidential(id, false);
    await expectSentOnce();
  });

  it('the right to see them', async () => {
    letRead(true);
    await expectSentOnce();
  });
});

it('the rule', async () => {
  await begin();
  await history.removeRule();
  const id = history.creates();
  await history.moves(id);
  await history.later(10 * SECOND);
  await history.addRule(RULE);
  expect(history.decisionOn(id)).toBe('ignore: before_activation');
  await history.moves(id, BEFORE);
  actions().move(id, TAKE_HOME);
  await expectSentOnce();
});

it('the challenge, which CodeSubmit has again', async () => {
  await begin();
  const [test] = history.codesubmit.tests.splice(0, 1);
  const id = await history.arrives();
  expect(history.decisionOn(id)).toBe('hold: unknown_challenge');
  await history.checks();
  history.codesubmit.tests.unshift({ ...test!, name: 'Backend, renamed' });
  await history.passes(20);
  await expectSentOnce();
  expect(history.invitations()).toEqual(['Backend, renamed linked']);
});
