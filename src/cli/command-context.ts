/** What every command is given: where to print, which home, and the ways to open it. */
import type { Environment } from '../storage/home/environment.js';
import type { Home } from '../storage/home/home.js';
import type { AppContext } from '../app/app-context.js';
import type { Runtime } from '../app/read-context.js';
import type { Io } from './terminal/io.js';

export interface CommandContext {
  io: Io;
  env: Environment;
  home: Home;
  /** The home was named by its flag, on purpose. */
  isHomeGiven: boolean;
  runtime: Runtime;
  /** Opens the home for the length of `use`; the database is closed whatever happens. */
  withApp: <T>(use: (app: AppContext) => Promise<T> | T) => Promise<T>;
  /** Sets the exit code of a command that did its work and found something unhealthy. */
  setExitCode: (code: number) => void;
}

/** Makes the context once the global options are known. */
export type ContextOf = () => Promise<CommandContext>;
