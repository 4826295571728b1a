/**
 * A process that renews the login is killed at each system call between its request and the commit,
 * from outside. Afterwards the login works, or it was used up and `needs_reauth` says so. It is
 * never wasted while the old one was valid. A few calls; all of them under `FULL_FAULTS=1`.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/admin/app.js';
import { grantOf, OAuthSetup } from '../oauth/oauth-setup.js';
import { bundledScript } from '../support/bundled-script.js';
import { hasTool, isFull, killerAt } from '../support/fault-tools.js';
import { eventually } from '../rigs/eventually.js';
import type { RunningCommand } from '../rigs/program.js';

const RENEWER = await bundledScript(new URL('../oauth/renewer.js', import.meta.url));
/** Everything between the request and the commit, and a little after. */
const CALLS = ['pwrite64', 'fsync', 'fcntl', 'pread64', 'read', 'write', 'epoll_pwait'];
const FEW: [string, number][] = [
  ['pwrite64', 1],
  ['fsync', 1],
];
/** After this many calls the process is doing other things. */
const MOST = 40;

let world: OAuthSetup;
let app: App;

beforeAll(async () => {
  world = await OAuthSetup.start();
  await world.setUp();
  app = await world.app();
});
afterAll(() => world.live.close());

const logIn = () => world.logIn(app);

beforeEach(logIn);
afterEach(() => {
  world.gate.arrived = () => Promise.resolve();
  world.gate.delayMs = 0;
});

const askedOnce = async () => (await world.live.startScript(RENEWER).ended).stdout;
const state = () => app.integration.state();

const renew = () => world.live.startScript(RENEWER);
const serve = () => world.live.start('serve', '--port', '0');

/** From now on the process dies at its N-th such call. Resolves once that is armed. */
async function attachKiller(pid: number, call: string, number: number): Promise<void> {
  const [strace = '', ...args] = killerAt(call, number);
  spawn(strace, [...args, '-p', String(pid)], { stdio: 'ignore' });
  await eventually('strace holds it', () => isTraced(pid));
}

function isTraced(pid: number): boolean {
  try {
    return /TracerPid:\s+[1-9]/.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    // It died before the test looked.
    return true;
  }
}

/** Returns whether it was killed. */
async function killAfterRequest(
  start: () => RunningCommand,
  call: string,
  number: number,
): Promise<boolean> {
  const old = await world.age(app);
  const renewer = start();
  await world.gate.during(() => attachKiller(renewer.process.pid ?? 0, call, number));
  let signal: string | null | undefined;
  void renewer.ended.then((end) => ({ signal } = end));
  // A daemon that survives the commit isn't waited for.
  const isKept = () => grantOf(app).refreshToken !== old.refreshToken;
  await eventually('death, or the new pair', () => signal !== undefined || isKept());
  const isKilled = signal === 'SIGKILL';
  await renewer.kill();
  await expectRightEnd(old.refreshToken, `${call} ${number}`);
  return isKilled;
}

/** The server handled the request: what counts is whether the new pair was stored. */
async function expectRightEnd(old: string, name: string): Promise<void> {
  await eventually('the server is done', () => world.gate.underWay === 0);
  const isKept = grantOf(app).refreshToken !== old;
  const before = world.gate.refreshes;
  const said = await askedOnce();
  const found = { name, said, state: state(), tries: world.gate.refreshes - before };
  const right = isKept
    ? { said: 'let in', state: 'active', tries: 0 }
    : { said: 'unauthorized', state: 'needs_reauth', tries: 1 };
  expect(found).toEqual({ name, ...right });
}

async function walk(start: () => RunningCommand, call: string): Promise<number> {
  for (let number = 1; number <= MOST; number += 1) {
    await logIn();
    if (!(await killAfterRequest(start, call, number))) return number - 1;
  }
  return MOST;
}

describe.skipIf(!hasTool('strace'))('killed', () => {
  it('before the request: the old pair is still valid', async () => {
    await world.age(app);
    const before = world.gate.refreshes;
    const killed = world.live.startScript(RENEWER, killerAt('connect', 1));
    expect((await killed.ended).signal).toBe('SIGKILL');
    expect(world.gate.refreshes).toBe(before);
    expect([await askedOnce(), state()]).toEqual(['let in', 'active']);
  });

  it.skipIf(isFull).each(FEW)('after the request, at %s %i', async (call, number) => {
    expect(await killAfterRequest(renew, call, number)).toBe(true);
  });

  it.runIf(isFull).each(CALLS)(
    'after the request, at each %s',
    { timeout: 600_000 },
    async (call) => {
      const kills = await walk(renew, call);
      process.stderr.write(`renewal killed at ${kills} calls of ${call}\n`);
    },
  );

  it.runIf(isFull).each(['pwrite64', 'fsync'])(
    'the daemon, at each %s: the next one works, or says that someone must log in',
    { timeout: 600_000 },
    async (call) => {
      const kills = await walk(serve, call);
      process.stderr.write(`renewing daemon killed at ${kills} calls of ${call}\n`);
    },
  );
});

it.runIf(isFull)(
  'stopped during a renewal, the daemon waits longer for the new pair than for anything else',
  async () => {
    const old = await world.age(app);
    world.gate.delayMs = 7_500;
    const before = world.gate.refreshes;
    const { process: child, ended } = serve();
    await eventually('it renews', () => world.gate.refreshes > before);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    world.gate.delayMs = 0;
    expect(grantOf(app).refreshToken).not.toBe(old.refreshToken);
    expect(await askedOnce()).toBe('let in');
    expect((await world.live.status()).integration.state).toBe('active');
  },
);
