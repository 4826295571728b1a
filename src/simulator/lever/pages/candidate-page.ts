// A candidate's page: stage, tags, links, notes, e-mails, and ways to end a candidacy.
import { html, type Html } from '../../pages/html.js';
import { badge, buttonForm, select, timeOf } from '../../pages/page-parts.js';
import { idIn, page, type PageRoute } from '../../pages/page-route.js';
import type { LeverWorld } from '../lever-world.js';
import { emailsBox, linksBox, notesBox, tagsBox, type Shown } from './candidate-boxes.js';
import { stageChoices } from './candidate-parts.js';

export const candidatePages: PageRoute<LeverWorld>[] = [
  page('/candidates/:id', (world, call) => {
    const { opportunity, contact } = world.opportunities.sight(idIn(call), 0);
    const shown = { world, opportunity, contact };
    const body = html`${heading(shown)}
      <div class="columns">
        <div>${linksBox(shown)} ${notesBox(shown)} ${historyBox(shown)}</div>
        <div>${stageBox(shown)} ${tagsBox(shown)} ${emailsBox(shown)} ${endingBox(shown)}</div>
      </div>`;
    return { title: contact.name, body };
  }),
];

function heading({ world, opportunity, contact }: Shown): Html {
  const posting = world.postings.all.get(opportunity.postingId ?? '')?.text ?? 'No posting';
  const marks = [
    opportunity.archived ? badge('Archived', 'bad') : null,
    opportunity.confidentiality === 'confidential' ? badge('Confidential') : null,
    contact.isAnonymized ? badge('Anonymized', 'bad') : null,
    contact.isContactAllowed ? null : badge('Contact not allowed', 'bad'),
  ];
  return html`<div class="head">
    <div>
      <h1 data-testid="candidate-name">${contact.name}</h1>
      <p class="soft">${posting} · ${opportunity.headline || 'no headline'}</p>
    </div>
    <div class="row" data-testid="marks">${marks}</div>
  </div>`;
}

function stageBox({ world, opportunity: { id, stageId } }: Shown): Html {
  const choices = stageChoices(world, stageId);
  const stage = world.account.getStage(stageId).text;
  const move = { id: 'stage-select', name: 'stageId', label: 'Move to', choices };
  return html`<section class="box">
    <h2>Stage: <span data-testid="stage">${stage}</span></h2>
    <form method="post" action="/candidates/${id}/move" class="row">
      ${select({ ...move, chosen: stageId })}
      <button class="main" data-testid="move-button">Move</button>
    </form>
  </section>`;
}

function historyBox({ world, opportunity: { stageChanges } }: Shown): Html {
  const { stages } = world.account;
  const rows = stageChanges.toReversed().map(({ toStageId, updatedAt }) => {
    const stage = stages.find(({ id }) => id === toStageId)?.text ?? toStageId;
    return html`<li>${stage} <small>${timeOf(updatedAt)}</small></li>`;
  });
  return html`<section class="box" data-testid="stage-changes">
    <h2>Stages so far</h2>
    <ul class="plainlist">
      ${rows}
    </ul>
  </section>`;
}

function endingBox({ world, opportunity }: Shown): Html {
  const target = `/candidates/${opportunity.id}`;
  const { archiveReasons } = world.account;
  const choices = archiveReasons.map(({ id, text }) => ({ value: id, label: text }));
  const reason = { id: 'archive-reason', name: 'reason', label: 'Reason', choices };
  const archive = html`<form method="post" action="${target}/archive" class="row">
    ${select(reason)} <button data-testid="archive">Archive</button>
  </form>`;
  const back = { label: 'Unarchive', testid: 'unarchive' };
  const anonymize = { label: 'Anonymize', testid: 'anonymize', kind: 'danger' } as const;
  const remove = { label: 'Delete', testid: 'delete', kind: 'danger' } as const;
  return html`<section class="box">
    <h2>Archive, anonymize, delete</h2>
    <p>${opportunity.archived ? buttonForm(`${target}/unarchive`, back) : archive}</p>
    <div class="row">
      ${buttonForm(`${target}/anonymize`, anonymize)} ${buttonForm(`${target}/delete`, remove)}
    </div>
  </section>`;
}
