/**
 * The image, really built by buildah and run on a read-only root as a user without rights; `npm run test:image`, minutes.
 * No image registry is needed: the base is Debian by debootstrap, with Node as the npm package `node` brings it.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTool, isFull } from '../support/fault-tools.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, SIGNING_TOKEN, STAGE, TAG } from '../rigs/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CANARIES = ['lever.env', 'secret_key', 'bin/token.key'];
const LONG = 900_000;
const USER = 1000;
const canBuild =
  isFull &&
  process.getuid?.() === 0 &&
  (['buildah', 'debootstrap', 'setpriv'] as const).every(hasTool);

const scratch = temporaryFolder();
const store = ['--root', join(scratch, 'store'), '--runroot', join(scratch, 'run')];

function run(command: string, ...args: string[]): string {
  const env = { ...process.env, BUILDAH_ISOLATION: 'chroot', STORAGE_DRIVER: 'vfs' };
  return execFileSync(command, args, {
    cwd: ROOT,
    env,
    encoding: 'utf8',
    maxBuffer: 1e9,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const buildah = (...args: string[]): string => run('buildah', ...store, ...args).trim();

function makeBase(): void {
  const base = join(scratch, 'base');
  run('debootstrap', '--variant=minbase', 'trixie', base);
  run('npm', 'install', '--silent', '--no-audit', '--no-fund', '--prefix', scratch, 'node@22');
  run('cp', join(scratch, 'node_modules/node/bin/node'), join(base, 'usr/local/bin/node'));
  const npm = dirname(dirname(run('sh', '-c', 'readlink -f "$(command -v npm)"').trim()));
  mkdirSync(join(base, 'usr/local/lib/node_modules'), { recursive: true });
  run('cp', '-rL', npm, join(base, 'usr/local/lib/node_modules/npm'));
  run('ln', '-s', '../lib/node_modules/npm/bin/npm-cli.js', join(base, 'usr/local/bin/npm'));
  const container = buildah('from', 'scratch');
  buildah('add', '-q', container, base);
  buildah('commit', '-q', container, 'node-base');
}

/** The steps see this machine's npm settings and certificates, as its registry may be a mirror; the image doesn't. */
function build(): void {
  const limits = ['nproc', 'nofile'].flatMap((name) => {
    const flag = name === 'nproc' ? 'u' : 'n';
    const limit = run('bash', '-c', `echo $(ulimit -S${flag}):$(ulimit -H${flag})`).trim();
    return ['--ulimit', `${name}=${limit}`];
  });
  const settings = [
    [join(homedir(), '.npmrc'), '/root/.npmrc'],
    ['/etc/npmrc', '/usr/local/etc/npmrc'],
    ['/etc/ssl/certs', '/etc/ssl/certs'],
  ];
  const mounts = settings.flatMap(([from = '', to = '']) =>
    existsSync(from) ? ['-v', `${from}:${to}:ro`] : [],
  );
  for (const name of CANARIES) writeFileSync(join(ROOT, name), 'a canary\n', { flag: 'wx' });
  try {
    const args = [
      '--pull-never',
      '--format',
      'docker',
      '--isolation',
      'chroot',
      ...limits,
      ...mounts,
    ];
    buildah(
      'build',
      ...args,
      '--build-arg',
      'BASE=localhost/node-base',
      '-t',
      'codesubmit-lever',
      '.',
    );
  } finally {
    for (const name of CANARIES) rmSync(join(ROOT, name));
  }
}

/** As Docker does with --read-only, --cap-drop ALL and a volume at /data. */
const IN_IMAGE = `
root=$1 volume=$2 && shift 2 &&
mount --bind "$root" "$root" && mount --bind "$volume" "$root/data" && mount --rbind /dev "$root/dev" &&
mount -t proc proc "$root/proc" && mount -o remount,ro,bind "$root" &&
exec chroot "$root" setpriv --reuid ${String(USER)} --regid ${String(USER)} --clear-groups --no-new-privs \\
  --bounding-set -all --inh-caps -all env -i "$@"`;

describe.runIf(canBuild)('the image', () => {
  let live: ProgramRig;
  let mounted: string;
  const volume = join(scratch, 'volume');

  beforeAll(async () => {
    live = await ProgramRig.start();
    makeBase();
    build();
    mounted = buildah('mount', buildah('from', '--pull-never', 'localhost/codesubmit-lever'));
    mkdirSync(volume);
    // As Kubernetes gives it: root's, and its group may write.
    chownSync(volume, 0, USER);
    chmodSync(volume, 0o2775);
  }, LONG);

  afterAll(async () => {
    run('buildah', ...store, 'rm', '--all');
    await live.close();
  }, LONG);

  function start(
    args: string[],
    env: Record<string, string> = {},
  ): ChildProcess & { said: () => string } {
    const config = JSON.parse(
      buildah('inspect', '--type', 'image', 'localhost/codesubmit-lever'),
    ) as {
      Docker: { config: { Env: string[] } };
    };
    const { LEVER_API_URL, LEVER_API_KEY, CODESUBMIT_API_URL, CODESUBMIT_API_KEY } =
      live.environment;
    const all = {
      ...{ LEVER_API_URL, LEVER_API_KEY, CODESUBMIT_API_URL, CODESUBMIT_API_KEY },
      ...{ LEVER_SIGNING_TOKEN: SIGNING_TOKEN, CODESUBMIT_LEVER_HOME: '/data/codesubmit-lever' },
      ...{ CODESUBMIT_LEVER_SECRET_KEY: 'a key that is for this test alone', ...env },
    };
    const given = Object.entries(all).map(([name, value]) => `${name}=${String(value)}`);
    const command = [mounted, volume, ...config.Docker.config.Env, ...given, ...args];
    const child = spawn('unshare', ['-m', 'sh', '-c', IN_IMAGE, 'sh', ...command]);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    }
    return Object.assign(child, { said: () => said });
  }

  async function ended(
    child: ChildProcess & { said: () => string },
  ): Promise<[number | null, string]> {
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return [code, child.said()];
  }

  it('holds the program, and neither secrets of the working directory nor a compiler', () => {
    const names = CANARIES.flatMap((name) => ['-name', basename(name), '-o']);
    const found = run('find', mounted, '-xdev', ...names, '-path', '*/bin/*gcc*');
    expect(found).toBe('');
    expect(readdirSync(join(mounted, 'app'))).toEqual(
      expect.arrayContaining(['bin', 'dist', 'node_modules']),
    );
    expect(existsSync(join(mounted, 'app/src'))).toBe(false);
    expect(existsSync(join(mounted, 'app/node_modules/typescript'))).toBe(false);
  });

  it('says what to do without a key', async () => {
    const child = start(
      ['codesubmit-lever', 'setup', '--no-input', '--rule', 'stage=a;tag=b;challenge=c'],
      { CODESUBMIT_LEVER_SECRET_KEY: '' },
    );
    expect(await ended(child)).toEqual([
      2,
      expect.stringMatching(
        /names \/run\/secrets\/secret_key.*\n.*or set CODESUBMIT_LEVER_SECRET_KEY/,
      ),
    ]);
  });

  it(
    'sets up, serves and ends on a read-only root, and again after a mount that opened its files to the group',
    async () => {
      const rule = `stage=${STAGE};tag=${TAG};challenge=Backend API`;
      expect(
        await ended(start(['codesubmit-lever', 'setup', '--no-input', '--rule', rule])),
      ).toEqual([0, expect.any(String)]);
      const home = join(volume, 'codesubmit-lever');
      // What kubelet does with fsGroup at every mount.
      run('chmod', '-R', 'g+rwX', volume);
      run('chmod', 'g+s', home);
      const daemon = start(['codesubmit-lever', 'serve'], { PORT: '18737', HOST: '127.0.0.1' });
      await eventually('the daemon listens', () => daemon.said().includes('"listening"'));
      expect(statSync(join(home, 'codesubmit-lever.db')).mode & 0o777).toBe(0o600);
      const check = JSON.parse(
        buildah('inspect', '--type', 'image', 'localhost/codesubmit-lever'),
      ) as {
        Docker: { config: { Healthcheck: { Test: string[] } } };
      };
      const [, ...healthcheck] = check.Docker.config.Healthcheck.Test;
      expect(await ended(start(healthcheck, { PORT: '18737' }))).toEqual([0, '']);
      expect(await ended(start(healthcheck, { PORT: '18738' }))).toEqual([1, '']);
      const begun = performance.now();
      daemon.kill('SIGTERM');
      expect((await ended(daemon))[0]).toBe(0);
      expect(performance.now() - begun).toBeLessThan(10_000);
    },
    LONG,
  );
});
