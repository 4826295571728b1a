/** Lever as one rehearsal sees it: a stage's list is read once however often it is asked for, and nobody is forgotten. */
import type { OpportunityId, StageId } from '../domain/ids.js';
import type { Opportunity, Sighting } from '../domain/opportunity.js';
import type { LeverReader, ListStageOptions, StagePage } from '../domain/lever-ports.js';

export class LeverSeenOnce implements LeverReader {
  /** Everybody who stood in a list, in its order. */
  readonly people = new Map<OpportunityId, Opportunity>();
  /** The first failure, also of a read whose caller would try again later. */
  failure: Error | undefined;
  readonly #lists = new Map<string, StagePage[]>();

  constructor(
    private readonly lever: LeverReader,
    private readonly onProgress: (people: number) => void,
  ) {}

  async *listStage(stageId: StageId, options: ListStageOptions = {}): AsyncGenerator<StagePage> {
    const key = JSON.stringify([stageId, options]);
    const known = this.#lists.get(key);
    if (known) {
      yield* known;
      return;
    }
    const pages: StagePage[] = [];
    for await (const page of this.lever.listStage(stageId, options)) {
      for (const opportunity of page.opportunities) this.people.set(opportunity.id, opportunity);
      this.onProgress(this.people.size);
      pages.push(page);
      yield page;
    }
    this.#lists.set(key, pages);
  }

  readOpportunity(id: OpportunityId): Promise<Sighting> {
    return this.#noting(this.lever.readOpportunity(id));
  }

  readPostingTags(id: OpportunityId): Promise<string[] | null> {
    return this.#noting(this.lever.readPostingTags(id));
  }

  probe(): Promise<'ok' | 'unauthorized'> {
    return this.#noting(this.lever.probe());
  }

  async #noting<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }
}
