/** Who gets which challenge: the rules, and candidates who are in their stages already. */
import { count } from '../../domain/format.js';
import type { StageId } from '../../domain/ids.js';
import { isProgressTag } from '../../domain/invitation.js';
import { isHoldTag } from '../../domain/reasons.js';
import {
  catalogOf,
  explainNameless,
  listChallengeTags,
  slugOf,
} from '../../domain/decide/challenge-tags.js';
import {
  ANY_TAG,
  challengeInWords,
  DEFAULT_REUSE_DAYS,
  EVERY_CHALLENGE,
  EVERY_IN_WORDS,
  hasTag,
  isSameTag,
  normalizeTag,
} from '../../domain/rule.js';
import type { RuleSpec } from '../../domain/rule-spec.js';
import { MAX_TAG_LENGTH } from '../../domain/vendor-text.js';
import {
  countPeople,
  countRecent,
  findNearTag,
  type CodeSubmitLook,
  type LeverLook,
} from '../../admin/setup/look-ups.js';
import type { ExistingPeople } from '../../admin/setup/rules/activate-rules.js';
import { askOne, askRows, askSearch, askYes, WentBack, type Choice } from '../terminal/ask.js';
import { cellsOf, padToCells } from '../terminal/cells.js';
import { good, warn, type Session } from './session.js';

export interface RuleAnswers {
  rules: RuleSpec[];
  existing: ExistingPeople;
}

interface Vendors {
  lever: LeverLook;
  codesubmit: CodeSubmitLook;
}

/** Rules answered in an earlier session, which ended before it activated them, come first. */
export async function askRules(session: Session): Promise<RuleAnswers> {
  const { app, lever, codesubmit } = session;
  if (!lever || !codesubmit) throw new Error('rules can’t be asked before the vendors');
  const vendors = { lever, codesubmit };
  const drafts = app.settings.loadDraftRules();
  for (const draft of drafts)
    good(session, `${ruleInWords(vendors, draft)}, as you answered before`);
  const stored =
    drafts.length > 0 ? { rules: drafts, isWhole: false } : await askKept(session, vendors);
  const kept = stored.rules.length > 0 ? stored : await askEvery(session, vendors);
  const rules = [...kept.rules];
  const before = rules.length;
  while (rules.length === 0 || !kept.isWhole) {
    try {
      if (rules.length > 0 && !(await askYes('Another rule?', false))) break;
      const rule = await askRule(session, vendors);
      if (rule) rules.push(rule);
    } catch (error) {
      // Back to the rule before, if it is of this session.
      if (!(error instanceof WentBack) || rules.length === before) throw error;
      rules.pop();
    }
    await app.database.write((tx) => {
      app.settings.saveDraftRules(tx, rules);
    });
  }
  return { rules, existing: await askExisting(session, rules) };
}

const EVERY = { id: EVERY_CHALLENGE, name: EVERY_IN_WORDS, isArchived: false };
const EVERY_TAG = 'codesubmit:*';

const MOST_NAMELESS = 3;

/** One rule for every challenge; none if they are to be chosen one by one. */
async function askEvery(session: Session, vendors: Vendors): Promise<Kept> {
  const { io } = session;
  const catalog = catalogOf(vendors.codesubmit.challenges);
  const tags = listChallengeTags({ tag: EVERY_TAG }, catalog);
  const [first] = tags;
  const example = first
    ? `: a candidate tagged ${first.tag} gets “${first.challenge.name}”, and so on`
    : '';
  io.out(`Every challenge, by its tag${example}.`);
  const stages = vendors.lever.stages.map(({ id, text }) => ({ name: text, value: id }));
  const stage = await askSearch('Which stage starts the challenge?', [
    ...stages,
    { name: 'Choose stages, challenges and tags one by one', value: '' },
  ]);
  if (stage === '') return { rules: [], isWhole: false };
  const rule = ruleSpec(stage, EVERY_TAG, EVERY_CHALLENGE);
  good(session, ruleInWords(vendors, rule));
  io.out('The tags to copy, for candidates or their postings (again: codesubmit-lever rules):');
  const width = Math.max(0, ...tags.map(({ tag }) => cellsOf(tag)));
  for (const { tag, challenge } of tags)
    io.out(`  ${padToCells(tag, width)}  ${io.paint.dim(challenge.name)}`);
  const known = vendors.lever.tags ?? [];
  for (const why of explainNameless(known, { tag: EVERY_TAG }, catalog, MOST_NAMELESS))
    warn(session, `Lever has a tag that stands for no challenge: ${why}.`);
  return { rules: [rule], isWhole: true };
}

interface Kept {
  rules: RuleSpec[];
  /** No more are asked for. */
  isWhole: boolean;
}

/** The stored rules, which `revoke` keeps too, as far as the vendors still have what they name. */
async function askKept(session: Session, vendors: Vendors): Promise<Kept> {
  const { lever, codesubmit } = vendors;
  const rules: RuleSpec[] = [];
  for (const rule of session.app.rules.listActive()) {
    const { stageId, challengeId, tag } = rule;
    const { dueDays, timeLimitMinutes, delayMinutes, reuseDays } = rule;
    const options = { dueDays, timeLimitMinutes, delayMinutes, reuseDays };
    const spec = { stage: stageId, tag, challenge: challengeId, ...options };
    const challenge = [...codesubmit.challenges, EVERY].find(({ id }) => id === challengeId);
    if (challenge && lever.stages.some(({ id }) => id === stageId)) {
      good(session, ruleInWords(vendors, spec));
      if (challenge.isArchived) warn(session, `“${challenge.name}” is archived at CodeSubmit.`);
      rules.push(spec);
    } else {
      const words = `${rule.stageName} + ${tag} → ${challengeInWords(rule)}`;
      warn(session, `${words} is left out: its stage or challenge is gone.`);
    }
  }
  if (rules.length === 0) return { rules, isWhole: false };
  const what = await askOne<'keep' | 'change' | 'start_over'>('These rules are kept from before.', [
    { name: 'Keep them', value: 'keep' },
    { name: 'Change them', value: 'change', description: 'leave some out, add others' },
    { name: 'Start over', value: 'start_over' },
  ]);
  if (what === 'keep') return { rules, isWhole: true };
  const left: RuleSpec[] = [];
  for (const rule of what === 'change' ? rules : []) {
    if (await askYes(`Keep ${ruleInWords(vendors, rule)}?`, true)) left.push(rule);
  }
  return { rules: left, isWhole: false };
}

function ruleInWords({ lever, codesubmit }: Vendors, { stage, tag, challenge }: RuleSpec): string {
  const stageName = lever.stages.find(({ id }) => id === stage)?.text ?? stage;
  const offered = [...codesubmit.challenges, EVERY].find(({ id }) => id === challenge);
  const challengeName = offered?.name ?? challenge;
  return `${stageName} + ${tag} → ${challengeName}`;
}

async function askExisting({ app }: Session, rules: readonly RuleSpec[]): Promise<ExistingPeople> {
  const isNew = ({ stage, tag }: RuleSpec): boolean =>
    app.integration.state() === 'revoked' || !app.rules.findByIdentity(stage as StageId, tag);
  const stages = new Set(rules.filter(isNew).map(({ stage }) => stage));
  let people = 0;
  for (const stage of stages) people += await countPeople(app, stage);
  if (people === 0) return 'leave';
  const message = `${people} ${people === 1 ? 'candidate is' : 'candidates are'} already in these stages.`;
  return askOne<ExistingPeople>(message, [
    {
      name: 'Leave them as they are',
      value: 'leave',
      description: 'only those moved from now on',
    },
    { name: 'Invite them too', value: 'invite', description: 'those with the right tags' },
  ]);
}

/** Undefined if a rule for everyone was too much. */
async function askRule(session: Session, vendors: Vendors): Promise<RuleSpec | undefined> {
  let stage = { id: '', text: '' };
  let challenge = { id: '', name: '' };
  let tag = ANY_TAG;
  let isSure = true as boolean;
  await askRows([
    {
      ask: async () => {
        const stages = vendors.lever.stages.map((one) => ({ name: one.text, value: one }));
        stage = await askSearch('Which stage starts the challenge?', stages);
      },
    },
    {
      ask: async () => {
        const sendable = vendors.codesubmit.challenges.filter(({ isArchived }) => !isArchived);
        const challenges = sendable.map((one) => ({ name: one.name, value: one }));
        challenge = await askSearch('Which challenge?', challenges);
      },
    },
    {
      ask: async () => {
        const isTagged = await askOne('Who in that stage gets it?', [
          {
            name: 'Candidates with a tag',
            value: true,
            description: 'recommended: all jobs share these stages',
          },
          { name: 'Everyone without a challenge tag', value: false },
        ]);
        tag = isTagged ? '' : ANY_TAG;
      },
    },
    {
      when: () => tag === ANY_TAG,
      ask: async () => {
        isSure = await isSureOfEverybody(session, stage);
      },
    },
    {
      when: () => tag !== ANY_TAG,
      ask: async () => {
        tag = await askTag(vendors.lever.tags ?? [], challenge.name);
        showTag(session, vendors.lever.tags, tag);
      },
    },
  ]);
  if (!isSure) return undefined;
  const rule = ruleSpec(stage.id, tag, challenge.id);
  good(session, ruleInWords(vendors, rule));
  return rule;
}

/** Its options: `rules add`. */
function ruleSpec(stage: string, tag: string, challenge: string): RuleSpec {
  const options = { dueDays: null, timeLimitMinutes: null, delayMinutes: 0 };
  return { stage, tag, challenge, ...options, reuseDays: DEFAULT_REUSE_DAYS };
}

async function askTag(known: readonly string[], challenge: string): Promise<string> {
  const tag = await askSearch(
    'Which tag in Lever?',
    proposeTags(known, `codesubmit:${slugOf(challenge)}`),
    (text) => (isTag(text) && !hasTag(known, text) ? newTag(text) : undefined),
  );
  const near = hasTag(known, tag) ? undefined : findNearTag(known, tag);
  if (near === undefined) return tag;
  return askOne(`Did you mean ${near}?`, [
    { name: `Yes, ${near}`, value: near },
    { name: `No, ${tag} is a new tag`, value: tag },
  ]);
}

function isTag(text: string): boolean {
  return text !== ANY_TAG && text.length <= MAX_TAG_LENGTH && !isHoldTag(text);
}

function newTag(tag: string): Choice<string> {
  return { name: `${tag} (new)`, value: tag };
}

/** Likely tags that Lever has, the likeliest first; then a new one; then Lever's other tags. */
function proposeTags(tags: readonly string[], suggested: string): Choice<string>[] {
  const words = wordsIn(suggested).slice(1);
  const likeness = (tag: string): number =>
    (isSameTag(tag, suggested) ? 100 : 0) +
    (normalizeTag(tag).startsWith('codesubmit:') ? 10 : 0) +
    wordsIn(tag).filter((word) => words.includes(word)).length;
  const known = tags
    .filter((tag) => isTag(tag) && !isProgressTag(tag))
    .map((tag) => ({ name: tag, value: tag, likeness: likeness(tag) }))
    .sort((a, b) => b.likeness - a.likeness || a.name.localeCompare(b.name));
  return [
    ...known.filter((one) => one.likeness > 0),
    ...(hasTag(tags, suggested) ? [] : [newTag(suggested)]),
    ...known.filter((one) => one.likeness === 0),
  ];
}

function wordsIn(tag: string): string[] {
  return normalizeTag(tag).split(/[^\p{L}\p{N}]+/u);
}

/** If an account locks the creation of tags, recruiters can only pick tags in use. */
function showTag(session: Session, known: readonly string[] | null, tag: string): void {
  session.io.out('Candidates inherit the tags of their posting. The tag is:');
  session.io.out(`  ${tag}`);
  if (known !== null && !hasTag(known, tag))
    warn(session, 'Lever doesn’t have this tag yet. Add it once to any candidate or posting.');
}

async function isSureOfEverybody(
  session: Session,
  stage: { id: string; text: string },
): Promise<boolean> {
  const { people, postings } = await countRecent(session.app, stage.id);
  warn(session, `All jobs share “${stage.text}”.`);
  warn(
    session,
    `Moved there in the last 30 days, and still there: ${count(people, 'person', 'people')} of ${count(postings, 'posting')}.`,
  );
  return askYes('Send it to everyone moved there without a challenge tag?', false);
}
