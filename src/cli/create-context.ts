/** The process around the commands: only this file reads its environment, clock and streams. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AppContext } from './context/open-app.js';
import type { App, Runtime } from '../admin/app.js';
import type { Environment } from '../store/home/environment.js';
import { CONFIG_FOLDER, type Home, resolveHome } from '../store/home/home.js';
import type { Clock } from '../domain/clock.js';
import { SILENT_LOG } from '../domain/log.js';
import { readVersion } from './package-files.js';
import { createIo, type Io } from './terminal/io.js';

/** What every command gets: where to print, the data directory, and the ways to open it. */
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
  withVendors: <T>(use: (app: App) => Promise<T> | T) => Promise<T>;
  /** Sets the exit code of a command that worked and found something unhealthy. */
  setExitCode: (code: number) => void;
}

/** Creates the context once the global options are known. */
export type ContextOf = () => Promise<CommandContext>;

interface GlobalOptions {
  home?: string;
  color?: boolean;
}

/** What a command line runs in: this process, except in tests. */
export interface Host extends Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr'> {
  env: Environment;
  /** The folder of the key files. */
  configFolder: string;
  clock: Clock;
}

export const machineClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => Number(process.hrtime.bigint() / 1_000_000n),
};

export function thisProcess(): Host {
  const { env, stdin, stdout, stderr } = process;
  return { env, stdin, stdout, stderr, configFolder: CONFIG_FOLDER, clock: machineClock };
}

/** The data directory of an earlier setup. `conf` is loaded on demand: that takes longer than most commands take to run. */
async function rememberedHome(configFolder: string): Promise<string | undefined> {
  if (!existsSync(join(configFolder, 'config.json'))) return undefined;
  return (await import('./remembered-home.js')).recallHome(configFolder);
}

/** `setExitCode` is called by a command that worked and found something unhealthy. */
export async function createContext(
  options: GlobalOptions,
  { env, stdin, stdout, stderr, configFolder, clock }: Host,
  setExitCode: (code: number) => void,
): Promise<CommandContext> {
  const home = resolveHome(
    options.home,
    env,
    options.home === undefined && env.CODESUBMIT_LEVER_HOME === undefined
      ? await rememberedHome(configFolder)
      : undefined,
  );
  // The prompts' library decides about colour by the environment alone.
  if (options.color === false) Object.assign(env, { NO_COLOR: '1' });
  const version = readVersion();
  const runtime = { env, configFolder, clock, random: Math.random, log: SILENT_LOG, version };
  const withApp: CommandContext['withApp'] = async (use) => {
    const { openApp } = await import('./context/open-app.js');
    const app = openApp(home, runtime);
    try {
      return await use(app);
    } finally {
      app.database.close();
    }
  };
  return {
    io: await createIo({
      stdout,
      stderr,
      stdin,
      env,
      isPlain: options.color === false,
    }),
    env,
    home,
    isHomeGiven: options.home !== undefined,
    runtime,
    withApp,
    withVendors: async (use) => {
      const { connectVendors } = await import('./context/connect-vendors.js');
      return withApp((app) => use(connectVendors(app)));
    },
    setExitCode,
  };
}
