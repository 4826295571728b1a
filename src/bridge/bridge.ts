/** What every step works with. */
import type { Clock } from '../domain/clock.js';
import type { Decision } from '../domain/decision.js';
import type { LeverReader } from '../domain/lever-ports.js';
import type { Log } from '../domain/log.js';
import type { Database } from '../store/database/database.js';
import type { Sealer } from '../store/home/sealer.js';
import type { IntegrationStore } from '../store/integration-store.js';
import type { RuleStore } from '../store/rule-store.js';
import type { SentListStore } from '../store/sent-list-store.js';
import type { Settings } from '../store/settings/settings.js';
import type { SharedReads } from './read-memory.js';
import type { Recipients } from './recipients.js';

export interface Bridge {
  database: Database;
  sealer: Sealer;
  clock: Clock;
  integration: IntegrationStore;
  rules: RuleStore;
  /** The copy of CodeSubmit's list. */
  list: SentListStore;
  recipients: Recipients;
  currentSettings: () => Settings;
  /** Called with each new decision, once it is on disk; neither throws nor waits. */
  onDecided: (decision: Decision) => void;
  log: Log;
}

/** Lever as one process reads it. */
export interface LeverReads {
  client: () => LeverReader;
  reads: SharedReads;
}

export interface SweepProgress {
  /** Called after each write, so that queued challenges are sent at once. */
  onDecided: () => void;
  /** True to stop: the next sweep finds what is left. */
  isStopped: () => boolean;
}
