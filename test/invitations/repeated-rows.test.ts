/**
 * Another sender on the same accounts is noticed in CodeSubmit's list, and nothing of ours is
 * mistaken for one.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VendorInvitationId } from '../../src/domain/ids.js';
import type { ListedRow } from '../../src/pipeline/invitations/sent-list-store.js';
import { StoreRig } from '../rigs/store.js';
import { BACKEND, DAY, FRONTEND, MINUTE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let bridge: StoreRig;
let number = 0;

beforeEach(async () => {
  bridge = new StoreRig(folder, String(++number));
  bridge.addRule();
  await bridge.list(row('history', { email: 'old@example.com' }));
});

afterEach(() => bridge.close());

const now = () => bridge.clock.now();
const found = () => bridge.app.problems().filter(({ code }) => code === 'second_sender');
const whats = () => found().map(({ what }) => what);

function row(id: string, facts: Partial<ListedRow> = {}): ListedRow {
  return {
    id: id as VendorInvitationId,
    email: 'ada@example.com',
    challengeId: BACKEND,
    created: { from: now(), until: now() },
    ...{ link: null, status: 1, commitsCount: null, score: null, report: null },
    ...facts,
  };
}

/** CodeSubmit has taken Ada's challenge, and lists it. */
async function sendAda(): Promise<ListedRow> {
  bridge.clock.advance(MINUTE);
  await bridge.look();
  expect(await bridge.sendDue()).toBe(1);
  const ours = row(bridge.invitations()[0]?.vendor_id ?? '');
  bridge.clock.advance(MINUTE);
  return ours;
}

describe('a challenge that was sent again after ours', () => {
  it('is a problem, until a week has passed without another', async () => {
    const ours = await sendAda();
    const other = row('foreign');
    await bridge.list(ours, other);
    expect(whats()).toEqual(['Another program sent one challenge that we had already sent']);
    bridge.clock.advance(8 * DAY);
    await bridge.list(ours, other);
    expect(whats()).toEqual([]);
  });

  it('may be ours under another id, unless the list shows one of ours', async () => {
    await sendAda();
    await bridge.list(row('foreign'));
    expect(whats()).toEqual([expect.stringMatching(/, or CodeSubmit’s list shows ours under/)]);
  });

  it.each<[string, Partial<ListedRow>]>([
    ['it is another challenge', { challengeId: FRONTEND }],
    ['the row names no challenge', { challengeId: null }],
    ['it is someone else’s', { email: 'grace@example.com' }],
    ['it was made before ours', { created: { from: 1, until: 1 } }],
  ])('is none when %s', async (_, facts) => {
    const ours = await sendAda();
    await bridge.list(ours, row('foreign', facts));
    expect(found()).toEqual([]);
  });

  it.each([
    ['the outcome of ours isn’t known yet', `state = 'uncertain'`],
    ['ours was adopted', 'accepted_at = NULL'],
    ['ours was sent again, which is a problem of its own', 'absences = 1'],
  ])('is none when %s', async (_, change) => {
    const ours = await sendAda();
    bridge.app.database.connection.exec(`UPDATE invitations SET ${change}`);
    await bridge.list(ours, row('foreign'));
    expect(found()).toEqual([]);
  });

  it('is none when it was there when we first looked, as after a restore', async () => {
    const ours = await sendAda();
    const later = row('sent by the data directory that was replaced');
    bridge.clock.advance(MINUTE);
    await bridge.app.database.write((tx) => {
      bridge.app.list.clear(tx);
    });
    await bridge.list(ours, later);
    expect(found()).toEqual([]);
    await bridge.list(ours, later, row('foreign'));
    expect(found()).toEqual([]);
    bridge.clock.advance(1);
    await bridge.list(ours, later, row('foreign'));
    expect(found()).toHaveLength(1);
  });
});

it('many for pairs that we had not sent are no problem', async () => {
  await sendAda();
  const rows = Array.from({ length: 30 }, (_, index) =>
    row(`manual-${String(index)}`, {
      email: `person-${String(index)}@example.com`,
      challengeId: index % 2 === 0 ? BACKEND : FRONTEND,
    }),
  );
  await bridge.list(...rows);
  expect(found()).toEqual([]);
});
