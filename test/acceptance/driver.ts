// Runs the program as an admin would: real processes, a clean environment, a temporary data
// directory.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineClock } from '../../src/cli/create-context.js';
import type { StatusReport } from '../../src/admin/status/status-report.js';
import { runHere } from '../rigs/command-line.js';
import { freePort } from '../rigs/free-port.js';
import { happened } from './vendors/fake-vendor.js';
import { call } from './vendors/webhook-delivery.js';

const program = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));
const commandLimitMs = 100_000;

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type { StatusReport as Status };
export type Invitation = StatusReport['invitations'][number];
export type Held = StatusReport['held'][number];

export type Environment = Readonly<Record<string, string>>;

const LONGEST_WAIT_MS = 1_000;

/**
 * Checks `condition` whenever a vendor has answered or a process has printed, and less and less often while nothing
 * happens, until it returns something true; fails naming `what` it waited for.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { withinMs = 100_000, firstMs = 25, explain = (): string => '' } = {},
): Promise<Exclude<T, false | undefined | null>> {
  const deadline = Date.now() + withinMs;
  let waitMs = firstMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined && value !== null) {
      return value as Exclude<T, false | undefined | null>;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${String(withinMs)} ms in vain: ${what}\n${explain()}`);
    }
    const hasChanged = await change(waitMs);
    waitMs = hasChanged ? firstMs : Math.min(2 * waitMs, LONGEST_WAIT_MS);
  }
}

/** Resolves at the next change, or after so long. */
async function change(withinMs: number): Promise<boolean> {
  const signal = AbortSignal.timeout(withinMs);
  return once(happened, 'change', { signal }).then(
    () => true,
    () => false,
  );
}

/** An aborted test run takes its processes with it. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

class Running {
  stdout = '';
  stderr = '';
  readonly finished: Promise<Finished>;
  #over = false;

  constructor(readonly child: ChildProcess) {
    alive.add(child);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      happened.emit('change');
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.finished = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#over = true;
        alive.delete(child);
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get isOver(): boolean {
    return this.#over;
  }

  signal(name: NodeJS.Signals): void {
    const { pid } = this.child;
    if (pid !== undefined && !this.#over) this.child.kill(name);
  }
}

export class Daemon {
  readonly origin: string;
  readonly #running: Running;

  constructor(
    running: Running,
    readonly port: number,
  ) {
    this.#running = running;
    this.origin = `http://127.0.0.1:${String(port)}`;
  }

  get isOver(): boolean {
    return this.#running.isOver;
  }

  /** Everything it printed, on both streams. */
  get log(): string {
    return `${this.#running.stdout}\n${this.#running.stderr}`;
  }

  /** Its two streams, standard output first. */
  get streams(): readonly [string, string] {
    return [this.#running.stdout, this.#running.stderr];
  }

  get finished(): Promise<Finished> {
    return this.#running.finished;
  }

  /**
   * SIGTERM; rejects when it still runs after the promised ten seconds plus a margin for a busy
   * machine.
   */
  async stop(): Promise<Finished> {
    this.#running.signal('SIGTERM');
    return within(30_000, 'the end of the daemon after SIGTERM', this.finished);
  }

  async isReachable(): Promise<boolean> {
    return call('GET', `${this.origin}/healthz`, { timeoutMs: 2000 }).then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  /** Waits until /healthz answers; rejects when the process ends before. */
  async untilReachable(withinMs = 100_000): Promise<void> {
    await until('an answer of /healthz', async () => this.isOver || this.isReachable(), {
      withinMs,
      explain: () => this.log,
    });
    if (this.isOver) throw new Error(`serve ended at once:\n${this.log}`);
  }
}

/** One data directory of the program, with the processes started on it. */
export class Bridge {
  readonly folder = mkdtempSync(join(tmpdir(), 'bridge-acceptance-'));
  readonly home = join(this.folder, 'home');
  readonly configFolder = join(this.folder, 'config');
  readonly environment: Environment;
  readonly #running = new Set<Running>();
  readonly #daemons: Daemon[] = [];
  readonly #said: string[] = [];

  constructor(environment: Environment) {
    for (const name of ['given', 'user', 'config', 'data', 'state', 'cache', 'run']) {
      mkdirSync(join(this.folder, name), { mode: 0o700 });
    }
    this.environment = {
      PATH: process.env.PATH ?? '',
      LANG: 'C.UTF-8',
      HOME: join(this.folder, 'user'),
      XDG_CONFIG_HOME: this.configFolder,
      XDG_DATA_HOME: join(this.folder, 'data'),
      XDG_STATE_HOME: join(this.folder, 'state'),
      XDG_CACHE_HOME: join(this.folder, 'cache'),
      XDG_RUNTIME_DIR: join(this.folder, 'run'),
      CODESUBMIT_LEVER_HOME: this.home,
      ...environment,
    };
  }

  /** Everything that any process printed, for finding leaked secrets. */
  get allOutput(): string {
    return [...this.#said, ...this.#daemons.map(({ log }) => log)].join('\n');
  }

  get daemonLog(): string {
    return this.#daemons.map(({ log }) => log).join('\n');
  }

  /**
   * Writes a secret to a file for `--…-file`, outside of the folders that the program writes to.
   */
  secretFile(name: string, secret: string): string {
    const path = join(this.folder, 'given', name);
    writeFileSync(path, `${secret}\n`, { mode: 0o600 });
    return path;
  }

  /** In this process: Node starts for longer than most commands take. `serve` handles signals, and has its own. */
  async run(...args: string[]): Promise<Finished> {
    if (args[0] === 'serve') return this.runWith({}, ...args);
    const around = {
      env: this.environment,
      configFolder: join(this.configFolder, 'codesubmit-lever'),
      clock: machineClock,
    };
    const printed = await runHere(args, around);
    this.#said.push(printed.stdout, printed.stderr);
    return { ...printed, signal: null };
  }

  /** In a process of its own. */
  async runWith(
    { env = {}, stdin }: { env?: Environment; stdin?: string },
    ...args: string[]
  ): Promise<Finished> {
    const running = this.#spawn(args, env, stdin);
    const finished = await within(
      commandLimitMs,
      `the end of: codesubmit-lever ${args.join(' ')}`,
      running.finished,
    ).catch((error: unknown) => {
      running.signal('SIGKILL');
      throw error;
    });
    this.#said.push(finished.stdout, finished.stderr);
    return finished;
  }

  /** Runs a command that must succeed. */
  async done(...args: string[]): Promise<Finished> {
    const finished = await this.run(...args);
    if (finished.code !== 0) {
      throw new Error(
        `codesubmit-lever ${args.join(' ')} ended with ${String(finished.code ?? finished.signal)}\n` +
          `stdout: ${finished.stdout}\nstderr: ${finished.stderr}`,
      );
    }
    return finished;
  }

  /** Starts `serve` and waits until it answers. */
  async serve({
    args = [],
    env = {},
    port,
  }: { args?: string[]; env?: Environment; port?: number } = {}): Promise<Daemon> {
    const daemon = this.startServing(port ?? (await freePort()), args, env);
    await daemon.untilReachable();
    return daemon;
  }

  /** Starts `serve` without waiting for anything. */
  startServing(port: number, args: string[] = [], env: Environment = {}): Daemon {
    const all = ['serve', '--host', '127.0.0.1', '--port', String(port), ...args];
    const daemon = new Daemon(this.#spawn(all, env), port);
    this.#daemons.push(daemon);
    return daemon;
  }

  async status(...args: string[]): Promise<StatusReport> {
    const { stdout } = await this.done('status', '--json', ...args);
    return JSON.parse(stdout) as StatusReport;
  }

  /** Reads `status --json` until `condition` holds for it. */
  untilStatus(
    what: string,
    condition: (status: StatusReport) => boolean,
    withinMs = 100_000,
  ): Promise<StatusReport> {
    let last: StatusReport | undefined;
    return until(
      what,
      async () => {
        last = await this.status();
        return condition(last) ? last : undefined;
      },
      { withinMs, explain: () => `${JSON.stringify(last)}\n${this.daemonLog}` },
    );
  }

  /** The files under every folder that the program may write to. */
  files(): string[] {
    return this.#entries((entry) => entry.isFile());
  }

  /** The folders that the program made. */
  folders(): string[] {
    return this.#entries((entry) => entry.isDirectory()).filter((path) => {
      const depth = path.slice(this.folder.length + 1).split('/').length;
      return path === this.home || depth > 1;
    });
  }

  read(path: string): Buffer {
    return readFileSync(path);
  }

  async dispose(): Promise<void> {
    for (const running of this.#running) running.signal('SIGKILL');
    await Promise.all([...this.#running].map(({ finished }) => finished));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #entries(wanted: (entry: { isFile(): boolean; isDirectory(): boolean }) => boolean): string[] {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => wanted(entry))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.startsWith(join(this.folder, 'given')));
  }

  #spawn(args: string[], env: Environment, stdin?: string): Running {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: this.folder,
      env: { ...this.environment, ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.on('error', () => undefined).end(stdin);
    const running = new Running(child);
    this.#running.add(running);
    void running.finished.then(() => this.#running.delete(running));
    return running;
  }
}

function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`waited ${String(ms)} ms in vain: ${what}`));
    }, ms);
  });
  return Promise.race([promise, late]).finally(() => {
    clearTimeout(timer);
  });
}
