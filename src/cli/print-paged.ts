/** What a command prints for people, through a pager where it is longer than the screen. */
import type { Io } from './io.js';

/** Prints as `print` does; talk comes after the data. */
export async function printPaged(io: Io, print: (page: Io) => void): Promise<void> {
  const { lines, talk } = collect(io, print);
  await io.page(lines);
  for (const line of talk) io.say(line);
}

/** What `print` would print, line by line. */
export function collect(io: Io, print: (page: Io) => void): { lines: string[]; talk: string[] } {
  const lines: string[] = [];
  const talk: string[] = [];
  const out = (line: string): void => {
    lines.push(line);
  };
  const say = (line: string): void => {
    talk.push(line);
  };
  print({ ...io, out, say });
  return { lines, talk };
}
