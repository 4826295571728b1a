// The pages of the simulated CodeSubmit and what their forms do; opening them doesn't count as an API call.
import { addPages, type Fields, type Page, type VendorPages } from '../pages/add-pages.js';
import { html, type Html } from '../pages/html.js';
import { box, copyable, form, list, timeOf } from '../pages/page-parts.js';
import { notFound } from '../simulated-error.js';
import type { CodeSubmitKey, Invitation } from './codesubmit-records.js';
import type { ProgressWord } from './codesubmit-switches.js';
import type { CodeSubmitWorld } from './codesubmit-world.js';
import { linkOf } from './invitation-view.js';

/** The newest ones; a page with thousands helps no one. */
const invitationsShown = 200;
const link = '/c/:company/:first/:second';

/** The pages, to register on CodeSubmit's server: challenges and what was sent, keys, and the candidate's page. */
export function codeSubmitPages(world: CodeSubmitWorld) {
  return addPages(
    {
      vendor: 'CodeSubmit',
      menu: { '/challenges': 'Challenges', '/settings/integrations': 'Integrations' },
      pages: {
        '/': () => '/challenges',
        '/challenges': challengesPage,
        '/settings/integrations': keysPage,
        [link]: candidatePage,
      },
      actions,
    },
    world,
  );
}

const actions: VendorPages<CodeSubmitWorld>['actions'] = {
  '/challenges': (world, { name }) => world.addTest({ name }),
  '/challenges/:id/archive': (world, { id }) => world.setTestArchived(id, true),
  '/challenges/:id/restore': (world, { id }) => world.setTestArchived(id, false),
  '/settings/keys': (world, { role }) => {
    const { key } = world.addKey({ role: role as CodeSubmitKey['role'] });
    return `/settings/integrations?id=${key}`;
  },
  '/settings/keys/:id/revoke': (world, { id }) => world.changeKey(id, { isRevoked: true }),
  [`${link}/:id`]: (world, fields) => {
    world.setProgress(invitationAt(world, fields).id, fields.id as ProgressWord);
    return addressOf(fields);
  },
};

/** The path of the candidate's page, put together again from its parts. */
function addressOf({ company, first, second }: Fields): string {
  return `/c/${company}/${first}/${second}`;
}

/** The invitation whose link leads to this page. @throws a 404 when there is none. */
function invitationAt(world: CodeSubmitWorld, fields: Fields): Invitation {
  const found = world.invitations.find((row) => linkOf(world, row).endsWith(addressOf(fields)));
  if (!found) throw notFound('This challenge');
  return found;
}

/** Challenges, with buttons to archive or restore each, and the newest invitations with their links. */
function challengesPage(world: CodeSubmitWorld): Page {
  const tests = world.tests.map(({ id, name, isArchived }) => {
    const change = isArchived ? 'restore' : 'archive';
    const button = isArchived ? 'Restore' : 'Archive';
    return [name, form(`/challenges/${id}/${change}`, button, change)];
  });
  const sent = world.invitations
    .toReversed()
    .slice(0, invitationsShown)
    .map((row) => {
      const { pathname } = new URL(linkOf(world, row));
      const name = `${row.firstName} ${row.lastName}`;
      return [
        html`<a href="${pathname}" data-testid="invitation-link">${name}</a>`,
        row.email,
        testNameOf(world, row),
        html`<span data-testid="progress">${row.progress}</span>`,
        timeOf(row.createdAt),
      ];
    });
  const add = { name: 'name', label: 'Add a challenge' };
  const body = html`${box(
    'Challenges',
    list('challenge', tests, 'None yet.'),
    form('/challenges', 'Add', 'add-challenge', { fields: [add] }),
  )}
  ${box(`Sent (${world.invitations.length})`, list('invitation', sent, 'Nothing sent yet.'))}`;
  return { title: 'Challenges', body };
}

/** The name of the invitation's challenge, or its id where the challenge is unknown. */
function testNameOf({ tests }: CodeSubmitWorld, { testId }: Invitation): string {
  return tests.find(({ id }) => id === testId)?.name ?? testId;
}

const roles = { admin: 'Admin', hiring_manager: 'Hiring Manager', reviewer: 'Reviewer' };

/** API keys, the newest first, with a form to create one. `id` in the address marks the key just created. */
function keysPage({ keys }: CodeSubmitWorld, { id: made }: Fields): Page {
  const rows = keys
    .toReversed()
    .map(({ key, role, isRevoked }) => [
      roles[role],
      copyable(key === made ? 'new-key' : 'key-value', key),
      isRevoked
        ? 'revoked'
        : form(`/settings/keys/${key}/revoke`, 'Revoke', 'revoke-key', { kind: 'danger' }),
    ]);
  const owner = { name: 'role', label: 'Owner (Reviewers can’t invite)', choices: roles };
  const make = form('/settings/keys', 'Create key', 'make-key', { fields: [owner] });
  return { title: 'Integrations', body: box('API keys', make, list('key', rows, 'None yet.')) };
}

/** Which progress each button makes, and from which one. */
const steps: [from: ProgressWord, button: string, testid: string, to: ProgressWord][] = [
  ['invited', 'Start', 'start', 'started'],
  ['started', 'Push a commit', 'commit', 'started'],
  ['started', 'Submit', 'submit', 'submitted'],
  ['submitted', 'Mark reviewed', 'mark-reviewed', 'reviewed'],
];

/** Where a candidate's link leads: buttons do what the candidate or a reviewer could do next. */
function candidatePage(world: CodeSubmitWorld, fields: Fields): Page {
  const invitation = invitationAt(world, fields);
  const { firstName, progress, dueAt, timeLimit } = invitation;
  const buttons: Html[] = steps
    .filter(([from]) => from === progress)
    .map(([, button, testid, to]) => form(`${addressOf(fields)}/${to}`, button, testid));
  const limits = [dueAt && `Due ${dueAt}.`, timeLimit && `Time limit: ${timeLimit} minutes.`];
  const title = testNameOf(world, invitation);
  const body = box(
    title,
    html`<p>
        Hello ${firstName}. Your progress: <strong data-testid="progress">${progress}</strong>.
      </p>
      <p class="soft">${limits.filter(Boolean).join(' ')}</p>`,
    buttons,
  );
  return { title, body, isWindow: true };
}
