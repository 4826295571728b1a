/** An opportunity: what Lever showed for one candidate in one pipeline at one moment. */
import type { ContactId, OpportunityId, PostingId, StageId } from './ids.js';
import { MAX_EMAIL_LENGTH, withoutControls } from './vendor-text.js';

/** Lever's data protection settings. A missing part forbids nothing. */
export interface Consent {
  /** Lever literally says `false`. */
  isStoreRefused: boolean;
  isContactRefused: boolean;
  /** The earlier end of both permissions, epoch ms on Lever's clock; null without one. */
  expiresAt: number | null;
}

/** Which part forbids contact; the detail of `contact_not_allowed`. */
type ConsentRefusal = 'contact' | 'store' | 'expired';

/** Why contact is forbidden; undefined when nothing forbids it. `now` is Lever's time, epoch ms. */
export function findConsentRefusal(consent: Consent, now: number): ConsentRefusal | undefined {
  if (consent.isContactRefused) return 'contact';
  if (consent.isStoreRefused) return 'store';
  if (consent.expiresAt !== null && consent.expiresAt <= now) return 'expired';
  return undefined;
}

export interface Opportunity {
  id: OpportunityId;
  name: string;
  contactId: ContactId | null;
  stageId: StageId | null;
  /** When the opportunity came to its stage, epoch ms. Opportunity, stage and this time identify the visit. */
  visitAt: number;
  /** `visitAt` if a recruiter moved the opportunity there; null if it was created there, or unknown. */
  movedAt: number | null;
  /** The addresses in Lever's list, which is cumulative and in no documented order. */
  emails: string[];
  tags: string[];
  links: string[];
  isArchived: boolean;
  isAnonymized: boolean;
  consent: Consent;
  postingId: PostingId | null;
  /** The candidate's page in Lever, if the record has it. */
  url: string | null;
}

/** One stay of an opportunity in a stage. */
export type Visit = Pick<Opportunity, 'id' | 'stageId' | 'visitAt'>;

/** The result of reading one opportunity: the record, or that we can't see it. */
export type Sighting =
  { kind: 'opportunity'; opportunity: Opportunity } | { kind: 'forbidden' } | { kind: 'not_found' };

const EMAIL = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\.]+(\.[^\s@<>(),;:"[\]\\.]+)+$/u;

/** The first valid address, trimmed. The order of Lever's list is not documented. */
export function findEmail(emails: readonly string[]): string | undefined {
  return emails
    .map((email) => email.trim())
    .find((email) => email.length <= MAX_EMAIL_LENGTH && EMAIL.test(email));
}

/** Who gets a challenge, as CodeSubmit expects it. */
export interface Addressee {
  email: string;
  firstName: string;
  lastName: string;
}

/** Far longer than any real name: limits how much text of a candidate we process and send. */
const MAX_NAME_LENGTH = 256;
const SUFFIX =
  /^(?:jr|sr|[1-5](?:st|nd|rd|th)|i{1,3}|iv|vi{0,3}|esq|ph\.?d|m\.?d|mba|msc|bsc|cpa|dr|prof)\.?$/iu;

/**
 * Splits Lever's one name field for CodeSubmit's two: the last word, and the rest without a job title. A single word is
 * the first name, with a dash for the last one. Undefined for an empty name.
 */
export function splitName(name: string): Omit<Addressee, 'email'> | undefined {
  const words = withLastNameLast(withoutTitle(wordsOf(name)));
  const last = words.pop();
  if (last === undefined) return undefined;
  if (words.length === 0) return { firstName: last, lastName: '-' };
  return { firstName: words.join(' '), lastName: last };
}

/** The words of a name, of which only so much is read, without control characters. */
function wordsOf(name: string): string[] {
  // The first cut bounds the work, the second one counts characters, of which some take two units.
  const bounded = Array.from(name.slice(0, 2 * MAX_NAME_LENGTH)).slice(0, MAX_NAME_LENGTH);
  return bounded
    .join('')
    .split(/\s/u)
    .map(withoutControls)
    .filter((word) => word !== '');
}

/**
 * Cuts the job title in "First Last, Job Title - Company": the tail after the first comma or dash, if both sides have
 * two words at least (so not in "Smith, John") and the tail doesn't begin with a suffix such as "Jr".
 */
function withoutTitle(words: string[]): string[] {
  for (const [at, word] of words.entries()) {
    const isDash = word === '-';
    if (!isDash && !endsInComma(word)) continue;
    const tail = words.slice(at + 1);
    const head = words.slice(0, isDash ? at : at + 1);
    if (countWords(head) < 2 || countWords(tail) < 2 || startsWithSuffix(tail)) continue;
    return isDash ? head : [...head.slice(0, -1), word.slice(0, -1)];
  }
  return words;
}

/**
 * Puts the words of "Smith, John" and "Smith, John Paul" in order. Any other comma, a sign as in "Smith, - John", or a
 * suffix as in "Smith, Jr", may mean something else, so the words stay as they are.
 */
function withLastNameLast(words: string[]): string[] {
  const [last = '', ...rest] = words;
  const isTurned = endsInComma(last) && countWords(rest) === rest.length && rest.length <= 2;
  if (!isTurned || rest.length === 0 || rest.some(isSuffix) || rest.some(endsInComma)) return words;
  return [...rest, last.slice(0, -1)];
}

/** Whether the word ends in a comma; a comma alone is none. */
function endsInComma(word: string): boolean {
  return word.length > 1 && word.endsWith(',');
}

/** Counts words. Signs between them, such as a dash, don't count. */
function countWords(words: readonly string[]): number {
  return words.filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** Whether the text up to the next comma or dash is a suffix. */
function startsWithSuffix(tail: readonly string[]): boolean {
  const end = tail.findIndex((word) => word === '-' || endsInComma(word));
  const part = end < 0 ? tail : tail.slice(0, tail[end] === '-' ? end : end + 1);
  return part.length > 0 && part.every(isSuffix);
}

/** Whether the word is a suffix such as Jr or PhD, a comma after it or not. */
function isSuffix(word: string): boolean {
  return SUFFIX.test(word.endsWith(',') ? word.slice(0, -1) : word);
}
