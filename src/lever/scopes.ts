/** The permissions requested from Lever, and what each is for. */

export interface ScopeNeed {
  scope: string;
  /** What doesn't work without it, in plain words. */
  feature: string;
}

const CONFIDENTIAL = 'confidential:access:admin';

/** As Lever recommends for assessment integrations; `write` includes `read`. */
const NEEDS: readonly ScopeNeed[] = [
  { scope: 'offline_access', feature: 'staying connected for longer than an hour' },
  { scope: 'opportunities:write:admin', feature: 'reading candidates and adding their links' },
  { scope: 'notes:write:admin', feature: 'notes about the challenge' },
  { scope: 'stages:read:admin', feature: 'choosing stages' },
  { scope: 'tags:read:admin', feature: 'looking up tags' },
  { scope: 'webhooks:read:admin', feature: 'noticing a second integration' },
  { scope: 'users:read:admin', feature: 'choosing the acting user in Lever' },
  { scope: 'postings:read:admin', feature: 'telling the tags of two challenges apart' },
  { scope: CONFIDENTIAL, feature: 'confidential jobs' },
];

/** Unless LEVER_SCOPES says otherwise. Confidential access can't be added to a login later. */
export function defaultScopes(isConfidentialWanted: boolean): string[] {
  const scopes = NEEDS.map(({ scope }) => scope);
  return isConfidentialWanted ? scopes : scopes.filter((scope) => scope !== CONFIDENTIAL);
}

/** Each scope with the feature that needs it. */
export function needsOf(scopes: readonly string[]): ScopeNeed[] {
  return scopes.map(
    (scope) => NEEDS.find((need) => need.scope === scope) ?? { scope, feature: scope },
  );
}

/** The words of a scope list, separated by spaces or commas, each once. */
export function parseScopes(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((scope) => scope !== ''))];
}

/** Requested but not granted, each with what needs it. */
export function missingScopes(asked: readonly string[], granted: readonly string[]): ScopeNeed[] {
  return needsOf(
    asked.filter((scope) => !granted.includes(scope) && !granted.includes(writingForm(scope))),
  );
}

function writingForm(scope: string): string {
  return scope.replace(':read:', ':write:');
}
