// The pipeline board: stages as columns, candidates as cards to drag or move by button.
import { z } from 'zod';
import { commaList, filled, optionalText } from '../../pages/form-fields.js';
import { html, type Html } from '../../pages/html.js';
import { field, select } from '../../pages/page-parts.js';
import { action, page, valueIn, type PageRoute } from '../../pages/page-route.js';
import type { Opportunity, Stage } from '../lever-records.js';
import type { LeverWorld } from '../lever-world.js';
import { ownTagsOf, stageChoices, tagList } from './candidate-parts.js';

/** A column shows at most this many; a search finds the rest. */
const cardsPerColumn = 50;

interface View {
  isArchivedShown: boolean;
  search: string;
}

const candidate = z.strictObject({
  name: filled,
  email: optionalText,
  stageId: filled,
  postingId: optionalText,
  tags: commaList,
});

export const boardPages: PageRoute<LeverWorld>[] = [
  page('/', (world, call) => {
    const isArchivedShown = valueIn(call, 'archived') === 'true';
    const view = { isArchivedShown, search: valueIn(call, 'q') ?? '' };
    return { title: 'Candidates', body: board(world, view) };
  }),
  page('/candidates', () => ({ goTo: '/' })),
  action('/candidates', candidate, (world, { email, postingId, ...input }) => {
    const emails = email === '' ? [] : [email];
    const added = { ...input, emails, postingId: postingId === '' ? null : postingId };
    return `/candidates/${world.actions.create(added).id}`;
  }),
];

function board(world: LeverWorld, view: View): Html {
  const everybody = [...world.opportunities.all.values()].reverse();
  const shown = everybody.filter((one) => isShown(world, one, view));
  const archivedCount = everybody.filter(({ archived }) => archived !== null).length;
  const columns = world.account.stages
    .filter(({ id, isActive }) => isActive || shown.some(({ stageId }) => stageId === id))
    .map((stage) => column(world, stage, shown));
  return html`<div class="head">
      <h1>Candidates</h1>
      <div class="row">${searchForm(view)} ${archivedToggle(view, archivedCount)}</div>
    </div>
    <div class="board" data-testid="board">${columns}</div>
    ${newCandidate(world)}`;
}

function isShown(world: LeverWorld, opportunity: Opportunity, view: View): boolean {
  if (opportunity.archived !== null && !view.isArchivedShown) return false;
  const { name, emails } = world.opportunities.getContact(opportunity.contactId);
  const words = [name, ...emails, ...world.tagsOf(opportunity)].join(' ').toLowerCase();
  return words.includes(view.search.trim().toLowerCase());
}

function searchForm({ search, isArchivedShown }: View): Html {
  return html`<form action="/" role="search" class="row">
    <label for="search" class="unseen">Name, e-mail or tag</label>
    <input id="search" name="q" type="search" value="${search}" placeholder="Name, e-mail or tag" />
    ${isArchivedShown ? html`<input type="hidden" name="archived" value="true" />` : null}
    <button data-testid="search-button">Search</button>
  </form>`;
}

function archivedToggle({ isArchivedShown, search }: View, count: number): Html {
  const target = new URLSearchParams(search === '' ? {} : { q: search });
  if (!isArchivedShown) target.set('archived', 'true');
  const label = isArchivedShown ? 'Hide archived' : `Show archived (${count})`;
  return html`<a href="/?${target.toString()}" data-testid="archived-toggle">${label}</a>`;
}

function column(world: LeverWorld, stage: Stage, shown: Opportunity[]): Html {
  const inStage = shown.filter(({ stageId }) => stageId === stage.id);
  const cards = inStage.slice(0, cardsPerColumn).map((one) => card(world, one));
  const rest = inStage.length - cards.length;
  return html`<section
    class="stage"
    data-stage="${stage.id}"
    data-testid="stage"
    aria-label="${stage.text}"
  >
    <h2>
      <span data-testid="stage-name">${stage.text}</span>
      <small data-testid="stage-count">${inStage.length}</small>
    </h2>
    ${cards} ${rest > 0 ? html`<p class="empty">and ${rest} more: search for them</p>` : null}
  </section>`;
}

function card(world: LeverWorld, opportunity: Opportunity): Html {
  const { id, contactId, stageId, archived, confidentiality } = opportunity;
  const { name } = world.opportunities.getContact(contactId);
  const posting = world.postings.all.get(opportunity.postingId ?? '')?.text ?? 'No posting';
  const choices = stageChoices(world, stageId);
  const move = { id: `move-${id}`, name: 'stageId', label: `Stage of ${name}`, choices };
  return html`<article
    class="card ${archived ? 'archived' : ''}"
    draggable="true"
    data-testid="card"
    data-opportunity="${id}"
  >
    <a href="/candidates/${id}" draggable="false" data-testid="card-name">${name}</a>
    <p>
      <small
        >${posting}${archived ? ' · archived' : ''}${
          confidentiality === 'confidential' ? ' · confidential' : ''
        }</small
      >
    </p>
    ${tagList(ownTagsOf(world, opportunity))}
    <form class="move" method="post" action="/candidates/${id}/move">
      <input type="hidden" name="backTo" value="board" />
      ${select({ ...move, chosen: stageId, isLabelHidden: true })}
      <button data-testid="move-button">Move</button>
    </form>
  </article>`;
}

function newCandidate(world: LeverWorld): Html {
  const stages = stageChoices(world);
  const postings = [...world.postings.all.values()].map(({ id, text }) => ({
    value: id,
    label: text,
  }));
  const choices = [{ value: '', label: 'none' }, ...postings];
  const tags = { id: 'new-tags', name: 'tags', label: 'Tags', hint: 'Separated by commas' };
  return html`<details class="box" id="new-candidate">
    <summary data-testid="new-candidate">Add a candidate</summary>
    <form method="post" action="/candidates">
      ${field({ id: 'new-name', name: 'name', label: 'Name' })}
      ${field({ id: 'new-email', name: 'email', label: 'E-mail', type: 'email', isOptional: true })}
      <p class="field">
        ${select({ id: 'new-stage', name: 'stageId', label: 'Stage', choices: stages })}
      </p>
      <p class="field">
        ${select({ id: 'new-posting', name: 'postingId', label: 'Posting', choices })}
      </p>
      ${field({ ...tags, isOptional: true })}
      <button class="main" data-testid="new-candidate-button">Add</button>
    </form>
  </details>`;
}
