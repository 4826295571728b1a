/** Wires everything that works on an open data directory. */
import { AlarmRows } from '../alarms/alarm-rows.js';
import { AlarmStore } from '../alarms/alarm-store.js';
import { isCandidateLink } from '../codesubmit/link-finder.js';
import type { Environment } from '../config/environment.js';
import type { Home } from '../config/home.js';
import { PendingLoginRows } from '../config/pending-login-rows.js';
import type { Sealer } from '../config/sealer.js';
import { SecretRows } from '../config/secret-rows.js';
import { SettingsRows } from '../config/settings-rows.js';
import type { Database } from '../database/database.js';
import type { Clock } from '../domain/clock.js';
import type { Log } from '../domain/log.js';
import { ClockSkew } from '../http-client/clock-skew.js';
import type { HttpSettings } from '../http-client/http-settings.js';
import { AccountRows } from '../integration/account-rows.js';
import { SharedRate } from '../integration/shared-rate.js';
import { WebhookRows } from '../webhooks/webhook-rows.js';
import { createPipeline } from './create-pipeline.js';
import { FindingRows } from './doctor/finding-rows.js';
import { LiveConfiguration } from './live-configuration.js';
import type { Observer } from './observer.js';
import { ReplyShapes } from './reply-shapes.js';
import { UnderWay } from './under-way.js';

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
