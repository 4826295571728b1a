/** What is sealed opens under its key alone, unaltered alone; e-mail hashes are the same without case. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sealer } from './sealer.js';

const key = Buffer.alloc(32, 7);
const sealer = new Sealer(key);
const configurationError = expect.objectContaining({ code: 'configuration' }) as Error;

describe('sealing', () => {
  it('opens to what was sealed, in another process too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(new Sealer(key).open(sealer.seal(text))).toBe(text);
      }),
    );
  });

  it('shows nothing of the text, and never the same bytes twice', () => {
    const first = sealer.seal('ada@example.com');
    expect(first.includes('ada@example.com')).toBe(false);
    expect(first.equals(sealer.seal('ada@example.com'))).toBe(false);
  });

  it('opens under no other key', () => {
    const other = new Sealer(randomBytes(32));
    expect(() => other.open(sealer.seal('secret'))).toThrow(configurationError);
  });

  it('opens after no change of a single bit', () => {
    const sealed = sealer.seal('secret');
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const altered = Buffer.from(sealed);
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => sealer.open(altered)).toThrow(configurationError);
      }),
    );
  });

  it.each([0, 1, 12, 27, 28])('cut to %i bytes it opens no more', (length) => {
    const cut = sealer.seal('secret').subarray(0, length);
    expect(() => sealer.open(cut)).toThrow(configurationError);
  });

  it.each([4, 8, 12, 15])('a tag of %i bytes is no tag, whatever it is of', (bytes) => {
    const cut = sealer.seal('').subarray(0, 12 + bytes);
    expect(() => sealer.open(cut)).toThrow(configurationError);
  });

  it('an error tells nothing of the text or the bytes', () => {
    const sealed = sealer.seal('ada@example.com');
    const told = (() => {
      try {
        return new Sealer(randomBytes(32)).open(sealed);
      } catch (error) {
        return inspect(error);
      }
    })();
    expect(told).toContain('another key');
    expect(told).not.toContain('ada@example.com');
    expect(told).not.toContain(sealed.toString('hex'));
  });
});

describe('the hash of an e-mail', () => {
  it('is the same without case and outer spaces, and another for another address', () => {
    const hash = sealer.hashEmail('ada@example.com');
    expect(sealer.hashEmail(' ADA@Example.COM ')).toEqual(hash);
    expect(sealer.hashEmail('ada+1@example.com')).not.toEqual(hash);
    expect(hash).toHaveLength(32);
    expect(sealer.hashesOf(' ADA@Example.COM ')).toEqual([hash]);
    expect(hash.toString('hex').slice(0, 8)).toBe('1f5f1710');
  });

  it('is the same for every spelling of an international address, and the former one is still known', () => {
    const composed = sealer.hashEmail('zo\u00eb@b\u00fccher.example.com');
    expect(sealer.hashEmail('Zoe\u0308@xn--bcher-kva.example.com')).toEqual(composed);
    const [now, before] = sealer.hashesOf('zo\u00eb@b\u00fccher.example.com');
    expect(now).toEqual(composed);
    expect(before).not.toEqual(composed);
  });

  it('can’t be made without the key, and is no key of the seal', () => {
    expect(new Sealer(randomBytes(32)).hashEmail('ada@example.com')).not.toEqual(
      sealer.hashEmail('ada@example.com'),
    );
    expect(new Sealer(key).hashEmail('ada@example.com')).toEqual(
      sealer.hashEmail('ada@example.com'),
    );
  });
});
