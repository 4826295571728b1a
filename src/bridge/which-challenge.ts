/** Which challenge a row of CodeSubmit's list names. Pure. */
import type { Challenge, ChallengeNames } from '../domain/codesubmit-port.js';
import type { ChallengeId } from '../domain/ids.js';

/** CodeSubmit's list of challenges, made to look up in constant time, however many there are. */
export interface KnownChallenges {
  ids: ReadonlySet<string>;
  idsByName: ReadonlyMap<string, ReadonlySet<string>>;
  /** What ids look like. */
  shapes: ReadonlySet<string>;
}

export function knownChallenges(listed: readonly Challenge[]): KnownChallenges {
  const idsByName = new Map<string, Set<string>>();
  for (const { id, name } of listed) {
    idsByName.set(name.trim(), new Set([...(idsByName.get(name.trim()) ?? []), id]));
  }
  const ids = new Set<string>(listed.map(({ id }) => id));
  return { ids, idsByName, shapes: new Set([...ids].flatMap((id) => shapeOf(id) ?? [])) };
}

/** Whether the row shows an id of the list: its other ids are of that kind too. */
export function showsKnownId({ ids }: ChallengeNames, known: KnownChallenges): boolean {
  return ids.some((id) => known.ids.has(id));
}

/**
 * An id of the kind that the list of challenges uses decides, even if the list lacks it: archived ones may be left out.
 * Else the name decides. Null when nothing does: a name that no listed challenge bears may be a renamed one, an id of
 * another kind may match one by chance. `isIdShown`: rows of this list show ids of that kind.
 */
export function nameChallenge(
  { ids, names }: ChallengeNames,
  known: KnownChallenges,
  isIdShown: boolean,
): ChallengeId | null {
  const listed = new Set(ids.filter((id) => known.ids.has(id)));
  const byName = new Set(names.flatMap((name) => [...(known.idsByName.get(name.trim()) ?? [])]));
  const unlisted = new Set(ids.filter((id) => !known.ids.has(id) && isOfKind(id, names, known)));
  if (listed.size > 0) {
    const one = onlyOne(listed);
    return one !== null && (byName.size === 0 || byName.has(one)) ? one : null;
  }
  if (isIdShown && unlisted.size > 0) return onlyOne(unlisted);
  return byName.size > 0 ? onlyOne(byName) : onlyOne(unlisted);
}

/** A bare value may be an id or a name. */
function isOfKind(id: string, names: readonly string[], known: KnownChallenges): boolean {
  const shape = shapeOf(id);
  if (shape === null || !known.shapes.has(shape)) return false;
  return !names.includes(id) || known.idsByName.get(id.trim()) === undefined;
}

/** What such an id looks like; null for what may be a word. */
function shapeOf(id: string): string | null {
  if (/^\d+$/.test(id)) return 'number';
  if (id.length < 8 || !/\d/.test(id) || /\s/.test(id)) return null;
  return id.replace(/[A-Za-z0-9]/g, 'x');
}

function onlyOne(ids: ReadonlySet<string>): ChallengeId | null {
  return ids.size === 1 ? ([...ids][0] as ChallengeId) : null;
}
