/** Where this integration's Lever is, for programs and for people. */
import { isLoopback } from '../domain/base-url.js';
import type { Settings } from '../store/settings/settings.js';
import { leverApiUrl, LEVER_ENVIRONMENTS } from '../store/settings/vendor-addresses.js';

/** Origin of the pages that an admin opens. Only the simulator, a Lever by plain http, has its own. */
export function leverAppUrl({ leverApiUrl: url, leverEnvironment }: Settings): string {
  if (url?.startsWith('http:') === true) return new URL(url).origin;
  return LEVER_ENVIRONMENTS[leverEnvironment].app;
}

/** The candidate's page: from Lever's record, or else built from the id. */
export function opportunityUrl(settings: Settings, id: string, recorded: string | null): string {
  const { app } = LEVER_ENVIRONMENTS[settings.leverEnvironment];
  return leverPage(settings, recorded) ?? `${app}/candidates/${encodeURIComponent(id)}`;
}

/** The address in Lever's record, if it leads to Lever; null for any other, which someone may click on. */
export function leverPage({ leverApiUrl: api }: Settings, recorded: string | null): string | null {
  const url = recorded !== null && URL.canParse(recorded) ? new URL(recorded) : null;
  if (url === null || url.username !== '' || url.password !== '') return null;
  const isLevers = url.protocol === 'https:' && /(?:^|\.)lever\.co$/.test(url.hostname);
  const isSimulated =
    isLoopback(url) && api !== null && isLoopback(new URL(api)) && /^https?:$/.test(url.protocol);
  return isLevers || isSimulated ? url.href : null;
}

/** The Lever hosts that this machine must reach. */
export function leverHosts(settings: Settings): string[] {
  const api = new URL(leverApiUrl(settings)).host;
  if (settings.leverAuth === 'api_key') return [api];
  const { token } = LEVER_ENVIRONMENTS[settings.leverEnvironment];
  return [api, new URL(settings.leverTokenUrl ?? token).host];
}
