/** The copy of CodeSubmit's list of sent challenges, and what is known about its readings. */
import {
  isShownByNewest,
  type Offer,
  type OfferedChallenge,
  type SentChallenge,
} from '../domain/challenges.js';
import { catalogOf, type Catalog } from '../domain/decide/challenge-tags.js';
import { looksMasked, samePersonForm } from '../domain/addressee.js';
import type { ChallengeId, VendorInvitationId } from '../domain/ids.js';
import { countRows, getRow, type Database, type Tx } from './database/database.js';
import type { Sealer } from './home/sealer.js';
import { readVendorFact, storeVendorFact } from './integration-store.js';
import { isOurs } from './invitation-queries.js';

/** A row as CodeSubmit shows it. `challengeId`: the challenge that it names, null when unclear. */
export type ListedRow = Omit<SentChallenge, 'challenge'> & { challengeId: ChallengeId | null };

/** A row of the copy. */
export interface ListedChallenge extends Pick<
  SentChallenge,
  'created' | 'link' | 'status' | 'commitsCount'
> {
  id: VendorInvitationId;
  /** Null when the row shows no whole address. */
  emailHash: Buffer | null;
  /** Null when it can't be told which. It may be one that the list of challenges leaves out. */
  challengeId: ChallengeId | null;
  /** The last reading that showed the row. */
  seenIn: number;
}

/** A whole reading that came to the end of the list. */
export interface EndOfReading {
  reading: number;
  /** When the reading began: by our clock, and by CodeSubmit's `Date`. Epoch ms. */
  beganAt: number;
  vendorAt: number;
  /** The reading missed no row, and the list said where it ends. */
  isComplete: boolean;
}

/** The copy of the list, which misses no row. */
interface CopyState {
  /** The reading that renewed the copy last. */
  reading: number;
  /** When that reading began, by CodeSubmit's `Date`; epoch ms, like all times. */
  vendorAt: number;
  /** When that reading ended: by CodeSubmit's `Date`, and by our clock, like all other times. */
  vendorEndAt: number;
  endedAt: number;
  /** The last whole reading, when it ended, and how long it took without waits. */
  whole: number;
  wholeAt: number;
  durationMs: number;
  /** The last whole reading showed the newest rows first, and its count equals the rows held. */
  isHeadEnough: boolean;
  /** How many rows of the copy have no id. */
  nameless: number;
}

/** The list is needed and can't be read. */
export interface ListTrouble {
  /** The time of trouble, up to the last failed attempt: time in which nothing runs doesn't count. */
  since: number;
  until: number;
  error: string;
  /** CodeSubmit asked us to wait, so sending waits as well, whatever risk the admin takes. */
  isAskedToWait?: boolean;
  /** Only a complete reading ends the trouble, not single readable pages. */
  isLasting: boolean;
}

/** How far the whole reading in progress is. */
export interface ReadingProgress {
  beganAt: number;
  readAt: number;
  rows: number;
  /** How many rows there are; null if the list doesn't say. */
  of: number | null;
}

/** The state before the first reading. */
export const NEVER_READ = {
  /** Which list this is: another key, address or field path makes it another one. */
  source: null as string | null,
  /** The number of the last reading that was begun. */
  reading: 0,
  progress: null as ReadingProgress | null,
  ended: null as EndOfReading | null,
  copy: null as CopyState | null,
  trouble: null as ListTrouble | null,
  /** Rows show ids of the kind that the list of challenges uses. */
  isIdShown: false,
  /** CodeSubmit's time from which a row is news to us: earlier ones were there before we looked. */
  knownFrom: null as number | null,
};

/** What is known of the list's readings. */
export type SentListState = typeof NEVER_READ;

/** A row as stored. Of addresses it has keyed hashes only. */
interface StoredRow extends Omit<ListedChallenge, 'created' | 'link'> {
  from: number | null;
  until: number | null;
  sealed: Buffer | null;
}

const SELECT_ROWS = `SELECT vendor_id AS id, email_hash AS emailHash, challenge_id AS challengeId, created_from AS "from",
  created_until AS until, sealed_link AS sealed, status_number AS status, commits_count AS commitsCount,
  seen_in AS seenIn FROM sent_challenges`;

/**
 * How long the trouble had lasted at the last failed attempt; time since then doesn't count. `until` may be ahead by a
 * Retry-After, or because our calendar was set back: then `since` is ahead, too.
 */
function lastedMs({ since, until }: ListTrouble, now: number): number {
  return (since > now ? until : Math.min(until, now)) - since;
}

/** Where a row's link is stored: it is encrypted for its own row. */
const SEALED = 'sent_challenges.sealed_link';

/** How many of the newest rows are judged. */
const NEWEST_JUDGED = 20;

/** Of each challenge: tags may still use a name that it had. */
const MOST_FORMER_NAMES = 5;

export class SentListStore {
  /** The stored list of challenges, parsed once for each change of its JSON. */
  #known = { json: '[]', catalog: catalogOf([]) };

  /** The copy of one data directory's list, in its database. `sealer` hashes addresses and encrypts links. */
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
  ) {}

  /** Rows of the copy by CodeSubmit's id, or by the hash of the address or of the form that similar addresses share. */
  #listBy(column: 'vendor_id' | 'email_hash' | 'person_hash', value: Buffer | string) {
    const rows = this.database.all<StoredRow>(`${SELECT_ROWS} WHERE ${column} = ?`, value);
    return rows.map((row) => this.#toListed(row));
  }

  /** What is known of the readings. It is read from the database each time: other processes change it, too. */
  state(): SentListState {
    // Parts that were never stored are as before the first reading.
    return {
      ...NEVER_READ,
      ...(JSON.parse(readVendorFact(this.database, 'sent_list')) as Partial<SentListState>),
    };
  }

  /**
   * How long the whole reading in progress takes so far, if it has shown a page since `since` (epoch ms). Else how long
   * the last one took, if it ended since then; else 0.
   */
  readingMs(since: number, now: number): number {
    const { progress, ended, copy } = this.state();
    if (progress !== null && progress.readAt > since) return now - progress.beganAt;
    if (!ended || !copy || copy.wholeAt <= since) return 0;
    // An incomplete reading may have ended after the copy's.
    return Math.max(0, copy.wholeAt - ended.beganAt);
  }

  /** Stores the changed parts of the state; the others stay. */
  set(tx: Tx, changes: Partial<SentListState>): void {
    storeVendorFact(tx, 'sent_list', JSON.stringify({ ...this.state(), ...changes }));
  }

  /**
   * Clears the copy: the list is another one now, or the copy is out of date, or must not be kept. `source`: which list
   * is read next; null until the next reading says so. Rows from before the next whole reading are no news
   * (`knownFrom`). Readings go on being counted, so a new one never has an old number.
   */
  clear(tx: Tx, source: string | null = null): void {
    tx.run('DELETE FROM sent_challenges');
    this.set(tx, { ...NEVER_READ, reading: this.state().reading, source });
  }

  /**
   * At the start of a process, corrects what the last one stored: its reading in progress has ended with it, and what a
   * wrong clock may have stored is dropped.
   */
  resume(tx: Tx, now: number): void {
    const { ended, copy, trouble } = this.state();
    // A time in the future was taken by a wrong clock. What else it stored may be wrong too, so both readings go.
    const times = [ended?.beganAt, copy?.endedAt, copy?.wholeAt];
    const isWrong = times.some((at) => at !== undefined && at > now);
    this.set(tx, {
      progress: null,
      ended: isWrong ? null : ended,
      copy: isWrong ? null : copy,
      trouble: trouble && { ...trouble, since: now - lastedMs(trouble, now), until: now },
    });
  }

  /** After a jump of our calendar: the last reading proves nothing, and the next one is whole. */
  forgetTimes(tx: Tx, now: number): void {
    this.resume(tx, now);
    const { copy } = this.state();
    // `wholeAt` 0: so long ago that the next reading can't be of the head only. `endedAt`: what `vendorTime` adds to
    // the last reading's time counts from now on.
    this.set(tx, { ended: null, copy: copy && { ...copy, endedAt: now, wholeAt: 0 } });
  }

  /**
   * CodeSubmit's time (epoch ms): its `Date` at the end of the last reading, and what has passed since. Ours before
   * that.
   */
  vendorTime(now: number): number {
    const { copy } = this.state();
    // Never before that `Date`, though our clock may have been set back since.
    return copy === null ? now : copy.vendorEndAt + Math.max(0, now - copy.endedAt);
  }

  /** The challenges that CodeSubmit has, by its last list; empty before there was one. */
  challenges(): readonly OfferedChallenge[] {
    return this.catalog().challenges;
  }

  /**
   * CodeSubmit's list of challenges, by the names that tags use: the last complete one, with what incomplete ones have
   * shown since. Parsed again only when it has changed, perhaps by another process.
   */
  catalog(): Catalog {
    const json = readVendorFact(this.database, 'challenges');
    if (json !== this.#known.json) {
      this.#known = { json, catalog: catalogOf(JSON.parse(json) as OfferedChallenge[]) };
    }
    return this.#known.catalog;
  }

  /** Stores the list of challenges, each with its former names. An incomplete list drops none that it lacks. */
  storeOffer(tx: Tx, { challenges, isWhole }: Offer): void {
    const known = new Map(this.challenges().map((one) => [one.id, one]));
    const kept = new Map(isWhole ? [] : known);
    for (const { id, name, isArchived } of challenges) {
      // A renamed challenge's last name becomes its newest former one. A new challenge has none.
      const { name: last = name, formerNames = [] } = known.get(id) ?? {};
      const names = [last, ...formerNames].filter((one) => one !== name);
      kept.set(id, { id, name, isArchived, formerNames: names.slice(0, MOST_FORMER_NAMES) });
    }
    // By id, so the same challenges in another order are the same text, and nothing is written.
    const json = JSON.stringify([...kept.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    if (json !== readVendorFact(tx, 'challenges')) storeVendorFact(tx, 'challenges', json);
  }

  /**
   * Stores a row that this reading shows; returns whether an earlier one had shown it. The link of a row that is ours
   * isn't kept here: the invitation has it, and erases it.
   */
  storeRow(tx: Tx, row: ListedRow & { id: VendorInvitationId }, reading: number): boolean {
    const { id, email, link, created } = row;
    // Asked first: the row is replaced below.
    const isKnown = countRows(tx, 'sent_challenges WHERE vendor_id = ?', id) > 0;
    tx.run(
      `INSERT OR REPLACE INTO sent_challenges (vendor_id, email_hash, person_hash, looks_masked, challenge_id,
         created_from, created_until, sealed_link, status_number, commits_count, seen_in)
       VALUES (:id, :emailHash, :personHash, :looksMasked, :challengeId,
         :from, :until, :sealed, :status, :commitsCount, :reading)`,
      {
        ...row,
        ...(created ?? { from: null, until: null }),
        emailHash: email === null ? null : this.sealer.hashEmail(email),
        personHash: email === null ? null : this.sealer.hashEmail(samePersonForm(email)),
        looksMasked: Number(looksMasked(email ?? '')),
        sealed: link === null || isOurs(tx, id) ? null : this.sealer.seal(link, SEALED, id),
        reading,
      },
    );
    return isKnown;
  }

  /**
   * How many rows the reading has shown. Leaves out rows created after `until` (CodeSubmit's time, epoch ms):
   * `Infinity` leaves out none. Undated rows count.
   */
  countShown(reading: number, until: number): number {
    const shown =
      'sent_challenges WHERE seen_in = ? AND (created_from IS NULL OR created_from <= ?)';
    return countRows(this.database, shown, reading, until);
  }

  /** When the newest row of the copy was created, by its date; 0 without a dated row. */
  newestAt(): number {
    const sql = 'SELECT coalesce(max(created_from), 0) AS at FROM sent_challenges';
    return getRow<{ at: number }>(this.database, sql).at;
  }

  /** How many rows the copy has. Rows without an id aren't in it. */
  countStored(): number {
    return countRows(this.database, 'sent_challenges');
  }

  /**
   * Whether rows say who was sent something: of the twenty newest at most one lacks a whole address. Then someone who
   * isn't in the list was sent nothing. A single address that looks masked may be a person's; two are masked, unless we
   * sent to them.
   * `nameless`: rows without an id, which aren't in the copy. They count as rows without an address, however old: none of
   * them can be adopted, and each may be the person's.
   */
  isRecognised({ nameless }: Pick<CopyState, 'nameless'>): boolean {
    const { n, shown, masked } = getRow<{ n: number; shown: number; masked: number }>(
      this.database,
      `SELECT count(*) AS n, count(email_hash) AS shown,
         count(*) FILTER (WHERE looks_masked AND NOT EXISTS
           (SELECT 1 FROM invitations WHERE email_hash = listed.email_hash)) AS masked
       FROM (SELECT email_hash, looks_masked FROM sent_challenges ORDER BY created_from DESC LIMIT ?) AS listed`,
      NEWEST_JUDGED,
    );
    return isShownByNewest({ lacking: n + nameless - shown, shown, masked });
  }

  /** Whether an address in CodeSubmit's list looks masked, and none of our invitations has it. */
  isMask(address: string): boolean {
    const hash = this.sealer.hashEmail(address);
    return (
      looksMasked(address) &&
      countRows(this.database, 'invitations WHERE email_hash = ?', hash) === 0
    );
  }

  /** Drops rows that no reading from this one on has shown: they are no longer listed. */
  dropRowsBefore(tx: Tx, reading: number): void {
    tx.run('DELETE FROM sent_challenges WHERE seen_in < ?', reading);
  }

  /** The row with CodeSubmit's id, whichever reading showed it. */
  find(id: VendorInvitationId): ListedChallenge | undefined {
    return this.#listBy('vendor_id', id)[0];
  }

  /** Rows sent to one of these addresses (`hashes`: of each, by `hashEmail`) for this very challenge. */
  findEqual(hashes: readonly Buffer[], challengeId: ChallengeId): ListedChallenge[] {
    return hashes
      .flatMap((hash) => this.#listBy('email_hash', hash))
      .filter((row) => row.challengeId === challengeId);
  }

  /**
   * Rows that may be the same person's although `findEqual` doesn't find them: sent to a similar address, for this
   * challenge or an unclear one; or to one of the person's own, for an unclear one.
   * `personHashes`: of the form that similar addresses share. `ownHashes`: of the person's own addresses.
   */
  findOfPerson(
    personHashes: readonly Buffer[],
    ownHashes: readonly Buffer[],
    challengeId: ChallengeId,
  ): ListedChallenge[] {
    // Once rows have shown ids that the list of challenges has too, an unknown id is another challenge's, such as an
    // archived one's. Until then it may be of any.
    const { isIdShown } = this.state();
    const isUnclear = (id: ChallengeId | null): boolean =>
      id === null || (!isIdShown && !this.challenges().some((one) => one.id === id));
    return personHashes
      .flatMap((hash) => this.#listBy('person_hash', hash))
      .filter((row) => {
        if (row.challengeId !== challengeId) return isUnclear(row.challengeId);
        // One that went to an own address is found by `findEqual`.
        return !ownHashes.some((hash) => row.emailHash?.equals(hash));
      });
  }

  /**
   * A stored row as others read it: with its date (null when unknown) and link (null when none, or it can't be
   * decrypted).
   */
  #toListed({ from, until, sealed, ...row }: StoredRow): ListedChallenge {
    return {
      ...row,
      created: from === null || until === null ? null : { from, until },
      link: sealed && this.sealer.tryOpen(sealed, SEALED, row.id),
    };
  }
}
