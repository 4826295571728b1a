/** What Lever gets of a challenge arrives once, whatever Lever answers, and not again once a recruiter has removed it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { InvitationId } from '../../src/domain/ids.js';
import { retry } from '../../src/operate/actions/admin-actions.js';
import { startInviting } from '../invitations/inviting-bridge.js';
import type { SimulatedBridge } from '../simulation/simulated-bridge.js';

let bridge: SimulatedBridge;
beforeEach(async () => {
  bridge = await startInviting();
});
afterEach(() => bridge.close());

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
