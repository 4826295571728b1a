/**
 * Encrypts what is secret at rest (AES-256-GCM) and hashes e-mail addresses under a key.
 *
 * A sealed value is bound to its table, column and row by associated data (`sealed-places.ts`): moved to another row
 * it doesn't open. A row is named by what is known before it is stored and never changes. Versions before bound
 * nothing; `bind-sealed.ts` seals their values again, once.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { lowerEmail, normalizeEmail } from '../../domain/email.js';
import { AppError } from '../../domain/errors.js';
import type { SealedPlace } from './sealed-places.js';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** The first byte of a sealed value: how the rest is made. The first one is read once, when it is sealed again. */
const UNBOUND = 0;
const BOUND = 1;

/** What is authenticated with the text. */
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

  /** For a home whose key is lost: nothing can be opened, and no address found. */
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

  /** It opens at this place alone. */
  seal(text: string, place: SealedPlace): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#sealKey, nonce);
    cipher.setAAD(boundTo(place));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(BOUND), nonce, cipher.getAuthTag(), body]);
  }

  /** Throws `configuration` when the bytes were sealed under another key, altered, or moved here from another place. */
  open(sealed: Buffer, place: SealedPlace): string {
    const text = this.tryOpen(sealed, place);
    if (text !== null) return text;
    throw new AppError(
      'configuration',
      `A secret in the database (${place.column}) was encrypted with another key, or is damaged.`,
      'Give the right CODESUBMIT_LEVER_SECRET_KEY, or run: codesubmit-lever revoke && codesubmit-lever setup',
    );
  }

  /** Null for what was sealed under another key: of a history that outlived its key. */
  tryOpen(sealed: Buffer, place: SealedPlace): string | null {
    return sealed[0] === BOUND ? this.#decipher(sealed.subarray(1), boundTo(place)) : null;
  }

  /** Seals again what a version before the binding had sealed; null when it doesn't open. */
  bind(sealed: Buffer, place: SealedPlace): Buffer | null {
    const text = sealed[0] === UNBOUND ? this.#decipher(sealed.subarray(1)) : null;
    return text === null ? null : this.seal(text, place);
  }

  #decipher(sealed: Buffer, bound?: Buffer): string | null {
    try {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const options = { authTagLength: TAG_BYTES };
      const decipher = createDecipheriv(CIPHER, this.#sealKey, nonce, options);
      if (bound) decipher.setAAD(bound);
      decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = sealed.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  }

  /**
   * The same for equal addresses as `normalizeEmail` has it; not to be turned back without the key. Throws
   * `configuration` without one, since a hash under another finds nobody.
   */
  hashEmail(email: string): Buffer {
    return this.#hash(normalizeEmail(email));
  }

  /** Under which an address may be kept: its hash, and that of former versions where it is another one. */
  hashesOf(email: string): Buffer[] {
    const forms = new Set([normalizeEmail(email), lowerEmail(email)]);
    return [...forms].map((form) => this.#hash(form));
  }

  #hash(form: string): Buffer {
    if (this.isKeyLost) throw keyLost();
    return createHmac('sha256', this.#hashKey).update(form).digest();
  }

  /** A short mark for what is named so, the same each time, and another one in every home: 16 hex characters. */
  markOf(name: string): string {
    return createHmac('sha256', this.#markKey).update(name).digest('hex').slice(0, 16);
  }
}

function keyLost(): AppError {
  return new AppError(
    'configuration',
    'Without the key that encrypted the secrets nobody is found by an e-mail address.',
    'Name them by their id: codesubmit-lever status',
  );
}
