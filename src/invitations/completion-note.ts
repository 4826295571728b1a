/** The note that says in Lever that a challenge is done; called inside a write, and again is nothing. */
import type { Sealer } from '../config/sealer.js';
import type { CompletionNoteWhen, Settings } from '../config/settings.js';
import type { InvitationId, OpportunityId } from '../domain/ids.js';
import { fillNote } from '../domain/note-template.js';
import type { Progress } from '../domain/progress.js';
import type { WritebackRows } from '../writebacks/writeback-rows.js';
import type { InvitationRow } from './invitation-rows.js';
import { markNote, noteTopic } from './note-mark.js';

/** What CodeSubmit shows of the result; null for what it doesn't show. */
export interface Result {
  score: string | null;
  report: string | null;
}

export const NO_RESULT: Result = { score: null, report: null };

export interface CompletionNoteParts {
  writebacks: WritebackRows;
  sealer: Sealer;
  settings: () => Settings;
  /** A length of time, in ms. */
  inWords: (ms: number) => string;
}

export type Completed = Result &
  Pick<
    InvitationRow,
    | 'challenge_name'
    | 'first_name'
    | 'last_name'
    | 'invited_at'
    | 'created_at'
    | 'started_at'
    | 'submitted_at'
    | 'due_at'
  > & { progress: 'submitted' | 'reviewed'; at: number };

const NOTED: Record<CompletionNoteWhen, readonly (Progress | null)[]> = {
  off: [],
  submitted: ['submitted', 'reviewed'],
  reviewed: ['reviewed'],
};

export class CompletionNote {
  constructor(private readonly parts: CompletionNoteParts) {}

  /** Owes it to the opportunities once the setting's progress is reached, with what is known at that moment. */
  owe(
    row: InvitationRow,
    opportunities: readonly OpportunityId[],
    result: Result,
    now: number,
  ): void {
    const { completionNote, noteSecret, noteNotify } = this.parts.settings();
    const { progress } = row;
    if (progress !== 'submitted' && progress !== 'reviewed') return;
    if (!NOTED[completionNote].includes(progress)) return;
    const text = this.text({ ...row, ...result, progress, at: now });
    for (const opportunityId of opportunities) {
      const topic = noteTopic('completion', row);
      const mark = markNote(this.parts.sealer, { opportunityId, topic });
      const note = { text, mark, isSecret: noteSecret, notifiesFollowers: noteNotify };
      const about = { invitationId: row.id as InvitationId, opportunityId, topic };
      this.parts.writebacks.oweNote(about, { ...note, isLookedForFirst: true }, now, now);
    }
  }

  /** By the template in force. */
  text(done: Completed): string {
    const { challenge_name: challenge, progress, started_at: started, due_at: due, at } = done;
    const { score, report } = done;
    const invited = done.invited_at ?? done.created_at;
    const submitted = done.submitted_at ?? at;
    const words = (ms: number): string => this.parts.inWords(ms);
    return fillNote(this.parts.settings().noteTemplate, {
      ...{ challenge, progress, score, report },
      candidate: nameOf(done),
      invited: dateOf(invited),
      started: started === null ? null : dateOf(started),
      submitted: dateOf(submitted),
      reviewed: progress === 'reviewed' ? dateOf(at) : null,
      duration:
        started === null
          ? `${words(submitted - invited)} after the invitation`
          : `${words(submitted - started)} after the start`,
      due: due === null ? null : dateOf(due),
      late:
        due === null || submitted <= due ? null : `${words(submitted - due)} after the due date`,
    });
  }
}

function nameOf({ first_name: first, last_name: last }: Completed): string | null {
  const words = [first, last].filter((word) => word !== null && word !== '-');
  return words.length === 0 ? null : words.join(' ');
}

/** `2026-11-25 14:03 UTC`. */
function dateOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
