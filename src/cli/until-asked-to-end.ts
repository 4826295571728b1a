/** Waits for the signal that asks a long-running command to end, then lets it end in order. */
import closeWithGrace from 'close-with-grace';

/** Signs of a crash: a handler for them would run the crashing instruction again and again. */
const CRASHES = ['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGUSR2'] as const;

export interface AskedToEnd {
  signal: string | undefined;
  /** Nobody handled this: the process ends, with exit code 1. */
  error: Error | undefined;
}

/** Resolves when `end` has; after `limitMs`, or at a second signal, the process ends at once. */
export async function untilAskedToEnd(
  limitMs: number,
  end: (asked: AskedToEnd) => Promise<void>,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const options = { delay: limitMs, logger: undefined, skip: [...CRASHES] };
    closeWithGrace(options, async ({ signal, err }) => {
      await end({ signal, error: err });
      resolve();
    });
  });
}

const ASKING = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Runs `wait`, which ends early when a signal asks for the end of the process. */
export async function whileNotAskedToEnd<T>(wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const asked = new AbortController();
  const ask = (): void => {
    asked.abort();
  };
  for (const name of ASKING) process.on(name, ask);
  try {
    return await wait(asked.signal);
  } finally {
    for (const name of ASKING) process.off(name, ask);
  }
}
