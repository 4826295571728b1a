/** Opens a data directory once its disk accepts a write. Until then a small server answers. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { SECOND_MS } from '../domain/clock.js';
import { AppError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import {
  addHealth,
  answer,
  answerNotNow,
  createBaseServer,
  listenAt,
  type Listening,
} from '../pipeline/receive/base-server.js';
import { Database } from '../storage/database/database.js';
import type { Environment } from '../storage/home/environment.js';
import type { Home } from '../storage/home/home.js';
import { SettingsStore } from '../storage/settings/settings-store.js';
import { effectiveSettings } from '../storage/settings/settings.js';

// The server of a daemon whose data directory can't be opened yet: alive, not ready, and Lever must
// retry its deliveries.

/**
 * The path of the public address is stored in the data directory, so it may or may not precede
 * these.
 */
const KNOWN_PATH = /^.*(?=\/(?:healthz|readyz)(?:\?|$))/;
const WEBHOOK = /\/webhooks\//;

function createWaitingServer(): FastifyInstance {
  const server = createBaseServer((url) => url.replace(KNOWN_PATH, ''));
  addHealth(server, async () => false);
  server.setErrorHandler((_error, _request, reply) => answerNotNow(reply));
  server.setNotFoundHandler((request, reply) =>
    WEBHOOK.test(request.url) ? answerNotNow(reply) : answer(reply, 404, 'Not found'),
  );
  return server;
}

const RETRY_MS = SECOND_MS;

export interface PatientOpening<T> {
  open: () => Promise<T>;
  /** Where to listen while waiting. */
  listen: () => Listening;
  /** Called once, when it begins to wait and answers at that address. */
  onWaiting: () => void;
  log: Log;
  /** Ends the wait. */
  signal: AbortSignal;
}

/** The result of `open`, or undefined when the signal came first. Throws its other failures. */
export async function waitForDisk<T>(opening: PatientOpening<T>): Promise<T | undefined> {
  let server: FastifyInstance | undefined;
  const isEnded = (): boolean => opening.signal.aborted;
  try {
    while (!isEnded()) {
      try {
        return await opening.open();
      } catch (error) {
        if (isEnded()) return undefined;
        if (!(error instanceof AppError) || error.code !== 'storage_full') throw error;
        server ??= await openWaitingServer(opening, error);
        await delay(RETRY_MS, undefined, { signal: opening.signal }).catch(() => undefined);
      }
    }
    return undefined;
  } finally {
    await server?.close();
  }
}

async function openWaitingServer<T>(
  opening: PatientOpening<T>,
  reason: AppError,
): Promise<FastifyInstance> {
  const server = createWaitingServer();
  const address = await listenAt(server, opening.listen());
  opening.log.warn({ ...address, error: reason.message }, 'waiting for the disk');
  opening.onWaiting();
  return server;
}

/** Where setup said to listen, or the default if the disk doesn't allow reading that. */
export function findListening(home: Home, env: Environment): Listening {
  const { host, port } = effectiveSettings(readStored(home), env);
  return { host, port };
}

function readStored(home: Home): ReturnType<SettingsStore['load']> {
  let database: Database | undefined;
  try {
    database = new Database(home.databaseFile, { isAlone: true });
    return new SettingsStore(database).load();
  } catch (error) {
    if (error instanceof AppError) return {};
    throw error;
  } finally {
    database?.close();
  }
}
