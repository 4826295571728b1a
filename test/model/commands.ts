/**
 * Everything that can happen, in Lever, at the terminal, to the network and to the process. Each is
 * told to the model and done for real.
 */
import fc from 'fast-check';
import { challengeChanges, deletions, invitations } from './at-codesubmit.js';
import {
  approvals,
  doubts,
  pausing,
  resuming,
  retries,
  sends,
  settlements,
  settleTheRest,
} from './by-hand.js';
import type { FaultRule } from '../../src/simulator/faults/fault-plan.js';
import { BY_LIST, checkAll, checkSafe } from './checks.js';
import type { World } from './world.js';
import { formChanges, isNeverWhole, takeForm } from './forms.js';
import {
  challengeEnds,
  challengeNames,
  challengeReturns,
  forgettings,
  removals as goings,
  returnChallenges,
  stageEnds,
  stageNames,
} from './edits.js';
import { consents, linkRemovals, merges, names } from './profiles.js';
import { addresses, archives, postings, tags, untags } from './in-lever.js';
import { kills, moves, reruns } from './moves.js';
import { turnsOfTheOther } from './other-directory.js';
import { changesOfMind, crowds, lateRetries, queuesInPause, returns } from './sequences.js';
import { OVERLAPS, PACE_MS, pass, passed, Step, type Happening } from './step.js';
import type { PromisesModel } from './promises-model.js';
import { DAY, MINUTE } from './rules-model.js';
import { additions, changes, removals } from './rule-changes.js';

const HOUR = 60 * MINUTE;
/** The longest wait for a repeated read, and how many there are. */
const REREAD_MS = 31_000;
const REREADS = 2;
/** Of two that were settled without a link, one reading may name only the later one. */
const MOST_WAITS = 2;

const restarts = fc.constant(
  new Step('restart', (_, { bridge }) => bridge.restart(), { ...OVERLAPS, restarts: true }),
);
const sweeps = fc.constant(new Step('sweep', (_, { bridge }) => bridge.sweep(), OVERLAPS));

const times = fc
  .constantFrom(20_000, 50_000, 2 * MINUTE, 11 * MINUTE, 40 * MINUTE, 8 * DAY, 31 * DAY)
  .map((ms) => passed(ms));

type Vendor = 'lever' | 'codesubmit';
const TARGETS: [what: string, vendor: Vendor, method: string, route: string][] = [
  ['challenge', 'codesubmit', 'POST', '/api/external/candidates'],
  ['look at the list of sent challenges', 'codesubmit', 'GET', '/api/external/candidates'],
  ['link', 'lever', 'POST', '/v1/opportunities/:id/addLinks'],
  ['note', 'lever', 'POST', '/v1/opportunities/:id/notes'],
  ['tag', 'lever', 'POST', '/v1/opportunities/:id/addTags'],
  ['read of a candidate', 'lever', 'GET', '/v1/opportunities/:id'],
];
/** Whether the work is done, and what the caller hears of it. */
const TROUBLES: Pick<FaultRule, 'kind' | 'when' | 'status' | 'retryAfter' | 'times'>[] = [
  { kind: 'drop-after' },
  { kind: 'drop-before' },
  { kind: '5xx', when: 'after' },
  { kind: '5xx', when: 'after', status: 503, retryAfter: 90 },
  { kind: '5xx', when: 'before' },
  { kind: '5xx', when: 'before', status: 503, retryAfter: 600, times: 2 },
  { kind: '429', when: 'before' },
  { kind: '429', when: 'before', retryAfter: 90, times: 3 },
  { kind: 'empty' },
  { kind: 'null' },
  { kind: 'html', when: 'after' },
  { kind: 'cut' },
  { kind: '429', when: 'after' },
];

/** Affects the next calls of the kind, or those after the next. */
const troubles = fc
  .tuple(fc.constantFrom(...TARGETS), fc.constantFrom(...TROUBLES), fc.constantFrom(0, 0, 1))
  .filter(([[, vendor, method], { kind, when, retryAfter }]) => {
    // docs/durability.md: a 429 did nothing. Where it did, reads that are behind, or a list, would show it too late.
    if (method === 'POST' && kind === '429') return when !== 'after';
    // While Lever asks for a pause no sweep starts, and a history waits for one.
    return vendor === 'codesubmit' || retryAfter === undefined;
  })
  .map(
    ([[what, vendor, method, route], trouble, skip]) =>
      new Step(
        `the next ${what} but ${skip} meets ${JSON.stringify(trouble)}`,
        (_, { bridge }) =>
          bridge.simulator[vendor].faults.set({ times: 1, ...trouble, skip, method, route }),
        OVERLAPS,
      ),
  );

/**
 * An admin checks everything: a sweep, time for what waits, then everything matches the present.
 * While CodeSubmit's list doesn't show who was sent what, challenges may wait; in the end it does.
 */
class Reckoning implements Happening {
  constructor(private readonly isLast: boolean) {}

  check(): boolean {
    return true;
  }

  async run(model: PromisesModel, world: World): Promise<void> {
    pass(model, world, PACE_MS);
    await this.#untilAllIsDone(model, world);
    if (this.isLast && (!model.isListUsable || model.deletedChallenges.size > 0)) {
      returnChallenges(model, world);
      takeForm(model, world, {});
      // Only a reading shows that, and each that meets trouble comes an hour later.
      world.bridge.simulator.codesubmit.faults.clear();
      await this.#untilAllIsDone(model, world);
    }
    // docs/durability.md: a row is gone after two readings, and while it keeps someone on hold, they are an hour apart.
    // The next check of the stages releases them.
    for (let waits = 0; waits < 2 && model.isListUsable && isHeldByList(world); waits += 1)
      await this.#untilAllIsDone(model, world);
    for (let waits = 0; waits < MOST_WAITS && mayBeListedLater(model, world); waits += 1) {
      pass(model, world, 2 * DAY);
      await this.#untilAllIsDone(model, world);
    }
    if (model.isListUsable && !isNeverWhole(world)) checkAll(model, world);
  }

  /**
   * The last sweep may have missed someone on hold who has moved on, and a read that disagrees with
   * what was announced is repeated after 5 and 30 s.
   */
  async #untilReadAgain(model: PromisesModel, world: World): Promise<void> {
    for (let reads = 0; reads < REREADS; reads += 1) {
      pass(model, world, REREAD_MS);
      await world.bridge.settle();
      checkSafe(model, world);
    }
  }

  async #untilAllIsDone(model: PromisesModel, world: World): Promise<void> {
    // What is tried again now and then is.
    pass(model, world, HOUR);
    // When one ends, the next sweep may send to the person's other opportunity, which may fail in
    // its turn. One that failed may fail again. A sweep that met trouble may have missed a candidate.
    let seen = '';
    const isNew = (): boolean => {
      const before = seen;
      const states = world.bridge.status().invitations.map(({ id, state }) => [id, state]);
      seen = JSON.stringify([states, world.tried(), world.hits()]);
      return seen !== before;
    };
    world.beginWaiting();
    while (isNew() || world.isOpen()) {
      await world.bridge.sweep();
      checkSafe(model, world);
      if (world.isOpen()) await this.#untilNothingIsOpen(model, world);
      if (await settleTheRest(model, world)) world.beginWaiting();
      await this.#untilReadAgain(model, world);
    }
  }

  async #untilNothingIsOpen(model: PromisesModel, world: World): Promise<void> {
    do {
      pass(model, world, MINUTE + 1_000);
      await world.bridge.settle();
      checkSafe(model, world);
    } while (world.isOpen());
  }

  toString(): string {
    return this.isLast ? 'last reckoning' : 'reckoning';
  }
}

function isHeldByList({ bridge }: World): boolean {
  return bridge.status().held.some(({ reason }) => BY_LIST.includes(reason));
}

/** What the list hasn’t shown an hour after it was sent is looked for within two days. */
function mayBeListedLater(model: PromisesModel, { bridge, nameless }: World): boolean {
  const { linkIn } = bridge.simulator.codesubmit.switches;
  // Beside a later one whose outcome isn't known, nothing tells which of them the list shows.
  const mayShow = model.isListVague || nameless.size > 0 || linkIn === 'list';
  const { invitations } = bridge.status();
  const hasUnlisted = invitations.some(({ state, link }) => state === 'invited' && link === null);
  return model.isListUsable && mayShow && hasUnlisted;
}

export const reckoning = new Reckoning(true);

/** Each as often as it is written. */
const WEIGHTS: [number, fc.Arbitrary<Happening>][] = [
  [10, moves],
  [2, returns],
  [2, changesOfMind],
  [2, crowds],
  [2, queuesInPause],
  [1, lateRetries],
  [4, kills],
  [2, reruns],
  [4, tags],
  [2, untags],
  [2, postings],
  [4, archives],
  [2, addresses],
  [2, consents],
  [2, names],
  [1, merges],
  [1, linkRemovals],
  [3, approvals],
  [4, sends],
  [3, invitations],
  [1, retries],
  [1, settlements],
  [2, doubts],
  [1, fc.constant(pausing)],
  [2, fc.constant(resuming)],
  [2, removals],
  [3, additions],
  [2, changes],
  [2, challengeChanges],
  [2, deletions],
  [1, challengeNames],
  [1, challengeEnds],
  [1, challengeReturns],
  [1, stageNames],
  [1, stageEnds],
  [1, goings],
  [2, forgettings],
  [1, restarts],
  [2, sweeps],
  [4, times],
  [6, troubles],
  [2, formChanges],
  [3, turnsOfTheOther],
  [2, fc.constant(new Reckoning(false))],
];

export const happenings = WEIGHTS.flatMap(([weight, one]) =>
  Array.from({ length: weight }, () => one),
);
