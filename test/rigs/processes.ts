/** The real program on a data directory in a temporary folder: its commands in this process, the daemon in one of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineClock, type Clock } from '../../src/domain/clock.js';
import { openApp } from '../../src/cli/context/open-app.js';
import type { App, Runtime } from '../../src/admin/app.js';
import { SILENT_LOG } from '../../src/domain/log.js';
import type { StatusReport } from '../../src/admin/status.js';
import { resolveHome } from '../../src/store/home/home.js';
import { parseReport } from '../docs/report-schemas.js';
import { runHere } from './command-line.js';
import { eventually } from './eventually.js';

const PROGRAM = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunningDaemon {
  process: ChildProcess;
  url: string;
  /** What it has said so far. */
  output: { stdout: string; stderr: string };
  ended: Promise<Ended>;
  /** The most memory that it ever had. */
  highestMb: () => number;
  /** Ends it by a signal and waits for its end. */
  kill: (signal: NodeJS.Signals) => Promise<Ended>;
  /** Kills it together with the wrapper around it. */
  killGroup: () => Promise<Ended>;
}

/** A command that has not ended yet. */
export interface RunningCommand {
  process: ChildProcess;
  /** What it has said so far. */
  output: { stdout: string; stderr: string };
  ended: Promise<Ended>;
  /** Ends it by SIGKILL and waits for its end. */
  kill: () => Promise<Ended>;
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function highestMb({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1_024);
}

export class ProcessRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'codesubmit-lever-live-'));
  readonly home = join(this.folder, 'home');
  readonly program = PROGRAM;
  /** What its processes get: nothing is inherited. */
  readonly environment: NodeJS.ProcessEnv;
  /** Of the commands that run in this process. */
  readonly clock: Clock = machineClock;
  /** Of the key files. */
  readonly configFolder = join(this.folder, '.config', 'codesubmit-lever');
  readonly #spawned = new Set<{ child: ChildProcess; ended: Promise<Ended> }>();
  readonly #ends: (() => unknown)[] = [];

  constructor(environment: NodeJS.ProcessEnv) {
    const { PATH } = process.env;
    const own = { PATH, HOME: this.folder, CODESUBMIT_LEVER_HOME: this.home };
    this.environment = { ...own, ...environment };
  }

  /**
   * Runs one command to its end, in this process: starting Node takes longer than most commands. `serve`, which handles
   * signals, and what a library is loaded into have a process of their own.
   */
  async run(...args: string[]): Promise<Ended> {
    if (args[0] === 'serve' || this.environment.LD_PRELOAD !== undefined) {
      return this.start(...args).ended;
    }
    const printed = await runHere(args, this.runtime);
    return { ...printed, signal: null };
  }

  /** Like `run`; fails unless it succeeds. */
  async succeed(...args: string[]): Promise<Ended> {
    const ended = await this.run(...args);
    if (ended.code === 0) return ended;
    throw new Error(`${args.join(' ')}: ${ended.stdout}${ended.stderr}`);
  }

  /** What runs in this process gets this. */
  protected get runtime(): Runtime {
    const { environment: env, configFolder, clock } = this;
    return { env, configFolder, clock, random: Math.random, log: SILENT_LOG, version: '0' };
  }

  /** Reads or writes the data directory in this process. */
  async withApp<T>(use: (app: App) => T | Promise<T>): Promise<T> {
    const app = openApp(resolveHome(this.home), this.runtime);
    try {
      return await use(app);
    } finally {
      app.database.close();
    }
  }

  /** Starts one command in a process that may be killed. */
  start(...args: string[]): RunningCommand {
    return this.startBy([], ...args);
  }

  /** Like `start`, by way of `wrapper`. */
  startBy(wrapper: readonly string[], ...args: string[]): RunningCommand {
    return this.#start([...wrapper, process.execPath, PROGRAM, ...args]);
  }

  /** Like `start`, with more in its environment and on its standard input. */
  startWith(given: { env?: NodeJS.ProcessEnv; stdin?: string }, ...args: string[]): RunningCommand {
    return this.#start([process.execPath, PROGRAM, ...args], given.env, given.stdin);
  }

  /** Starts a script of the tests in a process that has the program's environment, by way of `wrapper` if one is given. */
  startScript(file: string, wrapper: readonly string[] = []): RunningCommand {
    return this.#start([...wrapper, process.execPath, file]);
  }

  /** Starts `serve`, by way of `wrapper` if one is given, and resolves once it listens. */
  serve(wrapper: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<RunningDaemon> {
    return this.serveUntil('listening', wrapper, env);
  }

  /** Like `serve`; resolves once it has logged that message with its port. */
  async serveUntil(
    message: string,
    wrapper: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): Promise<RunningDaemon> {
    const { child, ended, output } = this.#spawn(
      [...wrapper, process.execPath, PROGRAM, 'serve', '--port', '0'],
      env,
    );
    let isOver = false;
    void ended.then(() => (isOver = true));
    const portOf = (said: string): string | undefined =>
      new RegExp(`"port":(\\d+).*"msg":"${said}"`).exec(output.stdout)?.[1];
    const port = await eventually(`the daemon says: ${message}`, () => {
      if (isOver) throw new Error(`the daemon ended: ${output.stderr}${output.stdout}`);
      return portOf(message);
    });
    return {
      process: child,
      url: `http://127.0.0.1:${port}`,
      output,
      ended,
      highestMb: () => highestMb(child),
      kill: async (signal: NodeJS.Signals) => {
        child.kill(signal);
        return ended;
      },
      killGroup: async () => {
        killGroup(child);
        return ended;
      },
    };
  }

  async status(...args: string[]): Promise<StatusReport> {
    return parseReport('status', await this.run('status', '--json', ...args));
  }

  /** What is done when the rig is closed, once its processes have ended. */
  onClose(end: () => unknown): void {
    this.#ends.push(end);
  }

  /** Ends every process and removes every file. */
  async close(): Promise<void> {
    for (const { child } of this.#spawned) killGroup(child);
    await Promise.all([...this.#spawned].map(({ ended }) => ended));
    await Promise.all(this.#ends.map((end) => end()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #start(command: readonly string[], env?: NodeJS.ProcessEnv, stdin = ''): RunningCommand {
    const { child, ended, output } = this.#spawn(command, env, stdin);
    return {
      process: child,
      output,
      ended,
      kill: async () => {
        child.kill('SIGKILL');
        return ended;
      },
    };
  }

  #spawn(command: readonly string[], env: NodeJS.ProcessEnv = {}, stdin = '') {
    const [file = '', ...args] = command;
    const child = spawn(file, args, {
      env: { ...this.environment, ...env },
      stdio: 'pipe',
      // A group of its own, so that what a wrapper runs ends with it.
      detached: true,
    });
    child.stdin.on('error', () => undefined).end(stdin);
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    const ended = (async (): Promise<Ended> => {
      const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
      return { code, signal, ...output };
    })();
    const spawned = { child, ended };
    this.#spawned.add(spawned);
    void ended.then(() => this.#spawned.delete(spawned));
    return { child, ended, output };
  }
}
