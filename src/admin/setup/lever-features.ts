/** Optional features in Lever, and the rights that each needs from a key or login. */
import type { Settings } from '../../store/settings/settings.js';
import type { LeverClient, OpportunityRoute, RightTried } from '../../lever/lever-client.js';
import { rightFor, type Right } from '../../lever/rights.js';

interface LeverFeature {
  /** In an admin's words. */
  name: string;
  /** The flags that turn it on with these settings. */
  flagOf: (settings: Settings) => string;
  isOn: (settings: Settings) => boolean;
  off: Partial<Settings>;
  needs: readonly OpportunityRoute[];
}

const TAGS = ['POST /opportunities/:id/addTags', 'POST /opportunities/:id/removeTags'] as const;
/** Before a note is written, we check whether it exists. */
const NOTES = ['POST /opportunities/:id/notes', 'GET /opportunities/:id/notes'] as const;

const FEATURES: readonly LeverFeature[] = [
  {
    name: 'tags that follow progress',
    flagOf: () => '--progress-tags on',
    isOn: ({ progressTags }) => progressTags,
    off: { progressTags: false },
    needs: TAGS,
  },
  {
    name: 'tags that say why candidates are on hold',
    flagOf: () => '--hold-tags on',
    isOn: ({ holdTags }) => holdTags,
    off: { holdTags: false },
    needs: TAGS,
  },
  {
    name: 'a note on completion',
    flagOf: ({ completionNote }) => `--completion-note ${completionNote}`,
    isOn: ({ completionNote }) => completionNote !== 'off',
    off: { completionNote: 'off' },
    needs: NOTES,
  },
];

export interface RefusedFeature {
  feature: LeverFeature;
  /** The flags that turn it on again. */
  flag: string;
  missing: readonly Right[];
  /** Lever wants an acting user, or another one, before it shows whether the right exists. */
  needsActingUser: boolean;
}

/** The names of the features that are on. */
export function featuresOn(settings: Settings): string[] {
  return FEATURES.filter(({ isOn }) => isOn(settings)).map(({ name }) => name);
}

/** The features that are on but not allowed for this key or login. Throws `ApiError`. */
export async function findRefusedFeatures(
  lever: LeverClient,
  settings: Settings,
): Promise<RefusedFeature[]> {
  const on = FEATURES.filter(({ isOn }) => isOn(settings));
  const tried = await tryRights(lever, new Set(on.flatMap(({ needs }) => needs)));
  return on
    .map((feature) => ({
      feature,
      flag: feature.flagOf(settings),
      missing: feature.needs.filter((route) => tried.get(route) === 'lacking').map(rightFor),
      needsActingUser: feature.needs.some((route) => tried.get(route) === 'acting_user_needed'),
    }))
    .filter(({ missing, needsActingUser }) => missing.length > 0 || needsActingUser);
}

/** Tests each right once, however many features need it. */
async function tryRights(
  lever: LeverClient,
  routes: ReadonlySet<OpportunityRoute>,
): Promise<ReadonlyMap<OpportunityRoute, RightTried>> {
  const tried = new Map<OpportunityRoute, RightTried>();
  for (const route of routes) tried.set(route, await lever.tryRight(route));
  return tried;
}

/** `tags that follow progress: the API key lacks the right “add, remove tags”`. */
export function featureRefusalInWords(
  { feature, missing }: RefusedFeature,
  { leverAuth, performAs }: Settings,
): string {
  if (missing.length === 0) {
    return performAs === null
      ? `${feature.name}: Lever needs an acting user`
      : `${feature.name}: Lever does not accept the acting user ${performAs}`;
  }
  return leverAuth === 'oauth'
    ? `${feature.name}: the login lacks the scope ${listed(missing.map(({ scope }) => scope))}`
    : `${feature.name}: the API key lacks the right ${boxesOf(missing)}`;
}

/** What to grant in Lever, and the command that then turns the feature on. */
export function fixFor(refused: readonly RefusedFeature[], { leverAuth }: Settings): string {
  const needsUser = refused.some(({ needsActingUser }) => needsActingUser);
  const flags = [
    ...(needsUser ? ['--perform-as USER_ID'] : []),
    ...refused.map(({ flag }) => flag),
  ].join(' ');
  const missing = refused.flatMap((one) => one.missing);
  if (missing.length === 0) return `Run: codesubmit-lever setup ${flags}`;
  return leverAuth === 'oauth'
    ? `Give Lever’s app the scope ${listed(missing.map(({ scope }) => scope))} and log in again (codesubmit-lever setup --new-login), then run: codesubmit-lever setup ${flags}`
    : `Create a key in Lever with the boxes ${boxesOf(missing)} too, then run: codesubmit-lever setup --lever-api-key-file FILE ${flags}`;
}

function boxesOf(rights: readonly Right[]): string {
  return listed(rights.map(({ box }) => `“${box}”`));
}

function listed(words: readonly string[]): string {
  return [...new Set(words)].join(' and ');
}
