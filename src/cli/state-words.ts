/** The states of the integration and of an invitation as people read them; the sign tells it without colour. */
import type { StatusReport } from '../app/status-report.js';
import type { InvitationState } from '../domain/invitation.js';

export const STATE_WORDS: Record<StatusReport['integration']['state'], string> = {
  active: '● active',
  paused: '‖ paused: no challenge goes out',
  needs_reauth: '! needs a new login or key: everything waits',
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
