/** Handles the looks of a crowd together, from pages of their stage's list. */
import type { Decision } from '../../domain/decision.js';
import { ApiError } from '../../domain/errors.js';
import type { OpportunityId } from '../../domain/ids.js';
import { type AccountRefusals, type VendorPause, noteVendorWide } from '../vendor-availability.js';
import type { DueLook, InboxRows } from './inbox-rows.js';
import type { Crowd } from './stage-batches.js';
import { StageSweep, type StageSweepParts } from './stage-sweep.js';
import type { Tx } from '../../storage/database/database.js';

export interface CrowdHandlerParts extends StageSweepParts {
  rows: InboxRows;
  pause: VendorPause;
  refusals: AccountRefusals;
}

export class CrowdHandler {
  constructor(private readonly parts: CrowdHandlerParts) {}

  /** Resolves once every outcome is on disk; throws only when one can't be recorded. */
  async handle(crowd: Crowd): Promise<void> {
    const left = new Map(crowd.members.map((look) => [look.opportunityId, look]));
    try {
      const sweep = new StageSweep(this.parts, (tx, id, decision) =>
        this.#settle(tx, left, id, decision),
      );
      if (!(await sweep.run(crowd.stageId, crowd))) return;
      this.parts.pause.clear();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (await this.#isLeverWide(error)) return;
    }
    this.#log(crowd, left.size);
    await this.#readAlone(left);
  }

  /** Inside the decision's write. */
  #settle(tx: Tx, left: Map<OpportunityId, DueLook>, id: OpportunityId, decision: Decision): void {
    const look = left.get(id);
    if (!look) {
      this.parts.rows.ensureDelayed(tx, id, decision);
      return;
    }
    this.parts.rows.settle(tx, look, decision);
    left.delete(id);
  }

  /** Then everybody stays due. */
  #isLeverWide(error: ApiError): Promise<boolean> {
    this.parts.log.warn({ error: error.message }, 'crowd not read');
    return noteVendorWide(error, this.parts);
  }

  /** Who wasn't shown where he was expected. */
  async #readAlone(left: ReadonlyMap<OpportunityId, DueLook>): Promise<void> {
    if (left.size === 0) return;
    await this.parts.store.readAlone([...left.keys()], this.parts.clock.now());
  }

  #log({ stageId, members }: Crowd, left: number): void {
    const fields = { stage: stageId, people: members.length, notShown: left };
    this.parts.log.info(fields, 'crowd looked at');
  }
}
