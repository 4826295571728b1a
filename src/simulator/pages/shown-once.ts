// Passes a new secret from the action that created it to the page that shows it, once.
import { randomUUID } from 'node:crypto';

export class ShownOnce {
  private readonly secrets = new Map<string, string>();

  /** Returns the ticket for `take`. */
  put(secret: string): string {
    const ticket = randomUUID();
    this.secrets.set(ticket, secret);
    return ticket;
  }

  take(ticket: string | undefined): string | undefined {
    const secret = this.secrets.get(ticket ?? '');
    this.secrets.delete(ticket ?? '');
    return secret;
  }
}
