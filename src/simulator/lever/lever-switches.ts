// Everything about Lever that nobody documents, as switches; the first value of each is the default.
import { z } from 'zod';

const milliseconds = z.number().int().min(0);

export const leverSwitchesSchema = z.strictObject({
  /** Shifts Lever's clock, its `Date` header included. */
  clockOffsetMs: z.number().int().default(0),
  /** 10 calls a second and bursts to 20 for each key; switched off, calls are still measured. */
  rateLimit: z.enum(['on', 'off']).default('on'),
  /** `GET /opportunities/:id` shows what was true this long ago. */
  readLagMs: milliseconds.default(0),
  /** `GET /opportunities` shows what was true this long ago. */
  listLagMs: milliseconds.default(0),
  /**
   * What `next` remembers of the list of opportunities: the key of the next page's first record, as recorded, or a
   * position: then pages shift when a candidate leaves meanwhile.
   */
  pageTokens: z.enum(['by-record', 'by-position']).default('by-record'),
  /** Which reads of an opportunity show its `stageChanges`. All that are recorded do. */
  stageChanges: z.enum(['everywhere', 'not-in-lists', 'nowhere']).default('everywhere'),
  updatedAt: z.enum(['present', 'null']).default('present'),
  emailOrder: z.enum(['oldest-first', 'newest-first']).default('oldest-first'),
  linkStorage: z.enum(['as-given', 'without-scheme', 'with-slash']).default('as-given'),
  linkAddedTwice: z.enum(['once', 'doubled']).default('once'),
  /** The right that a key needs for addLinks and removeLinks. */
  linksRight: z.enum(['opportunities:write', 'links:write']).default('opportunities:write'),
  /** What `GET /opportunities/deleted` answers: rows with an id and a time, ids alone, or 403. */
  deletedList: z.enum(['records', 'ids', 'refused']).default('records'),
  deactivatedStages: z.enum(['left-out', 'listed']).default('left-out'),
  performAs: z.enum(['optional', 'required']).default('optional'),
  performAsRefusal: z.literal([400, 403]).default(400),
  /** Whether a `perform_as` that names nobody, or a deactivated user, is refused. */
  performAsUser: z.enum(['checked', 'unchecked']).default('checked'),
  confidentialRefusal: z.literal([403, 404]).default(404),
  revokedKeyAnswer: z.literal([401, 403]).default(401),
  /** Production takes https callbacks only, and its own audience. */
  environment: z.enum(['sandbox', 'production']).default('sandbox'),
  pkce: z.enum(['checked', 'unchecked']).default('checked'),
  accessTokenSeconds: z.number().int().min(1).default(3600),
  /** How long a refresh token stays good once it was used; then its reuse is an attack. */
  oldRefreshTokenGoodMs: z.union([milliseconds, z.literal('forever')]).default(0),
  /** What such a reuse does, beside being refused. */
  oldRefreshTokenReuse: z.enum(['revokes', 'refused']).default('revokes'),
  /** The status of `{"error":"invalid_grant"}`, after a revocation among others. */
  invalidGrantStatus: z.literal([400, 403]).default(400),
  wrongSecretError: z.enum(['invalid_client', 'access_denied']).default('invalid_client'),
  /** What sets `lastAdvancedAt`, beside a move forward. By the defaults it is as recorded. */
  creationAdvances: z.boolean().default(true),
  movingBackAdvances: z.boolean().default(true),
  archivingAdvances: z.boolean().default(true),
  unarchivingAdvances: z.boolean().default(false),
  eventsForApiMoves: z.boolean().default(true),
  eventsForBulkMoves: z.boolean().default(true),
  eventsForConfidential: z.boolean().default(true),
  webhookFromStageId: z.enum(['present', 'absent']).default('present'),
  webhookId: z.enum(['absent', 'present']).default('absent'),
  /** The event that Verify Connection sends. */
  verifyEvent: z.enum(['candidateHired', 'own']).default('candidateHired'),
  /** Data wrappers around the reply of `POST /webhooks`. */
  webhookReplyWrappers: z.literal([1, 2]).default(1),
  /** Whether `GET /webhooks` shows those made on the settings page. */
  webhookList: z.enum(['all', 'api-only']).default('all'),
  /** `GET /webhooks` shows a new one only this long after it was made. */
  webhookListLagMs: milliseconds.default(0),
  /** What deleting one that was made on the settings page answers. */
  pageWebhookRefusal: z.literal([403, 404]).default(403),
  webhookTimeoutMs: milliseconds.default(5000),
  /** Each delivery waits a random time between the two; unequal values make them overtake. */
  webhookDelayMs: z.tuple([milliseconds, milliseconds]).default([0, 0]),
  /** How often each event is delivered. */
  webhookCopies: z.number().int().min(1).max(20).default(1),
});

export type LeverSwitches = z.infer<typeof leverSwitchesSchema>;

export function defaultLeverSwitches(): LeverSwitches {
  return leverSwitchesSchema.parse({});
}
