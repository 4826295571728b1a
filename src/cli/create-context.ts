/** The process around the commands: its environment, clock and streams; the only place that reads them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FOLDER, resolveHome } from '../config/home.js';
import { SILENT_LOG } from '../domain/log.js';
import type { CommandContext } from './command-context.js';
import { createIo } from './io.js';

export interface GlobalOptions {
  home?: string;
  color?: boolean;
  pager?: boolean;
}

/** The package's version, as its package.json says. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** `conf` takes longer to load than most commands take to run: only who has a memory and needs it waits for it. */
async function rememberedHome(): Promise<string | undefined> {
  if (!existsSync(join(CONFIG_FOLDER, 'config.json'))) return undefined;
  return (await import('./remembered-home.js')).recallHome();
}

export async function createContext(options: GlobalOptions): Promise<CommandContext> {
  const { env } = process;
  const home = resolveHome(
    options.home,
    env,
    options.home === undefined && env.CODESUBMIT_LEVER_HOME === undefined
      ? await rememberedHome()
      : undefined,
  );
  const surroundings = {
    env,
    configFolder: CONFIG_FOLDER,
    clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
    random: Math.random,
    log: SILENT_LOG,
    version: readVersion(),
  };
  const { stdout, stderr, stdin } = process;
  return {
    io: createIo({
      ...{ stdout, stderr, stdin, env },
      isPlain: options.color === false,
      isUnpaged: options.pager === false,
    }),
    env,
    home,
    isHomeGiven: options.home !== undefined,
    surroundings,
    withHouse: async (use) => {
      const { openHouse } = await import('../app/open-house.js');
      const house = openHouse(home, surroundings);
      try {
        return await use(house);
      } finally {
        house.database.close();
      }
    },
    setExitCode: (code) => {
      process.exitCode = code;
    },
  };
}
