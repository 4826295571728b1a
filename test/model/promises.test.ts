/**
 * Whatever happens in whatever order, the real program keeps what a small model of the promises says. A failure is
 * shrunk, and printed with the seed and path that draw it again: `MODEL_SEED=… MODEL_PATH=…` (and `MODEL_REPLAY=…`).
 * The short form draws the same histories each time, so that a failure is the change's; the long one draws anew.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isFull } from '../support/full-faults.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { BridgeUnderTest } from '../support/bridge-under-test.js';
import { World } from './checks.js';
import { happenings, reckoning } from './commands.js';
import { forms, takeForm, waysOf, type Form } from './forms.js';
import { PromisesModel } from './promises-model.js';
import type { Candidate } from './records.js';
import { PACE_MS, type Happening } from './step.js';
import {
  BACKEND_TAG,
  CHALLENGES,
  ELSEWHERE,
  FRONTEND_TAG,
  RULES,
  TAKE_HOME,
  writeRule,
} from './rules-model.js';

const RUNS = Number(process.env.MODEL_RUNS ?? (isFull ? 600 : 8));
const LONGEST = isFull ? 60 : 40;
const LIMIT_MS = isFull ? 3_600_000 : Math.max(240_000, RUNS * 5_000);
/** What a history begins with. */
interface Drawn {
  brake: string;
  form: Form;
  /** Which reads show when a candidate came to their stage: all, or those of one candidate alone. */
  dated: 'everywhere' | 'not-in-lists';
  /** Whether a second data directory is on the same accounts. */
  hasOther: boolean;
}

const MODELS = new Set(['./rules-model.js', './records.js']);

const folder = temporaryFolder();
const { MODEL_PATH: path, MODEL_REPLAY: replayPath } = process.env;
const seed = process.env.MODEL_SEED ?? (isFull ? undefined : '1');

interface Beginning {
  name: string;
  /** Whose other opportunity it is. */
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

/** People in Lever, challenges at CodeSubmit, and the rules that were active from then on. */
async function begin(
  bridge: BridgeUnderTest,
  { brake, form, dated, hasOther }: Drawn,
): Promise<{ model: PromisesModel; world: World }> {
  const { lever, codesubmit } = bridge.simulator;
  lever.switches.stageChanges = dated;
  for (const name of CHALLENGES) codesubmit.addTest({ name });
  const posting = lever.postings.add({ text: 'Engineer', tags: [BACKEND_TAG] });
  const model = new PromisesModel(bridge.clock.now(), brake !== 'off', waysOf(form), hasOther);
  model.postingTags.set('engineer', posting.tags);
  const ids = new Map<string, string>();
  const contacts = new Map<string, string>();
  for (const person of PEOPLE) {
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
  // They were there before, and Lever tells its time to the second.
  bridge.clock.advance(PACE_MS);
  model.now = bridge.clock.now();
  for (const rule of RULES) model.addRule(rule, 'leave');
  const world = new World(bridge, ids, posting.id, form.manner);
  takeForm(model, world, {});
  const { unreadableList } = form;
  const directories = [bridge];
  if (hasOther) {
    const { key } = codesubmit.addKey();
    const beside = bridge.beside(mkdtempSync(join(folder, 'other-')), key);
    world.other = { bridge: beside, key };
    directories.push(beside);
  }
  for (const one of directories) await one.setUp(RULES.map(writeRule), brake, { unreadableList });
  await world.other?.bridge.rest();
  takeForm(model, world, form.shape);
  return { model, world };
}

function candidateOf(person: Beginning, visitAt: number): Candidate {
  const { name, sameAs = name, stage = ELSEWHERE, isForPosting = false, tags = [] } = person;
  const nothing = { ownTags: tags, removedTags: [], isArchived: false };
  return {
    name,
    contact: sameAs,
    posting: isForPosting ? 'engineer' : null,
    facts: { stage, visitAt, ...nothing },
  };
}

it.each(['promises-model.ts', 'rules-model.ts', 'records.ts'])(
  '%s knows nothing of the program',
  (file) => {
    const source = readFileSync(new URL(file, import.meta.url), 'utf8');
    const imported = [...source.matchAll(/\b(?:from|import|require)\b *\(?'([^']*)'/g)];
    const others = imported.map(([, path]) => path).filter((path) => !MODELS.has(path ?? ''));
    expect(others).toEqual([]);
  },
);

it(
  'nobody gets a challenge twice, unwarranted or never',
  { timeout: LIMIT_MS + 60_000 },
  async () => {
    const replay = replayPath === undefined ? {} : { replayPath };
    const histories = fc.commands(happenings, { maxCommands: LONGEST, size: 'max', ...replay });
    let last = Promise.resolve();
    const property = fc.asyncProperty(
      histories,
      fc.record<Drawn>({
        brake: fc.constantFrom('off', 'off', '2/10'),
        form: forms,
        dated: fc.constantFrom('everywhere', 'everywhere', 'not-in-lists'),
        hasOther: fc.constantFrom(false, false, true),
      }),
      (history, drawn) => (last = run([...history, reckoning], drawn)),
    );
    try {
      await fc.assert(property, {
        numRuns: RUNS,
        interruptAfterTimeLimit: LIMIT_MS,
        ...(seed === undefined ? {} : { seed: Number(seed) }),
        ...(path === undefined ? {} : { path }),
      });
    } finally {
      // One that is interrupted goes on until its end.
      await last.catch(() => undefined);
    }
  },
);

async function run(history: readonly Happening[], drawn: Drawn): Promise<void> {
  const bridge = await BridgeUnderTest.start(mkdtempSync(join(folder, 'run-')));
  try {
    const { model, world } = await begin(bridge, drawn);
    await fc.asyncModelRun(() => ({ model, real: world }), history);
  } finally {
    await bridge.close();
  }
}
