/** What a setup uses: everything that the answers are tried with and kept in. */
import type { HoldTags } from '../pipeline/invitations/lever-updates.js';
import type { SentListStore } from '../pipeline/invitations/sent-list-store.js';
import type { AccountRejections } from '../pipeline/vendor-availability.js';
import type { Environment } from '../storage/home/environment.js';
import type { AlarmStore } from '../storage/state/alarm-store.js';
import type { FindingStore } from '../storage/state/finding-store.js';
import type { FinishLoginDeps } from '../vendors/lever/login/login.js';
import type { RuleDeps } from './rules/activate-rules.js';
import type { SyncWebhooksDeps } from './webhooks/sync-webhooks.js';

export interface SetupDeps extends SyncWebhooksDeps, FinishLoginDeps, RuleDeps {
  runtime: { env: Environment; version: string };
  alarms: AlarmStore;
  findings: FindingStore;
  refusals: AccountRejections;
  holdTags: HoldTags;
  /** The copy of CodeSubmit's list. */
  list: SentListStore;
}
