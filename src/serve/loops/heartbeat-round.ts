/**
 * Calls the admin's heartbeat address every minute while all is well. A monitor there notices silence: a dead daemon, a
 * dead machine, or a problem that needs a person, also one that no alarm could report.
 */
import { MINUTE_MS, SECOND_MS } from '../../domain/clock.js';
import type { App } from '../../admin/app.js';
import type { Readiness } from '../../admin/facts/readiness.js';
import { storeFound, listFound } from '../../store/facts.js';
import { callHeartbeat } from '../../net/alarm-webhook.js';
import type { Round } from './work-loop.js';

const RETRY_MS = 2 * SECOND_MS;
/** A monitor may be down for a while, too. */
const MOST_FAILURES = 5;
const CHECK = 'heartbeat';
const FAILING = { code: 'heartbeat_failing', subject: CHECK, vendor: null } as const;

export function heartbeatRound(app: App, readiness: Readiness, signal: AbortSignal): Round {
  const heartbeat = new Heartbeat(app, readiness, signal);
  return { name: 'heartbeat', isDue: () => heartbeat.isDue(), run: () => heartbeat.beat() };
}

class Heartbeat {
  #nextAtMs = -Infinity;
  #seenVersion = -1;
  #failures = 0;
  #logged = '';

  constructor(
    private readonly app: App,
    private readonly readiness: Readiness,
    private readonly signal: AbortSignal,
  ) {}

  isDue(): boolean {
    const { configuration, clock } = this.app;
    const isTime =
      clock.monotonicMs() >= this.#nextAtMs || configuration.version() !== this.#seenVersion;
    return isTime && configuration.current().heartbeatUrl !== null;
  }

  async beat(): Promise<void> {
    const { configuration, clock } = this.app;
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
    const reply = await callHeartbeat(url, {
      version: this.app.runtime.version,
      signal: this.signal,
    });
    if (reply.kind === 'taken') await this.#noteTaken();
    else await this.#noteFailure(reply.why);
  }

  /** The codes of what keeps the daemon from working, or needs a person; none when all is well. */
  async #findTroubles(): Promise<string[]> {
    const failures = this.app
      .problems()
      .filter(({ level, code }) => level === 'fail' && code !== FAILING.code);
    return [
      ...new Set([...(await this.readiness.unreadyReasons()), ...failures.map(({ code }) => code)]),
    ];
  }

  async #noteTaken(): Promise<void> {
    const { database, clock } = this.app;
    this.#failures = 0;
    this.#logIfChanged('heartbeat', { outcome: 'taken' });
    if (listFound(database).every(({ check_id: id }) => id !== CHECK)) return;
    await database.write((tx) => {
      storeFound(tx, CHECK, [], clock.now());
    });
  }

  async #noteFailure(why: string): Promise<void> {
    const { database, clock } = this.app;
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
    const { log } = this.app;
    const line = JSON.stringify([msg, fields]);
    if (line === this.#logged) return;
    this.#logged = line;
    if (msg === 'heartbeat') log.info(fields, msg);
    else log.warn(fields, msg);
  }
}
