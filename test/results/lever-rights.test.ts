/** What is done in Lever only by setting is refused by name where the right to it is lacking, and the rest works. */
import { afterEach, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/app/doctor/checks.js';
import { rightsWithout, type LeverRight } from '../../src/simulator/lever/lever-access.js';
import { LiveIntegration } from '../support/live-integration.js';

let live: LiveIntegration;
afterEach(() => live.close());

function useKeyWithout(...missing: LeverRight[]): void {
  const { credential } = live.simulator.lever.access.addKey({ rights: rightsWithout(...missing) });
  live.environment.LEVER_API_KEY = credential;
}

async function findRights() {
  const { checks } = JSON.parse((await live.run('doctor', '--json')).stdout) as Diagnosis;
  return checks.find(({ id }) => id === 'lever_rights');
}

it('tags that follow progress: `setup` and `doctor` name the right', async () => {
  live = await LiveIntegration.setUp('--progress-tags', 'on');
  expect(await findRights()).toMatchObject({ status: 'pass' });
  useKeyWithout('tags:write');
  expect(await findRights()).toMatchObject({
    status: 'fail',
    summary: 'The API key lacks the right for: tags that follow progress',
    mend: expect.stringContaining('the boxes “add opportunity tags”, “remove opportunity tags”'),
  });
  const refused = await live.run('setup', '--no-input', '--sweep-minutes', '7');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'All else is stored and works, but these are switched off: tags that follow progress: ' +
      'the API key lacks the right to add opportunity tags and remove opportunity tags.',
  );
  expect(refused.stderr).toContain('--progress-tags on');
  expect(await live.run('setup', '--no-input')).toMatchObject({ code: 0 });
  expect((await live.status()).integration.state).toBe('active');
  expect(await findRights()).toMatchObject({ status: 'pass' });
});
