/** How the process says why it ends. */
import { expect, it } from 'vitest';
import { inSentences } from './process-end.js';

it('escapes what an unexpected error quotes', () => {
  const said = inSentences(new Error('unexpected \u001b[2J'), true);
  expect(said).not.toContain('\u001b');
  expect(said.split('\n').length).toBeGreaterThan(2);
});
