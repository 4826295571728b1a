/** Looks for what is wrong and tells an admin: the daemon's own checks, alarms, readiness, and the heartbeat. */
import { SECOND_MS, backoffMs, DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/clock.js';
import type { App } from '../../admin/app.js';
import { recordAbility } from '../../admin/facts/work-facts.js';
import {
  findDueAlarm,
  updateAlarms,
  postLater,
  markPosted,
  raisePosted,
  type WrongFact,
  listFound,
  storeFound,
} from '../../store/facts.js';
import { alarmText, callAddress } from '../../net/alarm-webhook.js';
import { every, type LoopRuntime, type Round } from './work-loop.js';
import { runChosenChecks } from '../../admin/facts/doctor.js';
import type { Fact } from '../../admin/facts/fact.js';
import { listProblems, listUnready } from '../../admin/facts/facts.js';
import { findDiskTrouble } from '../../admin/facts/machine-facts.js';
import { AppError, isStorageTrouble } from '../../domain/errors.js';
import type { Problem } from '../../domain/problem.js';

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
      if (isFull) await database.write((tx) => integration.recordChecked(tx, clock.now()));
      const failed = results.filter(({ status }) => status === 'fail').map(({ id }) => id);
      if (isFull || failed.length > 0) log.info({ failed }, 'checked');
    },
  };
}

const ALARM_POLL_MS = 2_000;

/** Raises an alarm for each new problem, and ends those that are over. None in a data directory that isn't in use. */
export async function watchAlarms(app: App): Promise<void> {
  const { database, integration, clock, log } = app;
  if (!integration.isInUse()) return;
  // Work counts as waiting only from when all steps could work.
  await recordAbility(app);
  const { raised, cured } = await updateAlarms(
    database,
    listProblems(app).filter(({ isAlarm }) => isAlarm),
    clock.now(),
  );
  for (const fact of raised) log.warn(logFields(fact), 'alarm raised');
  for (const fact of cured) log.info(logFields(fact), 'alarm cured');
}

/** What the log says of an alarm. */
function logFields({ code, subject, what, fix }: WrongFact): Record<string, string> {
  return { code, subject, what, fix };
}

/**
 * Raises and ends alarms, then posts those that are due to the admin's channel. One that the channel took is posted
 * again only after a crash between the post and its record. A full disk is posted though it can't be stored.
 */
export function alarmRound(
  app: App,
  { signal, draining }: Pick<LoopRuntime, 'signal' | 'draining'>,
): Round {
  const { database, configuration, clock, random, log, runtime } = app;
  const post = (url: URL, alarm: Parameters<typeof alarmText>[0]) =>
    callAddress(url, { version: runtime.version, signal }, alarmText(alarm));
  /** The problem of a full disk, if it was posted: the alarm can't be stored before there is room. */
  let unstored: Problem | undefined;
  let nextTryMs = 0;

  /** Posts that the disk is full, if it is. Tried again a minute later while the channel doesn't take it. */
  const postFull = async (): Promise<void> => {
    const url = configuration.current().alarmUrl;
    const full = listProblems(app).find(({ code }) => code === 'storage_full');
    if (url === null || !full || unstored || clock.monotonicMs() < nextTryMs) return;
    const posting = await post(url, { ...full, is_over: 0 });
    if (posting.kind === 'taken') unstored = full;
    else nextTryMs = clock.monotonicMs() + Math.max(MINUTE_MS, posting.retryAfterMs ?? 0);
    log.info({ code: full.code, owes: 'raised', outcome: posting.kind }, 'alarm');
  };

  return every(ALARM_POLL_MS, clock, {
    name: 'alarms',
    run: async () => {
      try {
        const posted = unstored;
        if (posted) await database.write((tx) => raisePosted(tx, posted, clock.now()));
        await watchAlarms(app);
        unstored = undefined;
      } catch (error) {
        if (isStorageTrouble(error)) await postFull();
        throw error;
      }
      for (;;) {
        // Until none is due. Each is read again before its post: the address or the alarm may have changed.
        const url = configuration.current().alarmUrl;
        const due = url === null ? undefined : findDueAlarm(database, clock.now());
        if (url === null || due === undefined || draining.aborted) return;
        const posting = await post(url, due);
        // Record it as soon as possible, so that it isn't posted again.
        await database.writeWithRetry((tx) => {
          if (posting.kind === 'taken') {
            markPosted(tx, due);
            return;
          }
          // Retry after any error, less and less often.
          const waitMs = backoffMs(due.attempts + 1, random(), posting.retryAfterMs);
          postLater(tx, due, clock.now() + waitMs, posting.why);
        });
        // Which of the two messages about this alarm was due: that it was raised, or that it's over.
        const owes = due.is_over === 1 ? 'cured' : 'raised';
        log.info({ code: due.code, owes, outcome: posting.kind }, 'alarm');
      }
    },
  });
}

/** How long a check of the disk counts, however many requests ask in that time. */
const DISK_KNOWN_FOR_MS = SECOND_MS;

/**
 * Returns a function that lists why the daemon isn't ready, as codes. Empty when the database accepts a write, the
 * connections work, nothing waits too long and nothing is draining. Whether it accepts a write is tried once a second
 * at most. Logs the codes when they change, and nothing at a start at which all is well.
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
  if (!database.isRefusing) return undefined;
  // A quota doesn't show in the free space: only a write tells whether there is room again.
  try {
    await database.write((tx) => integration.touch(tx));
    return undefined;
  } catch (error) {
    return error instanceof AppError ? error.code : 'storage_failed';
  }
}

/** After this many failures it's a problem: a monitor may be down for a while, too. */
const FAILURES_REPORTED = 5;
/** The name of the round, and of the check that its problem is stored under. */
const HEARTBEAT = 'heartbeat';
const HEARTBEAT_FAILING = { code: 'heartbeat_failing', subject: HEARTBEAT, vendor: null } as const;

/** Calls the heartbeat address each minute while nothing is wrong: a monitor then notices when the calls stop. */
export function heartbeatRound(
  app: App,
  unreadyReasons: () => Promise<string[]>,
  signal: AbortSignal,
): Round {
  const { database, configuration, clock, log, runtime } = app;
  let failures = 0;
  /** The last line logged: a minute later the same one says nothing new. */
  let logged = '';
  /** Logs a line unless it equals the last one. */
  const logIfChanged = (level: 'info' | 'warn', msg: string, fields: Record<string, string>) => {
    const line = JSON.stringify([msg, fields]);
    if (line !== logged) log[level](fields, msg);
    logged = line;
  };

  /** Calls the address if nothing is wrong. Stores the problem after several failures, and drops it after a success. */
  const run = async (): Promise<void> => {
    const url = configuration.current().heartbeatUrl;
    if (url === null) return;
    // What keeps the daemon from working, or needs a person. A failing heartbeat itself doesn't withhold the heartbeat,
    // or it could never be found working again.
    const open = listProblems(app).filter(
      ({ level, code }) => level === 'fail' && code !== HEARTBEAT_FAILING.code,
    );
    const troubles = new Set([...(await unreadyReasons()), ...open.map(({ code }) => code)]);
    if (troubles.size > 0) {
      logIfChanged('warn', 'heartbeat withheld', { problems: [...troubles].join(' ') });
      return;
    }
    const reply = await callAddress(url, { version: runtime.version, signal });
    if (reply.kind === 'taken') {
      failures = 0;
      logIfChanged('info', 'heartbeat', { outcome: reply.kind });
      if (listFound(database).some(({ check_id: id }) => id === HEARTBEAT))
        await database.write((tx) => storeFound(tx, HEARTBEAT, [], clock.now()));
      return;
    }
    failures += 1;
    logIfChanged('warn', 'heartbeat failed', { why: reply.why });
    // Stored at every so many failures in a row: another address, which fails too, may have ended the problem.
    if (failures % FAILURES_REPORTED > 0) return;
    const what = `The heartbeat address doesn’t accept calls (${reply.why})`;
    const fix = 'Enter it again: codesubmit-lever setup --heartbeat-url-file FILE';
    await database.write((tx) =>
      storeFound(tx, HEARTBEAT, [{ ...HEARTBEAT_FAILING, what, fix }], clock.now()),
    );
  };
  return every(MINUTE_MS, clock, { name: HEARTBEAT, run });
}
