/** Bounds the connections of a door: whoever has long been silent makes room, else the newcomer is turned away. */
import type { FastifyInstance } from 'fastify';
import type { Socket } from 'node:net';

/** Each may hold a request's headers and a small body: some thirty megabytes in all. */
export const MAX_CONNECTIONS = 1_000;
/**
 * From here on no connection is kept for a second request. One newcomer is let in for each round over all who have a
 * request, so that whoever keeps a connection would go before all who wait for theirs.
 */
const CROWDED = 100;
/** A delivery is sent at once; a connection that has brought no whole request for so long may be closed for another. */
const PATIENCE_MS = 2_000;

export class ConnectionLimit {
  #open = 0;
  /** Those that have no request in hand, with the time of their last answer or of their coming; the oldest first. */
  readonly #silent = new Map<Socket, number>();

  constructor(private readonly nowMs: () => number) {}

  /** Whether answers must end their connections. */
  isCrowded(): boolean {
    return this.#open > CROWDED;
  }

  /** Takes the connection in or closes it. */
  admit(socket: Socket): void {
    if (this.#open >= MAX_CONNECTIONS && !this.#makeRoom()) {
      socket.destroy();
      return;
    }
    this.#open += 1;
    this.rest(socket);
    socket.once('close', () => {
      this.#silent.delete(socket);
      this.#open -= 1;
    });
  }

  /** A whole request is there: until its answer the connection is nobody's to close. */
  work(socket: Socket): void {
    this.#silent.delete(socket);
  }

  /** Its answer has left. */
  rest(socket: Socket): void {
    this.#silent.delete(socket);
    if (!socket.destroyed) this.#silent.set(socket, this.nowMs());
  }

  #makeRoom(): boolean {
    const [oldest] = this.#silent;
    if (!oldest || this.nowMs() - oldest[1] < PATIENCE_MS) return false;
    this.#silent.delete(oldest[0]);
    oldest[0].destroy();
    return true;
  }
}

export function limitConnections(server: FastifyInstance): void {
  const limit = new ConnectionLimit(() => performance.now());
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
