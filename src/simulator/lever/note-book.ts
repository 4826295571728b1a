// The notes on opportunities; each POST creates another one, because Lever has no idempotency key.
import { randomUUID } from 'node:crypto';
import type { Note } from './lever-records.js';

export class NoteBook {
  private readonly notes = new Map<string, Note[]>();

  constructor(private readonly now: () => number) {}

  /** Adds a note, even one with the same text as another. */
  add(opportunityId: string, note: Pick<Note, 'value' | 'userId'>): Note {
    const added = { ...note, id: randomUUID(), opportunityId, createdAt: this.now() };
    this.notes.set(opportunityId, [added, ...this.list(opportunityId)]);
    return added;
  }

  /** The opportunity's notes, newest first. */
  list(opportunityId: string): Note[] {
    return this.notes.get(opportunityId) ?? [];
  }
}
