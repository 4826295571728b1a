/** Whether the daemon is ready, and the codes that say why not, for the log and metrics. */
import { SECOND_MS } from '../../domain/clock.js';
import type { Problem } from '../../domain/problem.js';
import { AppError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import type { Database } from '../../store/database/database.js';
import type { Home } from '../../store/home/home.js';
import type { IntegrationStore } from '../../store/integration-store.js';
import { findDiskTrouble } from './disk.js';

/** The disk is checked once per period, however many ask. */
const KNOWN_FOR_MS = SECOND_MS;

interface ReadinessDeps {
  database: Database;
  home: Home;
  integration: IntegrationStore;
  /** What waits too long, and the list of CodeSubmit that it waits for. */
  lateProblems: () => Problem[];
  log: Log;
}

export class Readiness {
  #disk: Promise<string | undefined> = Promise.resolve(undefined);
  #diskKnownUntilMs = -Infinity;
  #logged: string | undefined;

  constructor(
    private readonly deps: ReadinessDeps,
    private readonly isDraining: () => boolean,
    private readonly onChange: (reasons: readonly string[]) => void = () => undefined,
  ) {}

  /**
   * Empty when the database accepts a write, the connections work, nothing waits too long and
   * nothing is draining. Logs the codes when they change. Writes nothing while all is well.
   */
  async unreadyReasons(): Promise<string[]> {
    const reasons = this.isDraining() ? ['draining'] : [];
    const disk = await this.#diskReason();
    if (disk !== undefined) reasons.push(disk);
    reasons.push(...this.deps.integration.unreadyReasons());
    reasons.push(...new Set(this.deps.lateProblems().map(({ code }) => code)));
    this.#logIfChanged(reasons);
    return reasons;
  }

  #diskReason(): Promise<string | undefined> {
    const nowMs = performance.now();
    if (nowMs >= this.#diskKnownUntilMs) {
      this.#diskKnownUntilMs = nowMs + KNOWN_FOR_MS;
      this.#disk = findDiskReason(this.deps);
    }
    return this.#disk;
  }

  #logIfChanged(reasons: string[]): void {
    const { log } = this.deps;
    const codes = reasons.join(' ');
    if (codes === this.#logged) return;
    const isFirst = this.#logged === undefined;
    this.#logged = codes;
    this.onChange(reasons);
    if (isFirst && codes === '') return;
    if (codes === '') log.info({}, 'ready');
    else log.warn({ reasons: codes }, 'not ready');
  }
}

async function findDiskReason({
  database,
  home,
  integration,
}: {
  database: Database;
  home: Home;
  integration: IntegrationStore;
}): Promise<string | undefined> {
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
