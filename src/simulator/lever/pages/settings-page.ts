// Settings > Integrations and API: four tabs, each in its own file.
import { html, type Html } from '../../pages/html.js';
import { page, valueIn, type PageCall, type PageRoute } from '../../pages/page-route.js';
import type { LeverWorld } from '../lever-world.js';
import { apiKeyActions, apiTab } from './api-tab.js';
import { authorizedActions, authorizedTab } from './authorized-tab.js';
import { oauthActions, oauthTab } from './oauth-tab.js';
import { webhookActions } from './webhook-actions.js';
import { webhooksTab } from './webhooks-tab.js';

const tabs: Record<string, { label: string; show: (world: LeverWorld, call: PageCall) => Html }> = {
  webhooks: { label: 'Webhooks', show: webhooksTab },
  api: { label: 'API Credentials', show: apiTab },
  oauth: { label: 'OAuth', show: oauthTab },
  authorized: { label: 'Authorized Apps', show: authorizedTab },
};

export const settingsPages: PageRoute<LeverWorld>[] = [
  page('/settings/integrations', (world, call) => {
    const name = valueIn(call, 'tab') ?? 'webhooks';
    const tab = tabs[name];
    if (!tab) return { goTo: '/settings/integrations?tab=webhooks' };
    const body = html`<h1>Integrations and API</h1>
      ${tabBar(name)} ${tab.show(world, call)}`;
    return { title: `${tab.label} · Integrations and API`, body };
  }),
  ...webhookActions,
  ...apiKeyActions,
  ...oauthActions,
  ...authorizedActions,
];

function tabBar(open: string): Html {
  const links = Object.entries(tabs).map(
    ([name, { label }]) =>
      html`<a
        href="/settings/integrations?tab=${name}"
        data-testid="tab-${name}"
        ${name === open ? html`aria-current="page"` : null}
        >${label}</a
      >`,
  );
  return html`<nav class="tabs" aria-label="Settings">${links}</nav>`;
}
