/** A setup by OAuth: the program with an authorization server not written here, and a Lever behind it. */
import { machineClock } from '../../src/domain/clock.js';
import type { App } from '../../src/admin/app.js';
import { openForSetup } from '../../src/cli/context/open-app.js';
import { findGrant, saveGrant, type Grant } from '../../src/lever/rights.js';
import { resolveHome } from '../../src/store/home/home.js';
import { seedCodeSubmitApiKey } from '../../src/simulator/seed/base-seed.js';
import { freePort } from '../rigs/free-port.js';
import { ProgramRig, STAGE, TAG } from '../rigs/program.js';
import { browse } from './browser.js';
import { LeverBehindOidc } from './lever-behind-oidc.js';
import { CLIENT, OidcServer } from './oidc-server.js';
import { TokenGate } from './token-gate.js';
import { SECRET_KEY } from '../support/fictional-records.js';
import { finishLogin, startLogin } from '../../src/lever/login.js';

const nothing = (): void => undefined;

export const PUBLIC_REDIRECT = 'https://bridge.example.com/oauth/lever/callback';

export class OAuthSetup {
  /** The error of a wrong clock. */
  clockOffsetMs = 0;
  /** Everything logged by apps opened here. */
  readonly logged: unknown[] = [];

  private constructor(
    readonly live: ProgramRig,
    /** On this machine, on a port of its own. */
    readonly redirect: string,
    readonly oidc: OidcServer,
    readonly gate: TokenGate,
    readonly lever: LeverBehindOidc,
  ) {}

  static async start(): Promise<OAuthSetup> {
    const redirect = `http://localhost:${String(await freePort())}/oauth/lever/callback`;
    const oidc = await OidcServer.start([redirect, PUBLIC_REDIRECT]);
    const gate = await TokenGate.start(oidc.tokenUrl);
    const lever = await LeverBehindOidc.start((token) => oidc.isGood(token));
    const live = await ProgramRig.bare();
    Object.assign(live.environment, {
      CODESUBMIT_LEVER_SECRET_KEY: SECRET_KEY,
      LEVER_ENVIRONMENT: 'sandbox',
      LEVER_API_URL: lever.url,
      LEVER_AUTHORIZE_URL: oidc.authorizeUrl,
      LEVER_TOKEN_URL: gate.url,
      LEVER_CLIENT_ID: CLIENT.id,
      LEVER_CLIENT_SECRET: CLIENT.secret,
      LEVER_REDIRECT_URI: redirect,
      CODESUBMIT_API_KEY: seedCodeSubmitApiKey,
      CODESUBMIT_LEVER_RULES: `stage=${STAGE};tag=${TAG};challenge=Backend API`,
    });
    for (const server of [gate, lever, oidc]) live.onClose(() => server.close());
    return new OAuthSetup(live, redirect, oidc, gate, lever);
  }

  /** The data directory, opened in this process. */
  async app(): Promise<App> {
    const env = this.live.environment;
    const log = (fields: object, message: string): void => {
      this.logged.push({ ...fields, message });
    };
    const app = await openForSetup(resolveHome(env.CODESUBMIT_LEVER_HOME), {
      env,
      configFolder: `${this.live.folder}/config`,
      clock: {
        ...machineClock,
        now: () => Date.now() + this.clockOffsetMs,
      },
      random: Math.random,
      log: { debug: nothing, info: log, warn: log, error: log },
      version: '0',
    });
    this.live.onClose(() => app.database.close());
    return app;
  }

  /** Set up with a login, with one rule. */
  async setUp(): Promise<void> {
    const first = await this.live.run('setup', '--no-input');
    if (first.code !== 0) throw new Error(first.stderr);
    const { authorizeUrl } = JSON.parse(first.stdout) as { authorizeUrl: string };
    await finishLogin(await this.app(), await browse(authorizeUrl));
    const second = await this.live.run('setup', '--no-input');
    if (second.code !== 0 || !second.stdout.includes('✓ Lever: login')) {
      throw new Error(`${second.stdout}${second.stderr}`);
    }
  }

  /** A new login of its own. */
  async logIn(app: App): Promise<void> {
    const { settings } = app.configuration.current();
    const { authorizeUrl } = await startLogin(app, settings, CLIENT);
    await finishLogin(app, await browse(authorizeUrl));
  }

  /** Makes the stored access token look expired. */
  async age(app: App): Promise<Grant> {
    const now = Date.now();
    const grant = grantOf(app);
    const old = { ...grant, refreshedAt: now - 3_600_000, expiresAt: now - 1 };
    await app.database.write((tx) => saveGrant(tx, app.secrets, old));
    return old;
  }
}

/** The login that is stored. */
export function grantOf(app: App): Grant {
  const grant = findGrant(app.secrets, Date.now());
  if (!grant) throw new Error('no login is stored');
  return grant;
}
