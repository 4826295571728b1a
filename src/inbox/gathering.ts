/** Waits for a crowd to be complete: while a bulk move is announced, more of its people come every moment. */
import { SECOND_MS, type Clock } from '../domain/clock.js';
import type { StageId } from '../domain/ids.js';
import type { CrowdSize } from './crowd-rows.js';

const QUIET_MS = SECOND_MS;
/** One at a time would take longer than this anyway. */
const LONGEST_MS = 5_000;

interface Growth {
  members: number;
  beganMs: number;
  grewMs: number;
}

const CROWD_KEY = 'crowd of ';

/** Names it among what is under way. */
export function crowdKey(stageId: StageId): string {
  return CROWD_KEY + stageId;
}

function stagesUnderWay(underWay: ReadonlySet<string>): StageId[] {
  const keys = [...underWay].filter((key) => key.startsWith(CROWD_KEY));
  return keys.map((key) => key.slice(CROWD_KEY.length) as StageId);
}

export class Gathering {
  #growing = new Map<StageId, Growth>();

  constructor(private readonly clock: Clock) {}

  /** Whose stages to read now, and all stages whose people are not to be looked at one by one. */
  gather(
    crowds: readonly CrowdSize[],
    underWay: ReadonlySet<string>,
  ): { ready: StageId[]; stages: StageId[] } {
    const waiting = crowds.filter(({ stageId }) => !underWay.has(crowdKey(stageId)));
    const growing = waiting.map((crowd) => [crowd.stageId, this.#grown(crowd)] as const);
    const ready = growing.filter(([, growth]) => this.#isComplete(growth));
    this.#growing = new Map(growing.filter((one) => !ready.includes(one)));
    return {
      ready: ready.map(([stageId]) => stageId),
      stages: [...crowds.map(({ stageId }) => stageId), ...stagesUnderWay(underWay)],
    };
  }

  #grown({ stageId, members }: CrowdSize): Growth {
    const nowMs = this.clock.monotonicMs();
    const before = this.#growing.get(stageId);
    if (!before) return { members, beganMs: nowMs, grewMs: nowMs };
    return { ...before, members, grewMs: members > before.members ? nowMs : before.grewMs };
  }

  #isComplete({ beganMs, grewMs }: Growth): boolean {
    const nowMs = this.clock.monotonicMs();
    return nowMs - grewMs >= QUIET_MS || nowMs - beganMs >= LONGEST_MS;
  }
}
