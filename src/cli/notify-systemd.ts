/**
 * Tells systemd that the daemon is ready, alive, or stopping (sd_notify(3)), so that `Type=notify` and `WatchdogSec=` work.
 *
 * Node can't send to a Unix datagram socket, so each message goes through systemd's own `systemd-notify`. The message
 * comes from that child: the unit needs `NotifyAccess=all`.
 */
import { execFile } from 'node:child_process';
import type { Log } from '../domain/log.js';
import { readVariable, type Environment } from '../storage/home/environment.js';

const CHILD_LIMIT_MS = 10_000;
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

export class SystemdNotifier {
  readonly #env: Environment;
  readonly #log: Log;
  #last: Promise<void> = Promise.resolve();
  #status = '';
  #watchdog: NodeJS.Timeout | undefined;
  #hasFailed = false;

  /** Off, and silent, unless systemd gave the process a socket. */
  constructor(env: Environment, log: Log) {
    this.#env = env;
    this.#log = log;
  }

  /** The daemon takes deliveries. From here on systemd is told twice in each watchdog period that it's alive. */
  ready(): void {
    this.#send('READY=1');
    const periodMs = watchdogMs(this.#env);
    if (periodMs === undefined || this.#watchdog) return;
    this.#watchdog = setInterval(() => this.#send('WATCHDOG=1'), periodMs / 2).unref();
  }

  /** One line for `systemctl status`, which every local user may read. */
  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    this.#send(`STATUS=${text}`);
  }

  /** At once: the process may end before what waits in line is sent. */
  stopping(): void {
    clearInterval(this.#watchdog);
    void this.#run('STOPPING=1');
  }

  /** One after the other: a later status must not be overtaken by an earlier one. */
  #send(message: string): void {
    this.#last = this.#last.then(() => this.#run(message));
  }

  #run(message: string): Promise<void> {
    const socket = readVariable(this.#env, 'NOTIFY_SOCKET');
    if (socket === undefined) return Promise.resolve();
    const env = { NOTIFY_SOCKET: socket, PATH: this.#env.PATH ?? DEFAULT_PATH };
    return new Promise((resolve) => {
      execFile('systemd-notify', [message], { env, timeout: CHILD_LIMIT_MS }, (error) => {
        if (error && !this.#hasFailed) {
          this.#hasFailed = true;
          const fix = 'Install systemd-notify, or set Type=exec and WatchdogSec=0 in the unit.';
          this.#log.warn({ fix }, 'systemd-notify failed: systemd does not know how the daemon is');
        }
        resolve();
      });
    });
  }
}

/** Within this time systemd wants a sign of life from this very process; undefined when it wants none. */
function watchdogMs(env: Environment): number | undefined {
  const pid = readVariable(env, 'WATCHDOG_PID');
  if (pid !== undefined && Number(pid) !== process.pid) return undefined;
  const microseconds = Number(readVariable(env, 'WATCHDOG_USEC'));
  return microseconds > 0 ? microseconds / 1000 : undefined;
}
