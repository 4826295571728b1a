// The postings, with the tags that their candidates inherit.
import { z } from 'zod';
import { commaList, filled } from '../../pages/form-fields.js';
import { html, type Html } from '../../pages/html.js';
import { badge, emptyNote, field } from '../../pages/page-parts.js';
import { action, idIn, page, type PageRoute } from '../../pages/page-route.js';
import type { Posting } from '../lever-records.js';
import type { LeverWorld } from '../lever-world.js';
import { removableTags } from './candidate-parts.js';

export const postingsPages: PageRoute<LeverWorld>[] = [
  page('/postings', (world) => {
    const boxes = [...world.postings.all.values()].map(postingBox);
    const body = html`<h1>Postings</h1>
      <p class="soft">Candidates inherit the tags of their posting.</p>
      ${boxes.length > 0 ? boxes : emptyNote('None yet.')}
      <form method="post" action="/postings" class="box">
        <h2>Add a posting</h2>
        ${field({ id: 'posting-title', name: 'text', label: 'Title' })}
        <button data-testid="add-posting">Add</button>
      </form>`;
    return { title: 'Postings', body };
  }),
  action('/postings', z.strictObject({ text: filled }), (world, input) => {
    world.postings.add(input);
    return '/postings';
  }),
  action('/postings/:id/tags', z.strictObject({ tags: commaList }), (world, { tags }, call) => {
    const posting = world.postings.get(idIn(call));
    world.postings.setTags(posting.id, [...posting.tags, ...tags]);
    return '/postings';
  }),
  action('/postings/:id/tags/remove', z.strictObject({ tag: filled }), (world, { tag }, call) => {
    const posting = world.postings.get(idIn(call));
    const left = posting.tags.filter((present) => present !== tag);
    world.postings.setTags(posting.id, left);
    return '/postings';
  }),
];

function postingBox({ id, text, state, tags, categories }: Posting): Html {
  const { team, department, location, commitment } = categories;
  const words = [department, team, location, commitment].filter((word) => word !== '').join(' · ');
  const label = { id: `tags-${id}`, name: 'tags', label: `Add tags to ${text}` };
  return html`<section class="box" data-testid="posting" data-posting="${id}">
    <div class="row spread">
      <h2>${text}</h2>
      ${badge(state, state === 'published' ? 'good' : 'calm')}
    </div>
    <p class="soft">${words}</p>
    ${tags.length > 0 ? removableTags(`/postings/${id}/tags/remove`, tags) : emptyNote('No tags.')}
    <form method="post" action="/postings/${id}/tags">
      ${field(label)}
      <button data-testid="add-posting-tag">Add</button>
    </form>
  </section>`;
}
