// The pipeline board: stages as columns, candidates as cards to drag or move by button.
import { html, type Html } from '../pages/html.js';
import type { Fields, Page } from '../pages/add-pages.js';
import { form, tagList } from '../pages/page-parts.js';
import type { Opportunity, Stage } from './lever-records.js';
import type { LeverWorld } from './lever-world.js';

/** A column shows at most this many; a search finds the rest. */
const cardsPerColumn = 50;

/**
 * The board, newest candidates first. `search` keeps those whose name or tags contain it; archived ones are hidden
 * unless `archived` is set. A deactivated stage has a column only while someone shown is in it.
 */
export function boardPage(lever: LeverWorld, { search, archived }: Fields): Page {
  const everybody = [...lever.opportunities.all.values()].reverse();
  const shown = everybody.filter((one) => {
    const { name } = lever.opportunities.getContact(one.contactId);
    const words = [name, ...lever.tagsOf(one)].join(' ').toLowerCase();
    return (one.archived === null || archived !== '') && words.includes(search.toLowerCase());
  });
  const columns = lever.account.stages
    .filter(({ id, isActive }) => isActive || shown.some(({ stageId }) => stageId === id))
    .map((stage) => column(lever, stage, shown));
  const body = html`<div class="head">
      <h1>Candidates</h1>
      <form action="/" role="search" class="row">
        <input name="search" value="${search}" aria-label="Name or tag" placeholder="Name or tag" />
        <button>Search</button>
        <a href="${archived === '' ? '/?archived=true' : '/'}">
          ${archived === '' ? 'Show archived' : 'Hide archived'}
        </a>
      </form>
    </div>
    <div class="board" data-testid="board">${columns}</div>
    ${newCandidate(lever)}`;
  return { title: 'Candidates', body };
}

/** A stage's column with its first cards, and how many candidates it has in all. */
function column(lever: LeverWorld, { id, text }: Stage, shown: Opportunity[]): Html {
  const inStage = shown.filter(({ stageId }) => stageId === id);
  const cards = inStage.slice(0, cardsPerColumn).map((one) => card(lever, one));
  const rest = inStage.length - cards.length;
  return html`<section class="stage" data-stage="${id}" data-testid="stage" aria-label="${text}">
    <h2>${text} <small>${inStage.length}</small></h2>
    ${cards} ${rest > 0 && html`<p class="empty">and ${rest} more: search for them</p>`}
  </section>`;
}

/** A candidate's card: name, posting, own tags, and the form that moves them. */
function card(lever: LeverWorld, opportunity: Opportunity): Html {
  const { id, contactId, archived, confidentiality } = opportunity;
  const { name } = lever.opportunities.getContact(contactId);
  const marks = [
    lever.postings.all.get(opportunity.postingId ?? '')?.text ?? 'No posting',
    ...(archived ? ['archived'] : []),
    ...(confidentiality === 'confidential' ? ['confidential'] : []),
  ];
  return html`<article class="card" draggable="true" data-testid="card" data-opportunity="${id}">
    <a href="/candidates/${id}" draggable="false" data-testid="card-name">${name}</a>
    <p><small>${marks.join(' · ')}</small></p>
    ${tagList(ownTagsOf(lever, opportunity))} ${moveForm(lever, opportunity, `Stage of ${name}`)}
  </article>`;
}

/** The form that moves a candidate to another stage. `hint` names the selection for screen readers. */
export function moveForm(lever: LeverWorld, { id, stageId }: Opportunity, hint: string): Html {
  const choices = stageChoices(lever, stageId);
  const field = { name: 'stageId', hint, choices, value: stageId };
  return form(`/candidates/${id}/move`, 'Move', 'move-button', { fields: [field] });
}

/**
 * The stages to choose from, names by id, in pipeline order. A deactivated one only if it is `present`, where the
 * candidate is.
 */
function stageChoices({ account }: LeverWorld, present?: string): Record<string, string> {
  const open = account.stages.filter(({ id, isActive }) => isActive || id === present);
  return Object.fromEntries(open.map(({ id, text }) => [id, text]));
}

/** Tags that someone added to the opportunity or its posting, without title and categories. */
export function ownTagsOf(lever: LeverWorld, opportunity: Opportunity): string[] {
  const posting = lever.postings.all.get(opportunity.postingId ?? '');
  const own = [...opportunity.tags, ...(posting?.tags ?? [])];
  return lever.tagsOf(opportunity).filter((tag) => own.includes(tag));
}

/** The folded form that adds a candidate. */
function newCandidate(lever: LeverWorld): Html {
  return form('/candidates', 'Add', 'new-candidate', {
    below: 'Add a candidate',
    fields: [
      { name: 'name', label: 'Name' },
      { name: 'email', label: 'E-mail', type: 'email', isOptional: true },
      { name: 'stageId', label: 'Stage', choices: stageChoices(lever) },
      { name: 'tags', label: 'Tags', hint: 'separated by commas', isOptional: true },
    ],
  });
}

/** Dropping a card on a column submits the card's form. */
export const boardScript = `
let dragged = null;
const stageOf = (event) => event.target.closest?.('.stage');
const unmark = () => document.querySelectorAll('.over').forEach((one) => one.classList.remove('over'));
document.addEventListener('dragstart', (event) => {
  dragged = event.target.closest?.('.card');
  if (!dragged) return;
  event.dataTransfer.setData('text/plain', dragged.dataset.opportunity);
  event.dataTransfer.effectAllowed = 'move';
});
document.addEventListener('dragover', (event) => {
  const stage = stageOf(event);
  if (!dragged || !stage) return;
  event.preventDefault();
  unmark();
  stage.classList.add('over');
});
document.addEventListener('drop', (event) => {
  const stage = stageOf(event);
  if (!dragged || !stage) return;
  event.preventDefault();
  const form = dragged.querySelector('form');
  form.elements.stageId.value = stage.dataset.stage;
  form.submit();
});
document.addEventListener('dragend', () => {
  dragged = null;
  unmark();
});
`;
