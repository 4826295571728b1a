/** What CodeSubmit objects to, judged by a refusal's body. Error bodies are undocumented. Pure. */

/**
 * `person`: the address or name. `maybe_already_invited`: CodeSubmit may have the invitation already. `other`: the
 * challenge, or something that the body doesn't name.
 */
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
  const words = texts.map((text) => withoutAddresses(text).replaceAll('_', ' '));
  // First: taken for another refusal, this would fail an invitation that CodeSubmit may have. 409 is HTTP's “conflict”.
  if (status === 409 || words.some((text) => SAYS_ALREADY.test(text) && !SAYS_MISSING.test(text))) {
    return 'maybe_already_invited';
  }
  // A named field says more than words: a message about the challenge may mention the address, or the other way round.
  if (fields.some((field) => CHALLENGE_FIELD.test(field))) return 'other';
  if (fields.some((field) => PERSON_FIELD.test(field))) return 'person';
  if (words.some((text) => CHALLENGE_WORD.test(text))) return 'other';
  return words.some((text) => PERSON_WORD.test(text)) ? 'person' : 'other';
}

/** The text without words that contain an `@`. */
function withoutAddresses(text: string): string {
  const words = text.split(/\s+/);
  return words.filter((word) => !/.@./.test(word)).join(' ');
}

/** Deeper than any real body; a hostile one must not overflow the stack. */
const MAX_DEPTH = 16;

/** Walks the body. Adds all its texts to `texts`, and the names of fields that it complains about to `fields`. */
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

/**
 * Whether a field's value is a message about the field, not an echo of what we sent: a list or object with content, or
 * text that has several words or begins with a word that errors begin with.
 */
function isComplaint(value: unknown): boolean {
  if (typeof value === 'string')
    return /\w\s+\w/.test(value) || /^(invalid|required|blank|unknown)/i.test(value);
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
