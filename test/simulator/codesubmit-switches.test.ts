// Each switch of the simulated CodeSubmit: what changes when it is flipped, against the default.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handClock, openSimulator, type Caller } from './simulator-client.js';

let caller: Caller;
let testId: string;
const clock = handClock();

beforeEach(async () => {
  caller = await openSimulator({ seed: 'empty', now: clock.now });
  testId = await caller.addTest();
});
afterEach(() => caller.close());

const flip = (change: object) => caller.flip('codesubmit', change);

async function listed() {
  return (await caller.codesubmit('GET', '/candidates')).json.results;
}

async function listedEmails() {
  return (await listed()).map(({ email }: { email: string }) => email) as string[];
}

describe('an invitation', () => {
  it('clockOffsetMs shifts the Date header and created_at', async () => {
    await flip({ clockOffsetMs: -90_000 });
    const { headers, json } = await caller.invite(testId);
    expect(Date.parse(headers.get('date') ?? '')).toBe(clock.now() - 90_000);
    expect(Date.parse(json.created_at)).toBe(clock.now() - 90_000);
  });

  it('secondPost decides what a second one does', async () => {
    const first = await caller.invite(testId, 'ada@example.com');
    const second = async (secondPost: string) => {
      await flip({ secondPost });
      return caller.invite(testId, 'ADA@example.com');
    };
    expect((await second('refused-409')).status).toBe(409);
    expect((await second('refused-400')).status).toBe(400);
    const again = await second('first');
    expect(again).toMatchObject({ status: 200, json: { id: first.json.id } });
    expect(caller.simulator.codesubmit.invitations).toHaveLength(1);
    expect((await second('another')).status).toBe(201);
    expect(caller.simulator.codesubmit.invitations).toHaveLength(2);
  });

  it('postStatus answers 200 in place of 201', async () => {
    expect((await caller.invite(testId)).status).toBe(201);
    await flip({ postStatus: 200 });
    expect((await caller.invite(testId)).status).toBe(200);
  });

  it('replyId absent leaves the id out of the reply, not out of the list', async () => {
    expect((await caller.invite(testId)).json).toHaveProperty('id');
    await flip({ replyId: 'absent' });
    expect((await caller.invite(testId)).json).not.toHaveProperty('id');
    expect((await listed())[0]).toHaveProperty('id');
  });

  it('createdAt leaves the date, its time or its zone out, or moves it', async () => {
    const created = async (createdAt: string) => {
      await flip({ createdAt });
      return (await caller.invite(testId)).json.created_at;
    };
    expect(await created('present')).toMatch(/T.*Z$/);
    expect(await created('no-zone')).toMatch(/T[\d:]{8}$/);
    expect(await created('date-only')).toMatch(/^[\d-]{10}$/);
    expect(await created('absent')).toBeUndefined();
    expect(await created('nested')).toBeUndefined();
    expect((await listed())[0].sending.invited_at).toMatch(/T.*Z$/);
  });

  it('rowEmail changes how a row of the list names its candidate', async () => {
    const row = async (rowEmail: string) => {
      await flip({ rowEmail });
      const { email, candidate } = (await listed())[0];
      return { email, candidate };
    };
    await caller.invite(testId, 'ada@example.com');
    expect(await row('absent')).toEqual({ email: undefined, candidate: undefined });
    expect(await row('nested')).toEqual({ candidate: { email: 'ada@example.com' } });
    expect(await row('masked')).toEqual({ email: 'a***@example.com' });
    expect((await caller.invite(testId, 'bo@example.com')).json.email).toBe('bo@example.com');
  });

  it('rowTest changes how a row of the list names its challenge', async () => {
    const row = async (rowTest: string) => {
      await flip({ rowTest });
      return (await listed())[0].test;
    };
    await caller.invite(testId);
    const { name } = await row('object');
    expect(await row('name')).toBe(name);
    expect(await row('id')).toBe(testId);
    expect(await row('other-id')).toBe(9_000);
    expect(await row('absent')).toBeUndefined();
    expect(await row('nested')).toBeUndefined();
    expect((await listed())[0].assignment).toEqual({ title: name });
  });

  it('emailRewrite changes the e-mail that comes back', async () => {
    const returned = async (emailRewrite: string) => {
      await flip({ emailRewrite });
      const { json } = await caller.invite(testId, 'Ada.L+job@example.com');
      expect(await listedEmails()).toContain(json.email);
      return json.email as string;
    };
    expect(await returned('none')).toBe('Ada.L+job@example.com');
    expect(await returned('lower-case')).toBe('ada.l+job@example.com');
    expect(await returned('without-plus')).toBe('ada.l@example.com');
    expect(await returned('without-plus-and-dots')).toBe('adal@example.com');
  });

  it('statusNumbers gives the words other numbers', async () => {
    expect((await caller.invite(testId)).json.status).toBe(1);
    await flip({ statusNumbers: { invited: 10 } });
    expect((await caller.invite(testId)).json.status).toBe(10);
  });
});

describe('the link', () => {
  it('linkField moves it', async () => {
    await flip({ linkField: 'invite_url' });
    const { json } = await caller.invite(testId);
    expect(json.invite_url).toContain('/c/example-company/');
    expect(json.candidate_meta).toEqual({});
  });

  it('linkIn decides whether reply and list have it', async () => {
    const places = async (linkIn: string) => {
      await flip({ linkIn });
      const reply = (await caller.invite(testId)).json.candidate_meta.url !== undefined;
      return [reply, (await listed())[0].candidate_meta.url !== undefined];
    };
    expect(await places('reply-and-list')).toEqual([true, true]);
    expect(await places('reply')).toEqual([true, false]);
    expect(await places('list')).toEqual([false, true]);
    expect(await places('nowhere')).toEqual([false, false]);
  });

  it('linkIds decides which ids are in it', async () => {
    const path = async (linkIds: string) => {
      await flip({ linkIds });
      const { json } = await caller.invite(testId);
      const { pathname } = new URL(json.candidate_meta.url as string);
      return { id: json.id as string, ids: pathname.split('/').slice(-2) };
    };
    const usual = await path('test-invitation');
    expect(usual.ids).toEqual([testId, usual.id]);
    const turned = await path('invitation-test');
    expect(turned.ids).toEqual([turned.id, testId]);
    expect((await path('others')).ids).not.toContain(testId);
  });

  it('resultFrom decides from which progress on a score and a report are in the list', async () => {
    const { json } = await caller.invite(testId);
    const { codesubmit } = caller.simulator;
    const shown = async (resultFrom: string, progress: 'invited' | 'submitted' | 'reviewed') => {
      await flip({ resultFrom });
      codesubmit.setProgress(json.id as string, progress);
      const [row] = await listed();
      return [row.score, row.candidate_meta.report_url !== undefined];
    };
    expect(await shown('submitted', 'invited')).toEqual([undefined, false]);
    expect(await shown('submitted', 'submitted')).toEqual([87, true]);
    expect(await shown('reviewed', 'submitted')).toEqual([undefined, false]);
    expect(await shown('reviewed', 'reviewed')).toEqual([87, true]);
    expect(await shown('never', 'reviewed')).toEqual([undefined, false]);
  });

  it('misleadingLinks puts other URLs ahead of it', async () => {
    await caller.invite(testId);
    const urls = async () => JSON.stringify((await listed())[0]).match(/https?:[^"]+/g) ?? [];
    expect(await urls()).toHaveLength(1);
    await flip({ misleadingLinks: true });
    expect((await urls())[0]).toContain('/reports/');
    expect((await urls())[1]).toContain('https://elsewhere.example/c/');
  });
});

describe('the lists', () => {
  it('listOrder turns or scatters the list', async () => {
    const emails = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `${name}@example.com`);
    for (const email of emails) await caller.invite(testId, email);
    expect(await listedEmails()).toEqual(emails.toReversed());
    await flip({ listOrder: 'oldest-first' });
    expect(await listedEmails()).toEqual(emails);
    await flip({ listOrder: 'random' });
    expect(await listedEmails()).not.toEqual(emails);
    expect((await listedEmails()).sort()).toEqual(emails);
    expect(await listedEmails()).toEqual(await listedEmails());
    await flip({ listOrder: 'unstable' });
    const orders = new Set<string>();
    for (let read = 0; read < 5; read += 1) orders.add((await listedEmails()).join(' '));
    expect(orders.size).toBeGreaterThan(1);
  });

  it('listLagMs hides new invitations for a while', async () => {
    await flip({ listLagMs: 5000 });
    await caller.invite(testId);
    expect(await listed()).toHaveLength(0);
    clock.advance(5000);
    expect(await listed()).toHaveLength(1);
  });

  it('listLagReads hides new invitations from the next reads', async () => {
    await flip({ listLagReads: 2 });
    await caller.invite(testId);
    expect(await listed()).toHaveLength(0);
    expect(await listed()).toHaveLength(0);
    expect(await listed()).toHaveLength(1);
  });

  it('pageSize sets how many rows a page has', async () => {
    await caller.invite(testId, 'a@example.com');
    await caller.invite(testId, 'b@example.com');
    await flip({ pageSize: 1 });
    expect(await listed()).toHaveLength(1);
  });

  it('nextUrl changes the form of next', async () => {
    await caller.invite(testId, 'a@example.com');
    await caller.invite(testId, 'b@example.com');
    const next = async (nextUrl: string) => {
      await flip({ pageSize: 1, nextUrl });
      return (await caller.codesubmit('GET', '/candidates')).json.next as string;
    };
    expect(await next('absolute')).toContain(caller.simulator.codesubmitUrl);
    expect(await next('relative')).toBe('/api/external/candidates?page=2');
    expect(await next('other-origin')).toContain('https://elsewhere.example/');
    expect(await next('same-page')).toMatch(/\/candidates$/);
    expect(await next('absent')).toBeUndefined();
  });

  it('listCount changes what the list says of how many rows it has', async () => {
    await caller.invite(testId, 'a@example.com');
    await caller.invite(testId, 'b@example.com');
    const count = async (listCount: string) => {
      await flip({ pageSize: 1, listCount });
      return (await caller.codesubmit('GET', '/candidates')).json.count as number;
    };
    expect(await count('right')).toBe(2);
    expect(await count('of-page')).toBe(1);
    expect(await count('too-many')).toBe(3);
    expect(await count('absent')).toBeUndefined();
  });

  it('brokenPage makes one page of the list fail', async () => {
    await caller.invite(testId, 'a@example.com');
    await caller.invite(testId, 'b@example.com');
    await flip({ pageSize: 1, brokenPage: 2 });
    const status = async (page: number) =>
      (await caller.codesubmit('GET', `/candidates?page=${page}`)).status;
    expect([await status(1), await status(2)]).toEqual([200, 500]);
  });

  it('testNameField renames the field with the name', async () => {
    const row = async () => (await caller.codesubmit('GET', '/tests')).json.results[0];
    expect(await row()).toHaveProperty('name');
    await flip({ testNameField: 'title' });
    expect(await row()).toMatchObject({ title: 'Backend API' });
  });

  it('archivedTests left-out hides archived challenges', async () => {
    await caller.drive('/codesubmit/tests/archive', { id: testId });
    const count = async () => (await caller.codesubmit('GET', '/tests')).json.count as number;
    expect(await count()).toBe(1);
    await flip({ archivedTests: 'left-out' });
    expect(await count()).toBe(0);
  });
});

describe('refusals', () => {
  it('unknownTest chooses between 400 and 404', async () => {
    expect(await caller.invite('unknown')).toMatchObject({
      status: 400,
      json: { test_id: [expect.any(String)] },
    });
    await flip({ unknownTest: 404 });
    expect((await caller.invite('unknown')).status).toBe(404);
  });

  it('candidateRefusal decides what the refusal of a candidate is about', async () => {
    const body = async (candidateRefusal: string) => {
      await flip({ candidateRefusal });
      return (await caller.invite(testId, 'a..b@example.com')).json as unknown;
    };
    expect(await body('own-field')).toHaveProperty('email');
    expect(await body('words-about-test')).toEqual({ detail: expect.stringMatching(/test/) });
    expect(await body('field-of-test')).toHaveProperty('test');
  });

  it('errorBodies changes what a refusal says', async () => {
    const body = async (errorBodies: string) => {
      await flip({ errorBodies });
      return (await caller.invite('unknown')).text;
    };
    expect(await body('json')).toContain('test_id');
    expect(await body('html')).toContain('<h1>');
    expect(await body('empty')).toBe('');
  });
});
