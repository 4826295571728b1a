/**
 * One integration serves one Lever account: a key of another is rejected, wherever it comes from.
 */
import type { StatusReport } from '../../src/admin/status.js';
import type { ProblemCode } from '../../src/domain/problem.js';
import { addLeverIds } from '../../src/store/integration-store.js';
import { isOtherAccount } from '../../src/lever/lever-account.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { types } from '../fixes/fix.js';
import { FixWorld, TAG } from '../fixes/fix-world.js';
import { StoreRig } from '../rigs/store.js';
import { eventually } from '../rigs/eventually.js';

/** A stage that every account has. */
const EVERYWHERE = 'applicant-new';
const RULE = `stage=${EVERYWHERE};tag=${TAG};challenge=Backend API`;
const STRANGERS = 40;

let world: FixWorld;
let other: Simulator;

beforeEach(async () => {
  world = await FixWorld.setUp('--rule', RULE);
  other = await startSimulator({ webhookRetryDelaysMs: [] });
  other.lever.switches.rateLimit = 'off';
  replaceStages(other);
  replaceUsers(other);
});

afterEach(async () => {
  await world.close();
  await other.close();
});

/** Only the stages that every account has stay the same. */
function replaceStages({ lever: { account } }: Simulator): void {
  const own = account.stages.filter(({ id }) => id.includes('-4'));
  for (const [index, stage] of own.entries())
    stage.id = `c0ffee00-0000-4000-8000-00000000000${index}`;
}

function replaceUsers({ lever: { account } }: Simulator): void {
  for (const [index, user] of account.users.entries())
    user.id = `decade00-0000-4000-8000-00000000000${index}`;
}

function strangers(): void {
  const { actions } = other.lever;
  for (let index = 0; index < STRANGERS; index += 1) {
    const name = `Stranger Number${String(index)}`;
    const emails = [`stranger.${String(index)}@example.com`];
    const { id } = actions.create({ name, emails, stageId: 'lead-new', tags: [TAG] });
    actions.move(id, EVERYWHERE);
  }
}

type Integration = StatusReport['integration'];

const codesOf = ({ problems }: Integration) => problems.map(({ code }) => code);

function untilShown(code: ProblemCode, isShown = true): Promise<Integration> {
  return eventually(`${code}: ${String(isShown)}`, async () => {
    const { integration: shown } = await world.status();
    return codesOf(shown).includes(code) === isShown ? shown : undefined;
  });
}

/** After a revoke. */
const setUpAgain = (leverKey: string) =>
  world.succeed(
    ...['setup', '--no-input', '--rule', RULE, '--lever-api-key-file', leverKey],
    ...['--codesubmit-api-key-file', world.file(seedCodeSubmitApiKey)],
  );

/** A key goes to another address only beside it. */
const useOther = () =>
  Object.assign(world.environment, {
    LEVER_API_URL: other.leverApiUrl,
    LEVER_API_KEY: seedLeverApiKey,
  });
const useOwn = () => {
  world.environment.LEVER_API_URL = world.simulator.leverApiUrl;
  delete world.environment.LEVER_API_KEY;
};

describe('another account', () => {
  it('whose key the environment gives the daemon is not read, and no one there is invited', async () => {
    strangers();
    useOther();
    await world.serveHere();
    const shown = await untilShown('other_account');
    expect(shown.state).toBe('needs_reauth');
    expect(shown.problems[0]?.hint).toMatch(/belongs to another account .*LEVER_API_KEY/);
    expect(world.simulator.codesubmit.invitations).toEqual([]);
    const routes = new Set(other.lever.requests.list().map(({ path }) => path.split('?')[0]));
    expect([...routes].sort()).toEqual(['/v1/stages', '/v1/users']);
    useOwn();
    await types({ FILE: world.newLeverKey() })(shown.problems[0]?.hint ?? '', world);
    const id = world.person({ stageId: 'lead-new' });
    world.simulator.lever.actions.move(id, EVERYWHERE);
    await world.sweep();
    await world.untilState(id, 'linked');
  });

  it.each([
    ['setup', ['setup', '--no-input']],
    ['preview', ['preview']],
  ])('is refused by %s, which changes nothing', async (_, words) => {
    strangers();
    useOther();
    const { code, stderr } = await world.run(...words);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/another (Lever )?account/);
    useOwn();
    expect((await world.status()).integration.state).toBe('active');
    expect((await world.run('doctor', '--all')).stdout).toMatch(/✓ Lever /);
  });

  it('is accepted once the first one is revoked', async () => {
    useOther();
    await world.succeed('revoke', '--yes');
    await setUpAgain(world.file(seedLeverApiKey));
    expect((await world.status()).integration.state).toBe('active');
    useOwn();
    world.environment.LEVER_API_KEY = seedLeverApiKey;
    const { stderr } = await world.run('setup', '--no-input');
    expect(stderr).toMatch(/another Lever account/);
  });

  it('is Lever’s other environment, whatever its ids are', async () => {
    const home = new StoreRig();
    try {
      const { database } = home.app;
      database.lend((tx) => addLeverIds(tx, 'environment', ['production']));
      const seen = (environment: string) =>
        isOtherAccount(database, { stage: [], user: [], environment: [environment] });
      expect([seen('sandbox'), seen('production')]).toEqual([true, false]);
    } finally {
      home.close();
    }
  });
});

describe('the same account', () => {
  const newKey = () =>
    world.run('setup', '--no-input', '--lever-api-key-file', world.newLeverKey());

  it('is recognised by its users when all its stages were replaced', async () => {
    replaceStages(world.simulator);
    expect(await newKey()).toMatchObject({ code: 0 });
  });

  it('is another one when all its stages and users were replaced', async () => {
    replaceStages(world.simulator);
    replaceUsers(world.simulator);
    expect((await newKey()).stderr).toMatch(/another Lever account .*revoke/s);
  });

  it('is checked once for each key, not at each start', async () => {
    const asked = () =>
      world.simulator.lever.requests.list().filter(({ path }) => path.startsWith('/v1/users'))
        .length;
    await world.succeed('preview');
    const before = asked();
    await world.succeed('preview');
    await world.succeed('preview');
    expect(asked()).toBe(before);
  });
});
