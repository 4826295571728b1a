/** The start of a history: candidates in Lever, challenges at CodeSubmit, and the rules. */
import fc from 'fast-check';
import type { SimulatedBridge } from '../simulation/simulated-bridge.js';
import type { Settings } from '../../src/store/settings/settings.js';
import { endChallenge } from './edits.js';
import { forms, takeForm, waysOf, type Form } from './forms.js';
import { PromisesModel } from './promises-model.js';
import type { Candidate } from './records.js';
import { BEFORE_RULES_MS } from './step.js';
import { World } from './world.js';
import {
  BACKEND_TAG,
  CHALLENGES,
  ELSEWHERE,
  FRONTEND_TAG,
  NEW_CHALLENGE,
  RULES,
  TAKE_HOME,
  writeRule,
} from './rules-model.js';

export interface Drawn {
  brake: string;
  form: Form;
  /** True if a second data directory uses the same accounts. */
  hasOther: boolean;
}

export const beginnings = fc.record<Drawn>({
  brake: fc.constantFrom('off', 'off', '1/10', '2/10'),
  form: forms,
  hasOther: fc.constantFrom(false, false, true),
});

export interface Beginning {
  name: string;
  /** The candidate of the other opportunity. */
  sameAs?: string;
  email: string;
  stage?: string;
  isForPosting?: boolean;
  tags?: string[];
}

const PEOPLE: Beginning[] = [
  { name: 'ada', email: 'ada@example.com', isForPosting: true },
  { name: 'ada again', sameAs: 'ada', email: 'ada@example.com', tags: [BACKEND_TAG] },
  { name: 'ada’s namesake', email: 'Ada@Example.com', tags: [BACKEND_TAG] },
  { name: 'bo', email: 'bo@example.com', stage: TAKE_HOME, tags: [FRONTEND_TAG] },
  { name: 'cy', email: 'cy@example.com', isForPosting: true },
];

/** Candidates in Lever, challenges at CodeSubmit, and the rules active from then on. */
export async function begin(
  bridge: SimulatedBridge,
  { brake, form, hasOther }: Drawn,
  settings: Partial<Settings> = {},
  others: readonly Beginning[] = [],
): Promise<{ model: PromisesModel; world: World }> {
  const { lever, codesubmit } = bridge.simulator;
  for (const name of [...CHALLENGES, NEW_CHALLENGE]) codesubmit.addTest({ name });
  const posting = lever.postings.add({ text: 'Engineer', tags: [BACKEND_TAG] });
  const model = new PromisesModel(bridge.clock.now(), brake !== 'off', waysOf(form), hasOther);
  model.postingTags.set('engineer', posting.tags);
  const ids = new Map<string, string>();
  const contacts = new Map<string, string>();
  for (const person of [...PEOPLE, ...others]) {
    const { name, sameAs = name, email, stage = ELSEWHERE, isForPosting = false, tags } = person;
    const made = lever.actions.create({
      name,
      emails: [email],
      tags,
      stageId: stage,
      contactId: contacts.get(sameAs),
      postingId: isForPosting ? posting.id : null,
    });
    ids.set(name, made.id);
    contacts.set(name, made.contactId);
    model.setEmail(sameAs, email);
    model.candidates.set(name, candidateOf(person, made.createdAt));
  }
  // They were there before.
  bridge.clock.advance(BEFORE_RULES_MS);
  model.now = bridge.clock.now();
  for (const rule of RULES) model.addRule(rule, 'leave');
  const world = new World(bridge, model, ids, posting.id, form.manner);
  endChallenge(model, world, NEW_CHALLENGE);
  const { unreadableList } = form;
  const directories: SimulatedBridge[] = [bridge];
  if (hasOther) {
    const { key } = codesubmit.addKey();
    const beside = bridge.beside(key);
    world.other = { bridge: beside, key };
    directories.push(beside);
  }
  for (const one of directories)
    await one.setUp(RULES.map(writeRule), brake, { unreadableList, ...settings });
  await world.other?.bridge.rest();
  takeForm(model, world, form.shape);
  return { model, world };
}

function candidateOf(beginning: Beginning, visitAt: number): Candidate {
  const { name, sameAs = name, stage = ELSEWHERE, isForPosting = false, tags = [] } = beginning;
  const person = { isArchived: false, goneAt: null, mayContact: true, hasName: true };
  const nothing = { ownTags: tags, removedTags: [], ...person };
  return {
    name,
    contact: sameAs,
    posting: isForPosting ? 'engineer' : null,
    facts: { stage, visitAt, ...nothing },
  };
}
