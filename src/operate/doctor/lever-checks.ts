/** Checks that Lever accepts us, agrees about the time, and has what the rules name. */
import { countCurrent, countUnreadable } from '../queries/decisions.js';
import { CLOCK_OFF_MS, type ClockSkew } from '../../domain/clock.js';
import { inSlices } from '../../vendors/http/http-client.js';
import { findNearMiss } from '../../domain/decide/match-rule.js';
import { ApiError, rejectionOf } from '../../domain/errors.js';
import { ANY_TAG, normalizeTag, type Rule } from '../../domain/rule.js';
import type { LeverUser } from '../../vendors/lever/api/lever-records.js';
import { leverHosts } from '../../vendors/lever/api/lever-addresses.js';
import { detailInWords } from '../../domain/reasons.js';
import { count, formatDuration } from '../../domain/format.js';
import { clockLeadInWords, SET_THE_CLOCK } from '../problems/list-problems.js';
import { newLeverRights, reconnect, refusalInWords } from '../problems/reconnect.js';
import { fail, pass, unanswered, unlessEmpty, warn, type Check, type Finding } from './check.js';
import type { Database } from '../../storage/database/database.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { CheckContext } from './check-context.js';

export interface LeverParts {
  database: Database;
  rules: RuleStore;
  leverSkew: ClockSkew;
}

async function checkLever(exam: CheckContext): Promise<Finding> {
  const { app, settings, runtime } = exam;
  const { clock } = runtime;
  const startedMs = clock.monotonicMs();
  try {
    await exam.vendors().lever().checkKey();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.kind === 'unauthorized') {
      const { kind, why } = rejectionOf(error);
      const fix = reconnect(app.configuration, 'lever', kind);
      return fail(`${refusalInWords('lever', kind)} (${why})`, fix);
    }
    return unanswered(error, leverHosts(settings).join(' and '));
  }
  const since = app.configuration.row().lever_refused_at;
  if (since !== null) {
    return fail(
      `Lever accepts us again, but sending still waits since it rejected us ${formatDuration(exam.now - since)} ago`,
      'Run: codesubmit-lever setup',
    );
  }
  const tookMs = Math.round(clock.monotonicMs() - startedMs);
  const what = settings.leverAuth === 'oauth' ? 'The login' : 'The API key';
  return pass(`${what} works (${settings.leverEnvironment}, ${tookMs} ms)`);
}

/** Lever's replies carry its clock. */
async function checkClock(exam: CheckContext<LeverParts>): Promise<Finding> {
  await exam.stages();
  const leadMs = exam.app.leverSkew.ourLeadMs();
  if (leadMs === null) {
    const what =
      'Lever’s replies have no date, so we rely on this machine’s clock to tell which candidates came before a rule';
    return warn(what, SET_THE_CLOCK);
  }
  if (Math.abs(leadMs) < CLOCK_OFF_MS) return pass('Agrees with Lever’s clock');
  return fail(clockLeadInWords(leadMs), SET_THE_CLOCK);
}

async function checkStages(exam: CheckContext<LeverParts>): Promise<Finding> {
  const stages = new Map((await exam.stages()).map(({ id, text }) => [id, text]));
  const rules = exam.app.rules.listActive();
  const gone = rules.filter((rule) => !stages.has(rule.stageId));
  const names = new Set(
    rules.map(({ stageId, stageName }) => {
      const now = stages.get(stageId) ?? stageName;
      return `“${stageName}”${now === stageName ? '' : ` (now called “${now}”)`}`;
    }),
  );
  const summary = names.size === 0 ? 'No rule names a stage' : `Lever has ${[...names].join(', ')}`;
  return unlessEmpty(gone, summary, ([first]) =>
    fail(
      `Lever has no active stage “${first?.stageName ?? ''}”, which rule ${first?.id} uses`,
      `Activate it in Lever, or run: codesubmit-lever rules remove ${first?.id}`,
    ),
  );
}

/** An account may have many tags, and the daemon runs this too. */
async function findNearMissAmong(tags: readonly string[], rules: readonly Rule[]) {
  for await (const some of inSlices(tags)) {
    const found = findNearMiss(some, rules);
    if (found) return found;
  }
  return undefined;
}

async function checkTags(exam: CheckContext<LeverParts>): Promise<Finding> {
  const rules = exam.app.rules.listActive();
  const ruleTags = rules.map(({ tag }) => tag).filter((tag) => tag !== ANY_TAG);
  if (ruleTags.length === 0) return pass('No rule names a tag');
  const tags = await exam.vendors().lever().listTags();
  const near = await findNearMissAmong(tags, rules);
  if (near) {
    return warn(
      `Lever has a tag “${near.tag}”, which is close to ${near.rule.tag}. Candidates with it are on hold`,
      `In Lever, replace it with ${near.rule.tag} on its candidates and postings`,
    );
  }
  const known = new Set(tags.map(normalizeTag));
  const unknown = ruleTags.filter((tag) => !known.has(normalizeTag(tag)));
  return unlessEmpty(unknown, `Lever has ${ruleTags.join(', ')}`, ([first]) =>
    warn(
      `No one in Lever has the tag ${first ?? ''} yet`,
      'Add it to a posting or a candidate in Lever, so recruiters can pick it',
    ),
  );
}

/** Lever shows user ids only in URLs. */
function suggest(users: readonly LeverUser[]): string {
  const active = users.filter(({ isActive }) => isActive).slice(0, 3);
  if (active.length === 0) return '';
  return ` (${active.map(({ name, id }) => `${name} is ${id}`).join(', ')})`;
}

async function checkActingUser(exam: CheckContext): Promise<Finding> {
  const { performAs } = exam.settings;
  if (performAs === null) return pass('None set: Lever shows the name of the key or login');
  const users = await exam.vendors().lever().listUsers();
  const user = users.find(({ id }) => id === performAs);
  if (user?.isActive === true) return pass(`${user.name}, who is active`);
  return fail(
    user ? `${user.name}, the acting user, is deactivated in Lever` : 'Lever has no such user',
    `Choose another${suggest(users)}: codesubmit-lever setup --perform-as USER_ID`,
  );
}

/** Candidates in a rule's stage for whom Lever doesn't say when they came there. */
async function checkConfidential(exam: CheckContext<LeverParts>): Promise<Finding> {
  const isSeen = await exam.vendors().lever().canReadConfidential();
  const { includeConfidential } = exam.settings;
  if (isSeen && includeConfidential) return pass('Confidential candidates are included');
  if (isSeen) {
    const what = 'We may read confidential candidates now, but don’t ask for them yet';
    return warn(what, 'Run: codesubmit-lever setup');
  }
  if (includeConfidential) {
    const what =
      'The permission to see confidential candidates is gone, so Lever refuses its lists';
    return fail(what, 'Run: codesubmit-lever setup');
  }
  const unseen = countUnreadable(exam.app.database);
  if (unseen === 0) return pass('Confidential candidates are hidden from us; none was missed');
  return warn(
    `Lever hides ${count(unseen, 'candidate')} from us, probably confidential. They get no challenge`,
    newLeverRights(exam.app.configuration, ' with access to confidential data'),
  );
}

/** Candidates a rule would apply to, whose data protection settings forbid contact. */
function checkConsent({ app }: CheckContext<LeverParts>): Finding {
  const refused = countCurrent(app.database, 'contact_not_allowed');
  return unlessEmpty(refused, 'Data protection in Lever stops no challenge', () => {
    const total = refused.reduce((sum, { n }) => sum + n, 0);
    const whys = refused.map(({ detail, n }) => `${detailInWords(detail ?? 'contact')} (${n})`);
    return warn(
      `Data protection in Lever keeps ${count(total, 'candidate')} from getting a challenge: ${whys.join(', ')}`,
      'If they should get one, renew their consent in Lever. See who they are: codesubmit-lever preview',
    );
  });
}

export const LEVER_CHECKS: readonly Check<LeverParts>[] = [
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
  {
    ...{ id: 'confidential', needs: 'use', isCheap: true, run: checkConfidential },
    problem: { code: 'confidential_refused', vendor: 'lever' },
  },
];
