/** Rows that hang, throw or can't be asked don't delay or end the others. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { StoreRig } from '../../../test/rigs/store.js';
import { ApiError, AppError } from '../../domain/errors.js';
import { checkNow } from './doctor.js';
import type { Inspection } from './inspection.js';
import type { Fact } from './fact.js';

const closed = new AppError('configuration', 'It does not open.', 'Run: something');
const inspection = {
  opened: closed,
  home: { databaseFile: '' },
  isInUse: () => false,
} as unknown as Inspection;

function fact(id: string, ask: NonNullable<Fact['ask']>, more: Partial<Fact> = {}): Fact {
  return { id, needs: 'nothing', ask, ...more };
}

async function statuses(facts: Fact[]): Promise<string[]> {
  const results = await checkNow(facts, inspection);
  return results.map(({ id, status, summary }) => `${id} ${status}: ${summary}`);
}

const good = fact('good', () => 'well');

describe('a row', () => {
  it('that hangs is given up and told to stop', async () => {
    let isTold = false;
    const hanging = fact('hanging', (_exam, signal) => {
      signal.addEventListener('abort', () => (isTold = true));
      return new Promise(() => undefined);
    });
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const checking = statuses([hanging, good]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await checking).toEqual([
      'hanging warn: Not known: it took too long',
      'good pass: well',
    ]);
    expect(isTold).toBe(true);
  });

  it('of an unreachable vendor isn’t known, and leaves the cause to the vendor’s own row', async () => {
    const lost = fact('lost', () => {
      const reason = 'ECONNREFUSED';
      throw new ApiError({ vendor: 'lever', kind: 'unavailable', route: 'GET /stages', reason });
    });
    expect(await statuses([lost, good])).toEqual([
      'lost warn: Not known: Lever can’t be reached: the connection was refused (lever GET /stages: ECONNREFUSED)',
      'good pass: well',
    ]);
  });

  it('fails with an error of ours where it is about that, isn’t known elsewhere, and names itself for any other', async () => {
    const ask = () => {
      throw closed;
    };
    const broken = fact('broken', () => {
      throw new TypeError('no such thing');
    });
    const about = fact('about', ask, { reports: () => true });
    expect(await statuses([about, fact('elsewhere', ask), broken, good])).toEqual([
      'about fail: It does not open',
      'elsewhere warn: Not known: It does not open',
      'broken fail: This check itself failed: no such thing',
      'good pass: well',
    ]);
  });

  it('is fine only once it was tried, and while its vendor accepts us', async () => {
    const rig = new StoreRig();
    onTestFinished(() => rig.close());
    const { database, integration } = rig.app;
    let isTried = false;
    const configuration = {
      isOverridden: () => false,
      settings: () => ({ leverAuth: 'api_key' }),
    };
    const tables = {
      app: { configuration, integration },
      isInUse: () => false,
    } as unknown as Inspection;
    const row = fact('row', () => 'well', {
      vendor: 'lever',
      untried: () => (isTried ? undefined : 'nothing was sent'),
    });
    const summaries = async () =>
      (await checkNow([row], tables)).map(({ status, summary }) => `${status}: ${summary}`);
    expect(await summaries()).toEqual(['warn: Not known: nothing was sent']);
    isTried = true;
    expect(await summaries()).toEqual(['pass: well']);
    const rejection = { kind: 'key', why: 'x' } as const;
    await database.write((tx) => integration.recordRejection(tx, 'lever', 1, rejection));
    expect(await summaries()).toEqual(['warn: Not known: Lever rejects us']);
  });

  it('of the machine is fine where the data directory doesn’t open', async () => {
    const unopened = {
      isInUse: () => false,
      get app(): never {
        throw closed;
      },
    } as unknown as Inspection;
    const [result] = await checkNow([good], unopened);
    expect(result?.summary).toBe('well');
  });

  it('is left out when what it needs is missing', async () => {
    const needy = [
      fact('home', () => 'reached', { needs: 'home' }),
      { id: 'use', ask: () => 'reached' },
    ];
    expect(await statuses([...needy, good])).toEqual(['good pass: well']);
  });

  it('ends with the daemon', async () => {
    const daemon = new AbortController();
    const hanging = fact('hanging', () => new Promise(() => undefined));
    const running = checkNow([hanging, good], inspection, { signal: daemon.signal });
    await new Promise(setImmediate);
    daemon.abort();
    expect((await running).map(({ status }) => status)).toEqual(['warn', 'pass']);
  });

  it('that has answered is no longer under way', async () => {
    const seen: string[] = [];
    const first = fact('first', () => 'quick');
    const second = fact('second', () => new Promise((r) => setImmediate(() => r('slow'))));
    await checkNow([first, second], inspection, {
      onProgress: (underWay) => seen.push(underWay.join(' ')),
    });
    expect(seen).toEqual(['first second', 'second', '']);
  });
});
