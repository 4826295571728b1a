/** The daemon's two loops that see to alarms: one tells them, the other runs doctor's cheap checks now and then. */
import type { OwedAlarm } from '../alarms/alarm-rows.js';
import { AlarmTeller } from '../alarms/alarm-teller.js';
import { MINUTE_MS } from '../domain/clock.js';
import { watchAlarms } from './alarm-watch.js';
import { CheckSchedule } from './check-schedule.js';
import { checkUp } from './doctor/checks.js';
import type { House } from './house.js';
import { makeRoundLoop, type RoundLoop } from './round-loop.js';
import { WorkLoop } from './work-loop.js';

const ALARM_POLL_MS = 2_000;
const CHECK_POLL_MS = MINUTE_MS;

/** Looks for what is to be raised and cured before it claims what is to be told. */
export function makeAlarmLoop(house: House, signal: AbortSignal): WorkLoop<OwedAlarm> {
  const { alarms: store, configuration } = house;
  const { clock, random, log, version } = house.surroundings;
  const url = (): URL | null => configuration.current().alarmUrl;
  const teller = new AlarmTeller({ store, url, version, signal, clock, random, log });
  return new WorkLoop({
    name: 'alarms',
    concurrency: 1,
    pollMs: ALARM_POLL_MS,
    claim: async (_limit, underWay) => {
      await watchAlarms(house);
      const due = url() === null ? undefined : store.findDue(clock.now());
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
