/** What Lever gets of a challenge arrives once, whatever Lever answers, and not again once a recruiter has removed it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InvitationId } from '../../src/domain/ids.js';
import { retry } from '../../src/operate/actions/admin-actions.js';
import { startInviting } from '../invitations/inviting-bridge.js';
import type { SimulatedBridge } from '../simulation/simulated-bridge.js';

let bridge: SimulatedBridge;
beforeEach(async () => {
  bridge = await startInviting();
});
afterEach(() => bridge.close());

const onlyId = () => [...bridge.simulator.lever.opportunities.all.keys()][0] ?? '';
const linksOf = (id: string) => bridge.simulator.lever.opportunities.sight(id, 0).contact.links;

it('a challenge without a recognisable link is sent, noted in Lever once, and named by `status`', async () => {
  const { lever, codesubmit } = bridge.simulator;
  Object.assign(codesubmit.switches, { linkIn: 'nowhere', misleadingLinks: true });
  const note = { method: 'POST', route: '/v1/opportunities/:id/notes', times: 1 } as const;
  lever.faults.set({ kind: 'drop-after', ...note });
  const id = await bridge.arrive('ada@example.com');
  await bridge.pass(10);
  const notes = lever.notes.list(id).map(({ value }) => value);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain('Backend');
  expect(notes[0]).not.toMatch(/https?:|@/);
  expect([codesubmit.invitations.length, linksOf(id)]).toEqual([1, []]);
  const { invitations, integration } = bridge.status();
  expect(invitations).toMatchObject([{ state: 'invited' }]);
  expect(integration.problems.map(({ code }) => code)).toEqual(['link_not_found']);
});

it('a link removed by a recruiter stays removed', async () => {
  const id = await bridge.arrive('ada@example.com');
  expect(linksOf(id)).toHaveLength(1);
  bridge.simulator.lever.contacts.removeLinks(id, linksOf(id));
  await bridge.restart();
  const [row] = bridge.status().invitations;
  await bridge.command((app) => retry(app, [row?.id as InvitationId]));
  await bridge.sweep();
  await bridge.pass(10);
  expect(linksOf(id)).toEqual([]);
});

it('what a copy had not written yet isn’t written again once that is restored', async () => {
  const { lever, codesubmit } = bridge.simulator;
  codesubmit.switches.linkIn = 'list';
  const id = await bridge.arrive('ada@example.com');
  const written = () => [linksOf(id).length, lever.notes.list(id).length];
  await bridge.backUp();
  await bridge.pass(10);
  expect(written()).toEqual([1, 1]);
  await bridge.restore();
  await bridge.resume();
  await bridge.pass(10);
  expect(bridge.status().invitations).toMatchObject([{ state: 'linked' }]);
  expect(written()).toEqual([1, 1]);
});

describe('while Lever’s reads are half a minute behind, one link is added', () => {
  const addLinks = { method: 'POST', route: '/v1/opportunities/:id/addLinks' } as const;
  beforeEach(() => {
    bridge.simulator.lever.switches.readLagMs = 29_000;
  });

  async function later(seconds: number): Promise<void> {
    const until = bridge.clock.now() + seconds * 1_000;
    while (bridge.clock.now() < until) await bridge.settle();
  }

  it.each(['drop-after', 'truncated'] as const)('when the answer is lost: %s', async (kind) => {
    bridge.simulator.lever.faults.set({ kind, when: 'after', ...addLinks, times: 1 });
    const id = await bridge.arrive('ada@example.com');
    await later(40);
    expect(bridge.status().invitations).toMatchObject([{ state: 'invited' }]);
    await later(300);
    expect(linksOf(id)).toHaveLength(1);
    expect(bridge.status().invitations).toMatchObject([{ state: 'linked' }]);
  });

  it('when it is accepted with a hollow answer', async () => {
    bridge.simulator.lever.switches.linksReply = 'hollow';
    const id = await bridge.arrive('ada@example.com');
    await later(300);
    expect(linksOf(id)).toHaveLength(1);
    expect(bridge.status().invitations).toMatchObject([{ state: 'linked' }]);
  });

  it('when the process dies right after it', async () => {
    const addsLink = ({ path }: { path: string }): boolean => path.endsWith('/addLinks');
    let id = '';
    const arrive = async (): Promise<void> => {
      id = await bridge.arrive('ada@example.com');
      await later(40);
    };
    await bridge.killDuring('after the vendor did it', arrive, addsLink);
    await later(300);
    expect(linksOf(id || onlyId())).toHaveLength(1);
  });

  it('when an admin asks for it again before it shows', async () => {
    bridge.simulator.lever.faults.set({ kind: 'drop-after', ...addLinks, times: 1 });
    const id = await bridge.arrive('ada@example.com');
    await later(40);
    const [row] = bridge.status().invitations;
    await bridge.command((app) => retry(app, [row?.id as InvitationId]));
    await later(300);
    expect(linksOf(id)).toHaveLength(1);
  });
});
