/** What can happen: in Lever, at the terminal, to the network and to the process; each told to the model and done for real. */
import fc from 'fast-check';
import type { KillMoment } from '../support/bridge-under-test.js';
import { checkAll, checkSafe, type World } from './checks.js';
import {
  BACKEND_TAG,
  DAY,
  ELSEWHERE,
  FRONTEND_TAG,
  MINUTE,
  NEAR_TAG,
  ON_SITE,
  TAKE_HOME,
  type PromisesModel,
} from './promises-model.js';

/** Whether a move is announced: by a webhook, by two of it, or not at all. */
type Announced = 'announced' | 'announced twice' | 'unannounced';

type Happening = fc.AsyncCommand<PromisesModel, World>;

/** Between any two things that people do. */
const PACE_MS = 2_000;
/** Nothing is kept for ever, and nobody's books go back further. */
const LONGEST_MS = 150 * DAY;

/** One thing that happens; afterwards nothing forbidden may have been sent. */
class Step implements Happening {
  constructor(
    private readonly words: string,
    private readonly happen: (model: PromisesModel, world: World) => Promise<void>,
    private readonly isPossible: (model: PromisesModel) => boolean = () => true,
  ) {}

  check(model: PromisesModel): boolean {
    return this.isPossible(model);
  }

  async run(model: PromisesModel, world: World): Promise<void> {
    pass(model, world, PACE_MS);
    await this.happen(model, world);
    checkSafe(model, world);
  }

  toString(): string {
    return this.words;
  }
}

function pass(model: PromisesModel, { bridge }: World, ms: number): void {
  model.remember();
  bridge.clock.advance(ms);
  model.now = bridge.clock.now();
}

const someone = fc.constantFrom('ada', 'ada again', 'bo', 'ada’s namesake', 'cy');
const tag = fc.constantFrom(BACKEND_TAG, BACKEND_TAG, FRONTEND_TAG, NEAR_TAG);
const stage = fc.constantFrom(TAKE_HOME, TAKE_HOME, ON_SITE, ELSEWHERE);
const announced = fc.constantFrom<Announced>(
  'announced',
  'announced',
  'announced twice',
  'unannounced',
);

async function move(
  model: PromisesModel,
  world: World,
  who: string,
  where: string,
  how: Announced,
): Promise<void> {
  const { bridge } = world;
  const { actions, opportunities } = bridge.simulator.lever;
  const id = world.idOf(who);
  const before = opportunities.get(id).stageId;
  actions.move(id, where);
  const { stageId, lastAdvancedAt } = opportunities.get(id);
  if (before === stageId) return;
  model.change(who, { stage: where, visitAt: lastAdvancedAt });
  const body = bridge.signed({ opportunityId: id, fromStageId: before, toStageId: stageId });
  world.deliveries.push(body);
  if (how !== 'unannounced') await bridge.deliver(body);
  if (how === 'announced twice') await bridge.deliver(body);
}

const moves = fc
  .tuple(someone, stage, announced)
  .map(
    ([who, where, how]) =>
      new Step(`move ${who} to ${where}, ${how}`, (model, world) =>
        move(model, world, who, where, how),
      ),
  );

const kills = fc
  .tuple(
    someone,
    stage,
    fc.constantFrom<KillMoment>('before the vendor saw it', 'after the vendor did it'),
  )
  .map(
    ([who, where, moment]) =>
      new Step(`move ${who} to ${where}, killed at the next effect, ${moment}`, (model, world) =>
        world.bridge.killDuring(moment, () => move(model, world, who, where, 'announced')),
      ),
  );

/** Lever's Rerun: any delivery again, however old. */
const reruns = fc.nat(30).map(
  (number) =>
    new Step(`rerun delivery ${String(number)}`, async (_, { bridge, deliveries }) => {
      const body = deliveries[number % Math.max(deliveries.length, 1)];
      if (body !== undefined) await bridge.deliver(body);
    }),
);

const tags = fc.tuple(someone, tag).map(
  ([who, added]) =>
    new Step(`tag ${who} ${added}`, (model, world) => {
      const { ownTags, removedTags } = model.candidate(who).facts;
      model.change(who, {
        ownTags: [...new Set([...ownTags, added])],
        removedTags: removedTags.filter((one) => one !== added),
      });
      world.actions.addTags(world.idOf(who), [added]);
      return Promise.resolve();
    }),
);

const untags = fc.tuple(someone, tag).map(
  ([who, removed]) =>
    new Step(`untag ${who} ${removed}`, (model, world) => {
      const { ownTags, removedTags } = model.candidate(who).facts;
      model.change(who, {
        ownTags: ownTags.filter((one) => one !== removed),
        removedTags: [...new Set([...removedTags, removed])],
      });
      world.actions.removeTags(world.idOf(who), [removed]);
      return Promise.resolve();
    }),
);

const postings = fc
  .constantFrom<string[][]>([], [BACKEND_TAG], [FRONTEND_TAG], [BACKEND_TAG, FRONTEND_TAG])
  .map(
    (all) =>
      new Step(`the posting’s tags become [${all.join(', ')}]`, (model, world) => {
        model.postingTags.set('engineer', all);
        world.bridge.simulator.lever.postings.setTags(world.postingId, all);
        return Promise.resolve();
      }),
  );

const archives = fc.tuple(someone, fc.constantFrom(true, false, false)).map(
  ([who, isArchived]) =>
    new Step(`${isArchived ? 'archive' : 'unarchive'} ${who}`, (model, world) => {
      model.change(who, { isArchived });
      if (isArchived) world.actions.archive(world.idOf(who), 'Withdrew');
      else world.actions.unarchive(world.idOf(who));
      return Promise.resolve();
    }),
);

const addresses = fc
  .tuple(fc.constantFrom('ada', 'bo', 'cy'), fc.constantFrom(true, true, false))
  .map(
    ([who, hasOne]) =>
      new Step(`${who} ${hasOne ? 'has an' : 'loses the'} address`, (model, world) => {
        const { contact } = model.candidate(who);
        const email = hasOne ? `${who}@example.com` : null;
        model.emails.set(contact, email);
        world.bridge.simulator.lever.contacts.setEmails(
          world.idOf(who),
          email === null ? [] : [email],
        );
        return Promise.resolve();
      }),
  );

const approvals = fc.oneof(someone, fc.constant('all' as const)).map(
  (who) =>
    new Step(`approve ${who}`, async (model, world) => {
      const holds = await world.bridge.approve(who === 'all' ? who : [world.idOf(who)]);
      for (const { opportunityId, visitAt, challengeId } of holds) {
        const candidate = world.nameOf(opportunityId);
        model.approve({ candidate, visitAt, challenge: world.challengeOf(challengeId) });
      }
    }),
);

const pauses = fc.constant(
  new Step(
    'pause',
    async (model, { bridge }) => {
      await bridge.pause();
      model.isPaused = true;
    },
    (model) => !model.isPaused,
  ),
);

const resumes = fc.constant(
  new Step(
    'resume',
    async (model, { bridge }) => {
      model.isPaused = false;
      await bridge.resume();
    },
    (model) => model.isPaused,
  ),
);

const restarts = fc.constant(new Step('restart', (_, { bridge }) => bridge.restart()));
const sweeps = fc.constant(new Step('sweep', (_, { bridge }) => bridge.sweep()));

const times = fc.constantFrom(20_000, 50_000, 2 * MINUTE, 11 * MINUTE, 40 * MINUTE, 31 * DAY).map(
  (ms) =>
    new Step(
      `${String(ms / MINUTE)} minutes pass`,
      async (model, world) => {
        pass(model, world, ms);
        await world.bridge.settle();
      },
      (model) => ms < DAY || model.now - model.startedAt < LONGEST_MS,
    ),
);

/** Of the next call of the kind: whether the work is done, and what is heard of it. */
const troubles = fc
  .tuple(
    fc.constantFrom<[string, 'lever' | 'codesubmit', string, string]>(
      ['challenge', 'codesubmit', 'POST', '/api/external/candidates'],
      ['look at the list of sent challenges', 'codesubmit', 'GET', '/api/external/candidates'],
      ['link', 'lever', 'POST', '/v1/opportunities/:id/addLinks'],
      ['read of a candidate', 'lever', 'GET', '/v1/opportunities/:id'],
    ),
    fc.constantFrom<['drop-after' | 'drop-before' | '5xx' | '429', 'before' | 'after']>(
      ['drop-after', 'after'],
      ['drop-before', 'before'],
      ['5xx', 'after'],
      ['5xx', 'before'],
      ['429', 'before'],
    ),
  )
  .map(
    ([[what, vendor, method, route], [kind, when]]) =>
      new Step(`the next ${what} meets ${kind} ${when} the work`, (_, { bridge }) => {
        bridge.simulator[vendor].faults.set({ kind, when, method, route, times: 1 });
        return Promise.resolve();
      }),
  );

/** A person's look at everything: a sweep, time for what waits, and then all is as the present warrants. */
class Reckoning implements Happening {
  check(): boolean {
    return true;
  }

  async run(model: PromisesModel, world: World): Promise<void> {
    pass(model, world, PACE_MS);
    await world.bridge.sweep();
    checkSafe(model, world);
    // What ends may let a person's other opportunity go at the next sweep, and that may meet trouble in its turn.
    do {
      await this.#untilNothingIsOpen(model, world);
      await world.bridge.sweep();
      checkSafe(model, world);
    } while (world.isOpen());
    checkAll(model, world);
  }

  /** A read that disagrees with what was announced is read again twice, whatever else is going on. */
  async #untilNothingIsOpen(model: PromisesModel, world: World): Promise<void> {
    for (let minutes = 0; minutes < 2 || world.isOpen(); minutes += 1) {
      pass(model, world, MINUTE + 1_000);
      await world.bridge.settle();
      checkSafe(model, world);
    }
  }

  toString(): string {
    return 'reckoning';
  }
}

export const reckoning = new Reckoning();

/** Each as often as it is written. */
const WEIGHTS: [number, fc.Arbitrary<Happening>][] = [
  [10, moves],
  [4, kills],
  [2, reruns],
  [4, tags],
  [2, untags],
  [2, postings],
  [2, archives],
  [2, addresses],
  [3, approvals],
  [1, pauses],
  [2, resumes],
  [1, restarts],
  [2, sweeps],
  [4, times],
  [5, troubles],
  [2, fc.constant(reckoning)],
];

export const happenings = WEIGHTS.flatMap(([weight, one]) =>
  Array.from({ length: weight }, () => one),
);
