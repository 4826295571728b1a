/**
 * Several daemons on one data directory: one serves, the others say so or wait, and a waiting one
 * continues where one was killed.
 */
import { afterEach, expect, it } from 'vitest';
import { isFull } from '../support/fault-tools.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, type RunningCommand } from '../rigs/program.js';

const ROUNDS = isFull ? 15 : 1;

let live: ProgramRig;
afterEach(() => live.close());

const serve = (...more: string[]) => live.start('serve', '--port', '0', ...more);
const says = ({ output }: RunningCommand, what: string) => output.stdout.includes(what);

/** The one that listens. */
function whoServes(daemons: readonly RunningCommand[]): Promise<RunningCommand> {
  return eventually('one serves', () => daemons.find((one) => says(one, '"listening"')));
}

async function endInOrder(daemon: RunningCommand): Promise<void> {
  daemon.process.kill('SIGTERM');
  expect((await daemon.ended).code).toBe(0);
}

it('of two started at once, one serves and the other ends with a sentence', async () => {
  live = await ProgramRig.setUp();
  for (let round = 0; round < ROUNDS; round += 1) {
    const both = [serve(), serve()];
    const winner = await whoServes(both);
    const [loser] = both.filter((one) => one !== winner);
    const end = await loser?.ended;
    expect(end?.code).toBe(1);
    expect(end?.stderr).toBe(
      `codesubmit-lever: Another daemon is already running on ${live.home}.\n` +
        '  → Stop it first, or wait for it: codesubmit-lever serve --wait-lock 30\n',
    );
    await endInOrder(winner);
  }
});

it('a waiting one continues at once when one is killed during its work', async () => {
  live = await ProgramRig.setUp('--brake', 'off');
  const { codesubmit } = live.simulator;
  let holder = serve();
  await whoServes([holder]);
  for (let round = 0; round < ROUNDS; round += 1) {
    const waiting = [serve('--wait-lock', '600'), serve('--wait-lock', '600')];
    for (const one of waiting) {
      await eventually('it waits', () => says(one, 'waiting for another daemon'));
    }
    const fault = codesubmit.faults.set({ method: 'POST', kind: 'black-hole', when: 'after' });
    const id = live.candidate(`Person ${String(round)}`);
    live.move(id);
    // A second start sweeps; so does any change of a rule.
    await live.run('pause', '--yes');
    await live.run('resume', '--yes');
    await eventually('the challenge is sent', () => fault.hits > 0);
    codesubmit.faults.clear();
    const killedAt = performance.now();
    await holder.kill();
    const next = await whoServes(waiting);
    const ms = performance.now() - killedAt;
    process.stderr.write(`taken over after ${Math.round(ms)} ms\n`);
    await live.untilLinked(id);
    expect(live.fateOf(id)).toEqual({ invited: 1, links: 1 });
    const [other] = waiting.filter((one) => one !== next);
    if (other) await endInOrder(other);
    holder = next;
  }
  await endInOrder(holder);
});
