/** One rule for every challenge by its own tag, as long as CodeSubmit’s challenges come, go and change their names. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BACKEND, BEFORE, FRONTEND, History, RULE, SECOND, TAKE_HOME } from '../rigs/history.js';

const EVERY = `stage=${TAKE_HOME};tag=codesubmit:*;challenge=*`;
const RUST = 'codesubmit:rust';

let history: History;
const begin = async (...rules: string[]) => {
  history = await History.begin({ rules });
};

const challenge = (name: string) => {
  const found = history.codesubmit.tests.find((one) => one.name === name);
  if (!found) throw new Error(`no challenge ${name}`);
  return found;
};
const codesubmitListsNoChallenges = () =>
  history.codesubmit.faults.set({ kind: '5xx', when: 'before', route: '/api/external/tests' });

/** It can't be read, so the list is never whole. */
const codesubmitListsOneWithoutId = () => {
  history.codesubmit.addTest({ name: 'Unreadable' }).id = '';
};

const refusals = () => history.codesubmit.requests.list().filter(({ status }) => status === 400);

describe('a rule for every challenge', () => {
  beforeEach(() => begin(EVERY));

  it('sends each the challenge that the tag names, however it is spelled', async () => {
    await history.arrives();
    await history.arrives({ tags: ['CodeSubmit: General'] });
    await history.arrives({ tags: ['senior'] });
    expect(history.sent()).toEqual([
      'person-1@example.com Backend',
      'person-2@example.com General',
    ]);
  });

  it('shows progress under the challenge’s own tag', async () => {
    await history.bridge.set({ progressTags: true, statusMap: { '0': 'invited' } });
    const id = await history.arrives({ tags: ['codesubmit: BACKEND'] });
    await history.passes(10);
    expect(history.tagsOf(id)).toContain('codesubmit:backend: invited');
    expect(history.sent()).toHaveLength(1);
  });

  it('holds who waits for a challenge that CodeSubmit doesn’t have yet, and sends it soon', async () => {
    await history.bridge.set({ holdTags: true });
    const id = await history.arrives({ tags: [RUST] });
    expect(history.held()).toEqual({ [id]: 'unknown_challenge' });
    expect(history.tagsOf(id)).toContain('codesubmit: no such challenge');
    await history.passes(10);
    history.codesubmit.addTest({ name: 'Rust' });
    await history.passes(3);
    expect(history.sent()).toEqual(['person-1@example.com Rust']);
    expect(history.tagsOf(id)).toEqual([RUST]);
  });

  it('holds while two challenges share the name, until one is renamed', async () => {
    const twin = history.codesubmit.addTest({ name: 'backend!' });
    await history.checks();
    const id = await history.arrives();
    expect(history.detailOn(id)).toMatch(/“Backend”.*rename one/);
    twin.name = 'Backend, senior';
    await history.passes(3);
    expect(history.sent()).toEqual(['person-1@example.com Backend']);
  });

  it('names the new tag of a renamed challenge, and what is archived, but for one who had it', async () => {
    const had = await history.arrives();
    await history.addRule(EVERY.replace(TAKE_HOME, BEFORE));
    challenge('Backend').name = 'Backend (Node)';
    history.codesubmit.setTestArchived(challenge('General').id, true);
    await history.checks();
    const id = await history.arrives();
    expect(history.detailOn(id)).toMatch(/codesubmit:backend-node/);
    const other = await history.arrives({ tags: ['codesubmit:general'] });
    expect(history.detailOn(other)).toMatch(/“General” is archived/);
    history.lever.actions.addTags(had, [FRONTEND]);
    await history.moves(had, BEFORE);
    expect(history.sent().slice(1)).toEqual(['person-1@example.com Frontend']);
  });

  it('names no new tag that would send another challenge, or nothing', async () => {
    await history.addRule(`stage=${TAKE_HOME};tag=codesubmit:node;challenge=Frontend`);
    for (const name of ['Node', '★', 'General!']) {
      history.codesubmit.tests[0]!.name = name;
      await history.checks();
      const id = await history.arrives();
      expect(history.detailOn(id)).toBe(
        `“${BACKEND}” is “${name}” now, and no tag names that; rename it in CodeSubmit`,
      );
      expect(await history.renamed()).toEqual([]);
    }
  });

  it('goes by the last list of challenges while that can’t be read', async () => {
    codesubmitListsNoChallenges();
    await history.arrives();
    await history.passes(30);
    const id = await history.arrives({ tags: ['codesubmit:general'] });
    expect(history.held()).toEqual({});
    expect(history.invitations(id)).toEqual(['General linked']);
  });

  it('holds what CodeSubmit archived a moment ago, and sends it once it is back', async () => {
    // So that the list of challenges was read a moment before.
    await history.arrives({ tags: ['codesubmit:general'] });
    history.codesubmit.setTestArchived(challenge('Backend').id, true);
    const id = await history.arrives();
    await history.later(1_000);
    expect(history.held()).toEqual({ [id]: 'unknown_challenge' });
    expect(refusals()).toHaveLength(1);
    history.codesubmit.setTestArchived(challenge('Backend').id, false);
    await history.passes(3);
    expect(history.sent()).toHaveLength(2);
  });

  it('sends what CodeSubmit gets later, also where its list is never whole', async () => {
    codesubmitListsOneWithoutId();
    const rust = history.codesubmit.addTest({ name: 'Rust' });
    const id = await history.arrives({ tags: [RUST] });
    await history.passes(3);
    expect(history.invitations(id)).toEqual(['Rust linked']);
    rust.name = 'Rust, senior';
    await history.checks();
    await history.arrives({ tags: ['codesubmit:rust-senior'] });
    await history.arrives();
    expect(history.sent()).toHaveLength(3);
  });

  it('holds what CodeSubmit archived, also where its list is never whole', async () => {
    codesubmitListsOneWithoutId();
    history.codesubmit.setTestArchived(challenge('Backend').id, true);
    const id = await history.arrives();
    await history.passes(30);
    expect(history.held()).toEqual({ [id]: 'unknown_challenge' });
    expect(refusals()).toHaveLength(1);
  });

  it('takes the candidate’s own tag before the posting’s, which may name none', async () => {
    const { id: postingId } = history.lever.postings.add({ text: 'Engineer', tags: [RUST] });
    const id = await history.arrives({ postingId });
    expect(history.invitations(id)).toEqual(['Backend linked']);
    const other = await history.arrives({ postingId, tags: [] });
    expect(history.held()).toEqual({ [other]: 'unknown_challenge' });
  });
});

it('a challenge made later invites no one who came before the rule', async () => {
  await begin(EVERY.replace(':*', ':eng:*'));
  const id = await history.arrives({ tags: [RUST] });
  await history.later(10 * SECOND);
  await history.addRule(EVERY);
  history.codesubmit.addTest({ name: 'Rust' });
  await history.passes(10);
  expect(history.decisionOn(id)).toBe('ignore: before_activation');
  await history.moves(id, BEFORE);
  await history.moves(id);
  expect(history.sent()).toEqual(['person-1@example.com Rust']);
});

it('a rule for one tag goes before it, and neither ends what the other began', async () => {
  await begin(`${RULE};delay=60`);
  const backend = await history.arrives();
  const other = await history.arrives({ tags: ['codesubmit:general'] });
  await history.later(10 * SECOND);
  await history.addRule(`${EVERY};delay=60`);
  expect(history.held()).toEqual({ [backend]: 'delayed' });
  await history.removeRule(BACKEND);
  expect(history.held()).toEqual({ [backend]: 'delayed' });
  await history.later(10 * SECOND);
  await history.arrives({ tags: ['codesubmit:general'] });
  await history.later(10 * SECOND);
  await history.addRule(`stage=${TAKE_HOME};tag=codesubmit:general;challenge=Frontend;delay=60`);
  await history.passes(65);
  expect(history.sent().toSorted()).toEqual([
    'person-1@example.com Backend',
    'person-3@example.com Frontend',
  ]);
  expect(history.decisionOn(other)).toBe('ignore: before_activation');
});

it('`send` without a challenge finds none where the daemon finds none: the tag is of another stage', async () => {
  await begin(EVERY, `stage=${BEFORE};tag=*;challenge=General`);
  const id = await history.arrives();
  await history.moves(id, BEFORE);
  expect(history.decisionOn(id)).toBe('ignore: no_tag');
  await expect(history.send(id)).rejects.toThrow('don’t say which challenge');
});
