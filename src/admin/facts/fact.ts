/**
 * What a fact is: one thing that can be wrong, with how to find out and what to say. From the table of facts `status`,
 * `doctor`, alarms, metrics and setup take what they report. And whether a daemon runs.
 */
import type { AppError, Vendor } from '../../domain/errors.js';
import type { Problem, ProblemCode } from '../../domain/problem.js';
import type { App } from '../app.js';
import { readCounts } from '../queries/decisions.js';
import type { Inspection } from './inspection.js';
import { isServing } from '../../store/database/file-lock.js';
import type { Stores } from '../../store/open-existing.js';

/** What an open data directory shows without a call to anyone. */
export type Known = Stores & Pick<App, 'home' | 'configuration' | 'secrets'>;

/**
 * What is wrong. Its code, vendor and what it stops are the fact's, and its level is `fail`, unless it says otherwise.
 */
export interface Wrong
  extends
    Pick<Problem, 'what' | 'fix'>,
    Partial<Pick<Problem, 'level' | 'code' | 'vendor' | 'subject' | 'links' | 'stops'>> {
  /** Epoch ms. */
  since?: number | null;
}

/** Why the check couldn't find out, and the vendor who is to blame. */
export interface Unknown {
  unknown: string;
  vendor?: Vendor;
}

/** Undefined when nothing is wrong. */
export type Found = Wrong | readonly Wrong[] | undefined;

/**
 * What a check found. A string is the sentence that says that all is fine; `unset` says what happens instead, because
 * the setting isn't set.
 */
export type Answer = string | Wrong | readonly Wrong[] | Unknown | { unset: string };

export interface Fact {
  /** Stable: `doctor --json` shows it. */
  id: string;
  /** On a terminal, where the id isn't plain English. */
  title?: string;
  /** In `status --json`; what `find` says may have its own. */
  code?: ProblemCode;
  vendor?: Vendor;
  /**
   * What it needs to be checked. Where that is missing, the fact is left out, because another one says why. `home` is a
   * data directory with a database; by default it's an integration that was set up and not revoked.
   */
  needs?: 'nothing' | 'home';
  /** The sentence that says that nothing is wrong. */
  fine?: string;
  /** What stops while it's wrong, for the first line of `status`. */
  stops?: 'everything' | 'sending';
  /** A warning is an alarm too: no one would see it in time otherwise. */
  isWarningAlarm?: true;
  /** While it fails, `/readyz` says 503. */
  isUnready?: true;
  /** What our own files and tables show: costs no call and writes nothing. */
  find?: (known: Known) => Found;
  /** What happens instead, where the setting isn't set: then there is nothing to check, and `find` isn't asked. */
  unset?: (known: Known) => string | undefined;
  /** A step left to the admin: of the setup, or ending a pause. No problem of `status`, no alarm. */
  setupStep?: (known: Known) => Wrong | undefined;
  /**
   * What only a vendor, the network or the machine can tell. May throw what the clients throw; then it isn't known, and
   * what was known before stays.
   */
  ask?: (inspection: Inspection, signal: AbortSignal) => Answer | Promise<Answer>;
  /**
   * When the daemon checks it; without a pace only `doctor` does. What it finds is stored until a check passes, if it is
   * an alarm and the fact has a code.
   */
  pace?: 'daily' | 'with_sweep';
  /** Whether this error of ours is what the fact reports. For other facts it's only why they are unknown. */
  reports?: (error: AppError) => boolean;
  /**
   * For facts that only our own work can show, such as a sweep: why nothing is known yet. They are unknown too while
   * their vendor rejects us, or for a fact without a vendor, while either does.
   */
  untried?: (known: Known) => string | undefined;
}

/** By the work that shows a fact: why nothing is known yet. Undefined once it was done. */
export const UNTRIED = {
  webhook: ({ integration }: Known) =>
    integration.read().last_delivery_at === null ? 'no webhook has come yet' : undefined,
  sweep: ({ integration }: Known) =>
    integration.read().last_sweep_at === null ? 'the stages haven’t been checked yet' : undefined,
  /** Done once a challenge got beyond the queue, whatever came of it. */
  sending: (known: Known) => {
    const counts = readCounts(known);
    const isTried = ['sending', 'uncertain', 'invited', 'linked', 'failed'].some(
      (state) => (counts[state] ?? 0) > 0,
    );
    return isTried ? undefined : 'no challenge was sent yet';
  },
  /** Done once a link is in Lever: a note or a tag alone doesn't count. */
  writing: (known: Known) =>
    (readCounts(known).linked ?? 0) === 0 ? 'nothing was written to Lever yet' : undefined,
};

/**
 * Whether a daemon is running: it holds a lock that ends with its process. `since` (epoch ms): when it was started, or
 * if it isn't running, when it was last seen; null when none ever ran.
 */
export function whenDaemonRan({ home, integration }: Pick<Known, 'home' | 'integration'>) {
  const row = integration.read();
  const running = isServing(home);
  return { running, since: running ? row.daemon_started_at : row.daemon_seen_at };
}

export const CHECK_STATUSES = ['pass', 'warn', 'fail'] as const;

export interface CheckResult {
  /** The fact’s. Several results have it when several things are wrong. */
  id: string;
  status: (typeof CHECK_STATUSES)[number];
  /** One sentence without its full stop: what is fine, or what is wrong and why. */
  summary: string;
  /** The command, or the one step, that fixes it; null when there is nothing to fix. */
  fix: string | null;
  /** The check could not find out, so the last known result stays. */
  isUnknown?: true;
  /** Of an unknown result: the vendor who kept us from finding out. */
  vendor?: Vendor | undefined;
  /** What it is about isn't set up, so nothing was checked. */
  isUnset?: true;
}
