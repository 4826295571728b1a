/** Builds everything that works on an open data directory. */
import type { Observer } from '../daemon/metrics/observer.js';
import type { Clock } from '../domain/clock.js';
import type { Log } from '../domain/log.js';
import { createPipeline } from '../pipeline/create-pipeline.js';
import type { Database } from '../storage/database/database.js';
import type { Environment } from '../storage/home/environment.js';
import type { Home } from '../storage/home/home.js';
import type { Sealer } from '../storage/home/sealer.js';
import { LiveConfiguration } from '../storage/settings/configuration.js';
import { SecretStore } from '../storage/settings/secret-store.js';
import { SettingsStore } from '../storage/settings/settings-store.js';
import { AccountStore } from '../storage/state/account-store.js';
import { AlarmStore } from '../storage/state/alarm-store.js';
import { FindingStore } from '../storage/state/finding-store.js';
import { PendingLoginStore } from '../storage/state/pending-login-store.js';
import { WebhookStore } from '../storage/state/webhook-store.js';
import { isCandidateLink } from '../vendors/codesubmit/codesubmit-records.js';
import { ClockSkew } from '../vendors/http/clock-skew.js';
import type { HttpSettings } from '../vendors/http/http-client.js';
import { ReplyShapes } from '../vendors/http/reply-shapes.js';
import { SharedRate } from '../vendors/lever/api/shared-rate.js';
import { PendingRenewals } from '../vendors/lever/login/grant.js';

/** What the app needs from its process. */
export interface Runtime {
  env: Environment;
  /** The folder of the key files. */
  configFolder: string;
  clock: Clock;
  random: () => number;
  log: Log;
  /** The package's version. */
  version: string;
  /** Counts events, if metrics are served. */
  observer?: Observer;
}

export type AppContext = ReturnType<typeof createAppContext>;

export function createAppContext(home: Home, database: Database, sealer: Sealer, runtime: Runtime) {
  const { clock, env, random, log, observer } = runtime;
  const clockSkew = { lever: new ClockSkew(clock), codesubmit: new ClockSkew(clock) };
  const pipeline = createPipeline({
    ...{ database, sealer, clock, clockSkew, random, log, isCandidateLink },
    settings: () => configuration.current().settings,
    codesubmitApiKey: () => configuration.current().codesubmitApiKey,
    onAccepted: (accepted) => observer?.onAccepted(accepted),
    onDecided: (decision) => observer?.onDecided(decision),
  });
  const { integration, refusals } = pipeline;
  const settings = new SettingsStore(database);
  const secrets = new SecretStore(database, sealer);
  const webhooks = new WebhookStore(database, sealer);
  const configuration: LiveConfiguration = new LiveConfiguration({
    ...{ settings, secrets, integration, env, clock },
    webhookTokens: () => webhooks.listTokens(clock.now()),
  });
  const replyShapes = new ReplyShapes(database, clock);
  const http: HttpSettings = {
    version: runtime.version,
    onExchange: (exchange) => {
      clockSkew[exchange.vendor].note(exchange);
      observer?.onExchange(exchange);
    },
    onReply: (reply) => {
      if (reply.isWrite) replyShapes.note(reply);
    },
  };
  return {
    ...pipeline,
    home,
    runtime,
    /** What every call to a vendor is made with. */
    http,
    /** Each vendor's clock, as measured by the calls of this process. */
    clockSkew,
    replyShapes,
    account: new AccountStore(database, integration),
    settings,
    secrets,
    webhooks,
    /** Login renewals: each uses up the refresh token and brings the next one. */
    pendingRenewals: new PendingRenewals(),
    onLoginRejected: (why: string) => refusals.note('lever', why),
    pendingLogins: new PendingLoginStore(database, sealer),
    configuration,
    findings: new FindingStore(database),
    alarms: new AlarmStore(database),
    leverRate: new SharedRate(database, clock, 'lever', (ms) => observer?.onRateWait('lever', ms)),
  };
}
