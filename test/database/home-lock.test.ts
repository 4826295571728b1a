/** A lock belongs to one process and ends with it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { tryLock } from '../../src/store/database/file-lock.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Another process that holds the lock as `serve` does. Resolves once it has it. */
async function holdElsewhere(file: string): Promise<ChildProcess> {
  const script = `
    import BetterSqlite3 from 'better-sqlite3';
    const held = new BetterSqlite3(process.argv[1]);
    held.exec('BEGIN EXCLUSIVE');
    process.stdout.write('held');
    setInterval(() => held.open, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

describe('the lock', () => {
  it('is held by one at a time and freed by its release', () => {
    const file = join(folder, 'one.lock');
    const held = tryLock(file);
    expect(held).toBeDefined();
    expect(tryLock(file)).toBeUndefined();
    expect(tryLock(file)).toBeUndefined();
    held?.release();
    const next = tryLock(file);
    expect(next).toBeDefined();
    next?.release();
  });

  it('of one file doesn’t affect another', () => {
    const held = [tryLock(join(folder, 'a.lock')), tryLock(join(folder, 'b.lock'))];
    expect(held).not.toContain(undefined);
    for (const lock of held) lock?.release();
  });

  it('held by another process is not available; a kill -9 frees it at once', async () => {
    const file = join(folder, 'killed.lock');
    const child = await holdElsewhere(file);
    expect(tryLock(file)).toBeUndefined();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const taken = tryLock(file);
    expect(taken).toBeDefined();
    taken?.release();
  });

  it('held by us is not available to another process', async () => {
    const file = join(folder, 'ours.lock');
    const held = tryLock(file);
    const script = `
      import BetterSqlite3 from 'better-sqlite3';
      try { new BetterSqlite3(process.argv[1], { timeout: 0 }).exec('BEGIN EXCLUSIVE'); }
      catch (error) { process.stdout.write(error.code); }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, file]);
    children.push(child);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('SQLITE_BUSY');
    held?.release();
  });

  it('in a missing folder is broken configuration, not someone else’s lock', () => {
    expect(() => tryLock(join(folder, 'absent', 'serve.lock'))).toThrow(
      expect.objectContaining({ name: 'AppError' }) as Error,
    );
  });
});
