/** Wires everything that works on an open data directory. */
import type { Observer } from '../daemon/metrics/observer.js';
import type { Clock } from '../domain/clock.js';
import type { Log } from '../domain/log.js';
import { createPipeline } from '../pipeline/create-pipeline.js';
import type { Database } from '../storage/database/database.js';
import type { Environment } from '../storage/home/environment.js';
import type { Home } from '../storage/home/home.js';
import type { Sealer } from '../storage/home/sealer.js';
import { LiveConfiguration } from '../storage/settings/configuration.js';
import { SecretRows } from '../storage/settings/secret-store.js';
import { SettingsRows } from '../storage/settings/settings-store.js';
import { AccountRows } from '../storage/state/account-store.js';
import { AlarmRows, AlarmStore } from '../storage/state/alarm-store.js';
import { FindingRows } from '../storage/state/finding-store.js';
import { PendingLoginRows } from '../storage/state/pending-login-store.js';
import { WebhookRows } from '../storage/state/webhook-store.js';
import { isCandidateLink } from '../vendors/codesubmit/codesubmit-records.js';
import { ClockSkew } from '../vendors/http/clock-skew.js';
import type { HttpSettings } from '../vendors/http/http-client.js';
import { ReplyShapes } from '../vendors/http/reply-shapes.js';
import { SharedRate } from '../vendors/lever/api/lever-connection.js';
import { UnderWay } from '../vendors/lever/login/oauth-auth.js';

/** What the process around the house is made of. */
export interface Surroundings {
  env: Environment;
  /** Where key files are kept. */
  configFolder: string;
  clock: Clock;
  random: () => number;
  log: Log;
  /** The package's version. */
  version: string;
  /** Counts what happens, where metrics are shown. */
  observer?: Observer;
}

export type House = ReturnType<typeof buildHouse>;

export function buildHouse(
  home: Home,
  database: Database,
  sealer: Sealer,
  surroundings: Surroundings,
) {
  const { clock, env, random, log, observer } = surroundings;
  const clockSkew = { lever: new ClockSkew(clock), codesubmit: new ClockSkew(clock) };
  const pipeline = createPipeline({
    ...{ database, sealer, clock, clockSkew, random, log, isCandidateLink },
    settings: () => configuration.current().settings,
    codesubmitApiKey: () => configuration.current().codesubmitApiKey,
    onAccepted: (accepted) => observer?.onAccepted(accepted),
    onDecided: (decision) => observer?.onDecided(decision),
  });
  const { integration, refusals } = pipeline;
  const settings = new SettingsRows(database);
  const secrets = new SecretRows(database, sealer);
  const webhooks = new WebhookRows(database, sealer);
  const configuration: LiveConfiguration = new LiveConfiguration({
    ...{ settings, secrets, integration, env, clock },
    webhookTokens: () => webhooks.listTokens(clock.now()),
  });
  const replyShapes = new ReplyShapes(database, clock);
  const http: HttpSettings = {
    version: surroundings.version,
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
    surroundings,
    /** What every call to a vendor is made with. */
    http,
    /** Each vendor's clock, as measured by the calls of this process. */
    clockSkew,
    replyShapes,
    account: new AccountRows(database),
    settings,
    secrets,
    webhooks,
    /** Renewals of the login: each spends the refresh token, and brings the next. */
    renewals: new UnderWay(),
    onLoginRejected: (why: string) => refusals.note('lever', why),
    pendingLogins: new PendingLoginRows(database, sealer),
    configuration,
    findings: new FindingRows(database),
    alarms: new AlarmStore(new AlarmRows(database), database),
    leverRate: new SharedRate(database, clock, 'lever', (ms) => observer?.onRateWait('lever', ms)),
  };
}
