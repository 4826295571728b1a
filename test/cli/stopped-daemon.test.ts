/** Whether the daemon runs is the first thing that `status` and `doctor` say. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FixWorld, STAGE } from '../fixes/fix-world.js';

let world: FixWorld;

beforeEach(async () => {
  world = await FixWorld.setUp();
});
afterEach(() => world.close());

async function firstLine(...words: string[]): Promise<string> {
  return (await world.run(...words)).stdout.split('\n')[0] ?? '';
}

const daemon = async () => (await world.status()).integration.daemon;

describe('status', () => {
  it('says in its first line whether the daemon runs, and since when', async () => {
    expect(await firstLine('status')).toBe('○ Not running yet.');
    expect(await daemon()).toEqual({ running: false, since: null });
    await world.serveHere();
    expect(await firstLine('status')).toMatch(/^● Running, started (just now|\d+ s ago)\.$/);
    await world.stop();
    expect(await firstLine('status')).toMatch(/^✗ Not running, last seen .*\. Nothing is sent\./);
  });

  it('shows a pause beside all that is wrong, and setup doesn’t say that nothing is left to do', async () => {
    const paused = /^! Paused: no challenge is sent\.?\n {2}→ Run: codesubmit-lever resume$/m;
    await world.succeed('setup', '--no-input', '--public-url', 'none');
    await world.succeed('pause');
    expect((await world.succeed('status')).stdout).toMatch(paused);
    world.person();
    const rule = `stage=${STAGE};tag=codesubmit:backend;challenge=Frontend React`;
    const { stderr } = await world.succeed('rules', 'add', rule, '--yes');
    expect(stderr).toContain('Changed. No challenge is sent until you run: codesubmit-lever res');
    await world.serveHere();
    const { keys } = world.simulator.codesubmit;
    for (const { key } of keys) world.simulator.codesubmit.changeKey(key, { isRevoked: true });
    await world.untilRejected();
    const { stdout } = await world.succeed('status');
    expect(stdout).toMatch(/^✗ CodeSubmit rejects the key/m);
    expect(stdout).toMatch(paused);
    const key = world.newCodeSubmitKey();
    const setup = await world.succeed('setup', '--no-input', '--codesubmit-api-key-file', key);
    expect(setup.stdout).toMatch(paused);
    await world.succeed('resume');
    expect((await world.succeed('status')).stdout).not.toContain('Paused');
  });
});

it('check asks the daemon to check the stages, or says that none is running', async () => {
  expect((await world.succeed('check')).stderr).toContain('No daemon is running');
  await world.serveHere();
  expect((await world.succeed('check')).stderr).toContain(
    'The stages are due to be checked. The daemon acts on it now.',
  );
});

it('status with a state of which there is none says so', async () => {
  const { stdout } = await world.succeed('status', '--state', 'failed');
  expect(stdout).toMatch(/\nNo failed challenges\.\n/);
});

describe('doctor', () => {
  it('fails, with the daemon first, once one that has served is gone', async () => {
    const before = await world.run('doctor');
    expect([before.code, before.stdout]).toEqual([0, expect.stringMatching(/^! daemon: Not st/m)]);
    await world.serveHere();
    await world.stop();
    const after = await world.run('doctor');
    expect(after.code).toBe(1);
    expect(after.stdout).toMatch(
      /^✗ daemon: Not running; last seen .*\n(. .*\n)* {2}→ Run: codesubmit-lever serve\n/,
    );
  });

  it('puts what is fine into one line, or lists it', async () => {
    const [short, long] = [await world.run('doctor'), await world.run('doctor', '--all')];
    expect(short.stdout).not.toContain('encryption key');
    expect(long.stdout).toMatch(/^✓ encryption key: From its file/m);
    const failures = (text: string) => text.split('\n').filter((line) => /^[✗!] /.test(line));
    expect(failures(long.stdout).length).toBe(failures(short.stdout).length);
  });
});
