// Control routes for OAuth: the apps of an account, their callbacks, what they were granted.
import { z } from 'zod';
import type { LeverWorld } from '../lever/lever-world.js';
import { answerAuthorize, readAuthorize } from '../lever/oauth/authorize-request.js';
import { leverScopes } from '../lever/oauth/oauth-scopes.js';
import { badRequest } from '../simulated-error.js';
import { get, nothing, post, text, texts, type ControlRoute } from './control-route.js';

const client = z.strictObject({
  name: text,
  id: text.optional(),
  secret: text.optional(),
  description: z.string().optional(),
  callbacks: texts.optional(),
  scopes: z.array(z.enum(leverScopes)).optional(),
});

const callbacks = z.strictObject({ id: text, callbacks: texts });

const decision = z.strictObject({
  authorizeUrl: z.url(),
  /** A Super Admin when left out. */
  userId: text.optional(),
  isAccepted: z.boolean().default(true),
});

export const oauthControls: ControlRoute[] = [
  get('/lever/oauth-clients', nothing, ({ lever }) => [...lever.oauthClients.all.values()]),
  post('/lever/oauth-clients', client, ({ lever }, input) => lever.oauthClients.add(input)),
  post('/lever/oauth-clients/callbacks', callbacks, ({ lever }, { id, callbacks: added }) =>
    lever.oauthClients.addCallbacks(id, added),
  ),
  post('/lever/oauth-clients/callbacks/remove', callbacks, ({ lever }, { id, callbacks: gone }) =>
    lever.oauthClients.removeCallbacks(id, gone),
  ),
  post('/lever/oauth-clients/remove', z.strictObject({ id: text }), ({ lever }, { id }) => {
    lever.oauthClients.remove(id);
    return { removed: id };
  }),
  get('/lever/oauth/authorizations', nothing, ({ lever }) => authorizationState(lever)),
  post('/lever/oauth/authorize', decision, ({ lever }, { authorizeUrl, userId, isAccepted }) => {
    const query = Object.fromEntries(new URL(authorizeUrl).searchParams);
    const request = readAuthorize(lever, query);
    if ('redirectTo' in request) return request;
    const by = userId ?? superAdmin(lever);
    return { redirectTo: answerAuthorize(lever, request, { userId: by, isAccepted }) };
  }),
  post(
    '/lever/oauth/revoke',
    z.strictObject({ clientId: text.optional(), authorizationId: text.optional() }),
    ({ lever }, { clientId, authorizationId }) => {
      if (authorizationId) lever.authorizations.revoke(authorizationId);
      else if (clientId) lever.authorizations.revokeApp(clientId);
      else throw badRequest('give clientId or authorizationId');
      return authorizationState(lever);
    },
  ),
  post('/lever/oauth/expire', nothing, ({ lever }) => ({
    expired: lever.authorizations.expireAccessTokens(),
  })),
];

/** With the newest refresh token, and the number of older ones. */
export function authorizationState({ authorizations }: LeverWorld) {
  return [...authorizations.all.values()].map(({ refreshTokens, ...authorization }) => {
    const tokens = [...refreshTokens];
    const newest = tokens.findLast(([, { replacedAt }]) => replacedAt === null);
    const oldRefreshTokens = tokens.filter(([, { replacedAt }]) => replacedAt !== null).length;
    return { ...authorization, refreshToken: newest?.[0] ?? null, oldRefreshTokens };
  });
}

function superAdmin({ account }: LeverWorld): string {
  const user = account.users.find(
    ({ accessRole, deactivatedAt }) => accessRole === 'super admin' && deactivatedAt === null,
  );
  if (!user) throw badRequest('this account has no Super Admin');
  return user.id;
}
