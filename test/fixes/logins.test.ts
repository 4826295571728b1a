/** Whatever ends a Lever login, doctor, status or setup names it, and what they print fixes it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedCodeSubmitApiKey, seedLeverOAuthClient } from '../../src/simulator/seed/base-seed.js';
import { decide } from '../oauth/decide.js';
import { LOGIN_FIXES, logsIn } from './login-fixes.js';
import { showFixed } from './fix.js';
import { FixWorld, RULE } from './fix-world.js';

const SETUP = ['setup', '--no-input'];

describe('a login', () => {
  let world: FixWorld;
  beforeAll(async () => {
    world = await FixWorld.open();
    const { simulator, environment, port } = world;
    const { id, secret } = seedLeverOAuthClient;
    Object.assign(environment, {
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
    await world.serveHere();
  });
  afterAll(() => world.close());

  it('what a new login was begun with is stored by the command that it prints', async () => {
    const printed = await world.succeed(...SETUP, '--hold-tags', 'on', '--new-login');
    const { authorizeUrl, next } = JSON.parse(printed.stdout) as Record<string, string>;
    expect(next).toContain('completes the login; then run the same command without --new-login.');
    expect((await fetch(await decide(authorizeUrl ?? ''))).status).toBe(200);
    expect((await world.succeed(...SETUP)).stdout).not.toContain('on hold');
    expect((await world.succeed(...SETUP, '--hold-tags', 'on')).stdout).toContain('on hold');
  });

  it.each(LOGIN_FIXES)('$wrong', (fix) => showFixed(fix, world));
});
