// The fake vendors themselves: what the other tests rely on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dropped, half, html } from './fake-vendor.js';
import { FakeCodeSubmit } from './fake-codesubmit.js';
import { until } from '../driver.js';
import { FakeLever } from './fake-lever.js';
import { call, signatureOf } from './webhook-delivery.js';

const lever = new FakeLever();
const codesubmit = new FakeCodeSubmit();

beforeAll(async () => {
  await Promise.all([lever.start(), codesubmit.start()]);
});

afterAll(async () => {
  await Promise.all([lever.stop(), codesubmit.stop()]);
});

function askLever(method: string, path: string, body?: unknown) {
  return call(method, `${lever.apiUrl}${path}`, {
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { authorization: `Basic ${Buffer.from(`${lever.apiKey}:`).toString('base64')}` },
  });
}

function askCodeSubmit(method: string, path: string, body?: unknown) {
  return call(method, `${codesubmit.origin}/api/external${path}`, {
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { 'x-api-key': codesubmit.apiKey },
  });
}

test('keys are checked', async () => {
  expect((await call('GET', `${lever.apiUrl}/stages`)).status).toBe(401);
  expect((await call('GET', `${codesubmit.origin}/api/external/me`)).status).toBe(401);
  expect((await askLever('GET', '/stages')).status).toBe(200);
  expect((await askCodeSubmit('GET', '/me')).status).toBe(200);
});

test('lists are paged with tokens bound to their filters', async () => {
  const now = Date.now();
  const people = [1, 2, 3].map((number) =>
    lever.add({
      name: 'Ada Amber',
      emails: [`ada.${String(number)}@example.com`],
      stage: 'offer',
      createdAt: now - number * 1_000,
    }),
  );
  const first = JSON.parse(
    (await askLever('GET', '/opportunities?stage_id=offer&limit=2')).body,
  ) as {
    data: { id: string }[];
    next: string;
  };
  expect(first.data).toHaveLength(2);
  const offset = encodeURIComponent(first.next);
  const rest = await askLever('GET', `/opportunities?stage_id=offer&limit=2&offset=${offset}`);
  expect(JSON.parse(rest.body)).toMatchObject({ data: [{ id: people[2]?.id }], hasNext: false });
  const other = await askLever('GET', `/opportunities?stage_id=lead-new&limit=2&offset=${offset}`);
  expect(other.status).toBe(400);
});

test('links belong to the contact, and a duplicate is visible', async () => {
  const contact = 'contact-of-two';
  const one = lever.add({ name: 'Grace Birch', emails: ['grace@example.com'], contact });
  const two = lever.add({ name: 'Grace Birch', emails: ['grace@example.com'], contact });
  for (let time = 0; time < 2; time++) {
    const answer = await askLever('POST', `/opportunities/${one.id}/addLinks`, {
      links: ['https://example.com/c/1'],
    });
    expect(answer.status).toBe(200);
  }
  expect(lever.linksOf(two)).toHaveLength(2);
});

test('reads lag when told to', async () => {
  const person = lever.add({ name: 'Radia Fern', emails: ['radia@example.com'] });
  lever.move(person, 'offer', 60_000);
  const stage = async () =>
    (
      JSON.parse((await askLever('GET', `/opportunities/${person.id}`)).body) as {
        data: { stage: string };
      }
    ).data.stage;
  expect(await stage()).toBe('applicant-new');
  lever.move(person, 'offer', 1);
  await until('the new stage', async () => (await stage()) === 'offer');
});

test('CodeSubmit rejects what it rejects and duplicates what it can', async () => {
  const body = {
    test_id: '4101',
    email: 'edsger@example.com',
    first_name: 'Edsger',
    last_name: 'Cedar',
  };
  expect((await askCodeSubmit('POST', '/candidates', body)).status).toBe(201);
  expect((await askCodeSubmit('POST', '/candidates', body)).status).toBe(201);
  expect(codesubmit.sentTo(['EDSGER@example.com'])).toHaveLength(2);
  expect((await askCodeSubmit('POST', '/candidates', { ...body, test_id: 4101 })).status).toBe(400);
  expect((await askCodeSubmit('POST', '/candidates', { ...body, last_name: '' })).status).toBe(400);
  expect((await askCodeSubmit('POST', '/candidates', { ...body, email: 'no' })).status).toBe(400);
});

test('hooks answer anything and unknown routes are recorded', async () => {
  const off = [
    codesubmit.hook('GET /api/external/tests', () => html(200)),
    codesubmit.hook('GET /api/external/me', () => dropped),
    lever.hook('GET /v1/stages', () => half('{"data":[')),
  ];
  expect((await askCodeSubmit('GET', '/tests')).body).toContain('<h1>');
  await expect(askCodeSubmit('GET', '/me')).rejects.toThrow();
  await expect(askLever('GET', '/stages')).rejects.toThrow();
  for (const takeOff of off) takeOff();
  expect((await askLever('GET', '/stages')).status).toBe(200);
  expect((await askLever('GET', '/nothing/of/the/kind')).status).toBe(404);
  expect(lever.unexpected).toEqual(['GET /v1/nothing/of/the/kind']);
});

test('the signature is the documented one', () => {
  // Computed with another tool: printf '%s' "$token$triggeredAt" | openssl dgst -sha256 -hmac
  // "$key"
  expect(signatureOf('k'.repeat(48), 'ab'.repeat(24), 1_764_000_000_000)).toBe(
    'fd087f54247063171d866b41f69d8c453420ecec81359d467754c802dad50ca0',
  );
});
