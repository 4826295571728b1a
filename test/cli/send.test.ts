/** `send WHO`: a challenge on request, through real processes. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, STAGE, TAG } from '../rigs/program.js';

let live: ProgramRig;

beforeAll(async () => {
  live = await ProgramRig.setUp();
  await live.serve();
});

afterAll(async () => {
  await live.close();
});

function sentTo(opportunityId: string): string[] {
  const { lever, codesubmit } = live.simulator;
  const emails = lever.opportunities.sight(opportunityId, 0).contact.emails;
  return codesubmit.invitations
    .filter(({ email }) => emails.includes(email))
    .map(({ testId }) => codesubmit.tests.find(({ id }) => id === testId)?.name ?? '');
}

function linked(opportunityId: string, n: number): Promise<true> {
  return eventually(`${String(n)} links of ${opportunityId}`, async () => {
    const { invitations } = await live.status();
    const own = invitations.filter((one) => one.opportunityId === opportunityId);
    return own.filter(({ state }) => state === 'linked').length === n ? true : undefined;
  });
}

it('reads an unknown candidate from Lever and sends the named challenge, without any rule', async () => {
  const id = live.candidate('Hana Handsent', 'Phone screen', []);
  const dry = await live.run('send', id, '--challenge', 'frontend react', '--dry-run');
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.stdout).toContain('Frontend React → Hana Handsent <hana.handsent@example.com>');
  expect((await live.status()).invitations).toEqual([]);
  const { code, stderr } = await live.run('send', id, '--challenge', 'Frontend React', '--yes');
  expect(code).toBe(0);
  expect(stderr).toContain('it’s being sent');
  await linked(id, 1);
  expect(sentTo(id)).toEqual(['Frontend React']);
});

it('finds the e-mail address that only Lever knows, and uses the rule’s challenge', async () => {
  const id = live.candidate('Ines Inlever', STAGE);
  const { code } = await live.run('send', 'Ines.Inlever@example.com', '--yes');
  expect(code).toBe(0);
  await linked(id, 1);
  expect(sentTo(id)).toEqual(['Backend API']);
});

it('sends once, whatever is repeated; --again is the one exception', async () => {
  const id = live.candidate('Olu Once', 'Phone screen', []);
  const send = (...more: string[]) =>
    live.run('send', id, '--challenge', 'Backend API', '--yes', ...more);
  expect((await send()).code).toBe(0);
  await linked(id, 1);
  const refused = await send();
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('--again');
  expect((await send('--again')).code).toBe(0);
  await linked(id, 2);
  expect(sentTo(id)).toEqual(['Backend API', 'Backend API']);
});

it('refuses what doesn’t apply any more, and says why', async () => {
  const id = live.candidate('Ari Archived', STAGE);
  live.simulator.lever.actions.archive(id, 'Withdrew');
  const { code, stderr } = await live.run('send', id, '--yes');
  expect(code).toBe(1);
  expect(stderr).toContain('Ari Archived is archived in Lever (archived)');
  const bare = live.candidate('Nuno Nomail', STAGE);
  live.simulator.lever.contacts.setEmails(bare, []);
  expect((await live.run('send', bare, '--yes')).stderr).toContain('no_email');
  expect(sentTo(id)).toEqual([]);
});

it('lists possible matches, and asks for one', async () => {
  for (const name of ['Tess Twin', 'Tom Twin']) {
    live.candidate(name, STAGE);
    expect((await live.run('send', `${name.replace(' ', '.')}@example.com`, '--yes')).code).toBe(0);
  }
  const { code, stderr } = await live.run('send', 'twin', '--yes');
  expect(code).toBe(2);
  expect(stderr).toContain('Tess Twin');
  expect(stderr).toContain('Tom Twin');
});

it('says what it can’t know: the challenge, or the person', async () => {
  const id = live.candidate('Uma Untagged', STAGE, []);
  const untagged = await live.run('send', id, '--yes');
  expect(untagged).toMatchObject({ code: 2 });
  expect(untagged.stderr).toContain('--challenge');
  const unknown = await live.run('send', id, '--challenge', 'No such', '--yes');
  expect(unknown).toMatchObject({ code: 1 });
  expect(unknown.stderr).toContain('Frontend React');
  expect((await live.run('send', 'nobody@example.com', '--yes')).stderr).not.toContain('nobody@');
  expect((await live.run('send', '0000000000-none', '--yes')).stderr).toContain('no_access');
});

it('needs a yes off a terminal', async () => {
  const id = live.candidate('Yuri Yesless', STAGE, [TAG]);
  expect((await live.run('send', id)).code).toBe(2);
  expect(sentTo(id)).toEqual([]);
});
