/** How the states of the integration and of an invitation are shown, by `status` and by what doesn’t load it. */
import type { InvitationListing, StatusReport } from '../../admin/status.js';
import type { InvitationState } from '../../domain/invitation.js';
import { describeReason } from '../../domain/reasons.js';

/** The integration's state. The sign tells them apart without colour. */
export const STATE_WORDS: Record<StatusReport['integration']['state'], string> = {
  active: '● active',
  paused: '‖ paused: no challenge is sent',
  needs_reauth: '! Lever or CodeSubmit rejects the key or login: everything waits',
  revoked: '○ revoked',
  not_set_up: '○ not set up',
};

/** An invitation's state. */
export const INVITATION_SIGNS: Record<InvitationState, string> = {
  queued: '·',
  sending: '→',
  uncertain: '?',
  invited: '→',
  linked: '✓',
  failed: '✗',
  cancelled: '–',
};

/** The state with its reason, if there is one (`failed: …`), or else with the progress (`linked, started`). */
export function stateInWords({ state, progress, reason }: InvitationListing): string {
  if (reason !== null) return `${state}: ${describeReason(reason)}`;
  return progress === null || progress === 'invited' ? state : `${state}, ${progress}`;
}
