/** The one list of `new`: everything that works on an open home, wired. */
import { AlarmRows } from '../alarms/alarm-rows.js';
import { AlarmStore } from '../alarms/alarm-store.js';
import type { Sealer } from '../config/sealer.js';
import { PendingLoginRows } from '../config/pending-login-rows.js';
import { SecretRows } from '../config/secret-rows.js';
import { SettingsRows } from '../config/settings-rows.js';
import type { Environment } from '../config/environment.js';
import type { Home } from '../config/home.js';
import type { Database } from '../database/database.js';
import type { Clock } from '../domain/clock.js';
import type { Vendor } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { ClockSkew } from '../http-client/clock-skew.js';
import type { HttpSettings } from '../http-client/http-settings.js';
import { Brake } from '../inbox/brake.js';
import { ByHandFollow } from '../inbox/by-hand-follow.js';
import { Decider } from '../inbox/decider.js';
import { CrowdRows } from '../inbox/crowd-rows.js';
import { DecisionRows } from '../inbox/decision-rows.js';
import { Erasure } from './erasure.js';
import { DeliveryRows } from '../inbox/delivery-rows.js';
import { InboxRows } from '../inbox/inbox-rows.js';
import { InboxStore } from '../inbox/inbox-store.js';
import { KeptRows } from '../inbox/kept-rows.js';
import { VisitRows } from '../inbox/visit-rows.js';
import { SweepRows } from '../inbox/sweep-rows.js';
import { AccountRows } from '../integration/account-rows.js';
import { AccountRefusals } from '../integration/account-refusals.js';
import { IntegrationRows } from '../integration/integration-rows.js';
import { RuleRows } from '../integration/rule-rows.js';
import { SharedRate } from '../integration/shared-rate.js';
import { ByHandRows } from '../invitations/by-hand-rows.js';
import { isCandidateLink } from '../codesubmit/link-finder.js';
import { CompletionNote } from '../invitations/completion-note.js';
import { ForeignRows } from '../invitations/foreign-rows.js';
import { Freshness } from '../invitations/freshness.js';
import { HoldTags } from '../invitations/hold-tags.js';
import { InvitationRows } from '../invitations/invitation-rows.js';
import { InvitationStore } from '../invitations/invitation-store.js';
import { LeverNews } from '../invitations/lever-news.js';
import { ListControl } from '../invitations/list-control.js';
import { LookupStore } from '../invitations/lookup-store.js';
import { ProgressTags } from '../invitations/progress-tags.js';
import { SentElsewhere } from '../invitations/sent-elsewhere.js';
import { SentListRows } from '../invitations/sent-list-rows.js';
import { SharingRows } from '../invitations/sharing-rows.js';
import { firstPollAt, paceOf } from '../results/poll-schedule.js';
import { ProgressRows } from '../results/progress-rows.js';
import { ProgressStore } from '../results/progress-store.js';
import { StatusNumberRows } from '../results/status-number-rows.js';
import { WebhookRows } from '../webhooks/webhook-rows.js';
import { WritebackRows } from '../writebacks/writeback-rows.js';
import { WritebackStore } from '../writebacks/writeback-store.js';
import { FindingRows } from './doctor/finding-rows.js';
import { inWords } from './in-words.js';
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
  skew?: Record<Vendor, ClockSkew>,
) {
  const { clock, env, log, observer } = surroundings;
  const integration = new IntegrationRows(database);
  const settings = new SettingsRows(database);
  const secrets = new SecretRows(database, sealer);
  const webhooks = new WebhookRows(database, sealer);
  const configuration = new LiveConfiguration({
    ...{ settings, secrets, webhooks, integration, env, clock },
  });
  const rules = new RuleRows(database);
  const writebacks = new WritebackRows(database, sealer);
  const invitations = new InvitationRows(database, sealer);
  const handOrders = new ByHandRows(database, sealer);
  const visits = new VisitRows(database);
  const decisions = new DecisionRows(database, sealer);
  const clockSkew = skew ?? { lever: new ClockSkew(clock), codesubmit: new ClockSkew(clock) };
  const leadMs = (vendor: Vendor) => () => clockSkew[vendor].ourLeadMs() ?? 0;
  const leverLeadMs = leadMs('lever');
  const leverNow = () => clock.now() - leverLeadMs();
  const leverAtLeast = () => clockSkew.lever.vendorAtLeast() ?? leverNow();
  const inbox = new InboxRows(database, leverLeadMs);
  const deliveries = new DeliveryRows({
    ...{ database, integration, rules, inbox, decisions },
    onAccepted: (accepted) => observer?.onAccepted(accepted),
  });
  const freshness = new Freshness(clock);
  const currentSettings = () => configuration.current().settings;
  const limit = () => currentSettings().brake;
  const brake = new Brake({ rules, invitations, decisions, limit });
  const sharings = new SharingRows(database);
  const tags = new ProgressTags({ database, rules, writebacks, settings: currentSettings });
  const holdTags = new HoldTags(writebacks, currentSettings);
  const completionNote = new CompletionNote({
    ...{ writebacks, sealer, settings: currentSettings, inWords },
  });
  const news = new LeverNews({
    ...{
      rows: invitations,
      writebacks,
      sharings,
      tags,
      completionNote,
      sealer,
      settings: currentSettings,
    },
  });
  const list = new SentListRows(database, sealer);
  const sentElsewhere = new SentElsewhere({
    ...{ list, sealer, rules, rows: invitations, settings: currentSettings },
    leadMs: leadMs('codesubmit'),
    isCandidateLink: (link) => isCandidateLink(link, currentSettings().codesubmitUrl),
  });
  const byHand = new ByHandFollow(handOrders, invitations, sentElsewhere);
  const settleMs = () => currentSettings().settleSeconds * 1_000;
  const invitationStore = new InvitationStore({
    ...{ database, sealer, rows: invitations, rules, integration, news, freshness, list },
    sentElsewhere,
    firstPollAt: (invitedAt) => firstPollAt(invitedAt, paceOf(currentSettings())),
    leadMs: leadMs('codesubmit'),
    leverNow,
    settleMs,
  });
  const listControl = new ListControl({ rows: invitations, list, integration, settleMs });
  const statusNumbers = new StatusNumberRows(database);
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
  const refusals = new AccountRefusals(database, integration, clock, log);
  return {
    home,
    database,
    sealer,
    surroundings,
    /** What every call to a vendor is made with. */
    http,
    /** Each vendor's clock, as measured by the calls of this process. */
    clockSkew,
    replyShapes,
    /** Lever's time, epoch ms; ours as long as it isn't known to be wrong. */
    leverNow,
    /** Lever's time is at least that, epoch ms; ours where its replies have no date. */
    leverAtLeast,
    /** Whether Lever has said what time it is. */
    isTimeKnown: () => clockSkew.lever.ourLeadMs() !== null,
    integration,
    account: new AccountRows(database),
    settings,
    secrets,
    webhooks,
    /** Renewals of the login: each spends the refresh token, and brings the next. */
    renewals: new UnderWay(),
    pendingLogins: new PendingLoginRows(database, sealer),
    configuration,
    rules,
    invitations,
    handOrders,
    decisions,
    visits,
    erasure: new Erasure(invitations, writebacks, decisions, sharings),
    deliveries,
    inbox,
    kept: new KeptRows(database),
    sweeps: new SweepRows(database),
    writebacks,
    brake,
    holdTags,
    completionNote,
    foreignRows: new ForeignRows(database, sealer),
    findings: new FindingRows(database),
    alarms: new AlarmStore(new AlarmRows(database), database),
    leverRate: new SharedRate(database, clock, 'lever', (ms) => observer?.onRateWait('lever', ms)),
    refusals,
    onLoginRejected: (why: string) => refusals.note('lever', why),
    inboxStore: new InboxStore({ database, integration, inbox, invitations }),
    crowds: new CrowdRows({ database, integration, inbox, invitations }),
    decider: new Decider({
      ...{ database, clock, integration, rules, invitations, news, decisions, brake, freshness },
      ...{ visits, byHand, holdTags, leverNow, sentElsewhere },
      onDecided: (decision) => observer?.onDecided(decision),
    }),
    invitationStore,
    lookupStore: new LookupStore({
      ...{ database, sealer, rows: invitations, invitations: invitationStore, integration, list },
      control: listControl,
    }),
    /** The copy of CodeSubmit's list, and what it shows of our invitations. */
    list,
    listControl,
    sentElsewhere,
    statusNumbers,
    progressStore: new ProgressStore({
      ...{ database, rows: new ProgressRows(database), invitations: invitationStore },
      ...{ news, tags },
      numbers: statusNumbers,
      settings: currentSettings,
    }),
    writebackStore: new WritebackStore({ database, rows: writebacks, integration }),
  };
}
