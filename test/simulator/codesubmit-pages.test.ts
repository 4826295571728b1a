// The simulated CodeSubmit's pages over HTTP; none of them is a forbidden call.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { countOf, insideOf, readPage, sendForm } from './page-reader.js';
import { openSimulator, type Caller } from './simulator-client.js';

let caller: Caller;
let origin: string;

beforeEach(async () => {
  caller = await openSimulator({ seed: 'empty' });
  origin = caller.simulator.codesubmitUrl;
});
afterEach(async () => {
  expect(caller.simulator.codesubmit.forbiddenCalls).toEqual([]);
  await caller.close();
});

const read = (path: string) => readPage(`${origin}${path}`);
const send = (path: string, fields: Record<string, string> = {}) =>
  sendForm(`${origin}${path}`, fields);

async function linkOfInvitation() {
  const { json } = await caller.invite(await caller.addTest());
  return json.candidate_meta.url as string;
}

it('makes an API key, shows it once, and revokes it', async () => {
  const { status, goesTo } = await send('/settings/keys', { role: 'admin' });
  expect(status).toBe(303);
  const key = insideOf((await read(goesTo)).text, 'new-key');
  expect((await caller.codesubmit('GET', '/me', undefined, key)).status).toBe(200);
  expect((await read(goesTo)).text).not.toContain(key);
  await send('/settings/keys/1/revoke');
  expect((await caller.codesubmit('GET', '/me', undefined, key)).status).toBe(401);
  expect((await send('/settings/keys/9/revoke')).status).toBe(404);
  expect((await send('/settings/keys', { role: 'owner' })).status).toBe(400);
});

it('lets a candidate start, push a commit and submit, and a reviewer review', async () => {
  const link = await linkOfInvitation();
  const seen: (string | undefined)[] = [];
  const look = async () => {
    const { text } = await readPage(link);
    seen.push(/data-testid="progress"><span[^>]*>\s*(\w+)/.exec(text)?.[1]);
    return insideOf(text, 'commits');
  };
  expect(await look()).toBe('0');
  for (const step of ['start', 'commit', 'submit', 'review']) {
    expect((await sendForm(`${link}/${step}`)).status).toBe(303);
    await look();
  }
  expect(seen).toEqual(['invited', 'started', 'started', 'submitted', 'reviewed']);
  const { status, commits_count } = (await caller.codesubmit('GET', '/candidates')).json.results[0];
  expect(status).toBe(4);
  expect(commits_count).toBeGreaterThan(1);
});

it('refuses steps out of order with 409', async () => {
  const link = await linkOfInvitation();
  for (const step of ['commit', 'submit', 'review']) {
    expect((await sendForm(`${link}/${step}`)).status).toBe(409);
  }
  const [invitation] = caller.simulator.codesubmit.invitations;
  expect(invitation).toMatchObject({ progress: 'invited', commitsCount: 0 });
});

it('finds the invitation in whichever form its link has', async () => {
  await linkOfInvitation();
  for (const linkIds of ['test-invitation', 'invitation-test', 'others']) {
    await caller.flip('codesubmit', { linkIds });
    const { invitations } = await caller.drive('/codesubmit/invitations');
    expect((await readPage(invitations[0].link as string)).status).toBe(200);
  }
  expect((await read('/c/example-company/none/such')).status).toBe(404);
  const { invitations } = await caller.drive('/codesubmit/invitations');
  const other = (invitations[0].link as string).replace('example-company', 'other-company');
  expect((await readPage(other)).status).toBe(404);
});

it('lists challenges, archives and restores them, and shows what was sent', async () => {
  const testId = await caller.addTest('<b>Backend</b>');
  await caller.invite(testId, 'ada@example.com', { first_name: '<i>Ada</i>' });
  await send('/challenges', { name: 'Frontend' });
  await send(`/challenges/${testId}/archive`);
  const { text } = await read('/challenges');
  expect(countOf(text, 'challenge')).toBe(2);
  expect(countOf(text, 'restore')).toBe(1);
  expect(countOf(text, 'invitation')).toBe(1);
  expect(text).toContain('&lt;b&gt;Backend&lt;/b&gt;');
  expect(text).not.toMatch(/<b>|<i>/);
  await send(`/challenges/${testId}/restore`);
  expect(countOf((await read('/challenges')).text, 'restore')).toBe(0);
  expect((await read('/')).headers.get('location')).toBe('/challenges');
});

it('has the button of a reviewer in the list too', async () => {
  const link = await linkOfInvitation();
  const [invitation] = caller.simulator.codesubmit.invitations;
  expect(countOf((await read('/challenges')).text, 'mark-reviewed')).toBe(0);
  await sendForm(`${link}/start`);
  await sendForm(`${link}/submit`);
  expect(countOf((await read('/challenges')).text, 'mark-reviewed')).toBe(1);
  await send(`/invitations/${invitation?.id}/review`);
  expect(invitation?.progress).toBe('reviewed');
});

it('still counts a call of what is no page', async () => {
  const { forbiddenCalls } = caller.simulator.codesubmit;
  await read('/api/external/subscription');
  expect(forbiddenCalls).toHaveLength(1);
  forbiddenCalls.length = 0;
});
