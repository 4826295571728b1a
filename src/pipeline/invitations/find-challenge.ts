/** Which of CodeSubmit's challenges a row of its list means. Pure. */
import type { ChallengeNames, OfferedChallenge } from '../../domain/codesubmit-port.js';
import type { ChallengeId } from '../../domain/ids.js';

/** Looks up in constant time, however many challenges there are. */
export class ChallengeFinder {
  readonly #ids: ReadonlySet<string>;
  readonly #idsByName = new Map<string, Set<string>>();

  constructor(offered: readonly OfferedChallenge[]) {
    this.#ids = new Set(offered.map(({ id }) => id));
    for (const { id, name } of offered) {
      this.#idsByName.set(name.trim(), new Set([...(this.#idsByName.get(name.trim()) ?? []), id]));
    }
  }

  /**
   * The one that the row's ids and names match. Null when none does, or several: an id may be of
   * another kind than challenge ids, and match one by chance.
   */
  find({ ids, names }: ChallengeNames): ChallengeId | null {
    const byId = new Set(ids.filter((id) => this.#ids.has(id)));
    const byName = new Set(names.flatMap((name) => [...(this.#idsByName.get(name.trim()) ?? [])]));
    if (byId.size === 0) return onlyOne(byName);
    const one = onlyOne(byId);
    return one !== null && (byName.size === 0 || byName.has(one)) ? one : null;
  }
}

function onlyOne(ids: ReadonlySet<string>): ChallengeId | null {
  return ids.size === 1 ? ([...ids][0] as ChallengeId) : null;
}
