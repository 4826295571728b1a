// Secrets, addresses and links: where they must not be, before and after `revoke`; modes of files
// and folders.
import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Opportunity } from './vendors/fake-lever.js';
import { deliver, newToken, signedDelivery } from './vendors/webhook-delivery.js';
import { invitationOf, World } from './world.js';

const people: Opportunity[] = [];

let world: World;
beforeAll(async () => {
  world = await World.running();
});
afterAll(() => world.close());

beforeAll(async () => {
  people.push(await world.arrive(), await world.arrive({ emails: [] }));
  const [first, second] = people;
  if (first === undefined || second === undefined) throw new Error('nobody arrived');
  await world.untilLinked(first);
  await world.untilHeld(second, 'no_email');
  await world.bridge.untilStatus('linked', (now) => invitationOf(now, first)?.state === 'linked');
  // Failures are logged too.
  const forged = signedDelivery(newToken(), { opportunityId: first.id });
  await deliver(world.webhookUrl, forged);
  const refused = await world.arrive({ emails: ['refused.by.them@example.com'] });
  world.codesubmit.refusedEmails.add('refused.by.them@example.com');
  people.push(refused, await world.arrive());
  await world.sentinel();
});

function secrets(): string[] {
  return [world.lever.apiKey, world.codesubmit.apiKey, world.signingToken];
}

test('no secret is in any output or file, plain, in base64 or in hex', () => {
  expectNoTrace(secrets());
});

test('addresses and challenge links are in no log', () => {
  const links = world.codesubmit.sent.map(({ link }) => new URL(link).pathname);
  const emails = [...world.lever.opportunities.values()].flatMap((person) => person.emails);
  expect(links.length).toBeGreaterThan(1);
  const log = world.bridge.daemonLog.toLowerCase();
  expect([...links, ...emails].filter((text) => log.includes(text.toLowerCase()))).toEqual([]);
  expect(secrets().filter((text) => log.includes(text))).toEqual([]);
});

test('the log is JSON lines off a terminal', () => {
  const isJson = (line: string) => {
    try {
      return typeof JSON.parse(line) === 'object';
    } catch {
      return false;
    }
  };
  const { stdout, stderr } = world.daemon.output;
  const streams = [stdout, stderr]
    .map((stream) => stream.split('\n').filter((line) => line.trim() !== ''))
    .filter((lines) => lines.length > 0);
  expect(streams.some((lines) => lines.every(isJson))).toBe(true);
});

test('files are 0600, folders 0700', () => {
  expectModes();
});

test('after revoke not even a freed page or the WAL holds a secret', async () => {
  await world.bridge.succeed('revoke', '--yes');
  expectNoTrace(secrets());
  expectModes();
  await world.daemon.kill('SIGTERM');
  expectNoTrace(secrets());
  expectModes();
});

function expectNoTrace(texts: readonly string[]): void {
  const forms = texts.flatMap(encodings);
  const output = Buffer.from(world.bridge.allOutput);
  const files = world.bridge.files();
  expect(files.length).toBeGreaterThan(0);
  const found: string[] = [];
  for (const [name, content] of [
    ['the output', output] as const,
    ...files.map((path) => [path, readFileSync(path)] as const),
  ]) {
    for (const form of forms) if (content.includes(form)) found.push(`${String(form)} in ${name}`);
  }
  expect(found).toEqual([]);
}

/**
 * The text itself, in hex of both cases and 16-bit letters, and in base64 at each of its three
 * alignments.
 */
function encodings(text: string): (string | Buffer)[] {
  const hex = Buffer.from(text).toString('hex');
  const base64 = [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.from('x'.repeat(shift) + text).toString('base64');
    const inner = encoded.replace(/=+$/, '').slice(shift === 0 ? 0 : 4, -2);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const rawHex = /^[0-9a-f]+$/.test(text) ? [Buffer.from(text, 'hex')] : [];
  return [text, hex, hex.toUpperCase(), Buffer.from(text, 'utf16le'), ...base64, ...rawHex];
}

function expectModes(): void {
  const mode = (path: string) => `${(statSync(path).mode & 0o777).toString(8)} ${path}`;
  expect(world.bridge.files().map(mode)).toEqual(world.bridge.files().map((path) => `600 ${path}`));
  expect(world.bridge.folders().map(mode)).toEqual(
    world.bridge.folders().map((path) => `700 ${path}`),
  );
}
