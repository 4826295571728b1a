/** What we need to be allowed in Lever: by a login's scope, or by the box of an API key, and what doesn't work without it. */
import type { ListRoute, OpportunityRoute } from './lever-client.js';

export interface Right {
  /** `write` includes `read`. */
  scope: string;
  /** In Lever's form; the wording varies. A login alone needs what has none. */
  box?: string;
  /** What doesn't work without it, in plain words. */
  feature: string;
  /** Routes that show whether it's given. */
  routes?: readonly (ListRoute | OpportunityRoute)[];
}

const OPPORTUNITIES = 'opportunities:write:admin';
const CONFIDENTIAL = 'confidential:access:admin';

/** As Lever recommends for assessment integrations. */
export const RIGHTS: readonly Right[] = [
  { scope: 'offline_access', feature: 'staying connected for longer than an hour' },
  {
    scope: OPPORTUNITIES,
    box: 'read opportunities',
    feature: 'reading candidates, their stages and tags',
    routes: ['GET /opportunities'],
  },
  {
    scope: OPPORTUNITIES,
    box: 'write opportunities',
    feature: 'adding links',
    routes: ['POST /opportunities/:id/addLinks'],
  },
  {
    scope: OPPORTUNITIES,
    box: 'add, remove tags',
    feature: 'showing why a candidate is on hold, and progress',
    routes: ['POST /opportunities/:id/addTags', 'POST /opportunities/:id/removeTags'],
  },
  {
    scope: 'notes:write:admin',
    box: 'read notes, create a note',
    feature: 'writing notes about the challenge',
    routes: ['POST /opportunities/:id/notes', 'GET /opportunities/:id/notes'],
  },
  { scope: 'stages:read:admin', box: 'read stages', feature: 'choosing stages' },
  {
    scope: 'tags:read:admin',
    box: 'read tags',
    feature: 'finding mistyped tags',
    routes: ['GET /tags'],
  },
  {
    scope: 'webhooks:read:admin',
    box: 'list webhooks',
    feature: 'noticing a second integration',
  },
  {
    scope: 'users:read:admin',
    box: 'read users',
    feature: 'choosing who appears as the author',
    routes: ['GET /users'],
  },
  {
    scope: 'postings:read:admin',
    box: 'read postings',
    feature: 'telling the tags of two challenges apart',
    routes: ['GET /postings'],
  },
  { scope: CONFIDENTIAL, feature: 'confidential jobs' },
];

export function rightFor(route: ListRoute | OpportunityRoute): Right {
  const right = RIGHTS.find(({ routes }) => routes?.includes(route));
  if (right === undefined) throw new Error(`no right for ${route}`);
  return right;
}

/** Unless LEVER_SCOPES says otherwise. Confidential access can't be added to a login later. */
export function defaultScopes(isConfidentialWanted: boolean): string[] {
  const scopes = [...new Set(RIGHTS.map(({ scope }) => scope))];
  return isConfidentialWanted ? scopes : scopes.filter((scope) => scope !== CONFIDENTIAL);
}

/** Each scope with the features that need it. */
export function needsOf(scopes: readonly string[]): Right[] {
  return scopes.map((scope) => {
    const features = RIGHTS.filter((right) => right.scope === scope).map(({ feature }) => feature);
    return { scope, feature: features.length > 0 ? features.join(', ') : scope };
  });
}

/** Requested but not granted, each with what needs it. */
export function missingScopes(asked: readonly string[], granted: readonly string[]): Right[] {
  const isGranted = (scope: string): boolean =>
    granted.includes(scope) || granted.includes(scope.replace(':read:', ':write:'));
  return needsOf(asked.filter((scope) => !isGranted(scope)));
}
