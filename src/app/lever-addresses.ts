/** Where this home's Lever is, for programs and for people. */
import type { Settings } from '../config/settings.js';
import { LEVER_ENVIRONMENTS } from '../lever/lever-environments.js';

/** With `/v1`. */
export function leverApiUrl(settings: Settings): string {
  return settings.leverApiUrl ?? LEVER_ENVIRONMENTS[settings.leverEnvironment].api;
}

export function leverAppUrl(settings: Settings): string {
  return LEVER_ENVIRONMENTS[settings.leverEnvironment].app;
}

/** The candidate's page: as Lever's record gave it, else where such pages are. */
export function opportunityUrl(settings: Settings, id: string, recorded: string | null): string {
  return recorded ?? `${leverAppUrl(settings)}/candidates/${id}`;
}

/** The hosts of Lever that this machine must reach. */
export function leverHosts(settings: Settings): string[] {
  const api = new URL(leverApiUrl(settings)).host;
  if (settings.leverAuth === 'api_key') return [api];
  const { token } = LEVER_ENVIRONMENTS[settings.leverEnvironment];
  return [api, new URL(settings.leverTokenUrl ?? token).host];
}
