/** What a failed token request amounts to: `unauthorized` when Lever said no, else `unavailable` or `rate_limited`. */
import { ClientError, ResponseBodyError } from 'openid-client';
import { ApiError } from '../../domain/errors.js';
import { TOKEN_ROUTE } from './token-fetch.js';

/** Refusals that pass by themselves. */
const PASSING = new Set(['temporarily_unavailable', 'server_error']);
const CODE = /^[a-z][a-z0-9_]{2,50}$/;

/** Returns the `ApiError` to throw; its reason is OAuth's word, `invalid_grant` say. Anything unforeseen comes back as it is. */
export function toTokenFailure(error: unknown): unknown {
  if (error instanceof ResponseBodyError) return refusal(error.error, error.status);
  if (!(error instanceof ClientError)) return error;
  if (error.cause instanceof ApiError) return error.cause;
  // A 4xx in Lever's own form rather than OAuth's: what calls answer after a revocation is documented nowhere.
  if (error.cause instanceof Response) return refusal('refused', error.cause.status);
  const reason = 'no token in reply';
  return new ApiError({ vendor: 'lever', kind: 'unavailable', route: TOKEN_ROUTE, reason });
}

function refusal(code: string, status: number): ApiError {
  const reason = CODE.test(code) ? code : 'refused';
  const facts = { vendor: 'lever', route: TOKEN_ROUTE, reason } as const;
  return PASSING.has(code)
    ? new ApiError({ ...facts, kind: 'unavailable' })
    : new ApiError({ ...facts, kind: 'unauthorized', status });
}
