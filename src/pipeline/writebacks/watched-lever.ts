/** Lever as one attempt uses it: records on the claim when a write may have had its effect. */
import { ApiError, AppError } from '../../domain/errors.js';
import type { LeverWriter } from '../../domain/lever-ports.js';
import type { WritebackClaim } from './writeback.js';

export function watchedLever(lever: LeverWriter, claim: WritebackClaim): LeverWriter {
  const send = async <T>(write: () => Promise<T>): Promise<T> => {
    const wasSent = claim.isSent;
    claim.isSent = true;
    try {
      return await write();
    } catch (error) {
      if (hadNoEffect(error)) claim.isSent = wasSent;
      throw error;
    }
  };
  return {
    readLinks: (id) => lever.readLinks(id),
    readTags: (id) => lever.readTags(id),
    hasNote: (id, part) => lever.hasNote(id, part),
    addLink: (id, link) => send(() => lever.addLink(id, link)),
    addTags: (id, tags) => send(() => lever.addTags(id, tags)),
    removeTags: (id, tags) => send(() => lever.removeTags(id, tags)),
    addNote: (id, note) => send(() => lever.addNote(id, note)),
    asksForActingUser: (error) => lever.asksForActingUser(error),
  };
}

/** Our own errors come before a request leaves, while it waits for a rate slot or a key. */
function hadNoEffect(error: unknown): boolean {
  if (error instanceof ApiError) return error.kind !== 'unknown_outcome';
  return error instanceof AppError;
}
