// Everything about CodeSubmit that is undocumented, as switches; the first value is the default.
import { z } from 'zod';

const milliseconds = z.number().int().min(0);

/** In the order of their numbers, from 1. */
export const progressWords = [
  'invited',
  'started',
  'submitted',
  'reviewed',
  'expired',
  'cancelled',
] as const;
export type ProgressWord = (typeof progressWords)[number];

export const codeSubmitSwitchesSchema = z.strictObject({
  /** Shifts CodeSubmit's clock, including its `Date` header and `created_at`. */
  clockOffsetMs: z.number().int().default(0),
  /** What a second POST for the same e-mail (ignoring case) and challenge does. */
  secondPost: z.enum(['another', 'refused-409', 'refused-400', 'first']).default('another'),
  postStatus: z.literal([201, 200]).default(201),
  replyId: z.enum(['present', 'absent']).default('present'),
  /** `ahead`: local time, two hours ahead, with the zone of UTC. */
  createdAt: z
    .enum(['present', 'absent', 'no-zone', 'date-only', 'nested', 'ahead'])
    .default('present'),
  /** Whom and what a reply to a POST names. */
  replyNames: z.enum(['own', 'other-email', 'other-test']).default('own'),
  /** How a row of the list names its candidate. */
  rowEmail: z.enum(['whole', 'absent', 'nested', 'masked']).default('whole'),
  /** How a row of the list names its challenge; `other-id` is not in the list of challenges. */
  rowTest: z.enum(['object', 'name', 'id', 'other-id', 'absent', 'nested']).default('object'),
  /** How e-mails come back, in replies and in the list. Dots go at Gmail only. */
  emailRewrite: z
    .enum(['none', 'lower-case', 'without-plus', 'without-plus-and-dots'])
    .default('none'),
  /** Where the candidate's link is: a path into the reply, its parts joined by dots. */
  linkField: z.string().min(1).default('candidate_meta.url'),
  linkIn: z.enum(['reply-and-list', 'reply', 'list', 'nowhere']).default('reply-and-list'),
  /** Other URLs beside and before the link: a report, the test's page, a foreign `/c/` page. */
  misleadingLinks: z.boolean().default(false),
  listOrder: z.enum(['newest-first', 'oldest-first', 'random', 'unstable']).default('newest-first'),
  /** From which progress on the list contains a score and a report's address. */
  resultFrom: z.enum(['never', 'submitted', 'reviewed']).default('never'),
  /** New invitations appear in the list only after this time. */
  listLagMs: milliseconds.default(0),
  /** New invitations appear in the list only after this many reads from its first page. */
  listLagReads: z.number().int().min(0).default(0),
  /** What the list says about its length. */
  listCount: z.enum(['right', 'absent', 'of-page', 'too-many']).default('right'),
  /** A page of the list that always answers 500; 0 for none. */
  brokenPage: z.number().int().min(0).default(0),
  pageSize: z.number().int().min(1).max(1000).default(50),
  nextUrl: z
    .enum(['absolute', 'relative', 'other-origin', 'same-page', 'absent'])
    .default('absolute'),
  unknownTest: z.literal([400, 404]).default(400),
  /** How a candidate is refused: by the invalid field, or with words or a field about the test. */
  candidateRefusal: z.enum(['own-field', 'words-about-test', 'field-of-test']).default('own-field'),
  archivedTests: z.enum(['listed', 'left-out']).default('listed'),
  errorBodies: z.enum(['json', 'html', 'empty']).default('json'),
});

export type CodeSubmitSwitches = z.infer<typeof codeSubmitSwitchesSchema>;
