/** The round that raises, resolves and posts alarms. */
import { backoffMs } from '../../domain/clock.js';
import type { App } from '../../admin/app.js';
import { recordAbility } from '../../admin/facts/work-facts.js';
import {
  findDue,
  updateAlarms,
  tellLater,
  markTold,
  type DueFact,
  type WrongFact,
} from '../../store/facts.js';
import { alarmText, postText } from '../../net/alarm-webhook.js';
import { every, type LoopRuntime, type Round } from './work-loop.js';

const ALARM_POLL_MS = 2_000;

/** Finds what is wrong, and raises and ends alarms. A data directory that isn't in use has none. */
export async function watchAlarms(app: App): Promise<void> {
  const { database, integration, problems, clock, log } = app;
  if (!integration.isInUse()) return;
  await recordAbility(app);
  const { raised, cured } = await updateAlarms(
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

/** Raises and ends alarms, then posts one. A post is repeated only after a crash between the post and its record. */
export function alarmRound(
  app: App,
  { signal, draining }: Pick<LoopRuntime, 'signal' | 'draining'>,
): Round {
  const { database, configuration, clock, random, log, runtime } = app;
  const post = async (url: URL, due: DueFact): Promise<void> => {
    const posting = await postText(url, alarmText(due), { version: runtime.version, signal });
    // Record it as soon as possible, so that it isn't posted again.
    await database.writeWithRetry((tx) => {
      if (posting.kind === 'taken') {
        markTold(tx, due);
        return;
      }
      // Retry after any error, less and less often.
      const waitMs = backoffMs(due.attempts + 1, random(), posting.retryAfterMs);
      tellLater(tx, due, clock.now() + waitMs, posting.why);
    });
    // Which of the two messages about this alarm was due.
    const owes = due.is_over === 1 ? 'cured' : 'raised';
    log.info({ code: due.code, owes, outcome: posting.kind }, 'alarm');
  };
  return every(ALARM_POLL_MS, clock, {
    name: 'alarms',
    run: async () => {
      await watchAlarms(app);
      for (;;) {
        // One post after the other, read again each time: the address or the alarm may have changed.
        const url = configuration.current().alarmUrl;
        const due = url === null ? undefined : findDue(database, clock.now());
        if (url === null || due === undefined || draining.aborted) return;
        await post(url, due);
      }
    },
  });
}
