// The tab Authorized Apps: what was granted to whom, and Revoke Access.
import { noFields } from '../../pages/form-fields.js';
import { html, type Html } from '../../pages/html.js';
import { buttonForm, emptyNote, timeOf } from '../../pages/page-parts.js';
import { action, idIn, type PageRoute } from '../../pages/page-route.js';
import type { LeverWorld } from '../lever-world.js';
import type { Authorization } from '../oauth/oauth-records.js';
import { wordsOf } from '../oauth/oauth-scopes.js';

export const authorizedActions: PageRoute<LeverWorld>[] = [
  action('/settings/authorized-apps/:id/revoke', noFields, (world, _fields, call) => {
    world.authorizations.revokeApp(idIn(call));
    return '/settings/integrations?tab=authorized';
  }),
];

export function authorizedTab(world: LeverWorld): Html {
  const live = [...world.authorizations.all.values()].filter(({ revokedAt }) => revokedAt === null);
  const apps = new Map(live.map((authorization) => [authorization.clientId, authorization]));
  const boxes = [...apps.values()].map((newest) => appBox(world, newest));
  if (boxes.length > 0) return html`${boxes}`;
  return html`<section class="box">${emptyNote('No app has access.')}</section>`;
}

/** One box for each app, with its newest login. */
function appBox({ oauthClients, account }: LeverWorld, authorization: Authorization): Html {
  const { clientId, userId, grantedAt, scopes } = authorization;
  const name = oauthClients.all.get(clientId)?.name ?? clientId;
  const user = account.users.find(({ id }) => id === userId)?.name ?? userId;
  const revoke = { label: 'Revoke Access', testid: 'revoke-access', kind: 'danger' } as const;
  return html`<section class="box" data-testid="authorized-app" data-client="${clientId}">
    <div class="row spread">
      <h2>${name}</h2>
      ${buttonForm(`/settings/authorized-apps/${clientId}/revoke`, revoke)}
    </div>
    <p class="soft">Authorized by ${user}, ${timeOf(grantedAt)}</p>
    <ul class="permissions">
      ${scopes.map((scope) => html`<li>${wordsOf(scope)}</li>`)}
    </ul>
  </section>`;
}
