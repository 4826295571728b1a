/** What a scrape of the metrics costs with a long history, compared within one run with a home that has none. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, it } from 'vitest';
import { Metrics } from '../src/serve/metrics.js';
import { watchReadiness } from '../src/serve/loops/trouble-rounds.js';
import { StoreRig } from '../test/rigs/store.js';
import { temporaryFolder } from '../test/support/temporary-folder.js';
import { median, printRow } from './row.js';

const FILL = fileURLToPath(new URL('fill.js', import.meta.url));
const SENT = 100_000;
const ROUNDS = 50;

const folder = temporaryFolder();
const bridges = ['empty', 'full'].map((name) => new StoreRig(folder, name));
afterAll(() => bridges.forEach((bridge) => bridge.close()));

it('a scrape', async () => {
  const [empty, full] = bridges as [StoreRig, StoreRig];
  execFileSync(process.execPath, [FILL, full.app.home.databaseFile, String(SENT)]);
  const metrics = new Metrics();
  const measured = new Map<StoreRig, number[]>(bridges.map((bridge) => [bridge, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [bridge, all] of measured) {
      const startedAt = performance.now();
      const reasons = await watchReadiness(bridge.app, () => false)();
      await metrics.show(bridge.app, reasons.length === 0);
      all.push(performance.now() - startedAt);
    }
  }
  const of = (bridge: StoreRig): number => median(measured.get(bridge)!);
  const figures = [of(empty), of(full)].map((ms) => `${ms.toFixed(1)} ms`).join(', ');
  const ratio = (of(full) / of(empty)).toFixed(2);
  printRow(`a scrape: ${SENT} sent against none`, '', `${ratio} (${figures})`);
});
