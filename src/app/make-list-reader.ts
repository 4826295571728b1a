/** The reader of CodeSubmit's list, with all that follows from what a reading shows. */
import type { ChallengeVendor } from '../domain/codesubmit-port.js';
import { SentListReader } from '../invitations/sent-list-reader.js';
import { tellProgress } from '../results/progress-poller.js';
import type { House } from './house.js';

export function makeListReader(house: House, vendor: () => ChallengeVendor): SentListReader {
  const { database, list, listControl, progressStore, surroundings } = house;
  return new SentListReader({
    ...{ database, vendor, rows: list, clock: surroundings.clock },
    source: () => sourceOf(house),
    onPage: (rows, now) => house.foreignRows.note(rows, now),
    onRows: (rows, readAt, now) => {
      tellProgress(surroundings.log, progressStore.settleRows(rows, readAt, now));
    },
    onWhole: (beganAt, isComplete, now) => {
      progressStore.settleWhole(beganAt, now);
      const { ended } = list.state();
      if (ended !== null && isComplete) listControl.noteLag(ended, now);
    },
  });
}

/** By another key, at another address, or with its fields elsewhere it is another list. */
function sourceOf({ configuration, sealer }: House): string {
  const { settings, codesubmitApiKey } = configuration.current();
  const { codesubmitUrl, listEmailPath, listChallengePath, listDatePath } = settings;
  const parts = [codesubmitUrl, codesubmitApiKey, listEmailPath, listChallengePath, listDatePath];
  return sealer.markOf(JSON.stringify(parts));
}
