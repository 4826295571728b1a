/** What has waited too long. Only time in which it could proceed counts, so not a pause. */
import { MINUTE_MS, type Clock } from '../../domain/clock.js';
import type { Problem, ProblemCode } from '../../domain/problem.js';
import {
  mayWriteToLever,
  stateOf,
  type IntegrationStore,
} from '../../storage/state/integration-store.js';
import type { InboxStore } from '../../pipeline/inbox/inbox-store.js';
import type { InvitationStore } from '../../pipeline/invitations/invitation-store.js';
import type { SentListStore } from '../../pipeline/invitations/sent-list-store.js';
import { tallyPendingSince } from '../../pipeline/store/writebacks.js';
import type { Database } from '../../storage/database/database.js';
import { formatDuration } from '../../domain/format.js';

const LIMITS_MS = {
  queued_too_long: 15 * MINUTE_MS,
  sending_too_long: 5 * MINUTE_MS,
  look_too_long: 15 * MINUTE_MS,
  writeback_too_long: 60 * MINUTE_MS,
} satisfies Partial<Record<ProblemCode, number>>;

type Code = keyof typeof LIMITS_MS;

interface WaitingSources {
  integration: IntegrationStore;
  invitations: InvitationStore;
  inbox: InboxStore;
  database: Database;
  list: SentListStore;
  clock: Clock;
}

/** Whether all steps can work: nothing is paused, rejected or waiting for a setting. */
function isAble(integration: IntegrationStore): boolean {
  const row = integration.read();
  return stateOf(row) === 'active' && mayWriteToLever(row);
}

/** The daemon calls it every moment. It remembers since when work has been possible. */
export async function noteAbility({
  database,
  integration,
  clock,
}: {
  database: Database;
  integration: IntegrationStore;
  clock: Clock;
}): Promise<void> {
  const able = isAble(integration);
  if (able === (integration.read().able_since !== null)) return;
  await database.write((tx) => {
    integration.note(tx, { able_since: able ? clock.now() : null });
  });
}

/** Empty while work isn't possible, and until the limits have passed since then. */
export function findWaiting(sources: WaitingSources): Problem[] {
  const { integration, clock } = sources;
  const { able_since: ableSince } = integration.read();
  if (ableSince === null || !isAble(integration)) return [];
  const now = clock.now();
  const codes = Object.keys(LIMITS_MS) as Code[];
  return codes
    .filter((code) => now - LIMITS_MS[code] >= ableSince)
    .flatMap((code) => FINDERS[code](sources, now - LIMITS_MS[code], now));
}

const SEE_DOCTOR = 'Find out why: codesubmit-lever doctor';

/** Each finds what has waited since `before`, epoch ms. */
const FINDERS: Record<Code, (sources: WaitingSources, before: number, now: number) => Problem[]> = {
  queued_too_long: ({ invitations, list }, before, now) =>
    // They wait for a reading of CodeSubmit's list that makes progress.
    (list.state().progress?.readAt ?? 0) > before
      ? []
      : problem('queued_too_long', {
          ...invitations.tallyWaiting('queued', before, now),
          what: ['challenge has waited to be sent', 'challenges have waited to be sent'],
          fix: SEE_DOCTOR,
        }),
  sending_too_long: ({ invitations }, before, now) =>
    problem('sending_too_long', {
      ...invitations.tallyWaiting('sending', before, now),
      what: ['challenge is being sent', 'challenges are being sent'],
      fix: 'Restart the daemon to look up the outcome: codesubmit-lever serve',
    }),
  look_too_long: ({ inbox }, before) =>
    problem('look_too_long', {
      ...inbox.countDue(before),
      what: ['candidate has waited to be checked', 'candidates have waited to be checked'],
      fix: SEE_DOCTOR,
    }),
  writeback_too_long: ({ database }, before, now) =>
    tallyPendingSince(database, before, now).flatMap(({ kind, ids, ...tally }) =>
      problem('writeback_too_long', {
        ...tally,
        subject: kind,
        what: [
          `${kind} is not in Lever yet and has waited`,
          `${kind}s are not in Lever yet and have waited`,
        ],
        fix: `${SEE_DOCTOR}; it’s retried automatically, or at once by: codesubmit-lever retry ${ids}`,
      }),
    ),
};

interface Waiting {
  n: number;
  /** Since when the first of them has waited, epoch ms. */
  since: number | null;
  /** For one, and for several. */
  what: [string, string];
  fix: string;
  subject?: string;
  /** The last failure. */
  error?: string | null;
}

function problem(
  code: Code,
  { n, since, what, fix, subject = '', error = null }: Waiting,
): Problem[] {
  if (n === 0 || since === null) return [];
  const who = n === 1 ? `One ${what[0]}` : `${n} ${what[1]}`;
  const why = error === null ? '' : ` (${error})`;
  return [
    {
      ...{ code, vendor: null, since: new Date(since).toISOString(), level: 'fail', subject, fix },
      what: `${who} for over ${formatDuration(LIMITS_MS[code])}${why}`,
    },
  ];
}
