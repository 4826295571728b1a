/** Turns problems into alarms: the one list of problems decides what is raised and what is cured. */
import type { AlarmFact } from '../alarms/alarm-rows.js';
import type { Problem } from '../domain/problem.js';
import type { House } from './house.js';
import { listProblems } from './status-problems.js';
import { noteAbility } from './waiting-problems.js';

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
