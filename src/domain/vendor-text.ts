/** Bounds of what vendors and candidates write. Nothing is cut into another valid value: what is too long is left out. */

/** RFC 5321. */
export const MAX_EMAIL_LENGTH = 254;
export const MAX_LINK_LENGTH = 2_048;
/** No rule's tag is longer, so that a longer one in Lever names no rule. */
export const MAX_TAG_LENGTH = 300;
/** A profile with more is held as one without any: not all of them can be looked for. */
export const MAX_EMAILS = 100;
/** Names are shown and sent, never compared: the one kind of text that is cut. */
const MAX_NAME_LENGTH = 200;

const PLAIN_TEXT = /^\P{C}{1,200}$/u;
const NO_PART_OF_A_PATH = /[\s/\\]|^\.+$/u;

/** Whether it can be an id of Lever's, which stands in paths: a shortened one would be another's, so that it is refused. */
export function isPlainId(text: string): boolean {
  return isPlainText(text) && !NO_PART_OF_A_PATH.test(text);
}

/** Whether it is one short line without invisible characters. */
export function isPlainText(text: string): boolean {
  return PLAIN_TEXT.test(text);
}

/** Whether it can be a link, or an address to be shown: one line that no terminal would obey. */
export function isPlainLink(text: string): boolean {
  return text.length <= MAX_LINK_LENGTH && /^\P{C}+$/u.test(text);
}

/** A name in one line, at a length that people give one; no character is cut in half. */
export function shortName(name: string): string {
  const line = oneLine(name);
  if (line.length <= MAX_NAME_LENGTH) return line;
  return line.slice(0, MAX_NAME_LENGTH).replace(/[\uD800-\uDBFF]$/, '');
}

/** What breaks a line would begin one of its own where the text is shown. */
export function oneLine(text: string): string {
  return text.replace(/[\n\v\f\r\u0085\u2028\u2029]/g, ' ');
}

/** Without the slashes at its end. */
export function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}
