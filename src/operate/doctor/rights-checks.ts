/** Checks of what Lever lets us do, and for how long. */
import { findRefusedFeatures, fixFor, refusalInWords } from '../../setup/lever-features.js';
import { loginLeftMs } from '../problems/connection-problems.js';
import { findGrant, type Grant } from '../../vendors/lever/login/grant.js';
import { missingScopes } from '../../vendors/lever/login/scopes.js';
import type { ListRoute } from '../../vendors/lever/api/lever-client.js';
import { scopesOf } from '../../vendors/lever/login/login-settings.js';
import { formatDuration } from '../../domain/format.js';
import { newLeverRights } from '../problems/reconnect.js';
import { fail, pass, warn, type Check, type Finding } from './check.js';
import type { SecretStore } from '../../storage/settings/secret-store.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { CheckContext } from './check-context.js';

export interface RightsParts {
  rules: RuleStore;
  secrets: SecretStore;
}

interface Needed {
  /** What doesn't work without it. */
  feature: string;
  isEssential: boolean;
}

const LINKS = {
  route: 'POST /opportunities/:id/addLinks',
  feature: 'adding links',
  isEssential: true,
} as const;

interface Right extends Needed {
  route: ListRoute;
  isWanted: (exam: CheckContext<RightsParts>) => boolean;
}

/** Tested by reading one record. */
const RIGHTS: readonly Right[] = [
  {
    route: 'GET /opportunities',
    feature: 'reading candidates',
    isEssential: true,
    isWanted: () => true,
  },
  {
    route: 'GET /tags',
    feature: 'seeing which tags are in use',
    isEssential: false,
    isWanted: () => true,
  },
  {
    route: 'GET /postings',
    feature: 'telling the tags of two challenges apart',
    isEssential: false,
    isWanted: ({ app }) => app.rules.listActive().length > 1,
  },
  {
    route: 'GET /users',
    feature: 'seeing whether the acting user is active',
    isEssential: false,
    isWanted: ({ settings }) => settings.performAs !== null,
  },
];

function grantOf({ app, now, settings }: CheckContext<RightsParts>): Grant | undefined {
  return settings.leverAuth === 'oauth' ? findGrant(app.secrets, now) : undefined;
}

async function checkRights(exam: CheckContext<RightsParts>): Promise<Finding> {
  const lever = exam.vendors().lever();
  const wanted = RIGHTS.filter(({ isWanted }) => isWanted(exam));
  const tried = await Promise.all(
    wanted.map(async (right) => ({ right, isGiven: await lever.canList(right.route) })),
  );
  const missing: Needed[] = tried.filter(({ isGiven }) => !isGiven).map(({ right }) => right);
  if ((await lever.tryRight(LINKS.route)) === 'lacking') missing.push(LINKS);
  const essential = missing.filter(({ isEssential }) => isEssential);
  const grant = grantOf(exam);
  const refused = await findRefusedFeatures(lever, exam.settings);
  const scopes = grant ? missingScopes(scopesOf(exam.settings, false), grant.scopes) : [];
  const wanting = [...missing, ...scopes].map(({ feature }) => feature);
  const features = [...new Set([...wanting, ...refused.map(({ feature }) => feature.name)])];
  if (features.length === 0) return pass('All that the rules and settings need');
  if (missing.length + scopes.length === 0 && refused.every((one) => one.missing.length === 0)) {
    const what = refused.map((one) => refusalInWords(one, exam.settings)).join('; ');
    return fail(what, fixFor(refused, exam.settings));
  }
  const summary = `${grant ? 'The login' : 'The API key'} lacks the permission for: ${features.join(', ')}`;
  const fix =
    refused.length > 0
      ? fixFor(refused, exam.settings)
      : newLeverRights(exam.app.configuration, ' with these permissions');
  return essential.length > 0 || refused.length > 0 ? fail(summary, fix) : warn(summary, fix);
}

/** `status` reports this too. */
function checkLogin(exam: CheckContext<RightsParts>): Finding {
  const problem = exam.problems().find(({ code }) => code === 'login_ending');
  if (problem) return { status: problem.level, summary: problem.what, fix: problem.fix };
  const grant = grantOf(exam);
  if (!grant) return pass('An API key, which doesn’t expire');
  return pass(`Valid for another ${formatDuration(loginLeftMs(grant, exam.now))}`);
}

export const RIGHTS_CHECKS: readonly Check<RightsParts>[] = [
  { id: 'lever_login', needs: 'use', isCheap: true, run: checkLogin },
  {
    ...{ id: 'lever_rights', needs: 'use', isCheap: true, run: checkRights },
    problem: { code: 'rights_missing', vendor: 'lever' },
  },
];
