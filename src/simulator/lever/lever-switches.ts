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
  /** What addLinks and removeLinks answer: the whole record, as recorded, or a hollow one. */
  linksReply: z.enum(['whole', 'hollow']).default('whole'),
  /** The right that a key needs for addLinks and removeLinks. */
  linksRight: z.enum(['opportunities:write', 'links:write']).default('opportunities:write'),
  /** What `GET /opportunities/deleted` answers: rows with an id and a time, ids alone, or 403. */
  deletedList: z.enum(['records', 'ids', 'refused']).default('records'),
  deactivatedStages: z.enum(['left-out', 'listed']).default('left-out'),
  performAs: z.enum(['optional', 'required']).default('optional'),
  performAsRefusal: z.literal([400, 403]).default(400),
  /** Whether a `perform_as` with an unknown or deactivated user is refused. */
  performAsUser: z.enum(['checked', 'unchecked']).default('checked'),
  confidentialRefusal: z.literal([403, 404]).default(404),
  revokedKeyAnswer: z.literal([401, 403]).default(401),
  /** Production accepts https callbacks only, and has its own audience. */
  environment: z.enum(['sandbox', 'production']).default('sandbox'),
  pkce: z.enum(['checked', 'unchecked']).default('checked'),
  accessTokenSeconds: z.number().int().min(1).default(3600),
  /** How long a used refresh token remains valid; afterwards its reuse is an attack. */
  oldRefreshTokenGoodMs: z.union([milliseconds, z.literal('forever')]).default(0),
  /** What such a reuse does besides being refused. */
  oldRefreshTokenReuse: z.enum(['revokes', 'refused']).default('revokes'),
  /** The status of `{"error":"invalid_grant"}`, for example after a revocation. */
  invalidGrantStatus: z.literal([400, 403]).default(400),
  wrongSecretError: z.enum(['invalid_client', 'access_denied']).default('invalid_client'),
  /** What else sets `lastAdvancedAt` besides a move forward. The defaults are as recorded. */
  creationAdvances: z.boolean().default(true),
  movingBackAdvances: z.boolean().default(true),
  archivingAdvances: z.boolean().default(true),
  unarchivingAdvances: z.boolean().default(false),
  eventsForApiMoves: z.boolean().default(true),
  eventsForBulkMoves: z.boolean().default(true),
  webhookId: z.enum(['absent', 'present']).default('absent'),
  webhookTimeoutMs: milliseconds.default(5000),
  /**
   * Each delivery waits a random time between the two; unequal values make them overtake each
   * other.
   */
  webhookDelayMs: z.tuple([milliseconds, milliseconds]).default([0, 0]),
});

export type LeverSwitches = z.infer<typeof leverSwitchesSchema>;

export function defaultLeverSwitches(): LeverSwitches {
  return leverSwitchesSchema.parse({});
}
