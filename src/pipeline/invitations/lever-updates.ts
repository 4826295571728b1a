/** Queues the updates to Lever that follow from an invitation's state; idempotent. */
import { MINUTE_MS, SECOND_MS } from '../../domain/clock.js';
import type { Shared, Decision } from '../../domain/decision.js';
import type { OpportunityId, InvitationId, ChallengeId, RuleId } from '../../domain/ids.js';
import { type Progress, progressTag, progressWord } from '../../domain/progress.js';
import { REASONS } from '../../domain/reasons.js';
import type { Database, Tx } from '../../storage/database/database.js';
import type { Sealer } from '../../storage/home/sealer.js';
import type { CompletionNoteWhen, Settings } from '../../storage/settings/settings.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { WritebackStore } from '../writebacks/writeback-store.js';
import type { InvitationRow } from './invitation-row.js';
import type { InvitationStore } from './invitation-store.js';

// What a note is about, and the mark that finds it before it is written again.

/**
 * Names challenge and repetition, not our row, so a data directory restored from a backup
 * recognises its own notes.
 */
function noteTopic(what: string, row: InvitationRow): string {
  return `${what} ${row.opportunity_id} ${row.challenge_id} ${String(row.repetition)}`;
}

function markNote(
  sealer: Sealer,
  { opportunityId, topic }: { opportunityId: OpportunityId; topic: string },
): string {
  return `[codesubmit-lever ${sealer.markOf(`${opportunityId} ${topic}`)}]`;
}

// The note that tells Lever that a challenge is done. Queueing it again changes nothing.

/** What CodeSubmit shows of the result; null for what it doesn't show. */
export interface Result {
  score: string | null;
  report: string | null;
}

export const NO_RESULT: Result = { score: null, report: null };

export interface CompletionNoteDeps {
  writebacks: WritebackStore;
  sealer: Sealer;
  settings: () => Settings;
  /** A duration in ms. */
  formatDuration: (ms: number) => string;
}

const NOTED: Record<CompletionNoteWhen, readonly (Progress | null)[]> = {
  off: [],
  submitted: ['submitted', 'reviewed'],
  reviewed: ['reviewed'],
};

export class CompletionNote {
  constructor(private readonly deps: CompletionNoteDeps) {}

  /** Queued once the setting's progress is reached, with what is known then. */
  owe(
    tx: Tx,
    row: InvitationRow,
    opportunities: readonly OpportunityId[],
    result: Result,
    now: number,
  ): void {
    if (!NOTED[this.deps.settings().completionNote].includes(row.progress)) return;
    const text = completionText(row, result, now, this.deps.formatDuration);
    for (const opportunityId of opportunities) {
      const topic = noteTopic('completion', row);
      const mark = markNote(this.deps.sealer, { opportunityId, topic });
      const about = { invitationId: row.id as InvitationId, opportunityId, topic };
      const note = { text, mark, isLookedForFirst: true as const };
      this.deps.writebacks.queueNote(tx, about, note, now, now);
    }
  }
}

/** What isn't known is left out. */
function completionText(
  row: InvitationRow,
  { score, report }: Result,
  now: number,
  formatDuration: (ms: number) => string,
): string {
  const submitted = row.submitted_at ?? now;
  const took =
    row.started_at === null
      ? `${formatDuration(submitted - (row.invited_at ?? row.created_at))} after the invitation`
      : `${formatDuration(submitted - row.started_at)} after the start`;
  const lines = [
    `CodeSubmit: “${row.challenge_name}” was submitted on ${dateOf(submitted)}, ${took}.`,
  ];
  if (row.due_at !== null && submitted > row.due_at)
    lines.push(`That was ${formatDuration(submitted - row.due_at)} after the due date.`);
  if (row.progress === 'reviewed') lines.push(`Reviewed on ${dateOf(now)}.`);
  if (score !== null) lines.push(`Score: ${score}`);
  if (report !== null) lines.push(`Report: ${report}`);
  return lines.join('\n');
}

/** `2026-11-25 14:03 UTC`. */
function dateOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export interface LeverUpdatesDeps {
  rows: InvitationStore;
  writebacks: WritebackStore;
  tags: ProgressTags;
  completionNote: CompletionNote;
  sealer: Sealer;
  settings: () => Settings;
}

/**
 * A link that only CodeSubmit's list shows is found within this time; a note about its absence
 * would be noise. What CodeSubmit had already waits for the next reading, two minutes after the last.
 */
const MAX_LINK_LOOK_MS = 5_000;
const MAX_READING_MS = 3 * MINUTE_MS;
const NO_LINK = 'no_link';

export class LeverUpdates {
  constructor(private readonly deps: LeverUpdatesDeps) {}

  /**
   * CodeSubmit has the invitation: queues its link for the opportunity, or a note if the link isn't
   * known.
   */
  invited(tx: Tx, id: InvitationId, now: number): void {
    const { rows, writebacks } = this.deps;
    const row = rows.get(id);
    if (!row) return;
    writebacks.queueLink(tx, id, row.opportunity_id as OpportunityId, now);
    if (row.sealed_link === null) this.#noteMissingLink(tx, row, now);
    else writebacks.dropUntriedNote(tx, id, noteTopic(NO_LINK, row));
    this.moved(tx, id, NO_RESULT, now);
  }

  /** Its progress changed, or its due date passed. */
  moved(tx: Tx, id: InvitationId, result: Result, now: number): void {
    const row = this.deps.rows.get(id);
    if (!row) return;
    const opportunities = this.#show(tx, row, now);
    this.deps.completionNote.owe(tx, row, opportunities, result, now);
  }

  /** For all in progress, when the setting was turned on or off, or a rule has another tag. */
  showTags(tx: Tx, followed: readonly InvitationRow[], now: number): void {
    const { writebacks, settings } = this.deps;
    if (settings().progressTags) for (const row of followed) this.#show(tx, row, now);
    else writebacks.clearTags(tx, PROGRESS_TOPIC, now);
  }

  /** As tags on the opportunities that have the invitation; returns them. */
  #show(tx: Tx, { id, opportunity_id }: InvitationRow, now: number): OpportunityId[] {
    const { rows, tags } = this.deps;
    const sharers = rows.sharersOf(id as InvitationId);
    const opportunities = [opportunity_id as OpportunityId, ...sharers];
    for (const opportunityId of opportunities) tags.show(tx, opportunityId, now);
    return opportunities;
  }

  /**
   * The same person has it through another opportunity: this one shows its progress too, and its
   * own contact the link.
   */
  share(
    tx: Tx,
    { invitationId, isSameContact }: Shared,
    opportunityId: OpportunityId,
    now: number,
  ): void {
    const { rows, writebacks, tags, completionNote } = this.deps;
    if (!isSameContact) writebacks.queueLink(tx, invitationId, opportunityId, now);
    if (!rows.addSharer(tx, opportunityId, invitationId)) return;
    const row = rows.get(invitationId);
    if (!row) return;
    tags.show(tx, opportunityId, now);
    completionNote.owe(tx, row, [opportunityId], NO_RESULT, now);
  }

  #noteMissingLink(tx: Tx, row: InvitationRow, now: number): void {
    const { writebacks, settings } = this.deps;
    const settleMs = settings().settleSeconds * SECOND_MS;
    const lookMs = row.detail === null ? Math.min(settleMs, MAX_LINK_LOOK_MS) : MAX_READING_MS;
    const text =
      `CodeSubmit: “${row.challenge_name}” was sent to this candidate. The link could not be read from ` +
      'CodeSubmit’s answer, so it is not listed here. You can find it in CodeSubmit.';
    const about = {
      invitationId: row.id as InvitationId,
      opportunityId: row.opportunity_id as OpportunityId,
      topic: noteTopic(NO_LINK, row),
    };
    const mark = markNote(this.deps.sealer, about);
    writebacks.queueNote(tx, about, { text, mark }, now + lookMs, now);
  }
}

// The tag that shows a challenge's progress in Lever. Setting it again changes nothing.

export interface ProgressTagsDeps {
  database: Database;
  rules: RuleStore;
  writebacks: WritebackStore;
  settings: () => Settings;
}

const PROGRESS_TOPIC = 'progress';

export class ProgressTags {
  readonly #latest;

  constructor(private readonly deps: ProgressTagsDeps) {
    this.#latest = deps.database.prepare<[{ id: string }], InvitationRow>(
      `SELECT * FROM invitations WHERE (opportunity_id = :id
         OR id IN (SELECT invitation_id FROM sharings WHERE opportunity_id = :id)) AND state IN ('invited', 'linked')
       ORDER BY invited_at DESC, id DESC LIMIT 1`,
    );
  }

  /** One of our tags at a time: that of the challenge sent last. */
  show(tx: Tx, opportunityId: OpportunityId, now: number): void {
    const { writebacks, settings } = this.deps;
    if (!settings().progressTags) return;
    const row = this.#latest.get({ id: opportunityId });
    if (!row) return;
    const about = { invitationId: row.id as InvitationId, opportunityId, topic: PROGRESS_TOPIC };
    writebacks.setTag(tx, about, this.#tagOf(row), now);
  }

  #tagOf(row: InvitationRow): string | null {
    const isOverdue = row.overdue_at !== null && row.overdue_at >= (row.progress_at ?? 0);
    const word = progressWord(row.progress, isOverdue);
    return word && progressTag(this.#baseOf(row), word);
  }

  #baseOf({ rule_id: ruleId, challenge_id, challenge_name }: InvitationRow): string {
    const { rules } = this.deps;
    const tag = rules.findTagFor(challenge_id as ChallengeId, ruleId as RuleId | null);
    return tag ?? challenge_name;
  }
}

// The tag that shows recruiters why a candidate is on hold, if the admin wants it.

/** An opportunity has one such tag at a time. */
export const HOLD_TOPIC = 'hold';

export class HoldTags {
  constructor(
    private readonly writebacks: WritebackStore,
    private readonly settings: () => Settings,
  ) {}

  /** The same decision again queues nothing. Turned off, all tags are queued for removal. */
  follow(tx: Tx, opportunityId: OpportunityId, decision: Decision, now: number): void {
    if (!this.settings().holdTags) return;
    const about = { invitationId: null, opportunityId, topic: HOLD_TOPIC };
    const tag = decision.kind === 'hold' ? REASONS[decision.reason].holdTag : undefined;
    this.writebacks.setTag(tx, about, tag ?? null, now);
  }

  /** Removes it everywhere: it is turned off, or the integration is revoked. */
  clearAll(tx: Tx, now: number): void {
    this.writebacks.clearTags(tx, HOLD_TOPIC, now);
  }
}
