/** Who is let in, and who goes for it, when there are as many connections as there may be. */
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionLimit, MAX_CONNECTIONS } from './connection-limit.js';

let now = 0;
let limit: ConnectionLimit;
beforeEach(() => {
  now = 0;
  limit = new ConnectionLimit(() => now);
});

/** As much of a socket as the limit knows of. */
function arrive(): Socket {
  const socket = new PassThrough() as unknown as Socket;
  limit.admit(socket);
  return socket;
}

const fill = (): Socket[] => Array.from({ length: MAX_CONNECTIONS }, arrive);
const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

describe('with all connections taken', () => {
  it('a newcomer is turned away while all others have just come', () => {
    const others = fill();
    now = 1_999;
    expect(arrive().destroyed).toBe(true);
    expect(others.filter(({ destroyed }) => destroyed)).toEqual([]);
  });

  it('whoever was silent for the longest makes room', () => {
    const [first, second, third] = fill();
    limit.work(first!);
    now = 1_000;
    limit.rest(first!);
    now = 2_000;
    expect(arrive().destroyed).toBe(false);
    expect([first, second, third].map((socket) => socket?.destroyed)).toEqual([false, true, false]);
  });

  it('nobody goes whose request is worked on', () => {
    for (const socket of fill()) limit.work(socket);
    now = 60_000;
    expect(arrive().destroyed).toBe(true);
  });

  it('one that closes leaves its place to the next', async () => {
    const [first] = fill();
    first?.destroy();
    await closed(first!);
    expect(arrive().destroyed).toBe(false);
  });
});

it('connections are not kept once there are many, and are again when they have gone', async () => {
  const some = Array.from({ length: 101 }, arrive);
  expect(limit.isCrowded()).toBe(true);
  some[0]?.destroy();
  await closed(some[0]!);
  expect(limit.isCrowded()).toBe(false);
});
