/** The program's command line in this process: what a user types, what it prints, how it ends. */
import { isMainThread } from 'node:worker_threads';
import { Writable } from 'node:stream';
import { runCommandLine } from '../../src/cli/main.js';
import type { Host } from '../../src/cli/command.js';

export interface Printed {
  code: number;
  stdout: string;
  stderr: string;
}

/** A pipe, or a terminal of that many columns, without end. */
class Paper extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly rows = 100_000;

  constructor(readonly columns: number | undefined) {
    super({ decodeStrings: false });
    this.isTTY = columns !== undefined;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

/** Off a terminal unless given columns; no one can answer questions. */
export async function runHere(
  words: readonly string[],
  around: Pick<Host, 'env' | 'configFolder' | 'clock'>,
  columns?: number,
): Promise<Printed> {
  // A worker has its process's mask, and the mutation tests run in workers.
  if (isMainThread) process.umask(0o077);
  const stdout = new Paper(columns);
  const stderr = new Paper(undefined);
  const streams = { stdin: { isTTY: false }, stdout, stderr } as unknown as Host;
  const code = await runCommandLine(['node', 'codesubmit-lever', ...words], {
    ...streams,
    ...around,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}
