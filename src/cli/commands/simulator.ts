/** `simulator`: the Lever and the CodeSubmit to practise against, alone. */
import { InvalidArgumentError, type Command } from 'commander';
import { AppError } from '../../domain/errors.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import type { ContextOf } from '../command-context.js';
import { aborted, runUntilSignal } from '../run-until-signal.js';
import type { Io } from '../terminal/io.js';

interface SimulatorOptions {
  leverPort: number;
  codesubmitPort: number;
}

const END_WITHIN_MS = 2_000;

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('Give a port number from 0 to 65535.');
}

export function addSimulator(program: Command, contextOf: ContextOf): void {
  program
    .command('simulator')
    .description('run a simulated Lever and CodeSubmit to practise with')
    .option('--lever-port <PORT>', 'Lever’s port, 0 for any', parsePort, 8747)
    .option('--codesubmit-port <PORT>', 'CodeSubmit’s port, 0 for any', parsePort, 8757)
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever simulator')
    .action(async (options: SimulatorOptions) => {
      await runUntilSignal(END_WITHIN_MS, async (asked) => {
        await simulate((await contextOf()).io, options, asked);
      });
    });
}

async function simulate(io: Io, options: SimulatorOptions, asked: AbortSignal): Promise<void> {
  const { startSimulator } = await import('../../simulator/start-simulator.js');
  const simulator = await startSimulator(options).catch((error: unknown) => {
    throw toRefusal(error, options);
  });
  await introduce(io, simulator);
  await aborted(asked);
  await simulator.close();
}

/** A port that can't be had is a sentence; all else is thrown as it is. */
function toRefusal(error: unknown, { leverPort }: SimulatorOptions): unknown {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  const why = code === 'EACCES' ? 'this user may not take that port' : 'another program has it';
  const flag = port === leverPort ? '--lever-port' : '--codesubmit-port';
  return new AppError(
    'conflict',
    `Can’t listen on port ${String(port)}: ${why} (${code}).`,
    `Choose another: codesubmit-lever simulator ${flag} PORT`,
    error,
  );
}

async function introduce(io: Io, simulator: Simulator): Promise<void> {
  const keys = await import('../../simulator/seed/base-seed.js');
  io.say('A simulated Lever and CodeSubmit are running. In another terminal:');
  io.out(`export LEVER_API_URL=${simulator.leverApiUrl}`);
  io.out(`export CODESUBMIT_API_URL=${simulator.codesubmitUrl}`);
  io.out(`export LEVER_AUTHORIZE_URL=${simulator.leverAuthorizeUrl}`);
  io.out(`export LEVER_TOKEN_URL=${simulator.leverTokenUrl}`);
  io.out(`export LEVER_AUDIENCE=${simulator.leverAudience}`);
  io.out(`export LEVER_API_KEY=${keys.seedLeverApiKey}`);
  io.out(`export CODESUBMIT_API_KEY=${keys.seedCodeSubmitApiKey}`);
  const { id, secret } = keys.seedLeverOAuthClient;
  io.say(`An OAuth client to practise a login with: ${id}, its secret ${secret}`);
  io.say(`Lever to click: ${new URL(simulator.leverApiUrl).origin}/`);
  io.say(`Drive it: ${simulator.controlUrl} (docs/simulator.md). Ctrl-C ends it.`);
}
