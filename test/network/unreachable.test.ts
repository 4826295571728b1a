/** A vendor that doesn't answer: deliveries are acknowledged and stored meanwhile. */
import { afterEach, expect, it } from 'vitest';
import { keptDeliveries } from '../rigs/home-file.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';
import { VendorTap } from '../rigs/vendor-tap.js';

let live: ProgramRig;
afterEach(() => live.close());

it.each(['lever', 'codesubmit'] as const)(
  'deliveries are answered while a reply of %s waits for them, and their work survives a kill',
  async (vendor) => {
    live = await ProgramRig.start();
    const tap = await VendorTap.before(live, vendor);
    await live.setUp('--brake', 'off');
    const daemon = await live.serve();
    const people = Array.from({ length: 20 }, (_, index) => live.candidate(`Person ${index}`));
    for (const id of people) live.move(id);
    const answers: number[] = [];
    const reads = vendor === 'lever' ? people[0]! : '/external/candidates';
    const held = tap.arm({
      matches: ({ path }) => path.includes(reads),
      arrived: async () => {
        for (const id of people) answers.push(await live.deliver(daemon, id));
        await daemon.kill('SIGKILL');
      },
    });
    await live.deliver(daemon, people[0]!);
    await held;
    expect(answers).toEqual(people.map(() => 200));
    expect(keptDeliveries(live.home).size).toBe(people.length + 1);
    await live.serve();
    const { codesubmit } = live.simulator;
    await eventually('all got it', () => codesubmit.invitations.length === people.length);
    expect(codesubmit.invitationCounts().map(({ count }) => count)).toEqual(people.map(() => 1));
  },
);
