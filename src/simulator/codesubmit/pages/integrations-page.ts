// The integrations settings of CodeSubmit: API keys, each shown once.
import { z } from 'zod';
import { noFields } from '../../pages/form-fields.js';
import { html, type Html } from '../../pages/html.js';
import { badge, buttonForm, copyable, select } from '../../pages/page-parts.js';
import { action, idIn, page, valueIn, type PageRoute } from '../../pages/page-route.js';
import { notFound } from '../../simulated-error.js';
import type { CodeSubmitKey } from '../codesubmit-records.js';
import type { CodeSubmitWorld } from '../codesubmit-world.js';

const address = '/settings/integrations';
const roles = { admin: 'Admin', hiring_manager: 'Hiring Manager', reviewer: 'Reviewer' };
const key = z.strictObject({ role: z.enum(['admin', 'hiring_manager', 'reviewer']) });

export const integrationsPages: PageRoute<CodeSubmitWorld>[] = [
  page(address, (world, call) => {
    const made = call.shownOnce.take(valueIn(call, 'made'));
    const body = html`<h1>Integrations</h1>
      ${made === undefined ? null : madeNotice(made)} ${newKeyForm()}
      <section class="box">
        <h2>API keys</h2>
        <ul class="plainlist">
          ${world.keys.map(keyRow)}
        </ul>
      </section>`;
    return { title: 'Integrations', body };
  }),
  action('/settings/keys', key, (world, { role }, { shownOnce }) => {
    const added = world.addKey({ role });
    return `${address}?made=${shownOnce.put(added.key)}`;
  }),
  action('/settings/keys/:id/revoke', noFields, (world, _fields, call) => {
    const revoked = world.keys[Number(idIn(call))];
    if (!revoked) throw notFound('API key');
    world.changeKey(revoked.key, { isRevoked: true });
    return address;
  }),
];

function madeNotice(made: string): Html {
  return html`<div class="notice" role="status">
    <p><strong>Your new API key.</strong> Copy it now: it won’t be shown again.</p>
    ${copyable('new-key', made)}
  </div>`;
}

function newKeyForm(): Html {
  const choices = Object.entries(roles).map(([value, label]) => ({ value, label }));
  const role = { id: 'key-role', name: 'role', label: 'Owner', choices };
  return html`<section class="box">
    <h2>Create an API key</h2>
    <form method="post" action="/settings/keys" class="row">
      ${select(role)} <button class="main" data-testid="make-key">Create key</button>
    </form>
    <small>Reviewers can’t invite candidates.</small>
  </section>`;
}

/** Keys are never removed from the list, so their position is their id. */
function keyRow({ key: value, role, isRevoked }: CodeSubmitKey, place: number): Html {
  const revoke = { label: 'Revoke', testid: 'revoke-key', kind: 'danger' } as const;
  return html`<li class="row spread" data-testid="key">
    <span><code>…${value.slice(-4)}</code> <small>${roles[role]}</small></span>
    ${isRevoked ? badge('revoked', 'bad') : buttonForm(`/settings/keys/${place}/revoke`, revoke)}
  </li>`;
}
