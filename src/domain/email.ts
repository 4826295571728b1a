/** Decides whether two spellings of an e-mail address are the same address, or similar ones. */
import { domainToASCII } from 'node:url';

/** Longer texts are not addresses, and are compared as they are. */
const MAX_LENGTH = 1_000;

/**
 * The canonical form of an address for comparing and hashing: trimmed, lower case, Unicode composed
 * (NFC), an international host as ASCII. In a plain ASCII address only space and case change.
 */
export function normalizeEmail(email: string): string {
  const plain = email.trim().toLowerCase();
  if (plain.length > MAX_LENGTH) return plain;
  const composed = plain.normalize('NFC');
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

/** The address without the plus-part, and at Gmail without dots: mail to both reaches the same person. */
export function samePersonForm(email: string): string {
  const address = normalizeEmail(email);
  const at = address.lastIndexOf('@');
  // Without an @ (-1), nothing stands before it, and all of the text after it.
  const [local = ''] = address.slice(0, Math.max(0, at)).split('+');
  const host = address.slice(at + 1);
  return DOTLESS_HOSTS.has(host) ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${host}`;
}

/**
 * Whether an address may be a masked one: it has a run of one character that masks use, or a dot where none belongs.
 * Real addresses have these too.
 */
export function looksMasked(email: string): boolean {
  return /([.#_x-])\1\1|\.\.|^\.|\.@/i.test(email);
}
