/** Keeps keys and tokens out of the core file that the system may write when Node crashes. */
import { writeFileSync } from 'node:fs';

/** Linux writes the parts of memory whose bits are set here; see core(5). Processes that we start inherit it. */
const FILTER = '/proc/self/coredump_filter';

export function emptyCoreDumps(): void {
  try {
    writeFileSync(FILTER, '0', { flag: 'r+' });
  } catch {
    // Another system, or /proc isn't mounted: the supervisor's limit has to do.
  }
}
