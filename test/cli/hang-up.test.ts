/** A terminal that is closed under a daemon ends it; once it crashed there and spun for ever. */
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, LiveIntegration } from '../support/live-integration.js';
import { hasTmux, Terminal } from '../support/terminal.js';

let live: LiveIntegration;
afterEach(async () => {
  await live.close();
});

/** Processes that run on this very home. */
function running(home: string): number {
  const { stdout } = spawnSync('sh', ['-c', `grep -lsa '${home}' /proc/[0-9]*/environ`]);
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '').length;
}

describe.skipIf(!hasTmux())('a closed terminal', () => {
  it('ends the daemon that ran in it', async () => {
    live = await LiveIntegration.setUp();
    const env = Object.fromEntries(
      Object.entries(live.environment).map(([name, value]) => [name, value ?? '']),
    );
    const terminal = await Terminal.open({ folder: live.folder, env });
    await terminal.enter(`${process.execPath} ${live.program} serve --port 0`);
    await terminal.until('the daemon listens', /listening/);
    expect(running(live.home)).toBeGreaterThan(0);
    await terminal.close();
    await eventually('it has ended', () => (running(live.home) === 0 ? true : undefined));
    expect((await live.status()).integration.state).toBe('active');
  });
});
