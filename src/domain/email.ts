/** When two spellings of an e-mail address are the same address. */
import { domainToASCII } from 'node:url';

/** Longer ones are no addresses; they are compared as they are. */
const MAX_LENGTH = 1_000;

/**
 * The one form in which addresses are compared and hashed: trimmed, without case, Unicode composed (NFC), an
 * international host as ASCII. Of a plain ASCII address only space and case are changed.
 */
export function normalizeEmail(email: string): string {
  const plain = lowerEmail(email);
  if (plain.length > MAX_LENGTH) return plain;
  const composed = plain.normalize('NFC');
  const at = composed.lastIndexOf('@') + 1;
  return composed.slice(0, at) + asciiHost(composed.slice(at));
}

/** What was compared before: it still names people of whom only a hash of it is kept. */
export function lowerEmail(email: string): string {
  return email.trim().toLowerCase();
}

function asciiHost(host: string): string {
  // ASCII is left alone, and so is what no host has: a URL parser would cut it there.
  if (!/[^\0-\x7f]/.test(host) || /[/?#:%\\\s]/.test(host)) return host;
  return domainToASCII(host) || host;
}
