/** The demo says what it did, and what it did not do and why. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hasTmux, Terminal } from '../support/terminal.js';

describe.skipIf(!hasTmux())('demo', () => {
  let live: ProgramRig;
  let terminal: Terminal;
  let board: string;

  beforeAll(async () => {
    live = await ProgramRig.start();
    const browsed = join(live.folder, 'browsed');
    const env = { PATH: process.env['PATH'] ?? '', TMPDIR: live.folder };
    const BROWSER = join(live.folder, 'browser');
    writeFileSync(BROWSER, `#!/bin/sh\necho "$1" > ${browsed}\n`, { mode: 0o700 });
    terminal = await Terminal.open({
      folder: live.folder,
      env: { ...env, HOME: live.folder, BROWSER },
      columns: 80,
    });
    await terminal.enter(`${process.execPath} ${live.program} demo`);
    board = await eventually('the board is opened by BROWSER', () =>
      existsSync(browsed) ? readFileSync(browsed, 'utf8').trim() || undefined : undefined,
    );
  });
  afterAll(async () => {
    await terminal.close();
    await live.close();
  });

  async function move(name: string, stageId: string): Promise<void> {
    const state = await (await fetch(`${board}_simulator/state`)).json();
    const { lever } = state as { lever: { opportunities: { id: string; name: string }[] } };
    const id = lever.opportunities.find((one) => one.name === name)?.id;
    await fetch(`${board}_simulator/call`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ call: 'lever.actions.move', with: [id, stageId] }),
    });
  }

  it('offers the pages of both vendors, and breaks no word', async () => {
    await terminal.until('what to do', /Ctrl-C to stop the demo/);
    const screen = await terminal.screen();
    expect(screen).toContain(`Lever:       ${board}`);
    expect(screen).toMatch(/CodeSubmit: {2}http:\/\/127\.0\.0\.1:\d+\/challenges/);
    const lines = await terminal.lines();
    expect(lines).toContain('  • Hana Madeup, who has no e-mail address and goes on hold');
  });

  it('says who gets a challenge, and why another gets none', async () => {
    await move('Ada Fictional', 'Take-home');
    await terminal.until('the link', /✓ Ada Fictional: the link is in Lever\.\n {2}http/);
    await move('Farid Pretend', 'Take-home');
    await terminal.until(
      'the tag',
      /· Farid Pretend gets nothing: no rule of this stage uses codesubmit:frontend\./,
    );
    await move('Ada Fictional', 'Phone screen');
    await move('Ada Fictional', 'Take-home');
    await terminal.until('once is enough', /· Ada Fictional gets nothing: already has it\./);
  });

  it('by itself moves three, says what happened to each, and what to do next', async () => {
    const { stdout } = await live.succeed('demo', '--auto');
    expect(stdout).toMatch(/✓ Bruno Makebelieve: the link is in Lever\.\n {2}http/);
    expect(stdout).toContain('! Hana Madeup is on hold: no valid e-mail address in Lever.');
    expect(stdout).toContain('· Farid Pretend gets nothing: no rule of this stage uses');
    expect(stdout).not.toContain('Bruno Makebelieve gets nothing');
    expect(stdout).toMatch(
      /Next, practise setting it up, also offline:\n {2}.* simulator --practise\n$/,
    );
  });
});

it('says an unexpected error that ends the simulator', async () => {
  const fail = "process.once('SIGUSR2', () => { throw new Error('it broke'); })";
  const simulator = spawn(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(fail)}`,
      'bin/codesubmit-lever.js',
      'simulator',
      '--lever-port=0',
      '--codesubmit-port=0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let messages = '';
  simulator.stderr.setEncoding('utf8').on('data', (text: string) => (messages += text));
  await eventually('it runs', () => messages.includes('Press Ctrl-C'));
  const ended = once(simulator, 'close');
  simulator.kill('SIGUSR2');
  expect(await ended).toEqual([1, null]);
  expect(messages).toMatch(/codesubmit-lever: it broke\n {2}→ Run it again with --debug/);
});
