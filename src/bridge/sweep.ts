/**
 * Checks everyone in the rules' stages and decides each again, from the list's pages alone.
 *
 * A stage that can't be read stops no other. Candidates on hold cost no extra calls. One who is missing from the reading is
 * looked at alone, because pages may shift while they are read.
 */
import type { ChallengeVendor, OfferedChallenge } from '../domain/codesubmit-port.js';
import { ApiError, isVendorWide } from '../domain/errors.js';
import { failureInWords } from '../domain/failure-words.js';
import type { StageId } from '../domain/ids.js';
import type { Rule } from '../domain/rule.js';
import type { Bridge, LeverReads, SweepProgress } from './bridge.js';
import { haveLookedAt } from './have-looked-at.js';
import { listHeldOutsideRules, listVanished } from '../store/candidates.js';
import { readStage } from './read-stage.js';

export interface Swept {
  /** Those that weren't read to their end. */
  left: Set<StageId>;
  /** Calls to Lever that it took. */
  calls: number;
  /** Of the first stage that could not be read. */
  failure: ApiError | null;
}

export function stagesOfRules({ rules }: Pick<Bridge, 'rules'>): Set<StageId> {
  return new Set(rules.listActive().map(({ stageId }) => stageId));
}

/** Reads these stages, if they still have rules. What concerns Lever as a whole ends it. */
export async function sweep(
  bridge: Bridge,
  lever: LeverReads,
  progress: SweepProgress,
  stages: ReadonlySet<StageId>,
): Promise<Swept> {
  const withRules = stagesOfRules(bridge);
  const left = new Set([...stages].filter((stageId) => withRules.has(stageId)));
  const swept: Swept = { left, calls: 0, failure: null };
  for (const stageId of [...left]) {
    const failure = await sweepStage(bridge, lever, progress, swept, stageId);
    if (failure && swept.failure === null) {
      swept.failure = failure;
      await noteUnread(bridge, stageId, failure);
    }
    if (failure && isVendorWide(failure)) return swept;
    if (progress.isStopped()) return swept;
  }
  if (swept.failure === null) await finish(bridge);
  return swept;
}

async function sweepStage(
  bridge: Bridge,
  lever: LeverReads,
  progress: SweepProgress,
  swept: Swept,
  stageId: StageId,
): Promise<ApiError | null> {
  const { database, clock, log } = bridge;
  const beganAt = clock.now();
  const stage = { stageId };
  const { people, pages, braked, isWhole, failure } = await readStage(
    bridge,
    lever,
    progress,
    stage,
  );
  swept.calls += pages;
  swept.left.delete(stageId);
  // One that fails comes last next time.
  if (!isWhole) swept.left.add(stageId);
  if (failure) log.warn({ stage: stageId, error: failure.message }, 'stage not swept');
  if (!isWhole) return failure;
  await haveLookedAt(bridge, listVanished(database, stageId, beganAt));
  log.info({ stage: stageId, people, braked }, 'stage swept');
  return null;
}

async function noteUnread(bridge: Bridge, stageId: StageId, error: ApiError): Promise<void> {
  const { database, integration, rules } = bridge;
  const name = rules.listActive().find((rule) => rule.stageId === stageId)?.stageName ?? stageId;
  const why = `Candidates in “${name}” can’t be listed: ${failureInWords(error)}`;
  await database.write((tx) => integration.noteSweepFailed(tx, why));
}

async function finish(bridge: Bridge): Promise<void> {
  const { database, integration, clock } = bridge;
  const outside = listHeldOutsideRules(database);
  await haveLookedAt(bridge, outside, {}, (tx) => integration.noteSwept(tx, clock.now()));
}

/**
 * Precedes a sweep of all stages, so that renamed, restored and new challenges are noticed. Resolves with a vendor's
 * failure instead of throwing it: the last complete list holds.
 */
export async function refreshChallenges(
  { database, rules, list, log }: Pick<Bridge, 'database' | 'rules' | 'list' | 'log'>,
  codesubmit: () => ChallengeVendor,
): Promise<ApiError | null> {
  try {
    const offer = await codesubmit().readOffer();
    const isNew = (rule: Rule, { id, name }: OfferedChallenge): boolean =>
      rule.challengeId === id && (rule.isChallengeUnknown || rule.challengeName !== name);
    const changed = offer.challenges.filter(
      (one) => !one.isArchived && rules.listActive().some((rule) => isNew(rule, one)),
    );
    await database.write((tx) => {
      list.keepOffer(tx, offer);
      for (const { id, name } of changed) rules.markChallengeKnown(tx, id, name);
    });
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log.warn({ error: error.message }, 'challenges not listed');
    return error;
  }
}
