/** The daemon's two loops that see to alarms: one tells them, the other runs doctor's cheap checks now and then. */
import type { House } from '../../app/app-context.js';
import { backoffMs } from '../../domain/backoff.js';
import { type Clock, MINUTE_MS } from '../../domain/clock.js';
import { AppError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import type { Problem } from '../../domain/problem.js';
import { checkUp } from '../../operate/doctor/checks.js';
import { listProblems } from '../../operate/problems/list-problems.js';
import { noteAbility } from '../../operate/problems/waiting-problems.js';
import type { Database } from '../../storage/database/database.js';
import type { AlarmFact, AlarmRows, OwedAlarm } from '../../storage/state/alarm-store.js';
import { postText, alarmText } from '../../vendors/alarm-webhook.js';
import { CheckSchedule } from './check-loop.js';
import { makeRoundLoop, type RoundLoop, WorkLoop } from './work-loop.js';

// Turns problems into alarms: the one list of problems decides what is raised and what is cured.

/** Warnings that nobody would see in time without being told. */
const TOLD_WARNINGS = new Set(['login_ending', 'link_not_found']);

function isAlarm({ level, code }: Problem): boolean {
  return level === 'fail' || TOLD_WARNINGS.has(code);
}

function toFact({ code, subject = '', what, mend }: Problem): AlarmFact {
  return { code, subject, what, mend };
}

/** One look; a home that is not in use has no alarms. */
export async function watchAlarms(house: House): Promise<void> {
  const { alarms, configuration, integration, surroundings } = house;
  if (!integration.isInUse()) return;
  await noteAbility(house);
  const facts = listProblems(house).filter(isAlarm).map(toFact);
  const isHeard = configuration.current().alarmUrl !== null;
  const changes = await alarms.follow(facts, isHeard, surroundings.clock.now());
  for (const { news, code, subject } of changes) {
    if (news === 'raised') surroundings.log.warn({ code, subject }, 'alarm raised');
    else surroundings.log.info({ code, subject }, 'alarm cured');
  }
}

/** Tells the admin's webhook what it is owed, again and again until it takes it. */
export interface AlarmTellerParts {
  database: Database;
  rows: AlarmRows;
  /** Null when nobody is to be told. */
  url: () => URL | null;
  version: string;
  signal: AbortSignal;
  clock: Clock;
  random: () => number;
  log: Log;
}

export class AlarmTeller {
  constructor(private readonly parts: AlarmTellerParts) {}

  /** Told once in ordinary running; after a crash between the post and its record, twice. */
  async tell(owed: OwedAlarm): Promise<void> {
    const { database, rows, url, version, signal, clock, random, log } = this.parts;
    const address = url();
    if (address === null) return;
    const posting = await postText(address, alarmText(owed), { version, signal });
    const { code, owes } = owed;
    log.info({ code, owes, outcome: posting.kind }, 'alarm');
    if (posting.kind === 'taken') {
      // Kept once it can be: what was posted is not to be posted again.
      await database.writePatiently((tx) => rows.settleTold(tx, owed, clock.now()));
      return;
    }
    const waitMs = backoffMs(owed.attempts + 1, random(), posting.retryAfterMs);
    await database.write((tx) => rows.settleLater(tx, owed, clock.now() + waitMs, posting.why));
  }

  /** After anything thrown: it is tried again, less and less often. */
  release(owed: OwedAlarm, error: unknown): Promise<void> {
    const { database, rows, clock, random } = this.parts;
    const dueAt = clock.now() + backoffMs(owed.attempts + 1, random());
    const why = error instanceof AppError ? error.message : 'an unexpected error';
    return database.write((tx) => rows.settleLater(tx, owed, dueAt, why));
  }
}

const ALARM_POLL_MS = 2_000;
const CHECK_POLL_MS = MINUTE_MS;

/** Looks for what is to be raised and cured before it claims what is to be told. */
export function makeAlarmLoop(house: House, signal: AbortSignal): WorkLoop<OwedAlarm> {
  const { database, alarms, configuration } = house;
  const { rows } = alarms;
  const { clock, random, log, version } = house.surroundings;
  const url = (): URL | null => configuration.current().alarmUrl;
  const teller = new AlarmTeller({ database, rows, url, version, signal, clock, random, log });
  return new WorkLoop({
    name: 'alarms',
    concurrency: 1,
    pollMs: ALARM_POLL_MS,
    claim: async (_limit, underWay) => {
      await watchAlarms(house);
      const due = url() === null ? undefined : rows.findDue(clock.now());
      return due && !underWay.has(String(due.id)) ? [due] : [];
    },
    keyOf: ({ id }) => String(id),
    handle: (owed) => teller.tell(owed),
    release: (owed, error) => teller.release(owed, error),
    log,
  });
}

export function makeCheckLoop(house: House, signal: AbortSignal, onChecked: () => void): RoundLoop {
  const { log } = house.surroundings;
  const schedule = new CheckSchedule(house);
  return makeRoundLoop({
    name: 'checks',
    pollMs: CHECK_POLL_MS,
    isDue: () => schedule.isDue(),
    run: async () => {
      schedule.noteBegun();
      const results = await checkUp(house, signal);
      const failed = results.filter(({ status }) => status === 'fail').map(({ id }) => id);
      log.info({ failed }, 'checked');
      onChecked();
    },
    log,
  });
}
