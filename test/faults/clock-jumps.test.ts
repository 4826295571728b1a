/**
 * The machine's clock jumps while the daemon works: nothing waits longer for it, no one is lost or
 * invited twice, and an admin is notified. libfaketime moves the clock of the real program; the
 * vendors' clocks stay right.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { check } from '../doctor/diagnosis.js';
import { hasTool } from '../support/fault-tools.js';
import type { ArmedFault } from '../../src/simulator/faults/fault-plan.js';
import { JumpingClock } from '../support/jumping-clock.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';

const HOUR_S = 3_600;
/** To the year 2038, after the last second that fits into 32 bits. */
const TO_2038_S = Math.ceil((Date.UTC(2038, 1, 1) - Date.now()) / 1_000);

const made: ProgramRig[] = [];
afterAll(() => Promise.all(made.map((live) => live.close())));

async function setUp(...more: string[]): Promise<ProgramRig> {
  const live = await ProgramRig.setUp(...more);
  made.push(live);
  return live;
}

/** The daemon on its own clock, and candidates at every point where something waits. */
class Jumps {
  private constructor(
    readonly live: ProgramRig,
    readonly clock: JumpingClock,
    readonly daemon: RunningDaemon,
  ) {}

  static async start(aheadSeconds = 0): Promise<Jumps> {
    const live = await setUp('--brake', 'off');
    live.environment.CODESUBMIT_SETTLE_SECONDS = '3';
    const clock = new JumpingClock(live.folder);
    clock.set(aheadSeconds);
    return new Jumps(live, clock, await live.serve([], clock.environment));
  }

  move(name: string): Promise<string> {
    return this.live.arrive(this.daemon, name);
  }

  async arrive(id: string): Promise<void> {
    this.live.move(id);
    expect(await this.live.deliver(this.daemon, id)).toBe(200);
  }

  /** CodeSubmit accepted it, and we don't know yet. */
  async loseReply(name: string): Promise<string> {
    const { faults } = this.live.simulator.codesubmit;
    faults.set({ kind: 'drop-after', when: 'after', method: 'POST', times: 1 });
    const id = await this.move(name);
    await this.live.untilState(id, 'uncertain');
    return id;
  }

  /** Lever fails when the link is written, until `leverReturns`. */
  async owe(name: string): Promise<string> {
    const id = this.live.candidate(name);
    this.#fail(`/v1/opportunities/${id}/addLinks`);
    await this.arrive(id);
    await eventually('a link waits', () =>
      new RegExp(`"opportunity":"${id}".*"msg":"write-back"`).test(this.daemon.output.stdout),
    );
    return id;
  }

  /** Lever fails when the candidate is read, until `leverReturns`. */
  async hint(name: string): Promise<string> {
    const id = this.live.candidate(name);
    const armed = this.#fail(`/v1/opportunities/${id}`);
    await this.arrive(id);
    // The first failure is stored by then.
    await eventually('a look waits', () => armed.hits > 1);
    return id;
  }

  #fail(route: string): ArmedFault {
    return this.live.simulator.lever.faults.set({ kind: '5xx', when: 'before', route });
  }

  leverReturns(): void {
    this.live.simulator.lever.faults.clear();
  }

  untilSwept(): Promise<string> {
    return eventually(
      'the first sweep',
      async () => (await this.live.status()).integration.lastSweepAt ?? undefined,
    );
  }

  expectOnce(ids: readonly string[]): void {
    for (const id of ids) expect(this.live.fateOf(id), id).toEqual({ invited: 1, links: 1 });
  }

  async problems(): Promise<string[]> {
    const { integration } = await this.live.status();
    return integration.problems.map(({ code }) => code);
  }
}

/** Mostly waiting, so they can run in parallel. */
describe.skipIf(!hasTool('faketime')).concurrent('the clock jumps', () => {
  const jumps: [what: string, aheadSeconds: number, words: RegExp][] = [
    ['an hour back', -HOUR_S, /(60 minutes|one hour) behind/],
    ['to 2038', TO_2038_S, /days ahead of/],
  ];

  it.each(jumps)('%s, and back again', async (_what, aheadSeconds, words) => {
    const jumps = await Jumps.start();
    await jumps.untilSwept();
    const ada = await jumps.move('Ada Fictional');
    await jumps.live.untilLinked(ada);
    const uncertain = await jumps.loseReply('Uncertain Fictional');
    const waiting = [
      uncertain,
      await jumps.owe('Owed Fictional'),
      await jumps.hint('Hint Fictional'),
    ];
    jumps.clock.set(aheadSeconds);
    const later = await jumps.move('Later Fictional');
    // Another opportunity of someone invited before the jump: the reuse days are not over because of it. In a calendar of
    // 2038, which is believed, they are, but CodeSubmit's list has the challenge.
    const { contact } = jumps.live.simulator.lever.opportunities.sight(ada, 0);
    const again = jumps.live.simulator.lever.actions.create({
      ...{ name: 'Ada Fictional', stageId: 'Phone screen', contactId: contact.id },
      tags: ['codesubmit:backend'],
    }).id;
    await jumps.arrive(again);
    const isKnown = /ignore: already_invited|CodeSubmit already has it/;
    await eventually('she is known', async () => {
      const { stdout } = await jumps.live.run('status', again, '--json');
      return isKnown.test(stdout);
    });
    jumps.leverReturns();
    for (const id of [...waiting, later]) await jumps.live.untilLinked(id);
    const lost = await jumps.loseReply('Lost Fictional');
    await jumps.live.untilLinked(lost);
    expect(await jumps.problems()).toContain('clock_off');
    expect((await jumps.live.run('status')).stdout).toMatch(words);
    jumps.clock.set(0);
    const last = await jumps.move('Last Fictional');
    await jumps.live.untilLinked(last);
    await eventually('the clock is right', async () =>
      (await jumps.problems()).includes('clock_off') ? undefined : true,
    );
    jumps.expectOnce([ada, ...waiting, later, lost, last]);
    await eventually(
      'both jumps are logged',
      () => jumps.daemon.output.stdout.match(/the clock jumped/g)?.length === 2,
    );
    expect((await jumps.daemon.kill('SIGTERM')).code).toBe(0);
  });

  it('while the daemon is down: what a wrong clock postponed is due at the next start', async () => {
    const jumps = await Jumps.start(TO_2038_S);
    await jumps.untilSwept();
    const waiting = [
      await jumps.loseReply('Uncertain Fictional'),
      await jumps.owe('Owed Fictional'),
    ];
    waiting.push(await jumps.hint('Hint Fictional'));
    await jumps.daemon.kill('SIGKILL');
    jumps.leverReturns();
    await jumps.live.serve();
    for (const id of waiting) await jumps.live.untilLinked(id);
    jumps.expectOnce(waiting);
  });

  it('and doctor, run on it, names the command that fixes it', async () => {
    const live = await setUp();
    const clock = new JumpingClock(live.folder);
    clock.set(-HOUR_S);
    Object.assign(live.environment, clock.environment);
    expect(await check(live, 'clock')).toMatchObject({
      status: 'fail',
      summary: expect.stringMatching(/(60 minutes|one hour) behind Lever/) as string,
      fix: expect.stringContaining('set-ntp true') as string,
    });
  });
});
