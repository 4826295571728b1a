/** That CodeSubmit's list is wanted and can't be gone by: it can't be read, or doesn't say who was sent what. */
import { isoTime } from '../../domain/clock.js';
import type { Problem } from '../../domain/problem.js';
import { stateOf } from '../../storage/state/integration-store.js';
import { isRecognised, isUnreadable } from '../../pipeline/invitations/list-health.js';
import type { AppContext } from '../../app/app-context.js';
import { rowPathsCommand } from '../../setup/row-shape-words.js';

const RISK =
  'to send all the same, and perhaps again to candidates invited manually: codesubmit-lever setup --unreadable-list send';

/** The two ways, each by its own subject. */
export function findListProblems(app: AppContext): Problem[] {
  return [findUnread(app), findUnrecognised(app)].filter((found) => found !== undefined);
}

function findUnread(app: AppContext): Problem | undefined {
  const state = app.list.state();
  if (!isUnreadable(state, app.runtime.clock.now()) || !isWanted(app)) return undefined;
  return {
    ...{ code: 'list_unreadable', vendor: 'codesubmit', subject: 'pages', level: 'fail' },
    since: isoTime(state.wantedAt),
    what: `CodeSubmit’s list of sent challenges can’t be read (${state.lastError ?? 'it has more pages than could be read so far'}), so nothing is sent and no progress is seen`,
    fix: `Ask CodeSubmit why; ${RISK}`,
  };
}

function findUnrecognised(app: AppContext): Problem | undefined {
  const { copy } = app.list.state();
  const { unreadableList } = app.configuration.current().settings;
  if (copy === null || isRecognised(copy) || unreadableList === 'send') return undefined;
  if (!isWaitedFor(app)) return undefined;
  return {
    ...{ code: 'list_unreadable', vendor: 'codesubmit', subject: 'rows', level: 'fail' },
    since: new Date(copy.endedAt).toISOString(),
    what: `Only ${String(copy.recognised)} of ${String(copy.rows)} rows in CodeSubmit’s list show an address and a challenge. That doesn’t tell who was invited manually, so nothing is sent`,
    fix: `Say where they are: ${rowPathsCommand(['email', 'challenge', 'date'])}; ${RISK}`,
  };
}

/** A challenge waits to be sent. */
function isWaitedFor({ configuration, database }: AppContext): boolean {
  if (stateOf(configuration.row()) !== 'active') return false;
  return exists(database, `SELECT 1 FROM invitations WHERE state = 'queued' LIMIT 1`);
}

function isWanted(app: AppContext): boolean {
  const now = String(Math.floor(app.runtime.clock.now()));
  return (
    isWaitedFor(app) ||
    exists(app.database, `SELECT 1 FROM invitations WHERE poll_at <= ${now} LIMIT 1`) ||
    exists(
      app.database,
      `SELECT 1 FROM invitations WHERE state = 'uncertain' AND lookup_at <= ${now} LIMIT 1`,
    )
  );
}

function exists(database: AppContext['database'], sql: string): boolean {
  return database.prepare<[], unknown>(sql).get() !== undefined;
}
