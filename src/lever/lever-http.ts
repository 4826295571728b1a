/** The connection to Lever's Data API that every part of this folder shares. */
import { HttpClient } from '../http-client/http-client.js';
import type { HttpSettings } from '../http-client/http-settings.js';
import type { LeverAuth } from './lever-auth.js';

export interface LeverConnection {
  /** With `/v1`. */
  baseUrl: string;
  auth: LeverAuth;
  /** Resolves when a request may go under Lever's rate; awaited before every one. */
  acquire: () => Promise<void>;
  http: HttpSettings;
}

/** @throws AppError `configuration` for an address that can't be used. */
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
