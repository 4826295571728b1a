/** Whatever goes wrong, doctor, status or a timeline names it, and what they print fixes it. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { CODESUBMIT_FIXES } from './codesubmit-fixes.js';
import { LEVER_FIXES } from './lever-fixes.js';
import { PEOPLE_FIXES } from './people-fixes.js';
import { WEBHOOK_FIXES } from './webhook-fixes.js';
import { showFixed } from './fix.js';
import { FixWorld, RULE } from './fix-world.js';

const FRONTEND = RULE.replace('backend', 'frontend').replace('Backend API', 'Frontend React');

describe.each([
  ['Lever', LEVER_FIXES, []],
  ['CodeSubmit', CODESUBMIT_FIXES, []],
  ['the way from Lever', WEBHOOK_FIXES, []],
  ['a candidate', PEOPLE_FIXES, ['--rule', RULE, '--rule', FRONTEND, '--brake', 'off']],
])('%s', (_name, fixes, flags) => {
  let world: FixWorld;
  beforeAll(async () => {
    world = await FixWorld.setUp(...flags);
    await world.serveHere();
  });
  afterAll(() => world.close());

  it.each(fixes)('$wrong', (fix) => showFixed(fix, world));
});
