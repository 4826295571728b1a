/**
 * Calls the admin's heartbeat address every minute while all is well. A monitor there notices silence: a dead daemon, a
 * dead machine, or a problem that needs a person, also one that no alarm could report.
 */
import { MINUTE_MS } from '../../domain/clock.js';
import type { App } from '../../admin/app.js';
import type { Readiness } from '../../admin/facts/readiness.js';
import { listFound, storeFound } from '../../store/facts.js';
import { callHeartbeat } from '../../net/alarm-webhook.js';
import { every, type Round } from './work-loop.js';

/** After this many failures it's a problem: a monitor may be down for a while, too. */
const MOST_FAILURES = 5;
/** The name of the round, and of the check that its problem is stored under. */
const CHECK = 'heartbeat';
const FAILING = { code: 'heartbeat_failing', subject: CHECK, vendor: null } as const;

export function heartbeatRound(app: App, readiness: Readiness, signal: AbortSignal): Round {
  const { database, configuration, clock, log, runtime } = app;
  let failures = 0;
  /** The last line logged: a minute later the same one says nothing new. */
  let logged = '';
  const logIfChanged = (msg: string, fields: Record<string, string>): void => {
    const line = JSON.stringify([msg, fields]);
    if (line === logged) return;
    logged = line;
    if (msg === 'heartbeat') log.info(fields, msg);
    else log.warn(fields, msg);
  };

  const run = async (): Promise<void> => {
    const url = configuration.current().heartbeatUrl;
    if (url === null) return;
    const troubles = await findTroubles(app, readiness);
    if (troubles.length > 0) {
      logIfChanged('heartbeat withheld', { problems: troubles.join(' ') });
      return;
    }
    const reply = await callHeartbeat(url, { version: runtime.version, signal });
    if (reply.kind === 'taken') {
      failures = 0;
      logIfChanged('heartbeat', { outcome: reply.kind });
      if (listFound(database).some(({ check_id: id }) => id === CHECK))
        await database.write((tx) => storeFound(tx, CHECK, [], clock.now()));
      return;
    }
    failures += 1;
    logIfChanged('heartbeat failed', { why: reply.why });
    // Stored once, at this failure; a call that is accepted ends it.
    if (failures !== MOST_FAILURES) return;
    const what = `The heartbeat address doesn’t accept calls (${reply.why})`;
    const fix = 'Enter it again: codesubmit-lever setup --heartbeat-url-file FILE';
    await database.write((tx) => storeFound(tx, CHECK, [{ ...FAILING, what, fix }], clock.now()));
  };
  return every(MINUTE_MS, clock, { name: CHECK, run });
}

/**
 * Codes of the problems that keep the daemon from working, or need a person; none when all is well. A failing heartbeat
 * itself doesn't withhold the heartbeat, or it could never be found working again.
 */
async function findTroubles({ problems }: App, readiness: Readiness): Promise<string[]> {
  const failures = problems().filter(
    ({ level, code }) => level === 'fail' && code !== FAILING.code,
  );
  const unready = await readiness.unreadyReasons();
  return [...new Set([...unready, ...failures.map(({ code }) => code)])];
}
