import { expect, it } from 'vitest';
import type { Challenge, ChallengeNames } from '../domain/challenges.js';
import type { ChallengeId } from '../domain/ids.js';
import { knownChallenges, challengeIdOf, showsKnownId } from './what-list-proves.js';

const [BACKEND, FRONTEND, ARCHIVED] = [
  '0b7f9d5e-4c1a-4e0a-9a77-1d2c3b4a5f60',
  '0b7f9d5e-4c1a-4e0a-9a77-1d2c3b4a5f61',
  '0b7f9d5e-4c1a-4e0a-9a77-1d2c3b4a5f62',
];
const listed = (id: string, name: string): Challenge => ({ id: id as ChallengeId, name });
const known = knownChallenges([listed(BACKEND, 'Backend'), listed(FRONTEND, 'Frontend ')]);

const names = (ids: string[], given: string[] = ids): ChallengeNames => ({ ids, names: given });

it.each<[what: string, row: ChallengeNames, isIdShown: boolean, found: string | null]>([
  ['a listed id', names([BACKEND], ['Renamed']), true, BACKEND],
  ['a listed id and the name of another', names([BACKEND], ['Frontend']), true, null],
  ['an archived one that is left out', names([ARCHIVED], ['Old']), true, ARCHIVED],
  ['the same, with a name that is used again', names([ARCHIVED], ['Backend']), true, ARCHIVED],
  ['the same, before a row has shown a listed id', names([ARCHIVED], ['Old']), false, ARCHIVED],
  ['a listed name', names(['Backend']), false, BACKEND],
  ['a listed name with spaces', names(['Frontend']), false, FRONTEND],
  ['the same, written with spaces', names(['Frontend '], [' Frontend ']), false, FRONTEND],
  ['an id of another kind, and a listed name', names(['9001'], ['Backend']), true, BACKEND],
  ['an id of another kind', names(['9001'], []), true, null],
  ['a name that no challenge bears', names(['Old']), true, null],
  ['nothing', names([]), true, null],
])('%s', (_what, row, isIdShown, found) => {
  expect(challengeIdOf(row, known, isIdShown)).toBe(found);
});

it('a name that two challenges bear names neither', () => {
  const two = knownChallenges([listed('a', 'Same'), listed('b', 'Same')]);
  expect(challengeIdOf(names(['Same']), two, false)).toBeNull();
});

it('numbers are ids of a kind too', () => {
  const numbered = knownChallenges([listed('12', 'Backend')]);
  expect(challengeIdOf(names(['7'], []), numbered, true)).toBe('7');
  expect(showsKnownId(names(['12']), numbered)).toBe(true);
  expect(showsKnownId(names(['7']), numbered)).toBe(false);
});

it('a bare value that is a listed name and has the form of an id is the name', () => {
  const numbered = knownChallenges([listed('12', '2024')]);
  expect(challengeIdOf(names(['2024']), numbered, true)).toBe('12');
  expect(challengeIdOf(names(['2024'], ['Old']), numbered, true)).toBe('2024');
  expect(challengeIdOf(names(['2023']), numbered, true)).toBe('2023');
});

it('only what can’t be a word is an id of a kind', () => {
  const coded = knownChallenges([listed('abcd1234', 'Backend'), listed('ab12', 'Frontend')]);
  const found = ['wxyz5678', 'Old', 'wxyz 678', 'cd34'].map((id) =>
    challengeIdOf(names([id]), coded, true),
  );
  // Unlike a code: a word without digits, several words, a short one.
  expect(found).toEqual(['wxyz5678', null, null, null]);
});

it.each([
  ['slugs', 'backend-api', ['old-backend', 'backend-2023', 'x']],
  ['short codes', 'b4Kx9Q', ['Qq7w1L', 'abcdef']],
])('in a field of its own any text is an id, where the ids are %s', (_what, id, archived) => {
  const some = knownChallenges([listed(id, 'Backend')]);
  const nameOf = (one: string) => challengeIdOf(names([one], ['Backend']), some, true);
  expect(archived.map(nameOf)).toEqual(archived);
  // Those are of another kind.
  expect(['9001', ARCHIVED].map(nameOf)).toEqual([id, id]);
  // So may all be that no row has shown listed ids of.
  expect(challengeIdOf(names(['old-backend'], ['Old name']), some, false)).toBeNull();
});

it('rows show known ids if one of theirs is listed', () => {
  expect(showsKnownId(names([BACKEND, ARCHIVED]), known)).toBe(true);
});
