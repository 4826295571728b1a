/** Who gets which challenge: the rules, and candidates who are in their stages already. */
import type { ExistingPeople } from '../../setup/rules/activate-rules.js';
import { count } from '../../domain/format.js';
import type { StageId } from '../../domain/ids.js';
import type { RuleSpec } from '../../domain/rule-spec.js';
import { isHoldTag } from '../../domain/reasons.js';
import { isProgressTag } from '../../domain/progress.js';
import { ANY_TAG, DEFAULT_REUSE_DAYS, hasTag, isSameTag, normalizeTag } from '../../domain/rule.js';
import { MAX_TAG_LENGTH } from '../../domain/vendor-text.js';
import { askOne, askSearch, askText, askYes, type Choice } from './ask.js';
import { good, heading, warn, type Vendors, type WizardContext } from './wizard-context.js';

export interface RuleAnswers {
  rules: RuleSpec[];
  existing: ExistingPeople;
}

/** `drafts` were answered in an earlier setup session that ended before it stored them. */
export async function askRules(
  context: WizardContext,
  vendors: Vendors,
  drafts: readonly RuleSpec[] = [],
): Promise<RuleAnswers> {
  heading(context, 'Who gets which challenge');
  for (const draft of drafts) sayRule(context, vendors, draft, ', as you answered before');
  const kept: Kept =
    drafts.length > 0 ? { rules: [...drafts], isWhole: false } : await askKept(context, vendors);
  const { rules } = kept;
  while (rules.length === 0 || (!kept.isWhole && (await askYes('Another rule?', false)))) {
    const rule = await askRule(context, vendors);
    if (!rule) continue;
    rules.push(rule);
    await context.session.keepDraftRules(rules);
  }
  const { app } = context;
  const isNew = ({ stage, tag }: RuleSpec): boolean =>
    app.integration.state() === 'revoked' || !app.rules.findByIdentity(stage as StageId, tag);
  const people = new Map<string, number>();
  for (const { stage } of rules.filter(isNew)) {
    people.set(stage, await context.lookups.countPeople(stage));
  }
  const all = [...people.values()].reduce((sum, n) => sum + n, 0);
  return { rules, existing: all === 0 ? 'leave' : await askExisting(all) };
}

interface Kept {
  rules: RuleSpec[];
  /** No more are asked for. */
  isWhole: boolean;
}

/** The stored rules, which `revoke` keeps too, as far as the vendors still have what they name. */
async function askKept(context: WizardContext, vendors: Vendors): Promise<Kept> {
  const { lever, codesubmit } = vendors;
  const rules: RuleSpec[] = [];
  for (const rule of context.app.rules.listActive()) {
    const { stageId, challengeId, tag } = rule;
    const isThere =
      lever.stages.some(({ id }) => id === stageId) &&
      codesubmit.challenges.some(({ id }) => id === challengeId);
    const { dueDays, timeLimitMinutes, delayMinutes, reuseDays } = rule;
    const options = { dueDays, timeLimitMinutes, delayMinutes, reuseDays };
    const spec = { stage: stageId, tag, challenge: challengeId, ...options };
    if (isThere) {
      sayRule(context, vendors, spec, '');
      rules.push(spec);
    } else {
      const words = `${rule.stageName} + ${tag} → ${rule.challengeName}`;
      warn(context, `${words} is left out: its stage or challenge is gone.`);
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
    const words = ruleInWords(vendors, rule);
    if (await askYes(`Keep ${words}?`, true)) left.push(rule);
  }
  return { rules: left, isWhole: false };
}

function askExisting(people: number): Promise<ExistingPeople> {
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

async function askRule(context: WizardContext, vendors: Vendors): Promise<RuleSpec | undefined> {
  const stages = vendors.lever.stages.map(({ id, text }) => ({ name: text, value: { id, text } }));
  const stage = await askSearch('Which stage starts the challenge?', stages);
  const challenges = vendors.codesubmit.challenges.map((one) => ({ name: one.name, value: one }));
  const challenge = await askSearch('Which challenge?', challenges);
  const tag = await askTag(context, vendors, challenge.name);
  if (tag === ANY_TAG && !(await isSureOfEverybody(context, stage))) return undefined;
  const days = await askText('Due in how many days? (empty for no date)', {
    check: (text) => text === '' || /^[1-9]\d{0,3}$/.test(text) || 'Enter a whole number of days.',
  });
  const rule = {
    stage: stage.id,
    tag,
    challenge: challenge.id,
    dueDays: days === '' ? null : Number(days),
    timeLimitMinutes: null,
    delayMinutes: 0,
    reuseDays: DEFAULT_REUSE_DAYS,
  };
  sayRule(context, vendors, rule, '');
  return rule;
}

function sayRule(context: WizardContext, vendors: Vendors, rule: RuleSpec, since: string): void {
  good(context, `${ruleInWords(vendors, rule)}${since}`);
}

function ruleInWords({ lever, codesubmit }: Vendors, { stage, tag, challenge }: RuleSpec): string {
  const stageName = lever.stages.find(({ id }) => id === stage)?.text ?? stage;
  const challengeName = codesubmit.challenges.find(({ id }) => id === challenge)?.name ?? challenge;
  return `${stageName} + ${tag} → ${challengeName}`;
}

function suggestTag(challenge: string): string {
  const slug = challenge
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return `codesubmit:${slug}`;
}

async function askTag(
  context: WizardContext,
  vendors: Vendors,
  challenge: string,
): Promise<string> {
  const isTagged = await askOne('Who in that stage gets it?', [
    {
      name: 'Candidates with a tag',
      value: true,
      description: 'recommended: all jobs share these stages',
    },
    { name: 'Everyone without a challenge tag', value: false },
  ]);
  if (!isTagged) return ANY_TAG;
  const known = listChallengeTags(vendors.lever.tags ?? [], suggestTag(challenge));
  const tag = await askSearch('Which tag in Lever?', known, (text) =>
    isTag(text) && !hasTag(vendors.lever.tags ?? [], text) ? newTag(text) : undefined,
  );
  context.io.out('Candidates inherit the tags of their posting. The tag is:');
  context.io.out(`  ${tag}`);
  await waitForTag(context, vendors.lever.tags, tag);
  return tag;
}

function isTag(text: string): boolean {
  return text !== ANY_TAG && text.length <= MAX_TAG_LENGTH && !isHoldTag(text);
}

function newTag(tag: string): Choice<string> {
  return { name: `${tag} (new)`, value: tag };
}

/** Likely tags that Lever has, the likeliest first; then a new one; then Lever's other tags. */
function listChallengeTags(tags: readonly string[], suggested: string): Choice<string>[] {
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
async function waitForTag(
  context: WizardContext,
  known: readonly string[] | null,
  tag: string,
): Promise<void> {
  let tags = known;
  while (tags !== null && !hasTag(tags, tag)) {
    warn(context, 'Lever doesn’t have this tag yet. Add it once to any candidate or posting.');
    const looksAgain = await askOne('Is it there now?', [
      { name: 'Check again', value: true },
      { name: 'Continue; I’ll add it later', value: false },
    ]);
    if (!looksAgain) return;
    tags = await context.lookups.readTags();
  }
  if (tags !== null) good(context, 'The tag is in Lever.');
}

async function isSureOfEverybody(
  context: WizardContext,
  stage: { id: string; text: string },
): Promise<boolean> {
  const { people, postings } = await context.lookups.countRecent(stage.id);
  warn(context, `All jobs share “${stage.text}”.`);
  warn(
    context,
    `Moved there in the last 30 days, and still there: ${count(people, 'person', 'people')} of ${count(postings, 'posting')}.`,
  );
  return askYes('Send it to everyone moved there without a challenge tag?', false);
}
