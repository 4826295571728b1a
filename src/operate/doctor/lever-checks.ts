/** Checks of Lever: whether it lets us in, for how long, what it lets us do, and whether it has what the rules name. */
import { countCurrent, countUndated, countUnreadable } from '../queries/decisions.js';
import { CLOCK_OFF_MS } from '../../domain/clock.js';
import { inSlices } from '../../vendors/http/in-slices.js';
import { findNearMiss } from '../../domain/decide/match-rule.js';
import { ApiError } from '../../domain/errors.js';
import { ANY_TAG, normalizeTag, type Rule } from '../../domain/rule.js';
import type { LeverUser } from '../../vendors/lever/api/lever-records.js';
import { leverHosts } from '../../vendors/lever/api/lever-addresses.js';
import { detailInWords } from '../../domain/reasons.js';
import { count, formatDuration } from '../../domain/format.js';
import { clockLeadInWords, SET_THE_CLOCK } from '../problems/list-problems.js';
import { newLeverRights, reconnect, refusalInWords } from '../problems/reconnect.js';
import { fail, pass, unanswered, unlessEmpty, warn, type Check, type Finding } from './check.js';
import type { CheckContext } from './check-context.js';

async function checkLever(exam: CheckContext): Promise<Finding> {
  const { app, settings, runtime } = exam;
  const { clock } = runtime;
  const startedMs = clock.monotonicMs();
  try {
    await exam.vendors().lever().checkKey();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.kind === 'unauthorized') {
      const fix = reconnect(app, 'lever', error.message);
      return fail(`${refusalInWords('lever', error.message)} (${error.message})`, fix);
    }
    return unanswered(error, leverHosts(settings).join(' and '));
  }
  const since = app.configuration.row().lever_refused_at;
  if (since !== null) {
    return fail(
      `Lever lets us in again, but everything still waits since it refused us ${formatDuration(exam.now - since)} ago`,
      'Run: codesubmit-lever setup',
    );
  }
  const tookMs = Math.round(clock.monotonicMs() - startedMs);
  const what = settings.leverAuth === 'oauth' ? 'The login' : 'The API key';
  return pass(`${what} works (${settings.leverEnvironment}, ${String(tookMs)} ms)`);
}

/** Lever's clock comes with its replies. */
async function checkClock(exam: CheckContext): Promise<Finding> {
  await exam.stages();
  const leadMs = exam.app.clockSkew.lever.ourLeadMs();
  if (leadMs === null) {
    const what =
      'Lever’s replies have no date, so this machine’s clock alone says which candidates came before a rule';
    return warn(what, SET_THE_CLOCK);
  }
  if (Math.abs(leadMs) < CLOCK_OFF_MS) return pass('Agrees with Lever’s clock');
  return fail(clockLeadInWords(leadMs), SET_THE_CLOCK);
}

async function checkStages(exam: CheckContext): Promise<Finding> {
  const stages = new Map((await exam.stages()).map(({ id, text }) => [id, text]));
  const rules = exam.app.rules.listActive();
  const gone = rules.filter((rule) => !stages.has(rule.stageId));
  const names = new Set(
    rules.map(({ stageId, stageName }) => {
      const now = stages.get(stageId) ?? stageName;
      return `“${stageName}”${now === stageName ? '' : ` (called “${now}” there by now)`}`;
    }),
  );
  const summary = names.size === 0 ? 'No rule names one' : `Lever has ${[...names].join(', ')}`;
  return unlessEmpty(gone, summary, ([first]) =>
    fail(
      `Lever has no active stage “${first?.stageName ?? ''}”, which rule ${String(first?.id)} names`,
      `Activate it in Lever, or run: codesubmit-lever rules remove ${String(first?.id)}`,
    ),
  );
}

/** An account may have many tags, and the daemon looks too. */
async function findNearMissAmong(tags: readonly string[], rules: readonly Rule[]) {
  for await (const some of inSlices(tags)) {
    const found = findNearMiss(some, rules);
    if (found) return found;
  }
  return undefined;
}

function tagsOf(rules: readonly Rule[]): string[] {
  return rules.map(({ tag }) => tag).filter((tag) => tag !== ANY_TAG);
}

async function checkTags(exam: CheckContext): Promise<Finding> {
  const rules = exam.app.rules.listActive();
  const ruleTags = tagsOf(rules);
  if (ruleTags.length === 0) return pass('No rule names one');
  const tags = await exam.tags();
  const near = await findNearMissAmong(tags, rules);
  if (near) {
    return warn(
      `Lever has a tag “${near.tag}”, which is not quite ${near.rule.tag}: who has it is held`,
      `Replace it by ${near.rule.tag} in Lever, on its candidates and postings`,
    );
  }
  const known = new Set(tags.map(normalizeTag));
  const unknown = ruleTags.filter((tag) => !known.has(normalizeTag(tag)));
  return unlessEmpty(unknown, `Lever has ${ruleTags.join(', ')}`, ([first]) =>
    warn(
      `Nobody in Lever has the tag ${first ?? ''} yet`,
      'Put it on a posting or a candidate in Lever, so that recruiters can pick it',
    ),
  );
}

/** Lever shows their ids nowhere but in addresses. */
function suggest(users: readonly LeverUser[]): string {
  const active = users.filter(({ isActive }) => isActive).slice(0, 3);
  if (active.length === 0) return '';
  return ` (${active.map(({ name, id }) => `${name} is ${id}`).join(', ')})`;
}

async function checkActingUser(exam: CheckContext): Promise<Finding> {
  const { performAs } = exam.settings;
  if (performAs === null) return pass('None is named: Lever sees the key or the login itself');
  const users = await exam.users();
  const user = users.find(({ id }) => id === performAs);
  if (user?.isActive === true) return pass(`${user.name}, who is active`);
  return fail(
    user
      ? `${user.name}, on whose behalf it writes, is deactivated in Lever`
      : 'Lever has no such user',
    `Name another${suggest(users)}: codesubmit-lever setup --perform-as USER_ID`,
  );
}

/** Candidates in a rule's stage of whom Lever doesn't say when they came there. */
function checkVisits({ app }: CheckContext): Finding {
  const n = countUndated(app.database);
  if (n === 0) return pass('Lever says when each candidate came to their stage');
  return warn(
    `Lever doesn’t say when ${count(n, 'candidate')} came to their stage; archiving them can look like a move`,
    'Look at them: codesubmit-lever preview --all; where a challenge is missing, run: codesubmit-lever send WHO',
  );
}

async function checkConfidential(exam: CheckContext): Promise<Finding> {
  const isSeen = await exam.vendors().lever().canReadConfidential();
  const { includeConfidential } = exam.settings;
  if (isSeen && includeConfidential) return pass('Confidential candidates are seen');
  if (isSeen) {
    const what = 'Confidential candidates may be seen by now, but are not asked for';
    return warn(what, 'Run: codesubmit-lever setup');
  }
  if (includeConfidential) {
    const what =
      'The right to see confidential candidates is gone, so that Lever refuses its lists';
    return fail(what, 'Run: codesubmit-lever setup');
  }
  const unseen = countUnreadable(exam.app.database);
  if (unseen === 0) return pass('Confidential candidates are not seen; nobody was missed');
  return warn(
    `Lever does not show ${count(unseen, 'candidate')} to us: they are confidential, perhaps, and get no challenge`,
    newLeverRights(exam.app, ' with access to confidential data'),
  );
}

/** Those whom a rule would concern; Lever's data protection forbids contact. */
function checkConsent({ app }: CheckContext): Finding {
  const refused = countCurrent(app.database, 'contact_not_allowed');
  return unlessEmpty(refused, 'Lever’s data protection stops no challenge', () => {
    const total = refused.reduce((sum, { n }) => sum + n, 0);
    const whys = refused.map(
      ({ detail, n }) => `${detailInWords(detail ?? 'contact')} (${String(n)})`,
    );
    return warn(
      `Lever’s data protection keeps ${count(total, 'candidate')} from a challenge: ${whys.join(', ')}`,
      'If they should get one, renew their consent in Lever. Who they are: codesubmit-lever preview',
    );
  });
}

export const LEVER_CHECKS: readonly Check[] = [
  { id: 'lever', needs: 'use', isCheap: true, run: checkLever },
  { id: 'clock', needs: 'use', isCheap: true, run: checkClock },
  {
    ...{ id: 'stages', needs: 'use', isCheap: true, run: checkStages },
    problem: { code: 'stage_gone', vendor: 'lever' },
  },
  { id: 'tags', needs: 'use', isCheap: true, run: checkTags },
  {
    ...{ id: 'acting_user', needs: 'use', isCheap: true, run: checkActingUser },
    problem: { code: 'acting_user_gone', vendor: 'lever' },
  },
  { id: 'consent', needs: 'use', isCheap: false, run: checkConsent },
  { id: 'visits', needs: 'use', isCheap: true, run: checkVisits },
  {
    ...{ id: 'confidential', needs: 'use', isCheap: true, run: checkConfidential },
    problem: { code: 'confidential_refused', vendor: 'lever' },
  },
];
