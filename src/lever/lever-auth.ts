/** How a request to Lever proves who it is. */

export interface LeverAuth {
  /** The value of the `Authorization` header for the next request. */
  authorization(): Promise<string>;
}

/** An API key: HTTP Basic with the key as user and an empty password, as Lever documents it. */
export function apiKeyAuth(key: string): LeverAuth {
  const value = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
  return { authorization: () => Promise.resolve(value) };
}
