/** What each command prints with `--json`, as one zod definition each; the compiler holds it to the type that is printed. */
import { z } from 'zod';
import { INVITATION_STATES, PROGRESS } from '../../src/domain/invitation.js';
import { PROBLEM_CODES } from '../../src/domain/problem.js';
import type { Diagnosis } from '../../src/admin/facts/doctor.js';
import { CHECK_STATUSES } from '../../src/admin/facts/fact.js';
import type { PreviewReport } from '../../src/admin/preview.js';
import type { NumbersReport, StatusReport } from '../../src/admin/status.js';
import type { Timeline } from '../../src/admin/timeline.js';
import type { UnknownTimeline } from '../../src/cli/commands/show-timeline.js';
import type { ListedRule } from '../../src/admin/setup/rules.js';
import { INTEGRATION_STATES } from '../../src/store/integration-store.js';

const time = z.iso.datetime().meta({ id: 'time', description: 'ISO 8601, UTC.' });
const count = z.int().nonnegative();
const text = z.string();
const textOrNull = text.nullable();
const timeOrNull = time.nullable();
const code = text.regex(/^[a-z][a-z_]*$/);
const named = z.strictObject({ id: text, name: text }).meta({ id: 'named' });
const outcome = z.enum(['send', 'adopt', 'wait', 'refused', 'hold', 'ignore']);
const decision = z.enum(['invite', 'hold', 'ignore']);
const integrationState = z.enum(INTEGRATION_STATES);
const progress = z.enum(PROGRESS).nullable();
const tag = text.describe('* stands for candidates without a challenge tag.');

const invitation = z.strictObject({
  id: z.int(),
  opportunityId: text,
  opportunityUrl: text,
  candidate: textOrNull,
  challenge: named,
  state: z.enum(INVITATION_STATES),
  progress,
  reason: textOrNull.describe('The code of a failure or of what it waits for.'),
  link: textOrNull,
  createdAt: time,
  invitedAt: timeOrNull,
  linkedAt: timeOrNull,
});

const problem = z.strictObject({
  code: z.enum(PROBLEM_CODES).describe('A later version may add codes.'),
  vendor: z.enum(['lever', 'codesubmit']).nullable(),
  since: timeOrNull,
  hint: text.describe('What is wrong, and the command that fixes it.'),
});

const status = z.strictObject({
  integration: z.strictObject({
    state: integrationState,
    problems: z.array(problem),
    lever: z.strictObject({
      environment: z.enum(['production', 'sandbox']),
      auth: z.enum(['oauth', 'api_key']),
    }),
    rules: z.array(z.strictObject({ stage: named, tag, challenge: named })),
    webhook: z.strictObject({
      url: textOrNull,
      verifiedAt: timeOrNull,
      lastDeliveryAt: timeOrNull,
    }),
    lastSweepAt: timeOrNull,
    listReading: z
      .strictObject({ rows: count, of: count.nullable(), endsAt: timeOrNull })
      .nullable()
      .describe('How far CodeSubmit’s list is read, and about when that ends. Else null.'),
    daemon: z.strictObject({
      running: z.boolean(),
      since: timeOrNull.describe(
        'When it was started; when it is not running, when it was last seen. Null when it never ran.',
      ),
    }),
  }),
  counts: z
    .record(text, count)
    .describe('Invitations in each state, and candidates on hold. A zero may be left out.'),
  invitations: z.array(invitation),
  held: z.array(
    z.strictObject({
      opportunityId: text,
      candidate: textOrNull,
      reason: text.describe('The code of the hold.'),
      detail: textOrNull,
      since: time,
    }),
  ),
  next: textOrNull.describe('For --after: the next page. Null on the last one.'),
});

const entry = z
  .strictObject({
    at: time,
    what: z.enum(['delivery', 'lever', 'decision', 'invitation', 'attempt', 'write-back']),
    outcome: text.describe('A code or two, as in the log.'),
    detail: textOrNull,
    text: text.describe('The same as a sentence.'),
  })
  .meta({ id: 'entry' });

const fixes = z
  .array(text)
  .describe('What you can do, each with its command or its step in Lever.');

const timeline = z.strictObject({
  stories: z.array(
    z.strictObject({
      opportunityId: text,
      candidate: textOrNull,
      url: textOrNull,
      invitations: z.array(invitation),
      entries: z.array(entry),
      fixes,
    }),
  ),
  lever: z
    .array(
      z.strictObject({
        opportunityId: text,
        isSeen: z.boolean().describe('False when Lever does not show the opportunity.'),
        candidate: textOrNull,
        wouldBe: z
          .strictObject({
            decision,
            outcome,
            reason: textOrNull,
            detail: textOrNull,
            challenge: named.nullable(),
          })
          .describe('What would be decided now, in the words of preview --json.'),
        entries: z.array(entry),
        fixes,
      }),
    )
    .describe('Candidates about whom nothing was decided yet, read from Lever now.'),
});

const preview = z.strictObject({
  at: time,
  integration: z.strictObject({ state: integrationState }),
  rules: z.array(
    z.strictObject({
      stage: named,
      tag,
      challenge: named,
      isNew: z.boolean().describe('Given by --rule, not added yet.'),
    }),
  ),
  counts: z.record(outcome, count).describe('Candidates by outcome.'),
  people: z.array(
    z.strictObject({
      opportunityId: text,
      opportunityUrl: text,
      candidate: textOrNull,
      sentAs: z
        .strictObject({ firstName: text, lastName: text })
        .nullable()
        .describe('The name that CodeSubmit gets. Null when nothing is sent.'),
      stage: named,
      decision,
      outcome: outcome.describe(
        'send: the challenge goes. adopt: it was sent manually, so only its link goes to Lever. ' +
          'wait: it goes once the integration is active again or its next attempt is due. ' +
          'refused: CodeSubmit refused this address or name. hold, ignore: nothing goes.',
      ),
      reason: textOrNull.describe('The code of a hold, an ignore or a refusal.'),
      detail: textOrNull,
      challenge: named.nullable(),
      until: timeOrNull.describe('When a delayed candidate is decided again.'),
      holdTag: textOrNull.describe('The tag that would be added in Lever (setup --hold-tags).'),
    }),
  ),
});

const doctor = z.strictObject({
  healthy: z
    .boolean()
    .describe('No check failed. False means exit code 1, or 78 when nothing is set up.'),
  checkedAt: time,
  checks: z.array(
    z.strictObject({
      id: code.describe('Stable name of the check. A later version may add some.'),
      status: z.enum(CHECK_STATUSES),
      summary: text.min(1),
      fix: textOrNull.describe('The command, or the one step, that fixes it.'),
    }),
  ),
});

const meaning = z.enum(PROGRESS).nullable();
const numbers = z.strictObject({
  numbers: z.array(
    z.strictObject({
      number: z.int(),
      meaning,
      guess: meaning,
      example: z.strictObject({
        id: z.int(),
        candidate: textOrNull,
        challenge: text,
        opportunityId: text,
      }),
      lastSeenAt: time,
    }),
  ),
});

const minutes = z.int().nullable();
const rules = z.array(
  z.strictObject({
    id: z.int(),
    stage: named,
    tag,
    challenge: named,
    dueDays: z.int().nullable(),
    timeLimitMinutes: minutes,
    delayMinutes: z.int(),
    reuseDays: z.int(),
    options: text.describe('The options in words.'),
    tags: z
      .array(z.strictObject({ tag: z.string(), challenge: named }))
      .describe('Of a rule for every challenge: the tags to copy.'),
  }),
);

/** By the name of its file in docs/schemas; `command` is what prints it. */
export const SCHEMAS = {
  status: { command: 'status', schema: status },
  timeline: { command: 'status WHO', schema: timeline },
  preview: { command: 'preview', schema: preview },
  doctor: { command: 'doctor', schema: doctor },
  progress: { command: 'progress', schema: numbers },
  rules: { command: 'rules list', schema: rules },
};

/** Assignable in both directions. An id's brand, which is a key of its own, is no difference in JSON. */
type Same<A, B> = [Unbranded<A>] extends [B] ? ([B] extends [Unbranded<A>] ? true : never) : never;
type Unbranded<T> = T extends string
  ? Exclude<keyof T, keyof string> extends never
    ? T
    : string
  : T extends number
    ? Exclude<keyof T, keyof number> extends never
      ? T
      : number
    : { [K in keyof T]: Unbranded<T[K]> };

export interface Reports {
  status: StatusReport;
  timeline: { stories: Timeline[]; lever: UnknownTimeline[] };
  preview: PreviewReport;
  doctor: Diagnosis;
  progress: NumbersReport;
  rules: ListedRule[];
}

// A line that doesn't compile names the output whose type and definition differ.
true satisfies Same<Reports['status'], z.infer<typeof status>>;
true satisfies Same<Reports['timeline'], z.infer<typeof timeline>>;
true satisfies Same<Reports['preview'], z.infer<typeof preview>>;
true satisfies Same<Reports['doctor'], z.infer<typeof doctor>>;
true satisfies Same<Reports['progress'], z.infer<typeof numbers>>;
true satisfies Same<Reports['rules'], z.infer<typeof rules>>;

/** What of `value` does not fit the output of that name; empty when it fits. */
export function misfits(name: keyof typeof SCHEMAS, value: unknown): string[] {
  const parsed = SCHEMAS[name].schema.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

/** What a command printed with `--json`; throws unless it fits. */
export function parseReport<Name extends keyof Reports>(
  name: Name,
  { stdout }: { stdout: string },
): Reports[Name] {
  const report = JSON.parse(stdout) as Reports[Name];
  const wrong = misfits(name, report);
  if (wrong.length > 0) throw new Error(`${name}: ${wrong.join('; ')}`);
  return report;
}
