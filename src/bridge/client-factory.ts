/** Creates the vendors' clients: each knows its address and key, and Lever's share the rate limit. */
import type { Settings } from '../store/settings/settings.js';
import { CODESUBMIT_API_URL, leverApiUrl } from '../store/settings/vendor-addresses.js';
import { CodeSubmitClient } from '../codesubmit/codesubmit-client.js';
import type { HttpSettings } from '../net/http-client.js';
import { LeverClient } from '../lever/lever-client.js';
import type { LeverAuth } from '../lever/lever-connection.js';
import type { SharedRate } from '../net/shared-rate.js';

export class ClientFactory {
  constructor(
    private readonly leverRate: SharedRate,
    /** What every call to a vendor is made with. */
    readonly http: HttpSettings,
  ) {}

  with(http: Partial<HttpSettings>): ClientFactory {
    return new ClientFactory(this.leverRate, { ...this.http, ...http });
  }

  lever(settings: Settings, auth: LeverAuth): LeverClient {
    const { performAs, includeConfidential } = settings;
    const connection = { auth, rate: this.leverRate, http: this.http };
    const baseUrl = leverApiUrl(settings);
    return new LeverClient({ ...connection, baseUrl, performAs, includeConfidential });
  }

  codesubmit(settings: Settings, apiKey: string): CodeSubmitClient {
    const { codesubmitUrl, linkPath, linkTemplate } = settings;
    const chosen = {
      email: settings.listEmailPath,
      challenge: settings.listChallengePath,
      createdAt: settings.listDatePath,
    };
    const paths = Object.fromEntries(Object.entries(chosen).filter(([, path]) => path !== null));
    const template =
      linkTemplate === null ? null : ({ kind: 'template', template: linkTemplate } as const);
    return new CodeSubmitClient({
      apiUrl: codesubmitUrl ?? CODESUBMIT_API_URL,
      apiKey,
      link: linkPath === null ? template : { kind: 'path', path: linkPath },
      paths,
      http: this.http,
    });
  }
}
