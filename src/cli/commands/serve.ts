/** `serve`: the daemon in the foreground, until SIGTERM. */
import type { Command } from 'commander';
import type { House } from '../../app/house.js';
import type { Listening } from '../../app/listen-at.js';
import { parseSetting } from '../../config/settings.js';
import type { HeldLock } from '../../database/home-lock.js';
import { AppError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import { SteadyClock } from '../../domain/steady-clock.js';
import type { CommandContext, ContextOf } from '../command-context.js';
import { EXIT, inSentences } from '../exit-codes.js';

interface ServeOptions {
  host?: string;
  port?: string;
  waitLock?: string;
}

const END_WITHIN_MS = 9_500;
const MS_PER_SECOND = 1_000;

export function addServe(program: Command, contextOf: ContextOf): void {
  program
    .command('serve')
    .description('run the daemon: takes webhooks, sweeps the stages, sends challenges')
    .option('--host <HOST>', 'listen there instead of where `setup` said (HOST)')
    .option('--port <PORT>', 'listen there instead of where `setup` said (PORT)')
    .option('--wait-lock <S>', 'wait up to S seconds for another daemon of this home to end')
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever serve --port 8737')
    .action(async (options: ServeOptions) => {
      await serve(await contextOf(), options);
    });
}

async function serve(context: CommandContext, options: ServeOptions): Promise<void> {
  const { home, env, io } = context;
  const given = parseOptions(options);
  const { createLog } = await import('../create-log.js');
  const { whileNotAskedToEnd } = await import('../until-asked-to-end.js');
  const { findListening, openPatiently } = await import('../../app/open-patiently.js');
  const log = createLog(io);
  const opened = await whileNotAskedToEnd((signal) =>
    openPatiently({
      open: () => open(context, given, log),
      listen: () => ({ ...findListening(home, env), ...given.listen }),
      ...{ log, signal },
    }),
  );
  if (!opened) return;
  const { house, lock } = opened;
  try {
    const { host, port } = house.configuration.current().settings;
    await run(opened, { host, port, ...given.listen });
  } finally {
    house.database.close();
    lock.release();
  }
}

interface Opened {
  house: House;
  steadyClock: SteadyClock;
  lock: HeldLock;
}

/** Takes the home's lock and opens it; throws `AppError`, and holds nothing then. */
async function open(context: CommandContext, given: GivenOptions, log: Log): Promise<Opened> {
  const { home, surroundings, io } = context;
  const { openHouseToServe } = await import('../../app/open-house.js');
  const { requireInUse } = await import('../../app/controls.js');
  const lock = await takeLock(context, given.waitLockMs);
  let house: House | undefined;
  try {
    const onDiskFailure = (error: AppError): void => {
      log.error({ error: error.message }, 'storage failed: ending at once');
      io.say(inSentences(error));
      process.exit(EXIT.failed);
    };
    const steadyClock = new SteadyClock(surroundings.clock);
    const around = { ...surroundings, clock: steadyClock, log };
    house = openHouseToServe(home, around, { onDiskFailure });
    requireInUse(house);
    return { house, steadyClock, lock };
  } catch (error) {
    house?.database.close();
    lock.release();
    throw error;
  }
}

/** Runs until a signal asks for the end; a second signal ends at once. */
async function run({ house, steadyClock }: Opened, listen: Listening): Promise<void> {
  const { Daemon } = await import('../../app/daemon.js');
  const { untilAskedToEnd } = await import('../until-asked-to-end.js');
  const daemon = new Daemon(house, { steadyClock });
  const { log } = house.surroundings;
  await daemon.listen(listen);
  const ended = untilAskedToEnd(END_WITHIN_MS, async ({ signal, error }) => {
    if (error) log.error({ error: error.message }, 'unexpected error: ending');
    else log.info({ signal }, 'draining');
    await daemon.stop();
    house.database.close();
    log.info({}, 'stopped');
  });
  // What it rejects with nobody handles: the process ends by it, in order.
  void daemon.work();
  await ended;
}

async function takeLock({ home }: CommandContext, waitLockMs: number) {
  const { existsSync } = await import('node:fs');
  const { notSetUp } = await import('../../app/open-house.js');
  if (!existsSync(home.databaseFile)) throw notSetUp(home);
  const { waitForLock } = await import('../../database/home-lock.js');
  const lock = await waitForLock(home.serveLock, waitLockMs);
  if (lock) return lock;
  throw new AppError(
    'locked',
    `Another daemon is running on ${home.folder}.`,
    'Stop it first, or wait for it: codesubmit-lever serve --wait-lock 30',
  );
}

interface GivenOptions {
  /** What flags say; the rest is as `setup` said. */
  listen: Partial<Listening>;
  waitLockMs: number;
}

/** Throws `usage` before anything is opened. */
function parseOptions({ host, port, waitLock }: ServeOptions): GivenOptions {
  const seconds = Number(waitLock ?? 0);
  if (!(seconds >= 0)) {
    const hint = 'See: codesubmit-lever serve --help';
    throw new AppError('usage', '--wait-lock takes a number of seconds.', hint);
  }
  const listen = {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: parseSetting('port', port, '--port') }),
  };
  return { listen, waitLockMs: seconds * MS_PER_SECOND };
}
