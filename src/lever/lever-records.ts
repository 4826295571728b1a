/** Reads Lever's records: fields may be missing or of another type; new ones are ignored. */
import { z } from 'zod';
import { MINUTE_MS } from '../domain/clock.js';
import type { ContactId, OpportunityId, PostingId, StageId } from '../domain/ids.js';
import type { Consent, Opportunity } from '../domain/opportunity.js';
import { findEmail } from '../domain/addressee.js';
import {
  isPlainId,
  isPlainLink,
  MAX_EMAIL_LENGTH,
  MAX_EMAILS,
  MAX_TAG_LENGTH,
  oneLine,
  shortName,
} from '../domain/vendor-text.js';

/** The last moment that a `Date` can represent. */
const LATEST_MS = 8_640_000_000_000_000;

const leverId = z.string().refine(isPlainId);
/** A name for display. */
const name = z.string().transform(shortName).catch('');
const noteText = z.string().catch('');
const truthy = z.unknown().transform(Boolean).catch(false);
/**
 * A schema for lists of texts: keeps the usable ones, and leaves out what is no text. What isn't a list counts as
 * empty.
 */
function textsOf(isUsable: (text: string) => boolean) {
  const isOne = (value: unknown): value is string => typeof value === 'string' && isUsable(value);
  return z
    .array(z.unknown())
    .catch([])
    .transform((values) => values.filter(isOne));
}

const tags = textsOf(({ length }) => length <= MAX_TAG_LENGTH).transform((all) => all.map(oneLine));
/**
 * The addresses; none if there are more than can be looked up one by one. Other texts, such as “unknown”, would make one
 * person of all who have them.
 */
const emails = textsOf((text) => findEmail([text]) !== undefined).transform((all) =>
  all.length > MAX_EMAILS ? [] : all,
);
const link = z.string().refine(isPlainLink);

/** A reference is an id, or the record itself if it was expanded. */
const idOrRecord = z.union([leverId, z.object({ id: leverId }).transform(({ id }) => id)]);
const reference = idOrRecord.nullable().catch(null);

/** Epoch ms; null if the value is no such time. */
const time = z.number().positive().max(LATEST_MS).transform(Math.floor).nullable().catch(null);

const stageChanges = z
  .array(z.object({ toStageId: reference, updatedAt: time }).nullable().catch(null))
  .catch([])
  .transform((changes) => changes.filter((change) => change !== null));

/** A permission that says nothing: only a literal refusal or a past end forbids contact. */
const SAYS_NOTHING = { expiresAt: null };
/** A permission, of which any part may be missing. */
const permission = z
  .object({ allowed: z.unknown().optional(), expiresAt: time })
  .catch(SAYS_NOTHING);
const dataProtection = z
  .object({ store: permission, contact: permission })
  .catch({ store: SAYS_NOTHING, contact: SAYS_NOTHING });

const opportunity = z.object({
  id: leverId,
  name,
  contact: reference,
  stage: reference,
  stageChanges,
  lastAdvancedAt: time,
  createdAt: time,
  emails,
  tags,
  links: textsOf(isPlainLink),
  archived: truthy,
  isAnonymized: truthy,
  dataProtection,
  applications: z.array(z.object({ posting: reference }).nullable().catch(null)).catch([]),
  urls: z.object({ show: link }).nullable().catch(null),
});

/** A stage change this soon after the creation belongs to it: no recruiter made it. */
const CREATION_TAKES_MS = MINUTE_MS;

/**
 * When the current visit began: with the latest stage change into the current stage. In all recorded records, of lists
 * too, that is the last entry, but nothing relies on it. `movedAt` is the same time if a recruiter made that change,
 * else null. Without such a change, or if its time is unreadable, `lastAdvancedAt` stands for it, although archiving
 * changes that time. Then no move is known.
 */
function visitOf(data: z.infer<typeof opportunity>): Pick<Opportunity, 'visitAt' | 'movedAt'> {
  const times = data.stageChanges
    .filter(({ toStageId }) => toStageId !== null && toStageId === data.stage)
    .map(({ updatedAt }) => updatedAt);
  const known = times.filter((at) => at !== null);
  // If one time is unreadable, it may be the latest.
  if (known.length === 0 || known.length < times.length) {
    // Without any time it counts as older than every rule, so no rule invites the candidate.
    const visitAt = data.lastAdvancedAt ?? data.createdAt ?? 0;
    return { visitAt, movedAt: null };
  }
  const visitAt = known.reduce((latest, at) => Math.max(latest, at));
  return { visitAt, movedAt: isMove(data, visitAt) ? visitAt : null };
}

/**
 * Reads the consent to store a candidate's data and to contact them. It ends with the first of the two permissions.
 * Only a literal `false` refuses; a missing value or another type says nothing.
 */
function consentOf({ store, contact }: z.infer<typeof dataProtection>): Consent {
  const ends = [store, contact].map(({ expiresAt }) => expiresAt ?? Infinity);
  const earliest = Math.min(...ends);
  return {
    isStoreRefused: store.allowed === false,
    isContactRefused: contact.allowed === false,
    expiresAt: earliest === Infinity ? null : earliest,
  };
}

/** Whether the record has a usable id. A cheap check, made before the whole record is parsed. */
function hasId(record: unknown): boolean {
  const id: unknown = record instanceof Object && 'id' in record ? record.id : undefined;
  return typeof id === 'string' && isPlainId(id);
}

/**
 * Whether a recruiter made the stage change of that time: it is neither the first one nor soon after the creation. An
 * unknown time of creation counts as long ago.
 */
function isMove({ stageChanges, createdAt }: z.infer<typeof opportunity>, at: number): boolean {
  const isFirst = stageChanges.every(({ updatedAt }) => updatedAt === null || updatedAt >= at);
  return !isFirst && at - (createdAt ?? 0) > CREATION_TAKES_MS;
}

/** The opportunity, or null when the record has no id. */
export function parseOpportunity(record: unknown): Opportunity | null {
  // A failed parse costs ten times a successful one, and a list may contain nothing else.
  if (!hasId(record)) return null;
  const data = opportunity.parse(record);
  return {
    id: data.id as OpportunityId,
    name: data.name,
    contactId: data.contact as ContactId | null,
    stageId: data.stage as StageId | null,
    ...visitOf(data),
    emails: data.emails,
    tags: data.tags,
    links: data.links,
    isArchived: data.archived,
    isAnonymized: data.isAnonymized,
    consent: consentOf(data.dataProtection),
    postingId: (data.applications[0]?.posting ?? null) as PostingId | null,
    url: data.urls?.show ?? null,
  };
}

/** A reader of records: null for a record that lacks what it needs. */
function readerOf<T>(schema: z.ZodType<T>): (record: unknown) => T | null {
  return (record) => schema.safeParse(record).data ?? null;
}

export type LeverStage = NonNullable<ReturnType<typeof parseStage>>;

export const parseStage = readerOf(
  z
    .object({ id: leverId.transform((id) => id as StageId), text: name })
    .transform(({ id, text }) => ({ id, name: text })),
);

export type LeverUser = NonNullable<ReturnType<typeof parseUser>>;

export const parseUser = readerOf(
  z
    .object({
      id: leverId,
      name,
      email: z.string().max(MAX_EMAIL_LENGTH).catch(''),
      deactivatedAt: truthy,
    })
    .transform(({ deactivatedAt, ...who }) => ({ ...who, isActive: !deactivatedAt })),
);

/** The id in a row of the deleted opportunities: the row is an id, or contains one. */
export const parseDeletedId = readerOf(idOrRecord.transform((id) => id as OpportunityId));

export const parseTag = readerOf(
  z
    .object({ text: z.string().min(1).max(MAX_TAG_LENGTH).transform(oneLine) })
    .transform(({ text }) => text),
);

export type ListedWebhook = NonNullable<ReturnType<typeof parseWebhook>>;

export const parseWebhook = readerOf(z.object({ url: link }));

const note = z.object({
  text: noteText,
  fields: z.array(z.object({ value: noteText }).catch({ value: '' })).catch([]),
});

/**
 * Every text of a note: its own and its fields'. Lever doesn't document which one holds the text that we wrote. None
 * for a record that isn't a note.
 */
export function noteTexts(record: unknown): string[] {
  const parsed = note.safeParse(record).data;
  return parsed ? [parsed.text, ...parsed.fields.map(({ value }) => value)] : [];
}

/** The id of a new note, under either of its documented names; null when the record has none. */
export function parseNoteId(record: unknown): string | null {
  const oneId = leverId.optional().catch(undefined);
  const ids = z.object({ id: oneId, noteId: oneId });
  const parsed = ids.safeParse(record).data;
  return parsed?.id ?? parsed?.noteId ?? null;
}

/** A posting's tags; null when the record is none. */
export const parsePostingTags = readerOf(z.object({ tags }).transform((posting) => posting.tags));

/** What Lever's answers contain under `data`; undefined when there is no such wrapper. */
export function unwrap(body: unknown): unknown {
  return z.object({ data: z.unknown() }).safeParse(body).data?.data;
}
