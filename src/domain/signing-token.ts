/** A webhook's signing token. Anyone who knows one can sign deliveries. */
import { AppError } from './errors.js';

/** The format of every signing token seen so far; Lever doesn't document it. */
const USUAL_TOKEN = /^[0-9a-f]{48}$/i;
/** Other tokens that Lever could give. A shorter one could be guessed. */
const POSSIBLE_TOKEN = /^[!-~]{32,}$/;

const WHERE_TO_COPY = 'Copy the webhook’s signature token from Lever’s Webhooks settings.';

/**
 * Checks a signing token. Throws `usage` for what can't be one, `configuration` for a guessable one. Returns what is
 * odd about it. `from` says where it comes from.
 */
export function checkSigningToken(token: string, from: string): string | undefined {
  const has = `has ${token.length} characters; Lever’s have 48 hexadecimal ones`;
  if (!POSSIBLE_TOKEN.test(token))
    throw new AppError('usage', `The signing token in ${from} ${has}.`, WHERE_TO_COPY);
  requireUnguessable(token, from);
  return USUAL_TOKEN.test(token) ? undefined : `Is the signing token whole? It ${has}.`;
}

/** Throws `configuration` for a placeholder, such as 48 zeros. `from` says where the token comes from. */
export function requireUnguessable(token: string, from: string): string {
  if (!/^(.)\1*$/i.test(token)) return token;
  throw new AppError(
    'configuration',
    `The signing token in ${from} is one character repeated, which anyone can guess.`,
    WHERE_TO_COPY,
  );
}
