/**
 * kill -9 at every boundary of creating webhooks through the API. After the next run there is one
 * webhook per event, and the daemon accepts what Lever signs. `FULL_FAULTS=1` runs every cell.
 */
import { describe, expect, it } from 'vitest';
import { answerTo, EVENTS, webhooksOf } from '../webhooks/api-webhooks.js';
import { isFull } from '../support/fault-tools.js';
import { AFTERMATHS, type Aftermath } from './crash-run.js';
import { observedRows, observeRows } from './observed-effects.js';
import { WEBHOOK_BOUNDARIES, type WebhookBoundary } from './webhook-boundaries.js';
import { OCCASIONS, WebhookRun, type Occasion } from './webhook-run.js';

interface CellName {
  boundary: WebhookBoundary;
  occasion: Occasion;
  condition: Aftermath;
}

const ALL: CellName[] = WEBHOOK_BOUNDARIES.flatMap((boundary) =>
  boundary.occasions.flatMap((occasion) =>
    AFTERMATHS.map((condition) => ({ boundary, occasion, condition })),
  ),
);

/** Every boundary once, every occasion and every condition about as often. */
const FEW = WEBHOOK_BOUNDARIES.map((boundary, index) => ({
  boundary,
  occasion: boundary.occasions[index % boundary.occasions.length]!,
  condition: AFTERMATHS[index % AFTERMATHS.length]!,
}));

async function withCell(occasion: Occasion, check: (cell: WebhookRun) => Promise<void>) {
  const cell = await WebhookRun.start(occasion);
  try {
    await check(cell);
  } finally {
    await cell.tapped.close();
  }
}

async function expectWhole(cell: WebhookRun): Promise<void> {
  const { live, file } = cell.tapped;
  const { rows, events } = cell.fate();
  expect(events).toEqual(EVENTS);
  const kept = rows.filter((state) => state === 'in_use' || state === 'leaving');
  expect(kept).toEqual(['in_use', 'in_use', 'in_use']);
  expect(file.findDamage()).toEqual([]);
  const daemon = await live.serve();
  for (const webhook of webhooksOf(live)) expect(await answerTo(daemon, webhook)).toBe(200);
}

describe.concurrent.each(isFull ? ALL : FEW)('killed at: $boundary.name', (name) => {
  const { boundary, occasion, condition } = name;
  it(`when ${occasion}, then ${condition}`, async () => {
    await withCell(occasion, async (cell) => {
      await cell.runKilled(boundary.kill);
      const left = cell.fate().rows;
      if (boundary.leaves === 'none') expect(left).toEqual([]);
      else expect(left).toContain(boundary.leaves);
      await cell.runToItsEnd(condition);
      await expectWhole(cell);
    });
  });
});

it('has a boundary after every effect', async () => {
  const seen = new Set<string>();
  for (const occasion of Object.keys(OCCASIONS) as Occasion[]) {
    await withCell(occasion, async (cell) => {
      const { lever, file } = cell.tapped;
      const before = lever.seen.length;
      observeRows(file, ['webhooks']);
      await cell.runToItsEnd('calm', OCCASIONS[occasion]);
      for (const effect of observedRows(file)) seen.add(effect);
      for (const { method, path } of lever.seen.slice(before)) {
        const isOfWebhooks = path.startsWith('/v1/webhooks');
        if (method !== 'GET' || isOfWebhooks)
          seen.add(`${method} ${path.replace(/webhooks\/.*/, 'webhooks/:id')}`);
      }
    });
  }
  const covered = new Set(WEBHOOK_BOUNDARIES.flatMap(({ after }) => after));
  expect([...seen].sort()).toEqual([...covered].sort());
});
