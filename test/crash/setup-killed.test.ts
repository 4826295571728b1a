/**
 * The first `setup` of a data directory, killed from outside while it creates the files. The next
 * one completes them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasTool, isFull, killerAt } from '../support/fault-tools.js';
import { ProgramRig } from '../rigs/program.js';

const RULE = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API';
/** The calls that change something, and the step to the next one to kill at. */
const CALLS = { fsync: 1, unlink: 1, rename: 1, mkdir: 1, ftruncate: 1, pwrite64: 9 };
const MOST = 500;

/** Returns whether it was killed. The data directory is set up afterwards in any case. */
async function killOnce(killer: string[], look: (live: ProgramRig) => unknown) {
  const live = await ProgramRig.start();
  try {
    // The key is created too, and stored in a file.
    delete live.environment.CODESUBMIT_LEVER_SECRET_KEY;
    const setup = live.startBy(killer, 'setup', '--no-input', '--rule', RULE);
    const { signal } = await setup.ended;
    await look(live);
    await live.setUp();
    const { integration } = await live.status();
    expect({ killer, ...integration }).toMatchObject({ killer, state: 'active', rules: [{}] });
    return signal === 'SIGKILL';
  } finally {
    await live.close();
  }
}

async function walk(call: string, step: number): Promise<number> {
  for (let number = 1, kills = 0; number < MOST; number += step, kills += 1) {
    if (!(await killOnce(killerAt(call, number), () => undefined))) return kills;
  }
  throw new Error(`no setup survives at ${call}`);
}

describe.skipIf(!hasTool('strace'))('a setup that is killed', () => {
  it('before its file has a log leaves a journal, which every command handles', async () => {
    const atJournal = (live: ProgramRig) => join(live.home, 'codesubmit-lever.db-journal');
    const killer = killerAt('unlink', 1);
    const isKilled = await killOnce(killer, async (live) => {
      expect(existsSync(atJournal(live))).toBe(true);
      const { code, stdout } = await live.run('status');
      expect(code).toBe(78);
      expect(stdout).toContain('Run: codesubmit-lever setup');
    });
    expect(isKilled).toBe(true);
  });

  it.runIf(isFull).each(Object.entries(CALLS))(
    'at each %s, or every few',
    { timeout: 1_200_000 },
    async (call, step) => {
      const kills = await walk(call, step);
      process.stderr.write(`setup killed at ${kills} calls of ${call}\n`);
    },
  );
});
