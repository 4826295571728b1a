/** The daemon in the test's process, on a data directory that is set up. */
import type { App, Runtime } from '../../src/admin/app.js';
import { openForServe } from '../../src/cli/context/open-app.js';
import { Daemon } from '../../src/serve/daemon.js';
import type { Home } from '../../src/store/home/home.js';

export interface DaemonHere {
  app: App;
  daemon: Daemon;
  stop: () => Promise<void>;
}

/** Holds the data directory's lock like `serve`; it doesn't listen yet. */
export async function openDaemon(
  home: Home,
  runtime: Runtime,
  options: { pollMs: number },
): Promise<DaemonHere> {
  const { app, close } = await openForServe(home, runtime);
  // Durable or not is for other tests to say; these make thousands of commits.
  app.database.connection.pragma('synchronous = OFF');
  const daemon = new Daemon(app, options.pollMs);
  const stop = async (): Promise<void> => {
    await daemon.stop();
    close();
  };
  return { app, daemon, stop };
}
