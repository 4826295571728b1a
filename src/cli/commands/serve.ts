/** `serve`: runs the daemon in the foreground, until SIGTERM; systemd is told how it is. */
import { execFile } from 'node:child_process';
import { Option } from 'commander';
import type { App } from '../../admin/app.js';
import type { Daemon } from '../../serve/daemon.js';
import { DAY_MS, SECOND_MS } from '../../domain/clock.js';
import { messageOf, type AppError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import { readVariable, type Environment } from '../../store/home/environment.js';
import { effectiveSettings, parseSetting, type Settings } from '../../store/settings/settings.js';
import { wholeNumber, type CommandContext, type CommandSpec } from '../command.js';
import { aborted, endAtOnce, inSentences, runUntilSignal, StopRequested } from '../process-end.js';

type Listening = Pick<Settings, 'host' | 'port'>;

interface ServeOptions extends Partial<Listening> {
  metricsPort?: number | null;
  /** Seconds. */
  waitLock: number;
}

/** The daemon ends within ten seconds, as supervisors expect. */
const END_WITHIN_MS = 9_500;

const SERVE_HELP = 'See: codesubmit-lever serve --help';

export const serveCommand: CommandSpec = {
  words: 'serve',
  does: 'run the daemon that sends the challenges',
  flags: { '--host <HOST>': 'listen on this host instead of the stored one (HOST)' },
  options: [
    new Option('--port <PORT>', 'listen on this port instead of the stored one (PORT)').argParser(
      (text) => parseSetting('port', text, '--port', SERVE_HELP),
    ),
    new Option(
      '--metrics-port <PORT>',
      'serve Prometheus metrics on loopback (METRICS_PORT)',
    ).argParser((text) => parseSetting('metricsPort', text, '--metrics-port', SERVE_HELP)),
    new Option('--wait-lock <S>', 'wait up to S seconds for another daemon to stop')
      .argParser(wholeNumber(0, DAY_MS / SECOND_MS))
      .default(0),
  ],
  examples: ['codesubmit-lever serve --port 8737 --metrics-port 9464'],
  run: async (context, options: ServeOptions) => {
    await runUntilSignal(END_WITHIN_MS, (stopSignal) => serve(context, options, stopSignal));
  },
};

/** Runs the daemon until the signal is aborted. Resolves soon after that, with everything closed. */
async function serve(
  { home, io, runtime }: CommandContext,
  { metricsPort, waitLock, ...listen }: ServeOptions,
  stopSignal: AbortSignal,
): Promise<void> {
  const { createLog } = await import('../daemon-log.js');
  const { openForServe } = await import('../context/open-app.js');
  const { env } = runtime;
  const { log, nameBy } = createLog(io, env);
  // Without the flag only the environment sets it, so the database needn't be open.
  const port = metricsPort ?? effectiveSettings({}, env).metricsPort;
  const metrics = port === null ? undefined : await prepareMetrics(port);
  const daemonRuntime = { ...runtime, log, ...(metrics && { observer: metrics.observer }) };
  // Nothing can be stored any more, so nothing is waited for.
  const onDiskFailure = (error: AppError): void => {
    log.error({ error: error.message }, 'storage failed: ending at once');
    io.say(inSentences(error));
    endAtOnce();
  };
  const options = { onDiskFailure, waitLockMs: waitLock * SECOND_MS, signal: stopSignal };
  const opened = await openForServe(home, daemonRuntime, options).catch((error: unknown) => {
    // Stopped while it waited for another daemon.
    if (stopSignal.aborted) return undefined;
    throw error;
  });
  if (!opened) return;
  try {
    opened.app.integration.requireInUse();
    // A stored secret that belongs to another address than the settings name.
    const { withheld } = opened.app.configuration.current();
    if (withheld) throw withheld;
    // The log gets names while the database is open.
    nameBy(opened.app);
    await runDaemon(opened.app, listen, metrics, stopSignal);
  } finally {
    nameBy(undefined);
    opened.close();
  }
  log.info({}, 'stopped');
}

/** Returns the metrics, which count from now on, and `open`: that opens their port once there is a daemon. */
async function prepareMetrics(port: number) {
  const { Metrics, openMetrics } = await import('../../serve/metrics.js');
  const observer = new Metrics();
  const open = (app: App, daemonPort: number, { unreadyReasons }: Daemon) =>
    openMetrics(observer, app, unreadyReasons, { port, daemonPort });
  return { observer, open };
}

/**
 * Runs until the signal is aborted. The metrics open first: if their port is taken, no delivery is accepted. `listen`:
 * what flags set; the rest is stored by `setup`.
 */
async function runDaemon(
  app: App,
  listen: Partial<Listening>,
  metrics: Awaited<ReturnType<typeof prepareMetrics>> | undefined,
  stopSignal: AbortSignal,
): Promise<void> {
  const { Daemon } = await import('../../serve/daemon.js');
  const { host, port } = app.configuration.current().settings;
  const listening = { host, port, ...listen };
  const daemon = new Daemon(app);
  const notifySystemd = systemdNotifier(app.runtime.env, app.log);
  const metricsServer = await metrics?.open(app, listening.port, daemon);
  try {
    await daemon.listen(listening);
    notifySystemd('READY=1');
    const signsOfLife = sendSignsOfLife(app.runtime.env, notifySystemd);
    // Not awaited: if it throws, `runUntilSignal` handles the rejection and aborts the signal.
    if (!stopSignal.aborted) void daemon.work();
    await aborted(stopSignal);
    clearInterval(signsOfLife);
    notifySystemd('STOPPING=1');
    const reason: unknown = stopSignal.reason;
    if (reason instanceof StopRequested) app.log.info({ signal: reason.signal }, 'draining');
    else app.log.error({ error: messageOf(reason) }, 'unexpected error: ending');
    await daemon.stop();
  } finally {
    await metricsServer?.close();
  }
}

const CHILD_LIMIT_MS = 10_000;
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * Returns what tells systemd that the daemon is ready, alive or stopping (sd_notify(3)), for `Type=notify` and
 * `WatchdogSec=`. That does nothing unless systemd gave the process a socket, in the environment.
 *
 * Node can't write to a Unix datagram socket, so each message goes through `systemd-notify`. The message comes from
 * that child, so the unit needs `NotifyAccess=all`.
 */
function systemdNotifier(env: Environment, log: Log): (message: string) => void {
  const socket = readVariable(env, 'NOTIFY_SOCKET');
  if (socket === undefined) return () => undefined;
  const childEnv = { NOTIFY_SOCKET: socket, PATH: env.PATH ?? DEFAULT_PATH };
  const options = { env: childEnv, timeout: CHILD_LIMIT_MS };
  let hasFailed = false;
  return (message) =>
    execFile('systemd-notify', [message], options, (error) => {
      // Logged once: the signs of life would repeat it all the time.
      if (!error || hasFailed) return;
      hasFailed = true;
      const fix = 'Install systemd-notify, or set Type=exec and WatchdogSec=0 in the unit.';
      log.warn({ fix }, 'systemd-notify failed: systemd does not know how the daemon is');
    });
}

/** Sends a sign of life twice per period from now on, if systemd expects any from this process. */
function sendSignsOfLife(env: Environment, notifySystemd: (message: string) => void) {
  const pid = readVariable(env, 'WATCHDOG_PID');
  const periodMs = Number(readVariable(env, 'WATCHDOG_USEC') ?? 0) / 1000;
  if (!(periodMs > 0) || Number(pid ?? process.pid) !== process.pid) return undefined;
  return setInterval(() => notifySystemd('WATCHDOG=1'), periodMs / 2).unref();
}
