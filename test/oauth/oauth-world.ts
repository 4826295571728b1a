/**
 * A data directory to set up with OAuth, an authorization server, a Lever behind it and a simulated
 * CodeSubmit.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AppContext } from '../../src/app/app-context.js';
import { openForSetup } from '../../src/app/open-app.js';
import { findGrant, saveGrant, type Grant } from '../../src/vendors/lever/login/grant.js';
import { resolveHome } from '../../src/storage/home/home.js';
import { seedCodeSubmitApiKey } from '../../src/simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { freePort } from '../rigs/free-port.js';
import { browse } from './browser.js';
import { LeverBehindOidc } from './lever-behind-oidc.js';
import { CLIENT, OidcServer } from './oidc-server.js';
import { TokenGate } from './token-gate.js';

const PROGRAM = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));
const nothing = (): void => undefined;

export const PUBLIC_REDIRECT = 'https://bridge.example.com/oauth/lever/callback';
export const RULE = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export class OAuthWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'codesubmit-lever-oauth-'));
  /** The error of a wrong clock. */
  clockOffsetMs = 0;
  /** Everything logged by apps opened here. */
  readonly logged: unknown[] = [];
  readonly #apps: AppContext[] = [];

  private constructor(
    /** On this machine, on a port of its own. */
    readonly redirect: string,
    readonly oidc: OidcServer,
    readonly gate: TokenGate,
    readonly lever: LeverBehindOidc,
    readonly simulator: Simulator,
  ) {}

  static async start(): Promise<OAuthWorld> {
    const redirect = `http://localhost:${String(await freePort())}/oauth/lever/callback`;
    const oidc = await OidcServer.start([redirect, PUBLIC_REDIRECT]);
    const gate = await TokenGate.start(oidc.tokenUrl);
    const lever = await LeverBehindOidc.start((token) => oidc.isGood(token));
    const simulator = await startSimulator({ seed: 'demo' });
    return new OAuthWorld(redirect, oidc, gate, lever, simulator);
  }

  /** The environment of a setup with OAuth; nothing is inherited. */
  get environment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '',
      HOME: this.folder,
      CODESUBMIT_LEVER_HOME: join(this.folder, 'home'),
      CODESUBMIT_LEVER_SECRET_KEY: 'a key that is for this test alone',
      LEVER_ENVIRONMENT: 'sandbox',
      LEVER_API_URL: this.lever.url,
      LEVER_AUTHORIZE_URL: this.oidc.authorizeUrl,
      LEVER_TOKEN_URL: this.gate.url,
      LEVER_CLIENT_ID: CLIENT.id,
      LEVER_CLIENT_SECRET: CLIENT.secret,
      LEVER_REDIRECT_URI: this.redirect,
      CODESUBMIT_API_URL: this.simulator.codesubmitUrl,
      CODESUBMIT_API_KEY: seedCodeSubmitApiKey,
      CODESUBMIT_LEVER_RULES: RULE,
    };
  }

  /** The data directory, opened in this process. */
  async app(env: Record<string, string> = {}): Promise<AppContext> {
    const environment = { ...this.environment, ...env };
    const log = (fields: object, message: string): void => {
      this.logged.push({ ...fields, message });
    };
    const app = await openForSetup(resolveHome(undefined, environment, undefined), {
      env: environment,
      configFolder: join(this.folder, 'config'),
      clock: {
        now: () => Date.now() + this.clockOffsetMs,
        monotonicMs: () => performance.now(),
      },
      random: Math.random,
      log: { debug: nothing, info: log, warn: log, error: log },
      version: '0',
    });
    this.#apps.push(app);
    return app;
  }

  /** Runs the program to its end. */
  run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    return this.start([PROGRAM, ...args], env).ended;
  }

  /** Starts `node` with these arguments. */
  start(args: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, args, {
      env: { ...this.environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { child, ended: end(child) };
  }

  /** Set up with a login, with one rule. */
  async setUp(...args: string[]): Promise<void> {
    const first = await this.run(['setup', '--no-input', ...args]);
    if (first.code !== 0) throw new Error(first.stderr);
    const { authorizeUrl } = JSON.parse(first.stdout) as { authorizeUrl: string };
    const app = await this.app();
    const { finishLogin } = await import('../../src/vendors/lever/login/login.js');
    await finishLogin(app, await browse(authorizeUrl));
    const second = await this.run(['setup', '--no-input', ...args]);
    if (second.code !== 0 || !second.stdout.includes('login works')) {
      throw new Error(`${second.stdout}${second.stderr}`);
    }
  }

  /** A new login of its own. */
  async logIn(app: AppContext): Promise<void> {
    const { finishLogin, startLogin } = await import('../../src/vendors/lever/login/login.js');
    const { settings } = app.configuration.current();
    const { authorizeUrl } = await startLogin(app, { settings, client: CLIENT });
    await finishLogin(app, await browse(authorizeUrl));
  }

  /** Makes the stored access token look expired. */
  async age(app: AppContext): Promise<Grant> {
    const now = Date.now();
    const grant = grantOf(app);
    const old = { ...grant, refreshedAt: now - 3_600_000, expiresAt: now - 1 };
    await app.database.write((tx) => {
      saveGrant(tx, app.secrets, old, now);
    });
    return old;
  }

  async close(): Promise<void> {
    for (const app of this.#apps) app.database.close();
    await Promise.all([
      this.gate.close(),
      this.lever.close(),
      this.oidc.close(),
      this.simulator.close(),
    ]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The login that is stored. */
export function grantOf(app: AppContext): Grant {
  const grant = findGrant(app.secrets, Date.now());
  if (!grant) throw new Error('no login is stored');
  return grant;
}

async function end(child: ChildProcess): Promise<Ended> {
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...output };
}
