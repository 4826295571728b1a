/** `demo` and `simulator`: what works without the vendors, with a simulated Lever and CodeSubmit. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import { shellQuote, shellWord } from '../../domain/format.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import { wholeNumber, BIN_FILE, type CommandContext, type CommandSpec } from '../command.js';
import { aborted, runUntilSignal } from '../process-end.js';
import { ALL_QUESTIONS, variableOfQuestion } from '../questions.js';
import type { Io } from '../terminal/io.js';

/** The demo's daemon finishes its work first. */
const DEMO_ENDS_WITHIN_MS = 15_000;

export const demoCommand: CommandSpec = {
  words: 'demo',
  does: 'try the whole integration offline',
  flags: { '--auto': 'move three candidates by itself, then stop' },
  examples: ['codesubmit-lever demo --auto'],
  run: async (context, options: { auto?: boolean }) => {
    const { runDemo } = await import('../demo/run-demo.js');
    const isAuto = options.auto === true || !context.io.isInteractive;
    await runUntilSignal(DEMO_ENDS_WITHIN_MS, (stopSignal) => runDemo(context, isAuto, stopSignal));
  },
};

interface SimulatorOptions {
  leverPort: number;
  codesubmitPort: number;
  practise?: boolean;
}

const END_WITHIN_MS = 2_000;
/** The daemon's port in practice mode. */
const DAEMON_PORT = 8737;

const port = wholeNumber(0, 65_535);

export const simulatorCommand: CommandSpec = {
  words: 'simulator',
  does: 'run a simulated Lever and CodeSubmit to practise with',
  flags: { '--practise': 'prepare a data directory to practise setup in' },
  options: [
    new Option('--lever-port <PORT>', 'Lever’s port, 0 for any').argParser(port).default(8747),
    new Option('--codesubmit-port <PORT>', 'CodeSubmit’s port, 0 for any')
      .argParser(port)
      .default(8757),
  ],
  examples: ['codesubmit-lever simulator --practise'],
  run: async (context, options: SimulatorOptions) => {
    await runUntilSignal(END_WITHIN_MS, (stopSignal) => simulate(context, options, stopSignal));
  },
};

/** Runs the simulator until the signal is aborted. With `--practise`, prepares a folder to practise setup in. */
async function simulate(
  { io }: CommandContext,
  options: SimulatorOptions,
  stopSignal: AbortSignal,
): Promise<void> {
  const { startSimulator } = await import('../../simulator/start-simulator.js');
  const simulator = await startSimulator(options).catch((error: unknown) => refuse(error, options));
  let folder: string | undefined;
  try {
    if (options.practise === true) {
      folder = await mkdtemp(join(tmpdir(), 'codesubmit-lever-practice-'));
      await preparePractice(simulator, folder);
    }
    await introduce(io, simulator, folder);
    await aborted(stopSignal);
  } finally {
    await simulator.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Puts into the folder a file, `env`, that sets up a terminal for practice, and for its PATH a `codesubmit-lever`. */
async function preparePractice(simulator: Simulator, folder: string): Promise<void> {
  const address = `http://127.0.0.1:${DAEMON_PORT}`;
  const variables = {
    ...addressesOf(simulator),
    CODESUBMIT_LEVER_HOME: join(folder, 'data'),
    CODESUBMIT_LEVER_SECRET_KEY: randomBytes(32).toString('base64'),
    CODESUBMIT_LEVER_PUBLIC_URL: address,
    LEVER_ENVIRONMENT: 'sandbox',
    HOST: '127.0.0.1',
    PORT: String(DAEMON_PORT),
  };
  // What the terminal has for the user's own integration must not be used in practice.
  const own = ALL_QUESTIONS.flatMap((question) => variableOfQuestion(question) ?? []);
  const lines = [
    `unset ${own.flatMap((name) => [name, `${name}_FILE`]).join(' ')}`,
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuote(value)}`),
    `export PATH=${shellQuote(join(folder, 'bin'))}:"$PATH"`,
  ];
  // A `codesubmit-lever` for PATH: the commands that `setup` prints use that name.
  const program = `#!/bin/sh\nexec node ${shellQuote(BIN_FILE)} "$@"\n`;
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'codesubmit-lever'), program, { mode: 0o700 });
  await writeFile(join(folder, 'env'), `${lines.join('\n')}\n`, { mode: 0o600 });
}

/** The simulator's addresses, by the variable that makes this program use each. */
function addressesOf(simulator: Simulator): Record<string, string> {
  return {
    LEVER_API_URL: simulator.leverApiUrl,
    CODESUBMIT_API_URL: simulator.codesubmitUrl,
    LEVER_AUTHORIZE_URL: simulator.leverAuthorizeUrl,
    LEVER_TOKEN_URL: simulator.leverTokenUrl,
    LEVER_AUDIENCE: simulator.leverAudience,
  };
}

/**
 * Prints how to use the simulator. `folder`: what `--practise` prepared; without it, the variables are printed instead.
 */
async function introduce(io: Io, simulator: Simulator, folder: string | undefined): Promise<void> {
  const keys = await import('../../simulator/seed/base-seed.js');
  const { id, secret } = keys.seedLeverOAuthClient;
  const board = new URL(simulator.leverApiUrl).origin;
  io.say('A simulated Lever and CodeSubmit are running.\n');
  io.say('In a second terminal:');
  if (folder === undefined) {
    for (const [name, value] of Object.entries(addressesOf(simulator)))
      io.out(`export ${name}=${value}`);
    io.out(`export LEVER_API_KEY=${keys.seedLeverApiKey}`);
    io.out(`export CODESUBMIT_API_KEY=${keys.seedCodeSubmitApiKey}`);
  } else {
    const load = `. ${shellWord(join(folder, 'env'))}`;
    io.out(`  ${load}`);
    io.out('  codesubmit-lever setup');
    io.say('In a third, once setup asks for the daemon:');
    io.out(`  ${load}`);
    io.out('  codesubmit-lever serve');
  }
  io.say(`\nLever:         ${board}/`);
  io.say(`  API keys:    ${board}/settings/integrations?tab=api`);
  io.say(`  OAuth:       client ${id}`);
  io.say(`               secret ${secret}`);
  io.say(`CodeSubmit:    ${simulator.codesubmitUrl}/challenges`);
  io.say(`  API keys:    ${simulator.codesubmitUrl}/settings/integrations`);
  const rest = folder === undefined ? '' : ' That removes everything you set up here.';
  io.say(`\nPress Ctrl-C to stop.${rest}`);
}

/** Throws why the simulator didn't start: if a port isn't available, with what to do; otherwise the error as it is. */
async function refuse(error: unknown, { leverPort }: SimulatorOptions): Promise<never> {
  const failure = error as NodeJS.ErrnoException & { port?: number };
  const { syscall, port = 0 } = failure;
  if (syscall !== 'listen') throw error;
  const { explainRefusal } = await import('../../serve/http/base-server.js');
  const flag = port === leverPort ? '--lever-port' : '--codesubmit-port';
  throw explainRefusal({ host: '127.0.0.1', port }, `simulator ${flag}`, failure);
}
