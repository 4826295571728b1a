/** Wires a delivery's way on one database: from what comes in to what goes back to Lever. */
import type { Sealer } from '../config/sealer.js';
import type { Settings } from '../config/settings.js';
import type { Database } from '../database/database.js';
import { SECOND_MS, type Clock } from '../domain/clock.js';
import type { Decision } from '../domain/decision.js';
import type { Vendor } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { Brake } from '../inbox/brake.js';
import { ByHandFollow } from '../inbox/by-hand-follow.js';
import { CrowdRows } from '../inbox/crowd-rows.js';
import { Decider } from '../inbox/decider.js';
import { DecisionRows } from '../inbox/decision-rows.js';
import { DeliveryRows, type Accepted } from '../inbox/delivery-rows.js';
import { InboxRows } from '../inbox/inbox-rows.js';
import { InboxStore } from '../inbox/inbox-store.js';
import { KeptRows } from '../inbox/kept-rows.js';
import { SweepRows } from '../inbox/sweep-rows.js';
import { VisitRows } from '../inbox/visit-rows.js';
import { AccountRefusals } from '../integration/account-refusals.js';
import { IntegrationRows } from '../integration/integration-rows.js';
import { RuleRows } from '../integration/rule-rows.js';
import { ByHandRows } from '../invitations/by-hand-rows.js';
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
import { WritebackRows } from '../writebacks/writeback-rows.js';
import { WritebackStore } from '../writebacks/writeback-store.js';
import { Erasure } from './erasure.js';
import { inWords } from './in-words.js';

/** The vendors' clocks, as their replies told them. */
interface VendorClock {
  /** How far our calendar is ahead, in ms; null before the first dated reply. */
  ourLeadMs(): number | null;
  /** The vendor's time is at least this, epoch ms; null before the first dated reply. */
  vendorAtLeast(): number | null;
}

export interface PipelineDeps {
  database: Database;
  sealer: Sealer;
  /** The settings in force. */
  settings: () => Settings;
  codesubmitApiKey: () => string | null;
  clock: Clock;
  clockSkew: Record<Vendor, VendorClock>;
  random: () => number;
  log: Log;
  /** Whether a link leads to a challenge, at CodeSubmit's address or at this one. */
  isCandidateLink: (link: string, codesubmitUrl: string | null) => boolean;
  /** Called once a delivery is on disk. */
  onAccepted?: (accepted: Accepted) => void;
  /** Called once a decision is on disk that differs from the last one about the same opportunity. */
  onDecided?: (decision: Decision) => void;
}

export type Pipeline = ReturnType<typeof createPipeline>;

/** Reads nothing yet: `settings` may be wired after it. */
export function createPipeline(deps: PipelineDeps) {
  const { database, sealer, settings, clock, clockSkew, random, log } = deps;
  const leadMs = (vendor: Vendor) => () => clockSkew[vendor].ourLeadMs() ?? 0;
  const leverLeadMs = leadMs('lever');
  const leverNow = () => clock.now() - leverLeadMs();
  const settleMs = () => settings().settleSeconds * SECOND_MS;

  const integration = new IntegrationRows(database);
  const rules = new RuleRows(database);
  const writebacks = new WritebackRows(database, sealer);
  const invitations = new InvitationRows(database, sealer);
  const handOrders = new ByHandRows(database, sealer);
  const visits = new VisitRows(database);
  const decisions = new DecisionRows(database, sealer);
  const sharings = new SharingRows(database);
  const statusNumbers = new StatusNumberRows(database);
  const list = new SentListRows(database, sealer);
  const inbox = new InboxRows(database, leverLeadMs);

  const refusals = new AccountRefusals(database, integration, clock, log);
  const freshness = new Freshness(clock);
  const limit = () => settings().brake;
  const brake = new Brake({ rules, invitations, decisions, limit });
  const tags = new ProgressTags({ database, rules, writebacks, settings });
  const holdTags = new HoldTags(writebacks, settings);
  const completionNote = new CompletionNote({ writebacks, sealer, settings, inWords });
  const news = new LeverNews({
    ...{ rows: invitations, writebacks, sharings, tags, completionNote, sealer, settings },
  });
  const sentElsewhere = new SentElsewhere({
    ...{ list, sealer, rules, rows: invitations, settings },
    leadMs: leadMs('codesubmit'),
    isCandidateLink: (link) => deps.isCandidateLink(link, settings().codesubmitUrl),
  });
  const invitationStore = new InvitationStore({
    ...{ database, sealer, rows: invitations, rules, integration, news, freshness, list },
    ...{ sentElsewhere, leverNow, settleMs },
    firstPollAt: (invitedAt) => firstPollAt(invitedAt, paceOf(settings())),
    leadMs: leadMs('codesubmit'),
  });
  const listControl = new ListControl({ rows: invitations, list, integration, settleMs });
  return {
    ...{ database, sealer, clock, random, log },
    currentSettings: settings,
    codesubmitApiKey: deps.codesubmitApiKey,
    /** Lever's time, epoch ms; ours as long as it isn't known to be wrong. */
    leverNow,
    /** Lever's time is at least that, epoch ms; ours where its replies have no date. */
    leverAtLeast: () => clockSkew.lever.vendorAtLeast() ?? leverNow(),
    /** Whether Lever has said what time it is. */
    isTimeKnown: () => clockSkew.lever.ourLeadMs() !== null,
    ...{ integration, rules, writebacks, invitations, handOrders, visits, decisions, inbox },
    ...{ refusals, brake, holdTags, completionNote },
    deliveries: new DeliveryRows({
      ...{ database, integration, rules, inbox, decisions },
      ...(deps.onAccepted && { onAccepted: deps.onAccepted }),
    }),
    inboxStore: new InboxStore({ database, integration, inbox, invitations }),
    crowds: new CrowdRows({ database, integration, inbox, invitations }),
    sweeps: new SweepRows(database),
    decider: new Decider({
      ...{ database, clock, integration, rules, invitations, news, decisions, brake, freshness },
      ...{ visits, holdTags, leverNow, sentElsewhere },
      byHand: new ByHandFollow(handOrders, invitations, sentElsewhere),
      ...(deps.onDecided && { onDecided: deps.onDecided }),
    }),
    invitationStore,
    lookupStore: new LookupStore({
      ...{ database, sealer, rows: invitations, invitations: invitationStore, integration, list },
      control: listControl,
    }),
    /** The copy of CodeSubmit's list, and what it shows of our invitations. */
    ...{ list, listControl, sentElsewhere },
    foreignRows: new ForeignRows(database, sealer),
    statusNumbers,
    progressStore: new ProgressStore({
      ...{ database, rows: new ProgressRows(database), invitations: invitationStore },
      ...{ news, tags, settings, numbers: statusNumbers },
    }),
    writebackStore: new WritebackStore({ database, rows: writebacks, integration }),
    erasure: new Erasure(invitations, writebacks, decisions, sharings),
    kept: new KeptRows(database),
  };
}
