/** Lists, plans, stores and removes rules. A new one applies to candidates who come from then on. */
import { SECOND_MS, timeOfRead } from '../../domain/clock.js';
import { AppError } from '../../domain/errors.js';
import type { Offer, OfferedChallenge } from '../../domain/challenges.js';
import type { LeverReader } from '../../lever/lever-client.js';
import type { LeverStage } from '../../lever/lever-records.js';
import type { OpportunityId, StageId } from '../../domain/ids.js';
import { proposeNames } from '../../domain/nearest.js';
import type { Visit } from '../../domain/opportunity.js';
import { EVERY_CHALLENGE, type Named, type Rule, namesOf } from '../../domain/rule.js';
import { normalizeTag } from '../../domain/vendor-text.js';
import { type RuleSpec, optionsOf, parseRuleSpec } from '../../domain/rule-spec.js';
import type { Bridge } from '../../bridge/bridge.js';
import type { CodeSubmitClient } from '../../codesubmit/codesubmit-client.js';
import { approve, type NewRule } from '../../store/rule-store.js';
import type { Tx } from '../../store/database/database.js';
import {
  isForEvery,
  listChallengeTags,
  listFormerTags,
} from '../../domain/decide/challenge-tags.js';
import type { App } from '../app.js';

/** What a new rule does with candidates who are in its stage already. */
export type ExistingPeople = 'leave' | 'invite';

/**
 * The stage or challenge with this id or name, ignoring case and outer spaces. Throws `not_found` with the nearest
 * names, or for several of one name.
 */
export function getByIdOrName<T extends Named>(
  what: 'stage' | 'challenge',
  wanted: string,
  all: readonly T[],
  hint = 'How to write a rule: codesubmit-lever rules add --help',
): T {
  const byId = all.find(({ id }) => id === wanted);
  if (byId) return byId;
  const folded = (name: string): string => name.trim().toLowerCase();
  const [found, ...others] = all.filter(({ name }) => folded(name) === folded(wanted));
  if (found && others.length === 0) return found;
  const names = all.map(({ name }) => name);
  const why = found
    ? `names ${others.length + 1} of them: ${[found, ...others].map(({ id }) => id).join(', ')}. Give the id.`
    : `doesn’t exist. ${proposeNames(wanted, names)}`;
  throw new AppError('not_found', `The ${what} “${wanted}” ${why}`, hint);
}

/** Throws `conflict` for a challenge that CodeSubmit no longer sends. */
export function requireUnarchived({ name, isArchived }: OfferedChallenge): void {
  if (!isArchived) return;
  throw new AppError(
    'conflict',
    `The challenge “${name}” is archived at CodeSubmit.`,
    'Restore it there, or choose another one.',
  );
}

/**
 * The rules that the specs describe, with stages and challenges as the vendors have them now. A rule in `stored` may
 * keep its archived challenge. Throws `not_found`, `conflict` or `usage`.
 */
function resolveRules(
  specs: readonly RuleSpec[],
  stages: readonly LeverStage[],
  challenges: readonly OfferedChallenge[],
  stored: readonly Rule[],
): NewRule[] {
  const rules = specs.map(
    ({ stage: wantedStage, challenge: wantedChallenge, ...tagAndOptions }) => {
      const stage = getByIdOrName('stage', wantedStage, stages);
      const challenge =
        wantedChallenge === EVERY_CHALLENGE
          ? { id: EVERY_CHALLENGE, name: EVERY_CHALLENGE, isArchived: false }
          : getByIdOrName('challenge', wantedChallenge, challenges);
      const rule = {
        ...tagAndOptions,
        stageId: stage.id,
        stageName: stage.name,
        challengeId: challenge.id,
        challengeName: challenge.name,
      };
      // A rule that has this challenge already may keep it.
      const same = stored.find((old) => stageAndTagOf(old) === stageAndTagOf(rule));
      if (same?.challengeId !== rule.challengeId) requireUnarchived(challenge);
      return rule;
    },
  );
  const identities = rules.map(stageAndTagOf);
  const twin = rules.find((rule, index) => identities.indexOf(stageAndTagOf(rule)) < index);
  if (twin) {
    throw new AppError(
      'usage',
      `Two rules name the stage “${twin.stageName}” and the tag ${twin.tag}.`,
      'Leave one out; see: codesubmit-lever rules --help',
    );
  }
  return rules;
}

/** What makes two rules the same rule; everything else about it may change. */
function stageAndTagOf(rule: { stageId: StageId; tag: string }): string {
  return JSON.stringify([rule.stageId, normalizeTag(rule.tag)]);
}

/** Rules about to be stored. */
export interface PlannedRules {
  rules: readonly NewRule[];
  /** Who is already in the stages of those that are new. */
  people: Awaited<ReturnType<typeof readPeopleInStages>>;
  /** CodeSubmit's challenges, if they were read. */
  offer: Offer | undefined;
  /** Replaces the stored set. */
  isWholeSet: boolean;
  /** After a revoke every rule is activated again: anyone who came while nothing ran counts as already there. */
  isRevival: boolean;
}

/**
 * The rules to store, with everyone who is in the stages of the new ones already. Without `specs`: the stored rules.
 * After a revoke all count as new. Throws as `resolveRules`, and `ApiError`.
 */
export async function planRules(
  bridge: Bridge,
  specs: readonly RuleSpec[] | undefined,
  vendors: { lever: LeverReader; stages: readonly LeverStage[]; codesubmit: CodeSubmitClient },
  { isWholeSet, onProgress }: { isWholeSet: boolean; onProgress: (people: number) => void },
): Promise<PlannedRules> {
  const stored = bridge.rules.listActive();
  const isRevival = bridge.integration.state() === 'revoked';
  const offer = specs && (await vendors.codesubmit.readOffer());
  const rules =
    specs && offer ? resolveRules(specs, vendors.stages, offer.challenges, stored) : stored;
  const isNew = ({ stageId, tag }: NewRule): boolean =>
    isRevival || !bridge.rules.findByIdentity(stageId, tag);
  const people = await readPeopleInStages(bridge, vendors.lever, rules.filter(isNew), onProgress);
  return { rules, people, offer, isWholeSet, isRevival };
}

/**
 * Whether the planned rules are those that are stored, options included. Then no dry run is needed, in which a vendor
 * could fail: running the same setup again asks nothing.
 */
export function changesNothing(
  { rules }: Pick<Bridge, 'rules'>,
  { rules: planned, isWholeSet }: PlannedRules,
): boolean {
  const stored = rules.listActive();
  const isStored = (rule: NewRule): boolean =>
    stored.some((old) =>
      Object.entries(rule).every(([name, value]) => old[name as keyof NewRule] === value),
    );
  return planned.every(isStored) && (!isWholeSet || planned.length === stored.length);
}

/**
 * Everyone in the stages of new rules, by stage. `listedFrom`: Lever's time of the first stage's first page.
 * `onProgress` gets how many were shown so far.
 */
async function readPeopleInStages(
  { clock }: Bridge,
  lever: LeverReader,
  rules: readonly NewRule[],
  onProgress: (people: number) => void,
) {
  let listedFrom: number | undefined;
  let people = 0;
  const inStage = new Map<StageId, Visit[]>();
  for (const stageId of new Set(rules.map((rule) => rule.stageId))) {
    // Pages may shift during the reading and show a candidate twice.
    const visits = new Map<OpportunityId, Visit>();
    for await (const { opportunities, leverNow } of lever.listStage(stageId)) {
      listedFrom ??= timeOfRead(leverNow, clock.now());
      for (const { id, visitAt } of opportunities) visits.set(id, { id, stageId, visitAt });
      onProgress(people + visits.size);
    }
    people += visits.size;
    inStage.set(stageId, [...visits.values()]);
  }
  return { listedFrom: listedFrom ?? clock.now(), inStage };
}

/** A rule applies from this much before Lever's time, so it includes candidates who came while it was being stored. */
const APPLIES_EARLIER_MS = 5 * SECOND_MS;

/**
 * Stores the planned rules and returns the new ones. A rule that is stored already keeps its activation time, whatever
 * else changes. A whole set removes the other stored ones. `leverNow` must be just read. Throws `conflict`.
 *
 * A new rule leaves candidates alone whose visit began before it. To invite them, each listed visit is approved, and
 * the rule applies from the start of the listing. So it reaches those too who came after their page was read.
 */
export function storeRules(
  tx: Tx,
  { rules, list, clock }: Bridge,
  { rules: planned, people, offer, isWholeSet, isRevival }: PlannedRules,
  existing: ExistingPeople,
  leverNow: number,
): NewRule[] {
  const now = clock.now();
  if (offer) list.storeOffer(tx, offer);
  // After a revoke even the stored rules count as new: they are activated from now on.
  if (isRevival) rules.removeAll(tx, now);
  const stored = rules.listActive();
  const kept = new Set(planned.map(stageAndTagOf));
  for (const old of isWholeSet ? stored : [])
    if (!kept.has(stageAndTagOf(old))) rules.remove(tx, old.id, now);
  const activated: NewRule[] = [];
  for (const rule of planned) {
    const known = stored.find((old) => stageAndTagOf(old) === stageAndTagOf(rule));
    if (known) {
      rules.update(tx, known.id, rule);
      continue;
    }
    // Undefined if the rule was stored when the stages were read, and was removed since.
    const invited = existing === 'invite' ? people.inStage.get(rule.stageId) : [];
    if (!invited) {
      throw new AppError(
        'conflict',
        `Another command has removed the rule for “${rule.stageName}”, so no one was invited.`,
        'Run the same command again.',
      );
    }
    // Some seconds earlier, so candidates who come while the rule is being stored get a challenge too.
    const activatedAt = (existing === 'invite' ? people.listedFrom : leverNow) - APPLIES_EARLIER_MS;
    const id = rules.insert(tx, rule, { now, leverNow, activatedAt });
    for (const visit of invited) approve(tx, visit, 'before_activation', id);
    activated.push(rule);
  }
  return activated;
}

export type ListedRule = ReturnType<typeof listRules>[number];

/** The rules as `rules --json` shows them, also those that a revoked data directory keeps. Throws `not_set_up`. */
export function listRules({ integration, rules, list }: Bridge) {
  if (integration.state() !== 'revoked') integration.requireInUse();
  const active = rules.listActive();
  return active.map((rule) => ({
    id: rule.id,
    ...namesOf(rule),
    dueDays: rule.dueDays,
    timeLimitMinutes: rule.timeLimitMinutes,
    delayMinutes: rule.delayMinutes,
    reuseDays: rule.reuseDays,
    // Options that differ from the defaults, and whether the brake holds the rule.
    options: [...optionsOf(rule), ...(rule.isBraked ? ['on hold by the brake'] : [])].join(', '),
    // Of a rule for every challenge: the tags to copy, as CodeSubmit last listed its challenges.
    tags: isForEvery(rule)
      ? listChallengeTags(rule, list.catalog(), active).map(({ tag, challenge: { id, name } }) => ({
          tag,
          challenge: { id, name },
        }))
      : [],
  }));
}

/** Tags of rules for every challenge, before and after a challenge was renamed. */
export function listRenamed({ rules, list }: Bridge): { was: string; is: string }[] {
  const active = rules.listActive();
  return active.filter(isForEvery).flatMap((rule) => listFormerTags(rule, list.catalog(), active));
}

/**
 * Plans the rule that `text` describes: to add it, or to change the one with its stage and tag. Throws `usage`,
 * `not_found`, `conflict` or `ApiError`.
 */
export async function planRule(
  app: App,
  text: string,
  onProgress: (people: number) => void,
): Promise<PlannedRules> {
  const spec = parseRuleSpec(text);
  app.integration.requireInUse();
  const lever = app.vendors.lever();
  const stages = await lever.listStages();
  const vendors = { lever, stages, codesubmit: app.vendors.codesubmit() };
  return planRules(app, [spec], vendors, { isWholeSet: false, onProgress });
}

/** Stores the planned rule. Returns it if it is new, else an empty list. Throws `conflict` or `ApiError`. */
export async function addRule(
  app: App,
  planned: PlannedRules,
  existing: ExistingPeople,
): Promise<NewRule[]> {
  const leverNow = timeOfRead(await app.vendors.lever().readDate(), app.clock.now());
  return app.database.write((tx) => {
    const activated = storeRules(tx, app, planned, existing, leverNow);
    app.integration.bumpVersion(tx);
    return activated;
  });
}

/** The rule with this id, as an admin typed it. Throws `not_found`. */
export function getRule({ rules }: Bridge, id: string): Rule {
  const rule = rules.listActive().find((active) => String(active.id) === id);
  if (rule) return rule;
  const hint = 'Run: codesubmit-lever rules list';
  throw new AppError('not_found', `There is no rule ${id}.`, hint);
}

/** Removes the rule with this id; a running daemon takes note. Throws `not_found`. */
export function removeRule(bridge: Bridge, id: string): Promise<void> {
  const { database, rules, integration, clock } = bridge;
  return database.write((tx) => {
    const rule = getRule(bridge, id);
    rules.remove(tx, rule.id, clock.now());
    integration.bumpVersion(tx);
  });
}
