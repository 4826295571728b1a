/** The name and the address that a challenge is sent to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEmail, splitName } from './person.js';

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

  it('is one of those given, trimmed, without a space, and the first that it takes alone', () => {
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
    ['', undefined],
    [' \t\n', undefined],
  ])('%j: %j', (name, expected) => {
    const [firstName, lastName] = expected ?? [];
    expect(splitName(name)).toEqual(expected && { firstName, lastName });
  });

  it('loses no word, and neither part is ever empty', () => {
    const word = fc.string({ minLength: 1 }).filter((text) => !/\s/u.test(text));
    const space = fc.constantFrom(' ', '  ', '\t', '\u00a0');
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), space, (words, between) => {
        const split = splitName(`${between}${words.join(between)}${between}`);
        const parts = `${split?.firstName ?? ''} ${split?.lastName ?? ''}`.split(' ');
        expect(parts).toEqual(words.length === 1 ? [...words, '-'] : words);
      }),
    );
  });

  it('is undefined for a name of spaces only, and then alone', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(splitName(name) === undefined).toBe(name.trim() === '');
      }),
    );
  });
});
