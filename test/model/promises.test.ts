/**
 * Whatever happens in whatever order, the real program keeps the promises of a small model: a few
 * dozen histories over HTTP, to check that `test/simulation`, which runs the same ones, is
 * realistic. A failure is shrunk, and printed with the seed and path that draw it again:
 * `MODEL_SEED=… MODEL_PATH=…` (and `MODEL_REPLAY=…`). The short form draws the same histories each
 * time, so a failure comes from the change; the long one draws new ones.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isFull } from '../support/fault-tools.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { InProcessRig } from '../rigs/in-process.js';
import { begin, beginnings, drawHistories, FEW, type Drawn } from './begin.js';
import { reckoning } from './commands.js';
import type { Happening } from './step.js';

const RUNS = Number(process.env.MODEL_RUNS ?? (isFull ? 40 : FEW));
const LIMIT_MS = isFull ? 3_600_000 : Math.max(240_000, RUNS * 10_000);
const MODELS = new Set(['./rules-model.js', './records.js', './words.js']);

const folder = temporaryFolder();
const { MODEL_PATH: path, MODEL_REPLAY: replayPath } = process.env;
const seed = process.env.MODEL_SEED ?? (isFull ? undefined : '1');

it.each(['promises-model.ts', 'rules-model.ts', 'records.ts', 'words.ts'])(
  '%s knows nothing of the program',
  (file) => {
    const source = readFileSync(new URL(file, import.meta.url), 'utf8');
    const imported = [...source.matchAll(/\b(?:from|import|require)\b *\(?'([^']*)'/g)];
    const others = imported.map(([, path]) => path).filter((path) => !MODELS.has(path ?? ''));
    expect(others).toEqual([]);
  },
);

it(
  'no one gets a challenge twice, without a reason or never',
  { timeout: LIMIT_MS + 60_000 },
  async () => {
    let last = Promise.resolve();
    const property = fc.asyncProperty(
      drawHistories(replayPath),
      beginnings,
      (history, drawn) => (last = run([...history, reckoning], drawn)),
    );
    try {
      await fc.assert(property, {
        numRuns: RUNS,
        interruptAfterTimeLimit: LIMIT_MS,
        ...(seed === undefined ? {} : { seed: Number(seed) }),
        ...(path === undefined ? {} : { path }),
      });
    } finally {
      // An interrupted one continues to its end.
      await last.catch(() => undefined);
    }
  },
);

async function run(history: readonly Happening[], drawn: Drawn): Promise<void> {
  const bridge = await InProcessRig.start(mkdtempSync(join(folder, 'run-')));
  try {
    const { model, world } = await begin(bridge, drawn, () => mkdtempSync(join(folder, 'other-')));
    await fc.asyncModelRun(() => ({ model, real: world }), history);
  } finally {
    await bridge.close();
  }
}
