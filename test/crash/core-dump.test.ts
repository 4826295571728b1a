/** The core that a crash of Node leaves, where nothing forbids cores, holds no secret. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { ProgramRig, SIGNING_TOKEN } from '../rigs/program.js';

let live: ProgramRig;
afterAll(() => live.close());

it.runIf(process.platform === 'linux')(
  'a daemon that crashes writes no key into its core',
  async () => {
    live = await ProgramRig.setUp();
    const wrapper = ['sh', '-c', `cd '${live.folder}'; ulimit -c unlimited; exec "$@"`, 'sh'];
    const daemon = await live.serve(wrapper);
    const filter = `/proc/${String(daemon.process.pid)}/coredump_filter`;
    expect(readFileSync(filter, 'utf8').trim()).toBe('00000000');
    expect((await daemon.kill('SIGABRT')).signal).toBe('SIGABRT');
    // The system may send cores elsewhere.
    const cores = readdirSync(live.folder).filter((name) => name.startsWith('core'));
    for (const name of cores) {
      const core = readFileSync(join(live.folder, name), 'latin1');
      const keys = [seedLeverApiKey, seedCodeSubmitApiKey, SIGNING_TOKEN];
      expect(keys.filter((key) => core.includes(key))).toEqual([]);
    }
  },
);
