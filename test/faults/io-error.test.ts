/**
 * A failing disk: each of the daemon's syncs in turn returns EIO, then each write. From then on
 * nothing is acknowledged, and the process ends with a sentence. The next one finds everything that
 * was acknowledged, and the rest at most once.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hasTool, isFull } from '../support/fault-tools.js';
import { HomeFile, keptDeliveries, signatureOf } from '../rigs/home-file.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';

type Call = 'fsync' | 'pwrite64' | 'pread64';

const MOST = 60;
const FEW: Record<Call, number[]> = { fsync: [2, 9], pwrite64: [2, 40], pread64: [] };
const DELIVERIES = 40;
const FAILED = /The disk of the data directory failed/;
/** At the start no one can tell an unreadable page from a damaged one. */
const SENTENCE: Record<Call, RegExp> = {
  fsync: FAILED,
  // Of its shared memory SQLite doesn't say whether the disk is full.
  pwrite64: /The disk of the data directory (failed|is full, or failed)/,
  pread64: /The disk of the data directory failed|The database file is damaged/,
};
/** Reads of other files are mostly libraries, without which nothing starts. */
const DATABASE = 'codesubmit-lever.db';

let live: ProgramRig | undefined;
afterEach(async () => {
  await live?.close();
  live = undefined;
});

interface Trace {
  /** The file whose call failed; undefined while none has. */
  struck: () => string | undefined;
}

function failAt(folder: string, call: Call, number: number, name?: string): [string[], Trace] {
  const file = join(folder, `trace-${call}-${number}`);
  const inject = `inject=${call}:error=EIO:when=${number}`;
  const only = name === undefined ? [] : ['-P', join(live!.home, name)];
  const traced = ['-e', `trace=${call}`, '-e', inject, '-o', file];
  const command = ['strace', '-f', '-qq', '-y', ...only, ...traced];
  const struck = (): string | undefined =>
    existsSync(file)
      ? /\(\d+<([^>]*)>.*\(INJECTED\)/.exec(readFileSync(file, 'utf8'))?.[1]
      : undefined;
  return [command, { struck }];
}

/** The bodies of deliveries: of those answered 200, and of the rest. */
interface Sent {
  acknowledged: string[];
  refused: string[];
}

/** Sends deliveries one after another until the disk has failed. */
async function deliverUntilStruck(daemon: RunningDaemon, id: string, trace: Trace): Promise<Sent> {
  const sent: Sent = { acknowledged: [], refused: [] };
  const first = Date.now();
  for (let index = 0; index < DELIVERIES && sent.refused.length < 3; index += 1) {
    const wasStruck = isMustFail(trace);
    const status = await deliver(daemon, id, first + index, sent);
    expect(wasStruck && status === 200, trace.struck()).toBe(false);
  }
  return sent;
}

async function deliver(daemon: RunningDaemon, id: string, at: number, sent: Sent) {
  const body = live!.delivery(id, at);
  const status = await live!.post(daemon, body).catch(() => 0);
  (status === 200 ? sent.acknowledged : sent.refused).push(body);
  return status;
}

/**
 * SQLite hides a failed sync of the folder; we synced it when we opened the file. Nothing depends
 * on the log's index (`-shm`): it is rebuilt from the log.
 */
function isMustFail(trace: Trace): boolean {
  const path = trace.struck();
  return path !== undefined && path !== live!.home && !path.endsWith('-shm');
}

/** Returns whether the call was reached at all. */
async function strikeOnce(call: Call, number: number, name?: string): Promise<boolean> {
  live = await ProgramRig.setUp();
  const id = live.candidate('Nobody Elsewhere', 'Phone screen', []);
  const [command, trace] = failAt(live.folder, call, number, name);
  const daemon = await live.serve(command).catch((error: unknown) => error as Error);
  if (daemon instanceof Error) {
    expect(daemon.message).toMatch(SENTENCE[call]);
    expect(trace.struck()).toBeDefined();
    await expectRecovered({ acknowledged: [], refused: [] });
    return true;
  }
  const sent = await deliverUntilStruck(daemon, id, trace);
  if (!isMustFail(trace)) {
    await daemon.killGroup();
    await expectRecovered(sent);
    return trace.struck() !== undefined;
  }
  const { code, stderr } = await daemon.ended;
  expect(code).toBe(1);
  expect(stderr).toContain('The disk of the data directory failed');
  await expectRecovered(sent);
  return true;
}

async function expectRecovered({ acknowledged, refused }: Sent): Promise<void> {
  const next = await live!.serve();
  const file = new HomeFile(live!.home);
  try {
    expect(file.findDamage()).toEqual([]);
    const kept = () => [...keptDeliveries(live!.home)].sort();
    expect(kept()).toEqual(expect.arrayContaining(acknowledged.map(signatureOf)));
    // Its commit may have reached the disk although it "failed": either way it is one row and a
    // 200.
    for (const body of refused) expect(await live!.post(next, body)).toBe(200);
    expect(kept()).toEqual([...acknowledged, ...refused].map(signatureOf).sort());
  } finally {
    file.close();
  }
  await next.kill('SIGTERM');
}

async function strikeEach(call: Call): Promise<void> {
  const numbers = isFull ? Array.from({ length: MOST }, (_, index) => index + 1) : FEW[call];
  let strikes = 0;
  for (const number of numbers) {
    if (!(await strikeOnce(call, number, call === 'pread64' ? DATABASE : undefined))) break;
    strikes += 1;
    await live?.close();
  }
  process.stderr.write(`failed at ${strikes} calls of ${call}\n`);
  expect(strikes).toBeGreaterThanOrEqual(FEW[call].length);
}

describe.skipIf(!hasTool('strace'))('an I/O error', () => {
  const LIMIT_MS = isFull ? 900_000 : 300_000;

  it('of the N-th sync to disk', { timeout: LIMIT_MS }, () => strikeEach('fsync'));
  it('of the N-th write to disk', { timeout: LIMIT_MS }, () => strikeEach('pwrite64'));
  it.runIf(isFull)('of the N-th read', { timeout: LIMIT_MS }, () => strikeEach('pread64'));

  it('in a checkpoint, which SQLite would hide', async () => {
    live = await ProgramRig.setUp();
    const [command, trace] = failAt(live.folder, 'fsync', 1, DATABASE);
    const daemon = await live.serve(command);
    const file = new HomeFile(live.home);
    file.exec('PRAGMA wal_autocheckpoint = 0; CREATE TABLE ballast (x)');
    file.exec('INSERT INTO ballast VALUES (zeroblob(5000000))');
    const id = live.candidate('Nobody Elsewhere', 'Phone screen', []);
    const sent: Sent = { acknowledged: [], refused: [] };
    await deliver(daemon, id, Date.now(), sent);
    await eventually('the checkpoint is struck', trace.struck);
    const { code, stderr } = await daemon.ended;
    file.close();
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: /disk of the data directory failed/,
    });
    await expectRecovered(sent);
  });
});
