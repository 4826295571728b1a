/**
 * What a fact is: one row of the table from which `status`, `doctor`, alarms, metrics and setup say what is wrong. And
 * whether a daemon runs.
 */
import type { AppError, Vendor } from '../../domain/errors.js';
import type { Problem, ProblemCode } from '../../domain/problem.js';
import type { App } from '../app.js';
import type { IntegrationRow } from '../../store/integration-store.js';
import { readCounts } from '../queries/decisions.js';
import type { Inspection } from './inspection.js';
import { isServing } from '../../store/home/is-serving.js';

/** What an open data directory says by itself. */
export type Known = Pick<
  App,
  | 'home'
  | 'database'
  | 'sealer'
  | 'clock'
  | 'configuration'
  | 'integration'
  | 'secrets'
  | 'rules'
  | 'list'
>;

/** The same, with what an admin should act on. */
export type KnownWithProblems = Known & Pick<App, 'problems'>;

/** What is wrong. What it leaves out is as its row says. */
export interface Wrong extends Pick<Problem, 'what' | 'fix'>, Partial<Pick<Problem, 'links'>> {
  /** By default it fails. */
  level?: Problem['level'];
  code?: ProblemCode;
  vendor?: Vendor | null;
  subject?: string;
  /** Epoch ms. */
  since?: number | null;
}

/** Why it couldn't be asked, and the vendor who is to blame. */
export interface Unknown {
  unknown: string;
  vendor?: Vendor;
}

interface Unset {
  unset: string;
}

/** Undefined when nothing is wrong. */
export type Found = Wrong | readonly Wrong[] | undefined;

/** How it sounds when it's fine, or what is wrong. */
export type Answer = string | Wrong | readonly Wrong[] | Unknown | Unset;

/**
 * What it needs to be looked at. Without it the row is left out, because another one says why: `home` is a data
 * directory with a database; by default it's an integration that was set up and not revoked.
 */
type Need = 'nothing' | 'home';

export interface Fact {
  /** Stable: `doctor --json` shows it. */
  id: string;
  /** On a terminal, where the id isn't plain English. */
  title?: string;
  /** In `status --json`; what `find` says may have its own. */
  code?: ProblemCode;
  vendor?: Vendor;
  needs?: Need;
  /** How it sounds when nothing is wrong. */
  fine?: string | ((known: Known) => string);
  /** What stops while it's wrong, for the first line of `status`. */
  stops?: 'everything' | 'sending';
  /** Its warnings would go unseen without an alarm. */
  isToldEarly?: true;
  /** While it's wrong, `/readyz` says 503. */
  isUnready?: true;
  /** What our own files and tables show: costs no call and writes nothing. */
  find?: (known: Known) => Found;
  /** What happens without it, where nothing is set. */
  unset?: (known: Known) => string | undefined;
  /** A step of the setup that is still to do. No problem of `status`, no alarm. */
  left?: (known: Known) => Wrong | undefined;
  /**
   * What only a vendor, the network or the machine can tell. May throw what the clients throw; then it isn't known, and
   * what was known before stays.
   */
  ask?: (inspection: Inspection, signal: AbortSignal) => Answer | Promise<Answer>;
  /** When the daemon asks by itself; else only `doctor` does. With a code, what then fails is kept until it passes. */
  pace?: 'daily' | 'with_sweep';
  /** Whether it's about this error of ours; for the other rows that is only why they aren't known. */
  isAbout?: (error: AppError) => boolean;
  /**
   * Where only what was done shows that it's fine: why nothing is known yet. Nor is it while a vendor rejects us, its own
   * or, without one, either.
   */
  untried?: (known: Known) => string | undefined;
}

/** Why nothing is known yet of what only this shows. */
export const UNTRIED = {
  webhook: ({ integration }: Known) =>
    integration.read().last_delivery_at === null ? 'no webhook has come yet' : undefined,
  sweep: ({ integration }: Known) =>
    integration.read().last_sweep_at === null ? 'the stages haven’t been checked yet' : undefined,
  sending: (known: Known) => {
    const counts = readCounts(known);
    const isTried = ['sending', 'uncertain', 'invited', 'linked', 'failed'].some(
      (state) => (counts[state] ?? 0) > 0,
    );
    return isTried ? undefined : 'no challenge was sent yet';
  },
  writing: (known: Known) =>
    (readCounts(known).linked ?? 0) === 0 ? 'nothing was written to Lever yet' : undefined,
  heartbeat: ({ integration }: Known) =>
    integration.read().daemon_started_at === null ? 'the daemon hasn’t run yet' : undefined,
};

export const START_DAEMON = 'Run: codesubmit-lever serve';

/**
 * By its lock, which dies with it. `since` (epoch ms): when it was started, or when it was last seen; null when none
 * ever ran.
 */
export function whenDaemonRan({ home, integration }: Pick<Known, 'home' | 'integration'>) {
  const row = integration.read();
  const running = isServing(home);
  return { running, since: running ? row.daemon_started_at : lastSeenAt(row) };
}

/** After a crash the last sweep is the newer sign of life. */
function lastSeenAt(row: IntegrationRow): number | null {
  if (row.daemon_seen_at === null) return row.last_sweep_at;
  return Math.max(row.daemon_seen_at, row.last_sweep_at ?? 0);
}
