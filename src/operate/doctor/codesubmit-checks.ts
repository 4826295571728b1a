/** Checks that CodeSubmit accepts the key and has the rules' challenges. */
import { ApiError, rejectionOf } from '../../domain/errors.js';
import { CHALLENGE_GONE } from '../problems/list-problems.js';
import { codesubmitHost } from '../../vendors/codesubmit/codesubmit-client.js';
import { addRuleCommand } from '../../domain/rule-spec.js';
import {
  describeMissing,
  missingParts,
  readListRows,
  sayWhereTheyAre,
} from '../../setup/row-shape-words.js';
import { isUnreadable } from '../../pipeline/invitations/judge-reading.js';
import { listUnmapped } from '../status/status-numbers.js';
import { reconnect, refusalInWords } from '../problems/reconnect.js';
import { fail, pass, unanswered, unlessEmpty, warn, type Check, type Finding } from './check.js';
import { isSendingRejected } from '../../storage/state/integration-store.js';
import type { SentListStore } from '../../pipeline/invitations/sent-list-store.js';
import type { StatusNumberStore } from '../../pipeline/progress/status-numbers.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { CheckContext } from './check-context.js';

export interface CodeSubmitParts {
  rules: RuleStore;
  /** CodeSubmit's list, as the daemon read it. */
  list: SentListStore;
  statusNumbers: StatusNumberStore;
}

async function checkCodeSubmit(exam: CheckContext): Promise<Finding> {
  try {
    const account = await exam.vendors().codesubmit().checkKey();
    const row = exam.app.configuration.row();
    if (isSendingRejected(row)) {
      // Payment or the owner's role: reading shows nothing of it.
      const kind = row.codesubmit_refusal_kind ?? 'key';
      return fail(
        `${refusalInWords('codesubmit', kind)} (${row.codesubmit_refusal ?? ''})`,
        reconnect(exam.app.configuration, 'codesubmit', kind),
      );
    }
    if (row.codesubmit_refused_at !== null) {
      return fail(
        'CodeSubmit accepts the key again, but sending still waits since it was rejected',
        'Wait: the daemon tries again every five minutes. To continue at once, run: codesubmit-lever setup',
      );
    }
    return pass(`The API key works${account === '' ? '' : ` (${account})`}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.kind === 'unauthorized') {
      const { kind, why } = rejectionOf(error);
      return fail(
        `${refusalInWords('codesubmit', kind)} (${why})`,
        reconnect(exam.app.configuration, 'codesubmit', kind),
      );
    }
    return unanswered(error, codesubmitHost(exam.settings));
  }
}

async function checkChallenges(exam: CheckContext<CodeSubmitParts>): Promise<Finding> {
  const listed = await exam.challenges();
  const known = new Set(listed.filter(({ isArchived }) => !isArchived).map(({ id }) => id));
  const rules = exam.app.rules.listActive();
  const gone = rules.filter((rule) => !known.has(rule.challengeId));
  const [refused] = rules.filter((rule) => rule.isChallengeUnknown);
  if (gone.length === 0 && refused) {
    return fail(
      `CodeSubmit lists “${refused.challengeName}”, but didn’t know it when we tried to send it`,
      `The next check of the stages tries again. To use another: ${addRuleCommand(refused)}`,
    );
  }
  const names = new Set(rules.map(({ challengeName }) => `“${challengeName}”`));
  const summary =
    names.size === 0 ? 'No rule names a challenge' : `CodeSubmit has ${[...names].join(', ')}`;
  return unlessEmpty(gone, summary, ([first]) =>
    fail(
      `CodeSubmit can’t send “${first?.challengeName ?? ''}”, the challenge of rule ${first?.id}: it may be archived`,
      `Restore it in CodeSubmit, or use another: ${addRuleCommand(first)}`,
    ),
  );
}

/** The first page. Without dates unknown outcomes wait; without addresses nothing is sent. */
async function checkListRows(exam: CheckContext<CodeSubmitParts>): Promise<Finding> {
  const shape = await readListRows(exam.vendors().codesubmit(), await exam.challenges());
  if (shape.rows === 0)
    return checkReading(exam, 'CodeSubmit has sent nothing yet, so its list is empty');
  const missing = missingParts(shape);
  if (missing.length === 0) return checkReading(exam);
  const isWaiting = exam.settings.unreadableList === 'wait' && missing.includes('email');
  const say = isWaiting ? fail : warn;
  return say(describeMissing(shape), sayWhereTheyAre(shape));
}

/** Its rows are fine, but the daemon needs all of them. */
function checkReading(
  { app, now }: CheckContext<CodeSubmitParts>,
  fine = 'CodeSubmit’s list shows who was sent which challenge, and when',
): Finding {
  const { trouble } = app.list.state();
  // After 15 minutes it's a problem of its own.
  if (trouble === null || isUnreadable(trouble, now)) return pass(fine);
  return warn(
    `CodeSubmit’s list could not be read whole at the last try (${trouble.error}), so sending waits`,
    'Wait: the daemon tries again. After 15 minutes `codesubmit-lever status` says what to do',
  );
}

function checkStatusNumbers({ app }: CheckContext<CodeSubmitParts>): Finding {
  return unlessEmpty(
    listUnmapped(app),
    'All of CodeSubmit’s status numbers have a meaning assigned',
    (numbers) =>
      warn(
        `Status ${numbers.length === 1 ? 'number' : 'numbers'} ${numbers.join(', ')} ${numbers.length === 1 ? 'has' : 'have'} no meaning assigned yet`,
        'Run: codesubmit-lever progress',
      ),
  );
}

export const CODESUBMIT_CHECKS: readonly Check<CodeSubmitParts>[] = [
  { id: 'codesubmit', needs: 'use', isCheap: true, run: checkCodeSubmit },
  {
    ...{ id: 'challenges', needs: 'use', isCheap: true, run: checkChallenges },
    problem: { code: CHALLENGE_GONE, vendor: 'codesubmit' },
  },
  { id: 'list_rows', needs: 'use', isCheap: false, run: checkListRows },
  { id: 'status_numbers', needs: 'use', isCheap: true, run: checkStatusNumbers },
];
