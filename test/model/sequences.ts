/** A few things that lead somewhere only together. */
import fc from 'fast-check';
import { pausing, requested, resuming, retried } from './by-hand.js';
import { addressed, archived, owner, tagged, untagged } from './in-lever.js';
import { moved } from './moves.js';
import { OVERLAPS, passed, Sequence, someone, Step } from './step.js';
import {
  BACKEND_TAG,
  CHALLENGES,
  ELSEWHERE,
  FRONTEND_TAG,
  MINUTE,
  ON_SITE,
  TAKE_HOME,
} from './rules-model.js';

/** Whose first challenge went by one tag comes again with the other. */
export const returns = fc
  .tuple(
    someone,
    fc.constantFrom(TAKE_HOME, ON_SITE),
    fc.constantFrom([BACKEND_TAG, FRONTEND_TAG] as const, [FRONTEND_TAG, BACKEND_TAG] as const),
  )
  .map(
    ([who, where, [first, second]]) =>
      new Sequence([
        untagged(who, second),
        tagged(who, first),
        moved(who, where),
        passed(40 * MINUTE),
        moved(who, ELSEWHERE),
        untagged(who, first),
        tagged(who, second),
        moved(who, where),
        passed(40 * MINUTE),
      ]),
  );

const leftAlone = new Step(
  'CodeSubmit takes no challenge for 90 s',
  (_, { bridge }) => {
    const fault = { kind: '429', when: 'before', retryAfter: 90, times: 1 } as const;
    const post = { method: 'POST', route: '/api/external/candidates' };
    bridge.simulator.codesubmit.faults.set({ ...fault, ...post });
  },
  OVERLAPS,
);

/** While CodeSubmit wants to be left alone, what was decided stops being true; and nothing tells. */
export const changesOfMind = fc
  .tuple(someone, fc.nat(2))
  .map(
    ([who, which]) =>
      new Sequence([
        leftAlone,
        moved(who, TAKE_HOME),
        [archived(who), untagged(who, BACKEND_TAG), moved(who, ELSEWHERE, 'unannounced')][which] ??
          archived(who),
        passed(2 * MINUTE),
      ]),
  );

/** `pause` while some are queued, and `resume` before anything else. */
export const queuesInPause = fc
  .tuple(someone, someone)
  .map(
    ([who, other]) =>
      new Sequence([
        leftAlone,
        moved(who, TAKE_HOME),
        moved(other, TAKE_HOME),
        pausing,
        passed(2 * MINUTE),
        resuming,
      ]),
  );

/** More candidates at once than the brake allows. */
export const crowds = fc
  .constantFrom(['ada', 'cy'], ['ada’s namesake', 'cy', 'bo'], ['cy', 'bo', 'ada again'])
  .map(
    (all) =>
      new Sequence([
        ...all.map((who) => moved(who, TAKE_HOME, 'unannounced')),
        new Step('sweep', (_, { bridge }) => bridge.sweep(), OVERLAPS),
      ]),
  );

/** What an admin requested is refused. Once the address is right, the visit has its challenge, and `retry` comes late. */
export const lateRetries = fc
  .tuple(owner, fc.constantFrom(TAKE_HOME, TAKE_HOME, ON_SITE), fc.constantFrom(...CHALLENGES))
  .map(
    ([who, where, challenge]) =>
      new Sequence([
        addressed(who, '..'),
        moved(who, where),
        requested({ who, challenge, isAgain: false }),
        addressed(who, ''),
        passed(40 * MINUTE),
        ...[0, 1, 2].map(retried),
      ]),
  );
