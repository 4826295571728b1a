/**
 * Facts of Lever: whether it accepts us and lets us do what the settings need, and whether it has what the rules name.
 */
import { countByDetail, readCounts } from '../queries/decisions.js';
import { clockLead, DAY_MS, inSlices } from '../../domain/clock.js';
import {
  catalogOf,
  type Catalog,
  findChallenge,
  isForEvery,
  rulesFor,
} from '../../domain/decide/challenge-tags.js';
import { findNearMiss, normalTags } from '../../domain/decide/match-rule.js';
import { capitalize, count, formatDuration } from '../../domain/format.js';
import { clockOff, SET_THE_CLOCK } from '../../domain/problem.js';
import { detailInWords } from '../../domain/reasons.js';
import { ANY_TAG, type Rule } from '../../domain/rule.js';
import { hasTag, normalizeTag } from '../../domain/vendor-text.js';
import { findRefused, howToGrant, newLeverRights, refusalInWords } from '../setup/lever-rights.js';
import { findGrant, type Grant, missingScopes, scopesOf } from '../../lever/rights.js';
import { isServing } from '../../store/database/file-lock.js';
import { SECRET_VARIABLES } from '../../store/settings/configuration.js';
import type { Inspection } from './inspection.js';
import { UNTRIED, type Answer, type Fact, type Found, type Known, type Wrong } from './fact.js';
import { accountFact } from './account-fact.js';

/** Whether this machine's clock agrees with Lever's, which its replies carry. */
async function askClock({ vendors, runtime }: Inspection): Promise<Answer> {
  const leverNow = await vendors().lever().readDate();
  if (leverNow === null) {
    return {
      level: 'warn',
      what: 'Lever’s replies have no date, so we rely on this machine’s clock to tell which candidates came before a rule',
      fix: SET_THE_CLOCK,
    };
  }
  // Null: they agree, to a minute.
  const leadMs = clockLead(leverNow, runtime.clock.now());
  return leadMs === null ? 'Agrees with Lever’s clock' : clockOff(leadMs);
}

/**
 * Whether Lever has the stages of the rules, and no others of their names. Nothing is wrong with a renamed stage, since
 * rules go by its id: its new name is stored.
 */
async function askStages({ app, vendors }: Inspection): Promise<Answer> {
  const stages = await vendors().lever().listStages();
  const rules = app.rules.listActive();
  const ruleStages = new Map(rules.map(({ stageId, stageName }) => [stageId, stageName]));
  const wrong: Wrong[] = [];
  for (const [stageId, stageName] of ruleStages) {
    const name = stages.find(({ id }) => id === stageId)?.name;
    if (name === undefined) {
      const ids = rules.filter((rule) => rule.stageId === stageId).map(({ id }) => String(id));
      const use = ids.length === 1 ? `rule ${ids.join('')} uses` : `rules ${ids.join(', ')} use`;
      wrong.push({
        subject: stageId,
        what: `Lever has no active stage “${stageName}”, which ${use}`,
        fix: `Activate it in Lever, or run: ${ids.map((id) => `codesubmit-lever rules remove ${id}`).join(' && ')}`,
      });
      continue;
    }
    if (name !== stageName)
      await app.database.write((tx) => app.rules.renameStage(tx, stageId, name));
    const twin = stages.find((one) => one.name === name && !ruleStages.has(one.id));
    if (!twin) continue;
    wrong.push({
      code: 'same_stage_name',
      level: 'warn',
      subject: stageId,
      what: `Lever lists two stages “${name}”, of which one may be deactivated. The rules use ${stageId}, so moves to ${twin.id} send nothing`,
      fix: `Rename one of them in Lever. If the rules should use ${twin.id}, run: codesubmit-lever setup`,
    });
  }
  return wrong.length > 0 ? wrong : 'Lever has the rules’ stages';
}

/** The rules that a tag selects: `*` is no tag. */
function rulesWithTag({ rules }: Known): Rule[] {
  return rules.listActive().filter(({ tag }) => tag !== ANY_TAG);
}

/** Whether Lever has the rules' tags, and its tags that look like a rule's are a rule's. */
async function askTags({ app, vendors, catalog: readCatalog }: Inspection): Promise<Answer> {
  const rules = rulesWithTag(app);
  const tags = await vendors().lever().listTags();
  // Only a rule for every challenge makes tags of the challenges' names.
  const catalog = rules.some(isForEvery) ? await readCatalog() : catalogOf([]);
  const wrong = await findWrongTags(tags, rules, catalog);
  if (wrong) return wrong;
  const unused = rules.find((rule) =>
    isForEvery(rule)
      ? tags.every((tag) => findChallenge(tag, rule, catalog) === undefined)
      : !hasTag(tags, rule.tag),
  );
  if (!unused) return 'Lever has the rules’ tags, and none that only looks like one';
  return {
    level: 'warn',
    what: `No one in Lever has the tag ${unused.tag} yet`,
    fix: 'Add it to a posting or a candidate in Lever, so recruiters can pick it',
  };
}

/** A tag in Lever that is a near miss of a rule's; else all that look like a challenge's tag but name no challenge. */
async function findWrongTags(tags: string[], rules: Rule[], catalog: Catalog): Promise<Found> {
  const unmatched = new Map<string, { why: string }>();
  // In slices, since of one candidate's tags only the first hundred are compared.
  for await (const slice of inSlices(tags)) {
    // As if one candidate had them all. For each tag with the prefix of a rule for every challenge this adds a rule: with
    // the challenge that the tag names, or `noChallenge`, why it names none.
    const applied = rulesFor(slice, rules, () => catalog);
    // A tag may stand for a challenge in one stage, and for none in another: then nothing is wrong with it.
    const used = normalTags(applied.filter((rule) => !isForEvery(rule)).map(({ tag }) => tag));
    for (const { tag, noChallenge } of applied)
      if (noChallenge && !used.has(normalizeTag(tag))) unmatched.set(tag, noChallenge);
    const near = findNearMiss(
      slice.filter((tag) => !unmatched.has(tag)),
      applied.filter(({ noChallenge }) => noChallenge === undefined),
    );
    if (!near) continue;
    return {
      level: 'warn',
      what: `Lever has a tag “${near.tag}”, which is close to ${near.rule.tag}. Candidates with it are on hold`,
      fix: `In Lever, replace it with ${near.rule.tag} on its candidates and postings`,
    };
  }
  if (unmatched.size === 0) return undefined;
  const few = [...unmatched.values()].slice(0, MOST_EXAMPLES).map(({ why }) => why);
  const more = unmatched.size > MOST_EXAMPLES ? ` (${unmatched.size - MOST_EXAMPLES} more)` : '';
  return {
    level: 'warn',
    what: `Lever has tags for which there is no challenge, so candidates with them are on hold: ${few.join('. ')}${more}`,
    fix: 'Replace them in Lever, on candidates and postings. The tags to copy: codesubmit-lever rules',
  };
}

/** How many tags a sentence names. */
const MOST_EXAMPLES = 3;

/** Whether the Lever user in whose name we write is active. */
async function askActingUser({ settings: { performAs }, vendors }: Inspection): Promise<Answer> {
  const users = await vendors().lever().listUsers();
  // Not null: without an acting user, the fact's `unset` has answered before.
  const user = users.find(({ id }) => id === performAs);
  if (user?.isActive === true) return `${user.name}, who is active`;
  return {
    what: user
      ? `${user.name}, the acting user, is deactivated in Lever`
      : 'Lever has no such user',
    fix: 'Choose another, by the id in the address of their page in Lever: codesubmit-lever setup --perform-as USER_ID',
  };
}

/** Whether our key or login sees confidential candidates, and how many we miss. */
async function askConfidential({ app, vendors }: Inspection): Promise<Answer> {
  const isSeen = await vendors().lever().canReadConfidential();
  if (isSeen) return 'Confidential candidates are included';
  // Candidates whom a webhook named, or whom we saw before, but whom Lever doesn't show us.
  const unseen = totalOf(countByDetail(app.database, 'no_access'));
  if (unseen === 0) return 'Confidential candidates are hidden from us; none was missed';
  return {
    level: 'warn',
    what: `Lever hides ${count(unseen, 'candidate')} from us, probably confidential. They get no challenge`,
    fix: newLeverRights(app.configuration, ' with access to confidential data'),
  };
}

/** How many candidates these are in all. */
function totalOf(counted: readonly { n: number }[]): number {
  return counted.reduce((sum, { n }) => sum + n, 0);
}

/** Candidates a rule would apply to, whose data protection settings forbid contact. */
function askConsent({ app }: Inspection): Answer {
  const refused = countByDetail(app.database, 'contact_not_allowed');
  if (refused.length === 0) return 'Data protection in Lever stops no challenge';
  const whys = refused.map(({ detail, n }) => `${detailInWords(detail ?? 'contact')} (${n})`);
  return {
    level: 'warn',
    what: `Data protection in Lever keeps ${count(totalOf(refused), 'candidate')} from getting a challenge: ${whys.join(', ')}`,
    fix: 'If they should get one, renew their consent in Lever. See who they are: codesubmit-lever preview',
  };
}

/** A refresh token of Lever lives one year, or 90 days without use. */
const LOGIN_LIFE_MS = 365 * DAY_MS;
const IDLE_LOGIN_LIFE_MS = 90 * DAY_MS;
/** From here on the end of the login is a warning. */
const WARN_BEFORE_MS = 30 * DAY_MS;
/** From here on it is urgent: a Super Admin isn't available every day. */
const FAIL_BEFORE_MS = 7 * DAY_MS;

/** How long the login remains valid if no one logs in or renews it; negative once it has ended. */
function loginLeftMs({ loggedInAt, refreshedAt }: Grant, now: number): number {
  return Math.min(loggedInAt + LOGIN_LIFE_MS, refreshedAt + IDLE_LOGIN_LIFE_MS) - now;
}

/** The stored login; undefined with an API key, and before anyone has logged in. */
export function grantOf({ configuration, secrets, clock }: Known): Grant | undefined {
  const { leverAuth } = configuration.current().settings;
  return leverAuth === 'oauth' ? findGrant(secrets, clock.now()) : undefined;
}

/** A login that ends soon, has ended, or is missing. */
function findLoginEnd(known: Known): Wrong | undefined {
  const now = known.clock.now();
  const grant = grantOf(known);
  const leftMs = grant ? loginLeftMs(grant, now) : 0;
  if (leftMs > WARN_BEFORE_MS) return undefined;
  return {
    level: leftMs > FAIL_BEFORE_MS ? 'warn' : 'fail',
    // The moment from which on it was a warning.
    since: grant ? now + leftMs - WARN_BEFORE_MS : null,
    what:
      leftMs > 0
        ? `The Lever login expires in ${formatDuration(leftMs)}`
        : 'The Lever login has expired, or none is stored',
    fix: 'Ask a Super Admin to log in again: codesubmit-lever setup --new-login',
  };
}

/** Whether Lever allows what the rules and settings need. */
async function askRights({ app, settings, vendors }: Inspection): Promise<Answer> {
  const refused = await findRefused(vendors().lever(), settings, app.rules.listActive());
  // A login lists its scopes, so it shows even those that no call tests. False: without the confidential ones, which
  // another fact checks.
  const grant = grantOf(app);
  for (const scope of grant ? missingScopes(scopesOf(settings, false), grant.scopes) : [])
    refused.push({ name: scope.feature, missing: [scope], needsActingUser: false });
  if (refused.length === 0) return 'All that the rules and settings need';
  const words = refused.map((one) => capitalize(refusalInWords(one, settings)));
  return {
    // Options are refused only while they are on. Without the other rights, only checks and hints are missing.
    level: refused.some(({ isEssential, option }) => isEssential || option) ? 'fail' : 'warn',
    what: [...new Set(words)].join('; '),
    fix: howToGrant(app.configuration, settings, refused),
  };
}

/** Stored keys that a variable overrides, here or in the environment of the running daemon. */
function findOverridden({ configuration, home }: Known): Wrong[] {
  const overridden = configuration
    .listOverridden()
    .filter(({ isHere }) => isHere || isServing(home));
  return overridden.map(({ name, isHere }) => {
    const variable = SECRET_VARIABLES[name];
    return {
      level: 'warn',
      subject: variable,
      what: `${variable} in ${isHere ? 'the' : 'the daemon’s'} environment overrides the stored key`,
      fix: 'Remove it, or put the same key into it, here and in the daemon’s environment',
    };
  });
}

export const LEVER_FACTS: readonly Fact[] = [
  accountFact('lever'),
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
    id: 'key_overridden',
    title: 'keys in the environment',
    code: 'key_overridden',
    fine: 'None overrides a stored key',
    find: findOverridden,
  },
  {
    id: 'lever_login',
    title: 'Lever login',
    code: 'login_ending',
    vendor: 'lever',
    isWarningAlarm: true,
    unset: ({ configuration }) =>
      configuration.current().settings.leverAuth === 'api_key'
        ? 'an API key doesn’t expire'
        : undefined,
    fine: 'Valid for more than a month',
    find: findLoginEnd,
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
    // It has no `find`: reads of Lever compare the clocks, and store a difference as a warning.
    ask: askClock,
  },
  {
    id: 'stages',
    code: 'stage_gone',
    vendor: 'lever',
    isWarningAlarm: true,
    unset: ({ rules }) => (rules.listActive().length === 0 ? 'no rule names a stage' : undefined),
    ask: askStages,
    pace: 'with_sweep',
  },
  {
    id: 'tags',
    unset: (known) => (rulesWithTag(known).length === 0 ? 'no rule names a tag' : undefined),
    ask: askTags,
  },
  {
    id: 'acting_user',
    code: 'acting_user_gone',
    vendor: 'lever',
    /** With a key, until the first link is in Lever. A later refusal is a fact of its own (`perform_as_missing`). */
    setupStep: ({ configuration, database }) => {
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
  { id: 'confidential', vendor: 'lever', ask: askConfidential },
];
