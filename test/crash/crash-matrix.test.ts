/**
 * kill -9 at every boundary between two effects of the main path, under every condition and every
 * kind of list. After the next start there is one invitation at CodeSubmit and one link in Lever.
 * `FULL_FAULTS=1` runs every cell.
 */
import { describe, expect, it } from 'vitest';
import { isFull } from '../support/fault-tools.js';
import { BOUNDARIES, type Boundary } from './boundaries.js';
import { ObservedEffects } from './observed-effects.js';
import { DeliveryRun, CONDITIONS, LISTS, type Condition, type List } from './delivery-run.js';

interface CellName {
  boundary: Boundary;
  condition: Condition;
  list: List;
}

const ALL: CellName[] = BOUNDARIES.flatMap((boundary) =>
  CONDITIONS.flatMap((condition) => LISTS.map((list) => ({ boundary, condition, list }))),
);

/**
 * Every boundary once, every condition about twice. Lists that lie are used where the POST's
 * outcome is in doubt.
 */
function isInShortForm({ boundary, condition, list }: CellName): boolean {
  const row = BOUNDARIES.indexOf(boundary);
  const column = CONDITIONS.indexOf(condition);
  if (list === 'honest') return row % CONDITIONS.length === column;
  const isInDoubt = boundary.name === 'POST sent' || boundary.name === 'POST answered';
  return isInDoubt && condition === (list === 'lagging' ? 'lost' : '5xx before');
}

async function withCell(name: CellName, check: (cell: DeliveryRun) => void): Promise<void> {
  const cell = await DeliveryRun.start(name.condition, name.list);
  try {
    await cell.run(name.boundary);
    check(cell);
  } finally {
    await cell.tapped.close();
  }
}

/**
 * The kill happened where it should, or, after a list has lied, where only a person could help.
 */
function expectKilledThere({ left }: DeliveryRun, { boundary, list }: CellName): void {
  if (list !== 'honest' && left?.isLeft) return;
  expect(left?.state ?? 'none', 'the state that the kill left').toBe(boundary.leaves);
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

describe.concurrent.each(ALL.filter((name) => isFull || isInShortForm(name)))(
  'killed at: $boundary.name',
  (name) => {
    const { condition, list } = name;
    it(`${condition}, ${list} list`, async () => {
      await withCell(name, (cell) => {
        expectKilledThere(cell, name);
        expectHouseInOrder(cell);
        const { isLeft, invitations, links } = cell.fate();
        // After a list has lied, a person has to say whether it was sent.
        if (list === 'honest' || !isLeft) {
          expectLinkedOnce(cell);
          return;
        }
        expect(invitations).toBeLessThanOrEqual(1);
        expect(links).toEqual([]);
      });
    });
  },
);

it('has a boundary after every effect of the path', async () => {
  const cell = await DeliveryRun.start('calm', 'honest');
  try {
    const effects = new ObservedEffects(cell);
    await cell.walk();
    const bounded = new Set(BOUNDARIES.flatMap(({ after }) => after));
    expect(effects.list()).toEqual([...bounded].sort());
  } finally {
    await cell.tapped.close();
  }
});
