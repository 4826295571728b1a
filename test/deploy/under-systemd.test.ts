/** The daemon as systemd runs it: it reports to the socket it was given, its log carries priorities, SIGHUP ends nothing. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasTool } from '../support/fault-tools.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';

/** Prints each datagram as a line. Node has no such sockets. */
const RECEIVER = `use Socket; $| = 1; socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, pack_sockaddr_un($ARGV[0])) or die $!;
print "bound\\n"; while (defined recv(S, $m, 4096, 0)) { print "$m\\n" if $m ne "BARRIER=1" }`;
/** Standard output, a pipe, as systemd names the journal's. */
const AS_JOURNAL = [
  'sh',
  '-c',
  'exec 3>&1; export JOURNAL_STREAM="$(stat -Lc %d:%i /dev/fd/3)"; exec "$@"',
  'sh',
];

let live: ProgramRig;
let receiver: ChildProcess;
let received = '';

beforeAll(async () => {
  live = await ProgramRig.setUp();
  receiver = spawn('perl', ['-e', RECEIVER, join(live.folder, 'notify')]);
  receiver.stdout?.on('data', (chunk: Buffer) => (received += chunk.toString()));
  await receives(/^bound$/m);
});

beforeEach(() => {
  received = '';
});

afterAll(async () => {
  receiver.kill();
  await live.close();
});

async function receives(message: RegExp): Promise<void> {
  await eventually(`systemd receives ${String(message)}`, () => message.test(received));
}

function serveUnderSystemd(env: NodeJS.ProcessEnv): Promise<RunningDaemon> {
  return live.serve(AS_JOURNAL, { NOTIFY_SOCKET: join(live.folder, 'notify'), ...env });
}

/** The log's lines without their priorities, and those priorities by message. */
function readJournal(text: string): Map<string, string> {
  const lines = text.trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [, priority = '', json = ''] = /^<(\d)>(.*)$/.exec(line) ?? [];
      return [(JSON.parse(json) as { msg: string }).msg, priority];
    }),
  );
}

describe.skipIf(!hasTool('systemd-notify'))('the daemon under systemd', () => {
  it('says that it is ready, alive and stopping; SIGHUP doesn’t end it', async () => {
    const daemon = await serveUnderSystemd({ WATCHDOG_USEC: '200000' });
    await receives(/^READY=1\nWATCHDOG=1\nWATCHDOG=1$/m);
    daemon.process.kill('SIGHUP');
    expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200);
    expect((await daemon.kill('SIGTERM')).code).toBe(0);
    await receives(/^STOPPING=1$/m);
  });

  it('gives no sign of life that is asked of another process', async () => {
    const daemon = await serveUnderSystemd({ WATCHDOG_USEC: '20000', WATCHDOG_PID: '1' });
    await receives(/^READY=1$/m);
    await daemon.kill('SIGTERM');
    await receives(/^STOPPING=1$/m);
    expect(received).not.toContain('WATCHDOG');
  });

  it('gives each line of its log a priority for the journal', async () => {
    const daemon = await serveUnderSystemd({ NOTIFY_SOCKET: join(live.folder, 'nobody-listens') });
    await eventually('it logs the failure', () =>
      daemon.output.stdout.includes('systemd-notify failed'),
    );
    const { stdout } = await daemon.kill('SIGTERM');
    const priorities = readJournal(stdout);
    expect(priorities.get('listening')).toBe('6');
    expect(priorities.get('systemd-notify failed: systemd does not know how the daemon is')).toBe(
      '4',
    );
  });
});

/** What the units’ SystemCallFilter answers to a change of priority. */
const WITHOUT_PRIORITIES = [
  ...['strace', '-f', '-qq', '-o', '/dev/null'],
  ...['-e', 'trace=setpriority', '-e', 'inject=setpriority:error=EPERM'],
];

it.skipIf(!hasTool('strace'))('a large database is checked under the units’ filter', async () => {
  // Its pages stay in the file.
  const large = 'CREATE TABLE spare AS SELECT zeroblob(21000000) AS bytes; DROP TABLE spare';
  new Sqlite(join(live.home, 'codesubmit-lever.db')).exec(large).close();
  const daemon = await live.serve(WITHOUT_PRIORITIES);
  await eventually('the file is checked', () =>
    daemon.output.stdout.includes('database file checked'),
  );
  await daemon.killGroup();
});
