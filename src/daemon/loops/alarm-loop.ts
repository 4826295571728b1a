/** The daemon's loop that raises, resolves and posts alarms. */
import { backoffMs, type Clock, type Timers } from '../../domain/clock.js';
import { AppError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import type { Problem } from '../../domain/problem.js';
import { noteAbility } from '../../operate/problems/waiting-problems.js';
import type { Database } from '../../storage/database/database.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { AlarmFact, AlarmStore, OwedAlarm } from '../../storage/state/alarm-store.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import { alarmText, postText, type Posting } from '../../vendors/alarm-webhook.js';
import { WorkLoop } from './work-loop.js';

// Turns problems into alarms: the one list of problems decides what is raised and resolved.

/** Warnings that would go unseen without an alarm. */
const TOLD_WARNINGS = new Set(['login_ending', 'link_not_found']);

function isAlarm({ level, code }: Problem): boolean {
  return level === 'fail' || TOLD_WARNINGS.has(code);
}

function toFact({ code, subject = '', what, fix }: Problem): AlarmFact {
  return { code, subject, what, fix };
}

interface WatchedProblems {
  database: Database;
  integration: IntegrationStore;
  configuration: LiveConfiguration;
  problems: () => Problem[];
  alarms: AlarmStore;
  clock: Clock;
  log: Log;
}

/** One look. A data directory that isn't in use has no alarms. */
export async function watchAlarms(watched: WatchedProblems): Promise<void> {
  const { alarms, configuration, integration, problems, clock, log } = watched;
  if (!integration.isInUse()) return;
  await noteAbility(watched);
  const facts = problems().filter(isAlarm).map(toFact);
  const isHeard = configuration.current().alarmUrl !== null;
  const changes = await alarms.follow(facts, isHeard, clock.now());
  for (const { news, fact } of changes) {
    if (news === 'raised') log.warn(fact, 'alarm raised');
    else log.info(fact, 'alarm cured');
  }
}

// Posts to the admin's webhook, and retries until it accepts.

export interface AlarmSenderDeps {
  database: Database;
  alarms: AlarmStore;
  /** Undefined when no alarm webhook is set. */
  post: (text: string) => Promise<Posting> | undefined;
  clock: Clock;
  random: () => number;
  log: Log;
}

class AlarmSender {
  constructor(private readonly deps: AlarmSenderDeps) {}

  /** Normally each alarm is posted once; twice after a crash between the post and its record. */
  async tell(owed: OwedAlarm): Promise<void> {
    const { database, alarms, post, clock, random, log } = this.deps;
    const posting = await post(alarmText(owed));
    if (posting === undefined) return;
    const { code, owes } = owed;
    log.info({ code, owes, outcome: posting.kind }, 'alarm');
    if (posting.kind === 'taken') {
      // Recorded as soon as possible, so that it isn't posted again.
      await database.writeWithRetry((tx) => alarms.settleSent(tx, owed, clock.now()));
      return;
    }
    const waitMs = backoffMs(owed.attempts + 1, random(), posting.retryAfterMs);
    await database.write((tx) => alarms.settleLater(tx, owed, clock.now() + waitMs, posting.why));
  }

  /** Retried after any error, less and less often. */
  release(owed: OwedAlarm, error: unknown): Promise<void> {
    const { database, alarms, clock, random } = this.deps;
    const dueAt = clock.now() + backoffMs(owed.attempts + 1, random());
    const why = error instanceof AppError ? error.message : 'an unexpected error';
    return database.write((tx) => alarms.settleLater(tx, owed, dueAt, why));
  }
}

const ALARM_POLL_MS = 2_000;

export interface AlarmLoopDeps extends WatchedProblems {
  runtime: { version: string };
  random: () => number;
}

/** Looks for alarms to raise and resolve before claiming those to post. */
export function makeAlarmLoop(
  deps: AlarmLoopDeps,
  { signal, timers }: { signal: AbortSignal; timers: Timers },
): WorkLoop<OwedAlarm> {
  const { database, alarms, configuration, clock, random, log } = deps;
  const { version } = deps.runtime;
  const url = (): URL | null => configuration.current().alarmUrl;
  const post = (text: string): Promise<Posting> | undefined => {
    const address = url();
    return address === null ? undefined : postText(address, text, { version, signal });
  };
  const teller = new AlarmSender({ database, alarms, post, clock, random, log });
  return new WorkLoop({
    name: 'alarms',
    concurrency: 1,
    pollMs: ALARM_POLL_MS,
    timers,
    claim: async (_limit, underWay) => {
      await watchAlarms(deps);
      const due = url() === null ? undefined : alarms.findDue(clock.now());
      return due && !underWay.has(String(due.id)) ? [due] : [];
    },
    keyOf: ({ id }) => String(id),
    handle: (owed) => teller.tell(owed),
    release: (owed, error) => teller.release(owed, error),
    log,
  });
}
