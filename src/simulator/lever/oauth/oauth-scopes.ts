// The scopes of Lever's OAuth: what each allows an app, in plain words and as rights.
import { leverRights, onlyRights, type LeverRights } from '../lever-access.js';

/** Those that an assessment integration may request; others are not granted. */
const permissions: Record<string, string> = {
  offline_access: 'Keep its access while you are away',
  'opportunities:read:admin': 'See candidates',
  'opportunities:write:admin': 'See candidates and change their stage, tags and links',
  'notes:read:admin': 'Read notes on candidates',
  'notes:write:admin': 'Read and write notes on candidates',
  'stages:read:admin': 'See the stages of your pipeline',
  'tags:read:admin': 'See your tags',
  'archive_reasons:read:admin': 'See your archive reasons',
  'contact:read:admin': 'See the people behind candidates',
  'webhooks:read:admin': 'See your webhooks',
  'webhooks:write:admin': 'See, add and remove webhooks',
  'postings:read:admin': 'See your job postings',
  'postings:write:admin': 'See and change your job postings',
  'users:read:admin': 'See who works here',
  'confidential:access:admin': 'See confidential candidates and postings too',
  'feedback:write:admin': 'Read and write feedback on candidates',
  'feedback_templates:write:admin': 'See and change feedback forms',
  'files:write:admin': 'Read and add files of candidates',
};

export const leverScopes = Object.keys(permissions);

export function wordsOf(scope: string): string {
  return permissions[scope] ?? scope;
}

/** The known ones of a space-separated list, each once. */
export function scopesIn(list: string): string[] {
  return [...new Set(list.split(' '))].filter((scope) => scope in permissions);
}

/** `opportunities:write:admin` gives the right `opportunities:write`. */
export function rightsOf(scopes: string[]): LeverRights {
  const given = scopes.map((scope) => scope.replace(/^contact:/, 'contacts:'));
  return onlyRights(leverRights.filter((right) => given.includes(`${right}:admin`)));
}
