/** The copy of CodeSubmit's list of sent challenges, and what is known about its readings. */
import type { SealedPlace, Sealer } from '../../storage/home/sealer.js';
import type { Database, Tx } from '../../storage/database/database.js';
import { HOUR_MS } from '../../domain/clock.js';
import type { ChallengeId, VendorInvitationId } from '../../domain/ids.js';
import type { SentChallenge, SentCursor } from '../../domain/codesubmit-port.js';
import { rewrittenForm, samePersonForm } from '../../domain/email.js';

/** A row as CodeSubmit shows it; `challengeId`: the one challenge it names, null when unclear. */
export type ListedRow = Omit<SentChallenge, 'challenge'> & { challengeId: ChallengeId | null };

/** A row of the copy. */
export interface ListedChallenge extends Pick<
  SentChallenge,
  'created' | 'link' | 'status' | 'commitsCount'
> {
  id: VendorInvitationId;
  emailHash: Buffer | null;
  challengeId: ChallengeId | null;
  /** The last reading that showed it. */
  seenIn: number;
}

/** How far the current reading has come. */
export interface ReadingProgress {
  /** Our time, epoch ms, like all times here. */
  beganAt: number;
  next: SentCursor | null;
  pages: number;
  /** The row count on the first page that has one, and the largest on any page. */
  announced: number | null;
  mostAnnounced: number | null;
  /** Rows without an id, and with one. A row on two pages counts twice. */
  nameless: number;
  named: number;
  /**
   * Whether each row so far was created no later than the one before it, and when the first and
   * last were created.
   */
  isOrdered: boolean;
  firstMade: number | null;
  lastMade: number | null;
}

/** A reading that reached the end of the list. */
export interface EndOfReading {
  reading: number;
  beganAt: number;
  /** It alone missed no row. */
  isComplete: boolean;
}

/** The copy, which misses no row. */
export interface CopyState {
  /** Of the reading that renewed it last. */
  reading: number;
  beganAt: number;
  endedAt: number;
  /** When a whole reading last ended. */
  wholeAt: number;
  pages: number;
  isNewestFirst: boolean;
  rows: number;
  /** Rows with an address and a challenge. */
  recognised: number;
}

export interface SentListState {
  source: string | null;
  reading: number;
  progress: ReadingProgress | null;
  ended: EndOfReading | null;
  copy: CopyState | null;
  base: number | null;
  wantedAt: number | null;
  failedAt: number | null;
  /** CodeSubmit asked us to wait until then. */
  retryAt: number | null;
  lastError: string | null;
}

interface StateRow {
  source: string | null;
  reading: number;
  progress: string | null;
  ended: string | null;
  copy: string | null;
  base: number | null;
  wanted_at: number | null;
  failed_at: number | null;
  retry_at: number | null;
  last_error: string | null;
}

interface CopyRow {
  vendor_id: string;
  email_hash: Buffer | null;
  challenge_id: string | null;
  created_from: number | null;
  created_until: number | null;
  sealed_link: Buffer | null;
  status_number: number | null;
  commits_count: number | null;
  seen_in: number;
}

const NOTHING = { progress: null, ended: null, copy: null, base: null };
const NO_FAILURE = { wantedAt: null, failedAt: null, retryAt: null, lastError: null };

export class SentListStore {
  readonly #state;
  readonly #find;
  readonly #put;
  readonly #ofEmail;
  readonly #ofRewritten;
  readonly #ofPerson;

  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
  ) {
    this.#state = database.prepare<[], StateRow>('SELECT * FROM sent_list WHERE id = 1');
    this.#find = this.#by('vendor_id');
    this.#ofEmail = this.#by('email_hash');
    this.#ofRewritten = this.#by('rewritten_hash');
    this.#ofPerson = this.#by('person_hash');
    this.#put = database.prepareWrite<unknown[]>(
      `INSERT INTO sent_challenges (vendor_id, email_hash, person_hash, rewritten_hash, challenge_id,
         created_from, created_until, sealed_link, status_number, commits_count, first_seen_at, seen_in)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (vendor_id) DO UPDATE SET email_hash = excluded.email_hash,
         person_hash = excluded.person_hash, rewritten_hash = excluded.rewritten_hash,
         challenge_id = excluded.challenge_id, created_from = excluded.created_from,
         created_until = excluded.created_until, sealed_link = excluded.sealed_link,
         status_number = excluded.status_number, commits_count = excluded.commits_count,
         seen_in = excluded.seen_in`,
    );
  }

  #by(column: 'vendor_id' | 'email_hash' | 'person_hash' | 'rewritten_hash') {
    return this.database.prepare<[Buffer | string], CopyRow>(
      `SELECT * FROM sent_challenges WHERE ${column} = ?`,
    );
  }

  state(): SentListState {
    const row = this.#state.get();
    if (!row) throw new Error('the row of the sent list is missing');
    const parse = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
    return {
      ...{ source: row.source, reading: row.reading, base: row.base },
      ...{ wantedAt: row.wanted_at, failedAt: row.failed_at },
      ...{ retryAt: row.retry_at, lastError: row.last_error },
      progress: parse(row.progress) as ReadingProgress | null,
      ended: parse(row.ended) as EndOfReading | null,
      copy: parse(row.copy) as CopyState | null,
    };
  }

  set(tx: Tx, changes: Partial<SentListState>): void {
    const { progress, ended, copy, wantedAt, failedAt, retryAt, lastError, ...rest } = {
      ...this.state(),
      ...changes,
    };
    const text = (value: object | null): string | null =>
      value === null ? null : JSON.stringify(value);
    this.database
      .prepareWrite<unknown[]>(
        `UPDATE sent_list SET source = ?, reading = ?, base = ?, progress = ?, ended = ?, copy = ?,
           wanted_at = ?, failed_at = ?, retry_at = ?, last_error = ? WHERE id = 1`,
      )
      .run(
        tx,
        ...[rest.source, rest.reading, rest.base, text(progress), text(ended), text(copy)],
        ...[wantedAt, failedAt, retryAt, lastError],
      );
  }

  /** It is another list now, or its hashes can't be compared any more. */
  clear(tx: Tx, source: string | null = null): void {
    this.database.prepareWrite('DELETE FROM sent_challenges').run(tx);
    this.set(tx, { ...NOTHING, ...NO_FAILURE, source });
  }

  /** The database was put back: what CodeSubmit has been asked for since isn't in its list. It's read again. */
  distrust(tx: Tx): void {
    this.set(tx, NOTHING);
  }

  /**
   * The process starts: time since the last failed attempt doesn't count as waiting. A reading
   * dated in the future was dated by a wrong clock. Taken for a recent one, it would prove absences
   * that it never saw. Nothing waits by such a clock, either.
   */
  resume(tx: Tx, now: number): void {
    const { wantedAt, failedAt, retryAt, ...state } = this.state();
    const times = [state.progress?.beganAt, state.ended?.beganAt, state.copy?.endedAt];
    if (times.some((at) => at !== undefined && at > now)) this.set(tx, NOTHING);
    if (retryAt !== null && retryAt > now + HOUR_MS) this.set(tx, { retryAt: null });
    if (wantedAt === null || failedAt === null) return;
    this.set(tx, { wantedAt: now - (failedAt - wantedAt), failedAt: now });
  }

  /** Our calendar jumped. If the machine slept meanwhile, a reading has aged by as much. */
  shift(tx: Tx, jumpMs: number): void {
    const { progress, ended, copy, wantedAt, failedAt, retryAt } = this.state();
    const backMs = Math.min(jumpMs, 0);
    const began = <T extends { beganAt: number }>(one: T | null): T | null =>
      one && { ...one, beganAt: one.beganAt + backMs };
    const moved = began(copy);
    this.set(tx, {
      progress: began(progress),
      ended: began(ended),
      copy: moved && {
        ...moved,
        endedAt: moved.endedAt + backMs,
        wholeAt: moved.wholeAt + backMs,
      },
      wantedAt: wantedAt === null ? null : wantedAt + jumpMs,
      failedAt: failedAt === null ? null : failedAt + jumpMs,
      retryAt: retryAt === null ? null : retryAt + jumpMs,
    });
  }

  /** Stores a row of this reading; returns whether an earlier one had shown it. */
  put(tx: Tx, row: ListedRow & { id: VendorInvitationId }, reading: number, now: number): boolean {
    const known = this.#find.get(row.id);
    const { id, email, challengeId, created, status, commitsCount } = row;
    const hash = (form: (address: string) => string): Buffer | null =>
      email === null ? null : this.sealer.hashEmail(form(email));
    this.#put.run(
      tx,
      ...[id, hash(String), hash(samePersonForm), hash(rewrittenForm), challengeId],
      ...[created?.from ?? null, created?.until ?? null],
      row.link === null || this.#isOurs(id) ? null : this.sealer.seal(row.link, linkPlace(id)),
      ...[status, commitsCount, now, reading],
    );
    return known !== undefined && known.seen_in < reading;
  }

  #isOurs(id: VendorInvitationId): boolean {
    return (
      this.database
        .prepare<[string], unknown>('SELECT 1 FROM invitations WHERE vendor_id = ? LIMIT 1')
        .get(id) !== undefined
    );
  }

  /** How many rows the readings from that one on have shown. */
  countSince(reading: number): number {
    return this.#count('seen_in >= ?', reading);
  }

  /** Whether a row from those readings is missing in this one. */
  hasLost(reading: number, since: number): boolean {
    const row = this.database
      .prepare<[number, number], unknown>(
        'SELECT 1 FROM sent_challenges WHERE seen_in < ? AND seen_in >= ? LIMIT 1',
      )
      .get(reading, since);
    return row !== undefined;
  }

  countAll(): number {
    return this.#count('? = 0', 0);
  }

  /** Rows shown by readings from that one on, with an address and a challenge. */
  countRecognised(reading = 0): number {
    const isTold = 'email_hash IS NOT NULL AND challenge_id IS NOT NULL';
    return this.#count(`seen_in >= ? AND ${isTold}`, reading);
  }

  #count(condition: string, value: number): number {
    const row = this.database
      .prepare<[number], { n: number }>(
        `SELECT count(*) AS n FROM sent_challenges WHERE ${condition}`,
      )
      .get(value);
    return row?.n ?? 0;
  }

  /** No longer listed: no reading from that one on has shown it. */
  dropBefore(tx: Tx, reading: number): void {
    this.database.prepareWrite('DELETE FROM sent_challenges WHERE seen_in < ?').run(tx, reading);
  }

  find(id: VendorInvitationId): ListedChallenge | undefined {
    const row = this.#find.get(id);
    return row && this.#listed(row);
  }

  /** Sent to one of these addresses, by their hashes, for the same challenge. */
  findEqual(hashes: readonly Buffer[], challengeId: ChallengeId): ListedChallenge[] {
    const rows = hashes.flatMap((hash) => this.#ofEmail.all(hash));
    return rows.filter((row) => row.challenge_id === challengeId).map((row) => this.#listed(row));
  }

  findSentTo(email: string, challengeId: ChallengeId): ListedChallenge[] {
    return this.findEqual([this.sealer.hashEmail(email)], challengeId);
  }

  /**
   * Sent to what a vendor may have made of this address, or to it for an unrecognised challenge.
   */
  findRewritten(email: string, challengeId: ChallengeId): ListedChallenge[] {
    const own = this.sealer.hashEmail(email);
    return this.#ofRewritten
      .all(this.sealer.hashEmail(rewrittenForm(email)))
      .filter((row) => isSimilar(row, [own], challengeId))
      .map((row) => this.#listed(row));
  }

  /**
   * Sent to what may be another address of the same person, or to one of theirs for an unrecognised
   * challenge.
   */
  findOfPerson(
    personHashes: readonly Buffer[],
    own: readonly Buffer[],
    challengeId: ChallengeId,
  ): ListedChallenge[] {
    const rows = personHashes.flatMap((hash) => this.#ofPerson.all(hash));
    return rows.filter((row) => isSimilar(row, own, challengeId)).map((row) => this.#listed(row));
  }

  #listed(row: CopyRow): ListedChallenge {
    const { created_from: from, created_until: until, sealed_link: sealed } = row;
    return {
      id: row.vendor_id as VendorInvitationId,
      emailHash: row.email_hash,
      challengeId: row.challenge_id as ChallengeId | null,
      created: from === null || until === null ? null : { from, until },
      link: sealed === null ? null : this.sealer.tryOpen(sealed, linkPlace(row.vendor_id)),
      status: row.status_number,
      commitsCount: row.commits_count,
      seenIn: row.seen_in,
    };
  }
}

function linkPlace(vendorId: string): SealedPlace {
  return { column: 'sent_challenges.sealed_link', row: [vendorId] };
}

function isSimilar(row: CopyRow, own: readonly Buffer[], challengeId: ChallengeId): boolean {
  if (row.challenge_id === null) return true;
  const isOwn = own.some((hash) => row.email_hash?.equals(hash));
  return row.challenge_id === challengeId && !isOwn;
}
