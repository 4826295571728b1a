/**
 * The ways to kill the process of a cell from outside, at moments that cost nothing in production.
 */
import type { TappedProgram } from '../rigs/tapped-program.js';
import type { TappedRequest, VendorTap } from '../rigs/vendor-tap.js';

/** What the next process meets, in the matrices of single effects. */
export const AFTERMATHS = ['calm', 'lost', '5xx after', '5xx before'] as const;
export type Aftermath = (typeof AFTERMATHS)[number];

export type Matches = (request: TappedRequest) => boolean;

export interface Mortal {
  readonly tapped: TappedProgram;
  /** Kills the process by SIGKILL; resolves when it is gone. */
  die: () => Promise<void>;
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
  mortal: Mortal,
  tap: VendorTap,
  matches: Matches,
  then: 'pass' | 'discard',
): Promise<void> {
  return tap.arm({
    matches,
    arrived: async () => {
      await mortal.die();
      return then;
    },
  });
}

/** Killed after the answer arrived, with nothing of it on disk. */
export function dieAnswered(mortal: Mortal, tap: VendorTap, matches: Matches): Promise<void> {
  const { file } = mortal.tapped;
  return tap.arm({
    matches,
    worked: async () => file.stopWrites(),
    answered: async () => {
      await mortal.die();
      file.letWrite();
    },
  });
}

/** Killed once `isReached`, with pending updates to Lever on disk and no commit after that. */
export async function dieOwing(mortal: Mortal, isReached: () => Promise<unknown>): Promise<void> {
  const { file } = mortal.tapped;
  file.exec(`CREATE TRIGGER stop_here BEFORE UPDATE OF claim ON writebacks
    WHEN NEW.claim IS NOT NULL BEGIN SELECT RAISE(ABORT, 'stopped by the test'); END`);
  await isReached();
  await mortal.die();
  file.exec('DROP TRIGGER stop_here');
}
