// The pages of the simulated Lever and what their forms do: board, candidate, settings, the window with Accept.
import { addPages, listOf, type Fields, type Page, type VendorPages } from '../pages/add-pages.js';
import { html, type Html } from '../pages/html.js';
import { box, copyable, form, list, tagList, timeOf } from '../pages/page-parts.js';
import { boardPage, boardScript, moveForm, ownTagsOf } from './board-page.js';
import { leverRights, onlyRights } from './lever-access.js';
import { scopesIn } from './lever-oauth.js';
import type { Query } from './lever-page.js';
import type { LeverWorld } from './lever-world.js';
import { webhookEvents, type Attempt, type Webhook, type WebhookEvent } from './webhook-records.js';

/** The address of a tab of the settings. */
const settings = (tab: string) => `/settings/integrations?tab=${tab}`;

/** The pages of Lever, to register on its server. */
export function leverPages(world: LeverWorld) {
  return addPages(
    {
      vendor: 'Lever',
      menu: {
        '/': 'Candidates',
        [settings('webhooks')]: 'Webhooks',
        [settings('api')]: 'API Credentials',
        [settings('oauth')]: 'OAuth',
        [settings('authorized')]: 'Authorized Apps',
      },
      script: boardScript,
      pages: {
        '/': boardPage,
        '/candidates/:id': candidatePage,
        '/settings/integrations': settingsPage,
        '/authorize': authorizePage,
      },
      actions,
    },
    world,
  );
}

const actions: VendorPages<LeverWorld>['actions'] = {
  '/candidates': ({ actions }, { email, tags, ...input }) =>
    `/candidates/${actions.create({ name: input.name, stageId: input.stageId, emails: listOf(email), tags: listOf(tags) }).id}`,
  '/candidates/:id/move': ({ actions }, { id, stageId }) => actions.move(id, stageId),
  '/candidates/:id/tags': ({ actions }, { id, tags }) => actions.addTags(id, listOf(tags)),
  '/candidates/:id/untag': ({ actions }, { id, value }) => actions.removeTags(id, [value]),
  '/candidates/:id/links': ({ contacts }, { id, link }) => contacts.addLinks(id, [link]),
  '/candidates/:id/unlink': ({ contacts }, { id, link }) => contacts.removeLinks(id, [link]),
  '/candidates/:id/emails': ({ contacts }, { id, value }) => contacts.setEmails(id, listOf(value)),
  '/candidates/:id/archive': ({ actions }, { id, reason }) => actions.archive(id, reason),
  '/candidates/:id/unarchive': ({ actions }, { id }) => actions.unarchive(id),
  '/candidates/:id/anonymize': ({ actions }, { id }) => actions.anonymize(id),
  '/candidates/:id/delete': ({ actions }, { id }) => {
    actions.remove(id);
    return '/';
  },
  '/settings/keys': ({ access }, { name, rights }) => {
    const { id } = access.addKey({ name, rights: onlyRights(listOf(rights)) });
    return `${settings('api')}&id=${id}`;
  },
  '/settings/keys/:id/revoke': ({ access }, { id }) => access.revoke(id),
  '/settings/webhooks': ({ webhooks }, { url, event }) =>
    webhooks.add({ url, event: event as WebhookEvent }),
  '/settings/webhooks/:id/verify': ({ sender, webhooks }, { id }) =>
    sender.verify(webhooks.get(id)),
  '/settings/webhooks/:id/remove': ({ webhooks }, { id }) => {
    webhooks.remove(id);
  },
  '/settings/deliveries/:id/rerun': ({ sender }, { id }) => sender.rerun(id),
  '/settings/apps': ({ oauth }, { name, callback }) => {
    const { id } = oauth.addApp({ name, callbacks: [callback] });
    return `${settings('oauth')}&id=${id}`;
  },
  '/settings/apps/:id/revoke': ({ oauth }, { id }) => {
    oauth.revoke(id);
  },
  '/authorize': ({ oauth }, { decision, userId }, query) =>
    oauth.answer(query, decision === 'accept', userId === '' ? undefined : userId),
};

/**
 * A candidate's page, with a form for each thing that recruiters change. @throws a 404 when there is no such
 * opportunity.
 */
function candidatePage(lever: LeverWorld, { id }: Fields): Page {
  const { opportunity, contact } = lever.opportunities.sight(id, 0);
  const { stageId, archived, confidentiality } = opportunity;
  const to = `/candidates/${id}`;
  const marks = [
    archived && 'archived',
    confidentiality === 'confidential' && 'confidential',
    contact.isAnonymized && 'anonymized',
    !contact.isContactAllowed && 'contact not allowed',
  ].filter((mark) => typeof mark === 'string');
  const own = ownTagsOf(lever, opportunity);
  const reasons = Object.fromEntries(lever.account.archiveReasons.map((row) => [row.id, row.text]));
  const removeTag = (tag: string) =>
    form(`${to}/untag`, '×', 'remove-tag', { fields: [hidden('value', tag)] });
  const notes = lever.notes
    .list(id)
    .map(({ value, createdAt }) => [
      html`<span class="prose">${value}</span>`,
      html`<small>${timeOf(createdAt)}</small>`,
    ]);
  const links = contact.links.map((link) => [
    clickable(link),
    form(`${to}/unlink`, 'Remove', 'remove-link', { fields: [hidden('link', link)] }),
  ]);
  const reason = { name: 'reason', label: 'Reason', choices: reasons };
  const ending = archived
    ? form(`${to}/unarchive`, 'Unarchive', 'unarchive')
    : form(`${to}/archive`, 'Archive', 'archive', { fields: [reason] });
  const emails = { name: 'value', hint: 'separated by commas', value: contact.emails.join(', ') };
  const body = html`<h1 data-testid="candidate-name">${contact.name}</h1>
    <p class="soft">${marks.join(', ')}</p>
    ${box(`Stage: ${lever.account.getStage(stageId).text}`, moveForm(lever, opportunity, 'Move to'))}
    ${box('Links', list('link', links, 'None yet.'), add(to, 'link'))}
    <div data-testid="tags">
      ${box('Tags', tagList(own, removeTag), add(to, 'tags', 'separated by commas'))}
    </div>
    ${box('Notes', list('note', notes, 'None yet.'))}
    ${box('E-mails', form(`${to}/emails`, 'Replace', 'set-emails', { fields: [{ ...emails, isOptional: true }] }))}
    ${box(
      'Archive, anonymize, delete',
      ending,
      form(`${to}/anonymize`, 'Anonymize', 'anonymize', { kind: 'danger' }),
      form(`${to}/delete`, 'Delete', 'delete', { kind: 'danger' }),
    )}`;
  return { title: contact.name, body };
}

/** A field that a form sends without showing it. */
function hidden(name: string, value: string) {
  return { name, value, type: 'hidden' } as const;
}

/** The form that adds a link, or tags, to the candidate whose page is `to`. */
function add(to: string, name: 'link' | 'tags', hint = ''): Html {
  const target = { link: `${to}/links`, tags: `${to}/tags` }[name];
  return form(target, 'Add', `add-${name}`, { fields: [{ name, label: `Add ${name}`, hint }] });
}

/** A link as a browser can follow it, with its scheme or without; as plain text if it leads to no host. */
function clickable(link: string): Html {
  const isLoopback = /^(localhost|127\.0\.0\.1)(:|\/|$)/.test(link);
  const url = /^https?:\/\//i.test(link) ? link : `${isLoopback ? 'http' : 'https'}://${link}`;
  // Another scheme, such as `mailto:`, leads to no host; `localhost:8080` is a host with its port.
  const isHost = URL.canParse(url) && !/^[a-z]+:(?!\d)/i.test(link.replace(/^https?:/i, ''));
  if (!isHost) return html`<span>${link}</span>`;
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer">${link}</a>`;
}

const tabs: Record<string, { title: string; show: (lever: LeverWorld, fields: Fields) => Html }> = {
  webhooks: { title: 'Webhooks', show: webhooksTab },
  api: { title: 'API Credentials', show: keysTab },
  oauth: { title: 'OAuth', show: appsTab },
  authorized: { title: 'Authorized Apps', show: authorizedTab },
};

/** The tab of the settings that the address names; without one that exists, the browser goes to the webhooks. */
function settingsPage(lever: LeverWorld, fields: Fields): Page | string {
  const open = tabs[fields.tab];
  if (!open) return settings('webhooks');
  return {
    title: open.title,
    body: html`<h1>${open.title}</h1>
      ${open.show(lever, fields)}`,
  };
}

/** The form that adds a webhook, and a box for each there is. */
function webhooksTab(lever: LeverWorld): Html {
  const events = Object.fromEntries(webhookEvents.map((event) => [event, event]));
  return html`${form('/settings/webhooks', 'Save', 'save-webhook', {
    kind: 'main',
    below: '+ Add webhook',
    fields: [
      { name: 'event', label: 'Event', choices: events, value: 'candidateStageChange' },
      { name: 'url', label: 'URL', type: 'url' },
    ],
  })}
  ${[...lever.webhooks.all.values()].map((webhook) => webhookBox(lever, webhook))}`;
}

/** A webhook: its signature token, Verify Connection, and its last 20 deliveries with their results. */
function webhookBox(lever: LeverWorld, { id, url, event, signatureToken, ...webhook }: Webhook) {
  const to = `/settings/webhooks/${id}`;
  const last = webhook.lastVerification;
  const deliveries = [...lever.webhooks.deliveries.values()].filter((row) => row.webhookId === id);
  const rows = deliveries.reverse().slice(0, 20);
  return box(
    `${event} to ${url}`,
    html`<p>Signature token</p>`,
    copyable('signature-token', signatureToken),
    html`<p data-testid="verification">${last ? verificationOf(last) : 'Never verified.'}</p>`,
    html`<div class="row">
      ${form(`${to}/verify`, 'Verify Connection', 'verify', { kind: 'main' })}
      ${form(`${to}/remove`, 'Remove', 'remove-webhook', { kind: 'danger' })}
    </div>`,
    html`<h3>History (${deliveries.length})</h3>`,
    list(
      'delivery',
      rows.map(({ id: delivery, state, attempts }) => [
        html`<span>${state}: ${attempts.map(outcomeOf).join(', ')}</span>`,
        form(`/settings/deliveries/${delivery}/rerun`, 'Rerun', 'rerun'),
      ]),
      'Nothing delivered yet.',
    ),
  );
}

/** How an attempt ended, in words, and when it was made. */
function outcomeOf({ at, status, error }: Attempt): string {
  return `${status === null ? (error ?? 'no answer') : `answered ${status}`}, ${timeOf(at)}`;
}

/** In words, whether Verify Connection was last answered with success. */
function verificationOf(last: Attempt): string {
  const isGood = last.status !== null && last.status >= 200 && last.status < 300;
  return `${isGood ? 'Verified' : 'Not verified'}: ${outcomeOf(last)}`;
}

/** The form that creates an API key, and all keys. `id` in the address marks the key just created. */
function keysTab({ access }: LeverWorld, { id: made }: Fields): Html {
  const keys = [...access.grants.values()].filter(({ kind }) => kind === 'api_key');
  const rights = leverRights.map((right) => [right, right !== 'confidential:access'] as const);
  const rows = keys.map(({ id, name, credential, isRevoked, rights: given }) => [
    html`<span>${name} <small>${Object.values(given).filter(Boolean).length} rights</small></span>`,
    copyable(id === made ? 'new-key' : 'key-value', credential),
    isRevoked
      ? 'revoked'
      : form(`/settings/keys/${id}/revoke`, 'Revoke', 'revoke-key', { kind: 'danger' }),
  ]);
  return html`${form('/settings/keys', 'Generate', 'save-key', {
    kind: 'main',
    below: 'Generate New Key',
    fields: [
      { name: 'name', label: 'Name' },
      { name: 'rights', label: 'What the key may do', boxes: Object.fromEntries(rights) },
    ],
  })}
  ${box('Keys', list('key', rows, 'None yet.'))}`;
}

/** The form that registers an app, and all apps. `id` in the address marks the app just registered. */
function appsTab({ oauth }: LeverWorld, { id: made }: Fields): Html {
  const boxes = [...oauth.apps.values()].map(({ id, name, secret, callbacks }) =>
    box(
      name,
      html`<p>Client id and secret</p>`,
      copyable(id === made ? 'new-client-id' : 'client-id', id),
      copyable(id === made ? 'new-client-secret' : 'client-secret', secret),
      list(
        'callback',
        callbacks.map((callback) => [callback]),
        'No callback.',
      ),
    ),
  );
  return html`${form('/settings/apps', 'Register', 'save-client', {
    kind: 'main',
    below: 'Register an app',
    fields: [
      { name: 'name', label: 'Name' },
      { name: 'callback', label: 'Callback URL', type: 'url' },
    ],
  })}
  ${boxes}`;
}

/** The apps that someone granted access to, each once, with a button that revokes it. */
function authorizedTab({ oauth }: LeverWorld): Html {
  const live = oauth.logins.filter(({ isRevoked }) => !isRevoked).map(({ appId }) => appId);
  const rows = [...new Set(live)].map((id) => [
    oauth.apps.get(id)?.name ?? id,
    form(`/settings/apps/${id}/revoke`, 'Revoke Access', 'revoke-access', { kind: 'danger' }),
  ]);
  return box('Apps with access', list('authorized-app', rows, 'No app has access.'));
}

/**
 * The window that a login opens: who asks for which scopes, who answers, Accept and Deny. Its forms keep the address's
 * query, which `/authorize` answers by. @throws a 403 for an unknown app or callback.
 */
function authorizePage({ oauth, account }: LeverWorld, _fields: Fields, query: Query): Page {
  const { name } = oauth.appIn(query);
  const users = account.users.filter(({ deactivatedAt }) => deactivatedAt === null);
  const choices = users.map((user) => [user.id, `${user.name} (${user.accessRole})`] as const);
  const asked = Object.entries(query).filter(([, value]) => typeof value === 'string');
  const to = `/authorize?${new URLSearchParams(asked as [string, string][]).toString()}`;
  const you = { name: 'userId', label: 'You are', choices: Object.fromEntries(choices) };
  const body = box(
    `${name} asks for access to your Lever account`,
    html`<ul data-testid="permissions">
      ${scopesIn(query).map((scope) => html`<li>${scope}</li>`)}
    </ul>`,
    form(to, 'Accept', 'authorize-accept', {
      kind: 'main',
      fields: [hidden('decision', 'accept'), you],
    }),
    form(to, 'Deny', 'authorize-deny', { fields: [hidden('decision', 'deny')] }),
  );
  return { title: `Authorize ${name}`, body, isWindow: true };
}
