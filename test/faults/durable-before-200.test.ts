/** A delivery is on disk before its 200: every connection is synchronous, and the fsyncs are counted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { hasTool } from '../support/fault-tools.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';

const DELIVERIES = 40;

let live: ProgramRig;
afterEach(() => live.close());

it.skipIf(!hasTool('strace'))(
  'fsync happens at least once for each delivery answered in sequence',
  async () => {
    live = await ProgramRig.setUp();
    const trace = join(live.folder, 'trace');
    const strace = ['strace', '-f', '-qq', '-e', 'trace=fsync,fdatasync', '-o', trace];
    const daemon = await live.serve(strace);
    const count = (): number => readFileSync(trace, 'utf8').match(/f(?:data)?sync\(/g)?.length ?? 0;
    const id = live.candidate('Nobody Elsewhere', 'Phone screen', []);
    const before = count();
    for (let index = 0; index < DELIVERIES; index += 1) {
      expect(await live.deliver(daemon, id, Date.now() + index)).toBe(200);
    }
    const after = await eventually('the trace is written', () => {
      const now = count();
      return now - before >= DELIVERIES ? now : undefined;
    });
    expect(after - before).toBeGreaterThanOrEqual(DELIVERIES);
  },
);

it('kill -9 loses nothing that was answered, and the next daemon starts at once', async () => {
  live = await ProgramRig.setUp();
  const first = await live.serve();
  const ids = Array.from({ length: 12 }, (_, index) => live.candidate(`Person ${index} Example`));
  for (const id of ids) live.move(id);
  const answers = await Promise.all(ids.map((id) => live.deliver(first, id)));
  expect(new Set(answers)).toEqual(new Set([200]));
  await first.kill('SIGKILL');
  const second = await live.serve();
  await eventually('everyone is settled', async () => {
    const { counts } = await live.status();
    const settled = (counts.linked ?? 0) + (counts.uncertain ?? 0);
    return settled === ids.length;
  });
  const invited = live.simulator.codesubmit.invitationCounts();
  for (const { count } of invited) expect(count).toBe(1);
  const { code } = await second.kill('SIGTERM');
  expect(code).toBe(0);
});
