/** Who gets a challenge: which address, whether two spellings are the same or a similar one, and the name in two parts. */
import { domainToASCII } from 'node:url';
import { MAX_EMAIL_LENGTH, withoutControls } from './vendor-text.js';

/** Longer texts are not addresses. */
const MAX_LENGTH = 1_000;

/** Control and format characters, such as a zero-width space, which may be pasted along with an address. */
const INVISIBLE = /[\p{Cc}\p{Cf}]/gu;

/**
 * The canonical form of an address for comparing and hashing: trimmed, lower case, without invisible characters, Unicode
 * composed (NFC), an international host as ASCII. In a plain ASCII address only space and case change. A text too long
 * for an address is only trimmed and made lower case.
 */
export function normalizeEmail(email: string): string {
  const plain = email.trim().toLowerCase();
  if (plain.length > MAX_LENGTH) return plain;
  const composed = plain.replace(INVISIBLE, '').normalize('NFC');
  // 0 without an @: then all of it is treated like a host.
  const at = composed.lastIndexOf('@') + 1;
  return composed.slice(0, at) + asciiHost(composed.slice(at));
}

/** An international host in its ASCII form; unchanged if it has none. */
function asciiHost(host: string): string {
  // ASCII stays as it is, and so does anything that can't be a host: a URL parser would cut it
  // there.
  if (!/[^\0-\x7f]/.test(host) || /[/?#:%\\\s]/.test(host)) return host;
  // Empty for a host that has no ASCII form.
  return domainToASCII(host) || host;
}

const DOTLESS_HOSTS = new Set(['gmail.com', 'googlemail.com']);

/** The address without the plus-part, and at Gmail without dots: mail to either usually reaches the same person. */
export function samePersonForm(email: string): string {
  const address = normalizeEmail(email);
  const at = address.lastIndexOf('@');
  // Without an @ (-1), nothing stands before it, and all of the text after it.
  const [local = ''] = address.slice(0, Math.max(0, at)).split('+');
  const host = address.slice(at + 1);
  return DOTLESS_HOSTS.has(host) ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${host}`;
}

/**
 * Whether an address may be a masked one: it has three of one character that masks use in a row, or a dot where none
 * belongs. Real addresses have these too.
 */
export function looksMasked(email: string): boolean {
  return /([.#_x-])\1\1|\.\.|^\.|\.@/i.test(email);
}

/** No space and no invisible character: an address with one is not sent to. */
const EMAIL =
  /^[^\s\p{C}@<>(),;:"[\]\\]+@[^\s\p{C}@<>(),;:"[\]\\.]+(\.[^\s\p{C}@<>(),;:"[\]\\.]+)+$/u;

/** The first valid address, trimmed; undefined if none is. The order of Lever's list is not documented. */
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
 * Splits Lever's one name field for CodeSubmit's two. Once a job title is cut, and "Smith, John" put in order, the last
 * word is the last name. A single word is the first name, with a dash for the last one. Undefined for an empty name.
 */
export function splitName(name: string): Omit<Addressee, 'email'> | undefined {
  const words = withLastNameLast(withoutTitle(wordsOf(name)));
  const last = words.pop();
  if (last === undefined) return undefined;
  if (words.length === 0) return { firstName: last, lastName: '-' };
  return { firstName: words.join(' '), lastName: last };
}

/** The words of a name, without control characters. Of a name that is far too long, only the beginning is read. */
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
 * Cuts the job title in "First Last, Job Title - Company": all from the first comma or dash on that has two words at
 * least on both sides (so not in "Smith, John"), and no suffix such as "Jr" right behind it.
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
 * Puts the words of "Smith, John" and "Smith, John Paul" in order. Any other comma, more than two words after it, a
 * sign as in "Smith, - John", or a suffix as in "Smith, Jr", may mean something else, so the words stay as they are.
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

/** Whether all words up to the next comma or dash are suffixes. */
function startsWithSuffix(tail: readonly string[]): boolean {
  const end = tail.findIndex((word) => word === '-' || endsInComma(word));
  const part = end < 0 ? tail : tail.slice(0, tail[end] === '-' ? end : end + 1);
  return part.length > 0 && part.every(isSuffix);
}

/** Whether the word is a suffix such as Jr or PhD, a comma after it or not. */
function isSuffix(word: string): boolean {
  return SUFFIX.test(word.endsWith(',') ? word.slice(0, -1) : word);
}
