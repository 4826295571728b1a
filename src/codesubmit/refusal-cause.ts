/** What CodeSubmit objects to, judged by a refusal's body. Error bodies are undocumented. Pure. */

/** `other`: the challenge, or something that the body doesn't name. */
type RefusalCause = 'person' | 'maybe_already_invited' | 'other';

const CHALLENGE_FIELD = /^(test|challenge|assignment)s?(_?ids?)?$/i;
const PERSON_FIELD = /^(e-?mail|((first|last|full)_?)?name)s?$/i;
const CHALLENGE_WORD = /\b(test|challenge|assignment) ?(id)?\b/i;
const PERSON_WORD = /\b(e-?mail|(first|last|full) ?name)\b/i;
const SAYS_ALREADY = /\balready\b|\bexists\b|\bduplicated?\b|\bmust be unique\b|\bunique set\b/i;
/** "No test exists with this id" means an unknown challenge, although it has the word "exists". */
const SAYS_MISSING = /\b(no|not|never|\w+n't)\b[^.]{0,60}\bexists?\b/i;
/** Keys under which error lists name the wrong field: `{field: 'email', message: …}`. */
const POINTER_KEY = /^(field|loc|param|path|pointer|attr|attribute|property|source|target)$/i;

/** The most specific cause that the body supports; `other` when it says nothing usable. */
export function refusalCause(body: unknown, status: number | undefined): RefusalCause {
  // A 404 may come from a proxy or another site, whatever its body says.
  if (status === 404) return 'other';
  const texts: string[] = [];
  const fields: string[] = [];
  collectFindings(body, texts, fields, 0);
  // Addresses may contain any word: `test@example.com`. Codes contain words too:
  // `candidate_already_invited`.
  const said = texts.map((text) => withoutAddresses(text).replaceAll('_', ' '));
  // Looked for first: to take this for another refusal would fail an invitation that CodeSubmit may have.
  if (status === 409 || said.some((text) => SAYS_ALREADY.test(text) && !SAYS_MISSING.test(text))) {
    return 'maybe_already_invited';
  }
  // A named field says more than words: messages about one thing may mention the other.
  if (fields.some((field) => CHALLENGE_FIELD.test(field))) return 'other';
  if (fields.some((field) => PERSON_FIELD.test(field))) return 'person';
  if (said.some((text) => CHALLENGE_WORD.test(text))) return 'other';
  return said.some((text) => PERSON_WORD.test(text)) ? 'person' : 'other';
}

/** The text without words that contain an `@`. */
function withoutAddresses(text: string): string {
  const words = text.split(/\s+/);
  return words.filter((word) => !/.@./.test(word)).join(' ');
}

/** Deeper than any real body; a hostile one must not overflow the stack. */
const MAX_DEPTH = 16;

/** Walks the body. Adds all its texts, and the names of fields that it complains about. */
function collectFindings(value: unknown, texts: string[], fields: string[], depth: number): void {
  if (typeof value === 'string') texts.push(value);
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
  for (const [key, part] of Object.entries(value)) {
    // Fields are named by a pointer's value, or by a key with a complaint: `{email: ['invalid']}`.
    if (POINTER_KEY.test(key)) fields.push(...pointedAt(part));
    else if (isComplaint(part)) fields.push(key);
    collectFindings(part, texts, fields, depth + 1);
  }
}

/**
 * The fields that a pointer names: `email`, `["body", "email"]`, `/data/attributes/email`. `{pointer: …}` is reached by
 * the walk anyway.
 */
function pointedAt(value: unknown): string[] {
  const names = Array.isArray(value) ? value : [value];
  return names.filter((name) => typeof name === 'string').flatMap((name) => name.split(/[./[\]]/));
}

/** Whether a value is a message, not an echo of our input: a list, an object, or text that is no address. */
function isComplaint(value: unknown): boolean {
  if (typeof value === 'string')
    return /\w\s+\w/.test(value) || /^(invalid|required|blank|unknown)/i.test(value);
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
