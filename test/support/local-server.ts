/** Servers of a test on free ports of this machine. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';

/** Listens on a free port, or on that one; resolves with its origin. */
export async function listen(server: Server, port = 0): Promise<string> {
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return originOf(server);
}

/** Of a server that listens. */
export function originOf(server: Server): string {
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

export async function closeServer(server: http.Server): Promise<void> {
  const done = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await done;
}

/** A body that is no text is sent as JSON. */
export type Answer = [status: number, body: unknown];

/** The clock of a recording server, as each answer's `Date` shows it. */
export const RECORDER_NOW = Date.UTC(2026, 8, 1, 10);

export type RecordingServer = Awaited<ReturnType<typeof openRecordingServer>>;

/** The vendor of a client's test: records what it is asked, and answers as the test says. */
export async function openRecordingServer(answerTo: (url: URL) => Answer) {
  const requests: { line: string; url: URL; headers: http.IncomingHttpHeaders; body: string }[] =
    [];
  const server = http.createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url: target = '', headers } = request;
      const url = new URL(target, originOf(server));
      requests.push({ line: `${method} ${target}`, url, headers, body });
      const [status, answer] = answerTo(url);
      response.setHeader('date', new Date(RECORDER_NOW).toUTCString());
      response.writeHead(status).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  return { origin: await listen(server), requests, close: () => closeServer(server) };
}
