/** What an invitation's present state owes to Lever; called inside a write, and again is nothing. */
import type { Sealer } from '../config/sealer.js';
import type { Settings } from '../config/settings.js';
import type { InvitationId, OpportunityId } from '../domain/ids.js';
import type { WritebackRows } from '../writebacks/writeback-rows.js';
import type { InvitationRow, InvitationRows } from './invitation-rows.js';
import type { ProgressTags } from './progress-tags.js';

export interface LeverNewsParts {
  rows: InvitationRows;
  writebacks: WritebackRows;
  tags: ProgressTags;
  sealer: Sealer;
  settings: () => Settings;
}

const MS_PER_SECOND = 1_000;
/** A link that only CodeSubmit's list shows is found within this; a note in its place would be noise. */
const MAX_LINK_LOOK_MS = 5_000;
const NO_LINK = 'no_link';

export class LeverNews {
  constructor(private readonly parts: LeverNewsParts) {}

  /** CodeSubmit has the invitation: its opportunity is owed the link, or a note in place of one that isn't known. */
  invited(id: InvitationId, now: number): void {
    const { rows, writebacks } = this.parts;
    const row = rows.get(id);
    if (!row) return;
    writebacks.oweLink(id, row.opportunity_id as OpportunityId, now);
    if (row.sealed_link === null) this.#noteMissingLink(row, now);
    else writebacks.dropUntriedNote(id, topicOf(NO_LINK, row));
    this.moved(row, now);
  }

  /** It is known to be further, or past its due date. */
  moved(row: InvitationRow, now: number): void {
    this.parts.tags.show(row.opportunity_id as OpportunityId, now);
  }

  /** Lever is owed the link on another opportunity's own contact, as soon as it is known. */
  shareLink(id: InvitationId, opportunityId: OpportunityId, now: number): void {
    this.parts.writebacks.oweLink(id, opportunityId, now);
  }

  #noteMissingLink(row: InvitationRow, now: number): void {
    const { writebacks, settings } = this.parts;
    const lookMs = Math.min(settings().settleSeconds * MS_PER_SECOND, MAX_LINK_LOOK_MS);
    const text =
      `CodeSubmit: “${row.challenge_name}” was sent to this candidate. The link to it could not be read from ` +
      'CodeSubmit’s answer, so it is not among the candidate’s links; it can be seen in CodeSubmit.';
    const about = {
      invitationId: row.id as InvitationId,
      opportunityId: row.opportunity_id as OpportunityId,
      topic: topicOf(NO_LINK, row),
    };
    const mark = this.#markOf(about);
    const note = { text, mark, isSecret: false, notifiesFollowers: false };
    writebacks.oweNote(about, note, now + lookMs, now);
  }

  #markOf({ opportunityId, topic }: { opportunityId: OpportunityId; topic: string }): string {
    return `[codesubmit-lever ${this.parts.sealer.markOf(`${opportunityId} ${topic}`)}]`;
  }
}

/** Names challenge and repetition, not our row, so that a home restored from a backup knows its own notes again. */
function topicOf(what: string, row: InvitationRow): string {
  return `${what} ${row.opportunity_id} ${row.challenge_id} ${String(row.repetition)}`;
}
