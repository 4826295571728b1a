/** Facts of Lever: whether it accepts us and lets us do what the settings need, and whether it has what the rules name. */
import { countCurrent, readCounts } from '../queries/decisions.js';
import { clockLead, DAY_MS } from '../../domain/clock.js';
import {
  catalogOf,
  isForEvery,
  listChallengeTags,
  rulesFor,
} from '../../domain/decide/challenge-tags.js';
import { findNearMiss } from '../../domain/decide/match-rule.js';
import {} from '../../domain/errors.js';
import { capitalize, count, formatDuration } from '../../domain/format.js';
import { clockOff, SET_THE_CLOCK } from '../../domain/problem.js';
import { detailInWords } from '../../domain/reasons.js';
import { ANY_TAG, normalizeTag, type Rule } from '../../domain/rule.js';
import { findRefused, fixFor, newLeverRights, refusalInWords } from '../setup/lever-rights.js';
import { listFound } from '../../store/facts.js';
import { inSlices } from '../../net/in-slices.js';
import { leverHosts } from '../../lever/lever-addresses.js';
import { findGrant, type Grant } from '../../lever/grant.js';
import { scopesOf } from '../../lever/login-settings.js';
import { missingScopes } from '../../lever/rights.js';
import type { Inspection } from './inspection.js';
import { UNTRIED, type Answer, type Fact, type Known, type Wrong } from './fact.js';
import { askAccount, findRefusal } from './reconnect.js';

function askLever(inspection: Inspection): Promise<Answer> {
  const { settings, runtime, vendors } = inspection;
  const { clock } = runtime;
  return askAccount(inspection, 'lever', leverHosts(settings).join(' and '), async () => {
    const startedMs = clock.monotonicMs();
    await vendors().lever().checkKey();
    const tookMs = Math.round(clock.monotonicMs() - startedMs);
    const what = settings.leverAuth === 'oauth' ? 'The login' : 'The API key';
    return `${what} works (${settings.leverEnvironment}, ${tookMs} ms)`;
  });
}

/** Lever's replies carry its clock. */
async function askClock({ vendors, runtime }: Inspection): Promise<Answer> {
  const leverNow = await vendors().lever().readDate();
  if (leverNow === null) {
    return {
      level: 'warn',
      what: 'Lever’s replies have no date, so we rely on this machine’s clock to tell which candidates came before a rule',
      fix: SET_THE_CLOCK,
    };
  }
  const leadMs = clockLead(leverNow, runtime.clock.now());
  return leadMs === null ? 'Agrees with Lever’s clock' : clockOff(leadMs);
}

/** A renamed stage is only noted: rules go by its id. */
async function askStages({ app, stages }: Inspection): Promise<Answer> {
  const listed = new Map((await stages()).map(({ id, text }) => [id, text]));
  const rules = app.rules.listActive();
  const ruled = new Map(rules.map(({ stageId, stageName }) => [stageId, stageName]));
  const gone: Wrong[] = [];
  const there: string[] = [];
  for (const [stageId, stageName] of ruled) {
    const name = listed.get(stageId);
    if (name === undefined) {
      const users = rules.filter((rule) => rule.stageId === stageId);
      gone.push(goneStage(stageId, stageName, users));
    } else if (name === stageName) there.push(`“${name}”`);
    else {
      await app.database.write((tx) => app.rules.renameStage(tx, stageId, name));
      there.push(`“${name}” (“${stageName}” before)`);
    }
  }
  if (gone.length > 0) return gone;
  return there.length === 0 ? 'No rule names a stage' : `Lever has ${there.join(', ')}`;
}

function goneStage(subject: string, name: string, rules: readonly Rule[]): Wrong {
  const ids = rules.map(({ id }) => String(id));
  const words = ids.length === 1 ? `rule ${ids.join('')} uses` : `rules ${ids.join(', ')} use`;
  const removal = ids.map((id) => `codesubmit-lever rules remove ${id}`).join(' && ');
  return {
    subject,
    what: `Lever has no active stage “${name}”, which ${words}`,
    fix: `Activate it in Lever, or run: ${removal}`,
  };
}

async function askTags({ app, vendors, catalog: readCatalog }: Inspection): Promise<Answer> {
  const rules = app.rules.listActive().filter(({ tag }) => tag !== ANY_TAG);
  if (rules.length === 0) return 'No rule names a tag';
  const tags = await vendors().lever().listTags();
  const catalog = rules.some(isForEvery) ? await readCatalog() : catalogOf([]);
  const nameless = new Map<string, { why: string }>();
  // An account may have many tags, and the daemon asks this too.
  for await (const some of inSlices(tags)) {
    const applied = rulesFor(some, rules, () => catalog);
    const noChallengeByTag = new Map(applied.map(({ tag, noChallenge }) => [tag, noChallenge]));
    for (const [tag, noChallenge] of noChallengeByTag)
      if (noChallenge !== undefined) nameless.set(tag, noChallenge);
    const near = findNearMiss(
      some.filter((tag) => noChallengeByTag.get(tag) === undefined),
      applied.filter(({ noChallenge }) => noChallenge === undefined),
    );
    if (near === undefined) continue;
    return {
      level: 'warn',
      what: `Lever has a tag “${near.tag}”, which is close to ${near.rule.tag}. Candidates with it are on hold`,
      fix: `In Lever, replace it with ${near.rule.tag} on its candidates and postings`,
    };
  }
  if (nameless.size > 0) {
    const few = [...nameless.values()].slice(0, MOST_NAMED).map(({ why }) => why);
    const more = nameless.size - few.length;
    return {
      level: 'warn',
      what: `Lever has tags for which there is no challenge, so candidates with them are on hold: ${few.join('. ')}${more > 0 ? ` (${more} more)` : ''}`,
      fix: 'Replace them in Lever, on candidates and postings. The tags to copy: codesubmit-lever rules',
    };
  }
  const known = new Set(tags.map(normalizeTag));
  const isUsed = (rule: Rule): boolean =>
    known.has(normalizeTag(rule.tag)) ||
    listChallengeTags(rule, catalog).some(({ tag }) => known.has(normalizeTag(tag)));
  const unused = rules.find((rule) => !isUsed(rule));
  if (unused === undefined) return `Lever has ${rules.map(({ tag }) => tag).join(', ')}`;
  return {
    level: 'warn',
    what: `No one in Lever has the tag ${unused.tag} yet`,
    fix: 'Add it to a posting or a candidate in Lever, so recruiters can pick it',
  };
}

const MOST_NAMED = 3;

async function askActingUser({ settings: { performAs }, vendors }: Inspection): Promise<Answer> {
  const users = await vendors().lever().listUsers();
  const user = users.find(({ id }) => id === performAs);
  if (user?.isActive === true) return `${user.name}, who is active`;
  // Lever shows user ids only in URLs.
  const others = users.filter(({ isActive }) => isActive).slice(0, 3);
  const words = others.map(({ name, id }) => `${name} is ${id}`).join(', ');
  return {
    what: user
      ? `${user.name}, the acting user, is deactivated in Lever`
      : 'Lever has no such user',
    fix: `Choose another${words === '' ? '' : ` (${words})`}: codesubmit-lever setup --perform-as USER_ID`,
  };
}

/** Candidates in a rule's stage for whom Lever doesn't say when they came there. */
async function askConfidential({ app, settings, vendors }: Inspection): Promise<Answer> {
  const isSeen = await vendors().lever().canReadConfidential();
  const { includeConfidential } = settings;
  const fix = 'Run: codesubmit-lever setup';
  if (isSeen && includeConfidential) return 'Confidential candidates are included';
  if (isSeen) {
    const what = 'We may read confidential candidates now, but don’t ask for them yet';
    return { level: 'warn', what, fix };
  }
  if (includeConfidential) {
    const what =
      'The permission to see confidential candidates is gone, so Lever refuses its lists';
    return { what, fix };
  }
  const unseen = totalOf(countCurrent(app.database, 'no_access'));
  if (unseen === 0) return 'Confidential candidates are hidden from us; none was missed';
  return {
    level: 'warn',
    what: `Lever hides ${count(unseen, 'candidate')} from us, probably confidential. They get no challenge`,
    fix: newLeverRights(app.configuration, ' with access to confidential data'),
  };
}

function totalOf(counted: readonly { n: number }[]): number {
  return counted.reduce((sum, { n }) => sum + n, 0);
}

/** Candidates a rule would apply to, whose data protection settings forbid contact. */
function askConsent({ app }: Inspection): Answer {
  const refused = countCurrent(app.database, 'contact_not_allowed');
  if (refused.length === 0) return 'Data protection in Lever stops no challenge';
  const whys = refused.map(({ detail, n }) => `${detailInWords(detail ?? 'contact')} (${n})`);
  return {
    level: 'warn',
    what: `Data protection in Lever keeps ${count(totalOf(refused), 'candidate')} from getting a challenge: ${whys.join(', ')}`,
    fix: 'If they should get one, renew their consent in Lever. See who they are: codesubmit-lever preview',
  };
}

/** Lever: a refresh token lives one year, or 90 idle days. */
const LIFE_MS = 365 * DAY_MS;
const IDLE_LIFE_MS = 90 * DAY_MS;
const AHEAD_MS = 30 * DAY_MS;
/** From here on it is urgent: a Super Admin isn't available every day. */
const SHORT_MS = 7 * DAY_MS;

/** How long the login remains valid if no one logs in again; negative once it has ended. */
export function loginLeftMs({ loggedInAt, refreshedAt }: Grant, now: number): number {
  return Math.min(loggedInAt + LIFE_MS, refreshedAt + IDLE_LIFE_MS) - now;
}

/** Undefined with an API key. */
export function grantOf({ configuration, secrets, clock }: Known): Grant | undefined {
  const { leverAuth } = configuration.current().settings;
  return leverAuth === 'oauth' ? findGrant(secrets, clock.now()) : undefined;
}

function findLoginEnd(known: Known): Wrong | undefined {
  if (known.configuration.current().settings.leverAuth === 'api_key') return undefined;
  const now = known.clock.now();
  const grant = grantOf(known);
  const leftMs = grant ? loginLeftMs(grant, now) : 0;
  if (leftMs > AHEAD_MS) return undefined;
  const ending =
    leftMs > 0
      ? `The Lever login expires in ${formatDuration(leftMs)}`
      : 'The Lever login has expired';
  return {
    level: leftMs > SHORT_MS ? 'warn' : 'fail',
    since: grant ? now + leftMs - AHEAD_MS : null,
    what: grant ? ending : 'No login to Lever is stored',
    fix: 'Ask a Super Admin to log in again: codesubmit-lever setup --new-login',
  };
}

function validFor(known: Known): string {
  const grant = grantOf(known);
  return grant
    ? `Valid for another ${formatDuration(loginLeftMs(grant, known.clock.now()))}`
    : 'An API key, which doesn’t expire';
}

async function askRights({ app, settings, vendors }: Inspection): Promise<Answer> {
  const refused = await findRefused(vendors().lever(), settings, app.rules.listActive());
  const grant = grantOf(app);
  for (const scope of grant ? missingScopes(scopesOf(settings, false), grant.scopes) : [])
    refused.push({ routes: [], name: scope.feature, missing: [scope], needsActingUser: false });
  if (refused.length === 0) return 'All that the rules and settings need';
  const words = refused.map((one) => capitalize(refusalInWords(one, settings)));
  return {
    level: refused.some(({ isEssential, off }) => isEssential ?? off) ? 'fail' : 'warn',
    what: [...new Set(words)].join('; '),
    fix: fixFor(app.configuration, settings, refused),
  };
}

export const LEVER_FACTS: readonly Fact[] = [
  {
    id: 'lever',
    title: 'Lever',
    vendor: 'lever',
    stops: 'everything',
    isUnready: true,
    find: ({ configuration }) => findRefusal(configuration, 'lever'),
    ask: askLever,
    pace: 'daily',
  },
  {
    id: 'key_withheld',
    title: 'keys',
    code: 'key_withheld',
    stops: 'everything',
    fine: 'Each key is sent only to the address it was given for',
    /** The daemon goes on receiving, but nothing can be read or sent. */
    find: ({ configuration }) => {
      const { withheld } = configuration.current();
      if (!withheld) return undefined;
      const what =
        'A vendor’s address was changed, and the key isn’t sent there: it was given for another address';
      return { what, fix: withheld.hint };
    },
  },
  {
    id: 'lever_login',
    title: 'Lever login',
    code: 'login_ending',
    vendor: 'lever',
    isToldEarly: true,
    find: findLoginEnd,
    fine: validFor,
  },
  {
    id: 'lever_rights',
    title: 'Lever rights',
    code: 'rights_missing',
    vendor: 'lever',
    ask: askRights,
    pace: 'daily',
  },
  {
    id: 'clock',
    code: 'clock_off',
    /** Each read of Lever keeps what its date shows. */
    find: ({ database }) =>
      listFound(database)
        .filter(({ code }) => code === 'clock_off')
        .map((kept) => ({ ...kept, level: 'warn' })),
    ask: askClock,
  },
  {
    id: 'stages',
    code: 'stage_gone',
    vendor: 'lever',
    ask: askStages,
    pace: 'with_sweep',
  },
  { id: 'tags', ask: askTags },
  {
    id: 'acting_user',
    code: 'acting_user_gone',
    vendor: 'lever',
    /** Until a link shows that Lever wants none. */
    left: ({ configuration, database }) => {
      const { leverAuth, performAs } = configuration.current().settings;
      if (leverAuth !== 'api_key' || performAs !== null) return undefined;
      if ((readCounts({ database }).linked ?? 0) > 0) return undefined;
      return {
        what: 'No Lever user is set as the author, and Lever may reject links without one',
        fix: 'Choose one: codesubmit-lever setup --perform-as USER_ID',
      };
    },
    unset: ({ configuration }) =>
      configuration.current().settings.performAs === null
        ? 'Lever shows the name of the key or login'
        : undefined,
    ask: askActingUser,
    pace: 'daily',
  },
  { id: 'consent', vendor: 'lever', untried: UNTRIED.sweep, ask: askConsent },
  {
    id: 'confidential',
    code: 'confidential_refused',
    vendor: 'lever',
    ask: askConfidential,
    pace: 'daily',
  },
];
