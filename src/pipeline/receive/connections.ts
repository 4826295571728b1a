/**
 * Limits connections: how many are open, in all and per address, and what each may ask for at once.
 *
 * A new one displaces one without a request. Each has one request at a time, and the cost of one: Node parses all that a
 * connection has sent since the last turn of the event loop. 64 kilobytes contain thousands of requests, and everyone
 * else would wait for them.
 */
import type { RequestListener, Server, ServerResponse } from 'node:http';
import { BlockList, isIPv6, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

// The source address that connections are counted by.

/** A proxy or load balancer connects from these, for many clients at once. */
const PROXIES = new BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  PROXIES.addSubnet(network, prefix, 'ipv4');
}
PROXIES.addAddress('::1', 'ipv6');
PROXIES.addSubnet('fc00::', 7, 'ipv6');
PROXIES.addSubnet('fe80::', 10, 'ipv6');

const MAPPED_IPV4 = /^::ffff:(?=\d+\.)/i;
/** One subscriber usually has all addresses of such a network. */
const IPV6_GROUPS = 4;

/**
 * The IPv4 address, or the /64 network of an IPv6 address. Null for loopback and private peers,
 * whose address can't tell clients apart. Headers that name another address are ignored, because
 * anyone can write them.
 */
export function publicAddressOf(peer: string | undefined): string | null {
  if (peer === undefined) return null;
  const [address = ''] = peer.replace(MAPPED_IPV4, '').split('%');
  if (PROXIES.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return null;
  return isIPv6(address) ? networkOf(address) : address;
}

function networkOf(address: string): string {
  const [start = '', end] = address.split('::');
  const groups = start.split(':').filter((group) => group !== '');
  const last = end === undefined ? [] : end.split(':').filter((group) => group !== '');
  const zeros = Array<string>(8 - groups.length - last.length).fill('0');
  return [...groups, ...zeros, ...last].slice(0, IPV6_GROUPS).join(':');
}

// How many connections are open.

/** Each may hold a request's headers and a small body: about thirty megabytes in all. */
export const MAX_CONNECTIONS = 1_000;
/** Lever uses few. Loopback and private peers aren't limited: a proxy connects for everyone. */
export const MAX_PER_ADDRESS = 100;
/**
 * Above this no connection is kept for a second request, which would be served before those waiting
 * for their first.
 */
const BUSY_FROM = 100;

export class ConnectionLimit {
  #open = 0;
  readonly #openFrom = new Map<string, number>();
  readonly #addresses = new WeakMap<Socket, string | null>();
  /** Those that have sent no whole request yet, with their addresses; oldest first. */
  readonly #silent = new Map<Socket, string | null>();
  /** Those kept after a delivery, likewise: the next one may be on its way. */
  readonly #kept = new Map<Socket, string | null>();

  /** Whether answers must close their connections. */
  isBusy(): boolean {
    return this.#open > BUSY_FROM;
  }

  /** Accepts the connection or closes it. */
  admit(socket: Socket): void {
    const { remoteAddress } = socket;
    const address = publicAddressOf(remoteAddress);
    // Without an address it was reset while it waited. Answering it would delay those behind it.
    if (remoteAddress === undefined || !this.#hasRoomFor(address)) {
      socket.destroy();
      return;
    }
    this.#addresses.set(socket, address);
    this.#count(address, 1);
    this.#silent.set(socket, address);
    socket.once('close', () => {
      this.work(socket);
      this.#count(address, -1);
    });
  }

  /** A whole request arrived: the connection isn't closed until it is answered. */
  work(socket: Socket): void {
    this.#silent.delete(socket);
    this.#kept.delete(socket);
  }

  /** Its answer has left. */
  rest(socket: Socket): void {
    if (!socket.destroyed) this.#kept.set(socket, this.#addresses.get(socket) ?? null);
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

  /** Closes the one without a request for longest, kept ones last; false when there is none. */
  #closeOne(isMeant: (from: string | null) => boolean): boolean {
    for (const open of [this.#silent, this.#kept]) {
      for (const [socket, from] of open) {
        if (!isMeant(from)) continue;
        open.delete(socket);
        socket.destroy();
        return true;
      }
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
    if (limit.isBusy()) reply.header('connection', 'close');
  });
}

// One request at a time.

/** Parsed without checking the connection in between. No delivery is longer. */
const SLICE_BYTES = 1_024;
const BLANK_LINE = '\r\n\r\n';
/** Of a body. Shorter slices would let a stranger call the parser thousands of times with blank lines. */
const MIN_SLICE_BYTES = 64;
const [CR, LF] = [13, 10];
/** With its chunks' sizes, the longest body we read is shorter. */
const MAX_DELIVERY_BYTES = 512 * 1024;
/** What else may come on a connection before its next request. */
const MAX_OTHER_BYTES = 32 * 1024;

interface Connection {
  isBusy: boolean;
  bytesLeft: number;
}

/** Those whose client would send its next request on the same connection. */
const reusable = new WeakSet<ServerResponse>();

/**
 * Lets the client reuse its connection after this answer. Any other answer closes it. Node accepts
 * one new connection per turn of the event loop, so every connection that a stranger kept would be
 * served before the next.
 */
export function keepConnection(response: ServerResponse): void {
  response.shouldKeepAlive = reusable.has(response);
}

/**
 * HTTP clients and proxies reuse connections, but wait for the answer: a second request before it
 * closes the connection.
 */
export function serveOneByOne(server: Server, handle: RequestListener): void {
  const connections = new WeakMap<Socket, Connection>();
  server.on('connection', (socket: Socket) => {
    const connection = { isBusy: false, bytesLeft: MAX_OTHER_BYTES };
    connections.set(socket, connection);
    readInSlices(socket, connection);
  });
  const serve: RequestListener = (request, response) => {
    const { socket, method, headers } = request;
    const connection = connections.get(socket);
    if (!connection || connection.isBusy) {
      socket.destroy();
      return;
    }
    connection.isBusy = true;
    connection.bytesLeft = method === 'POST' ? MAX_DELIVERY_BYTES : MAX_OTHER_BYTES;
    response.once('close', () => (connection.isBusy = false));
    if (response.shouldKeepAlive) reusable.add(response);
    response.shouldKeepAlive = false;
    if (method === 'POST' || headers['transfer-encoding'] === undefined) {
      handle(request, response);
    } else {
      socket.pause();
      response.writeHead(405).end();
    }
  };
  server.on('request', serve);
  // Node would answer these itself, however many there are.
  server.on('checkExpectation', serve);
}

/** Sits between the socket and Node's parser, which would read everything at once. */
function readInSlices(socket: Socket, connection: Connection): void {
  const parsers = socket.listeners('data') as ((bytes: Buffer) => void)[];
  socket.removeAllListeners('data');
  socket.on('data', (bytes: Buffer) => {
    let rest = bytes;
    // A paused connection is closed after its answer, and nothing more of it is read.
    while (rest.length > 0 && !socket.destroyed && !socket.isPaused()) {
      const end = endOfSlice(rest, connection.isBusy ? MIN_SLICE_BYTES : newlinesAtStart(rest));
      for (const parse of parsers) parse.call(socket, rest.subarray(0, end));
      rest = rest.subarray(end);
      connection.bytesLeft -= end;
      if (connection.bytesLeft < 0) socket.destroy();
    }
  });
}

/** After the next request's headers, if they end early enough. `from`: no blank line is looked for before. */
function endOfSlice(bytes: Buffer, from: number): number {
  const blankLine = bytes.subarray(0, SLICE_BYTES).indexOf(BLANK_LINE, from);
  return blankLine === -1 ? Math.min(SLICE_BYTES, bytes.length) : blankLine + BLANK_LINE.length;
}

/** The parser skips them before a request. */
function newlinesAtStart(bytes: Buffer): number {
  let length = 0;
  while (length < SLICE_BYTES && (bytes[length] === CR || bytes[length] === LF)) length += 1;
  return length;
}
