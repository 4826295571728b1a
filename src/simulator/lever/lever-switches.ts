// Everything about Lever that is undocumented, as switches; the first value of each is the default.
import { z } from 'zod';

const milliseconds = z.number().int().min(0);

export const leverSwitchesSchema = z.strictObject({
  /** Shifts Lever's clock, including its `Date` header. */
  clockOffsetMs: z.number().int().default(0),
  /** 10 calls a second and bursts to 20 per key; when off, calls are still measured. */
  rateLimit: z.enum(['on', 'off']).default('on'),
  /** `GET /opportunities/:id` shows the state this long ago. */
  readLagMs: milliseconds.default(0),
  /** `GET /opportunities` shows the state this long ago. */
  listLagMs: milliseconds.default(0),
  /**
   * What `next` encodes for the list of opportunities: the key of the next page's first record, as
   * recorded, or a position, in which case pages shift when a candidate leaves meanwhile.
   */
  pageTokens: z.enum(['by-record', 'by-position']).default('by-record'),
  updatedAt: z.enum(['present', 'null']).default('present'),
  linkStorage: z.enum(['as-given', 'without-scheme', 'with-slash']).default('as-given'),
  linkAddedTwice: z.enum(['once', 'doubled']).default('once'),
  /** What addLinks answers: the whole record, as recorded, or a hollow one. */
  linksReply: z.enum(['whole', 'hollow']).default('whole'),
  /** What `GET /opportunities/deleted` answers: rows with an id and a time, ids alone, or 403. */
  deletedList: z.enum(['records', 'ids', 'refused']).default('records'),
  deactivatedStages: z.enum(['left-out', 'listed']).default('left-out'),
  performAs: z.enum(['optional', 'required']).default('optional'),
  performAsRefusal: z.literal([400, 403]).default(400),
  confidentialRefusal: z.literal([403, 404]).default(404),
  /**
   * Each delivery waits a random time between the two; unequal values make them overtake each
   * other.
   */
  webhookDelayMs: z.tuple([milliseconds, milliseconds]).default([0, 0]),
});

export type LeverSwitches = z.infer<typeof leverSwitchesSchema>;
