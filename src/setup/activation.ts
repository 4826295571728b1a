/** Activates an integration: its rules, with everyone who is in their stages already, and its Lever account. */
import type { BridgeClock } from '../domain/clock.js';
import { ApiError, AppError } from '../domain/errors.js';
import { failureInWords } from '../domain/failure-words.js';
import type { RuleSpec } from '../domain/rule-spec.js';
import type { Tx } from '../storage/database/database.js';
import type { IntegrationStore } from '../storage/state/integration-store.js';
import type { NewRule, RuleStore } from '../storage/state/rule-store.js';
import type { CodeSubmitClient } from '../vendors/codesubmit/codesubmit-client.js';
import type { AccountIds, LeverAccount } from '../vendors/lever/login/lever-account.js';
import {
  readPeople,
  resolveRules,
  storeRules,
  type Activated,
  type ExistingPeople,
  type PlannedRules,
} from './rules/activate-rules.js';
import type { LeverFound } from './vendor-checks.js';

export const READ_FIX =
  'Add the right to read it to the key or login, then run: codesubmit-lever setup';

/** A vendor's refusal in a sentence that names the wrong answer. */
export async function check<T>(what: string, fix: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const refused = error.kind === 'unauthorized';
    throw new AppError(
      'vendor',
      refused
        ? `${what} was rejected (${error.message}).`
        : `${what} can’t be checked now: ${failureInWords(error)}.`,
      refused ? fix : 'Check the network and the address, then run: codesubmit-lever setup',
      error,
    );
  }
}

export interface ActivationDeps {
  integration: IntegrationStore;
  rules: RuleStore;
  account: LeverAccount;
  clock: BridgeClock;
}

export class Activation {
  constructor(private readonly deps: ActivationDeps) {}

  ruleCount(): number {
    return this.deps.rules.listActive().length;
  }

  /** Undefined leaves the stored rules as they are. */
  async read(
    specs: readonly RuleSpec[] | undefined,
    { client: lever, stages }: LeverFound,
    codesubmit: CodeSubmitClient,
    onPeople: (people: number) => void,
  ): Promise<PlannedRules | undefined> {
    const { deps } = this;
    const isRevival = deps.integration.state() === 'revoked';
    let rules: readonly NewRule[] = deps.rules.listActive();
    if (!specs && !isRevival) return undefined;
    if (specs) {
      const challenges = await check('The list of challenges', READ_FIX, () =>
        codesubmit.listChallenges(),
      );
      rules = resolveRules(specs, stages, challenges, deps.rules.listActive());
    }
    const isNew = ({ stageId, tag }: NewRule): boolean =>
      isRevival || !deps.rules.findByIdentity(stageId, tag);
    const people = await check('Who is in the stages', READ_FIX, () =>
      readPeople(deps, lever, rules.filter(isNew), onPeople),
    );
    return { rules, people, isWholeSet: true, isRevival };
  }

  /** After a revoke, anyone who came while nothing ran counts as already there. */
  activate(
    tx: Tx,
    planned: PlannedRules | undefined,
    ids: AccountIds,
    { fingerprint }: LeverFound,
    existing: ExistingPeople,
  ): Activated[] {
    const { deps } = this;
    const now = deps.clock.now();
    deps.account.begin(tx, ids, fingerprint);
    if (planned?.isRevival === true) deps.rules.removeAll(tx, now);
    const stored = planned
      ? storeRules(tx, deps, planned.rules, planned.people, { existing, isWholeSet: true })
      : [];
    deps.integration.markSetUp(tx, now);
    return stored;
  }
}
