// Generated requests for the daemon, valid and broken, and the oracle that tells them apart.
import { createHmac } from 'node:crypto';
import { signatureOf, type Delivery } from './vendors/webhook-delivery.js';

export interface Case {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** What the webhook's path accepts. */
export function isAcceptable(body: Buffer, signingToken: string): boolean {
  const value = parsed(body);
  if (!isObject(value)) return false;
  const { event, token, triggeredAt, signature, data } = value;
  if (typeof event !== 'string' || (data !== undefined && !isObject(data))) return false;
  if (hasControlCharacter(data?.opportunityId) || hasControlCharacter(data?.toStageId))
    return false;
  if (typeof token !== 'string' || !/^[0-9a-f]{48}$/.test(token)) return false;
  if (!Number.isInteger(triggeredAt) || !/^\d{13}$/.test(String(triggeredAt))) return false;
  const message = token + String(triggeredAt);
  return signature === createHmac('sha256', signingToken).update(message).digest('hex');
}

function hasControlCharacter(id: unknown): boolean {
  return typeof id === 'string' && /\p{C}/u.test(id);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A seeded random source (mulberry32). */
export class Chance {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  hex(length: number): string {
    return this.text('0123456789abcdef', length);
  }

  text(alphabet: string, length: number): string {
    let text = '';
    while (text.length < length) text += alphabet.charAt(this.below(alphabet.length));
    return text;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}

const day = 24 * 60 * 60 * 1000;
const jsonType = { 'content-type': 'application/json' };

export class CaseSource {
  constructor(
    readonly chance: Chance,
    readonly signingToken: string,
    readonly path: string,
    readonly now: number,
  ) {}

  /** A correctly signed delivery that concerns no one. */
  good(): Delivery {
    const triggeredAt = this.now - this.chance.below(15 * day);
    return this.#signed({ token: this.chance.hex(48), triggeredAt });
  }

  /**
   * Correctly signed in many shapes; the last one is a repeat with other data under the same
   * signature.
   */
  acceptable(count: number): Case[] {
    const cases: Case[] = [];
    while (cases.length < count) {
      const delivery = this.good();
      const shape = this.chance.pick<object>([
        delivery,
        { ...delivery, id: this.chance.hex(24) },
        { ...delivery, data: undefined },
        { ...delivery, data: { opportunityId: 'x', unknown: [{ deep: [[[]]] }] } },
        { ...delivery, event: `event${this.chance.hex(4)}`, field: null, 'ünknown ✓': '☂' },
        Object.fromEntries(Object.entries(delivery).reverse()),
      ]);
      const indented = JSON.stringify(shape, null, this.chance.below(3));
      cases.push(this.#post('well signed', Buffer.from(indented)));
    }
    return cases;
  }

  /** Broken bodies at the right path with the right method. The oracle decides about each. */
  spoiltBodies(count: number): Case[] {
    const kinds: [string, () => Buffer][] = [
      ['forged', () => this.#json(this.#forged())],
      ['unsigned', () => this.#json(this.#unsigned())],
      ['split elsewhere', () => this.#json(this.#resplit())],
      ['misshapen but signed', () => this.#json(this.#misshapen())],
      ['wrongly typed', () => this.#json(this.#wronglyTyped())],
      ['not an object', () => this.#json(this.#notAnObject())],
      ['truncated', () => this.#truncated()],
      ['a byte changed', () => this.#byteChanged()],
      ['not UTF-8', () => this.#notUtf8()],
      ['deeply nested', () => this.#nested()],
      ['polluting', () => this.#polluting()],
      ['noise', () => this.chance.bytes(this.chance.below(400))],
      ['nearly JSON', () => Buffer.from(this.#nearlyJson())],
    ];
    return Array.from({ length: count }, (_none, index) => {
      const [name, body] = kinds[index % kinds.length] ?? ['empty', () => Buffer.alloc(0)];
      return this.#post(name, body());
    });
  }

  /** Eight megabytes, correctly signed. */
  oversized(): Case {
    const delivery = { ...this.good(), data: { padding: 'x'.repeat(8 * 1024 * 1024) } };
    return this.#post('oversized', this.#json(delivery));
  }

  /** Correctly signed deliveries at wrong paths. */
  wrongPaths(count: number): Case[] {
    const { chance, path } = this;
    const id = path.slice(path.lastIndexOf('/') + 1);
    const folder = path.slice(0, -id.length);
    return Array.from({ length: count }, () => {
      const at = chance.below(id.length);
      const wrong = chance.pick([
        `${folder}${id.slice(0, at)}${chance.pick(['!', '.', '~', '%00', '%2f', '..'])}${id.slice(at)}`,
        `${folder}${id.slice(0, at)}${id.slice(at + 1)}`,
        `${folder}${chance.hex(32)}`,
        `${folder}${id}/${chance.hex(4)}`,
        `${folder}${id}${chance.hex(2)}`,
        `${folder}%ff%fe${id}`,
        `${folder}${'a'.repeat(chance.below(3000))}`,
        `/webhooks/${chance.hex(8)}/${id}`,
        `/webhooks/${id}`,
        `/webhooks/lever/../${chance.hex(3)}/${id}`,
        `/${chance.hex(5)}${path}`,
        `/webhooks/lever/${encodeURIComponent("' OR 1=1 --")}`,
        `/${chance.text('abcdef/.%20', 30)}`.replaceAll(/%(?![0-9a-f]{2})/g, ''),
      ]);
      return { ...this.#post('wrong path', this.#json(this.good())), path: wrong };
    });
  }

  /** Correctly signed deliveries with other methods. */
  wrongMethods(count: number): Case[] {
    const methods = ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'SEARCH'] as const;
    return Array.from({ length: count }, () => ({
      ...this.#post('wrong method', this.#json(this.good())),
      method: this.chance.pick([...methods]),
    }));
  }

  /** Forged deliveries with odd headers. */
  oddHeaders(count: number): Case[] {
    return Array.from({ length: count }, () => {
      const headers = this.chance.pick<Record<string, string>>([
        {},
        { 'content-type': '' },
        { 'content-type': 'text/plain' },
        { 'content-type': 'application/x-www-form-urlencoded' },
        { 'content-type': 'multipart/form-data; boundary=x' },
        { 'content-type': 'application/json; charset=utf-16' },
        { ...jsonType, 'content-encoding': 'gzip' },
        { ...jsonType, 'content-encoding': this.chance.hex(5) },
        { ...jsonType, authorization: `Basic ${this.chance.hex(2000)}` },
        { ...jsonType, 'x-forwarded-for': this.chance.hex(200), 'x-http-method-override': 'PUT' },
        { ...jsonType, cookie: `a=${this.chance.hex(3000)}` },
      ]);
      return { ...this.#post('odd headers', this.#json(this.#forged())), headers };
    });
  }

  /** Raw bytes that are no HTTP, or barely. */
  garbage(): Buffer {
    const { chance, path } = this;
    const host = 'Host: bridge.example.com\r\n';
    const start = `POST ${path} HTTP/1.1\r\n${host}`;
    const size = String(chance.below(10) + 1);
    const wire = chance.pick<string | Buffer>([
      chance.bytes(1 + chance.below(500)),
      Buffer.concat([Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]), chance.bytes(200)]),
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      `${chance.text('ABCDEFGH', 6)} ${path} HTTP/1.1\r\n${host}\r\n`,
      `POST ${path} HTTP/9.9\r\n${host}\r\n`,
      `POST ${path}\r\n\r\n`,
      `${start}Content-Length: -${size}\r\n\r\n`,
      `${start}Content-Length: ${size}x\r\n\r\n`,
      `${start}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
      `${start}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${start}Transfer-Encoding: chunked\r\n\r\n${chance.text('ghij', 3)}\r\n`,
      `${start}Transfer-Encoding: ${chance.hex(6)}\r\n\r\n`,
      `${start}Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{`,
      `${start}Content-Type: application/json\r\nContent-Length: 400\r\n\r\n{"event":`,
      `${start}X: ${chance.hex(40_000)}\r\n\r\n`,
      `${start}${Array.from({ length: 3000 }, (_none, index) => `X${String(index)}: y\r\n`).join('')}\r\n`,
      `${start}Bad Header: x\r\n\r\n`,
      `${start}X: a\u0000b\r\n\r\n`,
      start.slice(0, chance.below(start.length - 4)),
      `POST ${'/x'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`,
    ]);
    return typeof wire === 'string' ? Buffer.from(wire, 'latin1') : wire;
  }

  #signed({
    token,
    triggeredAt,
    message = triggeredAt,
  }: {
    token: string;
    triggeredAt: number;
    message?: number;
  }): Delivery {
    return {
      event: 'candidateHired',
      triggeredAt,
      token,
      signature: signatureOf(this.signingToken, token, message),
      data: this.chance.pick<object>([{}, { opportunityId: 'nobody', contactId: 'none' }]),
    };
  }

  #post(name: string, body: Buffer): Case {
    return { name, method: 'POST', path: this.path, headers: jsonType, body };
  }

  #json(value: unknown): Buffer {
    return Buffer.from(JSON.stringify(value));
  }

  #forged(): object {
    const { chance } = this;
    const good = this.good();
    const { signature } = good;
    return chance.pick<object>([
      { ...good, signature: chance.hex(64) },
      { ...good, signature: signatureOf(chance.hex(48), good.token, good.triggeredAt) },
      { ...good, signature: signatureOf('', good.token, good.triggeredAt) },
      { ...good, signature: signatureOf(good.token, good.token, good.triggeredAt) },
      { ...good, signature: this.good().signature },
      { ...good, token: chance.hex(48) },
      { ...good, triggeredAt: good.triggeredAt + 1 + chance.below(9) },
      { ...good, signature: signature.replace(/[a-f]/, (letter) => letter.toUpperCase()) },
      { ...good, signature: `${signature} ` },
      { ...good, signature: `sha256=${signature}` },
      { ...good, signature: signature.slice(0, chance.below(64)) },
      { ...good, signature: signature + chance.hex(2) },
      { ...good, signature: Buffer.from(signature, 'hex').toString('base64') },
      { ...good, token: this.signingToken.replace(/^./, '0'), signature: chance.hex(64) },
    ]);
  }

  #unsigned(): object {
    const { event, triggeredAt, token, data } = this.good();
    return this.chance.pick<object>([
      { event, triggeredAt, token, data },
      { event, data },
      { event, triggeredAt, token, data, signature: '' },
      { event, triggeredAt, token, data, signature: null },
      { event, triggeredAt, token, data, Signature: this.chance.hex(64) },
      {},
    ]);
  }

  /**
   * The signature has no separator: other splits of the same characters have the same signature.
   */
  #resplit(): object {
    const good = this.good();
    const message = good.token + String(good.triggeredAt);
    const cut = this.chance.pick([45, 46, 47, 49, 50, 51, 52, 60]);
    const rest = message.slice(cut);
    return this.chance.pick<object>([
      { ...good, token: message.slice(0, cut), triggeredAt: Number(rest) },
      { ...good, token: message.slice(0, cut), triggeredAt: rest },
      { ...good, token: message, triggeredAt: '' },
      { ...good, triggeredAt: String(good.triggeredAt) },
      { ...good, triggeredAt: [good.triggeredAt] },
      { ...good, token: [good.token] },
    ]);
  }

  /** In the wrong format, with its correct signature. */
  #misshapen(): object {
    const { chance } = this;
    const triggeredAt = this.now - chance.below(day);
    const token = chance.hex(48);
    const shape = chance.pick([
      { token: chance.hex(47), triggeredAt },
      { token: chance.hex(49), triggeredAt },
      { token: chance.hex(96), triggeredAt },
      { token: '', triggeredAt },
      { token: `${chance.hex(47)}g`, triggeredAt },
      { token: `${chance.hex(47)}\n`, triggeredAt },
      { token: `${token}\n`, triggeredAt },
      { token: ` ${token}`, triggeredAt },
      { token, triggeredAt: Math.floor(triggeredAt / 10) },
      { token, triggeredAt: triggeredAt * 10 },
      { token, triggeredAt: Math.floor(triggeredAt / 1000) },
      { token, triggeredAt: triggeredAt + 0.5 },
      { token, triggeredAt: -triggeredAt },
      { token, triggeredAt: 0 },
      { token, triggeredAt: 1e21 },
    ]);
    return this.#signed(shape);
  }

  #wronglyTyped(): object {
    const { chance } = this;
    const good: Record<string, unknown> = { ...this.good() };
    const field = chance.pick(['token', 'triggeredAt', 'signature', 'event', 'data']);
    const junk = chance.pick<unknown>([
      chance.below(1000),
      true,
      [good[field]],
      [],
      chance.hex(8),
      { toString: good[field] },
      1.5,
      false,
    ]);
    if (field === 'event' || field === 'data') {
      const notText = chance.pick<unknown>([7, true, false, [good[field]], [[]], 1e300]);
      return { ...good, [field]: notText };
    }
    return { ...good, [field]: chance.pick([junk, null]) };
  }

  #notAnObject(): unknown {
    const good = this.good();
    return this.chance.pick<unknown>([
      [good],
      [good, good],
      JSON.stringify(good),
      null,
      true,
      this.chance.below(1e9),
      '',
      good.signature,
      [],
      { delivery: good },
    ]);
  }

  #truncated(): Buffer {
    const whole = this.#json(this.good());
    return whole.subarray(0, this.chance.below(whole.length));
  }

  #byteChanged(): Buffer {
    const body = this.#json(this.good());
    const at = this.chance.below(body.length);
    body[at] = (body[at] ?? 0) ^ (1 + this.chance.below(255));
    return body;
  }

  #notUtf8(): Buffer {
    const { chance } = this;
    const text = JSON.stringify({ ...this.good(), data: { name: 'Ada@@Amber' } });
    const [head = '', tail = ''] = text.split('@@');
    const bad = chance.pick([
      [0xff],
      [0xfe, 0xff],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xe2, 0x82],
      [0x80],
      [0xf8, 0x88, 0x80, 0x80, 0x80],
    ]);
    return chance.pick([
      Buffer.concat([Buffer.from(head), Buffer.from(bad), Buffer.from(tail)]),
      Buffer.from(text, 'utf16le'),
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
      Buffer.concat([Buffer.from(bad), Buffer.from(text)]),
    ]);
  }

  #nested(): Buffer {
    const { chance } = this;
    const depth = 100 + chance.below(20_000);
    const good = this.good();
    const lists = '['.repeat(depth) + ']'.repeat(depth);
    const objects = '{"a":'.repeat(depth / 4) + '1' + '}'.repeat(depth / 4);
    const forged = JSON.stringify({ ...good, signature: chance.hex(64), data: '@' });
    return Buffer.from(
      chance.pick([
        lists,
        objects,
        '['.repeat(depth),
        '{"a":'.repeat(depth),
        JSON.stringify({ ...good, data: '@' }).replace('"@"', lists),
        forged.replace('"@"', lists),
        forged.replace('"@"', objects),
        JSON.stringify({ ...good, token: '@' }).replace('"@"', lists),
      ]),
    );
  }

  #polluting(): Buffer {
    const forged = JSON.stringify({ ...this.good(), signature: '@' });
    return Buffer.from(
      this.chance.pick([
        forged.replace('"@"', '{"__proto__":{"signature":"x"}}'),
        forged.replace('{', '{"__proto__":{"event":"candidateHired"},'),
        forged.replace('{', '{"constructor":{"prototype":{"x":1}},'),
        '{"__proto__":{"token":"x","signature":"y"}}',
        forged.replace('"@"', '"hasOwnProperty"'),
      ]),
    );
  }

  #nearlyJson(): string {
    const good = JSON.stringify(this.good());
    return this.chance.pick([
      `${good}x`,
      `${good}${good}`,
      good.replaceAll('"', "'"),
      `${good.slice(0, -1)},}`,
      `/* */${good}`,
      good.replace(/"triggeredAt":\d+/, '"triggeredAt":NaN'),
      good.replace(/"triggeredAt":(\d+)/, '"triggeredAt":0$1'),
      good.replace(/"triggeredAt":(\d+)/, '"triggeredAt":0x$1'),
      good.replace(/"triggeredAt":(\d+)/, '"triggeredAt":$1n'),
      `payload=${encodeURIComponent(good)}`,
      `<delivery>${good}</delivery>`,
      '',
      ' ',
      '\u0000',
    ]);
  }
}
