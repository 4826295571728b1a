/** What is read of the pending updates to Lever. */
import type { OpportunityId } from '../../domain/ids.js';
import { invitationPlace, type SealedPlace, type Sealer } from '../../storage/home/sealer.js';
import type { Database } from '../../storage/database/database.js';
import type { WritebackClaim, WritebackKind } from './writeback.js';

/** What is needed to decrypt its link or text. */
export interface SealedRow {
  id: number;
  kind: WritebackKind;
  opportunity_id: string;
  topic: string;
  sealed_note: Buffer | null;
  sealed_link: Buffer | null;
  /** Of the link's invitation. */
  link_of: string | null;
  challenge_id: string | null;
  repetition: number | null;
}

export interface DueRow extends SealedRow {
  look_at: number | null;
  invitation_id: number | null;
  attempts: number;
  last_error: string | null;
  wanted: string | null;
  ours: string;
  is_new: number;
}

/** Write-backs of one kind with the same problem: how many, since when, and the last refusal. */
export interface WritebackTally {
  kind: WritebackKind;
  n: number;
  since: number;
  error: string | null;
  /** 1 where Lever's refusal of one is permanent. */
  isRefused: number;
  /** Some of their invitations, separated by spaces. */
  ids: string;
}

export interface UnwantedTag {
  id: number;
  opportunityId: OpportunityId;
  /** That we may have added. */
  tags: string[];
}

/** Lever will refuse it again, unless someone changes something there. */
const IS_REFUSED = 'last_status IN (400, 403)';

export class WritebackQueries {
  readonly #due;
  readonly #under;

  constructor(
    protected readonly database: Database,
    protected readonly sealer: Sealer,
  ) {
    this.#due = database.prepare<[number, number, number], DueRow>(
      `SELECT w.*, i.sealed_link, i.opportunity_id AS link_of, i.challenge_id, i.repetition,
         i.opportunity_id = w.opportunity_id AND i.vendor_id IS NOT NULL AND i.detail IS NULL
           AND i.repetition = 0 AND w.last_error IS NULL AS is_new
       FROM writebacks AS w LEFT JOIN invitations AS i ON i.id = w.invitation_id
       WHERE w.state = 'owed' AND w.claim IS NULL AND w.due_at <= ?
         AND NOT (w.kind = 'link' AND EXISTS (SELECT 1 FROM writebacks AS other
           WHERE other.invitation_id = w.invitation_id AND other.kind = 'link' AND other.id <> w.id
             AND (other.claim IS NOT NULL OR other.look_at > ?)))
       ORDER BY w.due_at, w.id LIMIT ?`,
    );
    this.#under = database.prepare<[{ id: string }], unknown>(
      `SELECT 1 FROM writebacks WHERE claim IS NOT NULL AND (opportunity_id = :id
         OR invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = :id)) LIMIT 1`,
    );
  }

  /** Those that are due and in nobody's hands. One link is put into one place at a time, and looked for before the next: two opportunities may be of one contact. */
  listDue(now: number, limit: number): DueRow[] {
    return withoutSameLink(this.#due.all(now, now, limit));
  }

  /** The link or text; null where it can't be decrypted. */
  protected tryOpen(row: SealedRow): string | null {
    const isLink = row.kind === 'link';
    const sealed = isLink ? row.sealed_link : row.sealed_note;
    const place = isLink ? linkPlace(row) : notePlace(row.opportunity_id, row.topic);
    return sealed === null ? null : this.sealer.tryOpen(sealed, place);
  }

  /** Tags on that topic that may be in Lever although none belongs there. */
  listUnwantedTags(topic: string): UnwantedTag[] {
    return this.database
      .prepare<[string], { id: number; opportunity_id: string; ours: string }>(
        `SELECT id, opportunity_id, ours FROM writebacks
         WHERE kind = 'tag' AND topic = ? AND wanted IS NULL AND state <> 'done' AND ours <> '[]'`,
      )
      .all(topic)
      .map(({ id, opportunity_id: opportunityId, ours }) => ({
        ...{ id, opportunityId: opportunityId as OpportunityId },
        tags: JSON.parse(ours) as string[],
      }));
  }

  /** Whether the row is still this attempt's. */
  isClaimed({ id, claim }: WritebackClaim): boolean {
    return (
      this.database
        .prepare<[number, string], unknown>('SELECT 1 FROM writebacks WHERE id = ? AND claim = ?')
        .get(id, claim) !== undefined
    );
  }

  /** Whether something for the opportunity is being written to Lever right now. */
  isUnderWay(opportunityId: OpportunityId): boolean {
    return this.#under.get({ id: opportunityId }) !== undefined;
  }

  /** What Lever refused and is retried, less and less often. */
  refused(): WritebackTally[] {
    return this.#tally(`state = 'owed' AND attempts > 1 AND last_error IS NOT NULL`);
  }

  /** What waits for a change outside; a tag that no one can see is as good as removed. */
  parked(): WritebackTally[] {
    return this.#tally(
      `state = 'parked' AND NOT (kind = 'tag' AND wanted IS NULL) AND last_error IS NOT NULL`,
    );
  }

  /** What is parked because it can't be decrypted. */
  unreadable(): WritebackTally[] {
    return this.#tally(`state = 'parked' AND last_error IS NULL`);
  }

  /** Everything pending, tried or not. */
  owed(): WritebackTally[] {
    return this.#tally(`state = 'owed'`);
  }

  /**
   * What has been pending since `before` (epoch ms) or longer, without permanent refusals, which are a separate problem.
   * What lies ahead of `now` is from before our clock was set back.
   */
  owedBefore(before: number, now: number): WritebackTally[] {
    return this.#tally(
      `state = 'owed' AND (created_at <= ? OR created_at > ?)
       AND NOT (attempts > 1 AND coalesce(${IS_REFUSED}, 0))`,
      before,
      now,
    );
  }

  #tally(condition: string, ...values: number[]): WritebackTally[] {
    return this.database
      .prepare<number[], WritebackTally>(
        `SELECT kind, count(*) AS n, min(created_at) AS since, max(last_error) AS error,
           max(coalesce(${IS_REFUSED}, 0)) AS isRefused,
           coalesce(replace(group_concat(DISTINCT invitation_id), ',', ' '), '') AS ids
         FROM writebacks WHERE ${condition} GROUP BY kind ORDER BY kind`,
      )
      .all(...values);
  }
}

/** The first of those with the same link, and everything else. */
function withoutSameLink(rows: readonly DueRow[]): DueRow[] {
  const seen = new Set<number>();
  return rows.filter(({ kind, invitation_id: id }) => {
    if (kind !== 'link' || id === null) return true;
    const isFirst = !seen.has(id);
    seen.add(id);
    return isFirst;
  });
}

export function notePlace(opportunityId: string, topic: string): SealedPlace {
  return { column: 'writebacks.sealed_note', row: [opportunityId, 'note', topic] };
}

function linkPlace({ link_of, challenge_id, repetition }: SealedRow): SealedPlace {
  return invitationPlace('sealed_link', {
    opportunity_id: link_of ?? '',
    challenge_id: challenge_id ?? '',
    repetition: repetition ?? 0,
  });
}
