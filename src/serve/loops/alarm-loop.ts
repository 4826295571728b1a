/** The daemon's loop that raises, resolves and posts alarms. */
import { backoffMs, type Clock, type Timers } from '../../domain/clock.js';
import { AppError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import type { Problem } from '../../domain/problem.js';
import { noteAbility } from '../../admin/facts/work-facts.js';
import type { Database } from '../../store/database/database.js';
import type { LiveConfiguration } from '../../store/settings/configuration.js';
import {
  findDue,
  follow,
  settleLater,
  settleTold,
  type DueFact,
  type WrongFact,
} from '../../store/facts.js';
import type { IntegrationStore } from '../../store/integration-store.js';
import { alarmText, postText, type Posting } from '../../net/alarm-webhook.js';
import { WorkLoop } from './work-loop.js';

const ALARM_POLL_MS = 2_000;

interface WatchedProblems {
  database: Database;
  integration: IntegrationStore;
  configuration: LiveConfiguration;
  problems: () => Problem[];
  clock: Clock;
  log: Log;
}

/** One look. A data directory that isn't in use has no alarms. */
export async function watchAlarms(watched: WatchedProblems): Promise<void> {
  const { database, integration, problems, clock, log } = watched;
  if (!integration.isInUse()) return;
  await noteAbility(watched);
  const { raised, cured } = await follow(
    database,
    problems().filter(({ isAlarm }) => isAlarm),
    clock.now(),
  );
  for (const fact of raised) log.warn(wordsOf(fact), 'alarm raised');
  for (const fact of cured) log.info(wordsOf(fact), 'alarm cured');
}

function wordsOf({ code, subject, what, fix }: WrongFact): Record<string, string> {
  return { code, subject, what, fix };
}

export interface AlarmLoopDeps extends WatchedProblems {
  runtime: { version: string };
  random: () => number;
}

/** Looks for alarms to raise and resolve before claiming those to post. */
export function makeAlarmLoop(
  deps: AlarmLoopDeps,
  { signal, timers }: { signal: AbortSignal; timers: Timers },
): WorkLoop<DueFact> {
  const { database, configuration, clock, random, log, runtime } = deps;
  /** Retried after any error, less and less often. */
  const later = (due: DueFact, why: string, retryAfterMs?: number): Promise<void> => {
    const dueAt = clock.now() + backoffMs(due.attempts + 1, random(), retryAfterMs);
    return database.write((tx) => settleLater(tx, due, dueAt, why));
  };
  return new WorkLoop({
    name: 'alarms',
    concurrency: 1,
    pollMs: ALARM_POLL_MS,
    timers,
    /** One at a time: what is being posted doesn't change. */
    claim: async (_limit, underWay) => {
      if (underWay.size > 0) return [];
      await watchAlarms(deps);
      if (configuration.current().alarmUrl === null) return [];
      const due = findDue(database, clock.now());
      return due ? [due] : [];
    },
    keyOf: ({ code, subject }) => `${code} ${subject}`,
    /** Normally each alarm is posted once; twice after a crash between the post and its record. */
    handle: async (due) => {
      const url = configuration.current().alarmUrl;
      if (url === null) return;
      const { version } = runtime;
      const posting: Posting = await postText(url, alarmText(due), { version, signal });
      const owes = due.is_over === 1 ? 'cured' : 'raised';
      log.info({ code: due.code, owes, outcome: posting.kind }, 'alarm');
      if (posting.kind === 'refused') return later(due, posting.why, posting.retryAfterMs);
      // Recorded as soon as possible, so that it isn't posted again.
      return database.writeWithRetry((tx) => settleTold(tx, due));
    },
    release: (due, error) =>
      later(due, error instanceof AppError ? error.message : 'an unexpected error'),
    log,
  });
}
