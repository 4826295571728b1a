// A whole Lever account in memory: its records, its operations and its switches, without HTTP.
import { FaultPlan } from '../faults/fault-plan.js';
import { RequestLog } from '../request-log.js';
import { ContactActions } from './contact-actions.js';
import { LeverAccess } from './lever-access.js';
import { LeverAccount } from './lever-account.js';
import { LeverOAuth } from './lever-oauth.js';
import type { Opportunity } from './lever-records.js';
import { leverSwitchesSchema } from './lever-switches.js';
import { NoteBook } from './note-book.js';
import { OpportunityActions } from './opportunity-actions.js';
import { OpportunityBook } from './opportunity-book.js';
import { OpportunityPages } from './opportunity-page.js';
import { PostingBook } from './posting-book.js';
import { RateMeter } from './rate-meter.js';
import { WebhookBook } from './webhook-book.js';
import { WebhookSender } from './webhook-sender.js';

export interface LeverWorldOptions {
  /** Epoch milliseconds. */
  now: () => number;
  webhookRetryDelaysMs: number[];
}

export class LeverWorld {
  /** Where its pages and its API answer, as `http://127.0.0.1:PORT`; set once it listens. */
  origin = 'http://127.0.0.1';
  readonly switches = leverSwitchesSchema.parse({});
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
  readonly actions = new OpportunityActions(this);
  readonly contacts: ContactActions;
  readonly oauth: LeverOAuth;

  /**
   * An empty account. All its parts share one clock, which the switch `clockOffsetMs` shifts, and the same switches.
   */
  constructor({ now, webhookRetryDelaysMs: retryDelaysMs }: LeverWorldOptions) {
    const { switches } = this;
    this.now = () => now() + switches.clockOffsetMs;
    this.postings = new PostingBook(this.now);
    this.opportunities = new OpportunityBook(this.now, switches);
    this.notes = new NoteBook(this.now);
    this.contacts = new ContactActions(this.opportunities, switches);
    this.webhooks = new WebhookBook(this.now);
    const { webhooks } = this;
    this.sender = new WebhookSender({ now: this.now, switches, webhooks, retryDelaysMs });
    this.oauth = new LeverOAuth(this);
  }

  /**
   * The tags that Lever shows: own ones and those inherited from the posting, without those removed from this
   * opportunity.
   */
  tagsOf(opportunity: Opportunity): string[] {
    const inherited = this.postings.inheritedTags(opportunity.postingId);
    const tags = new Set([...opportunity.tags, ...inherited]);
    return [...tags].filter((tag) => !opportunity.removedTags.includes(tag));
  }

  /** Sets the switches named in `change`; others stay. @throws a ZodError for an unknown switch or value. */
  flip(change: object): void {
    Object.assign(this.switches, leverSwitchesSchema.parse({ ...this.switches, ...change }));
  }
}
