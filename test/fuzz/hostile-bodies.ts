/** Bodies that are no Lever delivery, or nearly one, and the oracle that tells which are. */
import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { SIGNING_TOKEN } from '../rigs/program.js';
import type { Draw } from './draw.js';

const signatureOf = (token: string, triggeredAt: unknown): string =>
  createHmac('sha256', SIGNING_TOKEN)
    .update(`${token}${String(triggeredAt)}`)
    .digest('hex');

/** Defines in ten lines what a genuine delivery is; returns its signature, or undefined. */
export function findGenuine(body: Buffer | string): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body));
    const { token, triggeredAt, signature } = JSON.parse(text);
    if (!/^[0-9a-fA-F]{48}$/.test(String(token)) || typeof token !== 'string') return undefined;
    if (typeof triggeredAt !== 'number' || !/^\d{13}$/.test(String(triggeredAt))) return undefined;
    return signature === signatureOf(token, triggeredAt) ? signature : undefined;
  } catch {
    return undefined;
  }
}

export interface Fields {
  token: unknown;
  triggeredAt: unknown;
  signature: unknown;
  event: unknown;
  data: unknown;
}

export function genuineFields(draw: Draw): Fields {
  const token = draw.hex(48);
  const triggeredAt = 1_700_000_000_000 + draw.below(100_000_000_000);
  const data = { opportunityId: draw.hex(8), toStageId: draw.hex(8) };
  return {
    ...{ token, triggeredAt, signature: signatureOf(token, triggeredAt) },
    ...{ event: 'candidateStageChange', data },
  };
}

export const genuineBody = (draw: Draw): string => JSON.stringify(genuineFields(draw));

export const forgedBody = (draw: Draw): string =>
  JSON.stringify({ ...genuineFields(draw), signature: draw.hex(64) });

const ODD_CHARACTERS = Array.from('01fFg \0\u2028１ß%"\\\n');

const ODD_VALUES: readonly unknown[] = [
  ...[null, true, '', 0, -1, 1.5, 1e300, '1764000000000', 17_640_000_000, 17_640_000_000_000],
  ...[[], {}, ['a'], { toString: 'x' }, { length: 48 }, 'null', '0'.repeat(64), 'x'.repeat(5_000)],
];

/** A genuine body with one signed field changed, which usually forges it. */
export function mutatedBody(draw: Draw): string {
  const fields = genuineFields(draw);
  const { token, triggeredAt } = fields as { token: string; triggeredAt: number };
  const name = draw.of(['token', 'triggeredAt', 'signature'] as const);
  const changes: readonly (() => Partial<Fields>)[] = [
    () => ({ [name]: draw.of(ODD_VALUES) }),
    () => ({ [name]: draw.mutate(String(fields[name]), ODD_CHARACTERS) }),
    () => ({ [name]: undefined }),
    () => ({ [name]: [fields[name]] }),
    () => ({ triggeredAt: triggeredAt + draw.of([-1, 1, 0.5, 1e13]) }),
    () => ({ signature: String(fields.signature).toUpperCase() }),
    // The signed text has no separator: the boundary between the two moves.
    () => ({
      token: token + String(triggeredAt)[0]!,
      triggeredAt: Number(String(triggeredAt).slice(1)),
    }),
    () => ({ token: token.slice(0, -1), triggeredAt: Number(`${token.at(-1)!}${triggeredAt}`) }),
    () => ({ signature: signatureOf('', triggeredAt), token: '' }),
    () => ({ signature: createHmac('sha256', '').update(`${token}${triggeredAt}`).digest('hex') }),
    () => ({
      signature: createHmac('sha256', token).update(`${token}${triggeredAt}`).digest('hex'),
    }),
    () => ({ token: SIGNING_TOKEN }),
  ];
  const text = JSON.stringify({ ...fields, ...draw.of(changes)() });
  const first = text.replace(/^\{/, `{"${name}":${JSON.stringify(draw.of(ODD_VALUES))},`);
  return draw.chance(0.1) ? first : text;
}

/** With a valid signature, which covers none of it. */
export function strangelyFilled(draw: Draw): string {
  const odd = (): unknown =>
    draw.of([
      ...ODD_VALUES,
      { opportunityId: draw.of(ODD_VALUES), toStageId: draw.of(ODD_VALUES) },
    ]);
  return JSON.stringify({ ...genuineFields(draw), event: odd(), data: odd() });
}

const DEPTHS = [10, 1_000, 20_000, 100_000];

export function hostileJson(draw: Draw): Buffer {
  const depth = draw.of(DEPTHS);
  const body = genuineBody(draw);
  const inside = (text: string): string => body.replace(/\}$/, `,${text}}`);
  const texts: readonly (() => string)[] = [
    () => '['.repeat(depth) + ']'.repeat(depth),
    () => '{"a":'.repeat(depth),
    () => inside(`"x":${'['.repeat(depth)}${']'.repeat(depth)}`),
    () => inside(`"x":${'9'.repeat(depth)}`),
    () => inside('"__proto__":{"token":1}').replace('"token"', '"__proto__":null,"token"'),
    () => inside('"constructor":{"prototype":{"isAdmin":true}}'),
    () =>
      draw.of(['', ' ', 'null', '[]', '"text"', '1', 'NaN', '{', '{}', '{"token"', 'true false']),
    () => body.slice(0, draw.below(body.length)),
    () => draw.mutate(body, ['{', '}', '"', ',', ':', '\\u0000', '\\ud800', '\u0000', '\ufeff']),
    () => `\ufeff${body}`,
    () => body + body,
    () => `${body}\0`,
  ];
  if (draw.chance(0.2)) return Buffer.from(body, 'utf16le');
  const bytes = Buffer.from(draw.of(texts)());
  if (bytes.length > 0 && draw.chance(0.2)) bytes[draw.below(bytes.length)] = draw.below(256);
  return bytes;
}

const ZEROS = gzipSync(Buffer.alloc(10_000_000));

/** Bodies far longer than any delivery, or so after decompression. */
export function bomb(draw: Draw): { headers: string[]; body: Buffer } {
  const body = genuineBody(draw);
  return draw.of<() => { headers: string[]; body: Buffer }>([
    () => ({ headers: ['Content-Encoding: gzip'], body: ZEROS }),
    () => ({ headers: ['Content-Encoding: gzip'], body: gzipSync(body) }),
    () => ({ headers: ['Content-Encoding: gzip, gzip'], body: gzipSync(ZEROS) }),
    () => ({
      headers: [],
      body: Buffer.alloc(draw.of([16_384, 16_385, 200_000, 700_000]), 'x'),
    }),
    () => ({ headers: [], body: Buffer.from(body.padEnd(draw.of([20_000, 262_200]), ' ')) }),
    () => ({ headers: [], body: Buffer.from(body.replace('{', `{"x":"${'y'.repeat(300_000)}",`)) }),
  ])();
}
