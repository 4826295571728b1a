/**
 * The machine dies at every moment between a cause and all that follows from it: at each request that leaves, at each
 * that has worked, at each answer, at each commit. After the next start there is one invitation, one link, one note and
 * the right tag, whatever the vendors do about the calls meanwhile.
 */
import { expect, it } from 'vitest';
import type { FaultRule } from '../../src/simulator/faults/fault-plan.js';
import { follow, work } from '../progress/followed.js';
import { BACKEND, MINUTE, type History } from '../rigs/history.js';
import { isFull } from '../support/fault-tools.js';

/** Two retries, or two readings of the list fifteen settling times apart, twice. */
const STEPS_UNTIL_DONE = 10;
const STEP_MINUTES = 4;

/** What meets each call that does something, once. */
const CONDITIONS: readonly [name: string, fault?: FaultRule][] = [
  ['calm'],
  ['lost answers', { kind: 'drop-after' }],
  ['errors after the work', { kind: '5xx', when: 'after' }],
  ['errors before the work', { kind: '5xx', when: 'before' }],
  // Long after the restart, and before anybody trusts a look.
  ['work that takes its time', { kind: 'delay', when: 'before', delayMs: 10_000 }],
];
const POST = ['codesubmit', '/api/external/candidates'] as const;
const ofLever = (what: string) => ['lever', `/v1/opportunities/:id/${what}`] as const;

interface Way {
  name: string;
  /** The calls that the conditions are about. */
  calls: readonly (typeof POST | ReturnType<typeof ofLever>)[];
  /** Before the machine dies. Returns the candidate's opportunity. */
  begin: (history: History) => Promise<string>;
  happen: (history: History, id: string) => Promise<void>;
  /** All tags of ours, and how many invitations, links and notes. */
  ends: { tags: string[]; invitations: number; links: number; notes: number };
}

const WAYS: Way[] = [
  {
    name: 'from a move to the link',
    calls: [POST, ofLever('addLinks')],
    begin: (history) => Promise.resolve(history.creates()),
    happen: (history, id) => history.moves(id),
    ends: { tags: [`${BACKEND}: invited`], invitations: 1, links: 1, notes: 0 },
  },
  {
    name: 'from work that was submitted to its tag and note',
    calls: [ofLever('removeTags'), ofLever('addTags'), ofLever('notes')],
    begin: (history) => history.arrives(),
    happen: (history, id) => {
      work(history, id, 'submitted');
      return history.later(30 * MINUTE);
    },
    ends: { tags: [`${BACKEND}: submitted`], invitations: 1, links: 1, notes: 1 },
  },
  {
    name: 'from another reason for a hold to its tag',
    calls: [ofLever('removeTags'), ofLever('addTags')],
    begin: async (history) => {
      const id = await history.arrives({ tags: ['codesubmit:backnd'] });
      history.lever.contacts.setEmails(id, []);
      return id;
    },
    happen: async (history, id) => {
      history.lever.actions.addTags(id, [BACKEND]);
      await history.bridge.sweep();
    },
    ends: { tags: ['codesubmit: no e-mail'], invitations: 0, links: 0, notes: 0 },
  },
];

/** Returns what has become of the candidate; undefined when there were fewer moments. */
async function dieAt(moment: number, way: Way, fault: FaultRule | undefined) {
  const settings = { progressTags: true, holdTags: true, completionNote: 'submitted' } as const;
  const history = await follow(settings);
  const { bridge } = history;
  let isQuiet = false;
  try {
    // The list must show one of ours to prove anything.
    await history.arrives();
    bridge.clock.advance(2 * MINUTE);
    await bridge.settle();
    const id = await way.begin(history);
    for (const [vendor, route] of fault ? way.calls : []) {
      bridge.simulator[vendor].faults.set({ times: 1, ...fault!, method: 'POST', route });
    }
    const isDuring = await bridge.crashDuring(moment, () => way.happen(history, id));
    if (!isDuring) return undefined;
    for (let step = 0; step < STEPS_UNTIL_DONE; step += 1)
      await history.later(STEP_MINUTES * MINUTE);
    isQuiet = true;
    return {
      tags: history.tagsOf(id).filter((tag) => /^codesubmit(:\w+)?: /.test(tag)),
      invitations: history.sent().filter((one) => one.startsWith('person-2@')).length,
      links: history.linksOf(id).length,
      notes: history.notesOf(id).length,
    };
  } finally {
    await bridge.close(isQuiet);
  }
}

/** Each moment under one condition, or under each. */
const STRIDE = isFull ? 1 : CONDITIONS.length;

it.each(WAYS)('$name', async (way) => {
  let deaths = 0;
  for (const [index, [name, fault]] of CONDITIONS.entries()) {
    for (let moment = isFull ? 1 : index + 1; ; moment += STRIDE) {
      const end = await dieAt(moment, way, fault);
      if (!end) break;
      expect(end, `${name}, died at moment ${String(moment)}`).toEqual(way.ends);
      deaths += 1;
    }
  }
  expect(deaths).toBeGreaterThan(15);
});
