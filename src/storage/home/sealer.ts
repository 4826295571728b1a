/**
 * Encrypts secrets at rest (AES-256-GCM) and hashes e-mail addresses under a key.
 *
 * An encrypted value is bound to its table, column and row by associated data:
 * it can't be decrypted in another row. A row's name is known before it is stored and never
 * changes.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { normalizeEmail } from '../../domain/email.js';
import { AppError } from '../../domain/errors.js';
import { bareLink } from '../../domain/link.js';

// Where encrypted values are stored.

/** Each column with the SQL for its row's permanent name, which is known before the row exists. */
const PLACES = {
  'secrets.sealed': ['id', 'name'],
  'pending_logins.sealed': ['hex(state_hash)'],
  'invitations.sealed_email': ['opportunity_id', 'challenge_id', 'repetition'],
  'invitations.sealed_link': ['opportunity_id', 'challenge_id', 'repetition'],
  'sent_challenges.sealed_link': ['vendor_id'],
  'writebacks.sealed_note': ['opportunity_id', 'kind', 'topic'],
} as const;

type SealedColumn = keyof typeof PLACES;

export interface SealedPlace {
  column: SealedColumn;
  row: readonly (string | number)[];
}

/** The name of an invitation's row. */
export interface InvitationKey {
  opportunity_id: string;
  challenge_id: string;
  repetition: number;
}

export function invitationPlace(
  column: 'sealed_email' | 'sealed_link',
  of: InvitationKey,
): SealedPlace {
  const row = [of.opportunity_id, of.challenge_id, of.repetition];
  return { column: `invitations.${column}`, row };
}

/** `SELECT` statements for some sealed values of each column, with their places. */
export function samplingStatements(): string[] {
  return Object.entries(PLACES).map(([place, row]) => {
    const [table = '', column = ''] = place.split('.');
    return `SELECT '${place}' AS "column", json_array(${row.join(', ')}) AS "row", ${column} AS sealed
      FROM ${table} WHERE ${column} IS NOT NULL LIMIT 20`;
  });
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** The associated data. */
function boundTo({ column, row }: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([column, ...row]));
}

function derive(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `codesubmit-lever ${purpose}`, 32));
}

export class Sealer {
  readonly #sealKey: Buffer;
  readonly #hashKey: Buffer;
  readonly #markKey: Buffer;

  /** For a data directory whose key is lost: nothing can be decrypted, and no address found. */
  static withoutKey(): Sealer {
    return new Sealer(randomBytes(KEY_BYTES), true);
  }

  /** `key` is 32 random bytes. */
  constructor(
    key: Buffer,
    private readonly isKeyLost = false,
  ) {
    this.#sealKey = derive(key, 'seal');
    this.#hashKey = derive(key, 'person');
    this.#markKey = derive(key, 'mark');
  }

  /** It can be decrypted only at this place. */
  seal(text: string, place: SealedPlace): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#sealKey, nonce);
    cipher.setAAD(boundTo(place));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  }

  /** Throws `configuration` for another key, altered bytes, or bytes from another place. */
  open(sealed: Buffer, place: SealedPlace): string {
    const text = this.tryOpen(sealed, place);
    if (text !== null) return text;
    throw new AppError(
      'configuration',
      `A secret in the database (${place.column}) was encrypted with another key, or is damaged.`,
      'Set the right CODESUBMIT_LEVER_SECRET_KEY, or run: codesubmit-lever revoke && codesubmit-lever setup',
    );
  }

  /** Null for a value encrypted with another key: history can outlive its key. */
  tryOpen(sealed: Buffer, place: SealedPlace): string | null {
    try {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const options = { authTagLength: TAG_BYTES };
      const decipher = createDecipheriv(CIPHER, this.#sealKey, nonce, options);
      decipher.setAAD(boundTo(place));
      decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = sealed.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  }

  /**
   * Equal for addresses that `normalizeEmail` makes equal, and not reversible without the key.
   * Throws `configuration` without a key, because a hash under another key would match no one.
   */
  hashEmail(email: string): Buffer {
    return this.#hash(normalizeEmail(email));
  }

  /** Equal for links that `isSameLink` makes equal. Throws `configuration` without a key. */
  hashLink(link: string): Buffer {
    return this.#hash(bareLink(link));
  }

  #hash(form: string): Buffer {
    if (this.isKeyLost) throw keyLost();
    return createHmac('sha256', this.#hashKey).update(form).digest();
  }

  /**
   * A short pseudonym for a name: always the same within a data directory, different in every
   * other; 16 hex characters.
   */
  markOf(name: string): string {
    return createHmac('sha256', this.#markKey).update(name).digest('hex').slice(0, 16);
  }
}

function keyLost(): AppError {
  return new AppError(
    'configuration',
    'Without the key that encrypted the secrets, candidates can’t be found by e-mail address.',
    'Use their id: codesubmit-lever status',
  );
}
