/**
 * What CodeSubmit's list of sent challenges proves: what became of an invitation whose outcome isn't known, whether a
 * reading showed the witness and missed no row, which challenge a row names. Pure.
 */
import {
  CLOCK_ALLOWANCE_MS,
  type Challenge,
  type ChallengeNames,
  type Span,
} from '../domain/challenges.js';
import { MINUTE_MS } from '../domain/clock.js';
import type { ChallengeId } from '../domain/ids.js';
import type { AcceptedInvitation } from '../store/invitation-queries.js';
import type { LookupKind } from '../store/invitations.js';
import type { ListedChallenge, ListedRow, ListTrouble } from '../store/sent-list-store.js';

/** A row of the list, as far as it is judged here: by when it was created. */
export type DatedRow = Pick<ListedChallenge, 'created'>;

/** All that a reading of the list says about one uncertain invitation. */
export interface LookupCase<Row extends DatedRow> {
  /** Rows sent to the same address for the same challenge. */
  equal: readonly Row[];
  /** Rows sent to an address that differs by plus-part or dots, or to the same one for an unclear challenge. */
  similar: readonly Row[];
  /** Why it is looked up: what CodeSubmit answered. */
  kind: LookupKind;
  /** When the first intent was written, epoch ms by CodeSubmit's clock. */
  intentAt: number;
  /** Of our other invitations to this address and challenge whose rows aren't known: when each was first intended. */
  otherIntents: readonly number[];
  /** How the reading shows the newest invitation of ours that it must show. */
  witness: WitnessVerdict;
  /** Whether the reading missed no row. */
  isComplete: boolean;
}

/**
 * How a reading shows the witness. `no_control`: CodeSubmit never accepted one of ours. `list_lags`: the list lacks the
 * witness. `rows_not_recognised`: the list shows it differently.
 */
export type WitnessVerdict = 'shown' | 'no_control' | 'list_lags' | 'rows_not_recognised';

/** Why a reading proves no absence. */
export type Unproven =
  Exclude<WitnessVerdict, 'shown'> | 'accepted_but_not_listed' | 'list_incomplete';

/** Why a person must decide. */
type Undecidable =
  'several_claimants' | 'similar_address_at_codesubmit' | 'date_unclear_at_codesubmit';

type LookupConclusion<Row extends DatedRow> =
  | { kind: 'found'; sent: Row }
  | { kind: 'undecidable'; why: Undecidable }
  | { kind: 'unproven'; why: Unproven }
  | { kind: 'absent' };

/**
 * What a reading of the list proves about an uncertain invitation. A row created since its intent is that invitation. A
 * row that may be it, or may be another's, is left to a person. Without any, the reading may prove that there is none.
 */
export function concludeLookup<Row extends DatedRow>(
  lookup: LookupCase<Row>,
): LookupConclusion<Row> {
  const { equal, similar, kind } = lookup;
  // Rows created since the intent, and those whose date can't tell.
  const since = equal.filter((row) => whenMade(row, lookup) === 'since');
  const unclear = equal.filter((row) => whenMade(row, lookup) === 'unclear');
  // CodeSubmit said that it accepted the invitation, so a single row of this address and challenge is it.
  const isTheOnlyOne = kind === 'accepted' && unclear.length === 1;
  // Of several the first one: whichever it is, the candidate has the challenge.
  const found = since[0] ?? (isTheOnlyOne ? unclear[0] : undefined);
  if (found && isClaimedByOthers(found, lookup)) return undecidable('several_claimants');
  if (found) return { kind: 'found', sent: found };
  if (unclear.length > 0) return undecidable('date_unclear_at_codesubmit');
  if (similar.some((row) => whenMade(row, lookup) !== 'before')) {
    return undecidable('similar_address_at_codesubmit');
  }
  const why = whyUnproven(lookup);
  return why === undefined ? { kind: 'absent' } : { kind: 'unproven', why };
}

/** The conclusion that a person must decide. */
function undecidable(why: Undecidable) {
  return { kind: 'undecidable', why } as const;
}

/**
 * When a row was made, relative to the intent, in the words of `whenCreated`. CodeSubmit may refuse an invitation
 * because of an older row ("already invited"): then any row counts as made since, whatever its date.
 */
function whenMade(
  row: DatedRow,
  { kind, intentAt }: Pick<LookupCase<DatedRow>, 'kind' | 'intentAt'>,
) {
  return kind === 'refused' ? 'since' : whenCreated(row, intentAt);
}

/**
 * Whether a row was created before or since an intent, with an allowance for clocks. Unclear without a date, or with an
 * inexact one that may be before and since.
 */
export function whenCreated(
  { created }: DatedRow,
  intentAt: number,
): 'since' | 'before' | 'unclear' {
  const earliest = intentAt - CLOCK_ALLOWANCE_MS;
  if (created === null) return 'unclear';
  if (created.from >= earliest) return 'since';
  return created.until < earliest ? 'before' : 'unclear';
}

/**
 * Whether another invitation of ours, whose own row isn't known, may have made this row: unless the row was created
 * before that one was intended.
 */
function isClaimedByOthers(row: DatedRow, { otherIntents }: LookupCase<DatedRow>): boolean {
  return otherIntents.some((intentAt) => whenCreated(row, intentAt) !== 'before');
}

/**
 * Why a reading that shows no row of the invitation doesn't prove that there is none; undefined if it does. It proves
 * nothing if it lacks even the witness, a row that it must show (`judgeWitness`).
 */
function whyUnproven({ kind, witness, isComplete }: LookupCase<DatedRow>): Unproven | undefined {
  // CodeSubmit said that it has the invitation, so the list is behind, or shows it otherwise.
  if (kind === 'accepted') return 'accepted_but_not_listed';
  if (witness !== 'shown') return witness;
  return isComplete ? undefined : 'list_incomplete';
}

/**
 * The witness is the newest invitation of ours that CodeSubmit had accepted a settling time before the reading began.
 * Only a reading that shows it, by address, challenge and date, can prove an absence. `shown`: the row with its id;
 * undefined if the reading lacks it.
 */
export function judgeWitness(
  accepted: AcceptedInvitation | undefined,
  shown: Pick<ListedChallenge, 'challengeId' | 'emailHash' | 'created'> | undefined,
): WitnessVerdict {
  // CodeSubmit had accepted nothing of ours by then, so there is no row that the reading must show, and no proof.
  if (!accepted) return 'no_control';
  if (!shown) return 'list_lags';
  const isSame =
    shown.challengeId === accepted.challenge_id &&
    shown.emailHash?.equals(accepted.email_hash) === true &&
    isCreatedAt(shown.created, accepted.accepted_at);
  return isSame ? 'shown' : 'rows_not_recognised';
}

/** Whether a row was created at that time. A date without a time or zone can't show it. */
function isCreatedAt(created: Span | null, at: number): boolean {
  if (created === null || created.from !== created.until) return false;
  return Math.abs(created.from - at) <= CLOCK_ALLOWANCE_MS;
}

/** In which order a reading has seen rows so far. */
export interface OrderSeen {
  /** Each row was created no later than the one before it. */
  isOrdered: boolean;
  /** When the first and last row were created, epoch ms. */
  firstMade: number | null;
  lastMade: number | null;
}

export const NO_ROW_SEEN: OrderSeen = { isOrdered: true, firstMade: null, lastMade: null };

/**
 * What was seen of the order after a page's further rows: whether the newest come first. A row without an exact date
 * leaves that unproven.
 */
export function orderOf(seen: OrderSeen, rows: readonly Pick<ListedRow, 'created'>[]): OrderSeen {
  let { isOrdered, firstMade, lastMade } = seen;
  for (const { created } of rows) {
    // Null without an exact date.
    const made = created !== null && created.from === created.until ? created.from : null;
    if (made === null || (lastMade !== null && made > lastMade)) isOrdered = false;
    firstMade ??= made;
    lastMade = made ?? lastMade;
  }
  return { isOrdered, firstMade, lastMade };
}

/** Whether the list shows new rows first. Rows that were all created at once don't say. */
export function isNewestFirst({ isOrdered, firstMade, lastMade }: OrderSeen): boolean {
  return isOrdered && firstMade !== null && lastMade !== null && firstMade > lastMade;
}

export interface EndedReading {
  /** Distinct rows on the reading's pages, without those created since it began. */
  shown: number;
  /** The count on the reading's first page; null if it gives none. */
  announced: number | null;
  /** A row was on two pages. */
  isRepeated: boolean;
  isOrdered: boolean;
  /** The last page said that it is the last. */
  isEndKnown: boolean;
}

/**
 * Whether the reading missed no row. With a count, at least as many rows were shown. Without one, the list must say
 * where it ends and must not be empty. Its pages may repeat rows only if the newest come first: there a new row moves
 * the others to the next page.
 */
export function missesNoRow(reading: EndedReading): boolean {
  const { shown, announced, isRepeated, isOrdered, isEndKnown } = reading;
  if (announced !== null) return shown >= announced;
  return shown > 0 && isEndKnown && (isOrdered || !isRepeated);
}

/** A list that is needed and unreadable for this long is a problem. */
const UNREADABLE_AFTER_MS = 15 * MINUTE_MS;

/** Whether reading the list has failed for `UNREADABLE_AFTER_MS`. Time since the last failed attempt doesn't count. */
export function isUnreadable(trouble: ListTrouble | null, now: number): boolean {
  return trouble !== null && Math.min(now, trouble.until) - trouble.since >= UNREADABLE_AFTER_MS;
}

/** CodeSubmit's list of challenges, indexed for look-ups in constant time. */
export interface KnownChallenges {
  ids: ReadonlySet<string>;
  idsByName: ReadonlyMap<string, ReadonlySet<string>>;
  /** The forms of the listed ids; see `shapeOf`. */
  shapes: ReadonlySet<string>;
  /** The kinds of the listed ids; see `kindOf`. */
  kinds: ReadonlySet<string>;
}

/** Indexes the list of challenges. Several may have one name. */
export function knownChallenges(listed: readonly Challenge[]): KnownChallenges {
  const idsByName = new Map<string, Set<string>>();
  for (const { id, name } of listed) {
    const namesakes = idsByName.get(name.trim()) ?? new Set();
    idsByName.set(name.trim(), namesakes.add(id));
  }
  const ids = new Set<string>(listed.map(({ id }) => id));
  const shapes = new Set([...ids].flatMap((id) => shapeOf(id) ?? []));
  return { ids, idsByName, shapes, kinds: new Set([...ids].map(kindOf)) };
}

/** Whether the row shows an id from the list of challenges: then other rows' ids are of that kind, too. */
export function showsKnownId({ ids }: ChallengeNames, known: KnownChallenges): boolean {
  return ids.some((id) => known.ids.has(id));
}

/**
 * Which challenge a row names. An id of the kind that the list of challenges uses decides, even if the list lacks it:
 * archived ones may be left out. Otherwise the name decides. Null when neither does: an unlisted name may be of a
 * renamed challenge, and an id of another kind may match by chance. `isIdShown`: a row of a sent challenge has shown a
 * listed id, so the ids in all such rows are of that kind.
 */
export function challengeIdOf(
  { ids, names }: ChallengeNames,
  known: KnownChallenges,
  isIdShown: boolean,
): ChallengeId | null {
  // What the row's values stand for: challenges listed by that id, challenges listed by that name, and ids of the same
  // kind that the list lacks.
  const listed = new Set(ids.filter((id) => known.ids.has(id)));
  const byName = new Set(names.flatMap((name) => [...(known.idsByName.get(name.trim()) ?? [])]));
  // What may be a name instead of an id: values in both `ids` and `names`. Until a row has shown a listed id, any.
  const maybeNames = isIdShown ? names : ids;
  const unlisted = new Set(
    ids.filter((id) => !known.ids.has(id) && isIdOfKind(id, maybeNames, known)),
  );
  if (listed.size > 0) {
    // A name that is listed for other challenges only contradicts the id, so neither decides.
    const one = onlyOne(listed);
    return one !== null && (byName.size === 0 || byName.has(one)) ? one : null;
  }
  // Where rows show ids of that kind, an unlisted one is an archived challenge's, whatever its name.
  if (isIdShown && unlisted.size > 0) return onlyOne(unlisted);
  // Where no row has shown an id of that kind yet, the value may be no id at all, so a listed name decides before it.
  return byName.size > 0 ? onlyOne(byName) : onlyOne(unlisted);
}

/**
 * Whether an unlisted value is an id of the kind that the list of challenges uses. One of `maybeNames` must have the form
 * of a listed id, and a listed name counts as a name.
 */
function isIdOfKind(id: string, maybeNames: readonly string[], known: KnownChallenges): boolean {
  if (!maybeNames.includes(id)) return known.kinds.has(kindOf(id));
  return known.shapes.has(shapeOf(id) ?? '') && !known.idsByName.has(id);
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The kind of an id: `number`, `uuid`, or `text`, such as a slug or a short code. */
function kindOf(id: string): string {
  if (/^\d+$/.test(id)) return 'number';
  return UUID.test(id) ? 'uuid' : 'text';
}

/**
 * The form of an id: `number`, or the id with an x for each letter and digit, so all UUIDs have one form. Null if it may
 * be a word: it is short, has spaces, or no digits.
 */
function shapeOf(id: string): string | null {
  if (/^\d+$/.test(id)) return 'number';
  if (id.length < 8 || !/\d/.test(id) || /\s/.test(id)) return null;
  return id.replace(/[A-Za-z0-9]/g, 'x');
}

/** The id if it's the only one; null if the row is ambiguous or names none. */
function onlyOne(ids: ReadonlySet<string>): ChallengeId | null {
  return ids.size === 1 ? ([...ids][0] as ChallengeId) : null;
}
