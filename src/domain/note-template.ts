/** The text of the note on completion: lines with placeholders. A line in which one has no value is left out. */

/** What stands for each, as the errors and the help name them. */
const ALWAYS = ['challenge', 'progress', 'invited', 'submitted', 'duration'] as const;
const SOMETIMES = ['candidate', 'started', 'reviewed', 'due', 'late', 'score', 'report'] as const;
export const PLACEHOLDERS = [...ALWAYS, ...SOMETIMES] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];
export type NoteValues = Record<Placeholder, string | null>;

export const DEFAULT_NOTE = [
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

/** Throws `Error` saying what is wrong; `default` is the text that is there without a setting. */
export function parseNoteTemplate(text: string): string | null {
  if (text === 'default') return null;
  if (text.length > MAX_LENGTH) throw new Error(`at most ${String(MAX_LENGTH)} characters`);
  const bad = namesIn(text).find((name) => !isOneOf(PLACEHOLDERS, name));
  if (bad !== undefined) {
    throw new Error(`{${bad}} is not known; there are {${PLACEHOLDERS.join('}, {')}}`);
  }
  const isAlwaysThere = (line: string): boolean =>
    line.trim() !== '' && namesIn(line).every((name) => isOneOf(ALWAYS, name));
  if (text.split('\n').some(isAlwaysThere)) return text;
  throw new Error(
    `a line is wanted that is always there: with no other placeholder than {${ALWAYS.join('}, {')}}`,
  );
}

/** Null as the template stands for the default. */
export function fillNote(template: string | null, values: NoteValues): string {
  const valueOf = (name: string): string | null => values[name.trim() as Placeholder];
  return (template ?? DEFAULT_NOTE)
    .split('\n')
    .filter((line) => namesIn(line).every((name) => valueOf(name) !== null))
    .map((line) => line.replace(PLACEHOLDER, (_, name: string) => valueOf(name) ?? ''))
    .join('\n')
    .trim();
}
