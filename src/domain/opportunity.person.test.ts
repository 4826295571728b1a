/** The name and address that a challenge is sent to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEmail, splitName } from './opportunity.js';
import { withoutObeyed } from './vendor-text.js';

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
    [['@example.com'], undefined],
    [[''], undefined],
    [[], undefined],
    [[`${'a'.repeat(242)}@example.com`], `${'a'.repeat(242)}@example.com`],
    [[`${'a'.repeat(243)}@example.com`], undefined],
  ])('%j: %j', (emails, expected) => {
    expect(findEmail(emails)).toBe(expected);
  });

  it('is one of those given, trimmed, without a space, and the first valid one', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.emailAddress(), fc.string())), (emails) => {
        const found = findEmail(emails);
        const takenAlone = emails.filter((email) => findEmail([email]) !== undefined);
        expect(found).toBe(takenAlone[0]?.trim());
        if (found !== undefined) expect(found).toMatch(/^\S+@\S+\.\S+$/u);
      }),
    );
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

  it('without a comma or a dash loses no word, and no part is empty', () => {
    const word = fc
      .string({ minLength: 1 })
      .filter((text) => !/[\s,-]/u.test(text) && withoutObeyed(text) === text);
    const space = fc.constantFrom(' ', '  ', '\t', '\u00a0');
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), space, (words, between) => {
        const split = splitName(`${between}${words.join(between)}${between}`);
        const parts = `${split?.firstName ?? ''} ${split?.lastName ?? ''}`.split(' ');
        expect(parts).toEqual(words.length === 1 ? [...words, '-'] : words);
      }),
    );
  });

  it('cuts only whole tails, and never the first two words', () => {
    const word = fc.constantFrom('Ada', 'Smith,', 'Jr', 'PhD,', '-', ',', 'Engineer', 'III');
    fc.assert(
      fc.property(fc.array(word, { minLength: 3 }), (words) => {
        const { firstName = '', lastName = '' } = splitName(words.join(' ')) ?? {};
        const kept = `${firstName} ${lastName}`.replaceAll(',', '').split(' ').toSorted();
        const given = words.map((one) => one.replaceAll(',', ''));
        const isHead = given.some(
          (_, end) =>
            given
              .slice(0, end + 1)
              .toSorted()
              .join(' ') === kept.join(' '),
        );
        expect(isHead).toBe(true);
        expect(kept.length).toBeGreaterThan(1);
      }),
    );
  });

  it('is undefined only for a name of spaces', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(splitName(name) === undefined).toBe(name.trim() === '');
      }),
    );
  });
});
