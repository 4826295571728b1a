/** Handles the looks of a batch together, from the pages of their stage's list. */
import type { Decision } from '../../domain/decision.js';
import { ApiError } from '../../domain/errors.js';
import type { OpportunityId } from '../../domain/ids.js';
import type { Log } from '../../domain/log.js';
import type { VendorAccess } from '../vendor-access.js';
import type { DueLook, InboxStore } from './inbox-store.js';
import type { StageBatch } from './stage-batches.js';
import type { NewStageSweep } from './stage-sweep.js';
import type { Tx } from '../../storage/database/database.js';

export interface BatchHandlerDeps {
  newStageSweep: NewStageSweep;
  inbox: InboxStore;
  lever: VendorAccess;
  log: Log;
}

export class BatchHandler {
  constructor(private readonly deps: BatchHandlerDeps) {}

  /** Resolves once every outcome is on disk; throws only when one can't be recorded. */
  async handle(batch: StageBatch): Promise<void> {
    const left = new Map(batch.members.map((look) => [look.opportunityId, look]));
    try {
      const sweep = this.deps.newStageSweep((tx, id, decision) =>
        this.#settle(tx, left, id, decision),
      );
      if (!(await sweep.run(batch.stageId, batch))) return;
      this.deps.lever.clear();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (await this.#isLeverWide(error)) return;
    }
    this.#log(batch, left.size);
    // Those the list didn't show where they were expected.
    await this.deps.inbox.readAlone([...left.keys()]);
  }

  /** Inside the decision's write. */
  #settle(tx: Tx, left: Map<OpportunityId, DueLook>, id: OpportunityId, decision: Decision): void {
    const look = left.get(id);
    if (!look) {
      this.deps.inbox.ensureDelayed(tx, id, decision);
      return;
    }
    this.deps.inbox.settle(tx, look, decision);
    left.delete(id);
  }

  /** Then all of them stay due. */
  #isLeverWide(error: ApiError): Promise<boolean> {
    this.deps.log.warn({ error: error.message }, 'stage batch not read');
    return this.deps.lever.noteFailure(error);
  }

  #log({ stageId, members }: StageBatch, left: number): void {
    const fields = { stage: stageId, people: members.length, notShown: left };
    this.deps.log.info(fields, 'stage batch checked');
  }
}
