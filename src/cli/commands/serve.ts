/** `serve`: the daemon in the foreground, until SIGTERM. */
import type { Command } from 'commander';
import type { Listening } from '../../app/daemon.js';
import type { House } from '../../app/house.js';
import { parseSetting } from '../../config/settings.js';
import { AppError } from '../../domain/errors.js';
import type { CommandContext, ContextOf } from '../command-context.js';
import { EXIT } from '../exit-codes.js';

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
  const { home, surroundings, io } = context;
  const given = parseOptions(options);
  const { createLog } = await import('../create-log.js');
  const log = createLog(io);
  const lock = await takeLock(context, given.waitLockMs);
  const { openHouseToServe } = await import('../../app/open-house.js');
  const { requireInUse } = await import('../../app/controls.js');
  const house = openHouseToServe(
    home,
    { ...surroundings, log },
    {
      onDiskFailure: (error) => {
        log.error({ error: error.message }, 'disk failed: ending at once');
        process.exit(EXIT.failed);
      },
    },
  );
  try {
    requireInUse(house);
    await run(house, listenOn(house, given));
  } finally {
    house.database.close();
    lock.release();
  }
}

/** Runs until a signal asks for the end; a second signal ends at once. */
async function run(house: House, listen: Listening): Promise<void> {
  const { Daemon } = await import('../../app/daemon.js');
  const { untilAskedToEnd } = await import('../until-asked-to-end.js');
  const daemon = new Daemon(house);
  const { log } = house.surroundings;
  await daemon.start(listen);
  await untilAskedToEnd(END_WITHIN_MS, async ({ signal, error }) => {
    if (error) log.error({ error: error.message }, 'unexpected error: ending');
    else log.info({ signal }, 'draining');
    await daemon.stop();
    house.database.close();
    log.info({}, 'stopped');
  });
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
  host: string | undefined;
  port: number | undefined;
  waitLockMs: number;
}

/** Throws `usage` before anything is opened. */
function parseOptions({ host, port, waitLock }: ServeOptions): GivenOptions {
  const seconds = Number(waitLock ?? 0);
  if (!(seconds >= 0)) {
    const hint = 'See: codesubmit-lever serve --help';
    throw new AppError('usage', '--wait-lock takes a number of seconds.', hint);
  }
  return {
    host,
    port: port === undefined ? undefined : parseSetting('port', port, '--port'),
    waitLockMs: seconds * MS_PER_SECOND,
  };
}

function listenOn(house: House, given: GivenOptions): Listening {
  const { host, port } = house.configuration.current().settings;
  return { host: given.host ?? host, port: given.port ?? port };
}
