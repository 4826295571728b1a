/**
 * Accept, send, write back, with the daemon killed at its N-th write to the disk, for every N until
 * a run survives; the same for its N-th sync. After each kill the file is intact, and the next
 * daemon ends with one invitation and one link. A few N; all of them under `FULL_FAULTS=1`.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hasTool, isFull, killerAt } from '../support/fault-tools.js';
import { findDamageInCopy } from '../rigs/home-file.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';

type Call = 'fsync' | 'pwrite64';

const SHARDS = isFull ? 4 : 1;
const FEW: Record<Call, number[]> = { fsync: [6, 9], pwrite64: [30, 45] };
/** A path with more calls than this doesn't end. */
const MOST = 1_000;
const DEATH_MS = 60_000;

/** By its log: nobody else opens the database. Rejects at once when the daemon has died. */
function untilLinked({ process: child, output }: RunningDaemon, id: string): Promise<true> {
  const isWrittenBack = (line: string): boolean =>
    line.includes('"msg":"write-back"') &&
    line.includes(id) &&
    /"outcome":"(?:done|there_already)"/.test(line);
  return eventually('the link is settled', () => {
    if (output.stdout.split('\n').some(isWrittenBack)) return true;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the daemon is dead');
    return undefined;
  });
}

async function deliverSurely(live: ProgramRig, daemon: RunningDaemon, id: string): Promise<void> {
  const at = Date.now();
  await eventually(
    'the delivery is acknowledged',
    async () => (await live.deliver(daemon, id, at)) === 200,
  );
}

/** Returns whether it survived. */
async function walk(live: ProgramRig, call: Call, number: number): Promise<boolean> {
  const id = live.candidate(`Person ${call} ${number}`);
  live.move(id);
  const survived = await walkUnderStrace(live, id, killerAt(call, number));
  if (!survived) {
    const copies = mkdtempSync(join(live.folder, 'copy-'));
    expect(findDamageInCopy(live.home, copies), `after ${call} ${number}`).toEqual([]);
    const next = await live.serve();
    await deliverSurely(live, next, id);
    // Not by its log: a kill after the last commit settles the link, and no daemon has logged it.
    await live.untilState(id, 'linked');
    await next.killGroup();
  }
  expect(live.fateOf(id), `${call} ${number}`).toEqual({ invited: 1, links: 1 });
  return survived;
}

async function walkUnderStrace(live: ProgramRig, id: string, killer: string[]): Promise<boolean> {
  const daemon = await live.serve(killer).catch(() => undefined);
  if (!daemon) return false;
  const survived = await deliverSurely(live, daemon, id)
    .then(() => untilLinked(daemon, id))
    .catch((error: unknown) => dead(daemon, error));
  await daemon.killGroup();
  return survived;
}

/** It failed because it was killed, or the test failed. */
async function dead({ ended }: RunningDaemon, error: unknown): Promise<false> {
  const late = delay(DEATH_MS, 'late' as const, { ref: false });
  if ((await Promise.race([ended, late])) === 'late') throw error;
  return false;
}

/** Every `SHARDS`-th number, or a few. Returns the number of kills. */
async function walkShard(call: Call, shard: number): Promise<number> {
  const live = await ProgramRig.setUp();
  live.simulator.lever.switches.linkAddedTwice = 'doubled';
  const numbers = isFull
    ? Array.from({ length: MOST / SHARDS }, (_, index) => 1 + shard + index * SHARDS)
    : FEW[call];
  let kills = 0;
  try {
    for (const number of numbers) {
      if (await walk(live, call, number)) return kills;
      kills += 1;
    }
    expect(isFull, 'a run survives in the end').toBe(false);
    return kills;
  } finally {
    await live.close();
  }
}

describe.skipIf(!hasTool('strace')).concurrent('killed at the N-th', () => {
  const LIMIT_MS = isFull ? 1_200_000 : 300_000;
  it.each<Call>(['fsync', 'pwrite64'])('%s', { timeout: LIMIT_MS }, async (call) => {
    const shards = Array.from({ length: SHARDS }, (_, shard) => walkShard(call, shard));
    const kills = (await Promise.all(shards)).reduce((sum, count) => sum + count, 0);
    process.stderr.write(`killed at ${kills} calls of ${call}\n`);
    expect(kills).toBeGreaterThanOrEqual(FEW[call].length);
  });
});
