// Lever's routes for the notes on an opportunity.
import { badRequest } from '../simulated-error.js';
import { pageOf } from './lever-page.js';
import type { Note } from './lever-records.js';
import { fieldOf, idOf, laterFields, textIn, type LeverRoute } from './lever-route.js';
import { getVisible } from './opportunity-routes.js';

export const noteRoutes: LeverRoute[] = [
  {
    method: 'GET',
    path: '/opportunities/:id/notes',
    right: 'notes:read',
    answer: (call) => {
      getVisible(call);
      const notes = call.world.notes.list(idOf(call));
      return { body: pageOf(notes, call.query, (_note, index) => index, showNote) };
    },
  },
  {
    method: 'POST',
    path: '/opportunities/:id/notes',
    right: 'notes:write',
    answer: (call) => {
      getVisible(call);
      const note = call.world.notes.add(idOf(call), {
        value: textIn(call.body, 'value'),
        isSecret: fieldOf(call.body, 'secret') === true,
        score: scoreIn(call.body),
        userId: call.performAs,
      });
      return { status: 201, body: { data: { ...showNote(note), noteId: note.id } } };
    },
  },
];

function scoreIn(body: unknown): number | null {
  const score = fieldOf(body, 'score') ?? null;
  if (score === null || typeof score === 'number') return score;
  throw badRequest('"score" must be a number');
}

function showNote(note: Note) {
  const { id, value, score, userId, createdAt } = note;
  return {
    id,
    text: value,
    fields: [{ type: 'note', text: 'Note', value, score, user: userId, createdAt }],
    user: userId,
    secret: note.isSecret,
    createdAt,
    completedAt: createdAt,
    deletedAt: null,
    ...laterFields,
  };
}
