// The page that a candidate's link leads to: start, push commits, submit.
import { noFields } from '../../pages/form-fields.js';
import { html, type Html } from '../../pages/html.js';
import { badge, buttonForm } from '../../pages/page-parts.js';
import { action, page, type PageCall, type PageRoute } from '../../pages/page-route.js';
import type { Invitation } from '../codesubmit-records.js';
import type { ProgressWord } from '../codesubmit-switches.js';
import type { CodeSubmitWorld } from '../codesubmit-world.js';

const path = '/c/:company/:first/:second';

export const challengePages: PageRoute<CodeSubmitWorld>[] = [
  page(path, (world, call) => {
    const invitation = invitationIn(world, call);
    const test = world.tests.find(({ id }) => id === invitation.testId);
    const title = test?.name ?? 'A challenge';
    return { title, body: challenge(title, invitation, addressOf(call)), shape: 'window' };
  }),
  onInvitation('start', (world, id) => world.start(id)),
  onInvitation('commit', (world, id) => world.pushCommit(id)),
  onInvitation('submit', (world, id) => world.submit(id)),
  onInvitation('review', (world, id) => world.review(id)),
];

function onInvitation(
  step: string,
  run: (world: CodeSubmitWorld, id: string) => void,
): PageRoute<CodeSubmitWorld> {
  return action(`${path}/${step}`, noFields, (world, _fields, call) => {
    run(world, invitationIn(world, call).id);
    return addressOf(call);
  });
}

function addressOf({ params }: PageCall): string {
  const parts = [params['company'], params['first'], params['second']];
  return `/c/${parts.map((part) => encodeURIComponent(part ?? '')).join('/')}`;
}

function invitationIn(world: CodeSubmitWorld, { params }: PageCall): Invitation {
  const { company, first = '', second = '' } = params;
  return world.getLinked(company ?? '', [first, second]);
}

const sentences: Record<ProgressWord, string> = {
  invited: 'You can start any time. The clock runs from then.',
  started: 'You have started. Push your work as often as you like, then submit it.',
  submitted: 'You have submitted your work. Thank you!',
  reviewed: 'Your work was reviewed. Thank you!',
  expired: 'This challenge has expired.',
  cancelled: 'This challenge was cancelled.',
};

function challenge(title: string, invitation: Invitation, address: string): Html {
  const { firstName, progress, commitsCount, dueAt, timeLimit } = invitation;
  return html`<section class="box">
    <div class="row spread">
      <h1 data-testid="challenge-name">${title}</h1>
      <span data-testid="progress">${badge(progress)}</span>
    </div>
    <p>Hello ${firstName}. ${sentences[progress]}</p>
    <p class="soft">
      ${dueAt ? html`Due ${dueAt.slice(0, 10)}. ` : null}${
        timeLimit ? html`Time limit: ${timeLimit} minutes. ` : null
      }Commits
      so far: <span data-testid="commits">${commitsCount}</span>.
    </p>
    <div class="actions">${stepButtons(progress, address)}</div>
  </section>`;
}

function stepButtons(progress: ProgressWord, address: string): Html | null {
  if (progress === 'invited') {
    return buttonForm(`${address}/start`, { label: 'Start', testid: 'start', kind: 'main' });
  }
  if (progress !== 'started') return reviewButton(`${address}/review`, progress);
  const submit = { label: 'Submit', testid: 'submit', kind: 'main' } as const;
  return html`${buttonForm(`${address}/commit`, { label: 'Push a commit', testid: 'commit' })}
  ${buttonForm(`${address}/submit`, submit)}`;
}

export function reviewButton(target: string, progress: ProgressWord): Html | null {
  if (progress !== 'submitted') return null;
  return buttonForm(target, { label: 'Mark reviewed', testid: 'mark-reviewed' });
}
