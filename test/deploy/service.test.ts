/** `service install`: a unit from the shipped one that systemd accepts, on a machine of the test's own with a systemctl that only notes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { beforeEach, describe, expect, it } from 'vitest';
import { addCommand, type CommandContext } from '../../src/cli/command.js';
import { serviceCommand, type ServiceHost } from '../../src/cli/commands/service.js';
import { createIo } from '../../src/cli/terminal/io.js';
import type { AppError } from '../../src/domain/errors.js';
import { resolveHome } from '../../src/store/home/home.js';
import { hasTool } from '../support/fault-tools.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const scratch = temporaryFolder();
const UNIT = join(scratch, 'units', 'codesubmit-lever.service');
const HOME = join(scratch, 'data 100%');
/** Commands that are printed get it, but not the names of units. */
const HOME_FLAG = '--home DIR ';

let host: ServiceHost;
let commands: string[];
let isActive: boolean;

beforeEach(() => {
  for (const folder of ['units', 'etc', 'data 100%']) {
    rmSync(join(scratch, folder), { recursive: true, force: true });
    mkdirSync(join(scratch, folder));
  }
  writeFileSync(join(HOME, 'codesubmit-lever.db'), '');
  commands = [];
  isActive = false;
  host = {
    unitFolder: join(scratch, 'units'),
    settingsFolder: join(scratch, 'etc'),
    node: process.execPath,
    bin: join(ROOT, 'bin/codesubmit-lever.js'),
    isRoot: true,
    isSystemd: true,
    findUser: (uid) => {
      expect(uid).toBe(statSync(HOME).uid);
      return { name: 'daemon', home: '/usr/sbin' };
    },
    systemctl: (...args) => {
      if (args[0] === 'is-active') return { code: isActive ? 0 : 3, output: '' };
      commands.push(args.join(' '));
      return { code: 0, output: '' };
    },
    isServing: () => isActive,
  };
});

interface Said {
  out: string;
  talk: string;
  code: number;
}

async function service(...words: string[]): Promise<Said> {
  const said: Said = { out: '', talk: '', code: 0 };
  const stdout = { write: (text: string) => (said.out += text) };
  const stderr = { write: (text: string) => (said.talk += text) };
  const streams = { ...process, stdout, stderr, env: {} } as unknown as NodeJS.Process;
  const io = await createIo(streams, HOME_FLAG);
  const setExitCode = (code: number) => (said.code = code);
  const home = resolveHome(HOME);
  const program = new Command();
  addCommand(
    program,
    serviceCommand(() => host),
    async () => ({ io, home, setExitCode }) as unknown as CommandContext,
  );
  await program.parseAsync(['service', ...words], { from: 'user' });
  return said;
}

/** What is printed of the error that the command ends with. */
async function refusal(...words: string[]): Promise<string> {
  const error = (await service(...words).catch((thrown: unknown) => thrown)) as AppError;
  const io = await createIo(process, HOME_FLAG);
  return io.withHomeFlag(`${error.message} ${error.hint}`);
}

const unit = (file = UNIT): string => readFileSync(file, 'utf8');

describe('service install', () => {
  it('writes the unit once, starts it, and changes nothing the second time', async () => {
    const first = await service('install');
    expect(first.out).toContain(`✓ wrote ${UNIT}`);
    expect(first.out).toContain('✓ “codesubmit-lever” runs now and at every boot');
    expect(commands).toEqual([
      'daemon-reload',
      'enable codesubmit-lever',
      'start codesubmit-lever',
    ]);
    commands = [];
    isActive = true;
    const second = await service('install');
    expect(second.out).toContain('is up to date');
    expect(commands).toEqual(['enable codesubmit-lever', 'start codesubmit-lever']);
  });

  it('restarts a daemon whose unit is of another version', async () => {
    await service('install');
    host.node = '/opt/node/bin/node';
    isActive = true;
    commands = [];
    await service('install');
    expect(commands).toContain('restart codesubmit-lever');
    expect(unit()).toContain('ExecStart=/opt/node/bin/node ');
  });

  it.skipIf(!hasTool('systemd-analyze'))(
    'makes a unit that systemd accepts, as hardened as the shipped one',
    async () => {
      await service('install');
      const verify = spawnSync('systemd-analyze', ['verify', UNIT], { encoding: 'utf8' });
      expect([verify.status, verify.stderr]).toEqual([0, '']);
      const args = ['security', '--offline=true', '--no-pager', UNIT];
      const { stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
      expect(Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(2);
      const escaped = HOME.replace('%', '%%');
      expect(unit()).toContain(`--home "${escaped}" serve`);
      expect(unit()).toMatch(/^User=daemon$/m);
      expect(unit()).toContain(`ReadWritePaths="${escaped}"`);
      expect(unit()).toMatch(/^ProtectHome=yes$/m);
    },
  );

  it.each(['\n', '\r', '\r\n'])('writes no unit for a path that holds %j', async (end) => {
    host.bin = `/srv/x${end}ExecStartPre=/bin/touch /pwned`;
    expect(await refusal('install')).toContain('contains a control character');
    expect([existsSync(UNIT), commands]).toEqual([false, []]);
  });

  it('refuses a name before it advises a command with it', async () => {
    host.isRoot = false;
    expect(await refusal('install', '--name', 'a b')).toContain('can’t be named “a b”');
  });

  it('prints them beside a running daemon too, and says that it has to stop first', async () => {
    host.isServing = () => true;
    const { out, talk, code } = await service('install', '--dry-run');
    expect([code, out]).toEqual([0, expect.stringContaining('[Service]\n')]);
    expect(talk).toContain('. Stop it before you install the service.');
    expect(commands).toEqual([]);
  });

  it('forbids core dumps, which would hold the keys', async () => {
    await service('install');
    expect(unit()).toMatch(/^LimitCORE=0$/m);
    await service('install', '--name', 'acme');
    expect(unit(join(scratch, 'units', 'codesubmit-lever@acme.service'))).toMatch(/^LimitCORE=0$/m);
  });

  it('lets a daemon whose files are under /home read there, and loads a key that was put in place', async () => {
    host.findUser = () => ({ name: 'jo', home: '/home/jo' });
    await service('install');
    expect(unit()).toMatch(/^ProtectHome=read-only$/m);
    expect(unit()).not.toMatch(/^LoadCredential=/m);
    writeFileSync(join(scratch, 'etc', 'secret-key'), '');
    await service('install');
    expect(unit()).toMatch(/^LoadCredential=CODESUBMIT_LEVER_SECRET_KEY:/m);
  });

  it('keeps a unit that someone changed', async () => {
    await service('install');
    writeFileSync(UNIT, unit().replace('WatchdogSec=60', 'WatchdogSec=90'));
    expect((await service('install')).out).toContain(`kept the former unit as ${UNIT}.bak`);
    expect(unit(`${UNIT}.bak`)).toContain('WatchdogSec=90');
    expect(unit()).toContain('WatchdogSec=60');
  });

  it('prints the unit and the commands with --dry-run, without root or systemd', async () => {
    Object.assign(host, { isRoot: false, isSystemd: false });
    const { out, talk } = await service('install', '--dry-run');
    expect(out).toContain('[Service]\n');
    expect(talk).toContain('systemctl enable codesubmit-lever\n');
    expect([existsSync(UNIT), commands]).toEqual([false, []]);
  });

  it('gives each of several integrations a unit of its own', async () => {
    await service('install', '--name', 'acme');
    const file = join(scratch, 'units', 'codesubmit-lever@acme.service');
    expect(unit(file)).toContain('EnvironmentFile=-/etc/codesubmit-lever/%i/env');
    expect(commands).toContain('start codesubmit-lever@acme');
    expect(await refusal('install', '--name', '../acme')).toContain('can’t be named');
  });

  it('takes no unit from another data directory, whose candidates would get nothing then', async () => {
    await service('install');
    const former = unit().replaceAll(HOME.replace('%', '%%'), '/srv/another');
    writeFileSync(UNIT, former);
    commands = [];
    isActive = true;
    expect(await refusal('install')).toMatch(
      /The service “codesubmit-lever” runs another data directory, "?\/srv\/another.* --name NAME/,
    );
    expect([unit(), commands]).toEqual([former, []]);
    expect((await service('install', '--dry-run')).talk).toContain(' --name NAME.');
    await service('install', '--name', 'acme');
    // As the message says, to replace it.
    rmSync(UNIT);
    expect((await service('install')).out).toContain(`✓ wrote ${UNIT}`);
  });

  it.each<[string, () => void, string]>([
    [
      'root is needed',
      () => (host.isRoot = false),
      `service install needs root. Run: sudo ${process.execPath} ${ROOT}bin/codesubmit-lever.js --home '${HOME}' service install`,
    ],
    ['no systemd runs', () => (host.isSystemd = false), 'systemd does not run this machine'],
    [
      'nothing is set up',
      () => rmSync(join(HOME, 'codesubmit-lever.db')),
      'Nothing is set up yet in',
    ],
    [
      'npm may delete the program',
      () => (host.bin = '/home/jo/.npm/_npx/1/node_modules/codesubmit-lever/bin/x.js'),
      'is in npx’s cache',
    ],
    ['a daemon runs already', () => (host.isServing = () => true), 'Another daemon is running'],
    [
      'systemd refuses',
      () =>
        (host.systemctl = (verb = '') => ({
          code: ['is-active', 'start'].includes(verb) ? 1 : 0,
          output: 'Job failed',
        })),
      '“systemctl start codesubmit-lever” failed: Job failed',
    ],
  ])('says so when %s', async (_why, arrange, sentence) => {
    arrange();
    expect(await refusal('install')).toContain(sentence);
  });
});
