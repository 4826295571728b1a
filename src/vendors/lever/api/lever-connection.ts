/** The connection to Lever's Data API that every part of this folder shares. */
import { HttpClient, type HttpSettings } from '../../http/http-client.js';

export interface LeverConnection {
  /** With `/v1`. */
  baseUrl: string;
  auth: LeverAuth;
  /** Resolves when a request may go under Lever's rate limit; awaited before each one. */
  acquire: () => Promise<void>;
  http: HttpSettings;
}

/** @throws AppError `configuration` for an invalid address. */
export function leverHttp({ baseUrl, auth, acquire, http }: LeverConnection): HttpClient {
  return new HttpClient({
    ...http,
    vendor: 'lever',
    baseUrl,
    baseUrlName: 'LEVER_API_URL',
    authorize: async () => ({ authorization: await auth.authorization() }),
    renew: async ({ authorization = '' }) => {
      const renewed = await auth.renew(authorization);
      return renewed === null ? null : { authorization: renewed };
    },
    beforeRequest: acquire,
  });
}

/** How requests to Lever are authorized. */
export interface LeverAuth {
  /** The value of the `Authorization` header for the next request. */
  authorization(): Promise<string>;
  /**
   * After a 401 to the header value `refused`: another value to repeat the request with, or null
   * when there is none.
   */
  renew(refused: string): Promise<string | null>;
}

function unchanging(value: string): LeverAuth {
  return { authorization: () => Promise.resolve(value), renew: () => Promise.resolve(null) };
}

/** An API key: HTTP Basic with the key as user and an empty password, as Lever documents it. */
export function apiKeyAuth(key: string): LeverAuth {
  return unchanging(`Basic ${Buffer.from(`${key}:`).toString('base64')}`);
}

/** One access token, while it lasts. */
export function accessTokenAuth(accessToken: string): LeverAuth {
  return unchanging(bearer(accessToken));
}

export function bearer(accessToken: string): string {
  return `Bearer ${accessToken}`;
}
