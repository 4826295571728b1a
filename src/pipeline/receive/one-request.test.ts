/** How often the parser is called for what a connection sends. */
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { expect, it } from 'vitest';
import { serveOneByOne } from './one-request.js';

/** The slices that the parser gets of these bytes. */
function slicesOf(bytes: Buffer): Buffer[] {
  const slices: Buffer[] = [];
  const server = new EventEmitter();
  const socket = Object.assign(new EventEmitter(), { destroyed: false, isPaused: () => false });
  socket.on('data', (slice: Buffer) => slices.push(slice));
  serveOneByOne(server as unknown as Server, () => undefined);
  server.emit('connection', socket);
  socket.emit('data', bytes);
  return slices;
}

it.each(['\r\n', 'a\r\n\r\n'])('%j all over costs few calls, and loses nothing', (text) => {
  const bytes = Buffer.from(text.repeat(3_000));
  const slices = slicesOf(bytes);
  expect(Buffer.concat(slices)).toEqual(bytes);
  expect(slices.length).toBeLessThan(bytes.length / 60);
});

it('requests come a few at a time', () => {
  const request = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
  const slices = slicesOf(Buffer.from(request.repeat(100)));
  expect(Math.max(...slices.map(({ length }) => length))).toBeLessThan(4 * request.length);
});
