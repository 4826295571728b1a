import { expect, it } from 'vitest';
import type { ChallengeId } from '../../domain/ids.js';
import { ChallengeFinder } from './challenge-offer.js';

const offered = (id: string, name: string) => ({ id: id as ChallengeId, name, isArchived: false });
const finder = new ChallengeFinder([
  offered('1', 'Backend'),
  offered('2', 'Frontend'),
  offered('3', 'Twin'),
  offered('4', 'Twin'),
]);

it.each<[what: string, ids: string[], names: string[], found: string | null]>([
  ['its id', ['1'], [], '1'],
  ['its name', [], [' Backend '], '1'],
  ['a bare value that is an id', ['1'], ['1'], '1'],
  ['a bare value that is a name', ['Frontend'], ['Frontend'], '2'],
  ['an id of another kind beside the name', ['pk-77'], ['Frontend'], '2'],
  ['an id of another kind that another challenge has by chance', ['1'], ['Frontend'], null],
  ['an id of another kind alone', ['pk-77'], [], null],
  ['the id where two have the name', ['3'], ['Twin'], '3'],
  ['a name that two have', [], ['Twin'], null],
  ['two ids', ['1', '2'], [], null],
  ['nothing', [], [], null],
])('by %s', (_what, ids, names, found) => {
  expect(finder.find({ ids, names })).toBe(found);
});
