// Contacts and opportunities as they are, and as a lagging read still shows them.
import { notFound } from '../simulated-error.js';
import type { Contact, Opportunity } from './lever-records.js';
import type { LeverSwitches } from './lever-switches.js';
import { newContact, newOpportunity, type OpportunityInput } from './new-opportunity.js';

/** An opportunity with its contact. */
export interface Sight {
  opportunity: Opportunity;
  contact: Contact;
}

interface FormerSight extends Sight {
  /** When it stopped being true. */
  until: number;
}

export class OpportunityBook {
  readonly contacts = new Map<string, Contact>();
  readonly all = new Map<string, Opportunity>();
  readonly deleted: { id: string; deletedAt: number }[] = [];
  private readonly former = new Map<string, FormerSight[]>();
  private lastOrder = 0;

  constructor(
    private readonly now: () => number,
    private readonly switches: LeverSwitches,
  ) {}

  /** Adds an opportunity with its contact, which is new unless the input names one. */
  add(input: OpportunityInput, stageIndex: number): Opportunity {
    const contact = input.contactId ? this.getContact(input.contactId) : newContact(input);
    this.contacts.set(contact.id, contact);
    const opportunity = newOpportunity(input, contact.id, {
      at: input.createdAt ?? this.now(),
      stageIndex,
      order: ++this.lastOrder,
    });
    this.all.set(opportunity.id, opportunity);
    return opportunity;
  }

  /** The opportunity of that id. @throws a 404 when there is none, or when it was deleted. */
  get(id: string): Opportunity {
    const opportunity = this.all.get(id);
    if (!opportunity) throw notFound(`opportunity ${id}`);
    return opportunity;
  }

  /** The contact. @throws a 404 when there is none. */
  getContact(id: string): Contact {
    const contact = this.contacts.get(id);
    if (!contact) throw notFound(`contact ${id}`);
    return contact;
  }

  /** Deletes an opportunity, and lists it as deleted. Its contact stays. */
  remove(id: string): void {
    this.get(id);
    this.all.delete(id);
    this.former.delete(id);
    this.deleted.push({ id, deletedAt: this.now() });
  }

  /**
   * Applies a change to an opportunity and its contact. Before that it keeps what a lagging read still shows. Returns
   * the opportunity. @throws a 404 when there is none.
   */
  change(id: string, apply: (sight: Sight) => void): Opportunity {
    const opportunity = this.get(id);
    const contact = this.getContact(opportunity.contactId);
    if (this.switches.readLagMs > 0 || this.switches.listLagMs > 0) this.keepFormer(contact);
    apply({ opportunity, contact });
    opportunity.updatedAt = this.now();
    return opportunity;
  }

  /**
   * What a read shows that lags by `lagMs`: the state of that long ago, if a change since then kept it, else the
   * present one. Changes keep it only while a lag is set. @throws a 404 when there is none.
   */
  sight(id: string, lagMs: number): Sight {
    const opportunity = this.get(id);
    const shown = this.former.get(id)?.find(({ until }) => until > this.now() - lagMs);
    return shown ?? { opportunity, contact: this.getContact(opportunity.contactId) };
  }

  /**
   * Keeps a copy of what lagging reads go on showing, before a change. Links and e-mails belong to the contact, so each
   * opportunity of the person gets one. Drops copies that no lag reaches any more.
   */
  private keepFormer(contact: Contact): void {
    const until = this.now();
    const longestLagMs = Math.max(this.switches.readLagMs, this.switches.listLagMs);
    for (const opportunity of this.all.values()) {
      if (opportunity.contactId !== contact.id) continue;
      const kept = this.former.get(opportunity.id) ?? [];
      const copy = structuredClone({ opportunity, contact, until });
      this.former.set(opportunity.id, [
        ...kept.filter((past) => past.until > until - longestLagMs),
        copy,
      ]);
    }
  }
}
