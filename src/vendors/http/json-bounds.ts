/**
 * Whether a text can be parsed as JSON within a turn. The cost depends on the content: many small
 * values cost most.
 */

/** Commas, opening brackets and strings: eight hundred for each of a page's hundred records. */
const MAX_TOKENS = 80_000;
/** Nothing that we read is deeper, and replies are walked recursively. */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const BRACKETS = { '[': 0x5b, ']': 0x5d, '{': 0x7b, '}': 0x7d };

/** Counts in one pass and stops at the bound. Text that isn't JSON may pass or not. */
export function isWithinJsonBounds(text: string): boolean {
  let tokens = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        tokens += 1;
        break;
      case COMMA:
        tokens += 1;
        break;
      case BRACKETS['[']:
      case BRACKETS['{']:
        tokens += 1;
        depth += 1;
        break;
      case BRACKETS[']']:
      case BRACKETS['}']:
        depth -= 1;
        break;
      default:
        continue;
    }
    if (tokens > MAX_TOKENS || depth > MAX_DEPTH) return false;
  }
  return true;
}

/** The position of the quote that ends the string starting at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end, start)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/** An odd number of backslashes precedes it. */
function isEscaped(text: string, at: number, start: number): boolean {
  let first = at;
  while (first - 1 > start && text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}
