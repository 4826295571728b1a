/** After `forget` and retention, nothing personal is left in the database file and its log. */
import { settleAccepted, settleRefused } from '../../src/bridge/send.js';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { App } from '../../src/admin/app.js';
import { tryLock } from '../../src/store/database/file-lock.js';
import type { ChallengeId, OpportunityId } from '../../src/domain/ids.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import { forget, planForget, retry, revoke } from '../../src/admin/actions/admin-actions.js';
import { erasePast, scrubErased } from '../../src/bridge/erase.js';
import { hint, listDueLooks, postponeLook } from '../../src/store/candidates.js';
import type { DeletionReader } from '../../src/lever/lever-client.js';
import { Circuit } from '../../src/net/circuit.js';
import { erasureRound } from '../../src/serve/loops/erasure-round.js';
import type { LoopRuntime, Round } from '../../src/serve/loops/work-loop.js';
import { StoreRig } from '../rigs/store.js';
import { ADA, DAY } from '../support/fictional-records.js';

let bridge: StoreRig;

beforeEach(() => {
  bridge = new StoreRig();
  bridge.addRule();
});
afterEach(() => bridge.close());

function files(): Buffer {
  const { databaseFile } = bridge.app.home;
  return Buffer.concat([databaseFile, `${databaseFile}-wal`].map((file) => readFileSync(file)));
}

/** In the files, of these. */
function leftOf(traces: readonly Buffer[]): Buffer[] {
  const all = files();
  return traces.filter((trace) => all.includes(trace));
}

async function writeLinks(): Promise<void> {
  for (const writing of await bridge.beginWriting()) await bridge.write(writing);
}

it('of one among hundreds, after many writes, is nothing', async () => {
  const people = Array.from({ length: 300 }, (_, index) => ({
    id: `opportunity-${String(index)}` as OpportunityId,
    name: `Canary${String(index)}x Fictional${'y'.repeat(index % 90)}z`,
    contactId: `contact-${String(index)}` as Opportunity['contactId'],
    emails: [`canary.${String(index)}@example.com`],
  }));
  await bridge.set({ brake: null });
  for (const person of people) {
    const tags = person.id.endsWith('7') ? [`codesubmit:backendx${person.id}`] : undefined;
    await bridge.look({ ...person, ...(tags ? { tags } : {}) });
    if (person.id.endsWith('5')) await bridge.look({ ...person, name: `${person.name} again` });
  }
  while ((await bridge.sendDue()) > 0);
  for (const person of people.slice(0, 100)) await bridge.look(person);
  const gone = people.filter((_, index) => index % 3 === 0);
  const here = people.filter((_, index) => index % 3 !== 0);
  const sealed = bridge.sealedOf(here);
  const traces = [...gone.map(({ name }) => Buffer.from(name)), ...bridge.sealedOf(gone)];
  expect(leftOf(traces)).toHaveLength(traces.length);
  const opportunityIds = gone.map(({ id }) => id);
  await forget(bridge.app, { opportunityIds, name: null, challenges: [] });
  expect(leftOf(traces)).toEqual([]);
  expect(bridge.sealedOf(gone)).toEqual([]);
  expect(bridge.sealedOf(here)).toEqual(sealed);
  expect(files().includes(Buffer.from('Canary1x'))).toBe(true);
});

it('180 days after the last event is nothing either', async () => {
  const ada = [{ id: ADA }];
  await bridge.look({ name: 'Canary Fictional' });
  await bridge.sendDue();
  await writeLinks();
  const traces = [Buffer.from('Canary'), ...bridge.sealedOf(ada)];
  expect(leftOf(traces)).toHaveLength(2);
  bridge.clock.advance(181 * DAY);
  const before = bridge.clock.now() - 180 * DAY;
  const erased: number[] = [];
  await erasePast(
    bridge.app,
    before,
    () => false,
    (count) => erased.push(count),
  );
  expect(erased).toEqual([1]);
  scrubErased(bridge.app.database);
  expect(leftOf(traces)).toEqual([]);
  expect(bridge.sealedOf(ada)).toEqual([]);
});

function noKey(): never {
  throw new Error('no key');
}

/** The round of a daemon whose client for Lever comes from `client`. */
function erasureWith(client: () => DeletionReader, around: Partial<App> = {}): Round {
  const lever = new Circuit('lever', client, bridge.app);
  return erasureRound({ ...bridge.app, ...around, lever }, {
    wake: () => undefined,
    draining: new AbortController().signal,
  } as unknown as LoopRuntime);
}

it('stays if retention is turned off while Lever is asked for its time', async () => {
  await bridge.look({ name: 'Canary Fictional' });
  await bridge.sendDue();
  await writeLinks();
  const readDate = async () => {
    await bridge.set({ retentionDays: null });
    return bridge.clock.now();
  };
  const listDeleted = () => Promise.resolve(null);
  const round = erasureWith(() => ({ readDate, listDeleted }));
  bridge.clock.advance(181 * DAY);
  await round.run();
  expect(leftOf([Buffer.from('Canary')])).toHaveLength(1);
});

it('of an anonymized one is nothing, though the daily erasure fails', async () => {
  await bridge.look({ name: 'Canary Fictional' });
  await bridge.look({ name: 'Canary Fictional', isAnonymized: true });
  const round = erasureWith(noKey);
  bridge.clock.advance(DAY);
  expect(leftOf([Buffer.from('Canary')])).toHaveLength(1);
  await expect(round.run()).rejects.toThrow('no key');
  expect(leftOf([Buffer.from('Canary')])).toEqual([]);
});

it('of the first of many is nothing, though the erasure of the others fails', async () => {
  const names = Array.from({ length: 201 }, (_, index) => `Canary${String(index)}x Fictional`);
  for (const name of names) {
    const who = { id: name.split(' ')[0] as OpportunityId, name };
    await bridge.look(who);
    await bridge.look({ ...who, isAnonymized: true });
  }
  let erased = 0;
  const now = (): number => {
    if ((erased += 1) > 200) throw new Error('no time');
    return bridge.clock.now();
  };
  const clock = { now, monotonicMs: () => bridge.clock.monotonicMs() };
  await expect(erasureWith(noKey, { clock }).run()).rejects.toThrow('no time');
  expect(leftOf(names.map((name) => Buffer.from(name)))).toHaveLength(1);
});

it('of what CodeSubmit said about them is nothing', async () => {
  await bridge.look();
  const [claimed] = await bridge.beginSending();
  await settleRefused(bridge.app, claimed!, 'Odd words');
  expect(files().includes('Odd words')).toBe(true);
  await forget(bridge.app, planForget(bridge.app, ADA));
  expect(files().includes('Odd words')).toBe(false);
});

it('of it is nothing, even where another challenge has replaced the refused one', async () => {
  bridge.addRule({ tag: 'codesubmit:frontend', challengeId: 'frontend' as ChallengeId });
  await bridge.look();
  const [claimed] = await bridge.beginSending();
  await settleRefused(bridge.app, claimed!, 'Odd words');
  await bridge.look({ tags: ['codesubmit:frontend'] });
  expect(await retry(bridge.app, [claimed!.id])).toEqual([]);
  await forget(bridge.app, planForget(bridge.app, ADA));
  expect(files().includes('Odd words')).toBe(false);
});

it.each(['codesubmit:backnd', 'codesubmit:another'])(
  'of the tag %s is nothing, even after a revoke, which ends holds',
  async (tag) => {
    await bridge.look({ tags: [tag] });
    await revoke(bridge.app);
    expect(files().includes(tag)).toBe(true);
    await forget(bridge.app, planForget(bridge.app, ADA));
    expect(files().includes(tag)).toBe(false);
  },
);

it('of an error that quoted them is nothing, though the read is still to be repeated', async () => {
  const { database, clock } = bridge.app;
  await bridge.look();
  await database.write((tx) => {
    hint(tx, ADA, clock.now());
    const [due] = listDueLooks(tx, clock.now(), 1);
    postponeLook(tx, due!, clock.now() + DAY, { rereads: 0, attempts: 1, last_error: 'Odd words' });
  });
  expect(files().includes('Odd words')).toBe(true);
  await forget(bridge.app, planForget(bridge.app, ADA));
  expect(files().includes('Odd words')).toBe(false);
});

it('is kept while a daemon sends to them, or writes their link', async () => {
  const forgetAda = () => forget(bridge.app, planForget(bridge.app, ADA));
  await bridge.look({ name: 'Canary Fictional' });
  const [claimed] = await bridge.beginSending();
  await expect(forgetAda()).rejects.toMatchObject({
    message: expect.stringContaining('not known yet whether invitation 1 was sent') as unknown,
    hint: expect.stringContaining('codesubmit-lever serve') as unknown,
  });
  const serving = tryLock(bridge.app.home.serveLock);
  await expect(forgetAda()).rejects.toThrow('being sent');
  await settleAccepted(bridge.app, claimed!, bridge.accepted(claimed!));
  const [writing] = await bridge.beginWriting();
  await expect(forgetAda()).rejects.toThrow('being written');
  await bridge.write(writing!);
  await forgetAda();
  expect(files().includes('Canary')).toBe(false);
  serving?.release();
});
