// The tab Webhooks: event groups, webhooks with their tokens, Verify Connection, the history.
import { html, type Html } from '../../pages/html.js';
import {
  badge,
  buttonForm,
  copyable,
  emptyNote,
  field,
  select,
  table,
  timeOf,
} from '../../pages/page-parts.js';
import type { LeverWorld } from '../lever-world.js';
import {
  webhookEvents,
  type Attempt,
  type Delivery,
  type Webhook,
  type WebhookEvent,
} from '../webhook-records.js';

/** How many deliveries the history of each webhook shows, newest first. */
const deliveriesShown = 20;

export function webhooksTab(world: LeverWorld): Html {
  const all = [...world.webhooks.all.values()];
  const groups = webhookEvents.filter((event) => all.some((webhook) => webhook.event === event));
  return html`${addForm()}
  ${
    groups.length > 0
      ? groups.map((event) => groupBox(world, event))
      : html`<section class="box">${emptyNote('No webhooks yet.')}</section>`
  }`;
}

function addForm(): Html {
  const choices = webhookEvents.map((event) => ({ value: event, label: wordsOf(event) }));
  const events = { id: 'webhook-event', name: 'event', label: 'Event', choices };
  return html`<details class="box" id="add-webhook">
    <summary data-testid="add-webhook">+ Add webhook</summary>
    <form method="post" action="/settings/webhooks">
      <p class="field">${select({ ...events, chosen: 'candidateStageChange' })}</p>
      ${field({ id: 'webhook-url', name: 'url', label: 'URL', type: 'url' })}
      <button class="main" data-testid="save-webhook">Save</button>
    </form>
  </details>`;
}

/** A group that is off silences all its webhooks, including those created through the API [D]. */
function groupBox(world: LeverWorld, event: WebhookEvent): Html {
  const { all, groups } = world.webhooks;
  const isOn = groups.get(event) ?? false;
  const boxes = [...all.values()]
    .filter((webhook) => webhook.event === event)
    .map((webhook) => webhookBox(world, webhook));
  const toggle = { label: isOn ? 'Turn off' : 'Turn on', testid: `group-${event}` };
  return html`<section class="box" data-testid="webhook-group" data-event="${event}">
    <div class="row spread">
      <h2>${wordsOf(event)} ${isOn ? badge('on', 'good') : badge('off', 'bad')}</h2>
      ${buttonForm(`/settings/webhook-groups/${event}`, toggle)}
    </div>
    ${boxes}
  </section>`;
}

function webhookBox(world: LeverWorld, webhook: Webhook): Html {
  const { id, url, signatureToken, isEnabled } = webhook;
  const target = `/settings/webhooks/${id}`;
  const verify = { label: 'Verify Connection', testid: 'verify', kind: 'main' } as const;
  const toggle = { label: isEnabled ? 'Disable' : 'Enable', testid: 'toggle-webhook' };
  const remove = { label: 'Remove', testid: 'remove-webhook', kind: 'danger' } as const;
  return html`<article class="box" id="webhook-${id}" data-testid="webhook">
    <div class="row spread">
      <h3 data-testid="webhook-address" class="prose">${url}</h3>
      ${isEnabled ? badge('enabled', 'good') : badge('disabled', 'bad')}
    </div>
    <p><small>Signature token: paste it into the integration, and keep it secret</small></p>
    ${copyable('signature-token', signatureToken)} ${verification(webhook)}
    <div class="row">
      ${buttonForm(`${target}/verify`, verify)} ${buttonForm(`${target}/toggle`, toggle)}
      ${buttonForm(`${target}/remove`, remove)}
    </div>
    ${urlForm(webhook)} ${history(world, id)}
  </article>`;
}

function urlForm({ id, url }: Webhook): Html {
  const address = { id: `url-${id}`, name: 'url', label: 'URL', type: 'url', value: url } as const;
  return html`<details>
    <summary data-testid="change-url">Change the URL</summary>
    <form method="post" action="/settings/webhooks/${id}/url">
      ${field(address)}
      <button data-testid="save-url">Save</button>
    </form>
  </details>`;
}

function verification({ lastVerification: last }: Webhook): Html {
  if (last === null) return html`<p data-testid="verification">Never verified.</p>`;
  const isGood = last.status !== null && last.status >= 200 && last.status < 300;
  const words = isGood ? badge('Verified', 'good') : badge('Not verified', 'bad');
  return html`<p data-testid="verification">
    ${words} ${outcomeOf(last)} <small>${timeOf(last.at)}</small>
  </p>`;
}

function history({ webhooks }: LeverWorld, webhookId: string): Html {
  const all = [...webhooks.deliveries.values()].filter((row) => row.webhookId === webhookId);
  const rows = all.reverse().slice(0, deliveriesShown).map(deliveryRow);
  if (rows.length === 0) return emptyNote('Nothing delivered yet.');
  return html`<details open data-testid="history">
    <summary>History (${all.length})</summary>
    ${table(['Event', 'State', 'Attempts', ''], rows)}
  </details>`;
}

const stateKinds = { pending: 'calm', delivered: 'good', failed: 'bad' } as const;

function deliveryRow({ id, body, state, attempts }: Delivery): Html {
  const tries = attempts.map(
    (attempt) => html`<div>${timeOf(attempt.at)} ${outcomeOf(attempt)}</div>`,
  );
  const isVerification = Object.keys(body['data'] as object).length === 0;
  return html`<tr data-testid="delivery" data-state="${state}">
    <td>${wordsOf(String(body['event']))}${isVerification ? ' (Verify Connection)' : ''}</td>
    <td>${badge(state, stateKinds[state])}</td>
    <td>${tries}</td>
    <td>${buttonForm(`/settings/deliveries/${id}/rerun`, { label: 'Rerun', testid: 'rerun' })}</td>
  </tr>`;
}

function outcomeOf({ status, error }: Attempt): string {
  return status === null ? (error ?? 'no answer') : `answered ${status}`;
}

/** `candidateStageChange` → `Candidate stage change`. */
function wordsOf(event: string): string {
  const words = event.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
