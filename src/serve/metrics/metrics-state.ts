/** How a data directory stands at one moment, from kept counts and partial indexes: cheap however long its history is. */
import type { HoldReason } from '../../domain/decision.js';
import type { Problem } from '../../domain/problem.js';
import type { IntegrationRow } from '../../store/integration-store.js';
import { countDueLooks, countHeld } from '../../store/candidates.js';
import { tallyPending, type WritebackTally } from '../../store/writebacks.js';
import { diskOf } from '../../admin/facts/disk.js';
import type { KnownWithProblems } from '../../admin/facts/fact.js';
import { loginLeftMs } from '../../admin/facts/lever-facts.js';
import type { Readiness } from '../../admin/facts/readiness.js';
import { readCounts } from '../../admin/queries/decisions.js';
import { findGrant, type Grant } from '../../lever/grant.js';

export interface MetricsState {
  version: string;
  /** Epoch ms. */
  now: number;
  isReady: boolean;
  integration: IntegrationRow;
  problems: Problem[];
  /** Invitations by state, and how many candidates are on hold. */
  counts: Record<string, number>;
  held: ReadonlyMap<HoldReason, number>;
  due: { n: number; since: number | null };
  pending: WritebackTally[];
  /** Undefined with an API key. */
  login: Login | undefined;
  diskFreeBytes: number;
}

export type Login = Pick<Grant, 'loggedInAt' | 'expiresAt'> & {
  /** Epoch ms; after it, someone has to log in again. */
  endsAt: number;
};

export interface Measured extends KnownWithProblems {
  runtime: { version: string };
}

/** Rejects when the database can't be read. */
export async function readState(app: Measured, readiness: Readiness): Promise<MetricsState> {
  const { configuration, database, runtime, clock, home } = app;
  const isReady = (await readiness.unreadyReasons()).length === 0;
  const now = clock.now();
  return {
    ...{ version: runtime.version, now, isReady },
    integration: configuration.row(),
    problems: app.problems(),
    counts: readCounts(app),
    held: countHeld(database),
    due: countDueLooks(database, now),
    pending: tallyPending(database),
    login: findLogin(app, now),
    diskFreeBytes: diskOf(home.folder).freeBytes,
  };
}

function findLogin({ configuration, secrets }: Measured, now: number): Login | undefined {
  if (configuration.current().settings.leverAuth === 'api_key') return undefined;
  const grant = findGrant(secrets, now);
  if (!grant) return undefined;
  const { loggedInAt, expiresAt } = grant;
  return { loggedInAt, expiresAt, endsAt: now + loginLeftMs(grant, now) };
}
