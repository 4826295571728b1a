/** Stores the shape of replies to writes, which can't be requested again; for `doctor --report`. */
import type { Database, Tx } from '../../storage/database/database.js';
import type { Clock } from '../../domain/clock.js';
import type { Vendor } from '../../domain/errors.js';
import { widenShape, type ReplyShape } from '../../domain/reply-shape.js';
import type { SeenReply } from './http-client.js';

export interface SeenShape {
  vendor: Vendor;
  route: string;
  status: number;
  shape: ReplyShape;
}

/** There are few routes, but there could be many statuses. */
const MOST_ROWS = 200;

export class ReplyShapes {
  readonly #seen = new Map<string, ReplyShape>();
  readonly #find;
  readonly #list;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    this.#find = database.prepare<[string, string, number], { shape: string }>(
      'SELECT shape FROM reply_shapes WHERE vendor = ? AND route = ? AND status = ?',
    );
    this.#list = database.prepare<[], Omit<SeenShape, 'shape'> & { shape: string }>(
      'SELECT vendor, route, status, shape FROM reply_shapes ORDER BY vendor, route, status',
    );
  }

  list(): SeenShape[] {
    return this.#list.all().map((row) => ({ ...row, shape: JSON.parse(row.shape) as ReplyShape }));
  }

  /**
   * Never throws, because a vendor's answer must not be lost over it. Writes only when the shape is
   * new.
   */
  note(reply: SeenReply): void {
    const { vendor, route, status, body } = reply;
    const key = `${vendor} ${route} ${String(status)}`;
    const seen = this.#seen.get(key);
    if (seen !== undefined && JSON.stringify(widenShape(seen, body)) === JSON.stringify(seen))
      return;
    const save = (tx: Tx): void => {
      const known = this.#find.get(vendor, route, status)?.shape ?? '{}';
      const shape = widenShape(JSON.parse(known) as ReplyShape, body);
      this.#save(tx, { vendor, route, status, shape });
      this.#seen.set(key, shape);
    };
    // Skipped when the disk accepts no write.
    this.database.write(save).catch(() => undefined);
  }

  #save(tx: Tx, { vendor, route, status, shape }: SeenShape): void {
    this.database
      .prepareWrite(
        `INSERT INTO reply_shapes (vendor, route, status, shape, last_at)
         SELECT ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM reply_shapes) < ${String(MOST_ROWS)}
         ON CONFLICT DO UPDATE SET shape = excluded.shape, last_at = excluded.last_at`,
      )
      .run(tx, vendor, route, status, JSON.stringify(shape), this.clock.now());
  }
}

/** The same in memory, for the replies of one `doctor`. */
export class GatheredShapes {
  readonly #shapes = new Map<string, SeenShape>();

  note({ vendor, route, status, body }: SeenReply): void {
    const key = `${vendor} ${route} ${String(status)}`;
    const shape = widenShape(this.#shapes.get(key)?.shape ?? {}, body);
    this.#shapes.set(key, { vendor, route, status, shape });
  }

  list(): SeenShape[] {
    return [...this.#shapes.values()];
  }
}
