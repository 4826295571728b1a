import { expect, it } from 'vitest';
import { type ListedWebhook, WEBHOOK_EVENTS } from '../../domain/lever-ports.js';
import { isSameUrl, planWebhooks, type WebhookSituation } from './plan-webhooks.js';
import type { KeptWebhook } from '../../storage/state/webhook-store.js';

const URL = 'https://hooks.example.com/webhooks/lever/abc';
const NOW = 1_800_000_000_000;
const LONG_AGO = NOW - 3_600_000;

const kept: KeptWebhook[] = WEBHOOK_EVENTS.map((event, index) => ({
  ...{ id: index + 1, event, url: URL, begunAt: LONG_AGO, madeAt: LONG_AGO },
  vendorId: `hook-${event}`,
}));
const listed: ListedWebhook[] = kept.map(({ vendorId: id, event, url }) => ({ id, event, url }));
const stageChange = 'candidateStageChange';

function plan(overrides: Partial<WebhookSituation> = {}) {
  const usual = { url: URL, now: NOW, listed, inUse: kept, begun: [], renewBefore: null };
  return planWebhooks({ ...usual, ...overrides });
}

const NOTHING = { lost: [], unwanted: [], strays: [], make: [], vain: [] };

it('does nothing when each event has its webhook', () => {
  expect(plan()).toEqual(NOTHING);
});

it('makes one for each event when there is none', () => {
  expect(plan({ inUse: [], listed: [] })).toEqual({ ...NOTHING, make: [...WEBHOOK_EVENTS] });
});

it('deletes one at our address whose token no one has, and recreates it', () => {
  const stray = { id: 'stray', event: stageChange, url: `${URL}/` };
  const others = listed.filter(({ event }) => event !== stageChange);
  expect(plan({ inUse: kept.slice(1), listed: [...others, stray] })).toEqual({
    ...NOTHING,
    strays: [stray],
    make: [stageChange],
  });
});

it('leaves alone what is at other addresses or for other events', () => {
  const others = [
    { id: 'other', event: stageChange, url: 'https://hooks.example.com/webhooks/lever/other' },
    { id: 'hired', event: 'candidateHired', url: URL },
  ];
  expect(plan({ listed: [...listed, ...others] })).toEqual(NOTHING);
});

it('finds one that was begun for an address of before', () => {
  const old = 'https://old.example.com/webhooks/lever/abc';
  const stray = { id: 'stray', event: stageChange, url: old };
  const begun = [{ id: 9, event: stageChange, url: old, begunAt: LONG_AGO }] as const;
  expect(plan({ listed: [...listed, stray], begun }).strays).toEqual([stray]);
});

it.each(['https://old.example.com', URL])(
  'forgets what was begun in vain for %s, once it would be listed',
  (url) => {
    const one = { id: 9, event: stageChange, url } as const;
    expect(plan({ begun: [{ ...one, begunAt: LONG_AGO }] }).vain).toEqual([9]);
    expect(plan({ begun: [{ ...one, begunAt: NOW - 1_000 }] }).vain).toEqual([]);
  },
);

it('takes up again what was begun and is still to be made', () => {
  const begun = [{ id: 9, event: stageChange, url: URL, begunAt: LONG_AGO }] as const;
  const lacking = { inUse: kept.slice(1), listed: listed.slice(1) };
  expect(plan({ ...lacking, begun })).toEqual({ ...NOTHING, make: [stageChange] });
});

it('recreates those whose address changed', () => {
  const url = 'https://new.example.com/webhooks/lever/abc';
  expect(plan({ url })).toEqual({ ...NOTHING, make: [...WEBHOOK_EVENTS] });
});

it('recreates what Lever has lost, but not what it may not list yet', () => {
  const [first, ...others] = kept;
  const lists = { listed: listed.slice(1) };
  expect(plan(lists)).toEqual({ ...NOTHING, lost: [1], make: [stageChange] });
  const inUse = [{ ...first!, madeAt: NOW - 1_000 }, ...others];
  expect(plan({ ...lists, inUse })).toEqual(NOTHING);
});

it('recreates what was changed in Lever', () => {
  const moved = { ...listed[0]!, url: 'https://elsewhere.example.com' };
  expect(plan({ listed: [moved, ...listed.slice(1)] })).toMatchObject({
    lost: [1],
    make: [stageChange],
  });
});

it('renews those that were made before', () => {
  expect(plan({ renewBefore: NOW }).make).toEqual([...WEBHOOK_EVENTS]);
  expect(plan({ renewBefore: LONG_AGO }).make).toEqual([]);
});

it('wants none without an address, and what was begun is still deleted', () => {
  const stray = { id: 'stray', event: stageChange, url: URL };
  const begun = [{ id: 9, event: stageChange, url: URL, begunAt: NOW }] as const;
  expect(plan({ url: null, listed: [...listed, stray], begun })).toEqual({
    ...NOTHING,
    unwanted: [1, 2, 3],
    strays: [stray],
  });
});

it('takes no notice of how an address is spelt', () => {
  expect(isSameUrl('https://Hooks.Example.com/a/', 'https://hooks.example.com/a')).toBe(true);
  expect(isSameUrl('https://hooks.example.com/a', 'https://hooks.example.com/A')).toBe(false);
  expect(isSameUrl('no address', 'no address')).toBe(true);
});
