/** Tells the admin's webhook what it is owed, again and again until it takes it. */
import { backoffMs } from '../domain/backoff.js';
import type { Clock } from '../domain/clock.js';
import { AppError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { OwedAlarm } from './alarm-rows.js';
import type { AlarmStore } from './alarm-store.js';
import { postText } from './alarm-webhook.js';
import { alarmText } from './alarm-words.js';

export interface AlarmTellerParts {
  store: AlarmStore;
  /** Null when nobody is to be told. */
  url: () => URL | null;
  version: string;
  signal: AbortSignal;
  clock: Clock;
  random: () => number;
  log: Log;
}

export class AlarmTeller {
  constructor(private readonly parts: AlarmTellerParts) {}

  /** Told once in ordinary running; after a crash between the post and its record, twice. */
  async tell(owed: OwedAlarm): Promise<void> {
    const { store, url, version, signal, clock, random, log } = this.parts;
    const address = url();
    if (address === null) return;
    const posting = await postText(address, alarmText(owed), { version, signal });
    const { code, owes } = owed;
    log.info({ code, owes, outcome: posting.kind }, 'alarm');
    if (posting.kind === 'taken') {
      await store.settleTold(owed, clock.now());
      return;
    }
    const waitMs = backoffMs(owed.attempts + 1, random(), posting.retryAfterMs);
    await store.settleLater(owed, clock.now() + waitMs, posting.why);
  }

  /** After anything thrown: it is tried again, less and less often. */
  release(owed: OwedAlarm, error: unknown): Promise<void> {
    const { store, clock, random } = this.parts;
    const why = error instanceof AppError ? error.message : 'an unexpected error';
    return store.settleLater(owed, clock.now() + backoffMs(owed.attempts + 1, random()), why);
  }
}
