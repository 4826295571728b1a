/** The integration's state as people read it; the sign tells it without colour. */
import type { StatusReport } from '../app/status-report.js';

export const STATE_WORDS: Record<StatusReport['integration']['state'], string> = {
  active: '● active',
  paused: '‖ paused: no challenge goes out',
  needs_reauth: '! needs a new login or key: everything waits',
  revoked: '○ revoked',
  not_set_up: '○ not set up',
};
