/**
 * The daemon and a simulated Lever over HTTP: pending updates arrive once, whatever Lever answers.
 */
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';
import { TappedProgram, type Person } from '../rigs/tapped-program.js';

let tapped: TappedProgram | undefined;
let live: ProgramRig | undefined;
afterEach(async () => {
  await tapped?.close();
  await live?.close();
  tapped = undefined;
  live = undefined;
});

const notesOf = ({ live: { simulator } }: TappedProgram, { id }: Person): string[] =>
  simulator.lever.notes.list(id).map(({ value }) => value);

const isNoted = (integration: TappedProgram, times: number) =>
  integration.file.all(`SELECT 1 FROM writebacks WHERE kind = 'note' AND state = 'done'`).length ===
  times
    ? true
    : undefined;

it('a challenge without a recognisable link is sent, noted in Lever once, and named by `status`', async () => {
  tapped = await TappedProgram.setUp();
  const { simulator } = tapped.live;
  simulator.codesubmit.switches.linkIn = 'nowhere';
  simulator.codesubmit.switches.misleadingLinks = true;
  const ada = tapped.person('Ada Fictional');
  tapped.lever.spoil('lost', ({ method, path }) => method === 'POST' && path.endsWith('/notes'), 1);
  tapped.live.move(ada.id);
  await tapped.live.serve();
  await eventually('the note is in Lever and known to be', () => isNoted(tapped!, 1));
  const notes = notesOf(tapped, ada);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain('Backend API');
  expect(notes[0]).not.toMatch(/https?:|@/);
  expect(tapped.fateOf(ada)).toMatchObject({ state: 'invited', invitations: 1, links: [] });
  const { integration } = await tapped.live.status();
  expect(integration.problems.map(({ code }) => code)).toEqual(['link_not_found']);
});

it('a missing acting user blocks pending updates, `status` says so, and its fix releases them', async () => {
  live = await ProgramRig.setUp();
  const { lever } = live.simulator;
  lever.switches.performAs = 'required';
  const id = live.candidate('Ada Fictional');
  live.move(id);
  await live.serve();
  const problem = await eventually('status says so', async () => {
    const { integration } = await live!.status();
    return integration.problems.find(({ code }) => code === 'perform_as_missing');
  });
  expect(problem.hint).toContain('codesubmit-lever setup --perform-as USER_ID');
  const tries = lever.requests.list().filter(({ path }) => path.endsWith('/addLinks')).length;
  const user = lever.account.users.find(({ deactivatedAt }) => deactivatedAt === null);
  const ended = await live.run('setup', '--no-input', '--perform-as', user?.id ?? '');
  expect(ended).toMatchObject({ code: 0 });
  await eventually('the link is in Lever', async () => {
    const { invitations, integration } = await live!.status();
    const isCured = integration.problems.length === 0;
    return invitations[0]?.state === 'linked' && isCured ? true : undefined;
  });
  expect(tries).toBe(1);
  expect(lever.opportunities.sight(id, 0).contact.links).toHaveLength(1);
});

it('a link removed by a recruiter stays removed', async () => {
  live = await ProgramRig.setUp();
  const { lever } = live.simulator;
  const id = live.candidate('Ada Fictional');
  live.move(id);
  const daemon = await live.serve();
  const links = () => lever.opportunities.sight(id, 0).contact.links;
  await eventually('linked', async () =>
    (await live!.status()).invitations[0]?.state === 'linked' ? true : undefined,
  );
  lever.contacts.removeLinks(id, links());
  await daemon.kill('SIGKILL');
  const again = await live.serve();
  await live.deliver(again, id);
  await live.run('retry', '1');
  await eventually('a sweep after that', async () => {
    const { lastSweepAt } = (await live!.status()).integration;
    return lastSweepAt !== null && Date.parse(lastSweepAt) > Date.now() - 5_000 ? true : undefined;
  });
  expect(links()).toEqual([]);
});
