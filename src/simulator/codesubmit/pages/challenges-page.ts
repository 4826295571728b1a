// The challenges, with archive and restore, and the invitations that were sent for them.
import { z } from 'zod';
import { filled, noFields } from '../../pages/form-fields.js';
import { html, type Html } from '../../pages/html.js';
import { badge, buttonForm, emptyNote, field, table, timeOf } from '../../pages/page-parts.js';
import { action, idIn, page, type PageRoute } from '../../pages/page-route.js';
import type { Invitation, Test } from '../codesubmit-records.js';
import type { CodeSubmitWorld } from '../codesubmit-world.js';
import { linkOf } from '../invitation-view.js';
import { reviewButton } from './challenge-page.js';

const address = '/challenges';
/** The newest ones; a page with thousands helps no one. */
const invitationsShown = 200;

export const challengesPages: PageRoute<CodeSubmitWorld>[] = [
  page('/', () => ({ goTo: address })),
  page(address, (world) => {
    const tests = world.tests.map((test) => testRow(world, test));
    const body = html`<h1>Challenges</h1>
      <section class="box">
        ${
          tests.length > 0
            ? html`<ul class="plainlist">
                ${tests}
              </ul>`
            : emptyNote('None yet.')
        }
        <form method="post" action="${address}">
          ${field({ id: 'challenge-name', name: 'name', label: 'Add a challenge' })}
          <button data-testid="add-challenge">Add</button>
        </form>
      </section>
      ${invitationsBox(world)}`;
    return { title: 'Challenges', body };
  }),
  action(address, z.strictObject({ name: filled }), (world, input) => {
    world.addTest(input);
    return address;
  }),
  action('/challenges/:id/archive', noFields, (world, _fields, call) => {
    world.setTestArchived(idIn(call), true);
    return address;
  }),
  action('/challenges/:id/restore', noFields, (world, _fields, call) => {
    world.setTestArchived(idIn(call), false);
    return address;
  }),
  action('/invitations/:id/review', noFields, (world, _fields, call) => {
    world.review(idIn(call));
    return address;
  }),
];

function testRow({ invitations }: CodeSubmitWorld, { id, name, isArchived }: Test): Html {
  const sent = invitations.filter(({ testId }) => testId === id).length;
  const change = isArchived
    ? buttonForm(`/challenges/${id}/restore`, { label: 'Restore', testid: 'restore' })
    : buttonForm(`/challenges/${id}/archive`, { label: 'Archive', testid: 'archive' });
  return html`<li class="row spread" data-testid="challenge" data-challenge="${id}">
    <span>${name} ${isArchived ? badge('archived') : null} <small>${sent} sent</small></span>
    ${change}
  </li>`;
}

function invitationsBox(world: CodeSubmitWorld): Html {
  const newest = world.invitations.toReversed().slice(0, invitationsShown);
  const rows = newest.map((invitation) => invitationRow(world, invitation));
  const heads = ['Candidate', 'Challenge', 'Progress', 'Sent', ''];
  return html`<section class="box">
    <h2>Sent (${world.invitations.length})</h2>
    ${rows.length > 0 ? table(heads, rows) : emptyNote('Nothing sent yet.')}
  </section>`;
}

function invitationRow(world: CodeSubmitWorld, invitation: Invitation): Html {
  const { id, firstName, lastName, email, testId, progress, createdAt } = invitation;
  const test = world.tests.find((row) => row.id === testId)?.name ?? testId;
  return html`<tr data-testid="invitation" data-invitation="${id}">
    <td>
      <a href="${new URL(linkOf(world, invitation)).pathname}" data-testid="invitation-link"
        >${firstName} ${lastName}</a
      >
      <div><small>${email}</small></div>
    </td>
    <td>${test}</td>
    <td data-testid="progress">${progress}</td>
    <td>${timeOf(createdAt)}</td>
    <td>${reviewButton(`/invitations/${id}/review`, progress)}</td>
  </tr>`;
}
