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
import { oddities, waysOf } from './at-codesubmit.js';
import { World } from './checks.js';
import { happenings, reckoning } from './commands.js';
import { PromisesModel } from './promises-model.js';
import type { Candidate } from './records.js';
import { PACE_MS } from './step.js';
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
/** As CodeSubmit is by the simulator's first choice, or odd. */
const ways = fc.oneof(fc.constant({}), oddities);
const BRAKES = ['off', 'off', '2/10'];
/** Which reads show when a candidate came to their stage: all, or those of one candidate alone. */
const DATED = ['everywhere', 'everywhere', 'not-in-lists'] as const;

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
  brake: string,
  odd: Parameters<typeof waysOf>[0],
  dated: (typeof DATED)[number],
): Promise<{ model: PromisesModel; world: World }> {
  const bridge = await BridgeUnderTest.start(mkdtempSync(join(folder, 'run-')));
  const { lever, codesubmit } = bridge.simulator;
  Object.assign(codesubmit.switches, odd);
  lever.switches.stageChanges = dated;
  for (const name of CHALLENGES) codesubmit.addTest({ name });
  const posting = lever.postings.add({ text: 'Engineer', tags: [BACKEND_TAG] });
  const model = new PromisesModel(bridge.clock.now(), brake !== 'off', waysOf(odd));
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
  await bridge.setUp(RULES.map(writeRule), brake);
  return { model, world: new World(bridge, ids, posting.id) };
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
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.constantFrom(...BRAKES),
        ways,
        fc.constantFrom(...DATED),
        async (history, brake, odd, dated) => {
          const { model, world } = await begin(brake, odd, dated);
          try {
            await fc.asyncModelRun(() => ({ model, real: world }), [...history, reckoning]);
          } finally {
            await world.bridge.close();
          }
        },
      ),
      {
        numRuns: RUNS,
        interruptAfterTimeLimit: LIMIT_MS,
        ...(seed === undefined ? {} : { seed: Number(seed) }),
        ...(path === undefined ? {} : { path }),
      },
    );
  },
);
