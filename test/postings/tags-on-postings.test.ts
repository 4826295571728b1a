/** Tags on postings by command: put on beside those of others, taken off again, and refused by name. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rightsWithout } from '../../src/simulator/lever/lever-access.js';
import type { Posting } from '../../src/simulator/lever/lever-records.js';
import { misfits } from '../docs/report-schemas.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';
import { TappedProgram } from '../rigs/tapped-program.js';

const SAM = 'f0a1b2c3-0000-4000-8000-000000000001';
const MOBILE = 'stage=Take-home;tag=codesubmit:mobile;challenge=Mobile App';
const FRONTEND = 'Frontend Engineer';
const SALES = 'Account Executive';

function postingOf({ simulator }: ProgramRig, title: string): Posting {
  const found = [...simulator.lever.postings.all.values()].find(({ text }) => text === title);
  if (!found) throw new Error(`no posting ${title}`);
  return found;
}

function writesOf({ simulator }: ProgramRig) {
  return simulator.lever.requests.writes().filter(({ route }) => route.includes('/postings'));
}

describe('with an acting user', () => {
  let live: ProgramRig;
  beforeEach(async () => {
    live = await ProgramRig.setUp('--perform-as', SAM);
  });
  afterEach(() => live.close());

  it('`rules add --postings` puts it beside the others, and candidates inherit it', async () => {
    const flags = ['--postings', FRONTEND, '--postings', postingOf(live, SALES).id];
    const { code, stderr } = await live.run('rules', 'add', MOBILE, ...flags);
    expect(code).toBe(0);
    expect(stderr).toContain(`added: ${FRONTEND} (Remote)`);
    expect(postingOf(live, FRONTEND).tags).toEqual(['codesubmit:frontend', 'codesubmit:mobile']);
    expect(postingOf(live, SALES).tags).toEqual(['codesubmit:mobile']);
    expect(writesOf(live).map(({ performAs }) => performAs)).toEqual([SAM, SAM]);
    const { id } = live.simulator.lever.actions.create({
      ...{ name: 'Mo Fictional', stageId: 'Take-home', emails: ['mo.fictional@example.com'] },
      postingId: postingOf(live, SALES).id,
    });
    await live.serve();
    const sent = await eventually('the challenge', async () =>
      (await live.status()).invitations.find(({ opportunityId }) => opportunityId === id),
    );
    expect(sent.challenge.name).toBe('Mobile App');
  });

  it('`rules tag` changes nothing where it stands already, and nothing in a dry run', async () => {
    const flags = ['--postings', FRONTEND, '--postings', 'Senior Backend Engineer'];
    const dry = await live.run('rules', 'tag', '1', ...flags, '--dry-run');
    expect(dry.stdout).toContain(`codesubmit:backend → ${FRONTEND} (Remote)`);
    expect(writesOf(live)).toEqual([]);
    const { code, stderr } = await live.run('rules', 'tag', '1', ...flags, '--yes');
    expect(code).toBe(0);
    expect(stderr).toContain('already there: Senior Backend Engineer');
    expect(writesOf(live)).toHaveLength(1);
    await live.run('rules', 'tag', '1', ...flags, '--yes');
    expect(writesOf(live)).toHaveLength(1);
  });

  it('`rules remove --tags` takes it off, unless another rule needs it', async () => {
    const offer = 'stage=Offer;tag=CodeSubmit:Backend;challenge=Backend API';
    await live.run('rules', 'add', offer, '--postings', FRONTEND);
    const shared = await live.run('rules', 'remove', '2', '--tags', '--yes');
    expect(shared.stderr).toContain('No posting has CodeSubmit:Backend for this rule alone');
    const last = await live.run('rules', 'remove', '1', '--tags', '--yes');
    expect(last.stderr).toContain(`removed: ${FRONTEND} (Remote)`);
    expect(postingOf(live, FRONTEND).tags).toEqual(['codesubmit:frontend']);
    expect(postingOf(live, 'Senior Backend Engineer').tags).toEqual([]);
    expect(JSON.parse((await live.run('rules', 'list', '--json')).stdout)).toEqual([]);
  });

  it('`rules postings` lists every open one: published, internal and unlisted', async () => {
    const { postings } = live.simulator.lever;
    postings.add({ text: 'Inside Job', distributionChannels: ['internal'] });
    postings.add({ text: 'Unlisted', state: 'internal' });
    postings.add({ text: 'Nowhere', state: 'internal', distributionChannels: [] });
    for (const state of ['closed', 'draft', 'pending', 'rejected'] as const) {
      postings.add({ text: 'Over', state });
    }
    const { stdout } = await live.run('rules', 'postings', '--json');
    expect(misfits('postings', JSON.parse(stdout))).toEqual([]);
    const titles = (JSON.parse(stdout) as { title: string }[]).map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(['Inside Job', 'Unlisted', 'Nowhere']));
    expect(titles).toHaveLength(new Set(titles).size);
    expect(titles).not.toContain('Over');
    expect((await live.run('rules', 'postings')).stdout).toContain('Inside Job');
  });

  it('a wrong posting leaves everything as it was', async () => {
    const { code, stderr } = await live.run('rules', 'add', MOBILE, '--postings', 'Astronaut');
    expect(code).toBe(1);
    expect(stderr).toContain('“Astronaut” doesn’t exist');
    expect(stderr).toContain(FRONTEND);
    const listed = JSON.parse((await live.run('rules', 'list', '--json')).stdout) as unknown[];
    expect(misfits('rules', listed)).toEqual([]);
    expect(listed).toHaveLength(1);
  });

  it('asks off a terminal for the flag', async () => {
    const { code, stderr } = await live.run('rules', 'tag', '1');
    expect(code).toBe(2);
    expect(stderr).toContain('Add --postings NAME_OR_ID');
  });

  it.each(['drop-after', '5xx', 'drop-before', '429'] as const)(
    'is put on once whatever becomes of the answer: %s',
    async (kind) => {
      live.simulator.lever.faults.set({
        ...{ kind, method: 'POST', route: '/v1/postings/:id', times: 1 },
      });
      expect((await live.run('rules', 'tag', '1', '--postings', FRONTEND, '--yes')).code).toBe(0);
      expect(postingOf(live, FRONTEND).tags).toEqual(['codesubmit:frontend', 'codesubmit:backend']);
    },
  );

  it.each(['null', 'garbage', 'truncated', 'html'] as const)(
    'wipes no tag when the posting can’t be read: %s',
    async (kind) => {
      live.simulator.lever.faults.set({ kind, method: 'GET', route: '/v1/postings/:id', times: 1 });
      await live.run('rules', 'tag', '1', '--postings', FRONTEND, '--yes');
      expect(postingOf(live, FRONTEND).tags).toContain('codesubmit:frontend');
    },
  );

  it.each([
    ['postings:read', 'the right to read postings is missing'],
    ['postings:write', 'the right to write postings is missing'],
  ] as const)('is refused by name without %s', async (right, why) => {
    const rights = rightsWithout(
      right,
      ...(right === 'postings:read' ? ['postings:write' as const] : []),
    );
    live.environment.LEVER_API_KEY = live.simulator.lever.access.addKey({ rights }).credential;
    const { code, stderr } = await live.run('rules', 'tag', '1', '--postings', FRONTEND, '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain(why);
    expect(writesOf(live)).toEqual([]);
  });
});

it('wants an acting user, before anything is changed', async () => {
  const live = await ProgramRig.setUp();
  try {
    const { code, stderr } = await live.run('rules', 'add', MOBILE, '--postings', FRONTEND);
    expect(code).toBe(2);
    expect(stderr).toContain('codesubmit-lever setup --perform-as USER_ID');
    const anybody = MOBILE.replace('codesubmit:mobile', '*');
    expect((await live.run('rules', 'add', anybody, '--postings', FRONTEND)).code).toBe(2);
    const listed = JSON.parse((await live.run('rules', 'list', '--json')).stdout) as unknown[];
    expect(listed).toHaveLength(1);
  } finally {
    await live.close();
  }
});

it('is put on again when someone’s older list was written over it', async () => {
  const tapped = await TappedProgram.setUp('--perform-as', SAM);
  try {
    const { live, lever } = tapped;
    const { id } = postingOf(live, FRONTEND);
    const overwritten = lever.arm({
      matches: ({ method, path }) => method === 'POST' && path === `/v1/postings/${id}`,
      worked: async () =>
        void live.simulator.lever.postings.setTags(id, ['codesubmit:frontend', 'urgent']),
    });
    expect((await live.run('rules', 'tag', '1', '--postings', FRONTEND, '--yes')).code).toBe(0);
    await overwritten;
    const tags = ['codesubmit:frontend', 'urgent', 'codesubmit:backend'];
    expect(postingOf(live, FRONTEND).tags).toEqual(tags);
  } finally {
    await tapped.close();
  }
});
