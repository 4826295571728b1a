/** Lets a server listen, or says why it can't. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../domain/errors.js';

/** How many connections may wait to be accepted: Linux allows no more. Those above are delayed by a second and more. */
const BACKLOG = 4_096;

export interface Listening {
  host: string;
  port: number;
}

export type PortFlag = '--port' | '--metrics-port';

const WHY_NOT: Partial<Record<string, string>> = {
  EADDRINUSE: 'another program has that port',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not take that port',
  ENOTFOUND: 'that name has no address in DNS',
};

/** The technical words stand at the end. */
function refusal(
  { host, port }: Listening,
  flag: PortFlag,
  cause: NodeJS.ErrnoException,
): AppError {
  const { code = '', message } = cause;
  const why = WHY_NOT[code];
  const isOfHost = code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND';
  return new AppError(
    'conflict',
    `Can’t listen on ${host}:${String(port)}: ${why === undefined ? message : `${why} (${code})`}.`,
    `Choose another: codesubmit-lever serve ${isOfHost ? '--host HOST' : `${flag} PORT`}`,
    cause,
  );
}

/** Resolves with the port that was found when 0 was asked for. Throws `AppError` when the port is taken. */
export async function listenAt(
  server: FastifyInstance,
  { host, port }: Listening,
  flag: PortFlag = '--port',
): Promise<Listening> {
  try {
    await server.listen({ host, port, backlog: BACKLOG });
  } catch (error) {
    throw refusal({ host, port }, flag, error as NodeJS.ErrnoException);
  }
  const address = server.server.address() as AddressInfo;
  return { host, port: address.port };
}
