/** Which connection is accepted, and which is closed for it, at the connection limit. */
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionLimit, MAX_CONNECTIONS, MAX_PER_ADDRESS } from './connections.js';

const STRANGER = '203.0.113.7';

let limit: ConnectionLimit;
beforeEach(() => {
  limit = new ConnectionLimit();
});

/** The parts of a socket that the limit uses. */
function arrive(remoteAddress = '127.0.0.1'): Socket {
  const socket = Object.assign(new PassThrough(), { remoteAddress }) as unknown as Socket;
  limit.admit(socket);
  return socket;
}

const fill = (count: number, from?: string): Socket[] =>
  Array.from({ length: count }, () => arrive(from));
const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));
const destroyedOf = (sockets: readonly Socket[]): Socket[] =>
  sockets.filter(({ destroyed }) => destroyed);

describe('with all connections taken', () => {
  it('the one without a request for longest makes room, kept ones last', () => {
    const [first, second, third, ...others] = fill(MAX_CONNECTIONS);
    for (const socket of [second!, first!]) {
      limit.work(socket);
      limit.rest(socket);
    }
    const newcomer = arrive();
    expect(destroyedOf([first!, second!, third!, ...others, newcomer])).toEqual([third]);
    for (const socket of [...others, newcomer]) limit.work(socket);
    arrive();
    expect(destroyedOf([first!, second!, ...others, newcomer])).toEqual([second]);
  });

  it('none is closed whose request is being answered: the new one is', () => {
    const others = fill(MAX_CONNECTIONS);
    for (const socket of others) limit.work(socket);
    expect(arrive().destroyed).toBe(true);
    expect(destroyedOf(others)).toEqual([]);
  });

  it('one that closes makes room for the next', async () => {
    const others = fill(MAX_CONNECTIONS);
    for (const socket of others) limit.work(socket);
    others[0]?.destroy();
    await closed(others[0]!);
    expect(arrive().destroyed).toBe(false);
  });
});

describe('with many connections from one address', () => {
  it('a new one from there replaces another from there', () => {
    const [other] = fill(1, '203.0.113.8');
    const strangers = fill(MAX_PER_ADDRESS, STRANGER);
    expect(arrive(STRANGER).destroyed).toBe(false);
    expect(destroyedOf(strangers)).toEqual([strangers[0]]);
    expect(other?.destroyed).toBe(false);
  });

  it('a new one from there is closed while all others from there are being answered', () => {
    for (const socket of fill(MAX_PER_ADDRESS, STRANGER)) limit.work(socket);
    expect(arrive(STRANGER).destroyed).toBe(true);
    expect(arrive('203.0.113.8').destroyed).toBe(false);
  });

  it('closed ones no longer count', async () => {
    const strangers = fill(MAX_PER_ADDRESS, STRANGER);
    for (const socket of strangers) limit.work(socket);
    strangers[0]?.destroy();
    await closed(strangers[0]!);
    expect(arrive(STRANGER).destroyed).toBe(false);
  });

  it('a proxy has no such limit', () => {
    expect(destroyedOf(fill(MAX_PER_ADDRESS + 1, '10.0.0.1'))).toEqual([]);
  });
});

it('connections are not kept once there are many, and are again afterwards', async () => {
  const some = fill(101);
  expect(limit.isBusy()).toBe(true);
  some[0]?.destroy();
  await closed(some[0]!);
  expect(limit.isBusy()).toBe(false);
});

it('a connection that was reset before it was accepted is closed and takes no place', () => {
  const [first] = fill(MAX_CONNECTIONS);
  const reset = Object.assign(new PassThrough(), { remoteAddress: undefined }) as unknown as Socket;
  limit.admit(reset);
  expect(reset.destroyed).toBe(true);
  expect(first?.destroyed).toBe(false);
});
