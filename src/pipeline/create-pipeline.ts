/**
 * Connects the pipeline's steps on one database: from an incoming webhook to the updates in Lever.
 */
import { SECOND_MS, type Clock } from '../domain/clock.js';
import type { ChallengeVendor } from '../domain/codesubmit-port.js';
import type { Decision } from '../domain/decision.js';
import type { Vendor } from '../domain/errors.js';
import { formatDuration } from '../domain/format.js';
import type { LeverReader } from '../domain/lever-ports.js';
import type { Log } from '../domain/log.js';
import type { Database } from '../storage/database/database.js';
import type { Sealer } from '../storage/home/sealer.js';
import type { Settings } from '../storage/settings/settings.js';
import { AttemptLog } from './attempt-log.js';
import type { Stores } from './create-stores.js';
import { Brake } from './decide/brake.js';
import { Decider } from './decide/decider.js';
import { VisitStore } from './decide/visit-store.js';
import { Erasure } from './erasure/erase-person.js';
import { RetentionQueries } from './erasure/retention-queries.js';
import { BatchHandler } from './inbox/batch-handler.js';
import { LookHandler } from './inbox/look-handler.js';
import type { SharedReads } from './inbox/read-memory.js';
import { StageBatches } from './inbox/stage-batches.js';
import { SweepPlan } from './inbox/sweep-plan.js';
import { Sweep } from './inbox/sweep.js';
import { Freshness } from './invitations/freshness.js';
import {
  CompletionNote,
  HoldTags,
  LeverUpdates,
  ProgressTags,
} from './invitations/lever-updates.js';
import { ListControl } from './invitations/list-control.js';
import { LookupStore } from './invitations/lookup.js';
import {
  ManualInvitations,
  ManualRecheck,
  RulePromises,
} from './invitations/promise-invitations.js';
import { SendOutcomes } from './invitations/send-outcomes.js';
import { SendQueue } from './invitations/send-queue.js';
import { SentElsewhere } from './invitations/sent-elsewhere.js';
import { SentListReader } from './invitations/sent-list-reader.js';
import { ProgressStore, tellProgress } from './progress/follow-progress.js';
import { firstPollAt, paceOf } from './progress/poll-schedule.js';
import { StatusNumberStore } from './progress/status-numbers.js';
import { DeliveryStore, type Accepted } from './receive/delivery-store.js';
import { AccountRejections, type VendorBackoff } from './vendor-availability.js';
import { WritebackQueue } from './writebacks/writer.js';

/** The vendors' clocks, as measured from their replies. */
interface VendorClock {
  /** How far our calendar is ahead, in ms; null before the first dated reply. */
  ourLeadMs(): number | null;
  /** A lower bound of the vendor's time, epoch ms; null before the first dated reply. */
  vendorAtLeast(): number | null;
}

export interface PipelineDeps {
  database: Database;
  stores: Stores;
  sealer: Sealer;
  /** The settings in force. */
  settings: () => Settings;
  codesubmitApiKey: () => string | null;
  clock: Clock;
  clockSkew: Record<Vendor, VendorClock>;
  random: () => number;
  log: Log;
  /** Whether a link leads to a challenge, at CodeSubmit's address or this one. */
  isCandidateLink: (link: string, codesubmitUrl: string | null) => boolean;
  /** Called once a delivery is on disk. */
  onAccepted?: (accepted: Accepted) => void;
  /**
   * Called once a decision is on disk that differs from the previous one for the same opportunity.
   */
  onDecided?: (decision: Decision) => void;
}

export type Pipeline = ReturnType<typeof createPipeline>;

/** Reads nothing yet, because `settings` may be connected later. */
export function createPipeline(deps: PipelineDeps) {
  const { database, stores, sealer, settings, clock, clockSkew, random, log } = deps;
  const { integration, rules, writebacks, invitations, decisions, inbox, list } = stores;
  const leadMs = (vendor: Vendor) => () => clockSkew[vendor].ourLeadMs() ?? 0;
  const leverNow = () => clock.now() - leadMs('lever')();
  const settleMs = () => settings().settleSeconds * SECOND_MS;

  const attempts = new AttemptLog(database);
  const visits = new VisitStore({ database, decisions, rules, invitations });
  const statusNumbers = new StatusNumberStore(database);

  const refusals = new AccountRejections(database, integration, clock, log);
  const freshness = new Freshness(clock);
  const limit = () => settings().brake;
  const brake = new Brake({ rules, invitations, decisions, limit });
  const tags = new ProgressTags({ database, rules, writebacks, settings });
  const holdTags = new HoldTags(writebacks, settings);
  const completionNote = new CompletionNote({ writebacks, sealer, settings, formatDuration });
  const news = new LeverUpdates({
    ...{ rows: invitations, writebacks, tags, completionNote, sealer, settings },
  });
  const sentElsewhere = new SentElsewhere({
    ...{ list, sealer, rules, rows: invitations, settings },
    leadMs: leadMs('codesubmit'),
    isCandidateLink: (link) => deps.isCandidateLink(link, settings().codesubmitUrl),
  });
  const sendOutcomes = new SendOutcomes({
    ...{ database, sealer, invitations, attempts, rules, integration, news, freshness, list },
    ...{ leverNow, settleMs },
    firstPollAt: (invitedAt) => firstPollAt(invitedAt, paceOf(settings())),
  });
  const sendQueue = new SendQueue({
    ...{ database, invitations, rules, integration, freshness, list, sentElsewhere },
    ...{ outcomes: sendOutcomes, leverNow, leadMs: leadMs('codesubmit') },
  });
  const listControl = new ListControl({ rows: invitations, list, integration, settleMs });
  return {
    ...{ database, sealer, clock, random, log },
    currentSettings: settings,
    codesubmitApiKey: deps.codesubmitApiKey,
    /** Lever's time, epoch ms; ours as long as it isn't known to be wrong. */
    leverNow,
    /** A lower bound of Lever's time, epoch ms; our time if its replies have no date. */
    leverAtLeast: () => clockSkew.lever.vendorAtLeast() ?? leverNow(),
    /** Whether Lever's time is known. */
    isTimeKnown: () => clockSkew.lever.ourLeadMs() !== null,
    ...stores,
    ...{ visits, attempts },
    manualInvitations: new ManualInvitations(invitations, sealer),
    ...{ refusals, brake, holdTags, completionNote },
    deliveries: new DeliveryStore({
      ...{ database, integration, rules, inbox, decisions },
      ...(deps.onAccepted && { onAccepted: deps.onAccepted }),
    }),
    stageBatches: new StageBatches({ database, integration, inbox, invitations }),
    decider: new Decider({
      ...{ database, clock, integration, rules, invitations, news, decisions, brake, freshness },
      ...{ visits, holdTags, leverNow, sentElsewhere },
      promises: new RulePromises(invitations, sealer),
      byHand: new ManualRecheck(invitations, sentElsewhere, sealer),
      ...(deps.onDecided && { onDecided: deps.onDecided }),
    }),
    sendQueue,
    sendOutcomes,
    lookupStore: new LookupStore({
      ...{ database, sealer, invitations, outcomes: sendOutcomes, attempts, integration, list },
      control: listControl,
    }),
    ...{ listControl, sentElsewhere },
    statusNumbers,
    progressStore: new ProgressStore({
      ...{ database, invitations, outcomes: sendOutcomes, attempts },
      ...{ news, tags, settings, numbers: statusNumbers },
    }),
    writebackQueue: new WritebackQueue({
      ...{ database, rows: writebacks, attempts, integration },
      onLinkWritten: (tx, { invitationId, opportunityId }, now) => {
        if (invitationId !== null) invitations.markLinked(tx, invitationId, opportunityId, now);
      },
    }),
    erasure: new Erasure({ invitations, writebacks, decisions, attempts }),
    kept: new RetentionQueries(database),
  };
}

// What a daemon does first: recover what a dead process left behind.

export interface SettlingTimes {
  /** Ms until an interrupted send may be looked up. */
  sendingMs: number;
  /** Ms until an interrupted write to Lever may be looked for. */
  writeMs: number;
}

/**
 * The caller holds the data directory's lock, so no one else works on it. Returns how many sends
 * were interrupted.
 */
export async function recover(pipeline: Pipeline, settling: SettlingTimes): Promise<number> {
  const now = pipeline.clock.now();
  const orphans = await pipeline.sendOutcomes.settleOrphans(now, now + settling.sendingMs);
  await pipeline.database.write((tx) => {
    pipeline.writebacks.freeOrphans(tx, now, now + settling.writeMs);
    pipeline.inbox.dueAtStart(tx, now);
    pipeline.brake.releaseIdle(tx, now);
    // While no daemon was running, nothing could proceed.
    pipeline.integration.noteAbleSince(tx, null);
    pipeline.list.resume(tx, now);
  });
  return orphans;
}

/** The handler of single looks, shared by the daemon and the dry run. */
export function makeLookHandler(
  pipeline: Pipeline,
  parts: SharedReads & { lever: () => LeverReader; pause: VendorBackoff },
): LookHandler {
  const { clock, random, log } = pipeline;
  return new LookHandler({
    database: pipeline.database,
    rows: pipeline.inbox,
    decider: pipeline.decider,
    refusals: pipeline.refusals,
    ...{ clock, random, log },
    ...parts,
  });
}

export function makeBatchHandler(
  pipeline: Pipeline,
  parts: SharedReads & {
    lever: () => LeverReader;
    pause: VendorBackoff;
    onDecided: () => void;
    isStopped: () => boolean;
  },
): BatchHandler {
  const { clock, log } = pipeline;
  return new BatchHandler({
    inbox: pipeline.inbox,
    decider: pipeline.decider,
    refusals: pipeline.refusals,
    ...{ clock, log },
    ...parts,
  });
}

export function makeSweep(
  pipeline: Pipeline,
  parts: SharedReads & {
    lever: () => LeverReader;
    onDecided: () => void;
    isStopped: () => boolean;
  },
): Sweep {
  const { clock, log } = pipeline;
  return new Sweep({
    database: pipeline.database,
    integration: pipeline.integration,
    rules: pipeline.rules,
    decisions: pipeline.decisions,
    sweeps: pipeline.sweeps,
    plan: new SweepPlan(),
    inbox: pipeline.inbox,
    decider: pipeline.decider,
    ...{ clock, log },
    ...parts,
  });
}

/** The reader of CodeSubmit's list, with everything that follows from a reading. */
export function makeListReader(pipeline: Pipeline, vendor: () => ChallengeVendor): SentListReader {
  const { database, list, listControl, progressStore, clock, log } = pipeline;
  return new SentListReader({
    ...{ database, vendor, rows: list, clock },
    source: () => sourceOf(pipeline),
    onPage: (rows, now) => pipeline.foreignRows.note(rows, now),
    onRows: (tx, rows, readAt, now) => {
      tellProgress(log, progressStore.settleRows(tx, rows, readAt, now));
    },
    onWhole: (tx, beganAt, isComplete, now) => {
      progressStore.settleWhole(tx, beganAt, now);
      const { ended } = list.state();
      if (ended !== null && isComplete) listControl.noteLag(tx, ended, now);
    },
  });
}

/** With another key, address or field paths it is another list. */
function sourceOf({ currentSettings, codesubmitApiKey, sealer }: Pipeline): string {
  const { codesubmitUrl, listEmailPath, listChallengePath, listDatePath } = currentSettings();
  const parts = [codesubmitUrl, codesubmitApiKey(), listEmailPath, listChallengePath, listDatePath];
  return sealer.markOf(JSON.stringify(parts));
}
