// The boxes of a candidate's page that contain lists: tags, links, notes, e-mails.
import { html, type Html } from '../../pages/html.js';
import { buttonForm, emptyNote, field, hidden, timeOf } from '../../pages/page-parts.js';
import type { Contact, Opportunity } from '../lever-records.js';
import type { LeverWorld } from '../lever-world.js';
import { ownTagsOf, removableTags } from './candidate-parts.js';

export interface Shown {
  world: LeverWorld;
  opportunity: Opportunity;
  contact: Contact;
}

export function tagsBox({ world, opportunity }: Shown): Html {
  const own = ownTagsOf(world, opportunity);
  const fromPosting = world.tagsOf(opportunity).filter((tag) => !own.includes(tag));
  const target = `/candidates/${opportunity.id}/tags`;
  const inherited = html`<p><small>From the posting</small></p>
    ${removableTags(`${target}/remove`, fromPosting, true)}`;
  return html`<section class="box" data-testid="tags">
    <h2>Tags</h2>
    ${own.length > 0 ? removableTags(`${target}/remove`, own) : emptyNote('None yet.')}
    ${fromPosting.length > 0 ? inherited : null}
    <form method="post" action="${target}">
      ${field({ id: 'tag-field', name: 'tags', label: 'Add tags', hint: 'Separated by commas' })}
      <button data-testid="add-tag">Add</button>
    </form>
  </section>`;
}

export function linksBox({ opportunity: { id }, contact }: Shown): Html {
  const rows = contact.links.map(
    (link) =>
      html`<li class="row spread" data-testid="link">
        ${clickable(link)}
        ${buttonForm(`/candidates/${id}/links/remove`, {
          label: 'Remove',
          testid: 'remove-link',
          fields: hidden('link', link),
        })}
      </li>`,
  );
  return html`<section class="box" data-testid="links">
    <h2>Links</h2>
    ${
      rows.length > 0
        ? html`<ul class="plainlist">
            ${rows}
          </ul>`
        : emptyNote('None yet.')
    }
    <form method="post" action="/candidates/${id}/links">
      ${field({ id: 'link-field', name: 'link', label: 'Add a link' })}
      <button data-testid="add-link">Add</button>
    </form>
  </section>`;
}

function clickable(link: string): Html {
  const address = linkAddress(link);
  if (address === undefined) return html`<span>${link}</span>`;
  return html`<a href="${address}" target="_blank" rel="noopener noreferrer">${link}</a>`;
}

export function notesBox({ world, opportunity: { id } }: Shown): Html {
  const rows = world.notes.list(id).map(
    ({ value, userId, isSecret, createdAt }) =>
      html`<li data-testid="note">
        <small
          >${authorOf(world, userId)} · ${timeOf(createdAt)}${isSecret ? ' · secret' : ''}</small
        >
        <div class="prose">${value}</div>
      </li>`,
  );
  return html`<section class="box" data-testid="notes">
    <h2>Notes</h2>
    ${
      rows.length > 0
        ? html`<ul class="plainlist">
            ${rows}
          </ul>`
        : emptyNote('None yet.')
    }
    <form method="post" action="/candidates/${id}/notes">
      <p class="field">
        <label for="note-field">Add a note</label>
        <textarea id="note-field" data-testid="note-field" name="value" required></textarea>
      </p>
      <button data-testid="add-note">Add</button>
    </form>
  </section>`;
}

function authorOf({ account }: LeverWorld, userId: string | null): string {
  return account.users.find(({ id }) => id === userId)?.name ?? 'No user named';
}

export function emailsBox({ opportunity: { id }, contact }: Shown): Html {
  const rows = contact.emails.map((email) => html`<li data-testid="email">${email}</li>`);
  const add = { id: 'email-field', name: 'email', label: 'Add an e-mail', type: 'email' } as const;
  return html`<section class="box" data-testid="emails">
    <h2>E-mails</h2>
    ${
      rows.length > 0
        ? html`<ul class="plainlist">
            ${rows}
          </ul>`
        : emptyNote('None, so nothing can be sent.')
    }
    <form method="post" action="/candidates/${id}/emails">
      ${field(add)}
      <button data-testid="add-email">Add</button>
    </form>
  </section>`;
}

/** undefined for what a browser shouldn't follow: anything but http and https. */
export function linkAddress(link: string): string | undefined {
  if (/^https?:\/\//i.test(link)) return URL.canParse(link) ? link : undefined;
  const isHost = /^[\w.-]+(:\d+)?(\/|$)/.test(link);
  if (!isHost) return undefined;
  const isLoopback = /^(localhost|127\.0\.0\.1)(:|\/|$)/.test(link);
  return `${isLoopback ? 'http' : 'https'}://${link}`;
}
