/** What rules and settings do in Lever, the rights that it takes from a key or login, and how to get a missing one. */
import { isForEvery } from '../../domain/decide/challenge-tags.js';
import type { Rule } from '../../domain/rule.js';
import {
  asWritten,
  flagOf,
  SETTINGS,
  type SettingName,
  type Settings,
} from '../../store/settings/settings.js';
import {
  SECRET_VARIABLES,
  type GivenSecret,
  type LiveConfiguration,
} from '../../store/settings/configuration.js';
import type { LeverClient, ListRoute, OpportunityRoute } from '../../lever/lever-client.js';
import { RIGHTS, type Right, type ScopeNeed } from '../../lever/rights.js';

type Route = ListRoute | OpportunityRoute;

/** What a right is used for. */
interface Use {
  /** In an admin's words; by default the right's own. */
  name?: string;
  /** Without it no challenge goes out, or its link would never be in Lever. */
  isEssential?: true;
  /** Whether these settings and rules need it; by default all do. */
  isOn?: (settings: Settings, rules: readonly Rule[]) => boolean;
  /** The setting of an option, which is needed while that has another value than its default. */
  option?: SettingName;
}

/** The uses of rights, each by a route that the right is for. A right without a row is needed always. */
const USES: Partial<Record<Route, readonly Use[]>> = {
  'GET /opportunities': [{ isEssential: true }],
  'POST /opportunities/:id/addLinks': [{ isEssential: true }],
  'POST /opportunities/:id/addTags': [
    { name: 'tags that follow progress', option: 'progressTags' },
    { name: 'tags that say why candidates are on hold', option: 'holdTags' },
  ],
  'POST /opportunities/:id/notes': [{ name: 'a note on completion', option: 'completionNote' }],
  'GET /users': [{ isOn: ({ performAs }) => performAs !== null }],
  // A posting's tags decide when a candidate has several challenge tags.
  'GET /postings': [{ isOn: (_settings, rules) => rules.length > 1 || rules.some(isForEvery) }],
};

/** Whether these settings and rules need it. */
function isNeeded({ option, isOn }: Use, settings: Settings, rules: readonly Rule[]): boolean {
  if (option === undefined) return isOn?.(settings, rules) !== false;
  return settings[option] !== SETTINGS[option].initial;
}

/** What this key or login may not do. */
export interface Refused extends Use {
  name: string;
  /** The flag that turns an option on again as these settings have it: `--hold-tags on`. */
  flag?: string | undefined;
  /** Without a box where only the scope is known. */
  missing: readonly (ScopeNeed & Partial<Right>)[];
  /** Lever wants an acting user, or another one, before it shows whether the right exists. */
  needsActingUser: boolean;
}

/** Whether the right is used for an option: a setting that is off by default. */
export function isOption({ option }: Use): boolean {
  return option !== undefined;
}

/** The names of the options that are on. No option depends on the rules. */
export function optionsOn(settings: Settings): string[] {
  const options = Object.values(USES).flat().filter(isOption);
  return options.filter((one) => isNeeded(one, settings, [])).map(({ name = '' }) => name);
}

/** What Lever refuses of all that is needed and `isAsked`. Throws `ApiError`. */
export async function findRefused(
  lever: LeverClient,
  settings: Settings,
  rules: readonly Rule[],
  isAsked: (use: Use) => boolean = () => true,
): Promise<Refused[]> {
  const refused = RIGHTS.map(async (right): Promise<Refused[]> => {
    const rows = right.routes.flatMap((route) => USES[route] ?? []);
    const uses: readonly Use[] = rows.length > 0 ? rows : [{}];
    const asked = uses.filter((use) => isAsked(use) && isNeeded(use, settings, rules));
    if (asked.length === 0) return [];
    const results = await Promise.all(right.routes.map((route) => tryRoute(lever, route)));
    const missing = results.includes('lacking') ? [right] : [];
    const needsActingUser = results.includes('acting_user_needed');
    // That links need an acting user isn't said here: other facts ask for one.
    return asked
      .filter(({ option }) => missing.length > 0 || (needsActingUser && option))
      .map((use) => {
        const { option } = use;
        const flag = option && `${flagOf(option)} ${asWritten(option, settings[option])}`;
        return { name: right.feature, ...use, flag, missing, needsActingUser };
      });
  });
  return (await Promise.all(refused)).flat();
}

/**
 * Tests whether the key or login has the right for this route: on an opportunity that doesn't exist, or by reading a
 * list. `acting_user_needed`: Lever doesn't show it before it has an acting user, or another one.
 */
async function tryRoute(lever: LeverClient, route: Route) {
  const isOfOpportunity = (one: Route): one is OpportunityRoute => one.includes('/:id/');
  if (isOfOpportunity(route)) return lever.tryRight(route);
  return (await lever.canList(route)) ? 'given' : 'lacking';
}

/** What is refused, and why: `tags that follow progress: the API key lacks the right “add, remove tags”`. */
export function refusalInWords(
  { name, missing }: Refused,
  { leverAuth, performAs }: Settings,
): string {
  if (missing.length > 0) {
    const whose = leverAuth === 'oauth' ? 'login lacks the scope' : 'API key lacks the right';
    return `${name}: the ${whose} ${rightsInWords(leverAuth, missing)}`;
  }
  // With no right known to be missing, `findRefused` lists only what Lever refuses for its acting user.
  return performAs === null
    ? `${name}: Lever needs an acting user`
    : `${name}: Lever does not accept the acting user ${performAs}`;
}

/** What to grant in Lever, and the command that then turns the options on. */
export function howToGrant(
  configuration: LiveConfiguration,
  settings: Settings,
  refused: readonly Refused[],
): string {
  const needsUser = refused.some(({ needsActingUser }) => needsActingUser);
  const turnedOn = refused.flatMap(({ flag }) => flag ?? []);
  const flags = [...(needsUser ? ['--perform-as USER_ID'] : []), ...turnedOn].join(' ');
  const missing = refused.flatMap((one) => one.missing);
  if (missing.length === 0) return `Run: codesubmit-lever setup ${flags}`;
  const isLogin = settings.leverAuth === 'oauth';
  const rights = rightsInWords(settings.leverAuth, missing);
  const words = isLogin ? `the scope ${rights}` : `the boxes ${rights} checked`;
  const fix = newLeverRights(configuration, ` with ${words}`, settings);
  if (flags === '') return fix;
  // For a key, `fix` ends with the command of setup that takes it, and so the flags too.
  return isLogin ? `${fix}, then run: codesubmit-lever setup ${flags}` : `${fix} ${flags}`;
}

/** The rights as Lever names them: the scopes of a login, the boxes that are checked for a key. */
function rightsInWords(leverAuth: Settings['leverAuth'], rights: Refused['missing']): string {
  const words = rights.map(({ scope, box }) => (leverAuth === 'oauth' ? scope : `“${box ?? ''}”`));
  return [...new Set(words)].join(' and ');
}

const THEN_SETUP = 'then run: codesubmit-lever setup';

/**
 * The end of a fix: where an admin puts a new key. In the environment if it is set there, as that overrides what is
 * stored.
 */
export function whereToPutKey(configuration: LiveConfiguration, name: GivenSecret): string {
  if (configuration.isOverridden(name))
    return `put it in ${SECRET_VARIABLES[name]}, for the daemon too, ${THEN_SETUP}`;
  return `${THEN_SETUP} --${name.replaceAll('_', '-')}-file FILE`;
}

/** Whether Lever is called with a login of OAuth, not with an API key. */
export function isLogin(configuration: LiveConfiguration): boolean {
  return configuration.settings().leverAuth === 'oauth';
}

/**
 * How to get a new key or login. `rights`: what it must have, such as ` with permission to write`; may be empty. An
 * existing key gets no more rights: Lever fixes them when it is created.
 */
export function newLeverRights(
  configuration: LiveConfiguration,
  rights: string,
  { leverAuth }: Pick<Settings, 'leverAuth'> = configuration.settings(),
): string {
  return leverAuth === 'oauth'
    ? `Have Lever’s app request a login${rights}, then ask a Super Admin to log in again: codesubmit-lever setup --new-login`
    : `Create a new key${rights} in Lever, ${whereToPutKey(configuration, 'lever_api_key')}`;
}
