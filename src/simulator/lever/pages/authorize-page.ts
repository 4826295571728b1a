// The authorize window: which app asks, what it may do, Accept or Deny.
import { z } from 'zod';
import { filled } from '../../pages/form-fields.js';
import { html } from '../../pages/html.js';
import { select } from '../../pages/page-parts.js';
import { action, page, type PageCall, type PageRoute } from '../../pages/page-route.js';
import type { LeverWorld } from '../lever-world.js';
import { answerAuthorize, readAuthorize } from '../oauth/authorize-request.js';
import type { AuthorizeRequest } from '../oauth/oauth-records.js';
import { wordsOf } from '../oauth/oauth-scopes.js';

const answer = z.strictObject({ userId: filled, decision: z.enum(['accept', 'deny']) });

export const authorizePages: PageRoute<LeverWorld>[] = [
  page('/authorize', (world, call) => {
    const request = readAuthorize(world, call.query);
    if ('redirectTo' in request) return { goTo: request.redirectTo };
    const title = `Authorize ${request.client.name}`;
    return { title, body: authorizeWindow(world, request, call), shape: 'window' };
  }),
  action('/authorize', answer, (world, { userId, decision }, call) => {
    const request = readAuthorize(world, call.query);
    if ('redirectTo' in request) return request.redirectTo;
    return answerAuthorize(world, request, { userId, isAccepted: decision === 'accept' });
  }),
];

/** Posts to its own address, so the query stays as the app sent it. */
function authorizeWindow(world: LeverWorld, request: AuthorizeRequest, call: PageCall) {
  const { client, scopes, redirectUri } = request;
  const users = world.account.users.filter(({ deactivatedAt }) => deactivatedAt === null);
  const choices = users.map(({ id, name, accessRole }) => ({
    value: id,
    label: `${name} (${accessRole})`,
  }));
  const permissions = scopes.map((scope) => html`<li data-scope="${scope}">${wordsOf(scope)}</li>`);
  return html`<form method="post" action="${addressOf(call)}" class="box" id="authorize">
    <h1>
      <span data-testid="app-name">${client.name}</span> asks for access to your Lever account
    </h1>
    <p class="soft">${client.description}</p>
    <p class="row">
      ${select({ id: 'authorize-user', name: 'userId', label: 'You are', choices })}
    </p>
    <h2>It will be able to</h2>
    <ul class="permissions" data-testid="permissions">
      ${permissions.length > 0 ? permissions : html`<li>See who you are, and nothing else</li>`}
    </ul>
    <small>You will then return to ${new URL(redirectUri).host}.</small>
    <p class="actions">
      <button name="decision" value="deny" data-testid="authorize-deny">Deny</button>
      <button class="main" name="decision" value="accept" data-testid="authorize-accept">
        Accept
      </button>
    </p>
  </form>`;
}

function addressOf({ query }: PageCall): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === 'string') asked.set(name, value);
  }
  return `/authorize?${asked.toString()}`;
}
