/** What the setup session reads from Lever and CodeSubmit while it asks. */
import { nearness, spell } from '../../domain/decide/match-rule.js';
import { ANY_TAG, hasTag, prefixOf } from '../../domain/rule.js';
import type { NewRule } from '../../store/rule-store.js';
import type { App } from '../app.js';
import { openCodeSubmit, type LeverFound } from './vendor-checks.js';

export type LeverLook = Awaited<ReturnType<typeof lookAtLever>>;
export type CodeSubmitLook = Awaited<ReturnType<typeof lookAtCodeSubmit>>;

/** Null instead of a failure. */
async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch {
    // A right needed only for convenience; the session works without.
    return null;
  }
}

/** `users`: the active ones. What the key may not list is null. */
export async function lookAtLever(found: LeverFound) {
  const { client, stages, seesConfidential } = found;
  const users = await orNull(client.listUsers());
  const tags = await orNull(client.listTags());
  const active = users?.filter(({ isActive }) => isActive) ?? null;
  return { stages, users: active, tags, seesConfidential };
}

/** A tag in Lever that this one is probably a typo of. */
export function findNearTag(known: readonly string[], tag: string): string | undefined {
  const spelled = spell(tag);
  return known
    .map((one) => ({ one, far: nearness(spelled, spell(one)) }))
    .filter(({ far }) => far !== undefined)
    .toSorted((a, b) => (a.far ?? 0) - (b.far ?? 0))[0]?.one;
}

/** A sentence for each new rule's tag that Lever doesn't have. None where Lever's tags may not be read. */
export async function findUnknownTags(app: App, rules: readonly NewRule[]): Promise<string[]> {
  const wanted = rules
    .map(({ tag }) => tag)
    .filter((tag) => tag !== ANY_TAG && prefixOf(tag) === undefined);
  const known = wanted.length === 0 ? null : await orNull(app.vendors.lever().listTags());
  if (known === null) return [];
  return wanted
    .filter((tag) => !hasTag(known, tag))
    .map((tag) => {
      const near = findNearTag(known, tag);
      const meant = near === undefined ? '' : ` Did you mean ${near}?`;
      return `Lever doesn’t have the tag ${tag} yet.${meant}`;
    });
}

/** Checks the key too. `account`: the key's label at CodeSubmit. */
export async function lookAtCodeSubmit(app: App, key: string) {
  const codesubmit = openCodeSubmit(app, key);
  const account = await codesubmit.checkKey();
  return { account, challenges: await codesubmit.listChallenges() };
}
