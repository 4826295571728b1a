// A server that receives webhooks and lets a test wait for them.
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  headers: IncomingHttpHeaders;
  path: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test reads any shape
  body: any;
}

/** Answers the statuses given, one a request, the last of them for ever; 0 = never answers. */
export async function startWebhookReceiver(...statuses: number[]) {
  const received: Received[] = [];
  const arrivals = new EventEmitter();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = statuses[Math.min(received.length, statuses.length - 1)] ?? 200;
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      received.push({ headers: request.headers, path: request.url ?? '', body });
      if (status !== 0) response.writeHead(status, { location: '/elsewhere' }).end();
      arrivals.emit('arrival');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    /** Resolves once `count` requests have arrived. */
    async waitFor(count: number): Promise<Received[]> {
      while (received.length < count) await once(arrivals, 'arrival');
      return received;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
