/** How often the parser is called for what a connection sends. */
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { expect, it } from 'vitest';
import { serveOneByOne } from './connections.js';

/** The slices that the parser gets of these bytes: a delivery's body, or before a request. */
function slicesOf(bytes: Buffer, isBody: boolean): Buffer[] {
  const slices: Buffer[] = [];
  const server = new EventEmitter();
  const socket = Object.assign(new EventEmitter(), { destroyed: false, isPaused: () => false });
  socket.on('data', (slice: Buffer) => slices.push(slice));
  serveOneByOne(server as unknown as Server, () => undefined);
  server.emit('connection', socket);
  const request = { socket, method: 'POST', headers: {} };
  if (isBody) server.emit('request', request, new EventEmitter());
  socket.emit('data', bytes);
  return slices;
}

it.each([
  ['newlines before a request', '\r\n', false],
  ['newlines in a body', '\r\n', true],
  ['blank lines in a body', 'a\r\n\r\n', true],
])('%s cost few calls, and none is lost', (_what, text, isBody) => {
  const bytes = Buffer.from(text.repeat(3_000));
  const slices = slicesOf(bytes, isBody);
  expect(Buffer.concat(slices)).toEqual(bytes);
  expect(slices.length).toBeLessThan(bytes.length / 60);
});

it('each request comes alone, however short its headers are', () => {
  const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  const slices = slicesOf(Buffer.from(request.repeat(100)), false);
  expect(new Set(slices.map(String))).toEqual(new Set([request]));
});
