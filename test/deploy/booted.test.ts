/**
 * The service under a systemd that was really booted, in a container over a copy of this machine's files. It needs root
 * and systemd-nspawn; under `FULL_FAULTS=1` only.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { isFull } from '../support/fault-tools.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT_MS = 180_000;
/** Where cgroups are of the first version, a systemd of today boots only if it is told to. */
const isFirstCgroup = !existsSync('/sys/fs/cgroup/cgroup.controllers');
const ALONE = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const scratch = temporaryFolder();

const TRIAL = `#!/bin/bash
exec 2> /results/errors
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin
say() { printf '%s\\n' "$2" > "/results/$1"; }
cl() { node /opt/bridge/bin/codesubmit-lever.js "$@" 2>&1; }
pid() { systemctl show -P MainPID codesubmit-lever; }
# Until the command succeeds, for half a minute.
await() { for ((i = 0; i < 150; i++)); do "$@" && return; sleep 0.2; done; return 1; }
is_another() { local now; now=$(pid); [ "$now" != 0 ] && [ "$now" != "$1" ] && systemctl is-active --quiet codesubmit-lever; }
says() { [ "$(systemctl show -P StatusText codesubmit-lever)" = "$1" ]; }

useradd --create-home jo
mkdir -p /etc/codesubmit-lever
cat > /etc/codesubmit-lever/env <<'E'
LEVER_API_URL=http://127.0.0.1:8747/v1
CODESUBMIT_API_URL=http://127.0.0.1:8757
E
systemd-run --quiet --unit simulator node /opt/bridge/bin/codesubmit-lever.js simulator
await curl --silent --output /dev/null http://127.0.0.1:8757/
su jo -c "env $(tr '\\n' ' ' < /etc/codesubmit-lever/env) LEVER_API_KEY=${seedLeverApiKey} \\
  CODESUBMIT_API_KEY=${seedCodeSubmitApiKey} node /opt/bridge/bin/codesubmit-lever.js \\
  setup --no-input --rule 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API'" > /results/setup
home=/home/jo/.local/share/codesubmit-lever

say install "$(cl service install --home $home)"
say owner "$(ps -o user= -p "$(pid)")"
await says Ready; say status "$(systemctl show -P ActiveState codesubmit-lever)"
before=$(pid); kill -HUP "$before"; await true; say hangup "$([ "$(pid)" = "$before" ] && echo same)"
kill -KILL "$before"; await is_another "$before"; say killed "$?"
mkdir /etc/systemd/system/codesubmit-lever.service.d
printf '[Service]\\nWatchdogSec=2\\n' > /etc/systemd/system/codesubmit-lever.service.d/quick.conf
systemctl daemon-reload; systemctl restart codesubmit-lever
before=$(pid); kill -STOP "$before"; await is_another "$before"; say hung "$?"
mv /home/jo/.config /home/jo/.elsewhere; systemctl restart codesubmit-lever
say keyless "$(systemctl show -P ActiveState -P ExecMainStatus -P NRestarts codesubmit-lever)"
say errors-in-journal "$(journalctl -u codesubmit-lever -p err -o cat)"
mv /home/jo/.elsewhere /home/jo/.config
say again "$(cl service install --home $home)"
say lines "$(journalctl -u codesubmit-lever -p info..info -o cat | grep -m 1 listening)"
`;

const UNIT = `[Unit]
After=basic.target
[Service]
Type=oneshot
ExecStart=/results/trial
ExecStopPost=/usr/bin/systemctl poweroff --no-block
`;

/** Boots, runs the trial as a unit, and waits for the end. */
function boot(): void {
  const folder = (name: string): string => {
    mkdirSync(join(scratch, name), { recursive: true });
    return join(scratch, name);
  };
  const [upper, work, root, results] = [
    folder('upper'),
    folder('work'),
    folder('root'),
    folder('results'),
  ];
  writeFileSync(join(results, 'trial'), TRIAL, { mode: 0o755 });
  const units = folder('upper/etc/systemd/system');
  writeFileSync(join(units, 'trial.service'), UNIT);
  const script = `
    mount -t tmpfs none ${work} && mkdir ${work}/upper ${work}/work && cp -r ${upper}/. ${work}/upper/ &&
    mount -t overlay none -o lowerdir=/,upperdir=${work}/upper,workdir=${work}/work ${root} &&
    exec systemd-nspawn --quiet --register=no --keep-unit --private-network --directory=${root} --boot \\
      --bind-ro=${ROOT}:/opt/bridge --bind-ro=${process.execPath}:/usr/local/bin/node --bind=${results}:/results systemd.unit=trial.service \\
      ${isFirstCgroup ? 'systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1' : ''}`;
  const env = { ...process.env, ...(isFirstCgroup && { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '0' }) };
  // Mounts and processes are this shell's own, and end with it.
  const { stdout, stderr } = spawnSync('unshare', [...ALONE, 'sh', '-c', script], {
    ...{ env, encoding: 'utf8', timeout: LIMIT_MS, killSignal: 'SIGKILL' },
  });
  writeFileSync(join(results, 'console'), stdout + stderr);
}

const heard = (name: string): string => readFileSync(join(scratch, 'results', name), 'utf8').trim();

const canBoot =
  isFull && process.getuid?.() === 0 && spawnSync('systemd-nspawn', ['--version']).status === 0;

describe.skipIf(!canBoot)('under a booted systemd', () => {
  beforeAll(boot, LIMIT_MS + 10_000);

  it('the service is installed, runs as the owner of the data, and reports itself', () => {
    expect(heard('install')).toContain('“codesubmit-lever” runs now and at every boot, as jo');
    expect(heard('owner')).toBe('jo');
    expect(heard('status')).toBe('active');
  });

  it('continues after SIGHUP, and is restarted after kill -9 and when it hangs', () => {
    expect([heard('hangup'), heard('killed'), heard('hung')]).toEqual(['same', '0', '0']);
  });

  it('it stays down where a restart can’t help, and says why with the priority of an error', () => {
    expect(heard('keyless').split(/\s+/).sort()).toEqual(['0', '78', 'failed']);
    expect(heard('errors-in-journal')).toContain('secrets is missing');
    expect(heard('errors-in-journal')).not.toContain('"level":"info"');
    expect(heard('again')).toContain('is up to date');
    expect(heard('lines')).toContain('listening');
  });
});
