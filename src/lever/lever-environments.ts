/** Lever's two environments and their addresses, as Lever documents them. */

export interface LeverEnvironment {
  /** Base URL of the Data API, without trailing slash. */
  api: string;
  authorize: string;
  token: string;
  /** The trailing slash matters: without it consent covers `offline_access` only, and the token is useless. */
  audience: string;
  /** Origin of the pages that people use. */
  app: string;
}

export const LEVER_ENVIRONMENTS = {
  production: {
    api: 'https://api.lever.co/v1',
    authorize: 'https://auth.lever.co/authorize',
    token: 'https://auth.lever.co/oauth/token',
    audience: 'https://api.lever.co/v1/',
    app: 'https://hire.lever.co',
  },
  sandbox: {
    api: 'https://api.sandbox.lever.co/v1',
    authorize: 'https://sandbox-lever.auth0.com/authorize',
    token: 'https://sandbox-lever.auth0.com/oauth/token',
    audience: 'https://api.sandbox.lever.co/v1/',
    app: 'https://hire.sandbox.lever.co',
  },
} as const satisfies Record<string, LeverEnvironment>;
