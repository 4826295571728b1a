/** Checks that hang, throw or can't be made don't delay or end the others. */
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ApiError, AppError } from '../../domain/errors.js';
import { pass, type Check } from './check.js';
import type { CheckContext } from './check-context.js';
import { runChecks } from './run-checks.js';

const closed = new AppError('configuration', 'It does not open.', 'Run: something');
const exam = { opened: closed, home: { databaseFile: '' }, isInUse: () => false };

function check(id: string, run: Check['run'], needs: Check['needs'] = 'nothing'): Check {
  return { id, needs, isCheap: true, run };
}

async function statuses(checks: Check[], limitMs = 5_000): Promise<string[]> {
  const results = await runChecks(checks, exam as unknown as CheckContext, { limitMs });
  return results.map(({ id, status, summary }) => `${id} ${status}: ${summary}`);
}

const good = check('good', () => pass('well'));

describe('a check', () => {
  it('that hangs is given up and told to stop', async () => {
    let isTold = false;
    const hanging = check('hanging', (_exam, signal) => {
      signal.addEventListener('abort', () => (isTold = true));
      return new Promise(() => undefined);
    });
    expect(await statuses([hanging, good], 30)).toEqual([
      'hanging warn: Not known: it took longer than 0 s',
      'good pass: well',
    ]);
    expect(isTold).toBe(true);
  });

  it('of an unreachable vendor says so, and leaves the cause to the vendor’s own check', async () => {
    const lost = check('lost', async () => {
      const reason = 'ECONNREFUSED';
      throw new ApiError({ vendor: 'lever', kind: 'unavailable', route: 'GET /stages', reason });
    });
    expect(await statuses([lost, good])).toEqual([
      'lost warn: Not known: Lever can’t be reached: the connection was refused (lever GET /stages: ECONNREFUSED)',
      'good pass: well',
    ]);
  });

  it('fails with the sentence of our own error, or names itself for any other', async () => {
    const ours = check('ours', () => {
      throw closed;
    });
    const broken = check('broken', () => {
      throw new TypeError('no such thing');
    });
    expect(await statuses([ours, broken, good])).toEqual([
      'ours fail: It does not open',
      'broken fail: This check itself failed: no such thing',
      'good pass: well',
    ]);
  });

  it('is left out when what it needs is missing', async () => {
    const needy = (['home', 'app', 'use'] as const).map((needs) =>
      check(needs, () => pass('reached'), needs),
    );
    expect(await statuses([...needy, good])).toEqual(['good pass: well']);
  });

  it('ends with the daemon, and holds on to it no longer', async () => {
    const daemon = new AbortController();
    const hanging = check('hanging', () => new Promise(() => undefined));
    const running = runChecks([hanging, hanging, good], exam as unknown as CheckContext, {
      signal: daemon.signal,
    });
    expect(getEventListeners(daemon.signal, 'abort')).toHaveLength(1);
    daemon.abort();
    expect((await running).map(({ status }) => status)).toEqual(['warn', 'warn', 'pass']);
    expect(getEventListeners(daemon.signal, 'abort')).toEqual([]);
  });

  it('that has ended is no longer running', async () => {
    const seen: string[] = [];
    const first = check('first', () => pass('quick'));
    const second = check('second', () => new Promise((r) => setImmediate(() => r(pass('slow')))));
    await runChecks([first, second], exam as unknown as CheckContext, {
      onProgress: (underWay) => seen.push(underWay.join(' ')),
    });
    expect(seen).toEqual(['first second', 'second', '']);
  });
});
