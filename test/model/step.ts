/** One thing that happens, told to the model and done for real. */
import fc from 'fast-check';
import { checkSafe, type World } from './checks.js';
import type { PromisesModel } from './promises-model.js';

export type Happening = fc.AsyncCommand<PromisesModel, World>;

/** Between any two things that people do. */
export const PACE_MS = 2_000;

/** One thing that happens; afterwards nothing forbidden may have been sent. */
export class Step implements Happening {
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

export function pass(model: PromisesModel, { bridge }: World, ms: number): void {
  model.remember();
  bridge.clock.advance(ms);
  model.now = bridge.clock.now();
}

export const someone = fc.constantFrom('ada', 'ada again', 'bo', 'ada’s namesake', 'cy');
