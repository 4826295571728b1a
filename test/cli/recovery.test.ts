/** What a recovery must not lose: who was invited, without a usable backup too. */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ProgramRig } from '../rigs/program.js';

let live: ProgramRig;

beforeEach(async () => {
  live = await ProgramRig.setUp();
});

afterEach(() => live.close());

function sentTo(email: string): number {
  const counts = live.simulator.codesubmit.invitationCounts();
  return counts.filter((one) => one.email === email).reduce((sum, { count }) => sum + count, 0);
}

it('without any copy: a new data directory adopts what was sent, and sends only the rest', async () => {
  const daemon = await live.serve();
  const id = await live.arrive(daemon, 'Ada Before');
  const link = await live.untilLinked(id);
  await daemon.kill('SIGKILL');
  rmSync(live.home, { recursive: true });
  const waiting = live.candidate('Bea Waiting');
  live.move(waiting);
  await live.setUp('--existing', 'invite', '--yes');
  await live.serve();
  expect(await live.untilLinked(id)).toBe(link);
  await live.untilLinked(waiting);
  expect(sentTo('ada.before@example.com')).toBe(1);
  expect(sentTo('bea.waiting@example.com')).toBe(1);
});

it('without the key, or with another one, nothing runs, is put in place or lost', async () => {
  const elsewhere = ['--home', join(live.folder, 'elsewhere')];
  const copy = join(live.folder, 'copy.db');
  await live.succeed('backup', copy);
  const key = live.environment.CODESUBMIT_LEVER_SECRET_KEY;
  for (const [given, says] of [
    ['the key of another data directory', 'is of another data directory'],
    [undefined, 'The key that encrypts the stored secrets is missing'],
  ]) {
    live.environment.CODESUBMIT_LEVER_SECRET_KEY = given;
    for (const words of [
      ['serve'],
      ['setup', '--no-input'],
      ['status'],
      ['revoke', '--yes'],
      ['restore', copy, '--yes'],
      [...elsewhere, 'restore', copy],
      ['doctor'],
    ]) {
      const { code, stdout, stderr } = await live.run(...words);
      expect({ words, code }).toEqual({ words, code: 78 });
      expect(stdout + stderr).toContain(says);
      expect(stdout + stderr).toMatch(/CODESUBMIT_LEVER_SECRET_KEY.*\/keys\/\w+\.key/s);
      expect(stdout + stderr).toMatch(/setup\s+--existing\s+invite/);
    }
  }
  const unhealthy = (await live.run('doctor')).stdout;
  const [, file = ''] = /nor the file (\S+) exists.*[^]*put the file back/.exec(unhealthy) ?? [];
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, key ?? '', { mode: 0o600 });
  expect((await live.status()).integration).toMatchObject({ state: 'active' });
  expect(statSync(join(live.folder, 'elsewhere', 'codesubmit-lever.db')).size).toBe(0);
  // What an admin looks at next calls it empty, and leaves nothing to be replaced.
  for (const command of ['status', 'doctor', 'rules', 'serve']) {
    const { code, stdout, stderr } = await live.run(...elsewhere, command);
    expect({ command, code }).toEqual({ command, code: 78 });
    expect(stdout + stderr).toMatch(/^(?!.*(schema|no such table))(.*\n)*.*Nothing is set up yet/);
  }
  await live.succeed(...elsewhere, 'restore', copy);
});
