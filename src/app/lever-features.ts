/** What is done in Lever only by setting, and the rights that each needs of a key or login. */
import type { Settings } from '../config/settings.js';
import type { LeverClient, OpportunityRoute } from '../lever/lever-client.js';

export interface RightNeeded {
  route: OpportunityRoute;
  /** The box to tick for an API key; wordings vary. */
  box: string;
  /** The same for a login. */
  scope: string;
}

export interface LeverFeature {
  /** As a person would say it. */
  name: string;
  flag: string;
  isOn: (settings: Settings) => boolean;
  off: Partial<Settings>;
  needs: readonly RightNeeded[];
}

const TAGS: readonly RightNeeded[] = [
  {
    route: 'POST /opportunities/:id/addTags',
    box: 'add opportunity tags',
    scope: 'opportunities:write:admin',
  },
  {
    route: 'POST /opportunities/:id/removeTags',
    box: 'remove opportunity tags',
    scope: 'opportunities:write:admin',
  },
];

const FEATURES: readonly LeverFeature[] = [
  {
    name: 'tags that follow progress',
    flag: '--progress-tags',
    isOn: ({ progressTags }) => progressTags,
    off: { progressTags: false },
    needs: TAGS,
  },
  {
    name: 'tags that say why somebody waits',
    flag: '--hold-tags',
    isOn: ({ holdTags }) => holdTags,
    off: { holdTags: false },
    needs: TAGS,
  },
];

export interface RefusedFeature {
  feature: LeverFeature;
  missing: readonly RightNeeded[];
}

/** The features that are on and can't be, by what Lever lets this client do. Throws `ApiError`. */
export async function findRefusedFeatures(
  lever: LeverClient,
  settings: Settings,
): Promise<RefusedFeature[]> {
  const refused: RefusedFeature[] = [];
  for (const feature of FEATURES.filter(({ isOn }) => isOn(settings))) {
    const missing: RightNeeded[] = [];
    for (const need of feature.needs) if (!(await lever.mayDo(need.route))) missing.push(need);
    if (missing.length > 0) refused.push({ feature, missing });
  }
  return refused;
}

/** `tags that follow progress: the API key lacks the right to add opportunity tags`. */
export function refusalInWords(
  { feature, missing }: RefusedFeature,
  { leverAuth }: Settings,
): string {
  return leverAuth === 'oauth'
    ? `${feature.name}: the login lacks the scope ${listed(missing.map(({ scope }) => scope))}`
    : `${feature.name}: the API key lacks the right to ${listed(missing.map(({ box }) => box))}`;
}

/** What is to be granted, and the command that switches it on then. */
export function mendOf(refused: readonly RefusedFeature[], { leverAuth }: Settings): string {
  const flags = refused.map(({ feature }) => `${feature.flag} on`).join(' ');
  const missing = refused.flatMap((one) => one.missing);
  return leverAuth === 'oauth'
    ? `Give Lever’s app the scope ${listed(missing.map(({ scope }) => scope))} and log in again, then run: codesubmit-lever setup ${flags}`
    : `Make a key in Lever with the boxes “${[...new Set(missing.map(({ box }) => box))].join('”, “')}” too, then run: codesubmit-lever setup --lever-api-key-file FILE ${flags}`;
}

function listed(words: readonly string[]): string {
  return [...new Set(words)].join(' and ');
}
