/** Whether a reading of CodeSubmit's list that came to its end left nobody out. Pure. */

export interface EndedReading {
  /** Different rows on its pages. */
  rows: number;
  /** How many there are, as the first page that tells said, and the most that any of them said; null when none did. */
  announced: number | null;
  mostAnnounced: number | null;
  /** Whether the last page said that it is the last one. */
  isEndTold: boolean;
  /** Whether it lacks a row that the reading before it showed. */
  hasLost: boolean;
}

/**
 * A list that says how many rows it has is complete by its own word. One that doesn't, or says too few, is complete if
 * it says where it ends and shows all that it showed before: pages that shift while they are read hide some. An empty
 * one must say that it is empty.
 */
export function isComplete(reading: EndedReading): boolean {
  const { rows, announced, mostAnnounced, isEndTold, hasLost } = reading;
  const isCounted = announced !== null && rows <= (mostAnnounced ?? announced);
  if (isCounted) return rows >= announced;
  return rows > 0 && isEndTold && !hasLost;
}
