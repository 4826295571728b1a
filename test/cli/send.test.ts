/** `send WHO`: a challenge on request, through real processes. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, STAGE } from '../rigs/program.js';

let live: ProgramRig;

beforeAll(async () => {
  live = await ProgramRig.setUp();
  await live.serve();
});

afterAll(() => live.close());

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
    return own.filter(({ state }) => state === 'linked').length === n;
  });
}

it('reads an unknown candidate from Lever and sends the named challenge once, without any rule; --again is the exception', async () => {
  const id = live.candidate('Hana Handsent', 'Phone screen', []);
  const dry = await live.succeed('send', id, '--challenge', 'frontend react', '--dry-run');
  expect(dry.stdout).toContain('Frontend React → Hana Handsent <hana.handsent@example.com>');
  expect((await live.status()).invitations).toEqual([]);
  const { stderr } = await live.succeed('send', id, '--challenge', 'Frontend React', '--yes');
  expect(stderr).toContain('The daemon acts on it now');
  await linked(id, 1);
  expect((await live.run('status', id)).stdout).toContain('No webhook came for this candidate.\n');
  const again = ['send', id, '--challenge', 'Frontend React'];
  const refused = await live.run(...again, '--yes');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--again') });
  expect((await live.run(...again, '--again')).code).toBe(2);
  await live.succeed(...again, '--again', '--yes');
  await linked(id, 2);
  expect(sentTo(id)).toEqual(['Frontend React', 'Frontend React']);
});

it('finds the e-mail address that only Lever knows, and uses the rule’s challenge', async () => {
  const id = live.candidate('Ines Inlever', STAGE);
  await live.succeed('send', 'Ines.Inlever@example.com', '--yes');
  await linked(id, 1);
  expect(sentTo(id)).toEqual(['Backend API']);
  const { invitations } = await live.status();
  const [sent] = invitations.filter(({ opportunityId }) => opportunityId === id);
  expect(await live.run('retry', String(sent?.id), '--dry-run')).toMatchObject({
    code: 0,
    stderr: `Nothing to retry: ${String(sent?.id)}, already sent, on its way or replaced.\n`,
  });
});

it('lists possible matches, and asks for one', async () => {
  for (const name of ['Tess Twin', 'Tom Twin']) {
    live.candidate(name, STAGE);
    await live.succeed('send', `${name.replace(' ', '.')}@example.com`, '--yes');
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
  expect((await live.run('send', 'Margaret', '--yes')).stderr).toContain('No candidate matches');
});
