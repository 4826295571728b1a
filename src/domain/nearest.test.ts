import { describe, expect, it } from 'vitest';
import { proposeNames } from './nearest.js';

const STAGES = ['New lead', 'New applicant', 'Phone screen', 'Take-home', 'On-site', 'Offer'];

describe('an unknown name', () => {
  it.each([
    ['Take home', 'Did you mean “Take-home”?'],
    ['takehone', 'Did you mean “Take-home”?'],
    ['Phone', 'Did you mean “Phone screen”?'],
    ['Applicant', 'Did you mean “New applicant”?'],
  ])('%s', (wanted, proposal) => {
    expect(proposeNames(wanted, STAGES)).toBe(proposal);
  });

  it('that is like no other lists what there is, without a wall', () => {
    expect(proposeNames('xyz', STAGES.slice(4))).toBe('There are: “On-site”, “Offer”.');
    const many = Array.from({ length: 12 }, (_, n) => `Challenge ${n}`);
    expect(proposeNames('xyz', many)).toMatch(/“Challenge 9” and 2 more\.$/);
    expect(proposeNames('xyz', [])).toBe('There is none.');
  });
});
