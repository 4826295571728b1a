/**
 * The positive control: whether the last whole reading of CodeSubmit's list shows our own
 * invitations as it must.
 *
 * A reading proves an absence only if it shows, by address, challenge and date, every invitation of
 * ours that CodeSubmit accepted within the day before it began, except the last settling time. If
 * that day had none, the newest older one must be there.
 */
import { HOUR_MS, DAY_MS, type BridgeClock } from '../../domain/clock.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import { judgeControl, type Control } from './conclude-lookup.js';
import type { AcceptedInvitation } from './invitation-queries.js';
import type { InvitationStore } from './invitation-store.js';
import type { EndOfReading, SentListStore } from './sent-list-store.js';
import type { Tx } from '../../storage/database/database.js';

export interface ListControlDeps {
  rows: InvitationStore;
  list: SentListStore;
  integration: IntegrationStore;
  clock: BridgeClock;
  /** How long an outcome may take to show in CodeSubmit's list, in ms. */
  settleMs: () => number;
}

export class ListControl {
  constructor(private readonly deps: ListControlDeps) {}

  /** Accepted in the day before the reading, without the last settling time; else the newest. */
  judge({ reading, beganAt }: EndOfReading): Control {
    const { rows, clock } = this.deps;
    const leadMs = clock.leadMs('codesubmit');
    const ofDay = this.#accepted(beganAt, DAY_MS);
    const before = beganAt - leadMs - DAY_MS;
    const accepted = ofDay.length > 0 ? ofDay : rows.listAccepted(0, before, leadMs, 1);
    return judgeControl(accepted, (id) => this.#shown(id, reading));
  }

  /**
   * A complete reading lacks something accepted within the last hour: the list is behind, or it was
   * deleted at once. The list is believed again after a day in which it showed all of ours.
   */
  noteLag(tx: Tx, reading: EndOfReading, now: number): void {
    const { integration } = this.deps;
    const isMissing = (one: AcceptedInvitation): boolean =>
      this.#shown(one.id, reading.reading) === undefined;
    if (this.#accepted(reading.beganAt, HOUR_MS).some(isMissing)) {
      integration.note(tx, { list_lagged_at: now });
      return;
    }
    const laggedAt = integration.read().list_lagged_at;
    if (laggedAt === null || reading.beganAt - laggedAt < DAY_MS) return;
    const ofDay = this.#accepted(reading.beganAt, DAY_MS);
    if (ofDay.length > 0 && !ofDay.some(isMissing)) integration.note(tx, { list_lagged_at: null });
  }

  #accepted(beganAt: number, withinMs: number): AcceptedInvitation[] {
    const { rows, clock, settleMs } = this.deps;
    const leadMs = clock.leadMs('codesubmit');
    const at = beganAt - leadMs;
    return rows.listAccepted(at - withinMs, at - settleMs(), leadMs);
  }

  #shown(id: AcceptedInvitation['id'], reading: number) {
    const row = this.deps.list.find(id);
    return row !== undefined && row.seenIn >= reading ? row : undefined;
  }
}
