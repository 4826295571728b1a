/** The real program against the simulator over real HTTP, on a home in a temporary folder; the daemon is its own process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineClock } from '../../src/cli/create-context.js';
import { openApp, type AppContext } from '../../src/cli/context/open-app.js';
import { SILENT_LOG } from '../../src/domain/log.js';
import type { StatusReport } from '../../src/admin/status/status-report.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { signedBody } from '../../src/simulator/lever/sign-webhook.js';
import { resolveHome } from '../../src/store/home/home.js';
import { runHere } from './command-line.js';
import { eventually } from './eventually.js';
import { SECRET_KEY } from '../support/fictional-records.js';

const PROGRAM = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));

export const SIGNING_TOKEN = '5eed'.repeat(12);
export const WEBHOOK_ID = 'webhook-of-the-test';
export const STAGE = 'Take-home';
export const TAG = 'codesubmit:backend';
const CHALLENGE = 'Backend API';

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

export class ProgramRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'codesubmit-lever-live-'));
  readonly home = join(this.folder, 'home');
  readonly program = PROGRAM;
  readonly #spawned = new Set<{ child: ChildProcess; ended: Promise<Ended> }>();
  readonly #ends: (() => unknown)[] = [];

  private constructor(
    readonly simulator: Simulator,
    /** What its processes get: nothing is inherited. */
    readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** A simulator and its addresses, without a key: nothing set up yet. */
  static async bare(): Promise<ProgramRig> {
    const simulator = await startSimulator({ seed: 'demo', webhookRetryDelaysMs: [200, 400] });
    const rig = new ProgramRig(simulator, {});
    Object.assign(rig.environment, {
      PATH: process.env.PATH,
      HOME: rig.folder,
      CODESUBMIT_LEVER_HOME: rig.home,
      CODESUBMIT_SETTLE_SECONDS: '1',
      LEVER_API_URL: simulator.leverApiUrl,
      CODESUBMIT_API_URL: simulator.codesubmitUrl,
    });
    return rig;
  }

  /** Like `bare`, with every key in the environment. */
  static async start(): Promise<ProgramRig> {
    const rig = await ProgramRig.bare();
    Object.assign(rig.environment, {
      CODESUBMIT_LEVER_SECRET_KEY: SECRET_KEY,
      CODESUBMIT_LEVER_WEBHOOK_ID: WEBHOOK_ID,
      LEVER_API_KEY: seedLeverApiKey,
      LEVER_SIGNING_TOKEN: SIGNING_TOKEN,
      CODESUBMIT_API_KEY: seedCodeSubmitApiKey,
    });
    return rig;
  }

  /** Set up with one rule for the take-home stage. */
  static async setUp(...more: string[]): Promise<ProgramRig> {
    const rig = await ProgramRig.start();
    await rig.setUp(...more);
    return rig;
  }

  async setUp(...more: string[]): Promise<void> {
    const rule = `stage=${STAGE};tag=${TAG};challenge=${CHALLENGE}`;
    const ended = await this.run(
      'setup',
      '--no-input',
      '--rule',
      rule,
      '--public-url',
      'https://bridge.example.com',
      ...more,
    );
    if (ended.code !== 0) throw new Error(`setup failed: ${ended.stderr}`);
  }

  /**
   * Runs one command to its end, in this process: starting Node takes longer than most commands. `serve`, which handles
   * signals, and what a library is loaded into have a process of their own.
   */
  async run(...args: string[]): Promise<Ended> {
    if (args[0] === 'serve' || this.environment.LD_PRELOAD !== undefined) {
      return this.start(...args).ended;
    }
    const printed = await runHere(args, this.#around);
    return { ...printed, signal: null };
  }

  get #around() {
    const configFolder = join(this.folder, '.config', 'codesubmit-lever');
    return { env: this.environment, configFolder, clock: machineClock };
  }

  /** Reads or writes the data directory in this process. */
  async withApp<T>(use: (app: AppContext) => T | Promise<T>): Promise<T> {
    const runtime = { ...this.#around, random: Math.random, log: SILENT_LOG, version: '0' };
    const app = openApp(resolveHome(this.home, {}, undefined), runtime);
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

  /** Starts a script of the tests in a process that has the program's environment. */
  startScript(file: string, env: NodeJS.ProcessEnv = {}): RunningCommand {
    return this.#start([process.execPath, file], env);
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
    const { stdout } = await this.run('status', '--json', ...args);
    return JSON.parse(stdout) as StatusReport;
  }

  /** Of the newest invitation of one candidate. */
  async stateOf(id: string): Promise<string | undefined> {
    const { invitations } = await this.status();
    return invitations.find(({ opportunityId }) => opportunityId === id)?.state;
  }

  /** A fictional candidate in the stage before, with the tag. */
  candidate(name: string, stage = 'Phone screen', tags: string[] = [TAG]): string {
    const email = `${name.toLowerCase().replace(/\W+/g, '.')}@example.com`;
    return this.simulator.lever.actions.create({ name, stageId: stage, emails: [email], tags }).id;
  }

  /** Moves without any webhook of the simulator's own. */
  move(opportunityId: string, stage = STAGE): void {
    this.simulator.lever.actions.move(opportunityId, stage);
  }

  /** A signed stage change as Lever sends it; resolves with the answer's status. */
  deliver(daemon: RunningDaemon, opportunityId: string, triggeredAt = Date.now()): Promise<number> {
    return this.post(daemon, this.delivery(opportunityId, triggeredAt));
  }

  /** The body of a delivery, by which it can be sent again: each has a token of its own. */
  delivery(opportunityId: string, triggeredAt = Date.now()): string {
    const { stageId } = this.simulator.lever.opportunities.get(opportunityId);
    const data = { opportunityId, toStageId: stageId };
    const event = { event: 'candidateStageChange', triggeredAt, data };
    return JSON.stringify(signedBody(event, SIGNING_TOKEN));
  }

  /** Gives up like Lever: the port of a daemon killed meanwhile may belong to a program that never answers. */
  async post(daemon: RunningDaemon, body: string): Promise<number> {
    const reply = await fetch(`${daemon.url}/webhooks/lever/${WEBHOOK_ID}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(100_000),
    });
    await reply.text();
    return reply.status;
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
    await this.simulator.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #start(command: readonly string[], env?: NodeJS.ProcessEnv): RunningCommand {
    const { child, ended, output } = this.#spawn(command, env);
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

  #spawn(command: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const [file = '', ...args] = command;
    const child = spawn(file, args, {
      env: { ...this.environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that what a wrapper runs ends with it.
      detached: true,
    });
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
