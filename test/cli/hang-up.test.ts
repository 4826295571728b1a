/**
 * A closed terminal ends what ran in it, in order. Node once crashed there, and the demo left its
 * files.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hasTool } from '../support/fault-tools.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';
import { hasTmux, Terminal } from '../support/terminal.js';

let live: ProgramRig;
afterEach(() => live.close());

/**
 * Runs the command in a terminal that is closed once it has printed that; resolves with how it
 * ended, in strace's words.
 */
async function hangUp(command: string, said: RegExp): Promise<string> {
  const end = join(live.folder, 'end');
  const { folder, environment } = live;
  const terminal = await Terminal.open({ folder, env: { ...environment, TMPDIR: folder } });
  // A tracer of its own session outlives the terminal.
  const watch = `strace -DDD -e trace=none -e signal=none -o ${end}`;
  await terminal.enter(`${watch} ${process.execPath} ${live.program} ${command}`);
  await terminal.until('it runs', said);
  await terminal.close();
  return eventually('it has ended', () => {
    const text = existsSync(end) ? readFileSync(end, 'utf8') : '';
    return /\+\+\+ (.*) \+\+\+\n/.exec(text)?.[1];
  });
}

describe.skipIf(!hasTmux() || !hasTool('strace'))('a closed terminal', () => {
  it('ends the daemon that ran in it, with 0', async () => {
    live = await ProgramRig.setUp();
    expect(await hangUp('serve --port 0', /Listening/)).toBe('exited with 0');
    expect((await live.status()).integration.state).toBe('active');
  });

  it('ends a waiting setup session, as interrupted', async () => {
    live = await ProgramRig.start();
    expect(await hangUp('setup', /Public address that Lever can reach/)).toMatch(
      /^(exited with 130|killed by SIGHUP)$/,
    );
  });

  it('ends the demo, which leaves nothing behind', async () => {
    live = await ProgramRig.start();
    expect(await hangUp('demo', /Ctrl-C to stop the demo/)).toBe('exited with 0');
    expect(readdirSync(live.folder).filter((name) => name.includes('demo'))).toEqual([]);
  });
});

it('a broken output pipe doesn’t end setup halfway', async () => {
  live = await ProgramRig.start();
  const rule = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API';
  const setup = live.start('setup', '--no-input', '--rule', rule);
  setup.process.stdout?.destroy();
  setup.process.stderr?.destroy();
  expect((await setup.ended).code).toBe(0);
  expect((await live.status()).integration).toMatchObject({ state: 'active', rules: [{}] });
});
