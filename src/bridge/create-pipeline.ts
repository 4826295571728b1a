/** Connects the pipeline's steps on one database. */
import type { ChallengeVendor } from '../domain/codesubmit-port.js';
import type { Decision } from '../domain/decision.js';
import type { Log } from '../domain/log.js';
import type { Configuration } from '../store/settings/configuration.js';
import type { Tx } from '../store/database/database.js';
import type { Stores } from '../store/create-stores.js';
import { releaseIdleBrakes } from './brake.js';
import { Recipients } from './recipients.js';
import { recoverSending } from './send.js';
import { makeAlarmsDue } from '../store/facts.js';
import { makeLooksDue } from '../store/candidates.js';
import { makeInvitationsDue } from '../store/invitations.js';
import { SentListReader } from './sent-list-reader.js';
import { takeRows, takeWhole, tellProgress } from './follow-progress.js';
import { settleMs } from './settle.js';
import { Deliveries, type Accepted } from '../store/deliveries.js';
import { doubtWritebacks, makeWritebacksDue, recoverWriting } from '../store/writebacks.js';
import { writeSettleMs } from './write-back.js';

/** Each is called once the event is on disk; none throws or waits. */
export interface PipelineObserver {
  /** A delivery was stored. */
  onAccepted(accepted: Accepted): void;
  /** A decision that differs from the previous one for the same opportunity. */
  onDecided(decision: Decision): void;
}

export interface PipelineDeps {
  stores: Stores;
  /** What is in force. */
  configuration: () => Pick<Configuration, 'settings' | 'codesubmitApiKey'>;
  random: () => number;
  log: Log;
  observer?: PipelineObserver | undefined;
}

export type Pipeline = ReturnType<typeof createPipeline>;

/** Reads nothing yet. */
export function createPipeline(deps: PipelineDeps) {
  const { stores, configuration, random, log, observer } = deps;
  const { database, integration, rules, clock } = stores;
  return {
    ...stores,
    recipients: new Recipients(clock),
    currentSettings: () => configuration().settings,
    codesubmitApiKey: () => configuration().codesubmitApiKey,
    onDecided: (decision: Decision) => observer?.onDecided(decision),
    random,
    log,
    deliveries: new Deliveries(database, integration, rules, (accepted) =>
      observer?.onAccepted(accepted),
    ),
  };
}

// What a daemon does first: recover what a dead process left behind.

/** Ms until a send, and a write to Lever, of unknown outcome may be looked up. */
interface Settling {
  sendingMs: number;
  writeMs: number;
}

function settlingOf(pipeline: Pipeline): Settling {
  return { sendingMs: settleMs(pipeline), writeMs: writeSettleMs(pipeline) };
}

/**
 * The caller holds the data directory's lock, so no one else works on it. What was interrupted may be looked up after
 * these times. Returns how many sends were.
 */
export async function recover(
  pipeline: Pipeline,
  settling = settlingOf(pipeline),
): Promise<number> {
  const now = pipeline.clock.now();
  const orphans = await recoverSending(pipeline, now, now + settling.sendingMs);
  await pipeline.database.write((tx) => {
    recoverWriting(tx, now + settling.writeMs);
    makeAllDue(pipeline, tx, settling);
    releaseIdleBrakes(tx, pipeline, now);
    pipeline.list.resume(tx, now);
    if (pipeline.integration.read().restored_at === null) return;
    // What was sent since the copy was made is no news to it, and its links may be in Lever by now.
    pipeline.list.clear(tx);
    doubtWritebacks(tx);
  });
  return orphans;
}

/** At start and after a jump of our calendar: no stored time says any more how long something waits. */
export function makeAllDue(pipeline: Pipeline, tx: Tx, settling = settlingOf(pipeline)): void {
  const { integration, clock } = pipeline;
  const now = clock.now();
  makeWritebacksDue(tx, now, now + settling.writeMs);
  makeLooksDue(tx, now);
  makeInvitationsDue(tx, now, now + settling.sendingMs);
  makeAlarmsDue(tx, now);
  // Until then nothing could proceed.
  integration.noteAble(tx, null);
}

/** The reader of CodeSubmit's list, with everything that follows from a reading. */
export function makeListReader(pipeline: Pipeline, vendor: () => ChallengeVendor): SentListReader {
  const { database, list, clock, log } = pipeline;
  return new SentListReader({
    ...{ database, vendor, rows: list, clock },
    source: () => sourceOf(pipeline),
    follower: {
      onRows: (tx, rows, readAt, now) => {
        tellProgress(log, takeRows(tx, pipeline, rows, { readAt, now }));
      },
      onWhole: (tx, beganAt, now) => {
        takeWhole(tx, pipeline, { readAt: beganAt, now });
      },
    },
  });
}

/** With another key, address or field paths it is another list. */
function sourceOf({ currentSettings, codesubmitApiKey, sealer }: Pipeline): string {
  const { codesubmitUrl, listEmailPath, listChallengePath, listDatePath } = currentSettings();
  const parts = [codesubmitUrl, codesubmitApiKey(), listEmailPath, listChallengePath, listDatePath];
  return sealer.markOf(JSON.stringify(parts));
}
