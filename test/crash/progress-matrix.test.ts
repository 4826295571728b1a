/**
 * kill -9 at every boundary between what CodeSubmit shows and what Lever gets, then a Lever that
 * loses answers or breaks. In the end there is one note, one link and the right tag.
 * `FULL_FAULTS=1` runs every cell.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TAG } from '../rigs/program.js';
import { isFull } from '../support/fault-tools.js';
import { observedRows, observeRows } from './observed-effects.js';
import { PROGRESS_BOUNDARIES, type ProgressBoundary } from './progress-boundaries.js';
import { AFTERMATHS, type Aftermath } from './crash-run.js';
import { ProgressRun } from './progress-run.js';

interface CellName {
  boundary: ProgressBoundary;
  condition: Aftermath;
}

const ALL: CellName[] = PROGRESS_BOUNDARIES.flatMap((boundary) =>
  AFTERMATHS.map((condition) => ({ boundary, condition })),
);

/** The ones closest to a duplicate, each under another condition. */
const FEW: CellName[] = PROGRESS_BOUNDARIES.filter(({ isShort }) => isShort).map(
  (boundary, index) => ({ boundary, condition: AFTERMATHS[(index + 1) % AFTERMATHS.length]! }),
);

describe('killed between CodeSubmit and Lever', () => {
  let cell: ProgressRun;
  beforeAll(async () => {
    cell = await ProgressRun.start();
  });
  afterAll(() => cell.close());

  it('has a boundary after every effect', async () => {
    await cell.invite();
    const { lever, codesubmit, file } = cell.tapped;
    const before = { lever: lever.seen.length, codesubmit: codesubmit.seen.length };
    observeRows(file, ['invitations', 'attempts', 'status_numbers', 'writebacks']);
    cell.submit();
    await cell.goOn('calm');
    const asked = [
      ...lever.seen.slice(before.lever).filter(({ path }) => path.includes(cell.person.id)),
      ...codesubmit.seen.slice(before.codesubmit),
    ].map(({ method, path }) => `${method} ${path.replace(cell.person.id, ':id')}`);
    const covered = new Set(PROGRESS_BOUNDARIES.flatMap(({ after }) => after));
    const seen = new Set([...observedRows(file), ...asked]);
    expect([...seen].sort()).toEqual([...covered].sort());
  });

  it.each(isFull ? ALL : FEW)('at: $boundary.name, then $condition', async (name) => {
    const { boundary, condition } = name;
    await cell.submitKilled(boundary.kill);
    expect(cell.progress()).toBe(boundary.leaves);
    await cell.goOn(condition);
    expect(cell.fate()).toEqual({ tags: [`${TAG}: submitted`], notes: 1, links: 1 });
    expect(cell.tapped.file.findDamage()).toEqual([]);
  });
});
