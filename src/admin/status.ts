/** What `status --json` and `progress --json` show, exactly as other programs expect it. */
import { isoTime } from '../domain/clock.js';
import { linkOf, guessMeaning, listStatusNumbers } from '../store/invitation-queries.js';
import { namesOf } from '../domain/rule.js';
import type { InvitationId } from '../domain/ids.js';
import type { InvitationState } from '../domain/invitation.js';
import { getInvitation } from '../store/invitations.js';
import type { Problem } from '../domain/problem.js';
import { webhookUrl } from '../store/settings/settings.js';
import { stateOf } from '../store/integration-store.js';
import { opportunityUrl } from '../store/settings/vendor-addresses.js';
import { listOnHold, readCounts } from './queries/decisions.js';
import { isOverdue, listInvitationPage, type ListedInvitation } from './queries/invitations.js';
import type { ReadingProgress } from '../store/sent-list-store.js';
import { whenDaemonRan, type Known } from './facts/fact.js';
import { listProblems, notInUse } from './facts/facts.js';
import { findCandidateRow } from '../store/candidates.js';

/**
 * What the terminal shows after an invitation's state: a number without a meaning, a missed due date, or that
 * CodeSubmit's list doesn't show it yet. Empty where there is nothing to remark.
 */
export function readRemark({ database, list, clock }: Known, id: InvitationId): string {
  const row = getInvitation(database, id);
  const { state, progress, status_number: number, vendor_id: vendorId, deadline_at: dueAt } = row;
  // Sent, but no row of CodeSubmit's list is known to be this one.
  const isUnnamed = vendorId === null && (state === 'invited' || state === 'linked');
  return [
    progress === 'unknown' && number !== null ? ` (number ${number})` : '',
    isOverdue(database, id, list.vendorTime(clock.now()))
      ? ` ! was due ${isoTime(dueAt)?.slice(0, 10) ?? ''}`
      : '',
    isUnnamed ? ' ! not found in CodeSubmit’s list yet, so progress is unknown' : '',
  ].join('');
}

export type InvitationListing = ReturnType<typeof toListing>;
export type ListReading = NonNullable<ReturnType<typeof readingOf>>;
export type StatusReport = ReturnType<typeof readStatus>;

interface StatusQuery {
  state?: InvitationState | undefined;
  /** Keeps only invitations past their due date at that time of CodeSubmit, epoch ms; undefined keeps all. */
  overdueAt?: number | undefined;
  /** Rows per list, at most. */
  limit: number;
  /** Where an earlier page ended. */
  after?: string | undefined;
  /** Those of the same snapshot, if the caller has listed them. */
  problems?: readonly Problem[];
}

/** A problem in JSON. `hint`: what is wrong, and the command that fixes it. */
function listingOf({ code, vendor, since, what, fix, links }: Problem) {
  return { code, vendor, since, hint: [`${what}. ${fix}`, ...links].join(' ') };
}

/** The report of a data directory that was never set up. */
export function emptyReport(): StatusReport {
  return {
    integration: {
      state: 'not_set_up',
      problems: [listingOf(notInUse(null))],
      lever: { environment: 'production', auth: 'api_key' },
      rules: [],
      webhook: { url: null, verifiedAt: null, lastDeliveryAt: null },
      lastSweepAt: null,
      listReading: null,
      daemon: { running: false, since: null },
    },
    counts: {},
    invitations: [],
    held: [],
    next: null,
  };
}

/** One page of the report, newest invitations first, all from one moment. Writes nothing. */
export function readStatus(known: Known, query: StatusQuery) {
  return known.database.snapshot(() => {
    const { configuration, integration, rules, database } = known;
    const row = integration.read();
    const { settings } = configuration.current();
    const { running, since } = whenDaemonRan(known);
    const { state, overdueAt, limit, after } = query;
    // Ids become smaller from page to page.
    const beforeId = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
    // One more than the page holds tells whether another page follows.
    const found = listInvitationPage(database, beforeId, state, overdueAt, limit + 1);
    const rows = found.slice(0, limit);
    return {
      integration: {
        state: stateOf(row),
        problems: (query.problems ?? listProblems(known)).map(listingOf),
        lever: { environment: settings.leverEnvironment, auth: settings.leverAuth },
        rules: rules.listActive().map(namesOf),
        webhook: {
          url: webhookUrl(settings),
          verifiedAt: isoTime(row.webhook_verified_at),
          lastDeliveryAt: isoTime(row.last_delivery_at),
        },
        lastSweepAt: isoTime(row.last_sweep_at),
        listReading: readingOf(known.list.state().progress),
        // When it was started; when it is not running, when it was last seen. Null when it never ran.
        daemon: { running, since: isoTime(since) },
      },
      counts: readCounts({ database }),
      invitations: rows.map((one) => toListing(known, one)),
      held: listOnHold(database, limit).map(({ since, ...decided }) => ({
        ...decided,
        since: new Date(since).toISOString(),
      })),
      next: found.length > limit ? String(rows.at(-1)?.id) : null,
    };
  });
}

/**
 * CodeSubmit's list while it is read whole: how many rows were read, of how many, and about when the reading ends if it
 * goes on as fast as so far. Null for what the list doesn't say.
 */
export function readingOf(progress: ReadingProgress | null) {
  if (progress === null) return null;
  const { beganAt, readAt, rows, of: total } = progress;
  const msPerRow = (readAt - beganAt) / rows;
  const endsAt =
    total === null || rows === 0 ? null : Math.round(readAt + Math.max(0, total - rows) * msPerRow);
  return { rows, of: total, endsAt: isoTime(endsAt) };
}

/** An invitation in JSON, with its link decrypted. */
export function toListing({ configuration, sealer }: Known, row: ListedInvitation) {
  const { settings } = configuration.current();
  return {
    id: row.id,
    opportunityId: row.opportunity_id,
    opportunityUrl: opportunityUrl(settings, row.opportunity_id, row.url),
    candidate: row.name,
    challenge: { id: row.challenge_id, name: row.challenge_name },
    state: row.state,
    progress: row.progress,
    reason: row.reason,
    link: linkOf(sealer, row),
    createdAt: new Date(row.created_at).toISOString(),
    invitedAt: isoTime(row.invited_at),
    linkedAt: isoTime(row.linked_at),
  };
}

export type NumbersReport = ReturnType<typeof readNumbers>;

/**
 * CodeSubmit's status numbers seen so far, each with its meaning, or a guess, and the newest invitation that has it.
 */
export function readNumbers({ configuration, database }: Known) {
  const { statusMap } = configuration.current().settings;
  const seen = listStatusNumbers(database);
  const numbers = seen.map((one) => {
    const meaning = statusMap[String(one.number)] ?? null;
    const row = getInvitation(database, one.exampleId);
    const { id, opportunity_id: opportunityId, challenge_name: challenge } = row;
    const candidate = findCandidateRow(database, opportunityId)?.name ?? null;
    return {
      number: one.number,
      meaning,
      // For a number without a meaning; null without evidence.
      guess: meaning === null ? guessMeaning(one, seen) : null,
      example: { id, candidate, challenge, opportunityId },
      // When the example's number or progress last changed, at first when it was sent.
      lastSeenAt: new Date(one.lastSeenAt).toISOString(),
    };
  });
  return { numbers };
}
