/** CodeSubmit's list is needed but unusable: it can't be read, or doesn't say who was sent what. */
import { isoTime, type Clock } from '../../domain/clock.js';
import type { Problem } from '../../domain/problem.js';
import { stateOf } from '../../storage/state/integration-store.js';
import { isUnreadable } from '../../pipeline/invitations/judge-reading.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { Database } from '../../storage/database/database.js';
import type { InvitationStore } from '../../pipeline/invitations/invitation-store.js';
import type { SentListStore } from '../../pipeline/invitations/sent-list-store.js';
import { FOLLOW_MS } from '../../pipeline/progress/follow-progress.js';
import { hasQueued } from '../queries/invitations.js';
import { rowPathsCommand } from '../../setup/row-shape-words.js';

const RISK =
  'to send anyway, perhaps again to candidates invited manually: codesubmit-lever setup --unreadable-list send';

interface ListSources {
  list: SentListStore;
  invitations: InvitationStore;
  configuration: LiveConfiguration;
  database: Database;
  clock: Clock;
}

/** The two cases, each with its own subject. */
export function findListProblems(sources: ListSources): Problem[] {
  return [findUnread(sources), findUnrecognised(sources)].filter((found) => found !== undefined);
}

function findUnread(sources: ListSources): Problem | undefined {
  const { trouble } = sources.list.state();
  const now = sources.clock.now();
  if (trouble === null || !isUnreadable(trouble, now)) return undefined;
  if (!isWaitedFor(sources) && !isReadingDue(sources, now)) return undefined;
  return {
    ...{ code: 'list_unreadable', vendor: 'codesubmit', subject: 'pages', level: 'fail' },
    since: isoTime(trouble.since),
    what: `CodeSubmit’s list of sent challenges can’t be read (${trouble.error}), so nothing is sent and progress isn’t updated`,
    fix: `Ask CodeSubmit why; ${RISK}`,
  };
}

function findUnrecognised(sources: ListSources): Problem | undefined {
  const { copy } = sources.list.state();
  const { unreadableList } = sources.configuration.current().settings;
  if (copy === null || sources.list.isRecognised(copy) || unreadableList === 'send')
    return undefined;
  if (!isWaitedFor(sources)) return undefined;
  return {
    ...{ code: 'list_unreadable', vendor: 'codesubmit', subject: 'rows', level: 'fail' },
    since: new Date(copy.endedAt).toISOString(),
    what: 'The newest rows in CodeSubmit’s list show no whole addresses. We can’t tell who was invited manually, so nothing is sent',
    fix: `Set where they are: ${rowPathsCommand(['email'])}; ${RISK}`,
  };
}

/** For progress, or for a look-up. */
function isReadingDue({ invitations }: ListSources, now: number): boolean {
  return (
    invitations.newestProgress(now - FOLLOW_MS) !== undefined ||
    invitations.listDueLookups(now).length > 0
  );
}

/** A challenge waits to be sent. */
function isWaitedFor({ configuration, database }: ListSources): boolean {
  if (stateOf(configuration.row()) !== 'active') return false;
  return hasQueued(database);
}
