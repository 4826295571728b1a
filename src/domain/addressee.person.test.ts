/** The name and address that a challenge is sent to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEmail, splitName } from './addressee.js';

describe('findEmail', () => {
  it.each<[emails: string[], expected: string | undefined]>([
    [['ada@example.com'], 'ada@example.com'],
    [['  Ada@Example.com\n'], 'Ada@Example.com'],
    [['none', 'ada@example.com', 'b@example.com'], 'ada@example.com'],
    [['ada+jobs@mail.example.com'], 'ada+jobs@mail.example.com'],
    [['zoë@bücher.example.com'], 'zoë@bücher.example.com'],
    [['ada@localhost'], undefined],
    [['ada@example..com'], undefined],
    [['ada@.example.com'], undefined],
    [['ada@example.com.'], undefined],
    [['ada@@example.com'], undefined],
    [['Ada <ada@example.com>'], undefined],
    [['ada@example.com, b@example.com'], undefined],
    [['mailto:ada@example.com'], undefined],
    [['a da@example.com'], undefined],
    [['ada@example.com\u200b', 'ada@example.com'], 'ada@example.com'],
    [['\u202eada@example.com'], undefined],
    [['ada@exam\u0000ple.com'], undefined],
    [['@example.com'], undefined],
    [[''], undefined],
    [[], undefined],
    [[`${'a'.repeat(242)}@example.com`], `${'a'.repeat(242)}@example.com`],
    [[`${'a'.repeat(243)}@example.com`], undefined],
  ])('%j: %j', (emails, expected) => {
    expect(findEmail(emails)).toBe(expected);
  });
});

describe('splitName', () => {
  it.each<[name: string, expected: [first: string, last: string] | undefined]>([
    ['Ada Lovelace', ['Ada', 'Lovelace']],
    ['Augusta Ada King', ['Augusta Ada', 'King']],
    ['  Ada \t Lovelace\n', ['Ada', 'Lovelace']],
    ['Ada\u00a0Lovelace', ['Ada', 'Lovelace']],
    ['Ada', ['Ada', '-']],
    ['李小龙', ['李小龙', '-']],
    // A job title behind a comma or a dash is not part of the name.
    ['Ada Lovelace, Senior Engineer - Example Ltd', ['Ada', 'Lovelace']],
    ['Ada Lovelace, Senior Engineer', ['Ada', 'Lovelace']],
    ['Ada Lovelace - Senior Engineer, Example Ltd', ['Ada', 'Lovelace']],
    ['Augusta Ada King - Engineer at Example', ['Augusta Ada', 'King']],
    ['Ada\u00a0Lovelace,\u00a0Senior\tEngineer', ['Ada', 'Lovelace']],
    ['Ada Lovelace, Engineer - Example', ['Ada', 'Lovelace']],
    ['Ada Lovelace - PM, Example', ['Ada', 'Lovelace']],
    // A single word may belong to the name.
    ['Ada Lovelace, Engineer', ['Ada Lovelace,', 'Engineer']],
    ['Ada Lovelace - Engineer', ['Ada Lovelace -', 'Engineer']],
    ['Ada - Senior Engineer', ['Ada - Senior', 'Engineer']],
    ['Ada - Maria King', ['Ada - Maria', 'King']],
    ['Ada King-Noel', ['Ada', 'King-Noel']],
    ['Ada Lovelace,Senior Engineer', ['Ada Lovelace,Senior', 'Engineer']],
    ['Ada Lovelace-Senior Engineer', ['Ada Lovelace-Senior', 'Engineer']],
    ['Ada Lovelace - - -', ['Ada Lovelace - -', '-']],
    ['Ada Lovelace ,', ['Ada Lovelace', ',']],
    // Suffixes and degrees stay.
    ['Martin King, Jr', ['Martin King,', 'Jr']],
    ['Martin King, Jr.', ['Martin King,', 'Jr.']],
    ['Ada Lovelace, III', ['Ada Lovelace,', 'III']],
    ['Ada Lovelace, PhD MBA', ['Ada Lovelace, PhD', 'MBA']],
    ['Ada Lovelace, Ph.D., MBA', ['Ada Lovelace, Ph.D.,', 'MBA']],
    ['Ada Lovelace, PhD, Senior Engineer - Example', ['Ada Lovelace,', 'PhD']],
    ['Ada Lovelace, PhD Senior Engineer', ['Ada', 'Lovelace']],
    ['Ada Lovelace, - Senior Engineer', ['Ada', 'Lovelace']],
    ['Ada Lovelace - III, Senior Engineer', ['Ada Lovelace -', 'III']],
    ['Ada Lovelace, Jr - Senior Engineer', ['Ada Lovelace,', 'Jr']],
    // The last name first.
    ['Smith, John', ['John', 'Smith']],
    ['Smith, John Paul', ['John Paul', 'Smith']],
    ['Smith, John, Senior Engineer - Example', ['John', 'Smith']],
    ['Smith, John - Senior Engineer', ['John', 'Smith']],
    ['Smith, Alexandr', ['Alexandr', 'Smith']],
    ['Smith, Drew', ['Drew', 'Smith']],
    ['Smith, John, Paul', ['Smith, John,', 'Paul']],
    ['Smith, Jr', ['Smith,', 'Jr']],
    ['Smith, 2nd', ['Smith,', '2nd']],
    ['Smith, VIII', ['Smith,', 'VIII']],
    ['Smith, MD', ['Smith,', 'MD']],
    ['Smith, John Jr', ['Smith, John', 'Jr']],
    ['Smith, - John', ['Smith, -', 'John']],
    ['Smith, John Paul George', ['Smith, John Paul', 'George']],
    ['van der Berg, John', ['van der Berg,', 'John']],
    ['Smith,', ['Smith,', '-']],
    [',', [',', '-']],
    [', John', [',', 'John']],
    ['- John', ['-', 'John']],
    // No longer than a real name.
    ['A'.repeat(100_000), ['A'.repeat(256), '-']],
    [`Ada ${'\u{1f600}'.repeat(300)}`, ['Ada', '\u{1f600}'.repeat(252)]],
    // What a terminal or a page obeys.
    ['Ada\u001b[31m \u0000 King\u202e', ['Ada[31m', 'King']],
    ['\u2066\u001b', undefined],
    ['', undefined],
    [' \t\n', undefined],
  ])('%j: %j', (name, expected) => {
    const [firstName, lastName] = expected ?? [];
    expect(splitName(name)).toEqual(expected && { firstName, lastName });
  });

  it('is undefined only for a name of spaces', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(splitName(name) === undefined).toBe(name.trim() === '');
      }),
    );
  });
});
