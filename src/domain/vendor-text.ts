/**
 * Limits on text from vendors and candidates, and how it is shown. Values that are too long are dropped, because a
 * shortened one could be another valid value.
 */

/** The longest address that RFC 5321 allows. */
export const MAX_EMAIL_LENGTH = 254;
export const MAX_LINK_LENGTH = 2_048;
/** No rule's tag is longer, so a longer tag in Lever matches no rule. */
export const MAX_TAG_LENGTH = 300;
/** A profile with more addresses counts as one without any: we can't look for all of them. */
export const MAX_EMAILS = 100;
/** No real name is longer, so a longer one may be shortened. */
const MAX_NAME_LENGTH = 200;

/** Without control and other invisible characters (C), and line separators. */
const PLAIN_LINE = /^[^\p{C}\u2028\u2029]+$/u;
const PLAIN_TEXT = /^[^\p{C}\u2028\u2029]{1,200}$/u;
const NO_PART_OF_A_PATH = /[\s/\\]|^\.+$/u;

/**
 * Whether a text can be a Lever id: short, without spaces and slashes, and not just dots. Ids go into paths, and a
 * shortened one could be another record's, so anything else is refused.
 */
export function isPlainId(text: string): boolean {
  return isPlainText(text) && !NO_PART_OF_A_PATH.test(text);
}

/** Whether a text is one short line (of 200 characters at most) without invisible characters, and not empty. */
export function isPlainText(text: string): boolean {
  return PLAIN_TEXT.test(text);
}

/** Whether a text can be shown as a link or address: one line, not empty or too long, no invisible characters. */
export function isPlainLink(text: string): boolean {
  return text.length <= MAX_LINK_LENGTH && PLAIN_LINE.test(text);
}

/** A name on one line, at a realistic length; never cuts a character in half. */
export function shortName(name: string): string {
  const line = oneLine(name);
  if (line.length <= MAX_NAME_LENGTH) return line;
  return line.slice(0, MAX_NAME_LENGTH).replace(/[\uD800-\uDBFF]$/, '');
}

/** The text on one line: line breaks would start a new line wherever it is shown. */
export function oneLine(text: string): string {
  return text.replace(/[\n\v\f\r\u0085\u2028\u2029]/g, ' ');
}

/** The text without trailing slashes. */
export function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}

/**
 * Characters that a terminal or page obeys: control characters (C0, DEL, C1), line separators, and marks that change
 * the reading direction. Joiners (U+200C, U+200D) are kept: names and emoji need them.
 */
const CONTROLS = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g;

/** The text without characters that a terminal or page obeys. On a terminal `visible` shows them instead. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, '');
}

/**
 * The text with control characters escaped as in JSON, so that a terminal shows them instead of obeying: `\u001b` for the
 * escape character.
 */
export function visible(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return `\\u${code.padStart(4, '0')}`;
  });
}

/** The link without scheme and trailing slashes: Lever may store it either way. */
export function bareLink(link: string): string {
  return withoutTrailingSlashes(link.trim().replace(/^https?:\/\//i, ''));
}

export function isSameLink(a: string, b: string): boolean {
  return bareLink(a) === bareLink(b);
}

/** Whether the URL is localhost, ::1 or 127.0.0.0/8: these bypass proxies, and plain http is fine there. */
export function isLoopback(url: URL): boolean {
  // WHATWG parsing has already turned 127.1 and 0x7f000001 into dotted quads.
  return (
    url.hostname === 'localhost' ||
    url.hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(url.hostname)
  );
}

/** The text as a page shows it: nothing in it is markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The form in which tags are compared: trimmed, without case, Unicode composed. */
export function normalizeTag(tag: string): string {
  return tag.normalize('NFC').trim().toLowerCase();
}

export function isSameTag(a: string, b: string): boolean {
  return normalizeTag(a) === normalizeTag(b);
}

export function hasTag(tags: readonly string[], tag: string): boolean {
  return tags.some((one) => isSameTag(one, tag));
}
