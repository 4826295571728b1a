/** What the wizard prints, broken at spaces in a narrow terminal; what is copied from it stays whole. */
import type { Io } from '../io.js';
import { wrapProse } from '../wrap-prose.js';

/** An address, a link or a line of a file stands indented; so does a list, whose signs tell it. */
const COPIED = /^ {2}(?![☑•] )/;

export function wrappingIo(io: Io): Io {
  return {
    ...io,
    get columns() {
      return io.columns;
    },
    out: (line) => {
      for (const one of COPIED.test(line) ? [line] : wrapProse(line, io.columns)) io.out(one);
    },
  };
}
