/** Opens a home as soon as its disk takes a write; until then the door says so to whoever asks. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Environment } from '../config/environment.js';
import type { Home } from '../config/home.js';
import { SettingsRows } from '../config/settings-rows.js';
import { effectiveSettings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { SECOND_MS } from '../domain/clock.js';
import { AppError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { createWaitingServer } from '../ingress/waiting-server.js';
import { listenAt, type Listening } from './listen-at.js';

const RETRY_MS = SECOND_MS;

export interface PatientOpening<T> {
  open: () => Promise<T>;
  /** Where to listen while waiting. */
  listen: () => Listening;
  log: Log;
  /** Ends the waiting. */
  signal: AbortSignal;
}

/** Resolves with what `open` gives, or undefined when the signal came first. Throws what else `open` fails with. */
export async function openPatiently<T>(opening: PatientOpening<T>): Promise<T | undefined> {
  let door: FastifyInstance | undefined;
  const isEnded = (): boolean => opening.signal.aborted;
  try {
    while (!isEnded()) {
      try {
        return await opening.open();
      } catch (error) {
        if (isEnded()) return undefined;
        if (!(error instanceof AppError) || error.code !== 'storage_full') throw error;
        door ??= await openDoor(opening, error);
        await delay(RETRY_MS, undefined, { signal: opening.signal }).catch(() => undefined);
      }
    }
    return undefined;
  } finally {
    await door?.close();
  }
}

async function openDoor<T>(opening: PatientOpening<T>, reason: AppError): Promise<FastifyInstance> {
  const door = createWaitingServer();
  const address = await listenAt(door, opening.listen());
  opening.log.warn({ ...address, error: reason.message }, 'waiting for the disk');
  return door;
}

/** Where setup said to listen, or the default where the disk doesn't even let that be read. */
export function findListening(home: Home, env: Environment): Listening {
  const { host, port } = effectiveSettings(readStored(home), env);
  return { host, port };
}

function readStored(home: Home): ReturnType<SettingsRows['load']> {
  let database: Database | undefined;
  try {
    database = new Database(home.databaseFile, { isAlone: true });
    return new SettingsRows(database).load();
  } catch (error) {
    if (error instanceof AppError) return {};
    throw error;
  } finally {
    database?.close();
  }
}
