/**
 * Which uncertain invitations to look up in CodeSubmit's list, and what became of them. Each method
 * is one durable write.
 *
 *   a whole reading shows                              then
 *   the pair since the first intent                    `invited`, the link is queued for Lever
 *   the same, and others of ours may have made it      a person (`several_claimants`)
 *   the pair, dated without a time or zone             a person; `invited` if CodeSubmit had accepted it
 *                                                      and no other row may be it
 *   the pair, whatever its date, after a refusal       `invited`
 *   only a similar address, or it with an unclear      a person (`similar_address_at_codesubmit`)
 *   challenge
 *   nothing, though CodeSubmit had accepted it         looked up again
 *   nothing, without proof: no witness, a witness      looked up again, also after the next invitation
 *   missing or shown otherwise, rows missed            that CodeSubmit accepts
 *   nothing, with proof                                looked up again fifteen settling times later
 *   nothing, with proof, twice so far apart            queued for a new decision; after a refusal `failed`;
 *                                                      the third time a person (`absent_three_times`)
 *
 * The pair is the intent's address and challenge, in rows that are none of ours. The witness is the newest invitation of
 * ours that CodeSubmit had accepted a settling time before the reading began. The first proof begins a settling time
 * after the connection closed. Both are dated by CodeSubmit's `Date`.
 *
 * After an internal error it is looked up again. What is looked up again waits as long as it has waited so far, a settling time at least and a day at most; after the first
 * internal error a settling time only. It is due when settings, rules or credentials change. One whole reading serves
 * all that are due, paused or not. `settle` ends it at any time.
 */
import { DAY_MS, type Clock } from '../domain/clock.js';
import { isUnforeseen, ApiError, messageOf } from '../domain/errors.js';
import type { InvitationId } from '../domain/ids.js';
import type { Log } from '../domain/log.js';
import type { Tx } from '../store/database/database.js';
import type { Bridge } from './bridge.js';
import { recordAttempt } from '../store/events.js';
import {
  leaveToPerson,
  lookUpAgain,
  lookUpLeftToPerson,
  noteAbsent,
  noteAbsentOnce,
  queueForDecision,
  settleFailed,
} from '../store/invitations.js';
import type { Circuit } from '../net/circuit.js';
import { adopt, findMadeBy } from './settle.js';
import {
  concludeLookup,
  judgeWitness,
  type LookupConclusion,
  type Unproven,
  type Witness,
} from './conclude-lookup.js';
import type { InvitationRow } from '../store/invitation-row.js';
import type { SentListReader } from './sent-list-reader.js';
import type { EndOfReading, ListedChallenge } from '../store/sent-list-store.js';

export interface LookedUp {
  id: InvitationId;
  outcome: string;
  /** An internal one. */
  error?: string;
}

/** So many settling times are between the two readings that prove an absence. */
const APART = 15;
/** After so many absences of one invitation a person decides. */
const MOST_ABSENCES = 3;

export class LookupStore {
  constructor(private readonly bridge: Bridge) {}

  hasDue(now: number): boolean {
    return this.bridge.invitations.listDueLookups(now).length > 0;
  }

  /** Settles all that was due when the last whole reading began, each by itself. */
  async settleDue(settleMs: number, now: number): Promise<LookedUp[]> {
    const { ended } = this.bridge.list.state();
    const due = ended === null ? [] : this.bridge.invitations.listDueLookups(ended.beganAt);
    if (ended === null || due.length === 0) return [];
    const reading = { ended, settleMs, witness: this.#judgeWitness(ended, settleMs) };
    const settled = due.map(({ id }) => this.#settleOne(id, reading, now));
    return (await Promise.all(settled)).flat();
  }

  async #settleOne(id: InvitationId, reading: WitnessedReading, now: number): Promise<LookedUp[]> {
    const apply = (settle: (tx: Tx, row: InvitationRow) => string): Promise<LookedUp[]> =>
      this.bridge.database.writeWithRetry((tx) => {
        const row = this.#findDue(id, reading.ended.beganAt);
        return row ? [{ id, outcome: settle(tx, row) }] : [];
      });
    try {
      return await apply((tx, row) => this.#settle(tx, row, reading, now));
    } catch (error) {
      if (!isUnforeseen(error)) throw error;
      const looked = await apply((tx, row) =>
        this.#lookAgain(tx, row, 'internal error', reading.settleMs, now),
      );
      return looked.map((one) => ({ ...one, error: messageOf(error) }));
    }
  }

  #judgeWitness(ended: EndOfReading, settleMs: number): Witness {
    const { invitations, list } = this.bridge;
    const accepted = invitations.findWitness(ended.vendorAt - settleMs);
    const row = accepted && list.find(accepted.id);
    return judgeWitness(accepted, row && row.seenIn >= ended.reading ? row : undefined);
  }

  #findDue(id: InvitationId, at: number): InvitationRow | undefined {
    const row = this.bridge.invitations.get(id);
    const isDue = row?.state === 'uncertain' && row.due_at !== null && row.due_at <= at;
    return isDue ? row : undefined;
  }

  /** Whether a whole reading has begun since all of them became due. */
  isRead(now: number): boolean {
    const latest = Math.max(
      ...this.bridge.invitations.listDueLookups(now).map((row) => row.due_at ?? 0),
    );
    return (this.bridge.list.state().ended?.beganAt ?? 0) >= latest;
  }

  /** Settings, rules or credentials changed: what no reading could settle is looked up again. */
  lookAgain(now: number): Promise<void> {
    return this.bridge.database.writeWithRetry((tx) => {
      lookUpLeftToPerson(tx, now);
    });
  }

  #settle(tx: Tx, row: InvitationRow, reading: WitnessedReading, now: number): string {
    const conclusion = this.#conclude(row, reading);
    switch (conclusion.kind) {
      case 'found':
        adopt(tx, this.bridge, row, conclusion.sent, { now, wentAt: row.promised_at });
        return 'adopted';
      case 'undecidable':
        return this.#leaveToPerson(tx, row, conclusion.why, now);
      case 'unproven':
        return this.#lookAgain(tx, row, conclusion.why, reading.settleMs, now);
      case 'absent':
        return this.#settleAbsent(tx, row, reading, now);
    }
  }

  #conclude(
    row: InvitationRow,
    { ended, witness }: WitnessedReading,
  ): LookupConclusion<ListedChallenge> {
    const { invitations, list } = this.bridge;
    const { rows, otherIntents } = findMadeBy(this.bridge, row);
    const rewritten = row.rewritten_hash ?? row.email_hash;
    const similar = list.findRewritten(row.email_hash, rewritten, row.challenge_id);
    return concludeLookup({
      equal: rows,
      similar: similar.filter(({ id }) => !invitations.isOurs(id)),
      kind: row.lookup_kind ?? 'unanswered',
      intentAt: row.intent_at_vendor ?? row.intent_at ?? row.created_at,
      otherIntents,
      witness,
      isComplete: ended.isComplete,
    });
  }

  #settleAbsent(tx: Tx, row: InvitationRow, reading: WitnessedReading, now: number): string {
    const { ended, settleMs } = reading;
    const firstAt = row.absent_at ?? ended.vendorAt;
    const leftMs = firstAt + APART * settleMs - ended.vendorAt;
    if (leftMs > 0) {
      const lookupAt = ended.beganAt + leftMs;
      noteAbsentOnce(tx, row.id, firstAt, lookupAt);
      return 'absent_once';
    }
    const absences = row.absences + 1;
    noteAbsent(tx, row.id, absences);
    if (row.lookup_kind === 'refused') return this.#fail(tx, row, now);
    if (absences >= MOST_ABSENCES) return this.#leaveToPerson(tx, row, 'absent_three_times', now);
    queueForDecision(tx, row.id, now);
    recordAttempt(tx, row.id, { outcome: 'absent', detail: null }, now);
    return 'absent';
  }

  /** The refusal was genuine: CodeSubmit has no such invitation and wants none. */
  #fail(tx: Tx, row: InvitationRow, now: number): string {
    settleFailed(tx, row.id, 'uncertain', 'refused', row.detail);
    recordAttempt(tx, row.id, { outcome: 'refused', detail: null }, now);
    return 'refused';
  }

  /** Later and later, but soon after the first internal error; the detail says why. */
  #lookAgain(
    tx: Tx,
    row: InvitationRow,
    why: Unproven | 'internal error',
    settleMs: number,
    now: number,
  ): string {
    const isNewError = why === 'internal error' && row.detail !== why;
    const ageMs = isNewError ? 0 : now - (row.intent_at ?? row.created_at);
    const lookupAt = now + Math.min(DAY_MS, Math.max(settleMs, ageMs));
    lookUpAgain(tx, row.id, lookupAt, why);
    return why;
  }

  /** The list can't settle it, so it stays uncertain until a person says whether it was sent. */
  #leaveToPerson(tx: Tx, row: InvitationRow, why: string, now: number): string {
    leaveToPerson(tx, row.id, why);
    if (row.detail === why) return why;
    recordAttempt(tx, row.id, { outcome: 'left_to_person', detail: why }, now);
    return why;
  }
}

/** A whole reading, and what it shows of ours. */
interface WitnessedReading {
  ended: EndOfReading;
  witness: Witness;
  settleMs: number;
}

// Reads CodeSubmit's list for all invitations with an unknown outcome.

export interface LookupHandlerDeps {
  store: LookupStore;
  list: SentListReader;
  codesubmit: Circuit;
  /** How long an outcome may take to show in CodeSubmit's list, in ms. */
  settleMs: () => number;
  clock: Clock;
  log: Log;
}

export class LookupHandler {
  constructor(private readonly deps: LookupHandlerDeps) {}

  /** Resolves once the result is on disk. One reading serves all that are due. */
  async lookUp(): Promise<void> {
    const { store, list, clock } = this.deps;
    try {
      if (!store.isRead(clock.now())) await list.read({ isWhole: true });
      await this.#settle();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Pages that miss some rows have still shown the others.
      await this.#settle();
      await this.#postpone(error);
    }
  }

  async #settle(): Promise<void> {
    const { store, settleMs, clock, log } = this.deps;
    for (const { id, ...fields } of await store.settleDue(settleMs(), clock.now())) {
      const level = fields.error === undefined ? 'info' : 'error';
      log[level]({ invitation: id, ...fields }, 'looked up in CodeSubmit');
    }
  }

  async #postpone(error: ApiError): Promise<void> {
    const { codesubmit, log } = this.deps;
    if (error.kind === 'unauthorized') return;
    log.warn({ error: error.message }, 'CodeSubmit’s list not read');
    await codesubmit.noteUnread(error);
  }
}
