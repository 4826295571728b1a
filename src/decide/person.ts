/** The name and the address that a challenge is sent to. */

const MAX_EMAIL_LENGTH = 254;
const EMAIL = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\.]+(\.[^\s@<>(),;:"[\]\\.]+)+$/u;

/** The first valid address, trimmed; Lever's list is cumulative and its order is not documented. */
export function findEmail(emails: readonly string[]): string | undefined {
  return emails
    .map((email) => email.trim())
    .find((email) => email.length <= MAX_EMAIL_LENGTH && EMAIL.test(email));
}

/** Lever has one name, CodeSubmit wants two: the last word and the rest. Undefined for an empty name. */
export function splitName(name: string): { firstName: string; lastName: string } | undefined {
  const words = name.split(/\s+/u).filter((word) => word !== '');
  const last = words.pop();
  if (last === undefined) return undefined;
  if (words.length === 0) return { firstName: last, lastName: '-' };
  return { firstName: words.join(' '), lastName: last };
}
