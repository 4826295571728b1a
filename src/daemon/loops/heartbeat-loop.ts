/**
 * Calls the admin's heartbeat address every minute while all is well. A monitor there notices silence: a dead daemon, a
 * dead machine, or a problem that needs a person, also one that no alarm could report.
 */
import { MINUTE_MS, SECOND_MS, type Clock } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import { listProblems, type ProblemSources } from '../../operate/problems/list-problems.js';
import type { Readiness } from '../../operate/problems/readiness.js';
import { callHeartbeat } from '../../vendors/alarm-webhook.js';
import { makeRoundLoop, type RoundLoop } from './work-loop.js';

const POLL_MS = 2 * SECOND_MS;

export interface HeartbeatDeps {
  sources: ProblemSources & { clock: Clock; log: Log };
  readiness: Readiness;
  version: string;
  signal: AbortSignal;
}

/** The codes of what keeps the daemon from working, or needs a person; none when all is well. */
async function findTroubles({ sources, readiness }: HeartbeatDeps): Promise<string[]> {
  const failures = listProblems(sources).filter(({ level }) => level === 'fail');
  return [...(await readiness.unreadyReasons()), ...failures.map(({ code }) => code)];
}

export function makeHeartbeatLoop(deps: HeartbeatDeps): RoundLoop {
  const { configuration, clock, log } = deps.sources;
  let [nextAtMs, seenVersion, logged] = [-Infinity, -1, ''];
  const logIfChanged = (msg: string, fields: Record<string, string>): void => {
    const line = JSON.stringify([msg, fields]);
    if (line === logged) return;
    logged = line;
    if (msg === 'heartbeat') log.info(fields, msg);
    else log.warn(fields, msg);
  };
  return makeRoundLoop({
    name: 'heartbeat',
    pollMs: POLL_MS,
    isDue: () => {
      const isTime = clock.monotonicMs() >= nextAtMs || configuration.version() !== seenVersion;
      return isTime && configuration.current().heartbeatUrl !== null;
    },
    run: async () => {
      seenVersion = configuration.version();
      nextAtMs = clock.monotonicMs() + POLL_MS;
      const troubles = await findTroubles(deps);
      const url = configuration.current().heartbeatUrl;
      if (url === null) return;
      if (troubles.length > 0) {
        logIfChanged('heartbeat withheld', { problems: troubles.join(' ') });
        return;
      }
      nextAtMs = clock.monotonicMs() + MINUTE_MS;
      const reply = await callHeartbeat(url, deps);
      if (reply.kind === 'taken') logIfChanged('heartbeat', { outcome: 'taken' });
      else logIfChanged('heartbeat failed', { why: reply.why });
    },
    log,
  });
}
