/** All rows of a home, to show that something changed none of them. */
import { peek } from './home-file.js';

/** Lever's rate is shared through the store, also by what only reads. */
const SPENT_BY_READING = new Set(['rate']);

export function rowsOf(home: string): Record<string, unknown[]> {
  const tables = peek<{ name: string }>(
    home,
    `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`,
  ).filter(({ name }) => !SPENT_BY_READING.has(name));
  return Object.fromEntries(
    tables.map(({ name }) => [name, peek(home, `SELECT * FROM ${name} ORDER BY 1`)]),
  );
}
