/** Lets a server listen, or says why it can't. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../domain/errors.js';

/** How many connections may wait to be taken in; those above are delayed by their own system by a second and more. */
const BACKLOG = 2_048;

export interface Listening {
  host: string;
  port: number;
}

export type PortFlag = '--port' | '--metrics-port';

/** Resolves with the port that was found when 0 was asked for. Throws `AppError` when the port is taken. */
export async function listenAt(
  server: FastifyInstance,
  { host, port }: Listening,
  flag: PortFlag = '--port',
): Promise<Listening> {
  try {
    await server.listen({ host, port, backlog: BACKLOG });
  } catch (error) {
    throw new AppError(
      'conflict',
      `Can’t listen on ${host}:${String(port)}: ${error instanceof Error ? error.message : ''}`,
      `Choose another: codesubmit-lever serve ${flag} PORT`,
      error,
    );
  }
  const address = server.server.address() as AddressInfo;
  return { host, port: address.port };
}
