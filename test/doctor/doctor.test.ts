/** `doctor` as an admin runs it: on a sound integration, on none, and on one that doesn't open. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { diskOf } from '../../src/admin/facts/disk.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, TAG } from '../rigs/program.js';
import type { FakeProxy } from '../support/fake-proxy.js';
import { check, parseDiagnosis, setUpBehindProxy } from './diagnosis.js';

describe('a sound integration', () => {
  let live: ProgramRig;
  let proxy: FakeProxy;
  beforeAll(async () => {
    ({ live, proxy } = await setUpBehindProxy());
    const input = { emails: ['no.contact@example.com'], tags: [TAG], isContactAllowed: false };
    const name = 'Nora Nocontact';
    live.move(live.simulator.lever.actions.create({ name, stageId: 'Phone screen', ...input }).id);
  });
  afterAll(() => live.close());

  it('passes without a daemon: a temporary server answers the test through the public address', async () => {
    const ended = await live.run('doctor', '--json');
    const { healthy, checks } = parseDiagnosis(ended);
    const status = Object.fromEntries(checks.map(({ id, status: said }) => [id, said]));
    expect([ended.code, healthy]).toEqual([0, true]);
    expect(status).toMatchObject({ lever: 'pass', codesubmit: 'pass', public_url: 'pass' });
    expect(status).toMatchObject({ daemon: 'warn', webhook: 'warn', challenges: 'pass' });
    expect(Object.values(status)).not.toContain('fail');
  });

  it('passes beside a daemon, and the test through the public address doesn’t count as Lever’s', async () => {
    proxy.target = (await live.serve()).url;
    expect(await check(live, 'public_url')).toMatchObject({
      status: 'pass',
      summary: `${proxy.url} reaches this data directory; a signed test came through`,
    });
    expect((await check(live, 'daemon')).status).toBe('pass');
    const { webhook } = (await live.status()).integration;
    expect(webhook).toMatchObject({ verifiedAt: null, lastDeliveryAt: null });
  });

  it('counts the candidates who get no challenge because of data protection in Lever', async () => {
    const found = await eventually('the decision', async () => {
      const consent = await check(live, 'consent');
      return consent.status === 'warn' ? consent : undefined;
    });
    expect(found.summary).toBe(
      'Data protection in Lever keeps one candidate from getting a challenge: contact is not allowed (1)',
    );
  });

  it('writes nothing at either vendor', async () => {
    await live.run('doctor', '--json');
    const { lever, codesubmit } = live.simulator;
    const state = [lever.requests.writes(), codesubmit.requests.writes()];
    expect(state).toEqual([[], []]);
  });

  it('prints a sign, a sentence and the command that fixes it', async () => {
    const { stdout, stderr } = await live.run('doctor');
    expect(stdout).toMatch(
      /^! webhook +Lever’s webhook isn’t verified yet\. Until(.*\n)+ +→ In https?:/m,
    );
    expect(stdout).toMatch(/\n✓ \d+ checks passed; list them: codesubmit-lever doctor --all\n$/);
    expect(stderr).toBe('');
  });
});

describe('a missing integration', () => {
  let live: ProgramRig;
  afterEach(() => live.close());

  it('is reported with exit code 78 when nothing is set up', async () => {
    live = await ProgramRig.start();
    const ended = await live.run('doctor', '--json');
    const { checks, healthy } = parseDiagnosis(ended);
    expect([ended.code, healthy]).toEqual([78, false]);
    expect(checks.map(({ id, status }) => [id, status])).toEqual([
      ['node', expect.any(String)],
      ['set_up', 'fail'],
    ]);
    expect(existsSync(live.home)).toBe(false);
  });

  it('names the missing key and both places for it', async () => {
    live = await ProgramRig.setUp();
    delete live.environment.CODESUBMIT_LEVER_SECRET_KEY;
    const ended = await live.run('doctor', '--json');
    const key = parseDiagnosis(ended).checks.find(({ id }) => id === 'key');
    expect(ended.code).toBe(78);
    expect(key?.status).toBe('fail');
    expect(key?.summary).toMatch(/neither CODESUBMIT_LEVER_SECRET_KEY nor the file .*\.key/);
  });

  it('notices another home’s key', async () => {
    live = await ProgramRig.setUp();
    live.environment.CODESUBMIT_LEVER_SECRET_KEY = 'a key that belongs to another home';
    const ended = await live.run('doctor', '--json');
    const key = parseDiagnosis(ended).checks.find(({ id }) => id === 'key');
    expect(ended.code).toBe(78);
    expect(key?.summary).toMatch(
      /^The key from the variable CODESUBMIT_LEVER_SECRET_KEY is of another/,
    );
    expect(key?.fix).toMatch(/into CODESUBMIT_LEVER_SECRET_KEY, .* into .*\.key/);
  });

  it('names who may read the data directory, and prints a command that fixes it', async () => {
    live = await ProgramRig.setUp();
    const look = async () =>
      parseDiagnosis(await live.run('doctor', '--json')).checks.find(({ id }) => id === 'home');
    mkdirSync(join(live.home, 'lost+found'), { mode: 0o755 });
    chmodSync(live.home, 0o2775);
    expect(await look()).toMatchObject({ status: 'pass' });
    const breaks: [() => void, summary: string][] = [
      [
        () => {
          writeFileSync(join(live.home, 'notes'), '');
          chmodSync(join(live.home, 'notes'), 0o644);
        },
        `Other users can read ${live.home}/notes`,
      ],
      [() => chmodSync(live.home, 0o777), `Anyone on this machine can write to ${live.home}`],
    ];
    for (const [widen, summary] of breaks) {
      widen();
      const home = await look();
      expect(home).toMatchObject({ status: 'fail', summary });
      await runShell(home?.fix?.replace(/^Run: /, '') ?? '');
      expect(await look()).toMatchObject({ status: 'pass' });
    }
  });

  it('is revoked', async () => {
    live = await ProgramRig.setUp();
    await live.run('revoke', '--yes');
    const ended = await live.run('doctor', '--json');
    expect(ended.code).toBe(78);
    const setUp = parseDiagnosis(ended).checks.find(({ id }) => id === 'set_up');
    expect(setUp?.summary).toBe('The integration was revoked');
  });
});

it.runIf(existsSync('/dev/shm'))('reports a data directory in memory', () => {
  expect(diskOf('/dev/shm').kind).toBe('passing');
});

async function runShell(command: string): Promise<void> {
  const { execFile } = await import('node:child_process');
  await new Promise<void>((resolve, reject) => {
    execFile('sh', ['-c', command], (error) => {
      if (error) reject(new Error(error.message));
      else resolve();
    });
  });
}
