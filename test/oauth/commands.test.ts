/**
 * The login with the program's own commands, against the simulator: two steps, a running daemon, a
 * revocation, no secret in plain text.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedLeverOAuthClient } from '../../src/simulator/seed/base-seed.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { commandsIn } from '../fixes/fix.js';
import { eventually } from '../rigs/eventually.js';
import { decide } from './decide.js';
import { ProgramRig, STAGE, TAG } from '../rigs/program.js';

const RULE = `stage=${STAGE};tag=${TAG};challenge=Backend API`;
const PUBLIC_URL = 'https://bridge.example.com/bridge';
const CALLBACK = `${PUBLIC_URL}/oauth/lever/callback`;
const SETUP = ['setup', '--no-input', '--rule', RULE, '--public-url', PUBLIC_URL];

const folder = temporaryFolder();
let files = 0;
let live: ProgramRig;
/** Everything printed, and every secret that occurred. */
let printed: string[];
let canaries: string[];

beforeEach(async () => {
  live = await ProgramRig.start();
  printed = [];
  canaries = [seedLeverOAuthClient.secret];
  delete live.environment.LEVER_API_KEY;
  Object.assign(live.environment, {
    LEVER_ENVIRONMENT: 'sandbox',
    LEVER_AUTHORIZE_URL: new URL('/authorize', live.simulator.leverApiUrl).href,
    LEVER_TOKEN_URL: new URL('/oauth/token', live.simulator.leverApiUrl).href,
    LEVER_CLIENT_ID: seedLeverOAuthClient.id,
    LEVER_CLIENT_SECRET: seedLeverOAuthClient.secret,
  });
  live.simulator.lever.oauth.addCallbacks(seedLeverOAuthClient.id, [CALLBACK]);
});
afterEach(() => live.close());

async function run(...args: string[]) {
  const ended = await live.run(...args);
  printed.push(ended.stdout, ended.stderr);
  return ended;
}

/** The first step. */
async function begin(...args: string[]): Promise<{ authorizeUrl: string; next: string }> {
  return readLogin(await run(...SETUP, ...args), '');
}

/** Everything for programs is on stdout; messages are on stderr. */
function readLogin(
  ended: { code: number | null; stdout: string; stderr: string },
  talk: string,
): { authorizeUrl: string; next: string } {
  expect(ended.stderr).toBe(talk);
  expect(ended.code).toBe(0);
  const said = JSON.parse(ended.stdout) as { authorizeUrl: string; next: string };
  expect(Object.keys(said)).toEqual(['authorizeUrl', 'next']);
  return said;
}

/** Where the browser ends when a Super Admin accepts in Lever's window. */
async function accept(authorizeUrl: string): Promise<string> {
  const address = await decide(authorizeUrl);
  canaries.push(new URL(address).searchParams.get('code') ?? 'no code');
  return address;
}

function toFile(address: string): string {
  const file = join(folder, String(files++));
  writeFileSync(file, `${address}\n`, { mode: 0o600 });
  return file;
}

/** Set up with a pasted address. */
async function setUp(): Promise<void> {
  const { authorizeUrl } = await begin();
  const address = await accept(authorizeUrl);
  const ended = await run(...SETUP, '--redirected-url-file', toFile(address));
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
}

const revokeInLever = () => live.simulator.lever.oauth.revoke(seedLeverOAuthClient.id);

/** What a browser gets from the daemon behind a proxy that keeps the public path. */
async function visit(url: string, redirected: string) {
  const { pathname, search } = new URL(redirected);
  const reply = await fetch(`${url}${pathname}${search}`);
  return { status: reply.status, page: await reply.text() };
}

function expectNoCanary(): void {
  const files = readdirSync(live.folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(live.folder, name))
    .filter((path) => statSync(path).isFile());
  expect(files.length).toBeGreaterThan(0);
  const texts = [...files.map((file) => readFileSync(file, 'latin1')), ...printed];
  const { oauth, access } = live.simulator.lever;
  const tokens = oauth.logins.flatMap(({ refreshTokens }) => refreshTokens);
  const grants = [...access.grants.values()].map(({ credential }) => credential);
  for (const secret of [...canaries, ...tokens, ...grants]) {
    for (const text of texts) expect(text.includes(secret)).toBe(false);
  }
}

describe('setup --no-input with an OAuth client', () => {
  it('says where to log in, finishes with the browser’s last address, and needs nothing more', async () => {
    const { authorizeUrl, next } = await begin();
    expect(next).toContain('--redirected-url-file');
    expect((await live.status()).integration.state).toBe('not_set_up');
    const address = toFile(await accept(authorizeUrl));
    const tried = await run(...SETUP, '--dry-run', '--redirected-url-file', address);
    expect(tried.stderr).toContain('A dry run needs a login that Lever accepts.');
    const ended = await run(...SETUP, '--redirected-url-file', address);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('✓ Lever: login (sandbox)');
    const { integration } = await live.status();
    expect(integration).toMatchObject({ state: 'active', lever: { auth: 'oauth' } });
    expect(integration.rules).toHaveLength(1);
    expect((await run(...SETUP)).stdout).toContain('✓ Lever: login');
    delete live.environment.LEVER_CLIENT_ID;
    delete live.environment.LEVER_CLIENT_SECRET;
    expect((await run('setup', '--no-input')).stdout).toContain('✓ Lever: login');
    expectNoCanary();
  });

  it('says what the login may not do', async () => {
    live.environment.LEVER_SCOPES = 'offline_access opportunities:write:admin stages:read:admin';
    const { authorizeUrl } = await begin();
    live.environment.LEVER_SCOPES += ' tags:read:admin';
    const file = toFile(await accept(authorizeUrl));
    const { stdout } = await run(...SETUP, '--redirected-url-file', file);
    expect(stdout).toContain('the login lacks the scope tags:read:admin');
  });

  it('accepts the client from flags and a file; adding a key is wrong usage', async () => {
    delete live.environment.LEVER_CLIENT_ID;
    delete live.environment.LEVER_CLIENT_SECRET;
    const { id, secret } = seedLeverOAuthClient;
    const flags = ['--lever-client-id', id, '--lever-client-secret-file', toFile(secret)];
    const { authorizeUrl } = await begin(...flags, '--redirect-url', CALLBACK);
    expect(new URL(authorizeUrl).searchParams.get('redirect_uri')).toBe(CALLBACK);
    const both = await run(...SETUP, ...flags, '--lever-api-key-file', toFile('key'));
    expect(both.code).toBe(2);
    const none = await run(...SETUP, '--lever-client-id', 'another');
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('--lever-client-secret-file');
  });

  it('keeps the current connection until the login is done; a key replaces it again', async () => {
    live.environment.LEVER_API_KEY = 'simulated-lever-api-key';
    const { LEVER_CLIENT_ID, ...rest } = live.environment;
    delete live.environment.LEVER_CLIENT_ID;
    expect((await run(...SETUP)).stdout).toContain('✓ Lever: API key');
    live.environment.LEVER_CLIENT_ID = LEVER_CLIENT_ID;
    delete live.environment.LEVER_API_KEY;
    const { authorizeUrl } = await begin();
    expect((await live.status()).integration).toMatchObject({
      state: 'active',
      lever: { auth: 'api_key' },
    });
    const file = toFile(await accept(authorizeUrl));
    expect((await run(...SETUP, '--redirected-url-file', file)).code).toBe(0);
    expect((await live.status()).integration.lever.auth).toBe('oauth');
    const key = toFile(rest.LEVER_API_KEY ?? '');
    expect((await run(...SETUP, '--lever-api-key-file', key)).code).toBe(0);
    expect((await live.status()).integration.lever.auth).toBe('api_key');
  });
});

it('a running daemon renews an expiring token, notices a revocation, and continues after a login that it completes itself', async () => {
  live.simulator.lever.oauth.accessTokenSeconds = 2;
  await setUp();
  const daemon = await live.serve();
  const [login] = live.simulator.lever.oauth.logins;
  for (let round = 1; login!.refreshTokens.length < 3; round += 1) {
    await live.untilLinked(await live.arrive(daemon, `Candidate ${String(round)}`));
  }
  live.simulator.lever.oauth.accessTokenSeconds = 3_600;
  revokeInLever();
  const candidate = await live.arrive(daemon, 'Ada Example');
  await eventually(
    'needs_reauth',
    async () => (await live.status()).integration.state === 'needs_reauth',
  );
  const readiness = await fetch(`${daemon.url}/readyz`);
  expect([readiness.status, await readiness.text()]).toEqual([503, 'not ready\n']);
  const said = '"reasons":"needs_reauth","msg":"not ready"';
  await eventually('the log says so', () => daemon.output.stdout.includes(said));
  const [problem] = (await live.status()).integration.problems;
  const [words = []] = commandsIn(problem?.hint ?? '');
  const { authorizeUrl, next } = readLogin(
    await run(...words),
    'Lever rejects the key or login, so everything waits (lever POST /oauth/token: 400 invalid_grant).\n',
  );
  expect(next).toContain('The running daemon completes the login');
  const address = await accept(authorizeUrl);
  const wrong = await visit(daemon.url, address.replace(/state=[^&]+/, 'state=other'));
  expect(wrong.status).toBe(400);
  const done = await visit(daemon.url, address);
  expect(done.status).toBe(200);
  expect(done.page).toContain('Lever is connected');
  const again = await visit(daemon.url, address);
  expect(again.status).toBe(400);
  expect(again.page).toContain('already used');
  await live.untilLinked(candidate);
  expect((await live.status()).integration.state).toBe('active');
  expect((await run(...SETUP)).stdout).toContain('✓ Lever: login');
  await run('revoke', '--yes');
  expect((await visit(daemon.url, `${CALLBACK}?code=c&state=s`)).status).toBe(400);
  expect((await visit(daemon.url, `${CALLBACK}/more?code=c&state=s`)).status).toBe(404);
  const denied = await visit(daemon.url, await decide((await begin()).authorizeUrl, 'deny'));
  expect(denied.status).toBe(400);
  expect(denied.page).toContain('Super Admin');
  for (const method of ['HEAD', 'POST']) {
    const reply = await fetch(`${daemon.url}/oauth/lever/callback`, { method });
    expect([method, reply.status]).toEqual([method, 404]);
  }
  const argv = readFileSync(`/proc/${String(daemon.process.pid)}/cmdline`, 'utf8');
  const ended = await daemon.kill('SIGTERM');
  expect(ended.code).toBe(0);
  printed.push(ended.stdout, ended.stderr, argv);
  expectNoCanary();
});

it('revoke erases the login, the client’s secret and logins under way', async () => {
  await setUp();
  const other = ['--lever-client-id', 'other', '--lever-client-secret-file', toFile('secret')];
  const { authorizeUrl } = await begin(...other);
  const state = new URL(authorizeUrl).searchParams.get('state') ?? '';
  expect((await run('revoke', '--yes')).stderr).toContain('Revoke Access');
  const address = toFile(`${CALLBACK}?code=c&state=${state}`);
  const late = await run(...SETUP, '--redirected-url-file', address);
  expect(late.stderr).toContain('not from a login in progress here');
  expect((await live.status()).integration.state).toBe('revoked');
  delete live.environment.LEVER_CLIENT_SECRET;
  const ended = await run(...SETUP);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('The Lever client secret is missing');
  expectNoCanary();
});
