// The simulated CodeSubmit: four routes and nothing else, and what each switch changes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handClock, openSimulator, type Caller } from './simulator-client.js';

let caller: Caller;
let testId: string;
const clock = handClock();

beforeEach(async () => {
  caller = await openSimulator({ seed: 'empty', now: clock.now });
  testId = caller.simulator.codesubmit.addTest({ name: 'Backend API' }).id;
});
afterEach(() => caller.close());

const world = () => caller.simulator.codesubmit;

async function listed() {
  return (await caller.codesubmit('GET', '/candidates')).json.results;
}

async function listedEmails(): Promise<string[]> {
  return (await listed()).map(({ email }: { email: string }) => email) as string[];
}

/** What `read` gives under each value of a switch. */
async function under(name: string, read: () => unknown, ...values: unknown[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const value of values) {
    world().flip({ [name]: value });
    found.push(await read());
  }
  return found;
}

describe('the four routes', () => {
  it('tells whose key it is and lists the challenges', async () => {
    expect((await caller.codesubmit('GET', '/me')).json).toEqual({ me: 'example-company' });
    expect((await caller.codesubmit('GET', '/tests')).json).toMatchObject({
      ...{ count: 1, next: null, previous: null },
      results: [{ id: testId, name: 'Backend API' }],
    });
  });

  it('makes an invitation and lists it', async () => {
    const given = { due_at: '2027-01-31T12:00:00Z', time_limit: 90 };
    const made = await caller.invite(testId, 'Ada@example.com', given);
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      ...given,
      id: expect.any(String) as unknown,
      email: 'Ada@example.com',
      full_name: 'Ada Fictional',
      status: 1,
      created_at: new Date(clock.now()).toISOString(),
      test: { id: testId },
    });
    const link = `${world().origin}/c/example-company/${testId}/${made.json.id}`;
    expect(made.json.candidate_meta.url).toBe(link);
    const { json } = await caller.codesubmit('GET', '/candidates');
    expect(json).toMatchObject({ count: 1, results: [{ id: made.json.id }] });
    world().setProgress(made.json.id as string, 'submitted');
    expect((await listed())[0].status).toBe(3);
    world().setProgress(made.json.id as string, 77);
    expect((await listed())[0].status).toBe(77);
  });

  it('follows pages by a full URL', async () => {
    world().flip({ pageSize: 2 });
    for (const name of ['a', 'b', 'c']) await caller.invite(testId, `${name}@example.com`);
    const { json: first } = await caller.codesubmit('GET', '/candidates');
    expect(first.next).toBe(`${world().origin}/api/external/candidates?page=2`);
    const { json: last } = await caller.codesubmit('GET', '/candidates?page=2');
    expect(last).toMatchObject({ count: 3, next: null, results: [{ email: 'a@example.com' }] });
    expect((await caller.codesubmit('GET', '/candidates?page=3')).status).toBe(404);
  });

  it('refuses bad fields by name, and an archived challenge', async () => {
    const body = { test_id: testId, email: 'nobody', last_name: 'x', due_at: 'soon' };
    expect(await caller.codesubmit('POST', '/candidates', body)).toMatchObject({
      status: 400,
      json: {
        email: ['Enter a valid email address.'],
        first_name: ['This field is required.'],
        due_at: ['Datetime has wrong format.'],
      },
    });
    world().setTestArchived(testId, true);
    expect((await caller.invite(testId)).json).toHaveProperty('test_id');
  });

  it('refuses a revoked key, a reviewer and an unpaid account, each in its way', async () => {
    const { key } = world().addKey({ role: 'reviewer' });
    const body = { test_id: testId, email: 'a@example.com', first_name: 'A', last_name: 'B' };
    expect((await caller.codesubmit('POST', '/candidates', body, key)).status).toBe(403);
    expect((await caller.codesubmit('GET', '/candidates', undefined, key)).status).toBe(200);
    world().changeKey(key, { isRevoked: true });
    expect((await caller.codesubmit('GET', '/me', undefined, key)).status).toBe(401);
    world().subscription = 'unpaid';
    expect((await caller.codesubmit('GET', '/me')).status).toBe(402);
  });

  it('answers 404 to any other path and remembers it', async () => {
    expect((await caller.codesubmit('GET', '/candidates/1')).status).toBe(404);
    expect((await caller.codesubmit('DELETE', '/candidates')).status).toBe(404);
    const method = 'DELETE';
    expect(world().forbiddenCalls[1]).toMatchObject({ method, path: '/api/external/candidates' });
  });

  it('counts the invitations of each e-mail and challenge, manual ones separately', async () => {
    await caller.invite(testId, 'Ada@example.com');
    world().invite({ testId, email: 'ada@example.com', firstName: 'By', lastName: 'Hand' });
    const counts = [{ email: 'ada@example.com', testId, count: 2, byApi: 1 }];
    expect(world().invitationCounts()).toEqual(counts);
  });
});

describe('a switch', () => {
  it('shifts the clock', async () => {
    world().flip({ clockOffsetMs: -90_000 });
    const { headers, json } = await caller.invite(testId);
    const at = clock.now() - 90_000;
    expect(Date.parse(headers.get('date') ?? '')).toBe(at);
    expect(Date.parse(json.created_at as string)).toBe(at);
  });

  it('decides what a second POST does, and the status of each', async () => {
    await caller.invite(testId);
    const again = async () => (await caller.invite(testId, 'ADA@example.com')).status;
    const ways = ['refused-409', 'refused-400', 'first', 'another'];
    expect(await under('secondPost', again, ...ways)).toEqual([409, 400, 200, 201]);
    expect(world().invitations).toHaveLength(2);
    expect(await under('postStatus', again, 200, 201)).toEqual([200, 201]);
  });

  it('changes the reply: its id, its date, its address', async () => {
    const reply = (field: string) => async () =>
      (await caller.invite(testId, 'Ada.L+job@example.com')).json[field] as unknown;
    const [present, absent] = await under('replyId', reply('id'), 'present', 'absent');
    expect([typeof present, absent]).toEqual(['string', undefined]);
    const forms = ['present', 'no-zone', 'date-only', 'absent', 'nested'];
    const dates = await under('createdAt', reply('created_at'), ...forms);
    expect(dates.map((date) => String(date).length)).toEqual([24, 19, 10, 9, 9]);
    expect((await listed())[0].sending.invited_at).toMatch(/T.*Z$/);
    const rewrites = ['none', 'lower-case', 'without-plus', 'without-plus-and-dots'];
    expect(await under('emailRewrite', reply('email'), ...rewrites)).toEqual([
      ...['Ada.L+job@example.com', 'ada.l+job@example.com', 'ada.l@example.com'],
      'adal@example.com',
    ]);
  });

  it('changes how a row names its candidate and its challenge', async () => {
    await caller.invite(testId);
    const read =
      (...fields: string[]) =>
      async () => {
        const [row] = await listed();
        return fields.map((field) => JSON.stringify(row[field] ?? null)).join(' ');
      };
    const emails = await under(
      'rowEmail',
      read('email', 'candidate'),
      'absent',
      'nested',
      'masked',
    );
    expect(emails).toEqual([
      'null null',
      'null {"email":"ada@example.com"}',
      '"a***@example.com" null',
    ]);
    const forms = ['name', 'id', 'other-id', 'absent', 'nested'];
    expect(await under('rowTest', read('test', 'assignment'), ...forms)).toEqual([
      ...['"Backend API" null', `"${testId}" null`, '9000 null', 'null null'],
      'null {"title":"Backend API"}',
    ]);
  });

  it('moves the link, hides it, changes its ids and puts others ahead', async () => {
    const places = async () => {
      const reply = (await caller.invite(testId)).json.candidate_meta.url !== undefined;
      return [reply, (await listed())[0].candidate_meta.url !== undefined];
    };
    const in_ = ['reply-and-list', 'reply', 'list', 'nowhere'];
    expect(await under('linkIn', places, ...in_)).toEqual([
      ...[
        [true, true],
        [true, false],
        [false, true],
      ],
      [false, false],
    ]);
    world().flip({ linkIn: 'reply-and-list' });
    const turned = async () => {
      const { json } = await caller.invite(testId);
      const ids = new URL(json.candidate_meta.url as string).pathname.split('/').slice(-2);
      return [ids.indexOf(testId), ids.indexOf(json.id as string)];
    };
    const orders = ['test-invitation', 'invitation-test', 'others'];
    expect(await under('linkIds', turned, ...orders)).toEqual([
      ...[
        [0, 1],
        [1, 0],
      ],
      [-1, -1],
    ]);
    world().flip({ misleadingLinks: true });
    const urls = JSON.stringify((await listed())[0]).match(/https?:[^"]+/g);
    expect(urls?.slice(0, 2).join()).toMatch(/\/reports\/.*https:\/\/elsewhere\.example\/c\//);
    world().flip({ linkField: 'invite_url', misleadingLinks: false });
    expect((await caller.invite(testId)).json.invite_url).toContain('/c/example-company/');
  });

  it('decides from which progress on a score and a report are in the list', async () => {
    const { id } = (await caller.invite(testId)).json;
    const result = async () => (await listed())[0].score as unknown;
    const from = ['never', 'submitted', 'reviewed'];
    world().setProgress(id as string, 'submitted');
    expect(await under('resultFrom', result, ...from)).toEqual([undefined, 87, undefined]);
    world().setProgress(id as string, 'reviewed');
    expect(await under('resultFrom', result, ...from)).toEqual([undefined, 87, 87]);
  });

  it('turns or scatters the list', async () => {
    const emails = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `${name}@example.com`);
    for (const email of emails) await caller.invite(testId, email);
    expect(await listedEmails()).toEqual(emails.toReversed());
    world().flip({ listOrder: 'oldest-first' });
    expect(await listedEmails()).toEqual(emails);
    world().flip({ listOrder: 'random' });
    const scattered = await listedEmails();
    expect(scattered).not.toEqual(emails);
    expect(scattered.toSorted()).toEqual(emails);
    expect(await listedEmails()).toEqual(scattered);
    world().flip({ listOrder: 'unstable' });
    const orders = new Set<string>();
    for (let read = 0; read < 5; read += 1) orders.add((await listedEmails()).join(' '));
    expect(orders.size).toBeGreaterThan(1);
  });

  it('lets the list lag, in time or in reads', async () => {
    world().flip({ listLagMs: 5000 });
    await caller.invite(testId);
    const count = async () => (await listed()).length as number;
    expect(await count()).toBe(0);
    clock.advance(5000);
    expect(await count()).toBe(1);
    world().flip({ listLagMs: 0, listLagReads: 2 });
    await caller.invite(testId, 'b@example.com');
    expect([await count(), await count(), await count()]).toEqual([1, 1, 2]);
  });

  it('changes what a page says of its rows and of the next page, or breaks one', async () => {
    for (const email of ['a@example.com', 'b@example.com']) await caller.invite(testId, email);
    world().flip({ pageSize: 1 });
    const field = (name: string) => async () =>
      (await caller.codesubmit('GET', '/candidates')).json[name] as unknown;
    const counts = await under(
      'listCount',
      field('count'),
      'right',
      'of-page',
      'too-many',
      'absent',
    );
    expect(counts).toEqual([2, 1, 3, undefined]);
    const forms = ['absolute', 'relative', 'other-origin', 'same-page', 'absent'];
    const path = '/api/external/candidates';
    expect(await under('nextUrl', field('next'), ...forms)).toEqual([
      ...[`${world().origin}${path}?page=2`, `${path}?page=2`],
      ...[`https://elsewhere.example${path}?page=2`, `${world().origin}${path}`],
      undefined,
    ]);
    world().flip({ brokenPage: 2 });
    const status = async (page: number) =>
      (await caller.codesubmit('GET', `/candidates?page=${page}`)).status;
    expect([await status(1), await status(2)]).toEqual([200, 500]);
  });

  it('leaves archived challenges out', async () => {
    world().setTestArchived(testId, true);
    const count = async () => (await caller.codesubmit('GET', '/tests')).json.count as number;
    expect(await under('archivedTests', count, 'listed', 'left-out')).toEqual([1, 0]);
  });

  it('words refusals in other ways', async () => {
    const refused = (test: string) => async () => caller.invite(test, 'a..b@example.com');
    const statusOf = async () => (await caller.invite('unknown')).status;
    expect(await under('unknownTest', statusOf, 400, 404)).toEqual([400, 404]);
    const fields = async () => Object.keys((await refused(testId)()).json as object)[0];
    const ways = ['own-field', 'words-about-test', 'field-of-test'];
    expect(await under('candidateRefusal', fields, ...ways)).toEqual(['email', 'detail', 'test']);
    const text = async () => (await refused('unknown')()).text.slice(0, 4);
    expect(await under('errorBodies', text, 'html', 'empty')).toEqual(['<h1>', '']);
  });
});
