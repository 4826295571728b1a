// The tab OAuth: the apps that may ask for access, their secrets, callbacks and scopes.
import { z } from 'zod';
import { boxes, filled, noFields } from '../../pages/form-fields.js';
import { html, type Html } from '../../pages/html.js';
import { buttonForm, copyable, emptyNote, field, hidden } from '../../pages/page-parts.js';
import { action, idIn, type PageRoute } from '../../pages/page-route.js';
import type { LeverWorld } from '../lever-world.js';
import type { OAuthClient } from '../oauth/oauth-records.js';
import { leverScopes, wordsOf } from '../oauth/oauth-scopes.js';

const tab = '/settings/integrations?tab=oauth';

const client = z.strictObject({
  name: filled,
  /** 20 to 140 characters, as Lever's form requires. */
  description: z.string().trim().min(20).max(140),
  callback: filled,
  scopes: boxes(leverScopes),
});

const oneCallback = z.strictObject({ callback: filled });

export const oauthActions: PageRoute<LeverWorld>[] = [
  action('/settings/oauth-clients', client, ({ oauthClients }, { callback, ...input }) => {
    oauthClients.add({ ...input, callbacks: [callback] });
    return tab;
  }),
  action('/settings/oauth-clients/:id/callbacks', oneCallback, (world, { callback }, call) => {
    world.oauthClients.addCallbacks(idIn(call), [callback]);
    return tab;
  }),
  action(
    '/settings/oauth-clients/:id/callbacks/remove',
    oneCallback,
    (world, { callback }, call) => {
      world.oauthClients.removeCallbacks(idIn(call), [callback]);
      return tab;
    },
  ),
  action('/settings/oauth-clients/:id/remove', noFields, (world, _fields, call) => {
    world.oauthClients.remove(idIn(call));
    return tab;
  }),
];

export function oauthTab({ oauthClients }: LeverWorld): Html {
  const clients = [...oauthClients.all.values()].map(clientBox);
  return html`${newClientForm()}
  ${
    clients.length > 0 ? clients : html`<section class="box">${emptyNote('No apps yet.')}</section>`
  }`;
}

function newClientForm(): Html {
  const scopes = leverScopes.map(
    (scope) =>
      html`<label class="check">
        <input type="checkbox" name="scopes" value="${scope}" checked />
        <span>${wordsOf(scope)} <small>${scope}</small></span>
      </label>`,
  );
  const description = { id: 'client-description', name: 'description', label: 'Description' };
  const callback = { id: 'client-callback', name: 'callback', label: 'Callback URL' };
  return html`<details class="box" id="new-client">
    <summary data-testid="new-client">Register an app</summary>
    <form method="post" action="/settings/oauth-clients">
      ${field({ id: 'client-name', name: 'name', label: 'Name' })}
      ${field({ ...description, hint: '20 to 140 characters' })}
      ${field({ ...callback, type: 'url', hint: 'Must match exactly what the app sends' })}
      <fieldset class="checks">
        <legend>What it may ask for</legend>
        ${scopes}
      </fieldset>
      <button class="main" data-testid="save-client">Register</button>
    </form>
  </details>`;
}

function clientBox({ id, name, secret, description, callbacks, scopes }: OAuthClient): Html {
  const target = `/settings/oauth-clients/${id}`;
  const remove = { label: 'Remove', testid: 'remove-client', kind: 'danger' } as const;
  const rows = callbacks.map((callback) => callbackRow(target, callback));
  const add = { id: `callback-${id}`, name: 'callback', label: 'Add a callback' };
  return html`<section class="box" data-testid="oauth-client" data-client="${id}">
    <div class="row spread">
      <h2>${name}</h2>
      ${buttonForm(`${target}/remove`, remove)}
    </div>
    <p class="soft">${description}</p>
    <p><small>Client id</small></p>
    ${copyable('client-id', id)}
    <p><small>Client secret</small></p>
    ${copyable('client-secret', secret)}
    <h3>Callbacks</h3>
    <ul class="plainlist">
      ${rows}
    </ul>
    <form method="post" action="${target}/callbacks">
      ${field({ ...add, type: 'url' })}
      <button data-testid="add-callback">Add</button>
    </form>
    <details>
      <summary>Scopes (${scopes.length})</summary>
      <ul class="plainlist">
        ${scopes.map((scope) => html`<li>${wordsOf(scope)} <small>${scope}</small></li>`)}
      </ul>
    </details>
  </section>`;
}

function callbackRow(target: string, callback: string): Html {
  const fields = hidden('callback', callback);
  const remove = { label: 'Remove', testid: 'remove-callback', fields };
  return html`<li class="row spread" data-testid="callback">
    <span>${callback}</span> ${buttonForm(`${target}/callbacks/remove`, remove)}
  </li>`;
}
