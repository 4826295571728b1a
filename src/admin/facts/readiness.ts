/** Whether the daemon is ready, and the codes that say why not, for the log and metrics. */
import { SECOND_MS } from '../../domain/clock.js';
import { AppError } from '../../domain/errors.js';
import type { App } from '../app.js';
import { findDiskTrouble } from './machine-facts.js';
import { listUnready } from './facts.js';

/** How long a check of the disk counts, however many requests ask in that time. */
const DISK_KNOWN_FOR_MS = SECOND_MS;

export class Readiness {
  /** The code of what is wrong with the disk; undefined if nothing is. */
  #disk: Promise<string | undefined> = Promise.resolve(undefined);
  #diskKnownUntilMs = -Infinity;
  /** The codes that were logged last. */
  #logged: string | undefined;

  constructor(
    private readonly app: App,
    private readonly isDraining: () => boolean,
  ) {}

  /**
   * Empty when the database accepts a write, the connections work, nothing waits too long and
   * nothing is draining. Logs the codes when they change. Writes nothing while all is well.
   */
  async unreadyReasons(): Promise<string[]> {
    const reasons = this.isDraining() ? ['draining'] : [];
    const disk = await this.#diskReason();
    if (disk !== undefined) reasons.push(disk);
    reasons.push(...new Set(listUnready(this.app).map(({ code }) => code)));
    this.#logIfChanged(reasons);
    return reasons;
  }

  #diskReason(): Promise<string | undefined> {
    const nowMs = performance.now();
    if (nowMs >= this.#diskKnownUntilMs) {
      this.#diskKnownUntilMs = nowMs + DISK_KNOWN_FOR_MS;
      this.#disk = findDiskReason(this.app);
    }
    return this.#disk;
  }

  #logIfChanged(reasons: string[]): void {
    const { log } = this.app;
    const codes = reasons.join(' ');
    if (codes === this.#logged) return;
    const isFirst = this.#logged === undefined;
    this.#logged = codes;
    // A start at which all is well is no change.
    if (isFirst && codes === '') return;
    if (codes === '') log.info({}, 'ready');
    else log.warn({ reasons: codes }, 'not ready');
  }
}

/** The code of what keeps the database from storing; undefined if nothing does. */
async function findDiskReason({ database, home, integration }: App): Promise<string | undefined> {
  const disk = findDiskTrouble(home.folder);
  if (disk?.code === 'storage_full') return disk.code;
  if (!database.isRefusing) return undefined;
  // A quota doesn't show in the free space: only a write tells whether there is room again.
  try {
    await database.write((tx) => {
      integration.touch(tx);
    });
    return undefined;
  } catch (error) {
    return error instanceof AppError ? error.code : 'storage_failed';
  }
}
