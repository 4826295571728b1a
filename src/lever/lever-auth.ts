/** How a request to Lever proves who it is. */

export interface LeverAuth {
  /** The value of the `Authorization` header for the next request. */
  authorization(): Promise<string>;
  /** After a 401 to `refused`, such a value: another one to repeat the request with, or null when there is none. */
  renew(refused: string): Promise<string | null>;
}

function unchanging(value: string): LeverAuth {
  return { authorization: () => Promise.resolve(value), renew: () => Promise.resolve(null) };
}

/** An API key: HTTP Basic with the key as user and an empty password, as Lever documents it. */
export function apiKeyAuth(key: string): LeverAuth {
  return unchanging(`Basic ${Buffer.from(`${key}:`).toString('base64')}`);
}

/** One access token, for as long as it lasts. */
export function accessTokenAuth(accessToken: string): LeverAuth {
  return unchanging(bearer(accessToken));
}

export function bearer(accessToken: string): string {
  return `Bearer ${accessToken}`;
}
