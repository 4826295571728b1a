/** Signs in CodeSubmit's list that another program sends challenges for the same candidates. */
import type { Sealer } from '../../storage/home/sealer.js';
import type { Database, Tx } from '../../storage/database/database.js';
import { MINUTE_MS, DAY_MS } from '../../domain/clock.js';
import type { ChallengeId, VendorInvitationId } from '../../domain/ids.js';
import type { Span } from '../../domain/codesubmit-port.js';

/** What matters about a listed challenge. */
interface Listed {
  id: VendorInvitationId | null;
  challengeId: ChallengeId | null;
  email: string | null;
  created: Span | null;
}

/**
 * - `repeated`: of a pair of address and challenge that we had sent. One is enough.
 * - `follows_move`: created within minutes of a move into a rule's stage, which a recruiter may
 *   have done once.
 */
type Sign = 'repeated' | 'follows_move';

export interface SignTally {
  sign: Sign;
  n: number;
  /** When the first of them was created, epoch ms. */
  since: number;
  /** 0 while the list shows none of ours under its id: then what looks like another's may be ours. */
  isOursListed: 0 | 1;
}

/** Older ones were seen already, or came before we looked. */
const LOOKED_AT_MS = 3 * DAY_MS;
/** After a week without another one, it counts as turned off. */
const COUNTS_MS = 7 * DAY_MS;
const MOVE_MS = 5 * MINUTE_MS;
/** The vendors' clocks differ. */
const CLOCK_MS = MINUTE_MS;
const MOVES_A_DAY = 3;

/** Our own unknown outcomes and repetitions look like another program's challenge. */
const IS_REPEATED = `SELECT 1 FROM invitations AS ours
  WHERE ours.email_hash = :hash AND ours.challenge_id = :challengeId AND ours.vendor_id <> :id
    AND ours.state IN ('invited', 'linked') AND ours.intent_at_vendor < :createdAt
    AND NOT EXISTS (SELECT 1 FROM invitations AS own WHERE own.vendor_id = :id)
    AND NOT EXISTS (SELECT 1 FROM invitations AS other
      WHERE other.email_hash = ours.email_hash AND other.challenge_id = ours.challenge_id
        AND (other.repetition > 0 OR other.state IN ('sending', 'uncertain')))
    AND NOT EXISTS (SELECT 1 FROM attempts WHERE invitation_id = ours.id
      AND outcome IN ('uncertain', 'adopted', 'settled_sent'))`;

/** One that we adopted before sending anything also came from elsewhere. */
const FOLLOWS_MOVE = `SELECT 1 FROM opportunities AS o JOIN rules AS r ON r.stage_id = o.stage_id
  WHERE o.email_hash = :hash AND r.removed_at IS NULL
    AND o.moved_at BETWEEN :createdAt - ${String(MOVE_MS)} AND :createdAt + ${String(CLOCK_MS)}
    AND NOT EXISTS (SELECT 1 FROM invitations AS own
      WHERE own.vendor_id = :id AND own.intent_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM invitations AS open
      WHERE open.email_hash = :hash AND open.state IN ('sending', 'uncertain'))`;

interface Parameters {
  hash: Buffer;
  challengeId: string | null;
  id: string;
  createdAt: number;
}

export class ForeignRows {
  readonly #isRepeated;
  readonly #followsMove;
  readonly #tally;

  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
  ) {
    this.#isRepeated = database.prepare<[Parameters], unknown>(IS_REPEATED);
    this.#followsMove = database.prepare<[Parameters], unknown>(FOLLOWS_MOVE);
    this.#tally = database.prepare<[number], SignTally>(
      `SELECT sign, count(*) AS n, min(created_at) AS since, EXISTS (
         SELECT 1 FROM sent_challenges AS listed JOIN invitations AS ours USING (vendor_id)
         WHERE ours.intent_at IS NOT NULL) AS isOursListed
       FROM foreign_rows AS one
       WHERE created_at > ? AND (sign = 'repeated' OR (SELECT count(*) FROM foreign_rows AS other
         WHERE other.sign = one.sign AND other.created_at
           BETWEEN one.created_at - ${String(DAY_MS)} AND one.created_at + ${String(DAY_MS)}) >= ${String(MOVES_A_DAY)})
       GROUP BY sign ORDER BY sign DESC`,
    );
  }

  /** Examines a page of the list. */
  async note(rows: readonly Listed[], now: number): Promise<void> {
    const signs = rows.flatMap((row) => this.#signOf(row, now) ?? []);
    if (signs.length === 0) return;
    await this.database.write((tx) => {
      for (const { id, sign, createdAt } of signs) this.#save(tx, id, sign, createdAt);
      this.database
        .prepareWrite('DELETE FROM foreign_rows WHERE created_at < ?')
        .run(tx, now - COUNTS_MS);
    });
  }

  /** The current evidence of another sender; empty when there is none. */
  tally(now: number): SignTally[] {
    return this.#tally.all(now - COUNTS_MS);
  }

  #signOf({ id, challengeId, email, created }: Listed, now: number) {
    if (id === null || email === null || created === null) return undefined;
    if (created.from < now - LOOKED_AT_MS) return undefined;
    const createdAt = created.from;
    const parameters = { id, challengeId, createdAt, hash: this.sealer.hashEmail(email) };
    if (this.#isRepeated.get(parameters)) return { id, createdAt, sign: 'repeated' as const };
    // A date without a time can't follow a move by minutes.
    if (created.until - created.from > CLOCK_MS) return undefined;
    if (this.#followsMove.get(parameters)) return { id, createdAt, sign: 'follows_move' as const };
    return undefined;
  }

  #save(tx: Tx, id: string, sign: Sign, createdAt: number): void {
    this.database
      .prepareWrite(
        `INSERT INTO foreign_rows (vendor_id, sign, created_at) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET sign = excluded.sign`,
      )
      .run(tx, id, sign, createdAt);
  }
}
