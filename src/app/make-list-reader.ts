/** The reader of CodeSubmit's list, with all that follows from what a reading shows. */
import type { ChallengeVendor } from '../domain/codesubmit-port.js';
import { SentListReader } from '../invitations/sent-list-reader.js';
import { tellProgress } from '../results/progress-poller.js';
import type { Pipeline } from './create-pipeline.js';

export function makeListReader(pipeline: Pipeline, vendor: () => ChallengeVendor): SentListReader {
  const { database, list, listControl, progressStore, clock, log } = pipeline;
  return new SentListReader({
    ...{ database, vendor, rows: list, clock },
    source: () => sourceOf(pipeline),
    onPage: (rows, now) => pipeline.foreignRows.note(rows, now),
    onRows: (rows, readAt, now) => {
      tellProgress(log, progressStore.settleRows(rows, readAt, now));
    },
    onWhole: (beganAt, isComplete, now) => {
      progressStore.settleWhole(beganAt, now);
      const { ended } = list.state();
      if (ended !== null && isComplete) listControl.noteLag(ended, now);
    },
  });
}

/** By another key, at another address, or with its fields elsewhere it is another list. */
function sourceOf({ currentSettings, codesubmitApiKey, sealer }: Pipeline): string {
  const { codesubmitUrl, listEmailPath, listChallengePath, listDatePath } = currentSettings();
  const parts = [codesubmitUrl, codesubmitApiKey(), listEmailPath, listChallengePath, listDatePath];
  return sealer.markOf(JSON.stringify(parts));
}
