/** Whatever ends a Lever login, doctor, status or setup names it, and what they print fixes it. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { seedCodeSubmitApiKey, seedLeverOAuthClient } from '../../src/simulator/seed/base-seed.js';
import { LOGIN_FIXES, logsIn } from './login-fixes.js';
import { showFixed } from './fix.js';
import { FixWorld, RULE } from './fix-world.js';

describe('a login', () => {
  let world: FixWorld;
  beforeAll(async () => {
    world = await FixWorld.open();
    const { simulator, env, port } = world;
    const { id, secret } = seedLeverOAuthClient;
    Object.assign(env, {
      LEVER_ENVIRONMENT: 'sandbox',
      LEVER_AUTHORIZE_URL: simulator.leverAuthorizeUrl,
      LEVER_TOKEN_URL: simulator.leverTokenUrl,
      LEVER_AUDIENCE: simulator.leverAudience,
    });
    const callback = `http://localhost:${String(port)}/oauth/lever/callback`;
    const flags = [
      ...['--lever-client-id', id, '--lever-client-secret-file', world.file(secret)],
      ...['--codesubmit-api-key-file', world.file(seedCodeSubmitApiKey), '--rule', `'${RULE}'`],
      ...['--public-url', 'none', '--redirect-url', callback],
      ...['--port', String(port)],
    ];
    simulator.lever.oauth.addCallbacks(id, [callback]);
    await logsIn(`codesubmit-lever setup --no-input ${flags.join(' ')}`, world);
    world.liftRate();
    await world.serve();
  });
  afterAll(() => world.close());

  it.each(LOGIN_FIXES)('$wrong', (fix) => showFixed(fix, world));
});
