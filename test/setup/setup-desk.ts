/** An admin's desk: the program without any key, terminals to type into and a browser to click in. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { freePort } from '../rigs/free-port.js';
import { ProgramRig } from '../rigs/program.js';
import { hasChromium, openChromium } from '../browser/open-chromium.js';
import { Terminal, hasTmux } from '../support/terminal.js';

/** Both are checked, so each prints its message. */
export function hasDesk(): boolean {
  return [hasTmux(), hasChromium()].every(Boolean);
}

/** One for all desks of a file, which closes it. */
let browser: Promise<Browser> | undefined;

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

export class SetupDesk {
  private constructor(
    readonly live: ProgramRig,
    /** A free port for the daemon. */
    readonly port: number,
    /** Where a login returns to, at the daemon's port. */
    readonly callback: string,
  ) {}

  static async start(): Promise<SetupDesk> {
    const live = await ProgramRig.bare();
    const { simulator, environment } = live;
    const port = await freePort();
    const callback = `http://localhost:${port}/oauth/lever/callback`;
    const desk = new SetupDesk(live, port, callback);
    Object.assign(environment, {
      PORT: String(port),
      PATH: [dirname(desk.#installProgram()), process.env['PATH'] ?? ''].join(':'),
      LEVER_AUTHORIZE_URL: simulator.leverAuthorizeUrl,
      LEVER_TOKEN_URL: simulator.leverTokenUrl,
      LEVER_AUDIENCE: simulator.leverAudience,
      LEVER_REDIRECT_URI: callback,
    });
    return desk;
  }

  get simulator() {
    return this.live.simulator;
  }

  async terminal(
    options: { env?: Record<string, string>; columns?: number } = {},
  ): Promise<Terminal> {
    const { env = {}, columns = 110 } = options;
    const { folder, environment } = this.live;
    const terminal = await Terminal.open({ folder, env: { ...environment, ...env }, columns });
    this.live.onClose(() => terminal.close());
    return terminal;
  }

  /** A page of the browser, in which Lever's paths work. */
  async page(): Promise<Page> {
    browser ??= openChromium();
    const page = await (await browser).newPage({ baseURL: this.simulator.lever.origin });
    page.setDefaultTimeout(45_000);
    this.live.onClose(() => page.close());
    return page;
  }

  /** Starts `serve` in its own terminal. */
  async serve(): Promise<Terminal> {
    const terminal = await this.terminal();
    await terminal.enter('codesubmit-lever serve');
    await terminal.until('the daemon listens', /Ready\. Watching/);
    return terminal;
  }

  /** Occupies a port of this machine until the end; a program already there will do. */
  async occupy(port: number): Promise<void> {
    const server = createServer((_request, response) =>
      response.writeHead(404, { connection: 'close' }).end('another program'),
    );
    const isTaken = new Promise((resolve) => server.once('error', resolve));
    server.listen(port, '127.0.0.1');
    await Promise.race([once(server, 'listening'), isTaken]);
    this.live.onClose(() => server.close());
  }

  /** The command by name, as an installed package has it. */
  #installProgram(): string {
    const { folder, program } = this.live;
    const command = join(folder, 'bin', 'codesubmit-lever');
    mkdirSync(dirname(command));
    writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    chmodSync(command, 0o700);
    return command;
  }
}
