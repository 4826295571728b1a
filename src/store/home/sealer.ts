/**
 * Encrypts secrets at rest (AES-256-GCM) and hashes e-mail addresses under a key.
 *
 * An encrypted value is bound to its table, column and row by associated data:
 * it can't be decrypted in another row. A row's name is known before it is stored and never
 * changes.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { normalizeEmail } from '../../domain/addressee.js';
import { AppError } from '../../domain/errors.js';
import { bareLink } from '../../domain/vendor-text.js';

/** Where encrypted values are stored. */
type SealedColumn =
  | 'secrets.sealed'
  | 'logins.sealed'
  | 'invitations.sealed_link'
  | 'sent_challenges.sealed_link'
  | 'writebacks.sealed_note';

/** A value's column, and its row's permanent name, which is known before the row exists. */
export type SealedPlace = [column: SealedColumn, ...row: (string | number)[]];

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** The associated data that binds a value to its place. */
function boundTo(place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify(place));
}

/** A key for one purpose: what one of them gives away says nothing about the others. */
function deriveKey(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `codesubmit-lever ${purpose}`, 32));
}

export class Sealer {
  readonly #sealKey: Buffer;
  readonly #hashKey: Buffer;
  readonly #pseudonymKey: Buffer;

  /** `key` is 32 random bytes. */
  constructor(key: Buffer) {
    this.#sealKey = deriveKey(key, 'seal');
    this.#hashKey = deriveKey(key, 'person');
    this.#pseudonymKey = deriveKey(key, 'mark');
  }

  /** Encrypts a text so that it can be decrypted only at this place. The result is nonce, tag and encrypted text. */
  seal(text: string, ...place: SealedPlace): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#sealKey, nonce);
    cipher.setAAD(boundTo(place));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  }

  /** Decrypts. Throws `configuration` for altered bytes, or bytes from another place. */
  open(sealed: Buffer, ...place: SealedPlace): string {
    const text = this.tryOpen(sealed, ...place);
    if (text !== null) return text;
    throw new AppError(
      'configuration',
      `A secret in the database (${place[0]}) is damaged, or was altered.`,
      'Put back a copy: codesubmit-lever restore FILE; without one run: codesubmit-lever revoke && codesubmit-lever setup',
    );
  }

  /** Decrypts, or returns null where `open` throws. */
  tryOpen(sealed: Buffer, ...place: SealedPlace): string | null {
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

  /** A keyed hash, equal for addresses that `normalizeEmail` makes equal, and not reversible without the key. */
  hashEmail(email: string): Buffer {
    return this.#hash(normalizeEmail(email));
  }

  /** A keyed hash, equal for the same first and last name. */
  hashName(firstName: string, lastName: string): Buffer {
    return this.#hash(JSON.stringify([firstName, lastName]));
  }

  /** A keyed hash, equal for links that `isSameLink` makes equal. */
  hashLink(link: string): Buffer {
    return this.#hash(bareLink(link));
  }

  /** The keyed hash of a text that is in the form in which such texts are compared. */
  #hash(form: string): Buffer {
    return createHmac('sha256', this.#hashKey).update(form).digest();
  }

  /**
   * A short pseudonym for a name (any text), 16 hex characters: always the same within a data directory, different in
   * every other.
   */
  pseudonymOf(name: string): string {
    return createHmac('sha256', this.#pseudonymKey).update(name).digest('hex').slice(0, 16);
  }
}
