// Parts shared by the board, the candidate's page and the postings page.
import { html, type Html } from '../../pages/html.js';
import type { Opportunity } from '../lever-records.js';
import type { LeverWorld } from '../lever-world.js';

/** In pipeline order; a deactivated stage only if someone is still in it. */
export function stageChoices({ account }: LeverWorld, present?: string) {
  return account.stages
    .filter(({ id, isActive }) => isActive || id === present)
    .map(({ id, text }) => ({ value: id, label: text }));
}

/** Tags that someone added to the opportunity or its posting, without title and categories. */
export function ownTagsOf(world: LeverWorld, opportunity: Opportunity): string[] {
  const posting = world.postings.all.get(opportunity.postingId ?? '');
  const own = [...opportunity.tags, ...(posting?.tags ?? [])];
  return world.tagsOf(opportunity).filter((tag) => own.includes(tag));
}

export function tagList(tags: string[]): Html | null {
  if (tags.length === 0) return null;
  return html`<ul class="tags">
    ${tags.map((tag) => html`<li class="tag" data-testid="tag">${tag}</li>`)}
  </ul>`;
}

/** Tags, each with a button to remove it. */
export function removableTags(target: string, tags: string[], isInherited = false): Html {
  const rows = tags.map(
    (tag) =>
      html`<li class="tag ${isInherited ? 'inherited' : ''}" data-testid="tag">
        ${tag}
        <form method="post" action="${target}">
          <input type="hidden" name="tag" value="${tag}" />
          <button aria-label="Remove ${tag}" data-testid="remove-tag">×</button>
        </form>
      </li>`,
  );
  return html`<ul class="tags">
    ${rows}
  </ul>`;
}
