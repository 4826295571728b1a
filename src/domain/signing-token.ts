/** A webhook's signing token. Anyone who knows one can sign deliveries. */
import { AppError } from './errors.js';

/** The format of every signing token seen so far. */
export const SIGNING_TOKEN = /^[0-9a-f]{48}$/i;

/** A placeholder, such as 48 zeros. */
export function isGuessable(token: string): boolean {
  return /^(.)\1*$/i.test(token);
}

/** @throws AppError `configuration` for a guessable one. `from` says where it comes from. */
export function requireUnguessable(token: string, from: string): string {
  if (!isGuessable(token)) return token;
  throw new AppError(
    'configuration',
    `The signing token in ${from} is one character repeated, which anyone can guess.`,
    'Copy the webhook’s signature token from Lever’s Webhooks settings.',
  );
}
