/** `status --json` matches docs/schemas/status.json in every state of the integration. */
import { afterEach, expect, it } from 'vitest';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import type { StatusReport } from '../../src/admin/status.js';
import { misfits } from '../docs/report-schemas.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';

let live: ProgramRig;
afterEach(() => live.close());

async function read(): Promise<StatusReport> {
  const report = await live.status();
  expect(misfits('status', report)).toEqual([]);
  return report;
}

it('matches from before setup until after revoke', async () => {
  live = await ProgramRig.start();
  expect((await read()).integration.state).toBe('not_set_up');
  await live.setUp();
  const id = live.candidate('Ada Schema');
  live.move(id);
  live.move(live.candidate('Bo Nearmiss', 'Phone screen', ['codesubmit:backnd']));
  const daemon = await live.serve();
  await eventually('one is linked and one is held', async () => {
    const { counts } = await read();
    return counts['linked'] === 1 && counts['held'] === 1;
  });
  await daemon.kill('SIGTERM');
  const { integration, invitations, held } = await read();
  expect([integration.state, invitations.length, held.length]).toEqual(['active', 1, 1]);
  await live.run('pause', '--yes');
  expect((await read()).integration.state).toBe('paused');
  await live.run('revoke', '--yes');
  expect((await read()).integration.state).toBe('revoked');
});

it('matches while a login or key is rejected', async () => {
  live = await ProgramRig.setUp();
  live.simulator.lever.access.revoke(seedLeverApiKey);
  await live.serve();
  const { problems } = await eventually('the key is found rejected', async () => {
    const { integration } = await read();
    return integration.state === 'needs_reauth' ? integration : undefined;
  });
  expect(problems.map(({ code }) => code)).toContain('needs_reauth');
});
