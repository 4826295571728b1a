/** The systemd files: hardened, accepted by systemd, and in agreement with the program's exit codes and with each other. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hasTool } from '../support/fault-tools.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'deploy/systemd');
const SINGLE = 'codesubmit-lever.service';
const TEMPLATE = 'codesubmit-lever@.service';
const MOST_EXPOSURE = 2;
const scratch = temporaryFolder();

function read(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

function settingsOf(name: string): Map<string, string> {
  const lines = read(name).matchAll(/^([A-Z]\w+)=(.*)$/gm);
  return new Map([...lines].map(([, setting = '', value = '']) => [setting, value]));
}

describe.each([SINGLE, TEMPLATE])('%s', (name) => {
  it.skipIf(!hasTool('systemd-analyze'))('is hardened', () => {
    const args = ['security', '--offline=true', '--no-pager', join(FOLDER, name)];
    const { stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    const exposure = /exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1];
    expect(Number(exposure)).toBeLessThanOrEqual(MOST_EXPOSURE);
  });

  it.skipIf(!hasTool('systemd-analyze'))('has nothing that systemd complains about', () => {
    const unit = read(name)
      .replace('/usr/bin/node', process.execPath)
      .replace('/opt/codesubmit-lever/', ROOT);
    const file = join(scratch, name.replace('@', '@acme'));
    writeFileSync(file, unit);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

it('the template is the same unit, with a name in its paths', () => {
  const withoutName = read(TEMPLATE).replaceAll(/\/%i(?=\/)|-%i| \(%i\)/g, '');
  const settings = (text: string): string =>
    text.slice(text.indexOf('[Unit]')).replaceAll(/^#.*\n/gm, '');
  expect(settings(withoutName)).toBe(settings(read(SINGLE)));
});

describe('the command for an admin', () => {
  /** What it would run, by a `sudo` that only prints. */
  function commandFor(env: Record<string, string>): string {
    writeFileSync(join(scratch, 'sudo'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
    const PATH = `${scratch}:${String(process.env.PATH)}`;
    const script = join(FOLDER, 'codesubmit-lever.sh');
    return spawnSync(script, ['status'], { env: { PATH, ...env }, encoding: 'utf8' }).stdout;
  }

  it.each([
    [SINGLE, {}, ''],
    [TEMPLATE, { INTEGRATION: 'acme' }, 'acme/'],
  ])('reads the settings and the key of %s', (name, env, folder) => {
    const fill = (value = ''): string => value.replace('%i', 'acme');
    const settings = settingsOf(name);
    const file = `/etc/codesubmit-lever/${folder}`;
    expect(fill(settings.get('EnvironmentFile'))).toBe(`${file}env`);
    expect(fill(settings.get('LoadCredential'))).toContain(`:${file}secret-key`);
    const command = commandFor(env);
    expect(command).toContain(`-u ${fill(settings.get('User'))} `);
    expect(command).toContain(`CODESUBMIT_LEVER_SECRET_KEY_FILE=${file}secret-key`);
    expect(command).toContain(`--env-file=${file}env`);
    expect(command).toMatch(/codesubmit-lever\.js status\n$/);
  });

  it('finds the data directory of the unit in the example settings', () => {
    const print = 'process.stdout.write(process.env.CODESUBMIT_LEVER_HOME)';
    const args = [`--env-file=${join(FOLDER, 'env.example')}`, '-e', print];
    const { stdout } = spawnSync(process.execPath, args, { env: {}, encoding: 'utf8' });
    expect(stdout).toBe(`/var/lib/${String(settingsOf(SINGLE).get('StateDirectory'))}`);
  });
});
