/** Escapes characters that a terminal, log reader or chat would obey instead of showing. */

/**
 * Control characters (C0, DEL, C1), line separators, and marks that change the reading direction.
 * Joiners (U+200C, U+200D) are kept: names and emoji need them.
 */
const OBEYED = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g;

/** As in JSON: `\u001b` for the escape character. */
export function visible(text: string): string {
  return text.replace(OBEYED, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return `\\u${code.padStart(4, '0')}`;
  });
}
