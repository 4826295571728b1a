/** What `preview` says of each candidate while no daemon runs: what would go, wait or be on hold, and why. */
import { expect, it } from 'vitest';
import type { App } from '../../src/admin/app.js';
import { preview, type PreviewReport } from '../../src/admin/preview.js';
import { seedCodeSubmitApiKey } from '../../src/simulator/seed/base-seed.js';
import type { OpportunityInput } from '../../src/simulator/lever/new-opportunity.js';
import { misfits } from '../docs/report-schemas.js';
import {
  BACKEND,
  FRONTEND,
  FRONTEND_RULE,
  History,
  RULE,
  SECOND,
  TAKE_HOME,
  type Setting,
} from '../rigs/history.js';
import { SERVED_HOME } from '../simulation/simulated-process.js';

const ON_SITE = 'On-site';
const QUERY = { onProgress: () => undefined };
let history: History;

/** No daemon runs from here on. */
async function begin(setting: Setting = {}): Promise<void> {
  history = await History.begin({ brake: '3/10', ...setting });
  await history.bridge.rest();
}

const there = (person: Partial<OpportunityInput> = {}): string =>
  history.creates({ stageId: TAKE_HOME, ...person });

async function previewed(): Promise<PreviewReport> {
  const report = await history.bridge.alone((app: App) => preview(app, QUERY));
  expect(misfits('preview', report)).toEqual([]);
  return report;
}

async function previewOf(id: string) {
  const { people } = await previewed();
  return people.find(({ opportunityId }) => opportunityId === id);
}

it('tells a challenge that goes from one that was sent manually, and a hold with its reason', async () => {
  await begin();
  const goes = there({ name: 'Uma Goes' });
  const byHand = there({ emails: ['vito@example.com'] });
  const near = there({ tags: ['codesubmit:backnd'] });
  history.inviteByHand('VITO@example.com');
  expect(await previewOf(goes)).toMatchObject({
    ...{ candidate: 'Uma Goes', decision: 'invite', outcome: 'send', reason: null },
    ...{ challenge: { name: 'Backend' }, stage: { name: TAKE_HOME } },
  });
  expect(await previewOf(byHand)).toMatchObject({ outcome: 'adopt', sentAs: null });
  expect(await previewOf(near)).toMatchObject({
    ...{ outcome: 'hold', reason: 'near_tag' },
    detail: '"codesubmit:backnd" is close to "codesubmit:backend"',
  });
  expect((await previewed()).counts).toMatchObject({ send: 1, adopt: 1, hold: 1 });
});

it('shows the name as it will be sent, without a job title', async () => {
  await begin();
  const name = 'Uma Maria Goes, Senior Engineer - Example Ltd';
  const sentAs = { firstName: 'Uma Maria', lastName: 'Goes' };
  expect(await previewOf(there({ name }))).toMatchObject({ candidate: name, sentAs });
});

it('lets everything wait for a key that CodeSubmit takes', async () => {
  await begin();
  const id = there();
  history.codesubmit.changeKey(seedCodeSubmitApiKey, { isRevoked: true });
  expect(await previewOf(id)).toMatchObject({ outcome: 'wait' });
  expect((await previewed()).integration.state).toBe('needs_reauth');
});

it('goes by the settings that setup is about to store, not by those in force', async () => {
  await begin();
  there({ emails: ['uma@example.com'] });
  there({ emails: ['vito@example.com'] });
  const proposed = await history.bridge.alone((app: App) => {
    const { settings, codesubmitApiKey } = app.configuration.current();
    const braked = { ...settings, brake: { count: 1, minutes: 10 } };
    return preview({ ...app, proposed: { settings: braked, codesubmitApiKey } }, QUERY);
  });
  expect(proposed.counts).toMatchObject({ hold: 2, send: 0 });
  expect((await previewed()).counts).toMatchObject({ hold: 0, send: 2 });
});

it('shows who wasn’t decided yet, because the daemon tries again to read their posting only later', async () => {
  history = await History.begin({ rules: [RULE, FRONTEND_RULE] });
  const { id: postingId } = history.lever.postings.add({ text: 'Engineer', tags: [FRONTEND] });
  history.lever.faults.set({
    kind: '5xx',
    method: 'GET',
    route: '/v1/postings/:id',
    when: 'before',
  });
  const id = await history.arrives({ postingId });
  await history.passes(5);
  history.lever.faults.clear();
  const { people } = await history.bridge.command((app: App) =>
    preview({ ...app, home: SERVED_HOME }, QUERY),
  );
  expect(people).toMatchObject([{ opportunityId: id, decision: 'invite' }]);
});

it('decides everyone, though the clock is set back while the stages are listed', async () => {
  const onSite = `stage=${ON_SITE};tag=${BACKEND};challenge=Backend`;
  history = await History.begin({ rules: [RULE, FRONTEND_RULE, onSite] });
  await history.bridge.rest();
  const { id: postingId } = history.lever.postings.add({ text: 'Engineer', tags: [FRONTEND] });
  const id = there({ postingId, tags: [BACKEND] });
  there({ stageId: ON_SITE });
  const { clock } = history.bridge;
  const onProgress = (people: number): void => {
    if (people > 1) clock.leadMs = -5 * SECOND;
  };
  const { people } = await history.bridge.alone((app: App) => preview(app, { onProgress }));
  expect(people.map(({ opportunityId }) => opportunityId)).toContain(id);
  expect(people).toHaveLength(2);
});
