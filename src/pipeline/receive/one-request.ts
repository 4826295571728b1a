/**
 * Limits a connection to one request at a time, and to the cost of one. Node parses all that a
 * connection has sent since the last turn of the event loop: 64 kilobytes contain thousands of
 * requests, and everyone else would wait for them.
 */
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

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
