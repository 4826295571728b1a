// A whole Lever account in memory: its records, its operations and its switches, without HTTP.
import { FaultPlan } from '../faults/fault-plan.js';
import { RequestLog } from '../request-log.js';
import { ContactActions } from './contact-actions.js';
import { LeverAccess } from './lever-access.js';
import { LeverAccount } from './lever-account.js';
import type { Opportunity, Via } from './lever-records.js';
import { defaultLeverSwitches, type LeverSwitches } from './lever-switches.js';
import { NoteBook } from './note-book.js';
import { Authorizations } from './oauth/authorizations.js';
import { OAuthClients } from './oauth/oauth-clients.js';
import { OpportunityActions } from './opportunity-actions.js';
import { OpportunityBook } from './opportunity-book.js';
import { OpportunityPages } from './opportunity-page.js';
import { PostingBook } from './posting-book.js';
import { RateMeter } from './rate-meter.js';
import { WebhookBook } from './webhook-book.js';
import type { WebhookEvent } from './webhook-records.js';
import { WebhookSender } from './webhook-sender.js';

export interface LeverWorldOptions {
  /** Epoch milliseconds. */
  now: () => number;
  webhookRetryDelaysMs: number[];
}

export class LeverWorld {
  /** Where its pages and its API answer, as `http://127.0.0.1:PORT`; set once it listens. */
  origin = 'http://127.0.0.1';
  readonly switches: LeverSwitches = defaultLeverSwitches();
  readonly now: () => number;
  readonly access = new LeverAccess();
  readonly account = new LeverAccount();
  readonly faults = new FaultPlan();
  readonly requests = new RequestLog();
  readonly rate = new RateMeter();
  readonly postings: PostingBook;
  readonly opportunities: OpportunityBook;
  readonly opportunityPages = new OpportunityPages();
  readonly notes: NoteBook;
  readonly webhooks: WebhookBook;
  readonly sender: WebhookSender;
  readonly actions: OpportunityActions;
  readonly contacts: ContactActions;
  readonly oauthClients: OAuthClients;
  readonly authorizations: Authorizations;

  constructor(options: LeverWorldOptions) {
    const { switches, account, access } = this;
    const now = () => options.now() + switches.clockOffsetMs;
    this.now = now;
    const postings = (this.postings = new PostingBook(now));
    const opportunities = (this.opportunities = new OpportunityBook(now, switches));
    this.notes = new NoteBook(now);
    const webhooks = (this.webhooks = new WebhookBook(now));
    const retryDelaysMs = options.webhookRetryDelaysMs;
    this.sender = new WebhookSender({ now, switches, webhooks, retryDelaysMs });
    this.contacts = new ContactActions(opportunities, switches);
    this.oauthClients = new OAuthClients(now);
    this.authorizations = new Authorizations({ now, switches, access });
    const announce = this.announce.bind(this);
    const parts = { now, switches, account, postings, opportunities, announce };
    this.actions = new OpportunityActions(parts);
  }

  /** Own tags and those inherited from the posting, without the removed ones. */
  tagsOf(opportunity: Opportunity): string[] {
    const inherited = this.postings.inheritedTags(opportunity.postingId);
    const tags = new Set([...opportunity.tags, ...inherited]);
    return [...tags].filter((tag) => !opportunity.removedTags.includes(tag));
  }

  private announce(
    event: WebhookEvent,
    opportunity: Opportunity,
    data: Record<string, unknown>,
    via: Via,
  ): void {
    const { switches } = this;
    if (via === 'api' && !switches.eventsForApiMoves) return;
    if (via === 'bulk' && !switches.eventsForBulkMoves) return;
    const { fromStageId, ...rest } = data;
    const sent = fromStageId === undefined ? rest : data;
    for (const webhook of this.webhooks.listeners(event, opportunity.origin)) {
      this.sender.deliver(webhook, event, sent);
    }
  }
}
