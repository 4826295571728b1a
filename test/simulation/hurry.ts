/** Things that happen while others are still under way, and machines that die in the middle of them. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { FaultRule } from '../../src/simulator/faults/fault-plan.js';
import { happenings } from '../model/commands.js';
import { move } from '../model/moves.js';
import { checkSafe } from '../model/checks.js';
import type { World } from '../model/world.js';
import type { PromisesModel } from '../model/promises-model.js';
import { DAY, ELSEWHERE, MINUTE, ON_SITE, TAKE_HOME } from '../model/rules-model.js';
import { checkBooks } from './check-books.js';
import { backups, restores } from './restored-copy.js';
import { results } from './shown-in-lever.js';
import { setupsAgain } from './setup-again.js';
import { pairs } from './two-admins.js';
import { OVERLAPS, pass, someone, Step, traitsOf, type Happening } from '../model/step.js';

const HOUR = 60 * MINUTE;

/** How long the next thing waits for what this one leads to, in ms; null: until all is quiet. */
const haste = fc.constantFrom(null, null, 0, 3, 30, 300, 3_000);

export class Hurried implements Happening {
  constructor(
    private readonly step: Happening,
    private readonly haste: number | null,
  ) {}

  check(model: PromisesModel): boolean {
    return this.step.check(model);
  }

  async run(model: PromisesModel, world: World): Promise<void> {
    const { bridge } = world;
    const { mayOverlap: isHasty = false, asksVendors, restarts } = traitsOf(this.step);
    if (asksVendors) {
      for (const { faults } of [bridge.simulator.lever, bridge.simulator.codesubmit])
        faults.clear();
    }
    if (!isHasty) {
      bridge.endTrouble();
      await bridge.settle();
      world.isHasty = false;
      checkSafe(model, world);
    }
    bridge.haste = isHasty ? this.haste : null;
    world.isHasty ||= bridge.haste !== null;
    try {
      if (restarts) world.restartWaiting();
      await this.step.run(model, world);
      if (bridge.haste === null) {
        await bridge.settle();
        checkSafe(model, world);
      }
      checkBooks(bridge, bridge.haste === null);
      expect(bridge.unforeseen, 'internal errors').toEqual([]);
    } finally {
      // What it led to is under way when the next thing happens.
      world.isHasty = bridge.haste !== null;
      bridge.haste = null;
    }
  }

  toString(): string {
    const isHasty = this.haste !== null && traitsOf(this.step).mayOverlap === true;
    return isHasty ? `${String(this.step)}; ${String(this.haste)} ms later` : String(this.step);
  }
}

const crashes = fc
  .tuple(
    someone,
    fc.constantFrom(TAKE_HOME, TAKE_HOME, ON_SITE, ELSEWHERE),
    fc.integer({ min: 1, max: 60 }),
  )
  .map(
    ([who, stage, moments]) =>
      new Step(
        `move ${who} to ${stage}, the machine dies ${String(moments)} moments later`,
        async (model, world) => {
          await world.bridge.crashDuring(moments, () =>
            move(model, world, who, stage, 'announced'),
          );
        },
        { ...OVERLAPS, restarts: true },
      ),
  );

type Outage = Pick<FaultRule, 'kind' | 'when' | 'status'>;

const OUTAGES_OF_EITHER: readonly Outage[] = [
  { kind: 'drop-before' },
  { kind: '5xx', when: 'before', status: 503 },
  { kind: 'html', when: 'before' },
  { kind: 'black-hole', when: 'before' },
  // The key was revoked, and is good again: it is tried every five minutes.
  { kind: '5xx', when: 'before', status: 401 },
];

/** The account is rejected, and accepted again: one challenge is tried every five minutes. */
const OUTAGES_OF_CODESUBMIT: readonly Outage[] = [
  { kind: '5xx', when: 'before', status: 402 },
  { kind: '5xx', when: 'before', status: 403 },
];

const anOutage = fc.constantFrom(
  ...[...OUTAGES_OF_EITHER, ...OUTAGES_OF_CODESUBMIT].map((fault) => ({
    vendor: 'codesubmit' as const,
    fault,
  })),
  ...OUTAGES_OF_EITHER.map((fault) => ({ vendor: 'lever' as const, fault })),
);

/** All calls of a vendor, for a while: faults come in bursts. */
const outages = fc
  .tuple(anOutage, fc.integer({ min: 2, max: 6 }))
  .map(
    ([{ vendor, fault }, times]) =>
      new Step(
        `the next ${String(times)} calls of ${vendor} meet ${JSON.stringify(fault)}`,
        (_, { bridge }) => bridge.simulator[vendor].faults.set({ ...fault, times }),
        OVERLAPS,
      ),
  );

/** The calendar jumps, and the vendors' doesn't. */
const clockJumps = fc.constantFrom(-3 * HOUR, -90_000, 90_000, 3 * HOUR).map(
  (ms) =>
    new Step(
      `the machine’s clock jumps by ${String(ms / MINUTE)} minutes`,
      async (model, world) => {
        world.bridge.clock.leadMs += ms;
        // Within seconds the daemon has noticed, and counts what waits from there.
        for (let looks = 0; looks < 2; looks += 1) {
          pass(model, world, 2_000);
          await world.bridge.settle();
        }
        world.restartWaiting();
      },
    ),
);

/** It sleeps: the calendar goes on, and all that counts time stands still. Meanwhile a candidate may move on. */
const sleeps = fc
  .tuple(
    fc.constantFrom(2 * MINUTE, 20 * MINUTE, 3 * HOUR, 2 * DAY),
    fc.option(fc.tuple(someone, fc.constantFrom(TAKE_HOME, ELSEWHERE))),
  )
  .map(([ms, moved]) => {
    const words = `the machine sleeps for ${String(ms / MINUTE)} minutes`;
    const whileAsleep = moved === null ? '' : `, while ${moved[0]} moves to ${moved[1]}`;
    return new Step(words + whileAsleep, async (model, world) => {
      for (const half of [ms / 2, ms / 2]) {
        model.remember();
        world.bridge.clock.jump(half);
        model.now = model.awakeSince = world.bridge.clock.now();
        model.asleepMs += half;
        if (moved !== null) await move(model, world, ...moved, 'unannounced');
      }
      // What CodeSubmit works on had come to it, or comes, as long later.
      world.workUntil += ms;
      world.restartWaiting();
      await world.bridge.settle();
      // From when work can proceed again is noted within seconds; what waits counts from then.
      pass(model, world, 5_000);
      await world.bridge.settle();
    });
  });

/** CodeSubmit does it minutes after the connection broke, and before anybody trusts an absence (docs/durability.md). */
const lateWork = fc
  .tuple(
    someone,
    fc.constantFrom(TAKE_HOME, ON_SITE),
    fc.constantFrom(40_000, 4 * MINUTE, 12 * MINUTE),
  )
  .map(
    ([who, stage, delayMs]) =>
      new Step(
        `move ${who} to ${stage}, CodeSubmit works on a challenge for ${String(delayMs)} ms`,
        async (model, world) => {
          const { faults } = world.bridge.simulator.codesubmit;
          const post = { method: 'POST', route: '/api/external/candidates', times: 1 } as const;
          // What another data directory sends meanwhile, no list can show.
          if (model.hasOther) return;
          faults.set({ kind: 'delay', when: 'before', delayMs, ...post });
          world.workUntil = model.now + 2 * delayMs + MINUTE;
          await move(model, world, who, stage, 'announced');
          await world.bridge.settle();
          faults.clear();
        },
      ),
  );

const CRASHES = 4;
const OUTAGES = 3;
const RESULTS = 4;

export const simulatedHappenings = [
  ...happenings,
  ...Array.from({ length: CRASHES }, () => crashes),
  ...Array.from({ length: OUTAGES }, () => outages),
  ...Array.from({ length: RESULTS }, () => results),
  ...[clockJumps, sleeps, lateWork, setupsAgain],
  ...[restores, restores, backups, pairs, pairs, pairs],
].map((one) => fc.tuple(one, haste).map(([step, ms]) => new Hurried(step, ms)));
