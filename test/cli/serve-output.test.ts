/** At a terminal the daemon's log speaks in sentences with names. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { wordsFor } from '../../src/cli/daemon-log.js';
import type { OpportunityId } from '../../src/domain/ids.js';
import { StoreRig } from '../rigs/store.js';

let bridge: StoreRig;

beforeEach(() => {
  bridge = new StoreRig();
});
afterEach(() => bridge.close());

function say(message: string, fields: object = {}): string {
  return wordsFor(bridge.app)(message, { ...fields }).join('\n');
}

it('greets with what is watched, and whether it is paused', () => {
  expect(say('working')).toMatch(/^Ready\. No rules yet\. Press Ctrl-C to stop\./);
  bridge.addRule();
  bridge.addRule({ stageName: 'On-site', tag: 'codesubmit:onsite' });
  expect(say('working')).toContain('Watching Challenge and On-site.');
  bridge.app.database.lend((tx) => bridge.app.integration.pause(tx, bridge.clock.now()));
  expect(say('working')).toMatch(/^Paused: no challenge goes out/);
});

it('says why no heartbeat is sent', () => {
  expect(say('heartbeat withheld', { problems: 'no_rules' })).toMatch(/while something is wrong/);
});

it('calls candidates, stages and challenges by their names', async () => {
  bridge.addRule();
  const { id: opportunity } = bridge.readOf();
  expect(
    say('delivery accepted', { event: 'candidateStageChange', opportunity, outcome: 'look' }),
  ).toBe('A candidate: Lever reported a move; checking.');
  const words = wordsFor(bridge.app);
  const name = 'Ada Lovelace';
  await bridge.look();
  expect(words('decided', {})).toEqual([`${name} gets Backend.`]);
  await bridge.sendDue();
  expect(words('invitation attempt', {})).toEqual([
    `${name}, Backend: CodeSubmit accepted it and invited the candidate.`,
  ]);
  for (const writing of await bridge.beginWriting()) await bridge.write(writing);
  expect(words('write-back', {})).toEqual([`${name}: the link is in Lever.`]);
  // It’s decided that they have it, which the lines above have said.
  await bridge.look();
  expect(words('decided', {})).toEqual([]);
  await bridge.look({ id: 'another' as OpportunityId, contactId: null, emails: [] });
  expect(words('decided', {})).toEqual([`${name} is on hold: no valid e-mail address in Lever.`]);
  const [rule] = bridge.app.rules.listActive();
  expect(say('stage not swept', { stage: rule?.stageId, error: 'why' })).toBe(
    'Candidates in “Challenge” can’t be listed (why). Retrying.',
  );
});

it('says how far ahead a time is, as status does', async () => {
  bridge.addRule({ delayMinutes: 60 });
  const words = wordsFor(bridge.app);
  await bridge.look();
  expect(words('decided', {})).toEqual([
    expect.stringMatching(
      /^Ada Lovelace is on hold: waiting for the rule’s delay \(in \d+ min\)\.$/,
    ),
  ]);
});

it('says what is wrong and what fixes it, as status does', () => {
  const alarm = {
    code: 'brake',
    subject: '1',
    what: 'The brake holds 3 candidates',
    fix: 'Run: x',
  };
  expect(say('alarm raised', alarm)).toBe('The brake holds 3 candidates.\n→ Run: x');
  expect(say('alarm cured', alarm)).toBe('Resolved: The brake holds 3 candidates.');
  expect(say('account rejected', { vendor: 'lever', error: 'HTTP 401' })).toBe('');
  // The alarm says so.
  expect(say('not ready', { reasons: 'draining needs_reauth' })).toBe('');
  expect(say('not ready', { reasons: 'needs_reauth list_unreadable' })).toMatch(/^Not ready/);
  expect(say('checked', { failed: ['a'] })).toBe('One check failed. See: codesubmit-lever doctor');
});

it('says once that a step fails, until that changes or all is well', () => {
  const words = wordsFor(bridge.app);
  const full = { error: 'The disk is full.' };
  const sentence = 'A step could not be completed (The disk is full). Retrying.';
  expect(words('work not settled', full)).toEqual([sentence]);
  expect(words('work not settled', full)).toEqual([]);
  expect(words('delivery not accepted', full)).toEqual([
    'A webhook could not be stored (The disk is full). Lever sends it again.',
  ]);
  expect(words('work not settled', { error: 'Another.' })).toHaveLength(1);
  words('ready', {});
  expect(words('work not settled', { error: 'Another.' })).toHaveLength(1);
});

it('starts no new line for a line break that a message brings', () => {
  expect(wordsFor(bridge.app)('sweep failed', { error: 'a\n→ Run: b' })).toHaveLength(1);
});

it('says that a step fails while the database can’t be read', () => {
  bridge.addRule();
  const words = wordsFor(bridge.app);
  bridge.app.database.close();
  expect(words('work not settled', { error: 'Closed.' })).toHaveLength(1);
});

it('leaves out what is only for files', () => {
  expect(say('stage swept', { stage: 'x', people: 1 })).toBe('');
});
