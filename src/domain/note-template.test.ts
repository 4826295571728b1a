/** The note's template: its syntax, and how it is filled. */
import { describe, expect, it } from 'vitest';
import { fillNote, parseNoteTemplate, PLACEHOLDERS, type NoteValues } from './note-template.js';

const nothing = Object.fromEntries(PLACEHOLDERS.map((name) => [name, null])) as NoteValues;
const always = {
  ...{ challenge: 'Backend API', progress: 'submitted', invited: 'Monday' },
  ...{ submitted: 'Friday', duration: '4 days after the start' },
};

describe('parseNoteTemplate', () => {
  it.each(['{challenge} is done', 'Done.\n{score}', '{ challenge } { submitted }'])(
    '%j',
    (text) => {
      expect(parseNoteTemplate(text)).toBe(text);
    },
  );

  it('accepts `default` for the built-in text', () => {
    expect(parseNoteTemplate('default')).toBeNull();
  });

  it.each([
    ['{grade}', '{grade} is not a placeholder; use {challenge}, {progress}'],
    ['{}', '{} is not a placeholder'],
    ['{score}\n \n{report}', 'one line must always have its values'],
    ['', 'one line must always'],
    ['x'.repeat(5_001), 'at most 5000 characters'],
  ])('refuses %j', (text, why) => {
    expect(() => parseNoteTemplate(text)).toThrow(why);
  });
});

describe('fillNote', () => {
  it('leaves out every line with a missing value', () => {
    expect(fillNote(null, { ...nothing, ...always })).toBe(
      'CodeSubmit: “Backend API” was submitted on Friday, 4 days after the start.',
    );
    expect(fillNote(null, { ...nothing, ...always, score: '87', late: 'a day late' })).toBe(
      'CodeSubmit: “Backend API” was submitted on Friday, 4 days after the start.\n' +
        'That was a day late.\nScore: 87',
    );
  });

  it('inserts values as they are', () => {
    const values = { ...nothing, ...always, challenge: '$& {score}' };
    expect(fillNote('{ challenge }\n{score}', values)).toBe('$& {score}');
  });
});
