/** Who gets which challenge: the rules. */
import { isDeepStrictEqual } from 'node:util';
import { catalogOf, listChallengeTags, slugOf } from '../../domain/decide/challenge-tags.js';
import {
  ANY_TAG,
  DEFAULT_REUSE_DAYS,
  EVERY_CHALLENGE,
  EVERY_IN_WORDS,
  namesOf,
  type Named,
  type Rule,
} from '../../domain/rule.js';
import { hasTag, isSameTag, normalizeTag } from '../../domain/vendor-text.js';
import { findTagFault, type RuleSpec } from '../../domain/rule-spec.js';
import { findNearTag } from '../../admin/setup/answers.js';
import { changedMeanwhile } from '../../admin/setup/set-up.js';
import {
  askOne,
  askRows,
  askSearch,
  askYes,
  choice,
  WentBack,
  type Choice,
  type Row,
} from '../terminal/ask.js';
import { printTags } from '../terminal/layout.js';
import type { Session } from './session.js';
import { loadDraftRules, saveDraftRules } from '../../store/settings/settings.js';

/**
 * Asks for rules, then calls `activate` with them. The answers of an earlier session that ended before it activated
 * them may be kept, or else the stored rules. Without either, one rule for every challenge is offered first, then
 * single rules.
 */
export function ruleRows(
  session: Session,
  activate: (rules: readonly RuleSpec[]) => Promise<void>,
): Row[] {
  const { app } = session;
  const drafts = loadDraftRules(app.database);
  const listStored = (): RuleSpec[] => app.rules.listActive().map(specOf);
  const listBefore = (): RuleSpec[] => (drafts.length > 0 ? drafts : listStored());
  let stored = listStored();
  let kept: Awaited<ReturnType<typeof askKept>> = { rules: [], isComplete: false };
  let everyRule: RuleSpec | undefined;
  const added: RuleSpec[] = [];
  const rules = (): RuleSpec[] => (everyRule ? [everyRule] : [...kept.rules, ...added]);
  return [
    {
      when: () => listBefore().length > 0,
      ask: async () => {
        stored = listStored();
        // Esc may come back here after the rule for every challenge was chosen.
        everyRule = undefined;
        kept = await askKept(session, listBefore());
      },
    },
    {
      when: () => kept.rules.length === 0,
      ask: async () => (everyRule = await askEvery(session)),
    },
    {
      when: () => everyRule === undefined && !kept.isComplete,
      ask: () => askMore(session, added, rules),
    },
    {
      isSkippedByEsc: true,
      ask: async () => {
        // The answers are the whole set: they would remove a rule that was added since these were shown.
        if (!isDeepStrictEqual(listStored(), stored)) throw changedMeanwhile('The rules');
        await activate(rules());
        stored = listStored();
      },
    },
  ];
}

/**
 * Asks for single rules until no more are wanted, and puts them into `added`. Esc at the first question takes back the
 * rule added last, or throws `WentBack` if there is none. `rules` returns all so far, those of `added` too.
 */
async function askMore(
  session: Session,
  added: RuleSpec[],
  rules: () => RuleSpec[],
): Promise<void> {
  const { app } = session;
  // The cast keeps the compiler from taking it for always false.
  let isDone = false as boolean;
  const rows: Row[] = [
    {
      when: () => rules().length > 0,
      ask: async () => (isDone = !(await askYes('Another rule?', 'no'))),
    },
    {
      when: () => !isDone,
      ask: async () => {
        const rule = await askRule(session);
        const isSame = (one: RuleSpec): boolean =>
          one.stage === rule.stage && isSameTag(one.tag, rule.tag);
        if (!rules().some(isSame)) added.push(rule);
        else session.io.warn('It’s left out: another rule has this stage and tag.');
      },
    },
  ];
  do {
    try {
      await askRows(rows);
    } catch (error) {
      if (!(error instanceof WentBack) || added.pop() === undefined) throw error;
    }
    // Kept for the next session, should this one stop before the activation. In use, another command may change the
    // rules before that session comes.
    if (app.integration.isInUse()) continue;
    await app.database.write((tx) => saveDraftRules(tx, rules()));
  } while (!isDone);
}

/** What the vendors have that a rule can name. `tags`: null if the key or login may not list them. */
function vendorsOf({ lever, codesubmit }: Session) {
  if (!lever || !codesubmit) throw new Error('rules can’t be asked before the vendors');
  return { stages: lever.stages, tags: lever.tags, challenges: codesubmit.challenges };
}

const EVERY_TAG = 'codesubmit:*';

/** Asks for the stage of one rule for every challenge. Undefined if challenges are to be chosen one by one. */
async function askEvery(session: Session): Promise<RuleSpec | undefined> {
  const { io } = session;
  const { stages, challenges } = vendorsOf(session);
  const tags = listChallengeTags({ tag: EVERY_TAG }, catalogOf(challenges));
  const [first] = tags;
  const example = first
    ? `: a candidate tagged ${first.tag} gets “${first.challenge.name}”, and so on`
    : '';
  io.out(`Every challenge, by its tag${example}.`);
  const stage = await askSearch('Which stage starts the challenge?', [
    ...choicesOf(stages),
    choice('Choose challenges one by one', null),
  ]);
  if (stage === null) return undefined;
  const rule = ruleSpec(stage.id, EVERY_TAG, EVERY_CHALLENGE);
  io.good(ruleInWords(session, rule));
  io.out('The tags to copy, for candidates or their postings (again: codesubmit-lever rules):');
  printTags(io, tags);
  return rule;
}

/** A stored rule as it is given to `setup`. */
function specOf({ stageId, challengeId, tag, ...options }: Rule): RuleSpec {
  const { dueDays, timeLimitMinutes, delayMinutes, reuseDays } = options;
  const numbers = { dueDays, timeLimitMinutes, delayMinutes, reuseDays };
  return { stage: stageId, challenge: challengeId, tag, ...numbers };
}

/**
 * Shows the rules from before, which `revoke` keeps too, and asks which to keep. Returns those; one whose stage or
 * challenge the vendors don't have any more is left out. `isComplete`: all are kept as they are, so no more are asked
 * for.
 */
async function askKept(session: Session, before: readonly RuleSpec[]) {
  const { io } = session;
  const { stages, challenges } = vendorsOf(session);
  const ids = new Set<string>([EVERY_CHALLENGE, ...[...stages, ...challenges].map(({ id }) => id)]);
  const isThere = (rule: RuleSpec): boolean => ids.has(rule.stage) && ids.has(rule.challenge);
  for (const rule of before) {
    const words = ruleInWords(session, rule);
    if (isThere(rule)) io.good(words);
    else io.warn(`${words} is left out: its stage or challenge is gone.`);
  }
  const rules = before.filter(isThere);
  if (rules.length === 0) return { rules, isComplete: false };
  let what = 'keep' as 'keep' | 'change' | 'start_over';
  const isWanted = new Map<RuleSpec, boolean>();
  await askRows([
    async () =>
      (what = await askOne<typeof what>('These rules are kept from before.', [
        choice('Keep them', 'keep'),
        choice('Change them', 'change', 'leave some out, add others'),
        choice('Start over', 'start_over'),
      ])),
    ...rules.map((rule) => ({
      when: () => what === 'change',
      ask: async () =>
        isWanted.set(rule, await askYes(`Keep ${ruleInWords(session, rule)}?`, 'yes')),
    })),
  ]);
  if (what === 'keep') return { rules, isComplete: true };
  // After Esc, answers about single rules may be there although the last choice was to start over.
  const kept = rules.filter((rule) => what === 'change' && isWanted.get(rule) === true);
  return { rules: kept, isComplete: false };
}

/** `Take-home + codesubmit:backend → Backend API`, with an id for a name that nobody knows. */
function ruleInWords(session: Session, { stage, tag, challenge }: RuleSpec): string {
  const { stages, challenges } = vendorsOf(session);
  // What the vendors don't have any more is called as it was.
  const stored = session.app.rules.listActive().map(namesOf);
  const named: Named[] = [...stages, ...challenges, { id: EVERY_CHALLENGE, name: EVERY_IN_WORDS }];
  const known = named.concat(stored.flatMap((rule) => [rule.stage, rule.challenge]));
  const nameOf = (wanted: string): string => known.find(({ id }) => id === wanted)?.name ?? wanted;
  return `${nameOf(stage)} + ${tag} → ${nameOf(challenge)}`;
}

/** A choice of each by name; where several have one name, with the id. */
function choicesOf<T extends Named>(all: readonly T[]): Choice<T>[] {
  const isShared = (one: Named): boolean =>
    all.some((other) => other !== one && other.name === one.name);
  return all.map((one) => choice(isShared(one) ? `${one.name} (${one.id})` : one.name, one));
}

/** Asks for one rule: its stage, its challenge, and the tag of those who get it, or that it is for everyone else. */
async function askRule(session: Session): Promise<RuleSpec> {
  const { io } = session;
  const { stages, tags, challenges } = vendorsOf(session);
  const sendable = challenges.filter(({ isArchived }) => !isArchived);
  let stage = { id: '', name: '' };
  let challenge = { id: '', name: '' };
  let tag = ANY_TAG;
  await askRows([
    async () => (stage = await askSearch('Which stage starts the challenge?', choicesOf(stages))),
    async () => (challenge = await askSearch('Which challenge?', choicesOf(sendable))),
    async () => {
      const isTagged = await askOne('Who in that stage gets it?', [
        choice('Candidates with a tag', true, 'recommended: all jobs share these stages'),
        choice('Everyone without a challenge tag', false),
      ]);
      // Empty until the last question asks which.
      tag = isTagged ? '' : ANY_TAG;
    },
    {
      when: () => tag === ANY_TAG,
      ask: async () => {
        io.warn(`All jobs share “${stage.name}”.`);
        const question = 'Send it to everyone moved there without a challenge tag?';
        // After a no, the question before comes again: who gets it.
        if (!(await askYes(question, 'no'))) throw new WentBack();
      },
    },
    {
      when: () => tag !== ANY_TAG,
      ask: async () => {
        tag = await askTag(tags ?? [], challenge.name);
        io.out('Candidates inherit the tags of their posting. The tag is:');
        io.out(`  ${tag}`);
        // If an account locks the creation of tags, recruiters can only pick tags in use. Null: they can't be listed.
        if (tags !== null && !hasTag(tags, tag))
          io.warn('Lever doesn’t have this tag yet. Add it once to any candidate or posting.');
      },
    },
  ]);
  const rule = ruleSpec(stage.id, tag, challenge.id);
  io.good(ruleInWords(session, rule));
  return rule;
}

/** A rule with default options. The session doesn't ask for them; `rules add` takes them. */
function ruleSpec(stage: string, tag: string, challenge: string): RuleSpec {
  const options = { dueDays: null, timeLimitMinutes: null, reuseDays: DEFAULT_REUSE_DAYS };
  return { stage, tag, challenge, delayMinutes: 0, ...options };
}

/**
 * Asks for the tag of a rule: one of Lever's tags (`known`), or a new one. A new tag that is close to one of those may
 * be a typo, so it's asked about.
 */
async function askTag(known: readonly string[], challenge: string): Promise<string> {
  let tag = '';
  let near: string | undefined;
  const newTag = (text: string): Choice<string> => choice(`${text} (new)`, text);
  const suggested = `codesubmit:${slugOf(challenge)}`;
  const listed = proposeTags(known, suggested).map((one) => choice(one, one));
  const choices = hasTag(known, suggested) ? listed : [newTag(suggested), ...listed];
  await askRows([
    async () => {
      tag = await askSearch('Which tag in Lever?', choices, undefined, (text) => {
        const fault = findFault(text);
        // Shown while it is typed.
        if (fault !== undefined) throw new Error(fault);
        return hasTag(known, text) ? undefined : newTag(text);
      });
      near = hasTag(known, tag) ? undefined : findNearTag(known, tag);
    },
    {
      when: () => near !== undefined,
      ask: async () => {
        const meant = near ?? tag;
        const isNew = choice(`No, ${tag} is a new tag`, tag);
        tag = await askOne(`Did you mean ${meant}?`, [choice(`Yes, ${meant}`, meant), isNew]);
      },
    },
  ]);
  return tag;
}

/** Why a rule for one challenge can't have this tag; undefined if it can. */
function findFault(tag: string): string | undefined {
  // `*` stands for no tag at all, and `PREFIX:*` for those of all challenges.
  const fault = tag.endsWith('*') ? 'no tag of one challenge ends in *' : findTagFault(tag);
  return fault && `Type another: ${fault}`;
}

/** Lever's tags that a rule can have: the suggested one first, then those with our prefix. */
function proposeTags(tags: readonly string[], suggested: string): string[] {
  const rank = (tag: string): number => {
    if (isSameTag(tag, suggested)) return 0;
    return normalizeTag(tag).startsWith('codesubmit:') ? 1 : 2;
  };
  return tags
    .filter((tag) => findFault(tag) === undefined)
    .toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}
