/** The note on completion: lines with placeholders, left out where a value is missing. */

/** What each placeholder means, for errors and help. */
const ALWAYS = ['challenge', 'progress', 'invited', 'submitted', 'duration'] as const;
const SOMETIMES = ['candidate', 'started', 'reviewed', 'due', 'late', 'score', 'report'] as const;
export const PLACEHOLDERS = [...ALWAYS, ...SOMETIMES] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];
export type NoteValues = Record<Placeholder, string | null>;

const DEFAULT_NOTE = [
  'CodeSubmit: “{challenge}” was submitted on {submitted}, {duration}.',
  'That was {late}.',
  'Reviewed on {reviewed}.',
  'Score: {score}',
  'Report: {report}',
].join('\n');

const MAX_LENGTH = 5_000;
const PLACEHOLDER = /\{([^{}]*)\}/g;

function namesIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name.trim());
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

/** Throws `Error` with what is wrong; `default` is the built-in text. */
export function parseNoteTemplate(text: string): string | null {
  if (text === 'default') return null;
  if (text.length > MAX_LENGTH) throw new Error(`at most ${String(MAX_LENGTH)} characters`);
  const bad = namesIn(text).find((name) => !isOneOf(PLACEHOLDERS, name));
  if (bad !== undefined) {
    throw new Error(`{${bad}} is not a placeholder; use {${PLACEHOLDERS.join('}, {')}}`);
  }
  const isAlwaysThere = (line: string): boolean =>
    line.trim() !== '' && namesIn(line).every((name) => isOneOf(ALWAYS, name));
  if (text.split('\n').some(isAlwaysThere)) return text;
  throw new Error(
    `one line must always have its values: give it no placeholder other than {${ALWAYS.join('}, {')}}`,
  );
}

/** Null selects the default. */
export function fillNote(template: string | null, values: NoteValues): string {
  const valueOf = (name: string): string | null => values[name.trim() as Placeholder];
  return (template ?? DEFAULT_NOTE)
    .split('\n')
    .filter((line) => namesIn(line).every((name) => valueOf(name) !== null))
    .map((line) => line.replace(PLACEHOLDER, (_, name: string) => valueOf(name) ?? ''))
    .join('\n')
    .trim();
}
