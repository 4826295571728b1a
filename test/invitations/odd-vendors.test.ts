/**
 * Each variant of CodeSubmit's undocumented behaviour: no one is invited twice, and no one is
 * forgotten silently.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preview } from '../../src/operate/preview/preview.js';
import { readTimeline } from '../../src/operate/timeline/timeline.js';
import { settle } from '../../src/operate/actions/admin-actions.js';
import type { InvitationId, OpportunityId } from '../../src/domain/ids.js';
import { planSend, queueSend } from '../../src/operate/actions/send.js';
import { linkOf } from '../../src/simulator/codesubmit/invitation-view.js';
import { isFull } from '../support/fault-tools.js';
import type { SimulatedBridge } from '../simulation/simulated-bridge.js';
import { startInviting } from './inviting-bridge.js';

const MINUTE = 60_000;
/** Two readings fifteen settling times apart prove an absence. */
const UNTIL_ABSENT = 18;
const POST = { method: 'POST', route: '/api/external/candidates', times: 1 } as const;

let bridge: SimulatedBridge;
beforeEach(async () => {
  bridge = await startInviting();
});
afterEach(() => bridge.close());

const switches = () => bridge.simulator.codesubmit.switches;
const loseAnswer = () => bridge.simulator.codesubmit.faults.set({ kind: 'drop-after', ...POST });
const loseRequest = () => bridge.simulator.codesubmit.faults.set({ kind: 'drop-before', ...POST });
const addresses = () => bridge.simulator.codesubmit.invitations.map(({ email }) => email);

const stateOf = (id: string) =>
  bridge.status().invitations.find(({ opportunityId }) => opportunityId === id)?.state;
const detailOf = (id: string) =>
  bridge
    .rows<{ opportunity_id: string; detail: string | null }>(
      'SELECT opportunity_id, detail FROM invitations',
    )
    .find((row) => row.opportunity_id === id)?.detail;
const holdOf = (id: string) =>
  bridge.status().held.find(({ opportunityId }) => opportunityId === id)?.reason;
const problems = () => bridge.status().integration.problems.map(({ code }) => code);

const ORDERS = ['newest-first', 'oldest-first', 'random'] as const;

describe.each(ORDERS.slice(isFull ? 0 : -1))('a list %s', (listOrder) => {
  it('shows the outcome of a lost answer, on whichever page it is', async () => {
    Object.assign(switches(), { listOrder, pageSize: 1 });
    for (let index = 0; index < 3; index += 1) await bridge.arrive(`person-${index}@example.com`);
    loseAnswer();
    const id = await bridge.arrive('ada@example.com');
    await bridge.arrive('last@example.com');
    await bridge.pass(2);
    expect(stateOf(id)).toBe('linked');
    expect(addresses().filter((address) => address === 'ada@example.com')).toHaveLength(1);
  });
});

it('a list whose pages always leave someone out proves no absence, and what waits for it is named', async () => {
  Object.assign(switches(), { listOrder: 'unstable', pageSize: 1 });
  const emails = Array.from({ length: 8 }, (_, index) => `person-${index}@example.com`);
  bridge.simulator.codesubmit.faults.set({ kind: 'drop-after', ...POST, times: emails.length });
  for (const email of emails) await bridge.arrive(email);
  await bridge.pass(30);
  expect(new Set(addresses()).size).toBe(addresses().length);
  expect(problems()).not.toEqual([]);
});

it('what a later attempt sent is not taken for what an admin says was sent', async () => {
  loseRequest();
  const who = await bridge.arrive('ada@example.com');
  await bridge.command((app) => settle(app, 1 as InvitationId, { isSent: true, link: null }));
  loseAnswer();
  await bridge.command(async (app) =>
    queueSend(app, await planSend(app, { who, challenge: 'Backend', isAgain: true })),
  );
  await bridge.arrive('grace@example.com');
  // The list is read once for both.
  bridge.clock.advance(40 * MINUTE);
  await bridge.pass(10);
  expect(addresses()).toEqual(['ada@example.com', 'grace@example.com']);
});

it('what an admin says was sent is not taken for what a later attempt sent', async () => {
  loseAnswer();
  await bridge.arrive('ada@example.com');
  await bridge.command((app) => settle(app, 1 as InvitationId, { isSent: true, link: null }));
  bridge.clock.advance(MINUTE / 2);
  loseRequest();
  const who = await bridge.arrive('Ada@example.com');
  await bridge.command(async (app) =>
    queueSend(app, await planSend(app, { who, challenge: 'Backend', isAgain: true })),
  );
  await bridge.arrive('grace@example.com');
  await bridge.pass(10);
  expect([stateOf(who), detailOf(who)]).toEqual(['uncertain', 'several_claimants']);
  bridge.clock.advance(60 * MINUTE);
  await bridge.pass(2);
  await bridge.command((app) => settle(app, 2 as InvitationId, { isSent: false, link: null }));
  await bridge.pass(20);
  expect(bridge.status().invitations.map(({ state }) => state)).toEqual(Array(3).fill('linked'));
  expect(addresses()).toEqual(['ada@example.com', 'grace@example.com', 'Ada@example.com']);
});

it('what an admin settled with its link is not taken for one that was lost long before', async () => {
  const who = await bridge.arrive('bo@example.com');
  loseRequest();
  const id = await bridge.arrive('ada@example.com');
  bridge.clock.advance(31 * 24 * 60 * MINUTE);
  loseAnswer();
  await bridge.command(async (app) => {
    const plan = await planSend(app, { who, challenge: 'Backend', isAgain: true });
    bridge.simulator.lever.contacts.setEmails(who, ['Ada@example.com']);
    await queueSend(app, plan);
  });
  const { codesubmit } = bridge.simulator;
  const link = codesubmit.invitations.map((one) => linkOf(codesubmit, one)).at(-1) ?? null;
  await bridge.command((app) => settle(app, 3 as InvitationId, { isSent: true, link }));
  await bridge.arrive('grace@example.com');
  await bridge.pass(UNTIL_ABSENT);
  expect(stateOf(id)).toBe('cancelled');
});

describe('a vendor that answers without an id', () => {
  beforeEach(() => {
    switches().replyId = 'absent';
  });

  it('is believed to have sent it, which the list confirms', async () => {
    const id = await bridge.arrive('ada@example.com');
    expect(stateOf(id)).toBe('uncertain');
    await bridge.pass(2);
    expect(stateOf(id)).toBe('linked');
    expect(addresses()).toEqual(['ada@example.com']);
  });

  it('whose list never shows it is not asked again: an admin settles it', async () => {
    switches().listLagMs = 24 * 60 * MINUTE;
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(10);
    expect([stateOf(id), detailOf(id)]).toEqual(['uncertain', 'accepted_but_not_listed']);
    expect(problems()).toContain('uncertain');
    expect(addresses()).toEqual(['ada@example.com']);
  });
});

describe('a vendor that changes the addresses it is sent', () => {
  beforeEach(() => {
    switches().emailRewrite = 'without-plus-and-dots';
  });

  it('and whose answer was lost: an admin settles a similar address', async () => {
    loseAnswer();
    const id = await bridge.arrive('a.d.a@example.com');
    await bridge.pass(10);
    expect([stateOf(id), detailOf(id)]).toEqual(['uncertain', 'similar_address_at_codesubmit']);
    expect(problems()).toContain('uncertain');
    expect(addresses()).toHaveLength(1);
  });

  it('proves no absence once this is known', async () => {
    await bridge.arrive('gr.ace@example.com');
    loseRequest();
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(10);
    expect([stateOf(id), detailOf(id)]).toEqual(['uncertain', 'rows_not_recognised']);
  });
});

describe('a list that lags', () => {
  beforeEach(() => {
    switches().listLagMs = 30 * MINUTE;
  });

  it('isn’t believed about a lost answer while it lacks a newer one', async () => {
    loseAnswer();
    const id = await bridge.arrive('ada@example.com');
    await bridge.arrive('grace@example.com');
    await bridge.pass(12);
    expect([stateOf(id), detailOf(id)]).toEqual(['uncertain', 'list_lags']);
    expect(addresses()).toEqual(['ada@example.com', 'grace@example.com']);
  });

  it('isn’t believed about one after another that it lacks', async () => {
    await bridge.arrive('grace@example.com');
    bridge.clock.advance(MINUTE / 2);
    loseAnswer();
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(12);
    expect([stateOf(id), detailOf(id)]).toEqual(['uncertain', 'list_lags']);
    expect(addresses()).toEqual(['grace@example.com', 'ada@example.com']);
  });

  it('is read until it shows the outcome of a lost answer', async () => {
    loseAnswer();
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(12);
    expect([stateOf(id), detailOf(id)]).toEqual(['uncertain', 'no_control']);
    await bridge.pass(20);
    await bridge.arrive('grace@example.com');
    await bridge.pass(2);
    expect(stateOf(id)).toBe('linked');
    expect(addresses()).toEqual(['ada@example.com', 'grace@example.com']);
  });

  it('that earlier polls caught lagging isn’t believed about the only one either', async () => {
    await bridge.arrive('grace@example.com');
    await bridge.pass(5);
    loseAnswer();
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(12);
    expect([stateOf(id), detailOf(id)]).toEqual(['uncertain', 'list_lags']);
    expect(addresses()).toEqual(['grace@example.com', 'ada@example.com']);
  });
});

/** Ways in which a list may show who was sent what, and when. */
const SHAPES: [what: string, shape: object][] = [
  ['no address', { rowEmail: 'absent' }],
  ['a nested address', { rowEmail: 'nested' }],
  ['a masked address', { rowEmail: 'masked' }],
  ['an id that no challenge has', { rowTest: 'other-id' }],
  ['no challenge', { rowTest: 'absent' }],
  ['no date', { createdAt: 'absent' }],
  ['a date without a zone', { createdAt: 'no-zone' }],
  ['a date without a time', { createdAt: 'date-only' }],
];
const TOLD: [what: string, shape: object][] = [
  ['an object', { rowTest: 'object' }],
  ['a name', { rowTest: 'name' }],
  ['an id', { rowTest: 'id' }],
];
const LOSSES = [
  ['answer', loseAnswer],
  ['request', loseRequest],
] as const;

describe.each(LOSSES)('after a lost %s', (what, lose) => {
  it.each(SHAPES)('a list whose rows have %s leaves it to an admin', async (_what, shape) => {
    await bridge.set({ unreadableList: 'send' });
    await bridge.arrive('grace@example.com');
    await bridge.pass(2);
    Object.assign(switches(), shape);
    lose();
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(12);
    expect(stateOf(id)).toBe('uncertain');
    expect(problems()).toContain('uncertain');
    expect(addresses().filter((address) => address === 'ada@example.com').length).toBeLessThan(2);
  });

  it.each(TOLD)('a list that gives the challenge by %s settles it', async (_what, shape) => {
    Object.assign(switches(), shape);
    await bridge.arrive('grace@example.com');
    await bridge.pass(2);
    lose();
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(UNTIL_ABSENT);
    expect(stateOf(id)).toBe('linked');
    expect(addresses()).toEqual(['grace@example.com', 'ada@example.com']);
  });

  it('waits for one of ours if the list has none', async () => {
    lose();
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(12);
    const isAdopted = what === 'answer';
    expect(stateOf(id)).toBe(isAdopted ? 'linked' : 'uncertain');
    await bridge.arrive('grace@example.com');
    await bridge.pass(UNTIL_ABSENT);
    expect(stateOf(id)).toBe('linked');
    expect(addresses().sort()).toEqual(['ada@example.com', 'grace@example.com']);
  });
});

it('a change of settings has it looked up again', async () => {
  await bridge.set({ unreadableList: 'send' });
  await bridge.arrive('grace@example.com');
  await bridge.pass(2);
  switches().rowEmail = 'nested';
  loseRequest();
  const id = await bridge.arrive('ada@example.com');
  await bridge.pass(12);
  expect([stateOf(id), detailOf(id)]).toEqual(['uncertain', 'rows_not_recognised']);
  await bridge.set({ listEmailPath: 'candidate.email' });
  await bridge.pass(UNTIL_ABSENT);
  expect(stateOf(id)).toBe('linked');
});

it('so does pausing and resuming, even if an unclear date had left it to a person', async () => {
  switches().createdAt = 'date-only';
  loseAnswer();
  const id = await bridge.arrive('ada@example.com');
  await bridge.pass(12);
  expect([stateOf(id), detailOf(id)]).toEqual(['uncertain', 'date_unclear_at_codesubmit']);
  switches().createdAt = 'present';
  await bridge.pause();
  await bridge.resume();
  await bridge.pass(4);
  expect(stateOf(id)).toBe('linked');
});

it('`resume` without a pause hides no list that can’t be read', async () => {
  switches().brokenPage = 1;
  await bridge.arrive('ada@example.com');
  await bridge.pass(20);
  const before = problems();
  expect(before).toContain('list_unreadable');
  await bridge.resume();
  expect(problems()).toEqual(before);
});

/**
 * What happens to a candidate who was invited manually in CodeSubmit, whatever the form of its
 * list.
 */
const MANUALLY: [what: string, odd: object, state: string][] = [
  ...SHAPES.map(([what, odd]) => [what, odd, stateBy(what)] as [string, object, string]),
  ...TOLD.map(
    ([what, odd]) => [`the challenge by ${what}`, odd, 'linked'] as [string, object, string],
  ),
  ['no count', { listCount: 'absent' }, 'linked'],
  ['a count of each page', { listCount: 'of-page' }, 'linked'],
  ['a count of more than there are', { listCount: 'too-many' }, 'queued'],
  ['a page that always fails', { brokenPage: 2 }, 'queued'],
  ['a next page that is the same', { nextUrl: 'same-page' }, 'queued'],
  ['no next page where there is one', { nextUrl: 'absent' }, 'queued'],
  ['a next page elsewhere', { nextUrl: 'other-origin' }, 'queued'],
];

/** Who has some challenge, which one nobody knows, is on hold. */
function stateBy(what: string): string {
  if (what.includes('date')) return 'linked';
  return what.includes('challenge') ? 'cancelled' : 'queued';
}

describe('someone was invited manually, and the list has', () => {
  it.each(MANUALLY)('%s', async (_what, odd, state) => {
    Object.assign(switches(), { pageSize: 2, ...odd });
    const { codesubmit } = bridge.simulator;
    const testId = codesubmit.tests[0]!.id;
    const names = { firstName: 'By', lastName: 'Hand' };
    for (const one of ['ada', 'bo', 'cy', 'di']) {
      codesubmit.invite({ testId, email: `${one}@example.com`, ...names });
    }
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(20);
    expect(stateOf(id)).toBe(state);
    expect(problems().includes('list_unreadable')).toBe(state === 'queued');
    expect(holdOf(id)).toBe(state === 'cancelled' ? 'similar_address' : undefined);
    expect(addresses().filter((address) => address === 'ada@example.com')).toHaveLength(1);
  });

  it('nobody at all, and doesn’t say so', async () => {
    switches().listCount = 'absent';
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(20);
    expect(stateOf(id)).toBe('queued');
    expect(problems()).toContain('list_unreadable');
    await bridge.set({ unreadableList: 'send' });
    await bridge.pass(2);
    expect(stateOf(id)).toBe('linked');
  });
});

const inviteManually = (email: string) => {
  const { codesubmit } = bridge.simulator;
  const testId = codesubmit.tests[0]!.id;
  return codesubmit.invite({ testId, email, firstName: 'By', lastName: 'Hand' });
};

describe('an address in the list is similar to that of a candidate', () => {
  it.each([
    ['ada+jobs@example.com', 'ada@example.com'],
    ['ada@example.com', 'ada+jobs@example.com'],
    ['a.d.a@gmail.com', 'ada@gmail.com'],
  ])('%s was invited manually, and %s is on hold until approved', async (manual, email) => {
    inviteManually(manual);
    const id = await bridge.arrive(email);
    await bridge.pass(2);
    expect([holdOf(id), stateOf(id)]).toEqual(['similar_address', 'cancelled']);
    expect(addresses()).toEqual([manual]);
    await bridge.approve([id]);
    await bridge.pass(2);
    expect([holdOf(id), stateOf(id)]).toEqual([undefined, 'linked']);
    expect(addresses()).toEqual([manual, email]);
  });

  it.each([
    ['a.d.a@example.com', 'ada@example.com', 'with dots, and not at Gmail'],
    ['ada@gmail.com', 'ada@example.com', 'at another host'],
  ])('%s is not similar to %s: %s', async (manual, email) => {
    inviteManually(manual);
    const id = await bridge.arrive(email);
    await bridge.pass(2);
    expect(stateOf(id)).toBe('linked');
    expect(addresses()).toEqual([manual, email]);
  });

  it('for a challenge that wasn’t identified, and is an hour later, though nothing else reads the list', async () => {
    switches().rowTest = 'absent';
    inviteManually('ada@example.com');
    const id = await bridge.arrive('ada@example.com');
    await bridge.sweep();
    expect([holdOf(id), stateOf(id)]).toEqual(['similar_address', 'cancelled']);
    switches().rowTest = 'object';
    await bridge.pass(59);
    await bridge.sweep();
    expect(holdOf(id)).toBe('similar_address');
    await bridge.pass(2);
    await bridge.sweep();
    expect([holdOf(id), stateOf(id)]).toEqual([undefined, 'linked']);
    expect(addresses()).toEqual(['ada@example.com']);
  });

  it('but we sent it to another contact, which puts no one on hold', async () => {
    await bridge.arrive('ada+jobs@example.com');
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(2);
    expect(stateOf(id)).toBe('linked');
    expect(addresses()).toEqual(['ada+jobs@example.com', 'ada@example.com']);
  });

  it('beside an equal one, which is adopted', async () => {
    inviteManually('ada+jobs@example.com');
    inviteManually('ada@example.com');
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(2);
    expect([stateOf(id), detailOf(id)]).toEqual(['linked', 'adopted']);
    expect(addresses()).toHaveLength(2);
  });

  it('and preview says so before anything was read', async () => {
    const { actions } = bridge.simulator.lever;
    inviteManually('ada+jobs@example.com');
    const person = { name: 'Ada Fictional', stageId: 'Phone screen', emails: ['ada@example.com'] };
    const { id } = actions.create({ ...person, tags: ['codesubmit:backend'] });
    bridge.clock.advance(1);
    actions.move(id, 'Take-home');
    const query = { rules: [], existing: 'leave', onProgress: () => undefined } as const;
    const { people } = await bridge.command((app) => preview(app, query));
    await bridge.sweep();
    expect(people.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['hold', 'similar_address'],
    ]);
    expect(holdOf(id)).toBe('similar_address');
  });

  it('and a `send` from before the list was read is cancelled, with a hint', async () => {
    inviteManually('ada+jobs@example.com');
    const { actions } = bridge.simulator.lever;
    const person = { name: 'Ada Fictional', stageId: 'Phone screen', emails: ['ada@example.com'] };
    const { id } = actions.create({ ...person, tags: [] });
    const fixes = await bridge.command(async (app) => {
      await queueSend(app, await planSend(app, { who: id, challenge: 'Backend', isAgain: false }));
      await bridge.pass(2);
      return readTimeline(app, id as OpportunityId).fixes;
    });
    expect(bridge.status().invitations).toMatchObject([
      { state: 'cancelled', reason: 'similar_address' },
    ]);
    expect(fixes.join()).toContain('--again');
    expect(addresses()).toEqual(['ada+jobs@example.com']);
  });

  it('and `send` takes an approval for it', async () => {
    inviteManually('ada+jobs@example.com');
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(2);
    await bridge.pause();
    await bridge.approve([id]);
    await bridge.command(async (app) =>
      queueSend(app, await planSend(app, { who: id, challenge: 'Backend', isAgain: false })),
    );
    await bridge.resume();
    expect(bridge.status().invitations).toMatchObject([{ state: 'linked' }]);
    expect(addresses()).toEqual(['ada+jobs@example.com', 'ada@example.com']);
  });

  it('and so is a `send` that an admin settled as not sent', async () => {
    const { actions } = bridge.simulator.lever;
    const person = { name: 'Ada Fictional', stageId: 'Phone screen', emails: ['ada@example.com'] };
    const { id } = actions.create({ ...person, tags: [] });
    loseRequest();
    await bridge.command(async (app) =>
      queueSend(app, await planSend(app, { who: id, challenge: 'Backend', isAgain: false })),
    );
    await bridge.pass(2);
    inviteManually('ada+jobs@example.com');
    await bridge.arrive('grace@example.com');
    await bridge.pass(2);
    expect([stateOf(id), detailOf(id)]).toEqual(['uncertain', 'similar_address_at_codesubmit']);
    await bridge.command((app) => settle(app, 1 as InvitationId, { isSent: false, link: null }));
    await bridge.pass(2);
    expect(stateOf(id)).toBe('linked');
    expect(addresses().sort()).toEqual([
      ...['ada+jobs@example.com', 'ada@example.com', 'grace@example.com'],
    ]);
  });

  it('and `send` says so; --again sends it', async () => {
    inviteManually('ada+jobs@example.com');
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(2);
    const send = (isAgain: boolean) =>
      bridge.command(async (app) =>
        queueSend(app, await planSend(app, { who: id, challenge: 'Backend', isAgain })),
      );
    await expect(send(false)).rejects.toThrow('similar address');
    await send(true);
    await bridge.pass(2);
    expect(addresses()).toEqual(['ada+jobs@example.com', 'ada@example.com']);
  });
});

describe('CodeSubmit’s list doesn’t show who was invited, and the admin accepts the risk', () => {
  beforeEach(async () => {
    Object.assign(switches(), { rowEmail: 'masked' });
    await bridge.set({ unreadableList: 'send' });
  });

  it('a link shared with someone of the same address stays ours under another address', async () => {
    await bridge.arrive('ada@example.com');
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(2);
    const { lever, codesubmit } = bridge.simulator;
    expect(lever.opportunities.sight(id, 0).contact.links).toHaveLength(1);
    lever.contacts.setEmails(id, ['grace@example.com']);
    const challenge = codesubmit.addTest({ name: 'Frontend' }).id;
    await bridge.command(async (app) =>
      queueSend(app, await planSend(app, { who: id, challenge, isAgain: false })),
    );
    await bridge.pass(2);
    expect(addresses()).toEqual(['ada@example.com', 'grace@example.com']);
  });
});

it('send --again is not repeated because of dates that can’t be compared', async () => {
  const id = await bridge.arrive('ada@example.com');
  await bridge.pass(2);
  switches().createdAt = 'no-zone';
  loseAnswer();
  await bridge.command(async (app) =>
    queueSend(app, await planSend(app, { who: id, challenge: 'Backend', isAgain: true })),
  );
  await bridge.pass(12);
  expect(addresses()).toEqual(['ada@example.com', 'ada@example.com']);
  expect(problems()).toContain('uncertain');
});

it('a vendor that returns one from years ago: its date counts against no other', async () => {
  switches().secondPost = 'first';
  inviteManually('ada@example.com').createdAt -= 400 * 24 * 60 * MINUTE;
  await bridge.arrive('grace@example.com');
  await bridge.arrive('ada@example.com');
  expect(addresses()).toEqual(['ada@example.com', 'grace@example.com']);
  await bridge.pass(2);
  loseRequest();
  const id = await bridge.arrive('bo@example.com');
  await bridge.pass(UNTIL_ABSENT);
  expect(stateOf(id)).toBe('linked');
});

it('a vendor that returns to another opportunity what was lost: both have its link', async () => {
  switches().secondPost = 'first';
  await bridge.arrive('grace@example.com');
  loseAnswer();
  const id = await bridge.arrive('ada@example.com');
  const who = await bridge.arrive('bo@example.com');
  bridge.clock.advance(1_000);
  await bridge.command(async (app) => {
    const plan = await planSend(app, { who, challenge: 'Backend', isAgain: true });
    bridge.simulator.lever.contacts.setEmails(who, ['Ada@example.com']);
    await queueSend(app, plan);
  });
  await bridge.pass(UNTIL_ABSENT);
  expect([stateOf(id), stateOf(who)]).toEqual(['cancelled', 'linked']);
  const { opportunities } = bridge.simulator.lever;
  expect(opportunities.sight(id, 0).contact.links).toHaveLength(1);
  expect(addresses()).toEqual(['grace@example.com', 'ada@example.com', 'bo@example.com']);
});

describe('two for one address, while our clock is ahead', () => {
  const linksOf = (id: string) =>
    bridge.simulator.lever.opportunities.sight(id, 0).contact.links.map((link) => link.slice(-36));

  beforeEach(() => {
    bridge.clock.leadMs = 500;
  });

  it.each([
    ['first', 'answer', loseAnswer],
    ['second', 'answer', loseAnswer],
    ['second', 'request', loseRequest],
  ])('the %s isn’t taken for the other when its %s is lost', async (lost, _what, lose) => {
    const who = await bridge.arrive('bo@example.com');
    await bridge.pass(2);
    if (lost === 'first') lose();
    const id = await bridge.arrive('ada@example.com');
    bridge.clock.advance(1_000);
    if (lost === 'second') lose();
    await bridge.command(async (app) => {
      const plan = await planSend(app, { who, challenge: 'Backend', isAgain: true });
      bridge.simulator.lever.contacts.setEmails(who, ['Ada@example.com']);
      await queueSend(app, plan);
    });
    await bridge.pass(UNTIL_ABSENT);
    const [ofBo, ofAda, ofBoAgain] = bridge.simulator.codesubmit.invitations.map((one) => one.id);
    expect([linksOf(id), linksOf(who)]).toEqual([[ofAda], [ofBo, ofBoAgain]]);
  });

  it('the second isn’t taken for one that was lost long before', async () => {
    const who = await bridge.arrive('bo@example.com');
    loseRequest();
    const id = await bridge.arrive('ada@example.com');
    // Nobody was sent anything within the last day, so an absence proves nothing.
    bridge.clock.advance(31 * 24 * 60 * MINUTE);
    await bridge.command(async (app) => {
      const plan = await planSend(app, { who, challenge: 'Backend', isAgain: true });
      bridge.simulator.lever.contacts.setEmails(who, ['Ada@example.com']);
      await queueSend(app, plan);
    });
    await bridge.pass(UNTIL_ABSENT);
    expect(stateOf(id)).toBe('cancelled');
  });
});

describe('a vendor that refuses a second one', () => {
  it.each(['refused-409', 'refused-400'] as const)('%s: it is found and shared', async (way) => {
    switches().secondPost = way;
    loseAnswer();
    // The list shows it only once the daemon has asked for it again.
    switches().listLagReads = 3;
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(12);
    expect(stateOf(id)).toBe('linked');
    expect(addresses()).toEqual(['ada@example.com']);
  });
});
