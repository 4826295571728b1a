/** One reading of CodeSubmit's list of sent challenges, ready to be asked about one person and challenge. */
import { normalizeEmail } from '../domain/email.js';
import type { ChallengeId, VendorInvitationId } from '../domain/ids.js';
import type { SentChallenge } from './codesubmit-port.js';

/** A row of the list; `challengeId`: the one challenge that it names, null when that can't be told. */
export type ListedRow = Omit<SentChallenge, 'challenge'> & { challengeId: ChallengeId | null };
export type ListedChallenge = ListedRow & { id: VendorInvitationId; email: string };

export interface SentPair {
  challengeId: ChallengeId;
  email: string;
}

/** What some systems drop of an address: the plus-part and the dots before the @. */
function blurred(email: string): string {
  const [local = '', domain = ''] = normalizeEmail(email).split('@');
  const [plain = ''] = local.split('+');
  return `${plain.replaceAll('.', '')}@${domain}`;
}

function isWhole(sent: ListedRow): sent is ListedChallenge {
  return sent.id !== null && sent.email !== null;
}

export class SentList {
  readonly #byEmail = new Map<string, ListedChallenge[]>();
  readonly #byBlurredEmail = new Map<string, ListedChallenge[]>();
  readonly #byId = new Map<VendorInvitationId, ListedRow>();

  /** False when its pages left somebody out: in no firm order, or moved by a deletion, they show some twice. */
  readonly isComplete: boolean;

  /**
   * `readAt`: when the reading began, epoch ms. What was sent later need not be in it. `announced`: how many there are, as
   * the list itself says. `earlier`: what readings before it showed, which makes it no more complete.
   */
  constructor(
    rows: readonly ListedRow[],
    readonly readAt: number,
    announced = 0,
    earlier: readonly ListedRow[] = [],
  ) {
    const ids = new Set(rows.map(({ id }, index) => id ?? index));
    this.isComplete = ids.size >= announced;
    for (const row of [...rows, ...earlier]) {
      if (row.id === null || this.#byId.has(row.id)) continue;
      this.#byId.set(row.id, row);
      if (!isWhole(row)) continue;
      push(this.#byEmail, normalizeEmail(row.email), row);
      push(this.#byBlurredEmail, blurred(row.email), row);
    }
  }

  has(id: VendorInvitationId): boolean {
    return this.#byId.has(id);
  }

  find(id: VendorInvitationId): ListedRow | undefined {
    return this.#byId.get(id);
  }

  /** Sent to the same address, in whatever spelling, for the same challenge. */
  findEqual({ challengeId, email }: SentPair): ListedChallenge[] {
    const rows = this.#byEmail.get(normalizeEmail(email)) ?? [];
    return rows.filter((row) => row.challengeId === challengeId);
  }

  /** Equal only after dropping plus-part or dots, or to the same address for a challenge that the row doesn't name. */
  findSimilar({ challengeId, email }: SentPair): ListedChallenge[] {
    const rows = this.#byBlurredEmail.get(blurred(email)) ?? [];
    return rows.filter(
      (row) =>
        row.challengeId === null ||
        (row.challengeId === challengeId && normalizeEmail(row.email) !== normalizeEmail(email)),
    );
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
