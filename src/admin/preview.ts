/**
 * Who would get which challenge now, and who wouldn't and why: what `preview --json` shows.
 *
 * It runs what the daemon's next sweep and sends would do, with the same code, on a private copy of the database. It
 * only reads from both vendors, and changes no row of the data directory. Two things persist: Lever's rate budget,
 * which all processes share, and a login that had to be renewed.
 */
import { listInState, nameChallenge } from './queries/invitations.js';
import { findDecided, type PersonRow } from './queries/decisions.js';
import { splitName } from '../domain/addressee.js';
import { isoTime } from '../domain/clock.js';
import type { OpportunityId, RuleId } from '../domain/ids.js';
import { namesOf } from '../domain/rule.js';
import {
  changesNothing,
  type ExistingPeople,
  type PlannedRules,
  removeRule,
  storeRules,
} from './setup/rules.js';
import { type Bridge, createBridge } from '../bridge/bridge.js';
import { recover } from '../bridge/recover.js';
import { opportunityUrl } from '../store/settings/vendor-addresses.js';
import { listNamedHolds, resume } from './actions/admin-actions.js';
import type { Invitee } from '../domain/invitation.js';
import { describeReason, fixFor } from '../domain/reasons.js';
import { beginSending, hasDueToSend } from '../bridge/send.js';
import { ApiError, AppError, rejectionOf } from '../domain/errors.js';
import type { LeverReader } from '../lever/lever-client.js';
import { SILENT_LOG } from '../domain/log.js';
import { readChallenges, SentListReader } from '../bridge/sent-list-reader.js';
import { createStores } from '../store/open-existing.js';
import { clearLooks, listDueLooks, lookNow } from '../store/candidates.js';
import { lookAt, stagesOfRules } from '../bridge/look.js';
import { sweep } from '../bridge/sweep.js';
import { Circuit, recordRejected } from '../net/circuit.js';
import { isListUsable } from '../bridge/sent-elsewhere.js';
import { listAwaitingDecision } from '../store/invitation-queries.js';
import { openPrivateCopy } from '../store/database/copy-file.js';
import type { Database } from '../store/database/database.js';
import { isServing } from '../store/database/file-lock.js';
import type { Draft } from './setup/set-up.js';
import type { Known } from './facts/fact.js';
import { findRefusal } from './facts/account-fact.js';

/** What a dry run copies, and how it reads the vendors. */
export type DryRunSource = Known & Pick<Draft, 'vendors'> & Partial<Pick<Draft, 'proposed'>>;

/** A limit above all that can be due at once. */
const NO_LIMIT = 1_000_000;
/** Nothing is tried again here, so no pause needs jitter. */
const NO_JITTER = () => 0;

class DryRun {
  /** Works on the copy, with the settings in force when it was made. */
  readonly bridge: Bridge;
  /** Everyone whom Lever listed in a stage, in its order. */
  readonly people = new Set<OpportunityId>();
  readonly #lever: LeverReader;

  /** `copy`: a private copy of the database. `onProgress` gets how many people Lever has listed so far. */
  constructor(
    private readonly source: DryRunSource,
    copy: Database,
    onProgress: (people: number) => void,
  ) {
    const { sealer, clock } = source;
    // What setup is about to store, or else what is in force.
    const inForce = source.proposed ?? source.configuration.current();
    this.bridge = createBridge(
      createStores(copy, sealer, clock),
      { current: () => inForce },
      SILENT_LOG,
    );
    // The real client, with its rate limit and its measure of Lever's clock.
    const lever = source.vendors.lever();
    const { people } = this;
    this.#lever = {
      /** As the client's, and notes in `people` whom Lever lists: only they are part of the report. */
      async *listStage(stageId) {
        for await (const page of lever.listStage(stageId)) {
          for (const { id } of page.opportunities) people.add(id);
          onProgress(people.size);
          yield page;
        }
      },
      readOpportunity: (id) => lever.readOpportunity(id),
      readPostingTags: (id) => lever.readPostingTags(id),
    };
  }

  /** Decides everyone in the rules' stages, like a sweep with its looks. Throws `ApiError`, or as `#requireLever`. */
  async sweep(): Promise<void> {
    this.#requireLever();
    const codesubmit = () => this.source.vendors.codesubmit();
    // An error is returned, not thrown, because a sweep goes on with the challenges read last.
    const offer = await readChallenges(this.bridge, codesubmit);
    if (offer instanceof ApiError && offer.kind === 'unauthorized') await this.#noteRejected(offer);
    // Failed looks, and announcements that Lever doesn't show yet, would wait for a later read.
    await this.bridge.database.write(clearLooks);
    const { clock } = this.bridge;
    const [beganAt, beganMs] = [clock.now(), clock.monotonicMs()];
    const stages = stagesOfRules(this.bridge);
    const isStopped = () => false;
    const swept = await sweep(this.bridge, () => this.#lever, isStopped, stages);
    if (swept.failure) throw swept.failure;
    // Looks that the sweep asked for are due even if the clock was set back meanwhile.
    const endedAt = beganAt + clock.monotonicMs() - beganMs;
    await this.#lookAtDue(this.people, Math.max(clock.now(), endedAt));
  }

  /**
   * Decides these candidates as Lever shows them now, as if nothing was announced or tried before. Throws `ApiError`, or
   * as `#requireLever`.
   */
  async lookAgain(ids: ReadonlySet<OpportunityId>): Promise<void> {
    this.#requireLever();
    const { database, clock } = this.bridge;
    const now = clock.now();
    await database.write((tx) => {
      clearLooks(tx);
      for (const id of ids) lookNow(tx, id, now);
    });
    await this.#lookAtDue(ids, now);
  }

  /**
   * Claims what is due, as before sending, and adopts what was sent manually. `isListRead`: by CodeSubmit's list as it
   * is now, else as it was read last. Where CodeSubmit rejects us, nothing is claimed. Throws `ApiError`.
   */
  async claim({ isListRead = true } = {}): Promise<void> {
    const { integration, clock } = this.bridge;
    if (integration.state() !== 'active' || !hasDueToSend(this.bridge, clock.now())) return;
    try {
      // Not where it isn't worth the wait, such as to look up one candidate: the reading may take long.
      if (isListRead) await this.#readList();
      // The daemon sends nothing by a list whose rows show no addresses. Null, before there is a copy, doesn't stop us.
      if (isListUsable(this.bridge) === false) return;
      const { stale } = await beginSending(this.bridge, NO_LIMIT);
      if (stale === 0) return;
      // Decided by an earlier read of the candidate, so they aren't sent before a new one.
      await this.lookAgain(new Set(listAwaitingDecision(this.bridge.database, NO_LIMIT)));
      await beginSending(this.bridge, NO_LIMIT);
    } catch (error) {
      // Lever's rejection, met by a new look, ends the preview.
      const isOurs = error instanceof ApiError && error.vendor === 'codesubmit';
      if (!isOurs || error.kind !== 'unauthorized') throw error;
      await this.#noteRejected(error);
    }
  }

  /** Renews the copy of CodeSubmit's list. Throws `ApiError`. */
  async #readList(): Promise<void> {
    const vendor = () => this.source.vendors.codesubmit();
    const codesubmit = new Circuit('codesubmit', vendor, { ...this.bridge, random: NO_JITTER });
    const failure = await new SentListReader({ ...this.bridge, codesubmit }).refresh();
    if (failure) throw failure;
  }

  /** If CodeSubmit rejects our account, everything waits in this copy, as it would for the daemon. */
  async #noteRejected(error: ApiError): Promise<void> {
    // True: the rejected key is in force, as no one stores another in the copy.
    await recordRejected(this.bridge, 'codesubmit', rejectionOf(error), () => true);
  }

  /** Makes the looks that are due by `now` at these candidates, as the daemon would. Throws the first failure. */
  async #lookAtDue(ids: ReadonlySet<OpportunityId>, now: number): Promise<void> {
    const lever = new Circuit('lever', () => this.#lever, { ...this.bridge, random: NO_JITTER });
    for (const look of listDueLooks(this.bridge.database, now, NO_LIMIT)) {
      const failure = ids.has(look.id) ? await lookAt({ ...this.bridge, lever }, look) : undefined;
      // The daemon tries again later. Here the admin learns why there is no answer.
      if (failure) throw failure;
    }
  }

  /**
   * Throws `vendor` while Lever rejects us: then no candidate can be read. The copy says so, where setup may count as
   * done, which ends a rejection.
   */
  #requireLever(): void {
    const refusal = findRefusal({ ...this.source, integration: this.bridge.integration }, 'lever');
    if (refusal) throw new AppError('vendor', `${refusal.what}.`, refusal.fix);
  }
}

/**
 * What follows from a decision. An invite is sent, adopted because it was sent manually in
 * CodeSubmit, waits until the integration is active or the next attempt is due, or stays failed
 * because CodeSubmit rejected it.
 */
const OUTCOMES = ['send', 'adopt', 'wait', 'refused', 'hold', 'ignore'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type PreviewedPerson = ReturnType<typeof describePerson>;
export type PreviewReport = ReturnType<typeof report>;

interface PreviewQuery {
  /** By CodeSubmit's list as it is now, else as it was read last. */
  isListRead?: boolean;
  /** Rules that aren't stored yet. */
  planned?: PlannedRules;
  /** What storing them means for candidates already in their stages. */
  existing?: ExistingPeople;
  /** The number of a rule to remove first. */
  removed?: string;
  /** As if it were resumed first. */
  isResumed?: boolean;
  /** As if these rules and the vendors' credentials were set up first. */
  isSetUp?: boolean;
  onProgress: (people: number) => void;
}

/**
 * Who would get which challenge now, and who not and why. Writes nothing. Throws `revoked`, `not_set_up`, `ApiError`, and
 * `vendor` where Lever rejects us.
 */
export function preview(source: DryRunSource, query: PreviewQuery): Promise<PreviewReport> {
  // First, so a revoked data directory isn't reported as one without a key.
  source.integration.requireInUse();
  return dryRun(source, query, report);
}

/**
 * On a private copy, runs a whole sweep, and claims what would be sent next; `read` reads the result from it.
 * `existing`: what the planned rules do with candidates who are in their stages already; `leave` gives them nothing.
 * `isSetUp` and `isResumed`: as if the integration had just been set up, or resumed. `added`: the ids of the new rules.
 */
async function dryRun<T>(
  source: DryRunSource,
  {
    planned,
    existing = 'leave',
    removed,
    isResumed,
    isSetUp,
    isListRead,
    onProgress,
  }: PreviewQuery,
  read: (run: DryRun, added: ReadonlySet<RuleId>) => T,
): Promise<T> {
  const run = new DryRun(source, openPrivateCopy(source.database), onProgress);
  const { bridge } = run;
  const { database, rules, integration, clock } = bridge;
  try {
    const before = new Set(rules.listActive().map(({ id }) => id));
    if (isSetUp === true) await database.write((tx) => integration.markSetUp(tx, clock.now()));
    // What the last daemon left unfinished is taken up first, as the next one would.
    if (!isServing(source.home)) await recover(bridge);
    if (isResumed === true) await resume(bridge);
    if (removed !== undefined) await removeRule(bridge, removed);
    if (planned) {
      await database.write((tx) => {
        // The stages were listed just now, so Lever's time then is good enough for its time now.
        storeRules(tx, bridge, planned, existing, planned.people.listedFrom);
        integration.bumpVersion(tx);
      });
    }
    await run.sweep();
    await run.claim({ isListRead });
    const ids = rules.listActive().map(({ id }) => id);
    return read(run, new Set(ids.filter((id) => !before.has(id))));
  } finally {
    database.close();
  }
}

/** What `preview` shows: everyone in the rules' stages, by stage. `added`: the rules that it marks as new. */
function report({ bridge, people: listed }: DryRun, added: ReadonlySet<RuleId>) {
  const rules = bridge.rules.listActive();
  const stageIds = [...new Set(rules.map((rule): string => rule.stageId))];
  // People are listed by stage, in the order of the rules; -1 outside their stages.
  const placeOf = ({ stage }: PreviewedPerson): number => stageIds.indexOf(stage.id);
  const people = [...listed]
    .map((id) => describePerson(bridge, id))
    // A candidate may have left the stage while it was read.
    .filter((person) => placeOf(person) >= 0)
    .toSorted((a, b) => placeOf(a) - placeOf(b));
  return {
    at: new Date(bridge.clock.now()).toISOString(),
    integration: { state: bridge.integration.state() },
    rules: rules.map((rule) => ({ ...namesOf(rule), isNew: added.has(rule.id) })),
    counts: Object.fromEntries(
      OUTCOMES.map((one) => [one, people.filter(({ outcome }) => outcome === one).length]),
    ) as Record<Outcome, number>,
    people,
  };
}

/** What the report shows of one person. The stage's name is empty where no active rule gives it. */
function describePerson(bridge: Bridge, id: OpportunityId) {
  const row = findDecided(bridge.database, id);
  // Never missing: a look, or a sweep, has just decided about them.
  if (!row) throw new Error('a dry run decides everyone it sees');
  const rules = bridge.rules.listActive();
  const inStage = rules.find((rule) => rule.stageId === row.stage_id);
  const outcome = outcomeOf(row);
  // An invite has no reason, and its detail is the challenge.
  const whyNot = row.kind === 'invite' ? { reason: null, detail: null } : row;
  return {
    opportunityId: id,
    opportunityUrl: opportunityUrl(bridge.currentSettings(), id, row.url),
    candidate: row.name,
    // The name as CodeSubmit gets it, also once a hold ends or a refusal is retried; null where there's nothing to send.
    sentAs:
      outcome === 'ignore' || outcome === 'adopt' ? null : (splitName(row.name ?? '') ?? null),
    stage: { id: row.stage_id ?? '', name: inStage?.stageName ?? '' },
    decision: row.kind,
    outcome,
    reason: outcome === 'refused' ? row.refusal : whyNot.reason,
    detail: whyNot.detail,
    challenge: row.challenge_id === null ? null : nameChallenge(bridge, row.challenge_id),
    // Only when delayed.
    until: isoTime(row.until),
    // The tag that would show the reason in Lever.
    holdTag: row.hold_tag,
  };
}

/** `state` is the invitation's at the end. A dry run sends nothing: one that it made `invited` was adopted. */
function outcomeOf({ kind, state }: PersonRow): Outcome {
  if (kind !== 'invite') return kind;
  if (state === 'invited') return 'adopt';
  if (state === 'failed') return 'refused';
  return state === 'sending' ? 'send' : 'wait';
}

/** A change of the rules; empty for `resume`, which changes none. */
export type Change = Pick<PreviewQuery, 'planned' | 'existing' | 'removed'>;

/** Who gets a challenge because of a change, and who is left as they are. */
export interface Effect {
  recipients: Invitee[];
  /** By the name of each new rule's stage: how many in it match a rule, but came before that was active. */
  left: ReadonlyMap<string, number>;
}

/**
 * Who would get a challenge, at once or later, only because the planned rules are stored or the rule is removed. With
 * neither: who would after `resume`. As if sending went on: a pause, or a setup still to do, hides no one. Writes
 * nothing anywhere. Throws `ApiError`, `vendor` where Lever rejects us, and what `storeRules` and `removeRule` throw.
 *
 * Reads CodeSubmit's list only for `resume` and `existing: 'invite'`, where many candidates may have their challenge
 * already. Other changes work while the list can't be read. They may name a candidate whom the last reading didn't show.
 */
export async function findEffect(
  source: DryRunSource,
  change: Change & Pick<PreviewQuery, 'onProgress'>,
): Promise<Effect> {
  const { planned, removed, onProgress } = change;
  const isInUse = source.integration.isInUse();
  if (isInUse && planned && changesNothing(source, planned))
    return { recipients: [], left: new Map() };
  const asIfSending = { isResumed: true, isSetUp: true };
  const isForRules = planned !== undefined || removed !== undefined;
  const isListRead = !isForRules || change.existing === 'invite';
  const effect = await dryRun(source, { ...change, ...asIfSending, isListRead }, readEffect);
  // While not in use, nothing is sent without the change: all of them get it because of that.
  if (effect.recipients.length === 0 || !isInUse || !isForRules) return effect;
  const before = { ...asIfSending, isListRead: false, onProgress };
  const unchanged = await dryRun(source, before, readEffect);
  const anyway = new Set(unchanged.recipients.map(({ opportunityId }) => opportunityId));
  const recipients = effect.recipients.filter((one) => !anyway.has(one.opportunityId));
  return { ...effect, recipients };
}

/**
 * Who is sent a challenge, and who is left as they are. Those who are sent it later count too, since the admin isn't
 * asked about them again: they wait for a delay, or for CodeSubmit's list.
 */
function readEffect({ bridge, people }: DryRun, added: ReadonlySet<RuleId>): Effect {
  const { database, rules } = bridge;
  const delayed = listNamedHolds(bridge, ['delayed']).filter((one) =>
    people.has(one.opportunityId),
  );
  const recipients: Invitee[] = [
    ...listInState(database, 'sending'),
    ...listInState(database, 'queued'),
    ...delayed.map((one) => ({ ...one, why: describeReason(one.reason) })),
  ];
  const cameBefore = [...people]
    .map((id) => findDecided(database, id))
    .filter((row) => row?.reason === 'before_activation');
  const left = new Map<string, number>();
  for (const { stageId, stageName } of rules.listActive().filter(({ id }) => added.has(id)))
    left.set(stageName, cameBefore.filter((row) => row?.stage_id === stageId).length);
  return { recipients, left };
}

/** A candidate without decisions here, as Lever shows them now. */
export type UnknownCandidate = Awaited<ReturnType<typeof previewUnknown>>;

/**
 * What would be decided about an unknown candidate, by CodeSubmit's list as it was read last. Writes nothing. Throws
 * `ApiError`, and `vendor` where Lever refuses us.
 */
export async function previewUnknown(source: DryRunSource, id: OpportunityId) {
  const run = new DryRun(source, openPrivateCopy(source.database), () => undefined);
  try {
    await run.lookAgain(new Set([id]));
    await run.claim({ isListRead: false });
    const person = describePerson(run.bridge, id);
    const { candidate, decision, outcome, reason, detail, challenge } = person;
    const fix = reason === null ? null : fixFor(reason, detail, id);
    return {
      opportunityId: id,
      // False when Lever has no such opportunity, or doesn't show it to us.
      isSeen: reason !== 'no_access',
      candidate,
      wouldBe: { decision, outcome, reason, detail, challenge },
      fixes: fix === null ? [] : [fix],
    };
  } finally {
    run.bridge.database.close();
  }
}
