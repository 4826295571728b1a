/** The program behind taps, killed from outside at moments that cost nothing in production. */
import type { RunningDaemon } from '../rigs/program.js';
import type { TappedProgram } from '../rigs/tapped-program.js';
import type { TappedRequest, VendorTap } from '../rigs/vendor-tap.js';

export type Matches = (request: TappedRequest) => boolean;

/** What the runs against kills have in common: whom they are about, and what must have come of it, is theirs. */
export class CrashRun {
  #daemon: RunningDaemon | undefined;

  constructor(readonly tapped: TappedProgram) {}

  get daemon(): RunningDaemon | undefined {
    return this.#daemon;
  }

  /** Starts the daemon unless it runs. */
  async serve(): Promise<RunningDaemon> {
    this.#daemon ??= await this.tapped.live.serve();
    return this.#daemon;
  }

  /** Kills the process by SIGKILL; resolves when it is gone. */
  async die(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    await daemon?.kill('SIGKILL');
  }

  close(): Promise<void> {
    return this.tapped.close();
  }
}

/** A request to Lever about one opportunity; `what` follows its id in the path. */
export function isAbout(id: string, method: string, what: string): Matches {
  const wanted = `/v1/opportunities/${id}${what}`;
  return (request) => request.method === method && request.path === wanted;
}

/** A read of CodeSubmit's list of sent challenges. */
export const isListing: Matches = ({ method, path }) =>
  method === 'GET' && path === '/api/external/candidates';

/**
 * Killed as soon as the request arrives, or while it's under way: then the vendor still does the
 * work.
 */
export function dieAsking(
  run: CrashRun,
  tap: VendorTap,
  matches: Matches,
  then: 'pass' | 'discard',
): Promise<void> {
  return tap.arm({
    matches,
    arrived: async () => {
      await run.die();
      return then;
    },
  });
}

/** Killed after the answer arrived, with nothing of it on disk. */
export function dieAnswered(run: CrashRun, tap: VendorTap, matches: Matches): Promise<void> {
  const { file } = run.tapped;
  return tap.arm({
    matches,
    worked: async () => file.stopWrites(),
    answered: async () => {
      await run.die();
      file.letWrite();
    },
  });
}

/** Killed once `isReached`, with pending updates to Lever on disk and no commit after that. */
export async function dieOwing(run: CrashRun, isReached: () => Promise<unknown>): Promise<void> {
  const { file } = run.tapped;
  file.exec(`CREATE TRIGGER stop_here BEFORE UPDATE OF claim ON writebacks
    WHEN NEW.claim IS NOT NULL BEGIN SELECT RAISE(ABORT, 'stopped by the test'); END`);
  await isReached();
  await run.die();
  file.exec('DROP TRIGGER stop_here');
}
