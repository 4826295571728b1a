/** Looks for what is wrong and tells an admin: the daemon's own checks, alarms, readiness, and the heartbeat. */
import { SECOND_MS, backoffMs, DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/clock.js';
import type { App } from '../../admin/app.js';
import {
  forgetReported,
  listFound,
  listReported,
  markReported,
  storeFound,
  without,
  type WrongFact,
} from '../../store/facts.js';
import { alarmText, callAddress, type Message } from '../../net/alarm-webhook.js';
import { every, type LoopRuntime, type Round } from './work-loop.js';
import { runChosenChecks } from '../../admin/facts/doctor.js';
import type { Fact } from '../../admin/facts/fact.js';
import { listProblems, listUnready } from '../../admin/facts/facts.js';
import { findDiskTrouble } from '../../admin/facts/machine-facts.js';
import { AppError, isStorageTrouble } from '../../domain/errors.js';

/**
 * Checks facts: in a full check all that have a `pace`, and after each sweep those whose pace is `with_sweep`.
 */
export function checkRound(app: App, { draining }: Pick<LoopRuntime, 'draining'>): Round {
  const { configuration, integration, database, clock, log } = app;
  let seenVersion = configuration.version();
  let seenSweepAt: number | null = null;
  /** Whether a full check is due: daily. While something is wrong, hourly and after a setting changes. */
  const isFullCheckDue = (): boolean => {
    const row = integration.read();
    // A last check in the future was dated by a wrong clock; one far ahead counts as long ago.
    const agoMs = Math.abs(clock.now() - (row.checked_at ?? row.set_up_at ?? 0));
    if (agoMs >= DAY_MS) return true;
    return (agoMs >= HOUR_MS || row.version !== seenVersion) && listFound(database).length > 0;
  };
  const isSweepNew = (): boolean => integration.read().last_sweep_at !== seenSweepAt;
  return {
    name: 'checks',
    isDue: () => integration.isInUse() && (isFullCheckDue() || isSweepNew()),
    /** What is read here counts as seen, so the same sweep or change of settings makes no further check due. */
    run: async () => {
      const isFull = isFullCheckDue();
      seenVersion = configuration.version();
      seenSweepAt = integration.read().last_sweep_at;
      const isDue = ({ pace }: Fact): boolean =>
        pace === 'with_sweep' || (isFull && pace === 'daily');
      const results = await runChosenChecks(app, isDue, draining);
      // Cut off by the end of the daemon, which then makes it at its next start.
      if (draining.aborted) return;
      if (isFull) await database.write((tx) => integration.record(tx, 'checked', clock.now()));
      const failed = results.filter(({ status }) => status === 'fail').map(({ id }) => id);
      if (isFull || failed.length > 0) log.info({ failed }, 'checked');
    },
  };
}

const ALARM_POLL_MS = 2_000;
/** After this many failed posts in a row it's a problem: one may be chance. */
const FAILURES_UNREPORTED = 3;
/** The name of the round, and of the check that its problem is stored under. */
const ALARMS = 'alarms';

/** Stores why the channel doesn't accept alarms; null drops the problem. */
async function recordNotTold({ database, clock }: App, why: string | null): Promise<void> {
  // Nothing is written while all is well.
  if (why === null && !listFound(database).some(({ check_id: id }) => id === ALARMS)) return;
  const what = `The alarm webhook doesn’t accept alarms (${String(why)})`;
  const fix = 'Enter its address again: codesubmit-lever setup --alarm-url-file FILE';
  const wrong = { code: 'alarm_not_told', level: 'warn', subject: ALARMS, vendor: null } as const;
  const found = why === null ? [] : [{ ...wrong, what, fix }];
  await database.write((tx) => storeFound(tx, ALARMS, found, clock.now()));
}

/**
 * Tells the admin's channel once of each problem that is an alarm, and once that it is over. What was reported is recorded
 * after the post, so a crash between them repeats it. On a full disk that record waits in memory.
 */
export function alarmRound(app: App, { signal }: Pick<LoopRuntime, 'signal'>): Round {
  const { database, integration, configuration, clock, random, log, runtime } = app;
  /** The problems that are alarms, when they were last compared. */
  let open = listReported(database);
  /** What the channel took, and is not recorded yet. */
  let unrecorded: Message[] = [];
  /** The address that was called last, how often it failed in a row, and when it's tried again (monotonic clock). */
  let address: string | undefined;
  let failures = 0;
  let nextTryMs = -Infinity;
  const endWait = (): void => {
    failures = 0;
    nextTryMs = -Infinity;
  };

  /** Compares what is wrong with the last time, and logs what began and what is over. */
  const compare = (): void => {
    const wrong: WrongFact[] = listProblems(app).filter(({ isAlarm }) => isAlarm);
    const raised = without(wrong, open);
    const cured = without(open, wrong);
    open = wrong;
    for (const fact of raised) log.warn(logFields(fact), 'alarm raised');
    for (const fact of cured) log.info(logFields(fact), 'alarm cured');
    // What is new doesn't wait: the channel may work again.
    if (raised.length + cured.length > 0) endWait();
  };

  /** What the channel should hear, in this order. */
  const listPending = (): Message[] => {
    const reported = listReported(database);
    const begun = without(open, [...reported, ...unrecorded]);
    // On a full disk nothing can be recorded: only what begins is worth a message then.
    const isFull = open.some(({ code }) => code === 'storage_full');
    const over = isFull ? [] : without(reported, [...open, ...unrecorded]);
    return [...over.map((one) => ({ ...one, isOver: true })), ...begun];
  };

  /** Records what the channel took. A full disk keeps it for the next time. */
  const record = async (): Promise<void> => {
    if (unrecorded.length === 0) return;
    try {
      await database.write((tx) => {
        for (const message of unrecorded) {
          if (message.isOver) forgetReported(tx, [message]);
          // A revoke during the post has dropped all facts.
          else if (integration.isInUse()) markReported(tx, message, clock.now());
        }
      });
      unrecorded = [];
    } catch (error) {
      if (!isStorageTrouble(error)) throw error;
    }
  };

  /** Posts the next message, unless the channel's wait goes on. */
  const run = async (): Promise<void> => {
    await record();
    if (!integration.isInUse()) return;
    compare();
    const url = configuration.current().alarmUrl;
    if (url?.href !== address) endWait();
    address = url?.href;
    const pending = listPending();
    // After a refusal the next one is tried: the channel may refuse a single message for good.
    // Undefined when none is pending.
    const next = pending[failures % pending.length];
    if (url === null || !next) return recordNotTold(app, null);
    if (clock.monotonicMs() < nextTryMs) return;
    const posting = await callAddress(url, { version: runtime.version, signal }, alarmText(next));
    if (posting.kind === 'taken') {
      endWait();
      unrecorded.push(next);
      await record();
    } else {
      failures += 1;
      nextTryMs = clock.monotonicMs() + backoffMs(failures, random(), posting.retryAfterMs);
    }
    const message = next.isOver ? 'cured' : 'raised';
    log.info({ code: next.code, message, outcome: posting.kind }, 'alarm');
    if (posting.kind === 'taken' || failures < FAILURES_UNREPORTED) return;
    await recordNotTold(app, posting.why);
  };
  return every(ALARM_POLL_MS, clock, { name: ALARMS, run });
}

/** What the log says of an alarm. */
function logFields({ code, subject, what, fix }: WrongFact): Record<string, string> {
  return { code, subject, what, fix };
}

/** How long a check of the disk counts, however many requests ask in that time. */
const DISK_KNOWN_FOR_MS = SECOND_MS;

/**
 * Returns a function that lists why the daemon isn't ready, as codes. Empty when the database accepts a write, the
 * connections work, nothing waits too long and the daemon isn't ending. Whether it accepts a write is tried once a
 * second at most. Logs the codes when they change, and nothing at a start at which all is well.
 */
export function watchReadiness(app: App, isDraining: () => boolean): () => Promise<string[]> {
  let disk: Promise<string | undefined> = Promise.resolve(undefined);
  let diskKnownUntilMs = -Infinity;
  /** The codes that were logged last. A start at which all is well is no change. */
  let logged = '';
  return async () => {
    const nowMs = performance.now();
    if (nowMs >= diskKnownUntilMs) {
      diskKnownUntilMs = nowMs + DISK_KNOWN_FOR_MS;
      disk = findDiskReason(app);
    }
    const reasons = isDraining() ? ['draining'] : [];
    const diskReason = await disk;
    if (diskReason !== undefined) reasons.push(diskReason);
    reasons.push(...new Set(listUnready(app).map(({ code }) => code)));
    const codes = reasons.join(' ');
    if (codes === logged) return reasons;
    logged = codes;
    if (codes === '') app.log.info({}, 'ready');
    else app.log.warn({ reasons: codes }, 'not ready');
    return reasons;
  };
}

/** The code of what keeps the database from storing; undefined if nothing does. */
async function findDiskReason({ database, home, integration }: App): Promise<string | undefined> {
  const disk = findDiskTrouble(home.folder);
  // A disk that is only nearly full can still store.
  if (disk?.code === 'storage_full') return disk.code;
  // No write has failed since the last one that worked.
  if (!database.isRefusing) return undefined;
  // A quota doesn't show in the free space: only a write tells whether there is room again.
  try {
    await database.write((tx) => integration.record(tx, 'nothing'));
    return undefined;
  } catch (error) {
    return error instanceof AppError ? error.code : 'storage_failed';
  }
}

/**
 * Calls the heartbeat address each minute while nothing is wrong: a monitor then notices when the calls stop. That is
 * how an address that takes no calls shows, too.
 */
export function heartbeatRound(
  app: App,
  unreadyReasons: () => Promise<string[]>,
  signal: AbortSignal,
): Round {
  const { configuration, clock, log, runtime } = app;
  /** The last line logged: a minute later the same one says nothing new. */
  let logged = '';
  /** Logs a line unless it equals the last one. */
  const logIfChanged = (level: 'info' | 'warn', msg: string, fields: Record<string, string>) => {
    const line = JSON.stringify([msg, fields]);
    if (line !== logged) log[level](fields, msg);
    logged = line;
  };

  const run = async (): Promise<void> => {
    const url = configuration.current().heartbeatUrl;
    if (url === null) return;
    // What keeps the daemon from working, or needs a person.
    const open = listProblems(app).filter(({ level }) => level === 'fail');
    const troubles = new Set([...(await unreadyReasons()), ...open.map(({ code }) => code)]);
    if (troubles.size > 0) {
      logIfChanged('warn', 'heartbeat withheld', { problems: [...troubles].join(' ') });
      return;
    }
    const reply = await callAddress(url, { version: runtime.version, signal });
    if (reply.kind === 'taken') logIfChanged('info', 'heartbeat', { outcome: reply.kind });
    else logIfChanged('warn', 'heartbeat failed', { why: reply.why });
  };
  return every(MINUTE_MS, clock, { name: 'heartbeat', run });
}
