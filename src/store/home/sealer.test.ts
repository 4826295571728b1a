/** An encrypted value decrypts only with its key and only unaltered; e-mail hashes ignore case. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SealedPlace, Sealer } from './sealer.js';

const key = Buffer.alloc(32, 7);
const sealer = new Sealer(key);
const place: SealedPlace = ['invitations.sealed_link', 'o', 'c', 0];
const configurationError = expect.objectContaining({ code: 'configuration' }) as Error;

describe('sealing', () => {
  it('decrypts to the original, in another process too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(new Sealer(key).open(sealer.seal(text, ...place), ...place)).toBe(text);
      }),
    );
  });

  it('shows nothing of the text, and never the same bytes twice', () => {
    const first = sealer.seal('ada@example.com', ...place);
    expect(first.includes('ada@example.com')).toBe(false);
    expect(first.equals(sealer.seal('ada@example.com', ...place))).toBe(false);
  });

  it.each<[what: string, moved: SealedPlace]>([
    ['another row', ['invitations.sealed_link', 'p', 'c', 0]],
    ['another challenge of the row', ['invitations.sealed_link', 'o', 'd', 0]],
    ['its repetition', ['invitations.sealed_link', 'o', 'c', 1]],
    ['a row whose names concatenate to the same text', ['invitations.sealed_link', 'o,c', 0]],
    ['another column', ['sent_challenges.sealed_link', 'o', 'c', 0]],
    ['another table', ['secrets.sealed', 1, 'lever_api_key']],
  ])('moved to %s it is damage', (_what, moved) => {
    const sealed = sealer.seal('secret', ...place);
    expect(sealer.tryOpen(sealed, ...moved)).toBeNull();
    expect(() => sealer.open(sealed, ...moved)).toThrow(configurationError);
    expect(() => sealer.open(sealed, ...moved)).toThrow(moved[0]);
    expect(sealer.open(sealed, ...place)).toBe('secret');
  });

  it('decrypts with no other key', () => {
    const other = new Sealer(randomBytes(32));
    expect(() => other.open(sealer.seal('secret', ...place), ...place)).toThrow(configurationError);
  });

  it('doesn’t decrypt after any single-bit change', () => {
    const sealed = sealer.seal('secret', ...place);
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const altered = Buffer.from(sealed);
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => sealer.open(altered, ...place)).toThrow(configurationError);
      }),
    );
  });

  it.each([0, 1, 12, 27, 28])('doesn’t decrypt when cut to %i bytes', (length) => {
    const cut = sealer.seal('secret', ...place).subarray(0, length);
    expect(() => sealer.open(cut, ...place)).toThrow(configurationError);
  });

  it.each([4, 8, 12, 15])('a tag of %i bytes is rejected, whatever it covers', (bytes) => {
    const cut = sealer.seal('', ...place).subarray(0, 12 + bytes);
    expect(() => sealer.open(cut, ...place)).toThrow(configurationError);
  });

  it('an error reveals nothing of the text or the bytes', () => {
    const sealed = sealer.seal('ada@example.com', ...place);
    const told = (() => {
      try {
        return new Sealer(randomBytes(32)).open(sealed, ...place);
      } catch (error) {
        return inspect(error);
      }
    })();
    expect(told).toContain('is damaged, or was altered');
    expect(told).not.toContain('ada@example.com');
    expect(told).not.toContain(sealed.toString('hex'));
  });
});

describe('the hash of an e-mail', () => {
  it('ignores case and outer spaces, and differs for another address', () => {
    const hash = sealer.hashEmail('ada@example.com');
    expect(sealer.hashEmail(' ADA@Example.COM ')).toEqual(hash);
    expect(sealer.hashEmail('ada+1@example.com')).not.toEqual(hash);
    expect(hash).toHaveLength(32);
    expect(hash.toString('hex').slice(0, 8)).toBe('1f5f1710');
  });

  it('is the same for every spelling of an international address', () => {
    const composed = sealer.hashEmail('zo\u00eb@b\u00fccher.example.com');
    expect(sealer.hashEmail('Zoe\u0308@xn--bcher-kva.example.com')).toEqual(composed);
  });

  it('needs the key, and is not the encryption key', () => {
    expect(new Sealer(randomBytes(32)).hashEmail('ada@example.com')).not.toEqual(
      sealer.hashEmail('ada@example.com'),
    );
    expect(new Sealer(key).hashEmail('ada@example.com')).toEqual(
      sealer.hashEmail('ada@example.com'),
    );
  });
});
