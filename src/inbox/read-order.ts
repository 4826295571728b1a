/** Keeps decisions in the order of their reads: an older read than the one last decided on is not used. */
import type { OpportunityId } from '../domain/ids.js';

export type ReadTicket = number;

/** In memory: only reads under way in this process can be out of order, and none survives it. */
export class ReadOrder {
  #next: ReadTicket = 1;
  readonly #underWay = new Set<ReadTicket>();
  readonly #decidedOn = new Map<OpportunityId, ReadTicket>();

  /** To be called before the read is asked for. */
  begin(): ReadTicket {
    const ticket = this.#next++;
    this.#underWay.add(ticket);
    return ticket;
  }

  /** False when a read that began later was decided on already. */
  mayUse(id: OpportunityId, ticket: ReadTicket): boolean {
    return (this.#decidedOn.get(id) ?? 0) <= ticket;
  }

  noteDecided(id: OpportunityId, ticket: ReadTicket): void {
    this.#decidedOn.set(id, ticket);
  }

  /** The reads are used up; what no read under way could be older than is forgotten. */
  end(...tickets: ReadTicket[]): void {
    for (const ticket of tickets) this.#underWay.delete(ticket);
    let oldest = this.#next;
    for (const ticket of this.#underWay) oldest = Math.min(oldest, ticket);
    for (const [id, decided] of this.#decidedOn) if (decided < oldest) this.#decidedOn.delete(id);
  }
}
