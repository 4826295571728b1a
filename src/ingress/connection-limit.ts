/** Bounds how many connections are open, in all and from one address: one without a request makes room for a newcomer. */
import type { FastifyInstance } from 'fastify';
import type { Socket } from 'node:net';
import { publicAddressOf } from './peer-address.js';

/** Each may hold a request's headers and a small body: some thirty megabytes in all. */
export const MAX_CONNECTIONS = 1_000;
/** Lever delivers over a few. Loopback and private peers have no such limit: a proxy connects for everyone. */
export const MAX_PER_ADDRESS = 100;
/**
 * From here on no connection is kept for a second request. One newcomer is accepted in each turn of the event loop, so
 * kept connections would be served before all who wait for theirs.
 */
const CROWDED = 100;

export class ConnectionLimit {
  #open = 0;
  readonly #openFrom = new Map<string, number>();
  /** Those without a request in hand, and where they come from; the longest without one first. */
  readonly #silent = new Map<Socket, string | null>();

  /** Whether answers must end their connections. */
  isCrowded(): boolean {
    return this.#open > CROWDED;
  }

  /** Accepts the connection or closes it. */
  admit(socket: Socket): void {
    const address = publicAddressOf(socket.remoteAddress);
    if (!this.#hasRoomFor(address)) {
      socket.destroy();
      return;
    }
    this.#count(address, 1);
    this.rest(socket);
    socket.once('close', () => {
      this.#silent.delete(socket);
      this.#count(address, -1);
    });
  }

  /** A whole request arrived: until its answer the connection isn't closed. */
  work(socket: Socket): void {
    this.#silent.delete(socket);
  }

  /** Its answer has left. */
  rest(socket: Socket): void {
    this.#silent.delete(socket);
    if (!socket.destroyed) this.#silent.set(socket, publicAddressOf(socket.remoteAddress));
  }

  #count(address: string | null, change: 1 | -1): void {
    this.#open += change;
    if (address === null) return;
    const open = (this.#openFrom.get(address) ?? 0) + change;
    if (open === 0) this.#openFrom.delete(address);
    else this.#openFrom.set(address, open);
  }

  #hasRoomFor(address: string | null): boolean {
    const isOverShare = address !== null && (this.#openFrom.get(address) ?? 0) >= MAX_PER_ADDRESS;
    if (isOverShare) return this.#closeOne((from) => from === address);
    return this.#open < MAX_CONNECTIONS || this.#closeOne(() => true);
  }

  /** Closes the one that has been without a request for longest; false when there is none. */
  #closeOne(isMeant: (from: string | null) => boolean): boolean {
    for (const [socket, from] of this.#silent) {
      if (!isMeant(from)) continue;
      this.#silent.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }
}

export function limitConnections(server: FastifyInstance): void {
  const limit = new ConnectionLimit();
  server.server.on('connection', (socket: Socket) => {
    limit.admit(socket);
  });
  server.addHook('preHandler', async ({ raw }, reply) => {
    limit.work(raw.socket);
    reply.raw.once('close', () => {
      limit.rest(raw.socket);
    });
  });
  server.addHook('onSend', async (_request, reply) => {
    if (limit.isCrowded()) reply.header('connection', 'close');
  });
}
