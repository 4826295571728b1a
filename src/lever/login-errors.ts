/** The errors of a login, each as a sentence with the step that fixes it. */
import { AppError, type ApiError } from '../domain/errors.js';
import { failureInWords } from '../domain/failure-words.js';

const START_AGAIN = 'Run: codesubmit-lever setup, and open the new link';
const CHECK_CLIENT =
  'Check both on the app’s page in Lever, then run: codesubmit-lever setup --lever-client-id ID --lever-client-secret-file FILE';
const CHECK_ADDRESSES =
  'Check LEVER_ENVIRONMENT and LEVER_AUDIENCE, then run: codesubmit-lever setup';

type Sentence = readonly [message: string, hint: string];

/** What OAuth's error codes mean when the browser returns. */
const AT_RETURN: Readonly<Record<string, Sentence>> = {
  access_denied: [
    'Lever did not grant access: someone declined, or the person is not a Super Admin.',
    'Ask a Super Admin to open the new link: codesubmit-lever setup',
  ],
  invalid_scope: [
    'Lever’s app is not allowed one of the scopes.',
    'Tick the missing scopes on the app’s page in Lever, or set other ones in LEVER_SCOPES. Then run: codesubmit-lever setup',
  ],
  unauthorized_client: [
    'Lever does not allow this client to log in this way.',
    'Check client id, callback and grant types on the app’s page in Lever, then run: codesubmit-lever setup',
  ],
  login_required: ['No one logged in to Lever.', START_AGAIN],
  consent_required: ['No one gave consent in Lever.', START_AGAIN],
  server_error: ['Lever could not complete the login.', START_AGAIN],
  temporarily_unavailable: ['Lever can’t handle logins right now.', START_AGAIN],
};

/** The error when Lever sent the browser back with `error`. */
export function explainReturn(error: string): AppError {
  const [message, hint] = AT_RETURN[error] ?? [`Lever rejected the login (${error}).`, START_AGAIN];
  return new AppError('vendor', message, hint);
}

/** What OAuth's codes mean at the token endpoint. Some servers say `access_denied` for a wrong secret. */
const AT_EXCHANGE: Readonly<Record<string, Sentence>> = {
  invalid_grant: [
    'Lever no longer accepts this login: its code was already used, is too old, or belongs to another callback.',
    START_AGAIN,
  ],
  invalid_client: ['Lever rejects the client id or its secret.', CHECK_CLIENT],
  unauthorized_client: ['Lever rejects the client id or its secret.', CHECK_CLIENT],
  access_denied: ['Lever rejects the client id or its secret.', CHECK_CLIENT],
};

/** Whether certainly the client was rejected, not its login; `access_denied` may be either. */
export function isClientRefused({ reason }: ApiError): boolean {
  return reason === 'invalid_client' || reason === 'unauthorized_client';
}

/** The error when the code could not be exchanged for tokens. */
export function explainExchange(error: ApiError): AppError {
  if (error.kind === 'unauthorized') {
    const other: Sentence = [`Lever rejected the login (${error.reason}).`, START_AGAIN];
    const [message, hint] = AT_EXCHANGE[error.reason] ?? other;
    return new AppError('vendor', message, hint, error);
  }
  return new AppError(
    'vendor',
    `The Lever login could not be completed: ${failureInWords(error)}.`,
    'Check the network, HTTPS_PROXY and LEVER_TOKEN_URL, then run: codesubmit-lever setup, and open the new link',
    error,
  );
}

/** The error when Lever's API rejects the token from its own login. */
export function explainRefusedLogin(error: ApiError): AppError {
  // Lever's words for a token of its other environment.
  const isOfOtherEnvironment = /signing key/i.test(JSON.stringify(error.body ?? ''));
  return new AppError(
    'vendor',
    isOfOtherEnvironment
      ? 'The login is for Lever’s other environment. Production and sandbox have separate logins.'
      : `Lever’s API rejects the login (${error.message}): it has too few permissions, or the wrong audience.`,
    CHECK_ADDRESSES,
    error,
  );
}
