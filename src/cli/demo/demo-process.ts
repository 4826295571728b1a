/** Runs this program in separate processes, on the demo's data directory. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Simulator } from '../../simulator/start-simulator.js';
import { BIN_FILE } from '../package-files.js';
import type { AppContext } from '../context/app-context.js';
import type { Runtime } from '../context/read-context.js';
import type { Io } from '../terminal/io.js';
import { AppError } from '../../domain/errors.js';

export type DemoEnvironment = Record<string, string | undefined>;

/** What the parts of the demo share. */
export interface Demo {
  io: Io;
  simulator: Simulator;
  env: DemoEnvironment;
  runtime: Runtime;
  /** Aborted when the demo ends; whatever waits throws its reason. */
  asked: AbortSignal;
}

/** What a process needs to run on the demo's data directory. */
type Around = Pick<Demo, 'env' | 'asked'>;

function start(args: readonly string[], env: DemoEnvironment): ChildProcess {
  return spawn(process.execPath, [BIN_FILE, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function read(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}

/** Runs a command and returns its output. Throws with its error output. */
export async function runCommand(args: readonly string[], { env, asked }: Around): Promise<string> {
  const child = start(args, env);
  const [out, complaint, [code]] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  // Ctrl-C also reaches the command, so its end is no failure then.
  asked.throwIfAborted();
  if (code === 0) return out;
  throw new AppError(
    'internal',
    `“codesubmit-lever ${args[0] ?? ''}” failed: ${complaint.trim()}`,
    'Run: codesubmit-lever demo',
  );
}

/** The demo's data directory, read in this process. */
export async function withDemo<T>(
  { env, runtime }: Demo,
  use: (app: AppContext) => Promise<T> | T,
): Promise<T> {
  const { openApp } = await import('../context/open-app.js');
  const { resolveHome } = await import('../../store/home/home.js');
  const home = resolveHome(undefined, env, undefined);
  const app = openApp(home, { ...runtime, env }, { isReadOnly: true });
  try {
    return await use(app);
  } finally {
    app.database.close();
  }
}

export interface DemoDaemon {
  /** Where it listens. */
  url: string;
  pid: number | undefined;
  /** Stops it and waits for its end. */
  stop(): Promise<void>;
}

/** Starts `serve` on a free port and resolves once it listens. */
export async function startDaemon({ env, asked }: Around): Promise<DemoDaemon> {
  const child = start(['serve', '--port', '0'], env);
  const closed = once(child, 'close');
  const complaint = read(child.stderr);
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const port = await new Promise<number | undefined>((resolve) => {
    lines.on('line', (line) => {
      const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
      if (msg === 'listening') resolve(port);
    });
    void closed.then(() => {
      resolve(undefined);
    });
  });
  if (port === undefined) {
    asked.throwIfAborted();
    throw new AppError(
      'internal',
      `The daemon ended: ${await complaint}`,
      'Run: codesubmit-lever demo',
    );
  }
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    stop: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
