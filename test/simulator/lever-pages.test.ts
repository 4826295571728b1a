// The simulated Lever's pages over HTTP: what they show, what their forms do, what they escape.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { oauthApp } from './oauth-app.js';
import { countOf, insideOf, readPage, sendForm } from './page-reader.js';
import { openSimulator, type Caller } from './simulator-client.js';
import { startWebhookReceiver } from './webhook-receiver.js';

let caller: Caller;
let origin: string;
const hostile = `"><script>alert('x')</script>&`;
const escaped = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;';

beforeEach(async () => {
  caller = await openSimulator({ seed: 'empty' });
  origin = caller.simulator.lever.origin;
});
afterEach(() => caller.close());

const read = (path: string) => readPage(`${origin}${path}`);
const send = (path: string, fields: Record<string, string | string[]> = {}) =>
  sendForm(`${origin}${path}`, fields);

function shown(id: string) {
  return caller.simulator.lever.opportunities.sight(id, 0);
}

describe('the board', () => {
  it('shows stages in order, and candidates with their own tags', async () => {
    const posting = await caller.drive('/lever/postings', { text: 'Engineer', tags: ['job'] });
    await caller.addCandidate({ postingId: posting.id, tags: ['own'] });
    const { text, headers } = await read('/');
    const stages = [...text.matchAll(/data-testid="stage-name">([^<]+)/g)].map(([, name]) => name);
    expect(stages.slice(0, 3)).toEqual(['New lead', 'New applicant', 'Phone screen']);
    const tags = [...text.matchAll(/data-testid="tag">([^<]+)/g)].map(([, tag]) => tag);
    expect(tags).toEqual(['own', 'job']);
    expect(text).toContain('<title>Candidates · Lever (simulated)</title>');
    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
  });

  it('moves a candidate and goes back to the board', async () => {
    const id = await caller.addCandidate();
    const fields = { stageId: 'offer', backTo: 'board' };
    expect(await send(`/candidates/${id}/move`, fields)).toMatchObject({
      status: 303,
      goesTo: '/',
    });
    expect(shown(id).opportunity.stageId).toBe('offer');
  });

  it('adds a candidate', async () => {
    const fields = {
      name: 'Ada Fictional',
      email: 'ada@example.com',
      stageId: 'offer',
      tags: 'a, b',
    };
    const { status, goesTo } = await send('/candidates', { ...fields, postingId: '' });
    expect(status).toBe(303);
    const { opportunity, contact } = shown(goesTo.split('/').at(-1) ?? '');
    expect(opportunity).toMatchObject({ stageId: 'offer', tags: ['a', 'b'], postingId: null });
    expect(contact.emails).toEqual(['ada@example.com']);
  });

  it('hides archived ones until asked, finds by search, and caps a column', async () => {
    const opportunityId = await caller.addCandidate();
    await caller.drive('/lever/archive', { opportunityId, reason: 'Withdrew' });
    expect(countOf((await read('/')).text, 'card')).toBe(0);
    expect(countOf((await read('/?archived=true')).text, 'card')).toBe(1);
    await caller.drive('/lever/candidates/many', { name: 'Some', stageId: 'offer', count: 60 });
    const { text } = await read('/');
    expect(countOf(text, 'card')).toBe(50);
    expect(text).toContain('and 10 more');
    expect(countOf((await read('/?q=number60')).text, 'card')).toBe(1);
  });

  it('survives hostile names, tags, links, notes and stages', async () => {
    const id = await caller.addCandidate({
      name: hostile,
      tags: [hostile],
      links: [hostile, `javascript:alert('x')`],
      emails: [hostile],
      headline: hostile,
    });
    await caller.drive('/lever/stages', { text: hostile });
    await send(`/candidates/${id}/notes`, { value: hostile });
    for (const path of ['/', `/candidates/${id}`, `/?q=${encodeURIComponent(hostile)}`]) {
      const { text } = await read(path);
      expect(text).toContain(escaped);
      expect(text).not.toContain('<script>alert');
      expect(text).not.toContain('href="javascript');
    }
  });
});

describe("a candidate's page", () => {
  it('is where the API says it is', async () => {
    const id = await caller.addCandidate();
    const { urls } = (await caller.lever('GET', `/opportunities/${id}`)).json.data;
    const { status, text } = await readPage(urls.show as string);
    expect(status).toBe(200);
    expect(insideOf(text, 'candidate-name')).toBe('Ada Fictional');
    expect((await readPage(urls.list as string)).status).toBe(303);
    expect((await read('/candidates/nobody')).status).toBe(404);
  });

  it('changes tags, links, notes, e-mails and stage, and comes back', async () => {
    const id = await caller.addCandidate({ tags: ['old'], emails: ['a@example.com'] });
    const steps: [string, Record<string, string>][] = [
      ['tags', { tags: 'new, newer' }],
      ['tags/remove', { tag: 'old' }],
      ['links', { link: 'https://a.example' }],
      ['links', { link: 'https://b.example' }],
      ['links/remove', { link: 'https://a.example' }],
      ['notes', { value: 'Hello' }],
      ['emails', { email: 'b@example.com' }],
      ['move', { stageId: 'offer' }],
    ];
    for (const [path, fields] of steps) {
      const target = `/candidates/${id}`;
      expect(await send(`${target}/${path}`, fields)).toMatchObject({
        status: 303,
        goesTo: target,
      });
    }
    const { opportunity, contact } = shown(id);
    expect(opportunity).toMatchObject({ tags: ['new', 'newer'], stageId: 'offer' });
    expect(contact.links).toEqual(['https://b.example']);
    expect(contact.emails).toEqual(['a@example.com', 'b@example.com']);
    const { text } = await read(`/candidates/${id}`);
    expect(text).toContain('href="https://b.example"');
    expect(text).toContain('Hello');
    expect(insideOf(text, 'stage')).toBe('Offer');
  });

  it('archives, takes out, anonymizes and deletes', async () => {
    const id = await caller.addCandidate();
    const [reason] = caller.simulator.lever.account.archiveReasons;
    await send(`/candidates/${id}/archive`, { reason: reason?.id ?? '' });
    expect((await read(`/candidates/${id}`)).text).toContain('Archived');
    await send(`/candidates/${id}/unarchive`);
    expect(shown(id).opportunity.archived).toBeNull();
    await send(`/candidates/${id}/anonymize`);
    expect(shown(id).contact.isAnonymized).toBe(true);
    expect(await send(`/candidates/${id}/delete`)).toMatchObject({ status: 303, goesTo: '/' });
    expect((await read(`/candidates/${id}`)).status).toBe(404);
  });

  it('makes links without a scheme clickable, http for loopback', async () => {
    const links = ['a.example/x', '127.0.0.1:9/c/x', 'ftp://a.example', 'no link'];
    const { text } = await read(`/candidates/${await caller.addCandidate({ links })}`);
    expect(text).toContain('href="https://a.example/x"');
    expect(text).toContain('href="http://127.0.0.1:9/c/x"');
    expect(text).not.toContain('href="ftp');
    expect(countOf(text, 'link')).toBe(4);
  });

  it('refuses bad input with a page that says so', async () => {
    const id = await caller.addCandidate();
    for (const fields of [{}, { stageId: '' }, { stageId: 'offer', oops: '1' }]) {
      const refused = await send(`/candidates/${id}/move`, fields);
      expect(refused.status).toBe(400);
      expect(countOf(refused.text, 'error')).toBe(1);
    }
    expect((await send(`/candidates/${id}/move`, { stageId: 'nowhere' })).status).toBe(404);
  });

  it('takes no form of another site', async () => {
    const id = await caller.addCandidate();
    const url = `${origin}/candidates/${id}/delete`;
    expect((await sendForm(url, {}, { origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await sendForm(url, {}, { origin })).status).toBe(303);
  });
});

describe('the postings page', () => {
  it('adds postings, and puts tags on and takes them off', async () => {
    await send('/postings', { text: hostile });
    const [posting] = [...caller.simulator.lever.postings.all.values()];
    await send(`/postings/${posting?.id}/tags`, { tags: 'a, b' });
    await send(`/postings/${posting?.id}/tags/remove`, { tag: 'a' });
    expect(posting?.tags).toEqual(['b']);
    const { text } = await read('/postings');
    expect(text).toContain(escaped);
    expect(countOf(text, 'posting')).toBe(1);
  });
});

describe('the tab Webhooks', () => {
  const tab = '/settings/integrations?tab=webhooks';
  const event = 'candidateStageChange';
  let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>;

  beforeEach(async () => {
    receiver = await startWebhookReceiver(500, 200);
  });
  afterEach(() => receiver.close());

  const webhook = () => {
    const [first] = caller.simulator.lever.webhooks.all.values();
    return first!;
  };

  it('adds a webhook, shows its token, verifies, and shows what came of it', async () => {
    const added = await send('/settings/webhooks', { url: receiver.url, event });
    expect(added).toMatchObject({ status: 303, goesTo: `${tab}#webhook-${webhook().id}` });
    const before = (await read(tab)).text;
    expect(insideOf(before, 'signature-token')).toBe(webhook().signatureToken);
    expect(insideOf(before, 'verification')).toBe('Never verified.');
    await send(`/settings/webhooks/${webhook().id}/verify`);
    expect((await read(tab)).text).toContain('Not verified');
    await send(`/settings/webhooks/${webhook().id}/verify`);
    const after = (await read(tab)).text;
    expect(after).toContain('Verified');
    expect(countOf(after, 'delivery')).toBe(2);
  });

  it('shows the history and reruns a delivery', async () => {
    await send('/settings/webhooks', { url: receiver.url, event });
    await caller.drive('/lever/move', {
      opportunityId: await caller.addCandidate(),
      stageId: 'offer',
    });
    await receiver.waitFor(2);
    const delivered = () => read(tab).then(({ text }) => text.includes('data-state="delivered"'));
    await expect.poll(delivered).toBe(true);
    const [delivery] = caller.simulator.lever.webhooks.deliveries.values();
    await send(`/settings/deliveries/${delivery?.id}/rerun`);
    expect(receiver.received).toHaveLength(3);
    expect(receiver.received[2]?.body).toEqual(receiver.received[1]?.body);
  });

  it('toggles, changes the URL and removes', async () => {
    await send('/settings/webhooks', { url: receiver.url, event });
    const { id } = webhook();
    await send(`/settings/webhooks/${id}/toggle`);
    expect(webhook().isEnabled).toBe(false);
    await send(`/settings/webhooks/${id}/url`, { url: 'https://other.example/hook' });
    expect(webhook().url).toBe('https://other.example/hook');
    await send(`/settings/webhook-groups/${event}`);
    expect(caller.simulator.lever.webhooks.groups.get(event)).toBe(false);
    await send(`/settings/webhooks/${id}/remove`);
    expect(caller.simulator.lever.webhooks.all.size).toBe(0);
    expect((await send('/settings/webhooks', { url: 'javascript:1', event })).status).toBe(400);
  });
});

describe('the tab API Credentials', () => {
  it('generates a key with the ticked rights, and shows it once', async () => {
    const rights = ['stages:read', 'tags:read'];
    const { goesTo } = await send('/settings/api-keys', { name: hostile, rights });
    const key = insideOf((await read(goesTo)).text, 'new-key');
    expect((await caller.lever('GET', '/stages', undefined, key)).status).toBe(200);
    expect((await caller.lever('GET', '/users', undefined, key)).status).toBe(403);
    const again = (await read(goesTo)).text;
    expect(again).not.toContain(key);
    expect(again).toContain(escaped);
  });

  it('takes one box or none, and revokes', async () => {
    const { lever } = caller.simulator;
    await send('/settings/api-keys', { name: 'One', rights: 'stages:read' });
    await send('/settings/api-keys', { name: 'None' });
    const [, one, none] = [...lever.access.grants.values()];
    expect(one?.rights['stages:read']).toBe(true);
    expect(none?.rights['stages:read']).toBe(false);
    await send(`/settings/api-keys/${one?.id}/revoke`);
    expect(one?.isRevoked).toBe(true);
    expect((await send('/settings/api-keys', { name: 'x', rights: 'made:up' })).status).toBe(400);
  });
});

describe('the tabs OAuth and Authorized Apps', () => {
  it('registers an app, adds and removes callbacks, removes the app', async () => {
    const fields = { name: 'Bridge', description: 'Sends coding challenges.', scopes: [] };
    const callback = 'https://bridge.example/callback';
    expect((await send('/settings/oauth-clients', { ...fields, callback })).status).toBe(303);
    const client = [...caller.simulator.lever.oauthClients.all.values()].at(-1);
    expect(client).toMatchObject({ name: 'Bridge', callbacks: [callback] });
    const target = `/settings/oauth-clients/${client?.id}`;
    await send(`${target}/callbacks`, { callback: 'https://other.example/callback' });
    await send(`${target}/callbacks/remove`, { callback });
    expect(client?.callbacks).toEqual(['https://other.example/callback']);
    expect((await read('/settings/integrations?tab=oauth')).text).toContain(client?.secret);
    expect((await send(`${target}/remove`)).status).toBe(303);
    const short = { ...fields, callback, description: 'Too short' };
    expect((await send('/settings/oauth-clients', short)).status).toBe(400);
  });

  it('lists what was authorized, and revokes it', async () => {
    const app = oauthApp(caller);
    const { access_token } = await app.logIn();
    const tab = '/settings/integrations?tab=authorized';
    const { text } = await read(tab);
    expect(countOf(text, 'authorized-app')).toBe(1);
    expect(text).toContain('Sam Superadmin');
    await send(`/settings/authorized-apps/${app.clientId}/revoke`);
    expect(countOf((await read(tab)).text, 'authorized-app')).toBe(0);
    expect(await app.status(access_token)).toBe(401);
  });

  it('has an authorize window with the permissions in words and the users to choose', async () => {
    await caller.drive('/lever/users', { name: hostile });
    const { text } = await readPage(oauthApp(caller).authorizeUrl({ state: hostile }));
    expect(insideOf(text, 'app-name')).toBe('CodeSubmit bridge');
    expect(text).toContain('See candidates and change their stage, tags and links');
    expect(text).toContain(escaped);
    expect(text).not.toContain('<script>alert');
  });

  it('goes to the first tab for an unknown one', async () => {
    const { status, headers } = await read('/settings/integrations?tab=nothing');
    expect(status).toBe(303);
    expect(headers.get('location')).toBe('/settings/integrations?tab=webhooks');
  });
});

it('keeps pages out of the log of requests and away from faults', async () => {
  await caller.drive('/faults', { vendor: 'lever', kind: '5xx' });
  expect((await read('/')).status).toBe(200);
  expect((await read('/_pages/style.css')).headers.get('content-type')).toContain('text/css');
  expect((await read('/_pages/board.js')).status).toBe(200);
  expect((await read('/favicon.ico')).status).toBe(204);
  expect((await caller.drive('/lever/state')).calls).toEqual({});
});
