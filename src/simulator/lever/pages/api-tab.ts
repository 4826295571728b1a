// The tab API Credentials: keys with checkboxes for rights, each key shown once.
import { z } from 'zod';
import { boxes, filled, noFields } from '../../pages/form-fields.js';
import { html, type Html } from '../../pages/html.js';
import { badge, buttonForm, copyable, field } from '../../pages/page-parts.js';
import { action, idIn, valueIn, type PageCall, type PageRoute } from '../../pages/page-route.js';
import { leverRights, onlyRights, type Grant, type LeverRight } from '../lever-access.js';
import type { LeverWorld } from '../lever-world.js';

const tab = '/settings/integrations?tab=api';

const labels: Record<LeverRight, string> = {
  'opportunities:read': 'List and read opportunities',
  'opportunities:write': 'Create and change opportunities',
  'links:write': 'Add and remove links of an opportunity',
  'stages:read': 'List all stages',
  'tags:read': 'List all tags',
  'tags:write': 'Add and remove tags of an opportunity',
  'postings:read': 'List and read postings',
  'postings:write': 'Create and change postings',
  'users:read': 'List and read users',
  'contacts:read': 'Read a contact',
  'archive_reasons:read': 'List all archive reasons',
  'notes:read': 'List notes',
  'notes:write': 'Create a note',
  'webhooks:read': 'List all webhooks',
  'webhooks:write': 'Add, change and delete a webhook',
  'confidential:access': 'Access confidential data (can’t be changed later)',
};

export const apiKeyActions: PageRoute<LeverWorld>[] = [
  action(
    '/settings/api-keys',
    z.strictObject({ name: filled, rights: boxes(leverRights) }),
    ({ access }, { name, rights }, { shownOnce }) => {
      const { credential } = access.addKey({ name, rights: onlyRights(rights) });
      return `${tab}&made=${shownOnce.put(credential)}`;
    },
  ),
  action('/settings/api-keys/:id/revoke', noFields, ({ access }, _fields, call) => {
    access.revoke(idIn(call));
    return tab;
  }),
];

export function apiTab({ access }: LeverWorld, call: PageCall): Html {
  const keys = [...access.grants.values()].filter(({ kind }) => kind === 'api_key');
  const made = call.shownOnce.take(valueIn(call, 'made'));
  return html`${made === undefined ? null : madeNotice(made)} ${newKeyForm()}
    <section class="box">
      <h2>Keys</h2>
      <ul class="plainlist">
        ${keys.map(keyRow)}
      </ul>
    </section>`;
}

function madeNotice(key: string): Html {
  return html`<div class="notice" role="status">
    <p><strong>Your new key.</strong> Copy it now: it won’t be shown again.</p>
    ${copyable('new-key', key)}
  </div>`;
}

function newKeyForm(): Html {
  const rights = leverRights.map(
    (right) =>
      html`<label class="check">
        <input
          type="checkbox"
          name="rights"
          value="${right}"
          data-testid="right-${right}"
          ${right === 'confidential:access' ? null : html`checked`}
        />${labels[right]}
      </label>`,
  );
  return html`<details class="box" id="generate-key">
    <summary data-testid="generate-key">Generate New Key</summary>
    <form method="post" action="/settings/api-keys">
      ${field({ id: 'key-name', name: 'name', label: 'Name' })}
      <fieldset class="checks">
        <legend>What the key may do</legend>
        ${rights}
      </fieldset>
      <button class="main" data-testid="save-key">Generate</button>
    </form>
  </details>`;
}

function keyRow({ id, name, rights, isRevoked }: Grant): Html {
  const given = leverRights.filter((right) => rights[right]).length;
  const revoke = { label: 'Revoke', testid: 'revoke-key', kind: 'danger' } as const;
  return html`<li class="row spread" data-testid="key">
    <span>${name} <small>${given} of ${leverRights.length} rights</small></span>
    ${isRevoked ? badge('revoked', 'bad') : buttonForm(`/settings/api-keys/${id}/revoke`, revoke)}
  </li>`;
}
