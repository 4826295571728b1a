/** A small disk in memory that can be full or read-only. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK = Buffer.alloc(4_096, 'x');
const FILLER = 'filler';

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.toString()}`);
}

export class SmallDisk {
  /** Mounts it at `folder`, which is created. */
  constructor(
    readonly folder: string,
    megabytes: number,
  ) {
    mkdirSync(folder, { mode: 0o700, recursive: true });
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'none', folder);
  }

  /** Fills the remaining space. */
  fill(): void {
    try {
      for (;;) appendFileSync(join(this.folder, FILLER), CHUNK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  free(): void {
    rmSync(join(this.folder, FILLER), { force: true });
  }

  grow(megabytes: number): void {
    run('mount', '-o', `remount,size=${megabytes}m`, this.folder);
  }

  names(): string[] {
    return readdirSync(this.folder).sort();
  }

  /** The size of one file, in bytes. */
  sizeOf(name: string): number {
    return statSync(join(this.folder, name)).size;
  }

  /** Works while no file on it is open for writing. */
  makeReadOnly(): void {
    run('mount', '-o', 'remount,ro', this.folder);
  }

  makeWritable(): void {
    run('mount', '-o', 'remount,rw', this.folder);
  }

  unmount(): void {
    run('umount', '-l', this.folder);
  }
}
