/** The two vendors' clients under the configuration in force, made anew when it changes. */
import { CODESUBMIT_API_URL, CodeSubmitClient } from '../codesubmit/codesubmit-client.js';
import type { LinkSetting } from '../codesubmit/link-finder.js';
import type { Settings } from '../config/settings.js';
import { AppError } from '../domain/errors.js';
import type { HttpSettings } from '../http-client/http-settings.js';
import { apiKeyAuth } from '../lever/lever-auth.js';
import { LeverClient } from '../lever/lever-client.js';
import { LEVER_ENVIRONMENTS } from '../lever/lever-environments.js';
import type { Configuration, LiveConfiguration } from './live-configuration.js';

export interface VendorParts {
  configuration: LiveConfiguration;
  acquire: () => Promise<void>;
  http: HttpSettings;
}

function missing(what: string): AppError {
  return new AppError('not_set_up', `No ${what} is stored.`, 'Run: codesubmit-lever setup');
}

export function leverApiUrl(settings: Settings): string {
  return settings.leverApiUrl ?? LEVER_ENVIRONMENTS[settings.leverEnvironment].api;
}

export function leverAppUrl(settings: Settings): string {
  return LEVER_ENVIRONMENTS[settings.leverEnvironment].app;
}

export function makeLeverClient(
  settings: Settings,
  apiKey: string,
  parts: Pick<VendorParts, 'acquire' | 'http'>,
): LeverClient {
  return new LeverClient({
    baseUrl: leverApiUrl(settings),
    auth: apiKeyAuth(apiKey),
    acquire: parts.acquire,
    http: parts.http,
    performAs: settings.performAs,
    includeConfidential: settings.includeConfidential,
  });
}

export class Vendors {
  #seen: Configuration | undefined;
  #lever: LeverClient | undefined;
  #codesubmit: CodeSubmitClient | undefined;

  constructor(private readonly parts: VendorParts) {}

  /** Throws `not_set_up` when no key is stored. */
  lever(): LeverClient {
    const { settings, leverApiKey } = this.#refresh();
    if (leverApiKey === null) throw missing('Lever API key');
    this.#lever ??= makeLeverClient(settings, leverApiKey, this.parts);
    return this.#lever;
  }

  /** Throws `not_set_up` when no key is stored. */
  codesubmit(): CodeSubmitClient {
    const { settings, codesubmitApiKey } = this.#refresh();
    if (codesubmitApiKey === null) throw missing('CodeSubmit API key');
    this.#codesubmit ??= makeCodeSubmitClient(settings, codesubmitApiKey, this.parts.http);
    return this.#codesubmit;
  }

  #refresh(): Configuration {
    const current = this.parts.configuration.current();
    if (current !== this.#seen) {
      this.#seen = current;
      this.#lever = undefined;
      this.#codesubmit = undefined;
    }
    return current;
  }
}

function linkSettingOf({ linkPath, linkTemplate }: Settings): LinkSetting | null {
  if (linkPath !== null) return { kind: 'path', path: linkPath };
  return linkTemplate === null ? null : { kind: 'template', template: linkTemplate };
}

export function makeCodeSubmitClient(
  settings: Settings,
  apiKey: string,
  http: HttpSettings,
): CodeSubmitClient {
  const { codesubmitUrl } = settings;
  return new CodeSubmitClient({
    apiUrl: codesubmitUrl ?? CODESUBMIT_API_URL,
    apiKey,
    link: linkSettingOf(settings),
    http,
  });
}
