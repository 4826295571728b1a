/** What Lever gets of a challenge, link or note: once, whatever Lever answers, and not again once a recruiter has removed it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { revoke } from '../../src/admin/actions/admin-actions.js';
import type { FaultRule } from '../../src/simulator/faults/fault-plan.js';
import { History, MINUTE, SECOND } from '../rigs/history.js';
import { spoilSealed } from '../rigs/rows-about.js';
import type { TappedRequest } from '../rigs/vendor-tap.js';

const ADA = { emails: ['ada@example.com'] };
const OF_CANDIDATE = '/v1/opportunities/:id';
const ADD_LINK = { method: 'POST', route: `${OF_CANDIDATE}/addLinks` } as const;
const ADD_NOTE = { method: 'POST', route: `${OF_CANDIDATE}/notes` } as const;

let history: History;
beforeEach(async () => {
  history = await History.begin();
});
afterEach(() => {
  expect(history.log.join('\n')).not.toContain('work not settled');
});

const fail = (fault: FaultRule) => history.lever.faults.set(fault);
const tried = ({ method, route }: { method: string; route: string } = ADD_LINK) =>
  history.lever.requests.count(method, route);
/** What the log says of attempts, each as `KIND OUTCOME NUMBER`. */
function attempts(): string[] {
  const start = 'write-back ';
  return history.log
    .filter((line) => line.startsWith(start))
    .map((line) => JSON.parse(line.slice(start.length)) as Record<string, unknown>)
    .map(({ kind, outcome, attempt }) => `${String(kind)} ${String(outcome)} ${String(attempt)}`);
}
/** What the timeline says of it. */
const reportedOf = (id: string, kind = 'link') =>
  history.timelineOf(id).filter((line) => line.startsWith(`The ${kind} `));
/** A link appears twice if it is added twice. */
const isLinkedOnce = (id: string) =>
  expect([history.invitations(id), history.linksOf(id).length]).toEqual([['Backend linked'], 1]);

/** What becomes of the first request for an update; each ends with the update in Lever once. */
const TROUBLES: [what: string, fault: FaultRule][] = [
  ['its answer is lost', { kind: 'drop-after' }],
  ['it is 429, though Lever did it', { kind: '429', when: 'after', retryAfter: 1 }],
  ['it is 503, though Lever did it', { kind: '5xx', when: 'after', status: 503 }],
  ['its answer is empty', { kind: 'empty' }],
  ['its answer doesn’t show it', { kind: 'null' }],
  ['it is refused', { kind: '5xx', status: 409 }],
  ['it never came', { kind: 'drop-before' }],
];

/** A candidate arrives. The process dies right after Lever got the update, which is due by then, and starts again. */
async function dieAfter({ method, route }: typeof ADD_LINK | typeof ADD_NOTE, dueMs: number) {
  const id = history.creates();
  const isSuch = (request: TappedRequest): boolean =>
    request.method === method && request.path === route.replace(':id', id);
  const happen = async (): Promise<void> => {
    await history.moves(id);
    await history.later(dueMs);
  };
  await history.bridge.killDuring('after the vendor did it', happen, isSuch);
  expect(tried({ method, route })).toBe(1);
  return id;
}

describe('a link', () => {
  it('that is new is added without a look', async () => {
    const reads = history.lever.requests.count('GET', OF_CANDIDATE);
    const id = await history.arrives();
    isLinkedOnce(id);
    expect(history.lever.requests.count('GET', OF_CANDIDATE)).toBe(reads + 1);
    expect(history.timelineOf(id).at(-1)).toBe('The link is in Lever');
  });

  it('that a 2xx doesn’t show is read back at once', async () => {
    history.lever.switches.linksReply = 'hollow';
    const id = await history.arrives();
    isLinkedOnce(id);
    expect(attempts()).toEqual(['link done 1']);
  });

  it('that a read doesn’t show either is pending until it is there', async () => {
    fail({ kind: 'null', when: 'before', ...ADD_LINK, times: 1 });
    const id = await history.arrives();
    expect(history.invitations(id)).toEqual(['Backend invited']);
    const reason = '(Lever does not show yet what it accepted)';
    expect(reportedOf(id).at(-1)).toBe(
      `The link could not be written to Lever; retrying ${reason}`,
    );
    await history.passes(3);
    isLinkedOnce(id);
    expect(attempts()).toEqual(['link not_shown 1', 'link done 2']);
  });

  it('whose attempts fail: the log and the timeline say what each came to', async () => {
    fail({ kind: '5xx', status: 409, ...ADD_LINK, times: 1 });
    fail({ kind: 'drop-after', ...ADD_LINK, times: 1 });
    const id = await history.arrives();
    await history.passes(5);
    isLinkedOnce(id);
    expect(attempts()).toEqual([
      'link refused 1',
      'link unknown_outcome 2',
      'link there_already 3',
    ]);
    expect(reportedOf(id).slice(0, 3)).toEqual([
      expect.stringMatching(/^The link could not be written to Lever; retrying \(.*409/),
      expect.stringMatching(/^The link could not be written to Lever; retrying \(/),
      'The link is in Lever',
    ]);
  });

  it.each([
    [409, 'warn', 'Retried automatically'],
    [400, 'fail', 'set an acting user'],
  ])('that Lever answers %i again and again is named', async (status, level, fix) => {
    await history.bridge.set({ performAs: history.lever.account.users[0]!.id });
    fail({ kind: '5xx', status, ...ADD_LINK });
    await history.arrives();
    expect(history.problems()).toEqual([]);
    await history.passes(10);
    expect(history.problem('link_refused')).toMatchObject({
      level,
      what: expect.stringContaining(String(status)) as unknown,
      fix: expect.stringContaining(fix) as unknown,
    });
  });

  it('that Lever refuses for good is named with that, though another’s error may pass', async () => {
    await history.bridge.set({ performAs: history.lever.account.users[0]!.id });
    fail({ kind: '5xx', status: 400, ...ADD_LINK });
    await history.arrives();
    await history.passes(10);
    history.lever.faults.clear();
    fail({ kind: '5xx', status: 409, ...ADD_LINK });
    await history.arrives();
    await history.later(5 * SECOND);
    expect(history.problem('link_refused')?.what).toMatch(/^2 links .* refuses .*400/);
  });

  it.each(TROUBLES)(
    'is there once when %s, in whatever form Lever keeps it',
    async (_what, fault) => {
      for (const linkStorage of ['as-given', 'without-scheme', 'with-slash'] as const) {
        history.lever.switches.linkStorage = linkStorage;
        fail({ ...fault, ...ADD_LINK, times: 1 });
        const id = await history.arrives();
        await history.passes(3);
        isLinkedOnce(id);
      }
    },
  );

  it.each<[what: string, fault: FaultRule]>([
    ['429', { kind: '429', retryAfter: 5 }],
    ['503', { kind: '5xx', status: 503 }],
    ['401', { kind: '5xx', status: 401 }],
    ['no answer', { kind: 'drop-before' }],
  ])('that was accepted is looked for after the look behind it got %s', async (_what, fault) => {
    history.lever.switches.linksReply = 'hollow';
    fail({ ...fault, method: 'GET', route: OF_CANDIDATE, skip: 1, times: 1 });
    const id = await history.arrives();
    await history.passes(10);
    isLinkedOnce(id);
    expect(tried()).toBe(1);
  });

  it('is added once to a contact with two opportunities', async () => {
    fail({ kind: '5xx', status: 409, ...ADD_LINK, times: 1 });
    const first = await history.arrives(ADA);
    const { contactId } = history.lever.opportunities.get(first);
    const second = await history.arrives({ ...ADA, contactId });
    await history.passes(3);
    isLinkedOnce(first);
    expect([history.linksOf(second).length, tried()]).toEqual([1, 2]);
  });

  it('that is known only later comes to each opportunity of the person then', async () => {
    history.codesubmit.switches.linkIn = 'list';
    // Nothing else asks Lever at the moment when the link is known.
    await history.passes(2);
    const [first, second] = [await history.arrives(ADA), await history.arrives(ADA)];
    const { contactId } = history.lever.opportunities.get(second);
    await history.arrives({ ...ADA, contactId });
    expect([history.linksOf(first), history.linksOf(second)]).toEqual([[], []]);
    await history.passes(10);
    const [link] = history.linksOf(first);
    expect([history.linksOf(first), history.linksOf(second)]).toEqual([[link], [link]]);
  });

  it('waits longer after each failure, and is due again at the next start', async () => {
    fail({ kind: '5xx', status: 409, ...ADD_LINK });
    const id = await history.arrives();
    await history.passes(240);
    expect(tried()).toBeGreaterThan(8);
    expect(tried()).toBeLessThan(20);
    // It has just failed: the next attempt is long off.
    const before = tried();
    while (tried() === before) await history.passes(1);
    history.lever.faults.clear();
    await history.later(SECOND);
    expect(history.invitations(id)).toEqual(['Backend invited']);
    await history.bridge.restart();
    await history.passes(1);
    isLinkedOnce(id);
  });

  it('ends the series of failures that lengthens the waits, once it is there', async () => {
    fail({ kind: '429', ...ADD_LINK, times: 5 });
    const first = await history.arrives();
    await history.passes(8);
    isLinkedOnce(first);
    fail({ kind: '429', ...ADD_LINK, times: 1 });
    const id = await history.arrives();
    await history.later(2 * SECOND);
    isLinkedOnce(id);
  });

  it('of a hidden candidate is named, and written once Lever shows them again', async () => {
    fail({ kind: '5xx', status: 409, ...ADD_LINK, times: 1 });
    const id = await history.arrives();
    fail({ kind: '5xx', status: 404, method: 'GET', route: OF_CANDIDATE });
    await history.passes(60);
    expect([tried(), history.problems()]).toEqual([1, ['link_not_written']]);
    // Less and less often, while only the checks of the stages show them.
    expect(attempts().slice(0, 2)).toEqual(['link refused 1', 'link gone 2']);
    expect(attempts().length).toBeLessThan(13);
    expect(reportedOf(id).at(-1)).toMatch(/a check of its stage shows the candidate \(not visible/);
    history.lever.faults.clear();
    await history.passes(60);
    isLinkedOnce(id);
    expect(history.problems()).toEqual([]);
  });

  it('that a recruiter removes stays removed', async () => {
    const id = await history.arrives();
    history.lever.contacts.removeLinks(id, history.linksOf(id));
    await history.bridge.restart();
    await history.retry(1);
    await history.bridge.sweep();
    const { contactId } = history.lever.opportunities.get(id);
    const other = await history.arrives({ contactId });
    await history.passes(10);
    expect(history.decisionOn(other)).toBe('ignore: already_invited');
    expect(history.linksOf(id)).toEqual([]);
  });

  it('is written during a pause', async () => {
    fail({ kind: '5xx', status: 409, ...ADD_LINK, times: 1 });
    const id = await history.arrives();
    await history.bridge.pause();
    await history.passes(2);
    isLinkedOnce(id);
  });

  it('is not written once `revoke` has returned', async () => {
    fail({ kind: '5xx', status: 409, ...ADD_LINK, times: 1 });
    const id = await history.arrives();
    await history.bridge.command((app) => revoke(app));
    await history.passes(60);
    expect([history.linksOf(id), tried()]).toEqual([[], 1]);
    expect(history.bridge.status().integration.state).toBe('revoked');
  });

  it('waits while Lever rejects the key, and uses up no attempt', async () => {
    fail({ kind: '5xx', status: 401, ...ADD_LINK, times: 1 });
    const id = await history.arrives();
    await history.passes(6);
    isLinkedOnce(id);
    expect(history.log.join()).toContain('account rejected');
    expect(history.timelineOf(id).join()).not.toContain('retrying');
    expect(attempts()).toEqual(['link later 1', 'link done 1']);
  });
});

describe('while Lever’s reads are half a minute behind, one link is added', () => {
  beforeEach(() => {
    history.lever.switches.readLagMs = 29 * SECOND;
  });

  it.each(['drop-after', 'truncated', 'hollow'] as const)(
    'when it is answered: %s',
    async (how) => {
      if (how === 'hollow') history.lever.switches.linksReply = 'hollow';
      else fail({ kind: how, when: 'after', ...ADD_LINK, times: 1 });
      const id = await history.arrives();
      await history.later(40 * SECOND);
      expect(history.invitations(id)).toEqual(['Backend invited']);
      await history.passes(5);
      isLinkedOnce(id);
    },
  );

  it('when the process dies right after it', async () => {
    const id = await dieAfter(ADD_LINK, 40 * SECOND);
    await history.passes(5);
    isLinkedOnce(id);
  });

  it('when an admin asks for it again before it shows', async () => {
    fail({ kind: 'drop-after', ...ADD_LINK, times: 1 });
    const id = await history.arrives();
    await history.later(40 * SECOND);
    await history.retry(1);
    await history.passes(5);
    isLinkedOnce(id);
  });
});

describe('a challenge without a link that is recognised', () => {
  beforeEach(() => {
    Object.assign(history.codesubmit.switches, { linkIn: 'nowhere', misleadingLinks: true });
  });
  const notes = (id: string) => history.notesOf(id).length;

  it('is noted in Lever, without link or address, and named', async () => {
    const id = await history.arrives();
    await history.passes(4);
    expect(history.notesOf(id)).toEqual([
      expect.stringMatching(
        /“Backend” was sent .* not listed here\. You can find it in CodeSubmit\./,
      ),
    ]);
    await history.passes(10);
    expect([history.invitations(id), history.linksOf(id)]).toEqual([['Backend invited'], []]);
    expect(notes(id)).toBe(1);
    expect(history.notesOf(id)[0]).not.toMatch(/https?:|@/);
    expect(history.problems()).toEqual(['link_not_found']);
    expect(attempts()).toEqual(['note done 1']);
    // There is nothing to write again before the link is known.
    expect(await history.retry(1)).toEqual([]);
  });

  function isNotedOnce(id: string): void {
    expect(notes(id)).toBe(1);
    expect(reportedOf(id, 'note').at(-1)).toBe('The note is in Lever');
  }

  it.each(TROUBLES)('is noted once when %s', async (_what, fault) => {
    fail({ ...fault, ...ADD_NOTE, times: 1 });
    const id = await history.arrives();
    await history.passes(30);
    isNotedOnce(id);
  });

  it('is noted once when the process dies right after it', async () => {
    const id = await dieAfter(ADD_NOTE, 10 * MINUTE);
    await history.passes(10);
    isNotedOnce(id);
  });

  it('is noted once the candidate is shown again', async () => {
    fail({ kind: 'drop-before', ...ADD_NOTE, times: 1 });
    const hidden = fail({ kind: '5xx', status: 404, method: 'GET', route: ADD_NOTE.route });
    const id = await history.arrives();
    await history.passes(60);
    expect(history.problems()).toContain('note_not_written');
    expect([notes(id), tried(ADD_NOTE)]).toEqual([0, 1]);
    history.lever.faults.clear(hidden.id);
    await history.passes(60);
    expect(notes(id)).toBe(1);
  });

  it('is noted for each of two', async () => {
    const id = await history.arrives();
    await history.passes(2);
    await history.send(id, 'Frontend', { again: true });
    await history.passes(10);
    expect(
      history
        .notesOf(id)
        .map((note) => note.split('”')[0])
        .toSorted(),
    ).toEqual(['CodeSubmit: “Backend', 'CodeSubmit: “Frontend']);
  });

  it.each([
    ['is noted three minutes later', 'nowhere', 1, 0],
    ['isn’t noted once the list shows the link', 'list', 0, 1],
  ] as const)('of one sent manually %s', async (_what, linkIn, noted, linked) => {
    history.inviteByHand('ada@example.com');
    const id = await history.arrives(ADA);
    expect(history.invitations(id)).toEqual(['Backend invited']);
    history.codesubmit.switches.linkIn = linkIn;
    await history.later(170 * SECOND);
    expect(notes(id)).toBe(0);
    await history.passes(10);
    expect([notes(id), history.linksOf(id).length]).toEqual([noted, linked]);
  });

  it('is not noted a second time where notes can’t be read', async () => {
    fail({ kind: 'drop-after', ...ADD_NOTE, times: 1 });
    fail({ kind: '5xx', status: 403, method: 'GET', route: ADD_NOTE.route });
    const id = await history.arrives();
    await history.passes(60);
    expect([notes(id), tried(ADD_NOTE)]).toEqual([1, 1]);
  });

  it('is not noted again by a data directory that is restored', async () => {
    const id = await history.arrives();
    await history.bridge.backUp();
    await history.passes(10);
    expect(notes(id)).toBe(1);
    await history.bridge.restore();
    await history.bridge.resume();
    await history.passes(10);
    expect(notes(id)).toBe(1);
  });
});

it('a link that only CodeSubmit’s list shows comes without a note or a problem', async () => {
  history.codesubmit.switches.linkIn = 'list';
  await history.arrives();
  await history.passes(5);
  const id = await history.arrives();
  const problems: string[] = [];
  for (let seconds = 0; seconds < 180; seconds += 10) {
    problems.push(...history.problems());
    await history.later(10 * SECOND);
  }
  await history.passes(10);
  isLinkedOnce(id);
  expect([problems, history.notesOf(id)]).toEqual([[], []]);
});

it('Lever asks for an acting user: all waits until it is set, and uses up no attempt', async () => {
  Object.assign(history.lever.switches, { performAs: 'required' });
  const [first, second] = [await history.arrives(), await history.arrives()];
  await history.passes(60);
  expect(history.problems()).toContain('perform_as_missing');
  expect([history.counts(), tried()]).toEqual([{ invited: 2 }, 1]);
  expect(attempts()).toEqual(['link acting_user_missing 1']);
  await history.bridge.set({ performAs: history.lever.account.users[0]!.id });
  await history.passes(1);
  isLinkedOnce(first);
  isLinkedOnce(second);
  expect(history.problems()).toEqual([]);
});

it('Lever asks for an acting user while another write fails: both wait', async () => {
  Object.assign(history.lever.switches, { performAs: 'required' });
  fail({ kind: '5xx', status: 409, ...ADD_LINK, skip: 1, times: 1 });
  await history.movesMany([history.creates(), history.creates()]);
  expect(attempts().toSorted()).toEqual(['link acting_user_missing 1', 'link refused 1']);
  await history.passes(60);
  expect([history.counts(), tried()]).toEqual([{ invited: 2 }, 2]);
  expect(history.problems()).toContain('perform_as_missing');
});

it('a link that can’t be decrypted is named, and written from a backup', async () => {
  fail({ kind: '5xx', ...ADD_LINK, times: 1 });
  const id = await history.arrives();
  await history.bridge.backUp();
  await history.bridge.command(async ({ database }) => {
    spoilSealed(database.connection, 'invitations');
  });
  await history.passes(90);
  expect([history.linksOf(id), history.problems().toSorted()]).toEqual([
    [],
    ['link_refused', 'writeback_too_long'],
  ]);
  expect(history.timelineOf(id).join()).toContain('codesubmit-lever restore FILE');
  expect(history.log.splice(0).join()).toContain('is damaged, or was altered');
  await history.bridge.restore();
  await history.bridge.resume();
  await history.passes(3);
  isLinkedOnce(id);
});

it('the data directory has no address, link or note in plain text', async () => {
  history.codesubmit.switches.linkIn = 'list';
  fail({ kind: '5xx', status: 409, ...ADD_NOTE });
  fail({ kind: '5xx', status: 409, ...ADD_LINK });
  await history.arrives(ADA);
  await history.passes(20);
  const bytes = await history.bridge.command(({ database }) =>
    Promise.resolve(database.connection.serialize()),
  );
  for (const plain of ['ada@example.com', '/c/', 'was sent to this candidate']) {
    expect(bytes.includes(plain), plain).toBe(false);
  }
});
