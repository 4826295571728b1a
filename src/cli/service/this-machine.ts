/** This machine's systemd, users and files, for the `service` commands. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../../domain/errors.js';
import { isServing } from '../../store/home/is-serving.js';
import { BIN_FILE } from '../package-files.js';
import type { ServiceHost } from './service.js';

function run(command: string, args: string[]): { code: number; output: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) return { code: 127, output: error.message };
  return { code: status ?? 1, output: stdout === '' ? stderr : stdout };
}

/** Uses the system's lookup, which includes users of a directory service. */
function findUser(uid: number): { name: string; home: string } {
  const [name, , , , , home] = run('getent', ['passwd', String(uid)])
    .output.trim()
    .split(':');
  if (name !== undefined && home !== undefined) return { name, home };
  throw new AppError(
    'configuration',
    `The data directory belongs to user ${uid}, which doesn’t exist.`,
    'Give it to a user: sudo chown -R USER DIR',
  );
}

export function thisMachine(): ServiceHost {
  return {
    unitFolder: '/etc/systemd/system',
    settingsFolder: '/etc/codesubmit-lever',
    shippedFolder: join(dirname(dirname(BIN_FILE)), 'deploy', 'systemd'),
    node: process.execPath,
    bin: BIN_FILE,
    isRoot: process.getuid?.() === 0,
    isSystemd: existsSync('/run/systemd/system'),
    findUser,
    systemctl: (...args) => run('systemctl', args),
    isServing,
  };
}
