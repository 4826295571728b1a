/**
 * The positive control of a reading of CodeSubmit's list. Only a reading that shows our own
 * accepted invitations, by address, challenge and date, can prove an absence. Pure.
 */
import { MINUTE_MS } from '../../domain/clock.js';
import type { ChallengeId, VendorInvitationId } from '../../domain/ids.js';
import type { Span } from '../../domain/codesubmit-port.js';

/** How far CodeSubmit's clock may be off from our estimate. */
export const CLOCK_ALLOWANCE_MS = 5 * MINUTE_MS;

/** One of ours that CodeSubmit accepted. */
export interface AcceptedInvitation {
  id: VendorInvitationId;
  challengeId: ChallengeId;
  emailHash: Buffer;
  /** When we sent it, and when CodeSubmit had answered: epoch ms on its clock. */
  sent: Span;
}

/** How the list shows it. */
export interface ShownInvitation {
  challengeId: ChallengeId | null;
  emailHash: Buffer | null;
  created: Span | null;
}

/**
 * `none`: nothing of ours was ever accepted. `missing`: one isn't listed. `unrecognised`: one is
 * listed differently.
 */
export type Control = 'shown' | 'none' | 'missing' | 'unrecognised';

export function judgeControl(
  accepted: readonly AcceptedInvitation[],
  find: (id: VendorInvitationId) => ShownInvitation | undefined,
): Control {
  if (accepted.length === 0) return 'none';
  const judged = accepted.map((one) => judge(one, find(one.id)));
  return judged.find((one) => one !== 'shown') ?? 'shown';
}

function judge(one: AcceptedInvitation, shown: ShownInvitation | undefined): Control {
  if (!shown) return 'missing';
  const isSame =
    shown.challengeId === one.challengeId &&
    shown.emailHash?.equals(one.emailHash) === true &&
    isWithin(shown.created, one.sent);
  return isSame ? 'shown' : 'unrecognised';
}

/** A date without a time or zone can't show that. */
function isWithin(created: Span | null, { from, until }: Span): boolean {
  if (created === null || created.from !== created.until) return false;
  return created.from >= from - CLOCK_ALLOWANCE_MS && created.until <= until + CLOCK_ALLOWANCE_MS;
}
