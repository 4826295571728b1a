/** Gathers what one reading of CodeSubmit's list shows of its status numbers: a few, however many rows. */
import type { InvitationRow } from '../invitations/invitation-rows.js';
import type { InvitationId } from '../domain/ids.js';
import type { Shown } from './progress-rows.js';
import type { Sight } from './status-number-rows.js';

export class Sightings {
  readonly #byNumber = new Map<number, Sight>();

  /** The number that was kept until now, and the one that the list shows. */
  note(row: InvitationRow, { status_number: number, commits_count }: Shown): void {
    if (number === null) return;
    const before = row.status_number;
    const exampleId = row.id as InvitationId;
    // What an adopted one had done by then is not known.
    const isOfSending = row.detail === null && row.progress_at === row.invited_at;
    if (before !== null && isOfSending) {
      this.#add({ number: before, exampleId, isOfSending, hasCommits: false, follows: null });
    }
    this.#add({
      ...{ number, exampleId, isOfSending: false },
      hasCommits: (commits_count ?? 0) > 0,
      follows: before === number ? null : before,
    });
  }

  all(): Sight[] {
    return [...this.#byNumber.values()];
  }

  #add(sight: Sight): void {
    const known = this.#byNumber.get(sight.number);
    this.#byNumber.set(sight.number, {
      ...sight,
      isOfSending: sight.isOfSending || (known?.isOfSending ?? false),
      hasCommits: sight.hasCommits || (known?.hasCommits ?? false),
      follows: known?.follows ?? sight.follows,
    });
  }
}
