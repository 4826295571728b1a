/**
 * A vendor that can't be reached at all: deliveries are still acknowledged and stored, and `status`
 * says what is wrong.
 */
import net from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { keptDeliveries } from '../rigs/home-file.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';
import { listen } from '../support/local-server.js';
import { VendorTap } from '../rigs/vendor-tap.js';

const PEOPLE = 40;

let live: ProgramRig;
const servers: net.Server[] = [];
const sockets = new Set<net.Socket>();
afterEach(async () => {
  await live.close();
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

function originOf(server: net.Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  return listen(server);
}

/** Accepts every connection and every byte, and never answers. */
const blackHole = () => originOf(net.createServer((socket) => socket.resume()));

it('deliveries are acknowledged at once while Lever is a black hole, and their work survives a kill', async () => {
  live = await ProgramRig.setUp('--brake', 'off');
  const { codesubmit } = live.simulator;
  const daemon = await live.serve([], { LEVER_API_URL: `${await blackHole()}/v1` });
  const ids = Array.from({ length: PEOPLE }, (_, index) => live.candidate(`Person ${index}`));
  for (const id of ids) live.move(id);
  for (const id of [...ids, ...ids]) {
    expect(await live.deliver(daemon, id)).toBe(200);
  }
  // No read has given up, so no answer has waited for one.
  expect([...sockets].filter((socket) => socket.closed)).toEqual([]);
  await daemon.kill('SIGKILL');
  expect(keptDeliveries(live.home).size).toBe(2 * PEOPLE);
  await live.serve();
  await eventually(
    'everyone was sent one challenge',
    () => codesubmit.invitations.length === PEOPLE,
  );
});

it.each(['lever', 'codesubmit'] as const)(
  'deliveries are answered while a reply of %s waits for them',
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
      },
    });
    await live.deliver(daemon, people[0]!);
    await held;
    expect(answers).toEqual(people.map(() => 200));
  },
);
