/** What every command gets: where to print, the data directory, and the ways to open it. */
import type { Environment } from '../storage/home/environment.js';
import type { Home } from '../storage/home/home.js';
import type { AppContext } from '../app/app-context.js';
import type { ConnectedApp } from '../app/connect-vendors.js';
import type { Runtime } from '../app/read-context.js';
import type { Io } from './terminal/io.js';

export interface CommandContext {
  io: Io;
  env: Environment;
  home: Home;
  /** True when `--home` named it. */
  isHomeGiven: boolean;
  runtime: Runtime;
  /** Opens the data directory for `use`, and closes the database whatever happens. */
  withApp: <T>(use: (app: AppContext) => Promise<T> | T) => Promise<T>;
  /** The same, connected with the vendors. */
  withVendors: <T>(use: (app: ConnectedApp) => Promise<T> | T) => Promise<T>;
  /** Sets the exit code of a command that worked and found something unhealthy. */
  setExitCode: (code: number) => void;
}

/** Creates the context once the global options are known. */
export type ContextOf = () => Promise<CommandContext>;
