/** What an invitation's present state owes to Lever; called inside a write, and again is nothing. */
import type { Sealer } from '../config/sealer.js';
import type { Settings } from '../config/settings.js';
import { SECOND_MS } from '../domain/clock.js';
import type { Shared } from '../domain/decision.js';
import type { InvitationId, OpportunityId } from '../domain/ids.js';
import type { WritebackRows } from '../writebacks/writeback-rows.js';
import { NO_RESULT, type CompletionNote, type Result } from './completion-note.js';
import type { InvitationRow, InvitationRows } from './invitation-rows.js';
import { markNote, noteTopic } from './note-mark.js';
import type { ProgressTags } from './progress-tags.js';
import type { SharingRows } from './sharing-rows.js';

export interface LeverNewsParts {
  rows: InvitationRows;
  writebacks: WritebackRows;
  sharings: SharingRows;
  tags: ProgressTags;
  completionNote: CompletionNote;
  sealer: Sealer;
  settings: () => Settings;
}

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
    else writebacks.dropUntriedNote(id, noteTopic(NO_LINK, row));
    this.moved(id, NO_RESULT, now);
  }

  /** It is known to be further, or past its due date. */
  moved(id: InvitationId, result: Result, now: number): void {
    const row = this.parts.rows.get(id);
    if (!row) return;
    const opportunities = this.show(row, now);
    this.parts.completionNote.owe(row, opportunities, result, now);
  }

  /** By tags, on the opportunities that have the invitation; returns them. */
  show({ id, opportunity_id }: InvitationRow, now: number): OpportunityId[] {
    const { sharings, tags } = this.parts;
    const sharers = sharings.sharersOf(id as InvitationId);
    const opportunities = [opportunity_id as OpportunityId, ...sharers];
    for (const opportunityId of opportunities) tags.show(opportunityId, now);
    return opportunities;
  }

  /** The same person has it by another opportunity: this one shows how far it is too, and its own contact the link. */
  share({ invitationId, isSameContact }: Shared, opportunityId: OpportunityId, now: number): void {
    const { rows, writebacks, sharings, tags, completionNote } = this.parts;
    if (!isSameContact) writebacks.oweLink(invitationId, opportunityId, now);
    if (!sharings.add(opportunityId, invitationId)) return;
    const row = rows.get(invitationId);
    if (!row) return;
    tags.show(opportunityId, now);
    completionNote.owe(row, [opportunityId], NO_RESULT, now);
  }

  #noteMissingLink(row: InvitationRow, now: number): void {
    const { writebacks, settings } = this.parts;
    const lookMs = Math.min(settings().settleSeconds * SECOND_MS, MAX_LINK_LOOK_MS);
    const text =
      `CodeSubmit: “${row.challenge_name}” was sent to this candidate. The link to it could not be read from ` +
      'CodeSubmit’s answer, so it is not among the candidate’s links; it can be seen in CodeSubmit.';
    const about = {
      invitationId: row.id as InvitationId,
      opportunityId: row.opportunity_id as OpportunityId,
      topic: noteTopic(NO_LINK, row),
    };
    const mark = markNote(this.parts.sealer, about);
    const note = { text, mark, isSecret: false, notifiesFollowers: false };
    writebacks.oweNote(about, note, now + lookMs, now);
  }
}
