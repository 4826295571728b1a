/** Who listens on the daemon's port. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Settings } from '../../store/settings/settings.js';

/**
 * The program on the daemon's port, while the daemon doesn't run; undefined when the port is free, or when listening
 * fails for another reason.
 */
export function findPortOwner({ host, port }: Settings): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'EADDRINUSE' ? nameOfPortOwner(port) : undefined);
    });
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

/** The state of a listening socket in `/proc/net/tcp`. */
const LISTENING = '0A';

/** Names the program: `nginx (process 812)` where Linux shows it to this user, else `another program`. */
export function nameOfPortOwner(port: number): string {
  try {
    const socket = socketOf(port);
    const pid = socket === undefined ? undefined : processWith(socket);
    if (pid === undefined) return 'another program';
    return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`;
  } catch {
    // Only Linux has these tables, and the process may have ended.
    return 'another program';
  }
}

/**
 * The socket that listens on the port, as links in `/proc` name it. The tables show addresses in hex, the port last.
 */
function socketOf(port: number): string | undefined {
  const address = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')}$`);
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n')) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (address.test(local) && state === LISTENING) return `socket:[${inode}]`;
    }
  }
  return undefined;
}

/** The id of the process that has the socket open; undefined if this user may see none. */
function processWith(socket: string): string | undefined {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.find((pid) => {
    try {
      const folder = `/proc/${pid}/fd`;
      return readdirSync(folder).some((fd) => readlinkSync(`${folder}/${fd}`) === socket);
    } catch {
      // Another user's process, or one that has ended.
      return false;
    }
  });
}
