/** Whether a refusal may mean that CodeSubmit has the invitation already. Error bodies are undocumented. Pure. */

const SAYS_ALREADY = /\balready\b|\bexists\b|\bduplicated?\b|\bmust be unique\b|\bunique set\b/i;
/** "No test exists with this id" means an unknown challenge, although it has the word "exists". */
const SAYS_MISSING = /\b(no|not|never|\w+n't)\b[^."]{0,60}\bexists?\b/gi;

/**
 * Whether a refusal may mean “already invited”, by its status and the words of its body. A 409, HTTP's “conflict”, may,
 * whatever its body.
 */
export function mayBeInvitedAlready(body: unknown, status: number | undefined): boolean {
  // A 404 may come from a proxy or another site, whatever its body says.
  if (status === 404) return false;
  // A line break or tab is a space here: as JSON writes it, its letter would join the next word.
  const json = JSON.stringify(body ?? null).replace(/\\[nrt]/g, ' ');
  const parts = json.split(/(?=[\s"])/);
  // An address may contain any word, such as `already@example.com`.
  const text = parts.filter((part) => !part.includes('@')).join('');
  // Codes contain words too: `candidate_already_invited`.
  const words = text.replaceAll('_', ' ').replace(SAYS_MISSING, '');
  return status === 409 || SAYS_ALREADY.test(words);
}
