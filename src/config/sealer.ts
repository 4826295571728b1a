/** Encrypts what is secret at rest (AES-256-GCM) and hashes e-mail addresses under a key. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { lowerEmail, normalizeEmail } from '../domain/email.js';
import { AppError } from '../domain/errors.js';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

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

  seal(text: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealKey, nonce);
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  }

  /** Throws `configuration` when the bytes were sealed under another key or altered. */
  open(sealed: Buffer): string {
    try {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', this.#sealKey, nonce, {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = sealed.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new AppError(
        'configuration',
        'The secrets in the database were encrypted with another key.',
        'Give the right CODESUBMIT_LEVER_SECRET_KEY, or run: codesubmit-lever revoke && codesubmit-lever setup',
        error,
      );
    }
  }

  /** Null for what was sealed under another key: of a history that outlived its key. */
  tryOpen(sealed: Buffer): string | null {
    try {
      return this.open(sealed);
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
