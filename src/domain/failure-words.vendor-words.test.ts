/** Words of refusals, from replies of every shape. */
import { describe, expect, it } from 'vitest';
import { refusalInWords } from './failure-words.js';

const ADA = ['ada.fictional@example.com', 'ada.fictional', 'Ada', 'Fictional'];

describe('the vendor’s words', () => {
  it.each([
    [{ test_id: ['This test is not available.'] }, 'This test is not available.'],
    [{ errors: [{ message: 'too long' }, { message: 'and bad' }] }, 'too long and bad'],
    ['Assignment is\n\tnot active', 'Assignment is not active'],
    ['<html><body>Too large</body></html>', ''],
    [null, ''],
    [{}, ''],
    [
      { detail: 'ADA.Fictional@example.com is invited, see https://app.example.com/c/1/2' },
      '(…) is invited, see (a link)',
    ],
    [
      { detail: 'grace@example.com may not take a test' },
      '(an e-mail address) may not take a test',
    ],
    [
      { detail: 'Ada Fictional, adamant, can’t be assigned' },
      '(…) (…), adamant, can’t be assigned',
    ],
  ])('of %j are %j', (body, words) => {
    expect(refusalInWords(body, ADA)).toBe(words);
  });

  it('are cut, and never quote half an address', () => {
    expect(refusalInWords('word '.repeat(1_000), [])).toHaveLength(200);
    const cut = `${'x'.repeat(985)} grace@example.com`;
    expect(refusalInWords(cut, [])).not.toContain('grace');
  });

  it('handle names with odd characters or a single letter', () => {
    expect(refusalInWords('A (B is refused', ['(B', 'A', ''])).toBe('A (…) is refused');
  });

  it.each('\\^$.*+?()[]{}|/-_~!#%&=@<>,;:"`’'.split(''))('quote no name with %s in it', (odd) => {
    const name = `Jean${odd}Luc`;
    expect(refusalInWords(`${name} is refused`, [name])).toBe('(…) is refused');
  });
});
