/** Who listens on the daemon's port while the daemon doesn't run. */
import { createServer } from 'node:net';
import { nameOfPortOwner } from '../../store/home/port-owner.js';
import type { Settings } from '../../store/settings/settings.js';

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
