/**
 * Webhooks created through Lever's API, each with its encrypted signing token.
 *
 *   begun ──reply stored──▶ in_use ──replaced, or not wanted──▶ leaving ──deleted in Lever──▶ gone
 *
 * `begun` is the intent: Lever may have created one whose token is lost. The database has one in
 * use per event.
 */
import type { SealedPlace, Sealer } from '../home/sealer.js';
import type { Database, Tx } from '../database/database.js';
import { DAY_MS } from '../../domain/clock.js';
import type { MadeWebhook, WebhookEvent } from '../../domain/lever-ports.js';

/** How long a replaced signing token is valid: Lever's Rerun resends two weeks' deliveries. */
export const OLD_TOKEN_MS = 14 * DAY_MS;

export interface BegunWebhook {
  id: number;
  event: WebhookEvent;
  url: string;
  begunAt: number;
}

export interface KeptWebhook extends BegunWebhook {
  /** Lever's id. */
  vendorId: string;
  madeAt: number;
}

interface WebhookRow {
  id: number;
  event: WebhookEvent;
  url: string;
  begun_at: number;
  vendor_id: string | null;
  made_at: number | null;
}

function toBegun({ id, event, url, begun_at: begunAt }: WebhookRow): BegunWebhook {
  return { id, event, url, begunAt };
}

function toKept(row: WebhookRow): KeptWebhook {
  return { ...toBegun(row), vendorId: row.vendor_id ?? '', madeAt: row.made_at ?? 0 };
}

export class WebhookStore {
  readonly #inState;
  readonly #tokens;

  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
  ) {
    this.#inState = database.prepare<[string], WebhookRow>(
      'SELECT * FROM webhooks WHERE state = ? ORDER BY id',
    );
    this.#tokens = database.prepare<[number], { id: number; sealed_token: Buffer }>(
      `SELECT id, sealed_token FROM webhooks WHERE sealed_token IS NOT NULL
       AND (state = 'in_use' OR token_good_until > ?) ORDER BY id DESC`,
    );
  }

  listBegun(): BegunWebhook[] {
    return this.#inState.all('begun').map(toBegun);
  }

  listInUse(): KeptWebhook[] {
    return this.#inState.all('in_use').map(toKept);
  }

  /** To be deleted in Lever. */
  listLeaving(): KeptWebhook[] {
    return this.#inState.all('leaving').map(toKept);
  }

  /** All that may exist in Lever. */
  listOpen(): BegunWebhook[] {
    return this.database
      .prepare<[], WebhookRow>(`SELECT * FROM webhooks WHERE state <> 'gone' ORDER BY id`)
      .all()
      .map(toBegun);
  }

  /** All valid ones, including those of replaced webhooks. */
  listTokens(now: number): string[] {
    return this.#tokens.all(now).map((row) => this.sealer.open(row.sealed_token, placeOf(row.id)));
  }

  /** Stores the intent, or returns to one already begun. */
  begin(tx: Tx, event: WebhookEvent, url: string, now: number): number {
    this.database
      .prepareWrite<[string, string, number]>(
        `INSERT INTO webhooks (event, url, state, begun_at) VALUES (?, ?, 'begun', ?)
         ON CONFLICT (event, url) WHERE state = 'begun' DO UPDATE SET begun_at = excluded.begun_at`,
      )
      .run(tx, event, url, now);
    const isIt = (one: BegunWebhook): boolean => one.event === event && one.url === url;
    return (this.listBegun().find(isIt) as BegunWebhook).id;
  }

  /** Stores Lever's reply; the webhook it replaces will be deleted. */
  settle(tx: Tx, id: number, event: WebhookEvent, made: MadeWebhook, now: number): void {
    for (const old of this.listInUse()) if (old.event === event) this.retire(tx, old.id, now);
    this.database
      .prepareWrite<unknown[]>(
        `UPDATE webhooks SET state = 'in_use', vendor_id = ?, sealed_token = ?, made_at = ? WHERE id = ?`,
      )
      .run(tx, made.id, this.sealer.seal(made.signingToken, placeOf(id)), now, id);
  }

  /** Its token stays valid for the overlap. */
  retire(tx: Tx, id: number, now: number): void {
    this.database
      .prepareWrite<[number, number]>(
        `UPDATE webhooks SET state = 'leaving', token_good_until = ? WHERE id = ? AND state = 'in_use'`,
      )
      .run(tx, now + OLD_TOKEN_MS, id);
  }

  /** It is gone from Lever. */
  noteGone(tx: Tx, id: number, now: number): void {
    this.retire(tx, id, now);
    this.database.prepareWrite(`UPDATE webhooks SET state = 'gone' WHERE id = ?`).run(tx, id);
  }

  /** An intent that Lever's list shows nothing of. */
  dropBegun(tx: Tx, id: number): void {
    this.database.prepareWrite(`DELETE FROM webhooks WHERE id = ? AND state = 'begun'`).run(tx, id);
  }

  /** After the overlap, tokens are useful only to a thief. */
  eraseOldTokens(tx: Tx, now: number): void {
    this.database
      .prepareWrite('UPDATE webhooks SET sealed_token = NULL WHERE token_good_until <= ?')
      .run(tx, now);
  }

  /** For `revoke`: erases all tokens and marks Lever's webhooks for deletion. */
  retireAll(tx: Tx, now: number): void {
    for (const { id } of this.listInUse()) this.retire(tx, id, now);
    this.database
      .prepareWrite('UPDATE webhooks SET sealed_token = NULL, token_good_until = NULL')
      .run(tx);
  }
}

function placeOf(id: number): SealedPlace {
  return { column: 'webhooks.sealed_token', row: [id] };
}
