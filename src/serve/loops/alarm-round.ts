/** The round that raises, resolves and posts alarms. */
import { backoffMs, type Clock } from '../../domain/clock.js';
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
import { alarmText, postText } from '../../net/alarm-webhook.js';
import { every, type LoopRuntime, type Round } from './work-loop.js';

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

interface Alarming extends WatchedProblems {
  runtime: { version: string };
  random: () => number;
}

/** Raises and resolves, then posts one. Normally each is posted once; twice after a crash between the post and its record. */
export function alarmRound(
  alarming: Alarming,
  { signal, isDraining }: Pick<LoopRuntime, 'signal' | 'isDraining'>,
): Round {
  const { database, configuration, clock, random, log, runtime } = alarming;
  const post = async (url: URL, due: DueFact): Promise<void> => {
    const posting = await postText(url, alarmText(due), { version: runtime.version, signal });
    // Recorded as soon as possible, so that it isn't posted again.
    await database.writeWithRetry((tx) => {
      if (posting.kind === 'taken') {
        settleTold(tx, due);
        return;
      }
      // Retried after any error, less and less often.
      const waitMs = backoffMs(due.attempts + 1, random(), posting.retryAfterMs);
      settleLater(tx, due, clock.now() + waitMs, posting.why);
    });
    const owes = due.is_over === 1 ? 'cured' : 'raised';
    log.info({ code: due.code, owes, outcome: posting.kind }, 'alarm');
  };
  return every(ALARM_POLL_MS, clock, {
    name: 'alarms',
    run: async () => {
      await watchAlarms(alarming);
      for (;;) {
        const url = configuration.current().alarmUrl;
        const due = url === null ? undefined : findDue(database, clock.now());
        if (url === null || due === undefined || isDraining()) return;
        await post(url, due);
      }
    },
  });
}
