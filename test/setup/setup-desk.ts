/**
 * An admin's desk: an empty data directory, a simulator, terminals to type into and a browser to
 * click in.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { StatusReport } from '../../src/operate/status/status-report.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { freePort } from '../rigs/free-port.js';
import { hasChromium, openChromium } from '../browser/open-chromium.js';
import { Terminal, hasTmux } from '../support/terminal.js';

const PROGRAM = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));

/** Both are checked, so each prints its message. */
export function hasDesk(): boolean {
  return [hasTmux(), hasChromium()].every(Boolean);
}

export class SetupDesk {
  readonly folder = mkdtempSync(join(tmpdir(), 'codesubmit-lever-setup-'));
  readonly #terminals: Terminal[] = [];
  readonly #opened: Page[] = [];
  readonly #blockers: Server[] = [];
  #browser: Promise<Browser> | undefined;

  private constructor(
    readonly simulator: Simulator,
    /** A free port for the daemon. */
    readonly port: number,
    /** Where a login returns to, on its own port. */
    readonly callback: string,
  ) {}

  static async start(): Promise<SetupDesk> {
    const simulator = await startSimulator({ seed: 'demo', webhookRetryDelaysMs: [200, 400] });
    const callback = `http://localhost:${await freePort()}/oauth/lever/callback`;
    const world = new SetupDesk(simulator, await freePort(), callback);
    world.#installProgram();
    return world;
  }

  /** The environment of a terminal: the simulator's addresses, no key, nothing inherited. */
  get environment(): Record<string, string> {
    const { simulator } = this;
    return {
      PATH: [join(this.folder, 'bin'), process.env['PATH'] ?? ''].join(':'),
      HOME: this.folder,
      CODESUBMIT_LEVER_HOME: join(this.folder, 'home'),
      CODESUBMIT_SETTLE_SECONDS: '1',
      LEVER_API_URL: simulator.leverApiUrl,
      LEVER_AUTHORIZE_URL: simulator.leverAuthorizeUrl,
      LEVER_TOKEN_URL: simulator.leverTokenUrl,
      LEVER_AUDIENCE: simulator.leverAudience,
      LEVER_REDIRECT_URI: this.callback,
      CODESUBMIT_API_URL: simulator.codesubmitUrl,
    };
  }

  async terminal(
    options: { env?: Record<string, string>; columns?: number } = {},
  ): Promise<Terminal> {
    const { env = {}, columns = 110 } = options;
    const terminal = await Terminal.open({
      folder: this.folder,
      env: { ...this.environment, ...env },
      columns,
    });
    this.#terminals.push(terminal);
    return terminal;
  }

  /** A page of the browser, in which Lever's paths work. */
  async page(): Promise<Page> {
    this.#browser ??= openChromium();
    const browser = await this.#browser;
    const page = await browser.newPage({ baseURL: this.simulator.lever.origin });
    page.setDefaultTimeout(45_000);
    this.#opened.push(page);
    return page;
  }

  /** Starts `serve` in its own terminal. */
  async serve(): Promise<Terminal> {
    const terminal = await this.terminal();
    await terminal.enter('codesubmit-lever serve');
    await terminal.until('the daemon listens', /Ready\. Watching/);
    return terminal;
  }

  /** Runs a command to its end without a terminal. */
  async run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const command = join(this.folder, 'bin', 'codesubmit-lever');
    return new Promise((resolve) => {
      execFile(command, args, { env: this.environment }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      });
    });
  }

  async status(): Promise<StatusReport> {
    return JSON.parse((await this.run('status', '--json')).stdout) as StatusReport;
  }

  /** Occupies a port of this machine until the end; a program already there will do. */
  async occupy(port: number): Promise<void> {
    const server = createHttpServer((_request, response) => {
      response.writeHead(404, { connection: 'close' }).end('another program');
    });
    const isTaken = new Promise((resolve) => server.once('error', resolve));
    server.listen(port, '127.0.0.1');
    await Promise.race([once(server, 'listening'), isTaken]);
    this.#blockers.push(server);
  }

  async close(): Promise<void> {
    for (const terminal of this.#terminals) await terminal.close();
    for (const page of this.#opened) await page.close();
    if (this.#browser) await (await this.#browser).close();
    for (const server of this.#blockers) server.close();
    await this.simulator.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The command by name, as an installed package has it. */
  #installProgram(): void {
    const command = join(this.folder, 'bin', 'codesubmit-lever');
    mkdirSync(dirname(command));
    writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
    chmodSync(command, 0o700);
  }
}
