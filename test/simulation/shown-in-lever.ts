/** What recruiters see in Lever beside links, where the admin wants it: tags of progress and of holds, and notes. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { LeverSwitches } from '../../src/simulator/lever/lever-switches.js';
import type { Invitation } from '../../src/simulator/codesubmit/codesubmit-records.js';
import type { Settings } from '../../src/store/settings/settings.js';
import { seen } from '../model/checks.js';
import type { World } from '../model/world.js';
import { isOfPair, type PromisesModel } from '../model/promises-model.js';
import { CHALLENGES, DAY, MINUTE } from '../model/rules-model.js';
import { OVERLAPS, Step } from '../model/step.js';

/** What is drawn for a history, and stays. */
export interface Showing {
  settings: Pick<Settings, 'progressTags' | 'holdTags' | 'completionNote'>;
  deletedList: LeverSwitches['deletedList'];
}

const NOTHING_SHOWN = { progressTags: false, holdTags: false, completionNote: 'off' } as const;

export const showings = fc.record<Showing>({
  settings: fc.constantFrom<Showing['settings']>(
    NOTHING_SHOWN,
    NOTHING_SHOWN,
    { progressTags: true, holdTags: true, completionNote: 'submitted' },
    { progressTags: true, holdTags: false, completionNote: 'reviewed' },
  ),
  deletedList: fc.constantFrom('records', 'records', 'ids', 'refused'),
});

export const STATUS_MAP: Settings['statusMap'] = {
  ...{ 1: 'invited', 2: 'started', 3: 'submitted', 4: 'reviewed' },
};

const WORDS = ['invited', 'started', 'submitted', 'reviewed'] as const;
type Word = (typeof WORDS)[number];

/** Candidates only ever get further. */
export const results = fc.tuple(fc.nat(9), fc.constantFrom(...WORDS.slice(1))).map(
  ([number, word]) =>
    new Step(
      `sent challenge ${String(number)} is ${word}`,
      (_, { bridge }) => {
        const { codesubmit } = bridge.simulator;
        const found = codesubmit.invitations[number % Math.max(codesubmit.invitations.length, 1)];
        if (found && isFurther(word, found)) codesubmit.setProgress(found.id, word);
      },
      OVERLAPS,
    ),
);

function isFurther(word: Word, { progress }: Invitation): boolean {
  return WORDS.indexOf(word) > WORDS.indexOf(progress as Word);
}

const HOLD_TAGS = new Map([
  ['near_tag', 'codesubmit: challenge tag is mistyped'],
  ['ambiguous_tags', 'codesubmit: tags of two challenges'],
  ['second_challenge', 'codesubmit: second challenge needs approval'],
  ['forgotten', 'codesubmit: had it before, needs approval'],
  ['no_email', 'codesubmit: no e-mail'],
  ['no_name', 'codesubmit: no name'],
  ['unknown_challenge', 'codesubmit: no such challenge'],
]);
const PROGRESS_TAG = new RegExp(
  `^(?:codesubmit:\\w+|(?:${CHALLENGES.join('|')})!?): (${WORDS.join('|')})$`,
  'i',
);
const MARK = /\[codesubmit-lever \w+\]$/;
const NOTED: Record<Settings['completionNote'], readonly Word[]> = {
  off: [],
  submitted: ['submitted', 'reviewed'],
  reviewed: ['reviewed'],
};

/** Theirs, and those of others whose link they were given: how far those are shows on them too. */
function countInvitations({ bridge }: World, id: string): number {
  const { invitations, entries } = bridge.timeline(id);
  const links = entries.filter(({ outcome }) => outcome.startsWith('link: '));
  return Math.max(invitations.length, links.length);
}

/** Progress is read less and less often, but at least daily for twelve weeks. */
const FOLLOWED_MS = 83 * DAY;

/** Once all is quiet. */
export function checkShown(model: PromisesModel, world: World, { settings }: Showing): void {
  const isAlone = world.other === undefined && !world.isRestored;
  for (const name of model.candidates.keys()) {
    if (model.isGone(name)) continue;
    checkNotDoubled(world, name);
    // A data directory takes away what it knows to be its own: not another's, nor what a restored copy doesn't know.
    if (isAlone) checkTags(model, world, name, settings);
  }
  if (model.isListUsable && isAlone) checkResults(model, world, settings);
}

/** Each of two data directories may write its own. */
function checkNotDoubled(world: World, name: string): void {
  const { lever, codesubmit } = world.bridge.simulator;
  const marks = lever.notes.list(world.idOf(name)).map(({ value }) => MARK.exec(value)?.[0]);
  // docs/durability.md: a restored copy may note that a link is missing where another did.
  const isNotedAgain = world.isRestored && codesubmit.switches.linkIn === 'list';
  const most = Math.max(world.mostCopies, isNotedAgain ? 2 : 1);
  for (const mark of marks) {
    const copies = marks.filter((one) => one === mark).length;
    expect(copies, `notes of ${name}`).toBeLessThanOrEqual(most);
  }
}

/** Those of recruiters stay, and of ours there is one a topic. */
function checkTags(
  model: PromisesModel,
  world: World,
  name: string,
  { progressTags, holdTags }: Showing['settings'],
): void {
  const tags = tagsOf(world, name);
  const { ownTags } = model.candidate(name).facts;
  expect(tags, `tags of ${name}`).toEqual(expect.arrayContaining([...ownTags]));
  // docs/operating.md: with reads that are further behind, an old one may stay.
  if (model.lateReadMs > 2 * MINUTE) return;
  const ofProgress = tags.filter((tag) => PROGRESS_TAG.test(tag));
  expect(ofProgress.length, ofProgress.join()).toBeLessThanOrEqual(progressTags ? 1 : 0);
  const hold = world.bridge
    .status()
    .held.find(({ opportunityId }) => opportunityId === world.idOf(name));
  const ofHold = holdTags && hold ? HOLD_TAGS.get(hold.reason) : undefined;
  const shown = tags.filter((tag) => [...HOLD_TAGS.values()].includes(tag));
  expect(shown, `hold tags of ${name}, on hold for ${String(hold?.reason)}`).toEqual(
    ofHold === undefined ? [] : [ofHold],
  );
}

/** How far each challenge is, where it was sent and CodeSubmit still has it. */
function checkResults(model: PromisesModel, world: World, settings: Showing['settings']): void {
  const { lever, codesubmit } = world.bridge.simulator;
  const { invitations } = world.bridge.status();
  const unlisted = world.bridge.unlisted();
  for (const invitation of codesubmit.invitations) {
    const { link, email, challenge } = seen(world, invitation);
    const word = invitation.progress as Word;
    const row = invitations.find((one) => one.link === link && one.state === 'linked');
    // Which one an admin meant who settled one of two alike isn't known.
    const alike = codesubmit.invitations.filter((one) => isAlike(one, invitation));
    const hadTwin = model.deleted.some((one) => isOfPair(one, email, challenge));
    const mayBeOther = row && world.settled.has(row.id) && (alike.length > 1 || hadTwin);
    const isKnown = row && !unlisted.includes(row.id) && !mayBeOther;
    if (!row || !isKnown || model.now - Date.parse(row.invitedAt ?? '') > FOLLOWED_MS) continue;
    const name = world.nameOf(row.opportunityId);
    expect(row.progress, `progress of ${name} with ${link}`).toBe(word);
    if (model.isGone(name)) continue;
    const notes = lever.notes.list(row.opportunityId).map(({ value }) => value);
    const about = notes.filter((text) =>
      text.startsWith(`CodeSubmit: “${row.challenge.name}” was `),
    );
    if (NOTED[settings.completionNote].includes(word))
      expect(about, `notes of ${name}`).not.toEqual([]);
    // Of several, also those that another opportunity has, the last one sent shows.
    const isOnly = countInvitations(world, row.opportunityId) === 1;
    // docs/operating.md: with reads that are further behind, an old one may stay.
    if (!settings.progressTags || !isOnly || model.lateReadMs > 2 * MINUTE) continue;
    const tags = tagsOf(world, name).filter((tag) => PROGRESS_TAG.test(tag));
    expect(
      tags.map((tag) => PROGRESS_TAG.exec(tag)?.[1]),
      `progress tags of ${name}`,
    ).toEqual([word]);
  }
}

function isAlike(a: Invitation, b: Invitation): boolean {
  return a.testId === b.testId && a.email.toLowerCase() === b.email.toLowerCase();
}

function tagsOf(world: World, name: string): string[] {
  return world.bridge.simulator.lever.opportunities.sight(world.idOf(name), 0).opportunity.tags;
}
