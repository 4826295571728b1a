/** The daemon's loop that looks at opportunities in Lever and decides them, one by one or a crowd together. */
import type { CrowdHandler } from '../inbox/crowd-handler.js';
import type { Crowd } from '../inbox/crowd-rows.js';
import { crowdKey, Gathering } from '../inbox/gathering.js';
import type { DueLook } from '../inbox/inbox-rows.js';
import type { LoopParts } from './loop-parts.js';
import { makeCrowdHandler, makeLookHandler } from './make-looking.js';
import { WorkLoop } from './work-loop.js';

const CONCURRENCY = 8;

export function makeLookLoop(parts: LoopParts): WorkLoop<DueLook | Crowd> {
  const { house, vendors, reads, leverPause, pollMs, wake } = parts;
  const shared = { lever: () => vendors.lever(), ...reads, pause: leverPause };
  const handler = makeLookHandler(house, shared);
  const crowds = makeCrowds(parts);
  return new WorkLoop({
    name: 'inbox',
    concurrency: CONCURRENCY,
    pollMs,
    claim: makeClaim(parts),
    keyOf: (work) => ('members' in work ? crowdKey(work.stageId) : work.opportunityId),
    handle: async (work) => {
      await ('members' in work ? crowds.handle(work) : handler.handle(work));
      wake('sends');
      wake('writes');
    },
    // Looks are claimed in memory alone.
    release: async () => undefined,
    log: house.surroundings.log,
  });
}

function makeCrowds({ house, vendors, reads, leverPause, ...parts }: LoopParts): CrowdHandler {
  return makeCrowdHandler(house, {
    lever: () => vendors.lever(),
    ...reads,
    pause: leverPause,
    onDecided: () => parts.wake('sends'),
    isStopped: parts.isDraining,
  });
}

/** Crowds that have gathered first, then whoever is in none. */
function makeClaim({ house, leverPause }: LoopParts) {
  const { clock } = house.surroundings;
  const gathering = new Gathering(clock);
  return async (limit: number, underWay: ReadonlySet<string>): Promise<(DueLook | Crowd)[]> => {
    if (leverPause.remainingMs() > 0) return [];
    const now = clock.now();
    const { ready, stages } = await house.crowds.list(now, underWay, gathering);
    const looks = await house.inboxStore.listDue(now, limit, underWay, stages);
    return [...ready, ...looks].slice(0, limit);
  };
}
