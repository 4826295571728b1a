/** Challenges requested by `send`: what a new look, rules, brake and “once” make of them. */
import { beforeEach, describe, expect, it } from 'vitest';
import { loseRequest } from '../invitations/codesubmit-trouble.js';
import { BACKEND, BEFORE, DAY, History, MINUTE } from '../rigs/history.js';

let history: History;
beforeEach(async () => {
  history = await History.begin();
});

const actions = () => history.lever.actions;
const contacts = () => history.lever.contacts;

/** Where it stays queued, since CodeSubmit can't be reached for more than its challenges. */
async function requests(id: string, challenge = 'Frontend', options = {}): Promise<number> {
  history.codesubmitStalls();
  return history.send(id, challenge, options);
}

const untagged = () => history.arrives({ tags: [] });

describe('a requested challenge', () => {
  it('is sent to the address that Lever shows when it goes', async () => {
    const id = await untagged();
    await requests(id);
    contacts().setEmails(id, ['new@example.com']);
    await history.codesubmitReturns();
    expect(history.sent()).toEqual(['new@example.com Frontend']);
  });

  it.each<[string, (id: string) => unknown]>([
    ['archived', (id) => actions().archive(id, 'Withdrew')],
    ['anonymized', (id) => actions().anonymize(id)],
    ['contact_not_allowed', (id) => contacts().setContactAllowed(id, false)],
    ['left_stage', (id) => actions().move(id, BEFORE)],
    ['no_email', (id) => contacts().setEmails(id, [])],
    ['no_name', (id) => contacts().rename(id, '')],
    ['deleted', (id) => actions().remove(id)],
  ])('is cancelled as %s when that came in between', async (reason, happen) => {
    const id = await untagged();
    await requests(id);
    happen(id);
    await history.codesubmitReturns();
    expect(history.sent()).toEqual([]);
    const [is] = history.invitations();
    expect(reason === 'deleted' ? is?.replace('no_access', reason) : is).toBe(
      `Frontend cancelled ${reason}`,
    );
  });

  it.each([
    [2, 'linked'],
    [3, 'cancelled no_access'],
  ])(
    'is read again after 5 and 30 seconds while Lever answers 404: after %i of them %s',
    async (times, is) => {
      const id = await untagged();
      await requests(id);
      await history.later(2 * MINUTE);
      history.lever.faults.set({ kind: '5xx', status: 404, route: '/v1/opportunities/:id', times });
      await history.codesubmitReturns();
      expect(history.invitations()).toEqual([`Frontend ${is}`]);
    },
  );

  it('is sent to a candidate in no stage', async () => {
    const id = await untagged();
    Object.assign(history.lever.opportunities.get(id), { stageId: null });
    await requests(id);
    await history.codesubmitReturns();
    expect(history.sent()).toEqual([expect.stringContaining('Frontend')]);
  });

  it('is sent to them in spite of a similar address, once settled as not sent', async () => {
    const id = await history.arrives({ tags: [], emails: ['ada+x@example.com'] });
    Object.assign(history.lever.opportunities.get(id), { stageId: null });
    loseRequest(history);
    const row = await history.send(id, 'Frontend');
    history.inviteByHand('ada@example.com', 'Frontend');
    await history.passes(5);
    await history.settleNotSent(row);
    await history.passes(5);
    expect(history.sent()).toEqual(['ada+x@example.com Frontend']);
  });

  it('is not cancelled by a rule, which adds nothing in the same visit', async () => {
    const id = await untagged();
    await requests(id);
    actions().addTags(id, [BACKEND]);
    await history.bridge.sweep();
    expect(history.decisionOn(id)).toBe('ignore: already_invited');
    // No tag and no rule was changed.
    expect(history.timelineOf(id).join()).toContain(
      'another challenge than the tags and rules say',
    );
    await history.codesubmitReturns();
    expect(history.sent()).toEqual([expect.stringContaining('Frontend')]);
  });

  it('for the rule’s challenge is what the rule would have sent: one', async () => {
    const id = await untagged();
    await requests(id, 'Backend');
    actions().addTags(id, [BACKEND]);
    await history.codesubmitReturns();
    await history.checks();
    expect(history.invitations()).toEqual(['Backend linked']);
    expect(history.sent()).toHaveLength(1);
  });

  it('in a stage that the candidate left is the rule’s, and the brake counts it', async () => {
    await history.close();
    history = await History.begin({ brake: '1/10' });
    const id = history.creates();
    await requests(id, 'Backend');
    await history.moves(id);
    expect(history.decisionOn(id)).toBe('invite');
    await history.arrives();
    expect(history.counts()).toEqual({ cancelled: 1, held: 2 });
  });

  it('is neither counted nor held by the brake', async () => {
    await history.close();
    history = await History.begin({ brake: '1/10' });
    const [first, second] = [await untagged(), await untagged()];
    await requests(first, 'Backend');
    await requests(second);
    await history.arrives();
    expect(history.counts()).toEqual({ queued: 3 });
    await history.arrives();
    expect(history.counts()).toEqual({ queued: 2, cancelled: 1, held: 2 });
    await history.codesubmitReturns();
    expect(history.sent()).toHaveLength(2);
  });

  it('is not sent to a candidate who turned out to be a person that was promised it', async () => {
    const emails = ['shared@example.com'];
    const id = await untagged();
    await requests(id, 'Backend');
    await history.later(MINUTE);
    contacts().setEmails(id, emails);
    const other = history.creates({ emails });
    await history.moves(other);
    await history.codesubmitReturns();
    expect(history.sent()).toEqual(['shared@example.com Backend']);
  });

  it('of a forgotten candidate is sent', async () => {
    history.codesubmitStalls();
    const id = await history.arrives();
    await history.forget(id);
    expect(history.invitations()).toEqual(['Backend cancelled erased']);
    await history.later(MINUTE);
    await history.send(id, 'Frontend');
    await history.codesubmitReturns();
    expect(history.sent()).toEqual([expect.stringContaining('Frontend')]);
  });

  it('fails when CodeSubmit lacks the challenge, and goes by a rule once it has it again', async () => {
    const id = await untagged();
    const [test] = history.codesubmit.tests as [(typeof history.codesubmit.tests)[0]];
    history.afterNext('GET', /\/tests/, () => history.codesubmit.tests.splice(0, 1));
    await history.send(id, 'Backend');
    await history.passes(10);
    expect(history.invitations()).toEqual(['Backend failed unknown_challenge']);
    const posts = () => history.codesubmit.requests.count('POST', '/api/external/candidates');
    expect(posts()).toBeLessThanOrEqual(1);
    expect(history.bridge.timeline(id).fixes).toContain(
      'Restore the challenge in CodeSubmit, then run: codesubmit-lever retry 1',
    );
    actions().addTags(id, [BACKEND]);
    await history.checks();
    expect(history.decisionOn(id)).toBe('hold: unknown_challenge');
    history.codesubmit.tests.unshift(test);
    await history.passes(20);
    expect(history.invitations()).toEqual(['Backend linked']);
  });

  it('that was cancelled is requested again, and belongs to the rule after its decision', async () => {
    history.codesubmitStalls();
    const id = await history.arrives();
    await history.moves(id, BEFORE);
    expect(history.invitations()).toEqual(['Backend cancelled left_stage']);
    await requests(id, 'Backend');
    expect(history.invitations()).toEqual(['Backend queued']);
    await history.later(MINUTE);
    await history.moves(id);
    expect(history.decisionOn(id)).toBe('invite');
    await history.codesubmitReturns();
    expect(history.sent()).toHaveLength(1);
  });
});

describe('the deliberate repetition', () => {
  const again = { again: true };

  it('is sent beside earlier ones, each time again, and no rule sends after it', async () => {
    const id = await history.arrives();
    for (const times of [2, 3]) {
      await history.send(id, 'Backend', again);
      await history.passes(1);
      expect(history.sent()).toHaveLength(times);
    }
    const other = await untagged();
    await history.send(other, 'Backend', again);
    await history.passes(1);
    actions().addTags(other, [BACKEND]);
    await history.checks();
    expect(history.decisionOn(other)).toBe('ignore: already_invited');
    expect(history.sent()).toHaveLength(4);
  });

  it('is not mistaken for one made in CodeSubmit before', async () => {
    const id = await history.arrives({ tags: [], emails: ['ada@example.com'] });
    history.inviteByHand('ada@example.com');
    await history.later(DAY);
    await history.send(id, 'Backend', again);
    await history.passes(1);
    expect(history.sent()).toEqual(['ada@example.com Backend']);
  });

  it('of another challenge is refused while a rule’s is on its way, which it would cancel', async () => {
    history.codesubmitStalls();
    const id = await history.arrives();
    await expect(history.send(id, 'Frontend', again)).rejects.toThrow('“Backend” is already on');
    await history.codesubmitReturns();
    await history.send(id, 'Frontend', again);
    await history.passes(1);
    expect(history.invitations(id)).toEqual(['Backend linked', 'Frontend linked']);
  });

  describe('while the challenge is on its way to the person’s other opportunity', () => {
    let second: string;
    beforeEach(async () => {
      const first = await untagged();
      const { contactId } = history.lever.opportunities.get(first);
      second = history.creates({ contactId, emails: [], tags: [] });
      await history.moves(second);
      await requests(first, 'Backend');
    });

    it('is refused, so the first request doesn’t end for one that may never be sent', async () => {
      await expect(history.send(second, 'Backend', again)).rejects.toThrow('already on its way');
      await history.codesubmitReturns();
      expect(history.sent()).toHaveLength(1);
      await history.send(second, 'Backend', again);
      await history.passes(1);
      expect(history.sent()).toHaveLength(2);
    });

    it('names what makes the first one go, also during a pause', async () => {
      const hinting = (hint: string) => ({ hint: expect.stringContaining(hint) as unknown });
      const refused = () => expect(history.send(second, 'Backend', again)).rejects;
      await refused().toMatchObject(hinting('The daemon sends it'));
      await history.bridge.pause();
      await refused().toMatchObject(hinting('codesubmit-lever resume'));
    });
  });

  it.each(['contact', 'address'])('isn’t retried beside one on its way to the %s', async (same) => {
    const isSame = same === 'contact';
    const emails = ['ada!@example.com', 'ada@example.com'];
    const first = await history.arrives({ tags: [], emails });
    const repetition = await history.send(first, 'Backend', again);
    await history.passes(1);
    expect(history.invitations()).toEqual(['Backend failed refused']);
    const { contactId } = history.lever.opportunities.get(first);
    // Of the same contact, or of another one with the profile's other address.
    const person = isSame ? { contactId, emails: [] } : { emails: emails.slice(1) };
    const second = history.creates({ ...person, tags: [] });
    if (isSame) contacts().setEmails(second, ['ada!@example.com', 'grace@example.com']);
    await history.moves(second);
    await requests(second, 'Backend');
    expect(await history.retry(repetition)).toEqual([]);
    await history.codesubmitReturns();
    expect(await history.retry(repetition)).toEqual([repetition]);
  });
});
