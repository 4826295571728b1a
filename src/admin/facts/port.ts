/** Who listens on a port of ours, and whether metrics are served there. */
import { createServer } from 'node:net';
import { nameOfPortOwner } from '../../store/home/port-owner.js';
import type { Settings } from '../../store/settings/settings.js';
import { connectionAgents } from '../../net/connection-agents.js';
import { sendRequest, WireFailure } from '../../net/send-request.js';
import { PREFIX } from '../metrics-endpoint.js';

/** The program on the daemon's port, while the daemon doesn't run; undefined when the port is free. */
export function findPortOwner({ host, port }: Settings): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'EADDRINUSE' ? nameOfPortOwner(port) : undefined);
    });
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

const CONNECT_MS = 2_000;
const TOTAL_MS = 10_000;
const MAX_BYTES = 1_000_000;

export async function areMetricsShown(url: URL, signal: AbortSignal): Promise<boolean> {
  const agents = connectionAgents(url, () => '', CONNECT_MS).reads;
  const limits = { totalMs: TOTAL_MS, connectMs: CONNECT_MS, maxBytes: MAX_BYTES, signal };
  try {
    const request = { method: 'GET', url, headers: {}, body: undefined, agents } as const;
    const { status, text } = await sendRequest({ ...request, ...limits });
    return status === 200 && text.includes(`${PREFIX}build_info`);
  } catch (error) {
    if (error instanceof WireFailure) return false;
    throw error;
  }
}
