/** Quotes a vendor's reply: bounded, and without personal data. Pure. */
const MAX_DEPTH = 16;
/** Limit on the text that patterns are matched against. */
const MAX_CHARS = 1_000;
/** Limit on the text that is shown. */
const MAX_SHOWN = 200;

const LINK = /\b[a-z][a-z0-9+.-]{0,30}:\/\/\S+/gi;
const EMAIL =
  /[^\s@“”"'(),:;<>]{1,64}@[^\s@“”"'(),:;<>.]{1,63}(?:\.[^\s@“”"'(),:;<>.]{1,63}){1,9}/g;

interface Said {
  keys: string[];
  texts: string[];
  left: number;
}

/** Names and texts of the fields in a parsed reply. Stops at a depth and a length. */
export function saidIn(body: unknown): { keys: string[]; texts: string[] } {
  const said: Said = { keys: [], texts: [], left: MAX_CHARS };
  collect(body, said, 0);
  return said;
}

function collect(value: unknown, said: Said, depth: number): void {
  if (said.left <= 0 || depth > MAX_DEPTH) return;
  if (typeof value === 'string') add(said.texts, value, said);
  if (typeof value !== 'object' || value === null) return;
  for (const key in value) {
    if (said.left <= 0) return;
    if (!Array.isArray(value)) add(said.keys, key, said);
    collect((value as Record<string, unknown>)[key], said, depth + 1);
  }
}

function add(list: string[], text: string, said: Said): void {
  list.push(text.slice(0, said.left));
  said.left -= text.length + 1;
}

/**
 * The vendor's own words in a refusal; empty when it gave none. `personal` lists what must not be
 * quoted, such as a name.
 */
export function refusalInWords(body: unknown, personal: readonly string[]): string {
  if (typeof body === 'string' && body.trim().startsWith('<')) return '';
  const said = saidIn(body).texts.join(' ').trim().replace(/\s+/g, ' ');
  // The last word may be cut, and patterns don't recognise half an address.
  const whole =
    said.length < MAX_CHARS - 1 ? said : said.slice(0, Math.max(0, said.lastIndexOf(' ')));
  const shown = withoutAddresses(personal.reduce(withoutOne, whole));
  return shown.length <= MAX_SHOWN ? shown : `${shown.slice(0, MAX_SHOWN - 1)}…`;
}

/** Removes links and e-mail addresses. */
export function withoutAddresses(text: string): string {
  return text.replace(LINK, '(a link)').replace(EMAIL, '(an e-mail address)');
}

function withoutOne(text: string, personal: string): string {
  if (personal.trim().length < 2) return text;
  const literal = personal.trim().replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'giu'), '(…)');
}
