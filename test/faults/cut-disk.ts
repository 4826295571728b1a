/**
 * A disk whose power can be cut: a preloaded library keeps, beside a folder, what the folder would
 * contain then.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('power-cut.c', import.meta.url));
const SECTOR = 512;
/** Files whose bytes may be on their way to the disk at any moment. */
const OPEN_FILES = ['home/codesubmit-lever.db', 'home/codesubmit-lever.db-wal'];

export class CutDisk {
  readonly #shadow = mkdtempSync(join(tmpdir(), 'codesubmit-lever-shadow-'));
  readonly #library = join(this.#shadow, 'power-cut.so');

  /** `folder`: everything that is watched, of a live integration. */
  constructor(private readonly folder: string) {
    const build = ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', this.#library, SOURCE];
    const { status, stderr } = spawnSync('gcc', build);
    if (status !== 0) throw new Error(`power-cut.c was not built: ${stderr.toString()}`);
  }

  /** What a process needs in its environment to write to this disk. */
  get environment(): Record<string, string> {
    return {
      LD_PRELOAD: this.#library,
      POWER_CUT_ROOT: this.folder,
      POWER_CUT_SHADOW: this.#shadow,
    };
  }

  /**
   * The processes are dead. From here on the folder contains what the disk kept: what was synced,
   * and of later writes each sector that `isKept` selects. What was never synced is gone.
   */
  cut(isKept: () => boolean = () => false): void {
    const { folder } = this;
    const kept = join(this.#shadow, folder);
    for (const name of OPEN_FILES) mix(join(folder, name), join(kept, name), isKept);
    rmSync(folder, { recursive: true });
    cpSync(kept, folder, { recursive: true });
  }

  remove(): void {
    rmSync(this.#shadow, { recursive: true, force: true });
  }
}

/** Applies some of the written but unsynced sectors to the file that was synced. */
function mix(written: string, synced: string, isKept: () => boolean): void {
  if (!existsSync(written) || !existsSync(synced)) return;
  const [newer, older] = [readFileSync(written), readFileSync(synced)];
  const mixed = Buffer.alloc(isKept() ? newer.length : older.length);
  older.copy(mixed);
  for (let at = 0; at < Math.min(mixed.length, newer.length); at += SECTOR) {
    if (isKept()) newer.copy(mixed, at, at, at + SECTOR);
  }
  writeFileSync(synced, mixed);
}
