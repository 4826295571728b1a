/** What a scrape of the metrics costs with a long history, compared within one run with a home that has none. */
import { afterAll, it } from 'vitest';
import { readState } from '../src/daemon/metrics/metrics-state.js';
import { Metrics } from '../src/daemon/metrics/metrics.js';
import { Readiness } from '../src/operate/problems/readiness.js';
import { BridgeOnDisk } from '../test/support/bridge-on-disk.js';
import { temporaryFolder } from '../test/support/temporary-folder.js';

const SENT = 100_000;
const ROUNDS = 50;

const folder = temporaryFolder();
const bridges = ['empty', 'full'].map((name) => new BridgeOnDisk(folder, name));
afterAll(() => bridges.forEach((bridge) => bridge.close()));

const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${SENT})`;

/** Sent, linked and decided long ago, every twentieth one held since. */
function fill({ app: { database } }: BridgeOnDisk): void {
  database.connection.exec(`
    ${numbers} INSERT INTO opportunities (id, stage_id, visit_at, moved_at, seen_at)
      SELECT 'person-' || i, 'stage', i, i, i FROM n;
    ${numbers} INSERT INTO deliveries (identity, event, opportunity_id, triggered_at, received_at, outcome)
      SELECT randomblob(32), 'candidateStageChange', 'person-' || i, i, i, 'look' FROM n;
    ${numbers} INSERT INTO decisions (opportunity_id, kind, reason, decided_at, last_seen_at, is_current)
      SELECT 'person-' || i, iif(i % 20, 'ignore', 'hold'), iif(i % 20, 'already_invited', 'near_tag'), i, i, 1
      FROM n;
    ${numbers} INSERT INTO invitations (opportunity_id, challenge_id, challenge_name, visit_stage_id, visit_at,
        email_hash, reuse_ms, state, promised_at, next_attempt_at, created_at, went_at, invited_at, linked_at, vendor_id)
      SELECT 'person-' || i, 'challenge', 'Backend', 'stage', i, randomblob(32), 1, 'linked', i, i, i, i, i, i, i
      FROM n;
    INSERT INTO writebacks (invitation_id, opportunity_id, kind, topic, state, due_at, created_at, done_at)
      SELECT id, opportunity_id, 'link', id, 'done', 1, 1, 1 FROM invitations;`);
}

it('a scrape', async () => {
  const [empty, full] = bridges as [BridgeOnDisk, BridgeOnDisk];
  fill(full);
  const metrics = new Metrics();
  const measured = new Map<BridgeOnDisk, number[]>(bridges.map((bridge) => [bridge, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [bridge, all] of measured) {
      const startedAt = performance.now();
      await metrics.show(await readState(bridge.app, new Readiness(bridge.app, () => false)));
      all.push(performance.now() - startedAt);
    }
  }
  const median = (bridge: BridgeOnDisk): number =>
    measured.get(bridge)!.sort((one, other) => one - other)[ROUNDS / 2]!;
  const figures = [median(empty), median(full)].map((ms) => `${ms.toFixed(1)} ms`);
  const ratio = (median(full) / median(empty)).toFixed(2);
  process.stderr.write(`a scrape: ${figures.join(', ')} with ${SENT} sent, ${ratio} ×\n`);
});
