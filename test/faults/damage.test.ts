/**
 * A data directory whose files were damaged on disk: no daemon works on it, it stays as it is, and
 * the fix is reported.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { HomeFile, peek } from '../rigs/home-file.js';
import { ProgramRig } from '../rigs/program.js';

const PAGE_BYTES = 4_096;
/** Above this size the start doesn't check the file; the daemon has it checked while it works. */
const LARGE_BYTES = 21_000_000;
const FIX = 'Put back a copy: codesubmit-lever restore FILE';

let live: ProgramRig;
afterEach(() => live.close());

function pathOf(suffix = ''): string {
  return join(live.home, `codesubmit-lever.db${suffix}`);
}

/** Flips one byte; doing it twice restores it. */
function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 0xff;
  writeFileSync(file, bytes);
}

function fingerprint(): string[] {
  const parts = ['', '-wal'].map((suffix) => pathOf(suffix)).filter((path) => existsSync(path));
  return parts.map((path) => createHash('sha256').update(readFileSync(path)).digest('hex'));
}

async function expectRefused(what: RegExp): Promise<void> {
  const before = fingerprint();
  await expectToSay(what, 'serve', '--port', '0');
  expect(fingerprint()).toEqual(before);
  await expectToSay(what, 'doctor');
  expect(live.simulator.codesubmit.invitations).toEqual([]);
}

async function expectToSay(what: RegExp, ...command: string[]): Promise<void> {
  const { code, stdout, stderr } = await live.run(...command);
  expect({ code, said: stdout + stderr }).toMatchObject({ code: 1, said: what });
  expect(stdout + stderr).toContain(FIX);
}

async function expectWholeJob(): Promise<void> {
  const daemon = await live.serve();
  await live.untilLinked(await live.arrive(daemon, 'Ada Fictional'));
}

describe('a damaged home', () => {
  it('is not served until it is repaired', async () => {
    live = await ProgramRig.setUp();
    await (await live.serve()).kill('SIGTERM');
    const sql = `SELECT rootpage AS page FROM sqlite_schema WHERE name = 'invitations'`;
    const page = peek<{ page: number }>(live.home, sql)[0]!.page;
    flip(pathOf(), (page - 1) * PAGE_BYTES);
    await expectRefused(/database file is damaged/);
    flip(pathOf(), (page - 1) * PAGE_BYTES);
    await expectWholeJob();
  });

  it('that is too large to check at the start ends the daemon once the damage is found', async () => {
    live = await ProgramRig.setUp();
    const file = new HomeFile(live.home);
    file.exec(`CREATE TABLE ballast (x); INSERT INTO ballast VALUES (zeroblob(${LARGE_BYTES}))`);
    file.exec(`CREATE TABLE names (name TEXT); INSERT INTO names VALUES ('a name')`);
    const root = file.value(`SELECT rootpage FROM sqlite_schema WHERE name = 'names'`) as number;
    file.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    file.close();
    flip(pathOf(), (root - 1) * PAGE_BYTES);

    const daemon = await live.serve();
    const { code, stderr } = await daemon.ended;
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: /database file is damaged/ });
    expect(stderr).toContain(FIX);
    flip(pathOf(), (root - 1) * PAGE_BYTES);
    await expectWholeJob();
  });
});
