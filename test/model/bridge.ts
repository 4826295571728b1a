/**
 * What the model drives: the real daemon over HTTP in real time, or the same work in simulated
 * time.
 */
import type { ConnectedApp } from '../../src/app/connect-vendors.js';
import type { Clock } from '../../src/domain/clock.js';
import type { findApprovable } from '../../src/operate/actions/admin-actions.js';
import type { Problem } from '../../src/domain/problem.js';
import type { StatusReport } from '../../src/operate/status/status-report.js';
import type { CodeSubmitWorld } from '../../src/simulator/codesubmit/codesubmit-world.js';
import type { LeverWorld } from '../../src/simulator/lever/lever-world.js';
import type { Settings } from '../../src/storage/settings/settings.js';
import type { KillMoment } from '../rigs/in-process.js';

/** The part of `status` that is checked. */
export interface Status extends Pick<StatusReport, 'invitations' | 'held'> {
  integration: { state: string; problems: Pick<Problem, 'code' | 'since'>[] };
}

export interface Bridge {
  /** The vendors' time. `leadMs` is how far the machine's calendar is ahead of it. */
  readonly clock: Clock & { advance(ms: number): void; leadMs?: number };
  readonly simulator: { lever: LeverWorld; codesubmit: CodeSubmitWorld };
  setUp(rules: readonly string[], brake: string, settings?: Partial<Settings>): Promise<void>;
  /** A second one on the same accounts, with its own data directory. */
  beside(folder: string, codesubmitApiKey: string): Bridge;
  /** Stops the daemon until `wake`. */
  rest(): Promise<void>;
  wake(): Promise<void>;
  restart(): Promise<void>;
  killDuring(moment: KillMoment, happen: () => Promise<void>): Promise<void>;
  /** Resolves once nothing more happens until time passes. */
  settle(): Promise<void>;
  sweep(): Promise<void>;
  rows<T>(sql: string): T[];
  status(): Status;
  pause(): Promise<void>;
  resume(): Promise<void>;
  approve(
    who: readonly string[] | 'all',
    onHolds: (holds: ReturnType<typeof findApprovable>) => void,
  ): Promise<void>;
  command<T>(run: (app: ConnectedApp) => Promise<T>): Promise<T>;
  signed(data: Record<string, unknown>, event?: string): string;
  deliver(body: string): Promise<void>;
}
