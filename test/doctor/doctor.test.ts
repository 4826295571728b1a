/** `doctor` as an admin runs it: on a sound integration, on none, and on one that doesn't open. */
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { diskOf } from '../../src/admin/facts/machine-facts.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, TAG } from '../rigs/program.js';
import type { FakeProxy } from '../support/fake-proxy.js';
import { commandsIn } from '../fixes/fix.js';
import { parseReport } from '../docs/report-schemas.js';
import { check, setUpBehindProxy } from './diagnosis.js';

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
    const { healthy, checks } = parseReport('doctor', ended);
    const status = Object.fromEntries(checks.map(({ id, status: said }) => [id, said]));
    expect([ended.code, healthy]).toEqual([0, true]);
    expect(status).toMatchObject({ lever: 'pass', codesubmit: 'pass', public_url: 'pass' });
    expect(status).toMatchObject({ daemon: 'warn', webhook: 'warn', challenges: 'pass' });
    expect(Object.values(status)).not.toContain('fail');
  });

  it('passes where a link leads to the data directory, and one in it elsewhere', async () => {
    const link = `${live.home}-link`;
    symlinkSync(live.home, link);
    symlinkSync('/var/backups', join(live.home, 'backups'));
    const { checks } = parseReport('doctor', await live.run('--home', link, 'doctor', '--json'));
    expect(checks.find(({ id }) => id === 'home')?.status).toBe('pass');
  });

  it('shows as passed nothing that was never tried', async () => {
    const { stdout } = await live.run('doctor', '--all');
    const passed = stdout.split('\n').filter((line) => line.startsWith('✓'));
    expect(passed.join('\n')).not.toMatch(
      /accepts what we write|contain the links|who was sent which/,
    );
    expect(passed.join('\n')).not.toMatch(
      /rejected for its signature|waits too long|on hold|The last check/,
    );
    expect(stdout).toMatch(/^\? Not known: no challenge was sent yet: .*links/m);
    expect(stdout).toMatch(/^\? Not known: no webhook has come yet: signatures/m);
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
    expect(found.fix).toContain('renew their consent in Lever');
    for (const words of commandsIn(found.fix ?? '')) {
      expect((await live.succeed(...words)).stdout).toContain('Nora Nocontact');
    }
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
      /^! webhook: Lever’s webhook isn’t verified yet\. Until(.*\n)+ {2}→ In https?:/m,
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
    const { checks, healthy } = parseReport('doctor', ended);
    expect([ended.code, healthy]).toEqual([78, false]);
    expect(checks.map(({ id, status }) => [id, status])).toEqual([
      ['node', expect.any(String)],
      ['set_up', 'fail'],
    ]);
    expect((await live.status()).integration.state).toBe('not_set_up');
    expect(existsSync(live.home)).toBe(false);
  });

  it('shows stages and tags as not set where no rule names any', async () => {
    live = await ProgramRig.setUp();
    await live.succeed('rules', 'remove', '1', '--yes');
    const { stdout } = await live.run('doctor', '--all');
    expect(stdout).toMatch(/^· stages: Not set: no rule names a stage$/m);
    expect(stdout).toMatch(/^· tags: Not set: no rule names a tag$/m);
  });
});

it.runIf(existsSync('/dev/shm'))('reports a data directory in memory', () => {
  expect(diskOf('/dev/shm').kind).toBe('passing');
});
