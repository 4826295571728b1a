/** Readings whose pages leave somebody out, as those of a list in no firm order do. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.js';
import type { VendorInvitationId } from '../domain/ids.js';
import type { ChallengeVendor, SentChallenge } from './codesubmit-port.js';
import { SentMirror } from './sent-mirror.js';

const MINUTE = 60_000;

function sent(id: string): SentChallenge {
  return {
    id: id as VendorInvitationId,
    challenge: { ids: ['challenge'], names: [] },
    email: `${id}@example.com`,
    ...{ link: null, status: null, commitsCount: null, score: null, report: null, created: null },
  };
}

const clock = new FakeClock();

/** Of a list of three, whose n-th reading shows these; each reading takes a minute. */
function mirrorOf(...readings: string[][]): { mirror: SentMirror; left: string[][] } {
  const vendor = {
    readOffer: () => Promise.resolve({ challenges: [], isWhole: true }),
    async *listSent() {
      clock.advance(MINUTE);
      const rows = (readings.shift() ?? []).map(sent);
      for (const row of rows) yield await Promise.resolve({ rows: [row], total: 3 });
    },
  };
  const mirror = new SentMirror(() => vendor as unknown as ChallengeVendor, clock);
  return { mirror, left: readings };
}

const shows = (list: { has: (id: VendorInvitationId) => boolean } | undefined): string =>
  ['ada', 'bo', 'cy'].filter((id) => list?.has(id as VendorInvitationId) === true).join(' ');

describe('the whole list', () => {
  it('is read once when it is complete', async () => {
    const { mirror, left } = mirrorOf(['ada', 'bo', 'cy'], ['ada']);
    const list = await mirror.read();
    expect([shows(list), list.isComplete, left.length]).toEqual(['ada bo cy', true, 1]);
  });

  it('is read again until it is complete, and is as old as that reading', async () => {
    const { mirror, left } = mirrorOf(['ada', 'ada', 'cy'], ['ada', 'bo', 'cy'], ['ada']);
    const list = await mirror.read();
    expect([shows(list), list.isComplete, left.length]).toEqual(['ada bo cy', true, 1]);
    expect(list.readAt).toBe(clock.now() - MINUTE);
  });

  it('is read three times at most: what any of them showed is in it, and it proves no absence', async () => {
    const { mirror, left } = mirrorOf(['ada', 'ada', 'bo'], ['bo', 'bo'], ['cy', 'cy'], ['cy']);
    const list = await mirror.read();
    expect([shows(list), list.isComplete, left.length]).toEqual(['ada bo cy', false, 1]);
    expect(mirror.fresh()).toBe(list);
    clock.advance(4 * MINUTE + 1);
    expect(mirror.fresh()).toBeUndefined();
  });

  it('is old once the machine has slept', async () => {
    const { mirror } = mirrorOf(['ada', 'bo', 'cy']);
    expect(await mirror.read()).toBe(mirror.fresh());
    clock.jump(60 * MINUTE);
    expect(mirror.fresh()).toBeUndefined();
  });

  it('read for some of it is kept only when it came to its end and was complete', async () => {
    const { mirror } = mirrorOf(['ada', 'bo', 'cy'], ['ada', 'bo', 'bo'], ['ada', 'bo', 'cy']);
    const idOf = (id: string) => [id as VendorInvitationId];
    expect(shows(await mirror.readFor(idOf('bo')))).toBe('ada bo');
    expect(mirror.fresh()).toBeUndefined();
    expect(shows(await mirror.readFor(idOf('cy')))).toBe('ada bo');
    expect(mirror.fresh()).toBeUndefined();
    expect(shows(await mirror.readFor(idOf('nobody')))).toBe('ada bo cy');
    expect(shows(mirror.fresh())).toBe('ada bo cy');
  });
});
