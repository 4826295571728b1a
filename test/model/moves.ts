/** A candidate moves to another stage, and how the program finds out. */
import fc from 'fast-check';
import type { RequestEntry } from '../../src/simulator/request-log.js';
import type { KillMoment } from '../simulation/simulated-bridge.js';
import type { World } from './world.js';
import type { PromisesModel } from './promises-model.js';
import { BY_TAG, ELSEWHERE, ON_SITE, TAKE_HOME } from './rules-model.js';
import { OVERLAPS, someone, Step } from './step.js';

/** Whether a move is announced: by one webhook, by two, or not at all. */
type Announced = 'announced' | 'announced twice' | 'unannounced';

const stage = fc.constantFrom(TAKE_HOME, TAKE_HOME, ON_SITE, BY_TAG, ELSEWHERE);
const announced = fc.constantFrom<Announced>(
  'announced',
  'announced',
  'announced twice',
  'unannounced',
);

/** How often Lever has shown each opportunity, alone or in the list of its stage. */
export function timesSeen({ bridge }: World): Map<string, number> {
  const { requests, opportunities } = bridge.simulator.lever;
  // What a fault spoiled on its way back, nobody has seen.
  const answered = requests
    .list({ method: 'GET', status: 200 })
    .filter(({ fault }) => fault === null || fault.startsWith('delay'));
  return new Map(
    [...opportunities.all.values()].map(({ id, stageId }) => {
      const shows = ({ path, query }: RequestEntry): boolean =>
        path.endsWith(`/opportunities/${id}`) ||
        (query as { stage_id?: string }).stage_id === stageId;
      return [id, answered.filter(shows).length];
    }),
  );
}

export async function move(
  model: PromisesModel,
  world: World,
  who: string,
  where: string,
  how: Announced,
): Promise<void> {
  const { bridge } = world;
  const { actions, opportunities } = bridge.simulator.lever;
  const id = world.idOf(who);
  if (model.isGone(who) || model.inactiveStages.has(where)) return;
  const before = opportunities.get(id).stageId;
  const seen = timesSeen(world).get(id);
  actions.move(id, world.stageId(where));
  const { stageId, stageChanges } = opportunities.get(id);
  if (before === stageId) return;
  const visitAt = stageChanges.at(-1)?.updatedAt ?? 0;
  const { forgottenUnseenSince } = model.candidate(who).facts;
  const isForgotten = seen === forgottenUnseenSince;
  const unseen = { forgotten: visitAt, forgottenUnseenSince: timesSeen(world).get(id) };
  model.change(who, {
    stage: where,
    visitAt,
    ...(isForgotten ? unseen : { forgottenUnseenSince: undefined }),
  });
  const body = bridge.signed({ opportunityId: id, fromStageId: before, toStageId: stageId });
  world.deliveries.push(body);
  if (how !== 'unannounced') await bridge.deliver(body);
  if (how === 'announced twice') await bridge.deliver(body);
}

export function moved(who: string, where: string, how: Announced = 'announced'): Step {
  return new Step(
    `move ${who} to ${where}, ${how}`,
    (model, world) => move(model, world, who, where, how),
    OVERLAPS,
  );
}

export const moves = fc
  .tuple(someone, stage, announced)
  .map(([who, where, how]) => moved(who, where, how));

export const kills = fc
  .tuple(
    someone,
    stage,
    fc.constantFrom<KillMoment>('before the vendor saw it', 'after the vendor did it'),
  )
  .map(
    ([who, where, moment]) =>
      new Step(
        `move ${who} to ${where}, killed at the next effect, ${moment}`,
        (model, world) =>
          world.bridge.killDuring(moment, () => move(model, world, who, where, 'announced')),
        { ...OVERLAPS, restarts: true },
      ),
  );

/** Lever's Rerun: any delivery again, however old. */
export const reruns = fc.nat(30).map(
  (number) =>
    new Step(
      `rerun delivery ${String(number)}`,
      async (_, { bridge, deliveries }) => {
        const body = deliveries[number % Math.max(deliveries.length, 1)];
        if (body !== undefined) await bridge.deliver(body);
      },
      OVERLAPS,
    ),
);
