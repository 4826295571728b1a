// Changes to a person rather than one opportunity: name, e-mails, links, consent.
import type { Contact, Opportunity } from './lever-records.js';
import type { LeverSwitches } from './lever-switches.js';
import type { OpportunityBook } from './opportunity-book.js';

export class ContactActions {
  constructor(
    private readonly opportunities: OpportunityBook,
    private readonly switches: LeverSwitches,
  ) {}

  /**
   * Adds to the contact's links, which all opportunities of that person show, as documented. A link that is there
   * already is doubled only if the switch says so. Returns the opportunity.
   */
  addLinks(opportunityId: string, links: string[]): Opportunity {
    return this.change(opportunityId, (contact) => {
      for (const link of links.map((given) => this.stored(given))) {
        const isThere = contact.links.includes(link);
        if (!isThere || this.switches.linkAddedTwice === 'doubled') contact.links.push(link);
      }
    });
  }

  /** Removes links, in the form given or in the form in which Lever stores them. */
  removeLinks(opportunityId: string, links: string[]): Opportunity {
    const gone = new Set(links.flatMap((link) => [link, this.stored(link)]));
    return this.change(opportunityId, (contact) => {
      contact.links = contact.links.filter((link) => !gone.has(link));
    });
  }

  /** Replaces the e-mails, oldest first; Lever itself only ever adds. */
  setEmails(opportunityId: string, emails: string[]): Opportunity {
    return this.change(opportunityId, (contact) => {
      contact.emails = [...emails];
    });
  }

  /** Changes the person's name. */
  rename(opportunityId: string, name: string): Opportunity {
    return this.change(opportunityId, (contact) => {
      contact.name = name;
    });
  }

  /** Sets whether the person may be contacted, by data protection. */
  setContactAllowed(opportunityId: string, isAllowed: boolean): Opportunity {
    return this.change(opportunityId, (contact) => {
      contact.isContactAllowed = isAllowed;
    });
  }

  /** The link as Lever stores it, by the switch `linkStorage`. */
  private stored(link: string): string {
    const { linkStorage } = this.switches;
    if (linkStorage === 'without-scheme') return link.replace(/^https?:\/\//i, '');
    return linkStorage === 'with-slash' && !link.endsWith('/') ? `${link}/` : link;
  }

  /** Changes the contact of this opportunity, so lagging reads still show the former one. Returns the opportunity. */
  private change(opportunityId: string, apply: (contact: Contact) => void): Opportunity {
    return this.opportunities.change(opportunityId, ({ contact }) => {
      apply(contact);
    });
  }
}
