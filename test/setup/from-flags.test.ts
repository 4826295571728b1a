/** `setup` from flags: what it keeps of earlier answers, and what it does while a vendor says “not now”. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { rightsWithout } from '../../src/simulator/lever/lever-access.js';
import { seedCodeSubmitApiKey, seedLeverOAuthClient } from '../../src/simulator/seed/base-seed.js';
import { parseRuleSpec } from '../../src/domain/rule-spec.js';
import { revoke } from '../../src/admin/actions/admin-actions.js';
import { setUp } from '../../src/admin/setup/set-up.js';
import {
  changeSettings,
  includesConfidential,
  storeAndApply,
} from '../../src/admin/setup/answers.js';
import { CONFIDENTIAL, saveGrant } from '../../src/lever/rights.js';
import { FixWorld } from '../fixes/fix-world.js';
import { ProgramRig, STAGE, TAG } from '../rigs/program.js';

let live: ProgramRig;

beforeAll(async () => {
  live = await ProgramRig.setUp();
});

afterAll(() => live.close());

function fileOf(text: string): string {
  const file = join(live.folder, 'given');
  writeFileSync(file, text);
  return file;
}

it('waits out a rate limit, and stores the new signing token', async () => {
  const token = 'beef'.repeat(12);
  const { lever, codesubmit } = live.simulator;
  for (const { faults } of [lever, codesubmit]) {
    faults.set({ kind: '429', when: 'before', retryAfter: 1, times: 1 });
  }
  const given = ['--signing-token-file', fileOf(token)];
  const { code, stderr } = await live.run('setup', '--no-input', ...given);
  expect(stderr).toContain('Lever limits our calls. Trying again in one second …');
  expect(stderr).toContain('CodeSubmit limits our calls.');
  expect(code).toBe(0);
  expect(await live.withApp((app) => app.configuration.current().signingTokens)).toContain(token);
});

it('takes a signing token of another form, and says what is odd', async () => {
  const token = 'Beef-'.repeat(8);
  const given = ['--signing-token-file', fileOf(token)];
  const { code, stderr } = await live.run('setup', '--no-input', ...given);
  expect(stderr).toContain('Is the signing token whole? It has 40 characters');
  expect(code).toBe(0);
  expect(await live.withApp((app) => app.configuration.current().signingTokens)).toContain(token);
});

it('says that the author is no user of Lever, until it is one', async () => {
  const shownWith = async (author: string): Promise<string> =>
    (await live.run('setup', '--no-input', '--perform-as', author)).stdout;
  expect(await shownWith('nobody')).toContain('! Lever has no such user.\n');
  const [sam] = live.simulator.lever.account.users;
  expect(await shownWith(sam?.id ?? '')).not.toContain('no such user');
});

it('checks the stages each minute without a webhook, and every five again with one', async () => {
  const howOften = async () => {
    const { url } = (await live.status()).integration.webhook;
    const { sweepMinutes } = await live.withApp((app) => app.configuration.settings());
    return { url, sweepMinutes };
  };
  const change = (...given: string[]) => live.succeed('setup', '--no-input', ...given);
  await change('--webhook', 'none');
  expect(await howOften()).toEqual({ url: null, sweepMinutes: 1 });
  await change('--signing-token-file', fileOf('beef'.repeat(12)));
  expect(await howOften()).toMatchObject({ url: expect.any(String) as string, sweepMinutes: 5 });
  await change('--public-url', 'none');
  expect(await howOften()).toEqual({ url: null, sweepMinutes: 1 });
  await change('--sweep-minutes', '2');
  expect(await howOften()).toMatchObject({ sweepMinutes: 2 });
  await change('--public-url', 'https://bridge.example.com');
  // The address to paste shows again.
  expect(await howOften()).toMatchObject({ url: expect.any(String) as string });
});

it('asks for confidential jobs in a new login if they were included before', async () => {
  const { id, secret } = seedLeverOAuthClient;
  const client = ['--lever-client-id', id, '--lever-client-secret-file', fileOf(secret)];
  const { stdout } = await live.succeed('setup', '--no-input', ...client);
  const { authorizeUrl } = JSON.parse(stdout) as { authorizeUrl: string };
  expect(new URL(authorizeUrl).searchParams.get('scope')).toContain('confidential:access:admin');
});

it.each([[true], [false]])(
  'and if the login so far, which may have ended, has them: %s',
  async (has) => {
    const { faults } = live.simulator.lever;
    // A key that is stored, too, would say the opposite.
    if (has) faults.set({ kind: '5xx', status: 401 });
    onTestFinished(() => faults.clear());
    const tokens = { accessToken: 'a', refreshToken: 'r', scopes: has ? [CONFIDENTIAL] : [] };
    const times = { loggedInAt: 0, refreshedAt: 0, expiresAt: 0 };
    await live.withApp(async (app) => {
      const { database, secrets } = app;
      await database.write((tx) => saveGrant(tx, secrets, { ...tokens, ...times, clientId: 'c' }));
      expect(await includesConfidential(app)).toBe(has);
      await database.write((tx) => secrets.erase(tx, 'lever_grant'));
    });
  },
);

it('rejects a Lever key that may not add links, before it is stored', async () => {
  const { access } = live.simulator.lever;
  const { credential } = access.addKey({ rights: rightsWithout('opportunities:write') });
  const key = ['--lever-api-key-file', fileOf(credential)];
  const { code, stderr } = await live.run('setup', '--no-input', ...key);
  expect(code).toBe(1);
  expect(stderr).toContain('Lever refuses adding links: the API key lacks the right');
  expect(stderr).toContain('“write opportunities” checked');
  live.environment.LEVER_API_KEY = undefined;
  expect(await live.withApp((app) => app.configuration.current().leverApiKey)).not.toBe(credential);
});

it('forgets a rejection of the key that an answer replaces, so the daemon has nothing to change', async () => {
  const other = await ProgramRig.setUp();
  onTestFinished(() => other.close());
  const reject = { kind: 'key', why: 'HTTP 401' } as const;
  await other.withApp(async (app) => {
    const store = (codesubmitApiKey: string) => storeAndApply(app, { codesubmitApiKey });
    await app.database.write((tx) =>
      app.integration.recordRejection(tx, 'codesubmit', app.clock.now(), reject),
    );
    await store(seedCodeSubmitApiKey);
    expect(app.integration.state()).toBe('needs_reauth');
    await store(other.simulator.codesubmit.addKey({ role: 'admin' }).key);
    expect(app.integration.state()).toBe('active');
  });
});

it('stores nothing over what another command changed while it asked', async () => {
  const other = await ProgramRig.setUp();
  onTestFinished(() => other.close());
  const rules = [parseRuleSpec(`stage=${STAGE};tag=${TAG};challenge=Backend API`)];
  const during = (change: () => Promise<unknown>): Promise<unknown> =>
    other.withApp((app) =>
      setUp(app, { settings: {}, rules }, async () => {
        await change();
        return 'leave';
      }),
    );
  const added = `stage=${STAGE};tag=codesubmit:frontend;challenge=Frontend React`;
  const brake = { count: 20, minutes: 10 };
  for (const change of [
    () => other.run('rules', 'add', added),
    () => other.withApp((app) => changeSettings(app, { brake })),
    () => other.withApp(revoke),
  ])
    await expect(during(change)).rejects.toMatchObject({ code: 'conflict' });
  await other.withApp((app) => {
    expect(app.rules.listActive().map(({ tag }) => tag)).toContain('codesubmit:frontend');
    expect(app.configuration.settings().brake).toEqual(brake);
    expect(app.integration.state()).toBe('revoked');
  });
});

it('stores the answers although the daemon found meanwhile that a vendor accepts us again', async () => {
  const other = await ProgramRig.setUp();
  onTestFinished(() => other.close());
  const rules = [parseRuleSpec(`stage=${STAGE};tag=${TAG};challenge=Backend API`)];
  await other.withApp(async (app) => {
    const { database, integration, clock } = app;
    await database.write((tx) =>
      integration.recordRejection(tx, 'codesubmit', clock.now(), { kind: 'unpaid', why: '402' }),
    );
    const result = await setUp(app, { settings: {}, rules }, async () => {
      await database.write((tx) => integration.recordAnswered(tx, 'codesubmit'));
      return 'leave';
    });
    expect(result.kind).toBe('done');
  });
});

it('says when commands without --home mean another data directory from now on', async () => {
  const world = await FixWorld.setUp();
  onTestFinished(() => world.close());
  delete world.environment.CODESUBMIT_LEVER_HOME;
  const [first, second] = [world.home, join(world.folder, 'second')];
  const keys = [
    ...['--lever-api-key-file', world.newLeverKey()],
    ...['--codesubmit-api-key-file', world.newCodeSubmitKey()],
  ];
  const setup = async (home: string, ...more: string[]) => {
    const words = ['setup', '--no-input', '--public-url', 'none', ...keys, ...more];
    return (await world.succeed('--home', home, ...words)).stderr;
  };
  expect(await setup(first)).toContain(`From now on, commands without --home mean ${first}.`);
  expect(await setup(first)).not.toContain('From now on');
  expect(await setup(second, '--dry-run')).not.toContain('From now on');
  expect(await setup(second)).toContain(`From now on, commands without --home mean ${second}.`);
  expect(await setup(second)).not.toContain('From now on');
});
