/**
 * kill -9 at every boundary between two effects of the main path, under every condition. After the next start there is
 * one invitation at CodeSubmit and one link in Lever. `FULL_FAULTS=1` runs every cell.
 */
import { describe, expect, it } from 'vitest';
import { isFull } from '../support/fault-tools.js';
import { BOUNDARIES, type Boundary } from './boundaries.js';
import { ObservedEffects } from './observed-effects.js';
import { DeliveryRun, CONDITIONS, type Condition } from './delivery-run.js';

interface CellName {
  boundary: Boundary;
  condition: Condition;
}

const ALL: CellName[] = BOUNDARIES.flatMap((boundary) =>
  CONDITIONS.map((condition) => ({ boundary, condition })),
);

/** Every boundary once, every condition about twice. */
function isInShortForm({ boundary, condition }: CellName): boolean {
  return BOUNDARIES.indexOf(boundary) % CONDITIONS.length === CONDITIONS.indexOf(condition);
}

async function withCell(name: CellName, check: (cell: DeliveryRun) => void): Promise<void> {
  const cell = await DeliveryRun.start(name.condition);
  try {
    await cell.run(name.boundary);
    check(cell);
  } finally {
    await cell.tapped.close();
  }
}

function expectLinkedOnce(cell: DeliveryRun): void {
  expect(cell.fate()).toMatchObject({ state: 'linked', invitations: 1 });
  expect(cell.fate().links).toHaveLength(1);
}

function expectHouseInOrder({ tapped, deliveries, companion }: DeliveryRun): void {
  expect(tapped.file.findDamage()).toEqual([]);
  const kept = tapped.file.value(
    'SELECT count(*) FROM deliveries WHERE opportunity_id <> ?',
    companion.id,
  );
  expect(kept, 'deliveries kept').toBe(deliveries.count);
  expect(tapped.live.simulator.codesubmit.forbiddenCalls).toEqual([]);
}

describe.concurrent('killed at', () => {
  it.each(ALL.filter((name) => isFull || isInShortForm(name)))(
    '$boundary.name, $condition',
    async (name) => {
      await withCell(name, (cell) => {
        const { leaves } = name.boundary;
        expect(cell.left?.state ?? 'none', 'the state that the kill left').toBe(leaves);
        expectHouseInOrder(cell);
        expectLinkedOnce(cell);
      });
    },
  );
});

it('has a boundary after every effect of the path', async () => {
  const cell = await DeliveryRun.start('calm');
  try {
    const effects = new ObservedEffects(cell);
    await cell.walk();
    const bounded = new Set(BOUNDARIES.flatMap(({ after }) => after));
    expect(effects.list()).toEqual([...bounded].sort());
  } finally {
    await cell.tapped.close();
  }
});
