/** How states are shown: of the integration, of an invitation, and what `preview` expects. */
import type { Outcome } from '../../admin/preview.js';
import type { InvitationListing, StatusReport } from '../../admin/status.js';
import type { InvitationState } from '../../domain/invitation.js';
import { describeReason } from '../../domain/reasons.js';

/** The outcomes of `preview`, in the order of its table. */
export const OUTCOME_WORDS: Record<Outcome, string> = {
  send: '→ gets it',
  adopt: '= has it from CodeSubmit',
  wait: '‖ waits',
  refused: '✗ refused before',
  hold: '! on hold',
  ignore: '· nothing',
};

/** The sign tells them apart without colour. */
export const STATE_WORDS: Record<StatusReport['integration']['state'], string> = {
  active: '● active',
  paused: '‖ paused: no challenge is sent',
  needs_reauth: '! Lever or CodeSubmit rejects the key or login: everything waits',
  revoked: '○ revoked',
  not_set_up: '○ not set up',
};

export const INVITATION_SIGNS: Record<InvitationState, string> = {
  queued: '·',
  sending: '→',
  uncertain: '?',
  invited: '→',
  linked: '✓',
  failed: '✗',
  cancelled: '–',
};

/** `failed: …`, or `linked, started`. */
export function stateInWords({ state, progress, reason }: InvitationListing): string {
  if (reason !== null) return `${state}: ${describeReason(reason)}`;
  return progress === null || progress === 'invited' ? state : `${state}, ${progress}`;
}
