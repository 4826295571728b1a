/** What went wrong with a login, each as a sentence and the step that fixes it. */
import { AppError, type ApiError } from '../../../domain/errors.js';
import { failureInWords } from '../../../domain/failure-words.js';

const START_AGAIN = 'Run: codesubmit-lever setup, and open the new link';
const CHECK_CLIENT =
  'Compare both with the app’s page in Lever, then run: codesubmit-lever setup --lever-client-id ID --lever-client-secret-file FILE';
const CHECK_ADDRESSES =
  'See that LEVER_ENVIRONMENT and LEVER_AUDIENCE are right, then run: codesubmit-lever setup';

type Sentence = readonly [message: string, hint: string];

/** OAuth's words on the browser's way back. */
const AT_RETURN: Readonly<Record<string, Sentence>> = {
  access_denied: [
    'Lever did not grant access: it was declined, or whoever opened the link is no Super Admin.',
    'Let a Super Admin open the new link: codesubmit-lever setup',
  ],
  invalid_scope: [
    'Lever’s app may not ask for one of the scopes.',
    'Tick the missing scopes on the app’s page in Lever, or name others in LEVER_SCOPES, then run: codesubmit-lever setup',
  ],
  unauthorized_client: [
    'Lever does not let this client log in this way.',
    'See that client id, callback and grant types are right on the app’s page in Lever, then run: codesubmit-lever setup',
  ],
  login_required: ['Nobody was logged in to Lever.', START_AGAIN],
  consent_required: ['Nobody gave consent in Lever.', START_AGAIN],
  server_error: ['Lever failed to finish the login.', START_AGAIN],
  temporarily_unavailable: ['Lever can’t take logins at the moment.', START_AGAIN],
};

/** Lever sent the browser back with `error`. */
export function explainReturn(error: string): AppError {
  const [message, hint] = AT_RETURN[error] ?? [`Lever refused the login (${error}).`, START_AGAIN];
  return new AppError('vendor', message, hint);
}

/** OAuth's words at the token endpoint. Some servers say `access_denied` for a wrong secret. */
const AT_EXCHANGE: Readonly<Record<string, Sentence>> = {
  invalid_grant: [
    'Lever no longer takes this login: its code was used already, is too old, or belongs to another callback.',
    START_AGAIN,
  ],
  invalid_client: ['Lever refuses the client id or its secret.', CHECK_CLIENT],
  unauthorized_client: ['Lever refuses the client id or its secret.', CHECK_CLIENT],
  access_denied: ['Lever refuses the client id or its secret.', CHECK_CLIENT],
};

/** Surely the client, and not its login: `access_denied` may be either. */
export function isClientRefused({ reason }: ApiError): boolean {
  return reason === 'invalid_client' || reason === 'unauthorized_client';
}

/** The code could not be exchanged for tokens. */
export function explainExchange(error: ApiError): AppError {
  if (error.kind === 'unauthorized') {
    const other: Sentence = [`Lever refused the login (${error.reason}).`, START_AGAIN];
    const [message, hint] = AT_EXCHANGE[error.reason] ?? other;
    return new AppError('vendor', message, hint, error);
  }
  return new AppError(
    'vendor',
    `Lever’s login could not be finished: ${failureInWords(error)}.`,
    'Check the network, HTTPS_PROXY and LEVER_TOKEN_URL, then run: codesubmit-lever setup, and open the new link',
    error,
  );
}

/** Lever's API refuses the token that its login gave. */
export function explainRefusedLogin(error: ApiError): AppError {
  const isForeign = /signing key/i.test(JSON.stringify(error.body ?? ''));
  return new AppError(
    'vendor',
    isForeign
      ? 'The login is for Lever’s other environment: production and sandbox don’t know each other’s.'
      : `Lever’s API refuses the login (${error.message}): it has too few rights, or another audience.`,
    CHECK_ADDRESSES,
    error,
  );
}
