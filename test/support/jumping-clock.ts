/** A calendar for processes of a test that jumps when told, by libfaketime; the monotonic clock stays as it is. */
import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class JumpingClock {
  readonly #file: string;
  readonly #library: string;

  /** Right at first. Call it only where `hasTool('faketime')`. */
  constructor(folder: string) {
    this.#file = join(folder, 'clock');
    const asked = ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'];
    this.#library = execFileSync('faketime', asked, { encoding: 'utf8' }).trim();
    this.set(0);
  }

  /** For a process that shall live by it. */
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

  /** So many seconds ahead of the right time from now on; negative behind. */
  set(aheadSeconds: number): void {
    const sign = aheadSeconds < 0 ? '-' : '+';
    // At once, so that nobody reads half a file.
    writeFileSync(`${this.#file}.new`, `${sign}${Math.abs(aheadSeconds)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
