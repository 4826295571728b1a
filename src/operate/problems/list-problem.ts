/** That CodeSubmit's list is wanted and can't be gone by: it can't be read, or doesn't say who was sent what. */
import { isoTime } from '../../domain/clock.js';
import type { Problem } from '../../domain/problem.js';
import { stateOf } from '../../storage/state/integration-store.js';
import { isRecognised, isUnreadable } from '../../pipeline/invitations/list-health.js';
import type { House } from '../../app/app-context.js';
import { rowPathsCommand } from '../../setup/row-shape-words.js';

const RISK =
  'to send all the same, and perhaps again to candidates invited manually: codesubmit-lever setup --unreadable-list send';

/** The two ways, each by its own subject. */
export function findListProblems(house: House): Problem[] {
  return [findUnread(house), findUnrecognised(house)].filter((found) => found !== undefined);
}

function findUnread(house: House): Problem | undefined {
  const state = house.list.state();
  if (!isUnreadable(state, house.surroundings.clock.now()) || !isWanted(house)) return undefined;
  return {
    ...{ code: 'list_unreadable', vendor: 'codesubmit', subject: 'pages', level: 'fail' },
    since: isoTime(state.wantedAt),
    what: `CodeSubmit’s list of sent challenges can’t be read (${state.lastError ?? 'it has more pages than could be read so far'}), so nothing is sent and no progress is seen`,
    mend: `Ask CodeSubmit why; ${RISK}`,
  };
}

function findUnrecognised(house: House): Problem | undefined {
  const { copy } = house.list.state();
  const { unreadableList } = house.configuration.current().settings;
  if (copy === null || isRecognised(copy) || unreadableList === 'send') return undefined;
  if (!isWaitedFor(house)) return undefined;
  return {
    ...{ code: 'list_unreadable', vendor: 'codesubmit', subject: 'rows', level: 'fail' },
    since: new Date(copy.endedAt).toISOString(),
    what: `Only ${String(copy.recognised)} of ${String(copy.rows)} rows in CodeSubmit’s list show an address and a challenge. That doesn’t tell who was invited manually, so nothing is sent`,
    mend: `Say where they are: ${rowPathsCommand(['email', 'challenge', 'date'])}; ${RISK}`,
  };
}

/** A challenge waits to be sent. */
function isWaitedFor({ configuration, database }: House): boolean {
  if (stateOf(configuration.row()) !== 'active') return false;
  return exists(database, `SELECT 1 FROM invitations WHERE state = 'queued' LIMIT 1`);
}

function isWanted(house: House): boolean {
  const now = String(Math.floor(house.surroundings.clock.now()));
  return (
    isWaitedFor(house) ||
    exists(house.database, `SELECT 1 FROM invitations WHERE poll_at <= ${now} LIMIT 1`) ||
    exists(
      house.database,
      `SELECT 1 FROM invitations WHERE state = 'uncertain' AND lookup_at <= ${now} LIMIT 1`,
    )
  );
}

function exists(database: House['database'], sql: string): boolean {
  return database.prepare<[], unknown>(sql).get() !== undefined;
}
