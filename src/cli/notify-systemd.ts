/**
 * Tells systemd that the daemon is ready, alive or stopping (sd_notify(3)), for `Type=notify` and
 * `WatchdogSec=`.
 *
 * Node can't write to a Unix datagram socket, so each message goes through `systemd-notify`. The
 * message comes from that child, so the unit needs `NotifyAccess=all`.
 */
import { execFile } from 'node:child_process';
import type { Log } from '../domain/log.js';
import { readVariable, type Environment } from '../store/home/environment.js';

const CHILD_LIMIT_MS = 10_000;
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

export class SystemdNotifier {
  readonly #env: Environment;
  readonly #log: Log;
  #watchdog: NodeJS.Timeout | undefined;
  #hasFailed = false;

  /** Does nothing unless systemd gave the process a socket. */
  constructor(env: Environment, log: Log) {
    this.#env = env;
    this.#log = log;
  }

  /** The daemon accepts deliveries. From now on it sends a sign of life twice per period. */
  ready(): void {
    this.#send('READY=1');
    const periodMs = watchdogMs(this.#env);
    if (periodMs === undefined) return;
    this.#watchdog = setInterval(() => this.#send('WATCHDOG=1'), periodMs / 2).unref();
  }

  stopping(): void {
    clearInterval(this.#watchdog);
    this.#send('STOPPING=1');
  }

  /** A failure is logged once: the watchdog would repeat it all the time. */
  #send(message: string): void {
    const socket = readVariable(this.#env, 'NOTIFY_SOCKET');
    if (socket === undefined) return;
    const env = { NOTIFY_SOCKET: socket, PATH: this.#env.PATH ?? DEFAULT_PATH };
    execFile('systemd-notify', [message], { env, timeout: CHILD_LIMIT_MS }, (error) => {
      if (!error || this.#hasFailed) return;
      this.#hasFailed = true;
      const fix = 'Install systemd-notify, or set Type=exec and WatchdogSec=0 in the unit.';
      this.#log.warn({ fix }, 'systemd-notify failed: systemd does not know how the daemon is');
    });
  }
}

/** How often systemd expects a sign of life from this process; undefined if it expects none. */
function watchdogMs(env: Environment): number | undefined {
  const pid = readVariable(env, 'WATCHDOG_PID');
  if (pid !== undefined && Number(pid) !== process.pid) return undefined;
  // Without the variable this is NaN, which isn't greater than 0.
  const microseconds = Number(readVariable(env, 'WATCHDOG_USEC'));
  return microseconds > 0 ? microseconds / 1000 : undefined;
}
