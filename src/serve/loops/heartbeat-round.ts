/**
 * Calls the admin's heartbeat address every minute while all is well. A monitor there notices silence: a dead daemon, a
 * dead machine, or a problem that needs a person, also one that no alarm could report.
 */
import { MINUTE_MS, SECOND_MS, type Clock } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { Problem } from '../../domain/problem.js';
import type { Readiness } from '../../admin/facts/readiness.js';
import type { Database } from '../../store/database/database.js';
import type { LiveConfiguration } from '../../store/settings/configuration.js';
import { storeFound, listFound } from '../../store/facts.js';
import { callHeartbeat } from '../../net/alarm-webhook.js';
import type { Round } from './work-loop.js';

const RETRY_MS = 2 * SECOND_MS;
/** A monitor may be down for a while, too. */
const MOST_FAILURES = 5;
const CHECK = 'heartbeat';
const FAILING = { code: 'heartbeat_failing', subject: CHECK, vendor: null } as const;

interface HeartbeatDeps {
  sources: {
    database: Database;
    configuration: LiveConfiguration;
    problems: () => Problem[];
    clock: Clock;
    log: Log;
  };
  readiness: Readiness;
  version: string;
  signal: AbortSignal;
}

export function heartbeatRound(deps: HeartbeatDeps): Round {
  const heartbeat = new Heartbeat(deps);
  return { name: 'heartbeat', isDue: () => heartbeat.isDue(), run: () => heartbeat.beat() };
}

class Heartbeat {
  #nextAtMs = -Infinity;
  #seenVersion = -1;
  #failures = 0;
  #logged = '';

  constructor(private readonly deps: HeartbeatDeps) {}

  isDue(): boolean {
    const { configuration, clock } = this.deps.sources;
    const isTime =
      clock.monotonicMs() >= this.#nextAtMs || configuration.version() !== this.#seenVersion;
    return isTime && configuration.current().heartbeatUrl !== null;
  }

  async beat(): Promise<void> {
    const { configuration, clock } = this.deps.sources;
    this.#seenVersion = configuration.version();
    this.#nextAtMs = clock.monotonicMs() + RETRY_MS;
    const troubles = await this.#findTroubles();
    const url = configuration.current().heartbeatUrl;
    if (url === null) return;
    if (troubles.length > 0) {
      this.#logIfChanged('heartbeat withheld', { problems: troubles.join(' ') });
      return;
    }
    this.#nextAtMs = clock.monotonicMs() + MINUTE_MS;
    const reply = await callHeartbeat(url, this.deps);
    if (reply.kind === 'taken') await this.#noteTaken();
    else await this.#noteFailure(reply.why);
  }

  /** The codes of what keeps the daemon from working, or needs a person; none when all is well. */
  async #findTroubles(): Promise<string[]> {
    const { sources, readiness } = this.deps;
    const failures = sources
      .problems()
      .filter(({ level, code }) => level === 'fail' && code !== FAILING.code);
    return [
      ...new Set([...(await readiness.unreadyReasons()), ...failures.map(({ code }) => code)]),
    ];
  }

  async #noteTaken(): Promise<void> {
    const { database, clock } = this.deps.sources;
    this.#failures = 0;
    this.#logIfChanged('heartbeat', { outcome: 'taken' });
    if (listFound(database).every(({ check_id: id }) => id !== CHECK)) return;
    await database.write((tx) => {
      storeFound(tx, CHECK, [], clock.now());
    });
  }

  async #noteFailure(why: string): Promise<void> {
    const { database, clock } = this.deps.sources;
    this.#failures += 1;
    this.#logIfChanged('heartbeat failed', { why });
    if (this.#failures !== MOST_FAILURES) return;
    const what = `The heartbeat address doesn’t accept calls (${why})`;
    const fix = 'Enter it again: codesubmit-lever setup --heartbeat-url-file FILE';
    await database.write((tx) => {
      storeFound(tx, CHECK, [{ ...FAILING, what, fix }], clock.now());
    });
  }

  #logIfChanged(msg: string, fields: Record<string, string>): void {
    const { log } = this.deps.sources;
    const line = JSON.stringify([msg, fields]);
    if (line === this.#logged) return;
    this.#logged = line;
    if (msg === 'heartbeat') log.info(fields, msg);
    else log.warn(fields, msg);
  }
}
