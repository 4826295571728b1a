// The program as an admin runs it, and all that it says and leaves on disk.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatusReport } from '../../src/admin/status.js';
import { eventually } from '../rigs/eventually.js';
import { ProcessRig, type Ended, type RunningDaemon } from '../rigs/processes.js';

export type { RunningDaemon };
export type Status = StatusReport;
export type Invitation = StatusReport['invitations'][number];
export type Environment = Readonly<Record<string, string>>;

/** One data directory of the program, with the processes started on it. */
export class Bridge extends ProcessRig {
  readonly #daemons: RunningDaemon[] = [];
  readonly #said: string[] = [];

  constructor(environment: Environment) {
    super({ LANG: 'C.UTF-8', ...environment });
    mkdirSync(join(this.folder, 'given'), { mode: 0o700 });
  }

  /** Everything that any process printed, for finding leaked secrets. */
  get allOutput(): string {
    return [...this.#said, this.daemonLog].join('\n');
  }

  get daemonLog(): string {
    return this.#daemons.map(({ output }) => `${output.stdout}\n${output.stderr}`).join('\n');
  }

  /** Writes a secret to a file for `--…-file`, outside of the folders that the program writes to. */
  secretFile(name: string, secret: string): string {
    const path = join(this.folder, 'given', name);
    writeFileSync(path, `${secret}\n`, { mode: 0o600 });
    return path;
  }

  override async run(...args: string[]): Promise<Ended> {
    return this.#note(await super.run(...args));
  }

  /** In a process of its own. */
  async runWith(given: { env?: Environment; stdin?: string }, ...args: string[]): Promise<Ended> {
    return this.#note(await this.startWith(given, ...args).ended);
  }

  #note(ended: Ended): Ended {
    this.#said.push(ended.stdout, ended.stderr);
    return ended;
  }

  override async serve(): Promise<RunningDaemon> {
    const daemon = await super.serve();
    this.#daemons.push(daemon);
    return daemon;
  }

  /** Waits until it finds something; a failure shows what the daemons said. */
  until<T>(
    what: string,
    find: () => T | false | undefined | Promise<T | false | undefined>,
  ): Promise<T> {
    const found = async () => (await find()) || undefined;
    return eventually(what, found).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.daemonLog}`, { cause: error });
    });
  }

  /** Reads `status --json` until `condition` holds for it. */
  untilStatus(what: string, condition: (status: Status) => boolean): Promise<Status> {
    const holding = async (): Promise<Status | false> => {
      const status = await this.status();
      return condition(status) && status;
    };
    return this.until(what, holding);
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

  #entries(wanted: (entry: { isFile(): boolean; isDirectory(): boolean }) => boolean): string[] {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => wanted(entry))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.startsWith(join(this.folder, 'given')));
  }
}
