/** Whether a daemon runs, and since when. */
import { isServing } from '../../store/home/is-serving.js';
import type { IntegrationRow } from '../../store/integration-store.js';
import type { Known } from './fact.js';

export const START_DAEMON = 'Run: codesubmit-lever serve';

export interface DaemonState {
  running: boolean;
  /** Epoch ms: when it was started, or when it was last seen. Null when none ever ran. */
  since: number | null;
}

/** By its lock, which dies with it; what is stored says since when. */
export function whenDaemonRan({
  home,
  integration,
}: Pick<Known, 'home' | 'integration'>): DaemonState {
  const row = integration.read();
  const running = isServing(home);
  return { running, since: running ? row.daemon_started_at : lastSeenAt(row) };
}

/** After a crash the last sweep is the newer sign of life. */
function lastSeenAt(row: IntegrationRow): number | null {
  if (row.daemon_seen_at === null) return row.last_sweep_at;
  return Math.max(row.daemon_seen_at, row.last_sweep_at ?? 0);
}
