/** Stores the set of rules. A new rule is active from that moment and stores with it who stands in its stage. */
import { AppError } from '../domain/errors.js';
import type { Challenge } from '../domain/challenge.js';
import type { OpportunityId, StageId } from '../domain/ids.js';
import { looksLikeProgressTag } from '../domain/progress-tag.js';
import { normalizeTag, type Rule } from '../domain/rule.js';
import type { NewRule, Visit } from '../integration/rule-rows.js';
import type { LeverReader } from '../inbox/lever-port.js';
import type { House } from './house.js';
import type { RuleSpec } from './rule-spec.js';

export interface Stage {
  id: string;
  text: string;
}

export type ExistingPeople = 'leave' | 'invite';

/** A rule that was stored anew, and how many people stood in its stage then. */
export interface Activated {
  rule: NewRule;
  people: number;
}

function isSame(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

/** Throws `not_found` naming what there is instead. */
export function findOne<T>(
  what: 'stage' | 'challenge' | 'posting',
  wanted: string,
  all: { id: string; name: string; item: T }[],
): T {
  const byId = all.find(({ id }) => id === wanted);
  if (byId) return byId.item;
  const byName = all.filter(({ name }) => isSame(name, wanted));
  const [found] = byName;
  if (found && byName.length === 1) return found.item;
  const names = all.map(({ name, id }) => `“${name}” (${id})`).join(', ');
  const why = found ? `names ${String(byName.length)} of them, so give its id` : 'is not there';
  throw new AppError(
    'not_found',
    `The ${what} “${wanted}” ${why}. There are: ${names || 'none'}.`,
    what === 'posting'
      ? 'Name one of them; they are listed by: codesubmit-lever rules postings'
      : 'Name one of them, or give its id; how a rule is written is shown by: codesubmit-lever rules add --help',
  );
}

/** Names and ids as the vendors have them now. Throws `usage` naming what there is instead. */
export function resolveRules(
  specs: readonly RuleSpec[],
  stages: readonly Stage[],
  challenges: readonly Challenge[],
): NewRule[] {
  const rules = specs.map((spec) => {
    const stage = findOne(
      'stage',
      spec.stage,
      stages.map((item) => ({ id: item.id, name: item.text, item })),
    );
    const challenge = findOne(
      'challenge',
      spec.challenge,
      challenges.map((item) => ({ id: item.id, name: item.name, item })),
    );
    const { dueDays, timeLimitMinutes, delayMinutes, reuseDays } = spec;
    return {
      stageId: stage.id as StageId,
      stageName: stage.text,
      tag: spec.tag,
      challengeId: challenge.id,
      challengeName: challenge.name,
      ...{ dueDays, timeLimitMinutes, delayMinutes, reuseDays },
    };
  });
  refuseTwins(rules);
  refuseProgressTags(rules);
  return rules;
}

function identityOf(rule: { stageId: StageId; tag: string }): string {
  return JSON.stringify([rule.stageId, normalizeTag(rule.tag)]);
}

function refuseTwins(rules: readonly NewRule[]): void {
  const seen = new Set<string>();
  for (const rule of rules) {
    const identity = identityOf(rule);
    if (seen.has(identity)) {
      throw new AppError(
        'usage',
        `Two rules name the stage “${rule.stageName}” and the tag ${rule.tag}.`,
        'Leave one out; see: codesubmit-lever rules --help',
      );
    }
    seen.add(identity);
  }
}

/** A challenge's tag that we write ourselves would bring the next challenge. */
function refuseProgressTags(rules: readonly NewRule[]): void {
  const rule = rules.find(({ tag }) => looksLikeProgressTag(tag));
  if (!rule) return;
  throw new AppError(
    'usage',
    `The tag “${rule.tag}” can’t stand for a challenge: tags that end so say how far a candidate is.`,
    'Choose another tag, in Lever too; see: codesubmit-lever rules --help',
  );
}

/** Pages may shift while they are read, and hide somebody: so often a list is read for that at most. */
const MAX_READINGS = 3;

/** Everybody in the stages of the rules, which are new ones. Throws `ApiError`. */
export async function readPeople(
  lever: LeverReader,
  rules: readonly NewRule[],
  onProgress: (people: number) => void,
): Promise<Map<StageId, Visit[]>> {
  const people = new Map<StageId, Visit[]>();
  for (const { stageId } of rules) {
    if (people.has(stageId)) continue;
    const visits = await readStage(lever, stageId, onProgress);
    people.set(
      stageId,
      [...visits].map(([opportunityId, visitAt]) => ({ opportunityId, visitAt })),
    );
  }
  return people;
}

/** A list of several pages is read until it shows nobody new: whom it hid would be invited as a newcomer. */
async function readStage(
  lever: LeverReader,
  stageId: StageId,
  onProgress: (people: number) => void,
): Promise<Map<OpportunityId, number>> {
  const visits = new Map<OpportunityId, number>();
  for (let readings = 1; readings <= MAX_READINGS; readings++) {
    const known = visits.size;
    let pages = 0;
    for await (const { opportunities } of lever.listStage(stageId)) {
      pages += 1;
      for (const { id, lastAdvancedAt } of opportunities) visits.set(id, lastAdvancedAt);
      onProgress(visits.size);
    }
    if (pages <= 1 || visits.size === known) break;
  }
  return visits;
}

/**
 * To be called inside a write. Makes `rules` the set when `isWholeSet`, else adds them. A rule that is stored already
 * keeps its baseline, whatever of it changes.
 */
export function storeRules(
  house: House,
  rules: readonly NewRule[],
  people: ReadonlyMap<StageId, Visit[]>,
  options: { existing: ExistingPeople; isWholeSet: boolean },
): Activated[] {
  const now = house.surroundings.clock.now();
  const stored = house.rules.listActive();
  if (options.isWholeSet) removeOthers(house, stored, rules, now);
  const first = options.isWholeSet ? 0 : stored.length;
  const activated: Activated[] = [];
  for (const [index, rule] of rules.entries()) {
    const known = stored.find((old) => identityOf(old) === identityOf(rule));
    if (known) {
      house.rules.update(known.id, rule, first + index);
      continue;
    }
    const visits = people.get(rule.stageId) ?? [];
    activate(house, rule, visits, first + index, options.existing);
    activated.push({ rule, people: visits.length });
  }
  return activated;
}

function removeOthers(
  house: House,
  stored: readonly Rule[],
  rules: readonly NewRule[],
  now: number,
): void {
  const kept = new Set(rules.map(identityOf));
  for (const old of stored) if (!kept.has(identityOf(old))) house.rules.remove(old.id, now);
}

function activate(
  house: House,
  rule: NewRule,
  visits: readonly Visit[],
  position: number,
  existing: ExistingPeople,
): void {
  const now = house.surroundings.clock.now();
  const id = house.rules.insert(rule, position, now);
  if (existing === 'leave') {
    house.rules.addBaseline(id, visits);
    return;
  }
  const { stageId, challengeId } = rule;
  for (const visit of visits) {
    house.rules.approve({ ...visit, stageId, challengeId }, 'existing', now);
  }
}
