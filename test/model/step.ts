/** One event, told to the model and done for real. */
import fc from 'fast-check';
import { checkSafe } from './checks.js';
import type { World } from './world.js';
import type { PromisesModel } from './promises-model.js';
import { DAY, MINUTE } from './rules-model.js';

/** How a step goes together with the others. */
export interface Traits {
  /** Whatever the program is at. Otherwise an admin looks at what there is before asking for more. */
  mayOverlap?: boolean;
  /** An admin whose command fails for a vendor's trouble runs it again. */
  asksVendors?: boolean;
  /** The daemon starts again. */
  restarts?: boolean;
}

/** What people and vendors do, whatever the program is at. */
export const OVERLAPS: Traits = { mayOverlap: true };

export type Happening = fc.AsyncCommand<PromisesModel, World>;

/** Between any two actions of people. */
export const PACE_MS = 2_000;

/** A rule applies from five seconds before it is stored. Nobody comes in these. */
export const BEFORE_RULES_MS = 7_000;

/** One event; afterwards nothing forbidden may have been sent. */
export class Step implements Happening {
  constructor(
    private readonly words: string,
    private readonly happen: (model: PromisesModel, world: World) => unknown,
    readonly traits: Traits = {},
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

/**
 * Some things one after the other. Each of them is drawn alone too, but what takes four certain ones in a certain order
 * would hardly ever be.
 */
export class Sequence implements Happening {
  constructor(private readonly steps: readonly Happening[]) {}

  get traits(): Traits {
    return { mayOverlap: this.steps.every((step) => traitsOf(step).mayOverlap === true) };
  }

  check(): boolean {
    return true;
  }

  async run(model: PromisesModel, world: World): Promise<void> {
    for (const step of this.steps) {
      if (step.check(model)) await step.run(model, world);
    }
  }

  toString(): string {
    return this.steps.map(String).join(', then ');
  }
}

export function traitsOf(step: Happening): Traits {
  return step instanceof Step || step instanceof Sequence ? step.traits : {};
}

const MONTH_MS = 30 * DAY;

export function pass(model: PromisesModel, { bridge }: World, ms: number): void {
  model.now = bridge.clock.now();
  model.remember();
  bridge.clock.advance(ms);
  model.now = bridge.clock.now();
  if (ms >= MONTH_MS) model.leaptAt = model.now;
}

/** Nothing is kept for ever, and nobody's books go back further. */
const LONGEST_MS = 150 * DAY;

export function passed(ms: number): Step {
  return new Step(
    `${String(ms / MINUTE)} minutes pass`,
    async (model, world) => {
      pass(model, world, ms);
      await world.bridge.settle();
    },
    OVERLAPS,
    (model) => ms < DAY || model.now - model.startedAt < LONGEST_MS,
  );
}

export const someone = fc.constantFrom('ada', 'ada again', 'bo', 'ada’s namesake', 'cy');
