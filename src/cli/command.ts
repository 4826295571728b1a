/**
 * What every command is given: its place in the help, and the process around it. Commands get the environment, the clock,
 * the streams and the package's folder from here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, type Command, type Option } from 'commander';
import type Conf from 'conf';
import type { App } from '../admin/app.js';
import type { Known } from '../admin/facts/fact.js';
import { machineClock } from '../domain/clock.js';
import { shellWord } from '../domain/format.js';
import { SILENT_LOG } from '../domain/log.js';
import { readVariable, type Environment } from '../store/home/environment.js';
import { CONFIG_FOLDER, resolveHome, type Home } from '../store/home/home.js';
import { createIo, type Io } from './terminal/io.js';

/** A command: its place in the help, and what it does. */
export interface CommandSpec {
  /** Its name and arguments. */
  words: string;
  does: string;
  /** Runs where none of the commands beside it is named. */
  isDefault?: boolean;
  /** In no help. */
  isHidden?: boolean;
  /** What each flag does. The keys are flags as the help shows them: `--name <NAME>`. */
  flags?: Readonly<Record<string, string>>;
  /** Flags with a default, or of which not every value is accepted. */
  options?: readonly Option[];
  /** What else the help says, in lines of at most 80 columns. */
  help?: string;
  /** Whole command lines; the command alone if it has none. */
  examples?: readonly string[];
  /** The commands below it. */
  below?: readonly CommandSpec[];
  /** Is called with the command's arguments, then its options, then commander's command. */
  run?: (context: CommandContext, ...args: never[]) => Promise<void>;
  /** What only this command asks of commander. */
  adjust?: (command: Command) => void;
}

/**
 * Adds a command below `above`, with its flags, help, examples, and the commands below it. `path`: the words before its
 * name, such as `codesubmit-lever rules`.
 */
export function addCommand(
  above: Command,
  spec: CommandSpec,
  makeContext: MakeContext,
  path = above.name(),
): void {
  const { words, does, flags = {}, options = [], help, below = [], run } = spec;
  const { isDefault = false, isHidden = false } = spec;
  const command = above.command(words, { isDefault, hidden: isHidden }).description(does);
  const ownPath = `${path} ${command.name()}`;
  // A usage error names the help of this very command. commander would add a `help` below it.
  command.showHelpAfterError(`  → Run: ${ownPath} --help`).helpCommand(false);
  for (const [flag, text] of Object.entries(flags)) command.option(flag, text);
  for (const option of options) command.addOption(option);
  spec.adjust?.(command);
  const lines = (spec.examples ?? [ownPath]).map((example) => `  $ ${example}`);
  const before = help === undefined ? '' : `\n${help}\n`;
  command.addHelpText('after', `${before}\nExample:\n${lines.join('\n')}`);
  for (const one of below) addCommand(command, one, makeContext, ownPath);
  if (run) command.action(async (...args) => run(await makeContext(), ...(args as never[])));
}

/** Returns what reads a flag's whole number within these bounds, and throws commander's usage error for other text. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Throws commander's sentence about `name`, which is no command below `above`, with the nearest one. */
export function refuseCommand(above: Command, name: string): never {
  above.args = [name];
  // commander's own way to refuse `args[0]`; its types don't declare the method.
  return (above as unknown as { unknownCommand: () => never }).unknownCommand();
}

/** What every command gets: where to print, the data directory, and the ways to open it. */
export type CommandContext = Awaited<ReturnType<typeof createContext>>;

/** Creates the context. Called by a command's action, because only then the global options are known. */
export type MakeContext = () => Promise<CommandContext>;

/** Makes the `run` of a command that works on the open data directory: it opens that, calls `act`, and closes it. */
export function onApp<Args extends unknown[]>(
  act: (io: Io, app: App, ...args: Args) => Promise<void>,
): (context: CommandContext, ...args: Args) => Promise<void> {
  return ({ io, withApp }, ...args) => withApp((app) => act(io, app, ...args));
}

/** What a command line runs in: this process, except in tests. */
export type Host = ReturnType<typeof thisProcess>;

/** What a command uses of the process it runs in. */
export function thisProcess() {
  const { stdout, stderr } = process;
  const env: Environment = process.env;
  return {
    env,
    /** Opened by Node when first asked for: few commands need it. */
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    /** The folder of the key files. */
    configFolder: CONFIG_FOLDER,
    clock: machineClock,
  };
}

/**
 * Returns a function that opens what is remembered between commands: the data directory. Opening it may throw. `conf`
 * is loaded on demand: that takes longer than most commands take to run.
 */
async function loadMemory(configFolder: string): Promise<() => Conf<{ home?: string }>> {
  const { default: Conf } = await import('conf');
  const options = { projectName: 'codesubmit-lever', cwd: configFolder, configFileMode: 0o600 };
  return () => new Conf({ ...options, clearInvalidConfig: true });
}

/**
 * The data directory of an earlier setup. Undefined if nothing is remembered, or the folder can't be read: a command
 * that needs the key file, which is in the same folder, says so.
 */
async function rememberedHome(configFolder: string): Promise<string | undefined> {
  if (!existsSync(join(configFolder, 'config.json'))) return undefined;
  const openMemory = await loadMemory(configFolder);
  try {
    return openMemory().get('home');
  } catch {
    return undefined;
  }
}

/** Lets later commands find the data directory without naming it again. Throws if the folder can't be written. */
export async function rememberHome(configFolder: string, { folder }: Home): Promise<void> {
  const openMemory = await loadMemory(configFolder);
  openMemory().set('home', folder);
}

/** Creates what a command gets: its output, the data directory that is named or remembered, and ways to open it. */
export async function createContext(
  options: { home?: string; color?: boolean },
  host: Host,
  /** For a command that worked and found something unhealthy. */
  setExitCode: (code: number) => void,
) {
  const { env, configFolder, clock } = host;
  const named = readVariable(env, 'CODESUBMIT_LEVER_HOME');
  const usual = resolveHome(named ?? (await rememberedHome(configFolder)));
  const home = options.home === undefined ? usual : resolveHome(options.home);
  // The prompts' library decides about colour by the environment alone.
  if (options.color === false) Object.assign(env, { NO_COLOR: '1' });
  const version = readVersion();
  const homeFlag = home.folder === usual.folder ? '' : `--home ${shellWord(home.folder)} `;
  const runtime = { env, configFolder, clock, random: Math.random, log: SILENT_LOG, version };
  return {
    io: await createIo(host, homeFlag),
    home,
    /** True when `--home` named it. */
    isHomeGiven: options.home !== undefined,
    /** What it is without `--home`. */
    usualHome: usual,
    runtime,
    /** Opens the data directory for `use`, with the vendors' clients, and closes the database whatever happens. */
    withApp: async <T>(use: (app: App) => Promise<T> | T): Promise<T> => {
      const { openApp } = await import('./context/open-app.js');
      return closeAfter(openApp(home, runtime), use);
    },
    /** Opens the data directory for `use`, which only reads, and closes it. Loads only a third of the program. */
    readApp: async <T>(use: (known: Known) => T): Promise<T> => {
      const { openToRead } = await import('./context/open-to-read.js');
      return closeAfter(openToRead(home, runtime), use);
    },
    setExitCode,
  };
}

/** Returns what `use` makes of the open data directory, and closes the database whatever happens. */
async function closeAfter<Opened extends Pick<Known, 'database'>, T>(
  opened: Opened,
  use: (opened: Opened) => Promise<T> | T,
): Promise<T> {
  try {
    return await use(opened);
  } finally {
    opened.database.close();
  }
}

/** The file that `codesubmit-lever` on a command line runs. */
export const BIN_FILE = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));

/** Sources and the built program are both two folders below it. */
export const PACKAGE_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** The version in package.json. */
export function readVersion(): string {
  const text = readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** What to type to run this program again: its name doesn't work in a clone, nor after npx. */
export function programName(): string {
  // An installed program is run by a link of its name, npx's by one in `node_modules`, a clone's by its `.js` file.
  const isNamed = !/node_modules|\.js$/.test(process.argv[1] ?? '');
  return isNamed ? 'codesubmit-lever' : `node ${shellWord(BIN_FILE)}`;
}
