/**
 * A calendar for test processes that jumps when told, through libfaketime; the monotonic clock
 * stays unchanged.
 */
import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class JumpingClock {
  readonly #file: string;
  readonly #library: string;

  /** Correct at first. Call it only if `hasTool('faketime')`. */
  constructor(folder: string) {
    this.#file = join(folder, 'clock');
    const asked = ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'];
    this.#library = execFileSync('faketime', asked, { encoding: 'utf8' }).trim();
    this.set(0);
  }

  /** The environment for a process that uses it. */
  get environment(): Record<string, string> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }

  /** Ahead of the real time by that many seconds from now on; negative is behind. */
  set(aheadSeconds: number): void {
    const sign = aheadSeconds < 0 ? '-' : '+';
    // Written at once, so no one reads half a file.
    writeFileSync(`${this.#file}.new`, `${sign}${Math.abs(aheadSeconds)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
