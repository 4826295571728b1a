/** What people read at a real terminal: columns that line up in every script. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { widthInCells } from '../../src/cli/terminal/layout.js';
import { ProgramRig } from '../rigs/program.js';
import { hasTmux, Terminal } from '../support/terminal.js';

// Terminals disagree about letters that are drawn together, as in शर्मा.
const SENT = ['Ada Fictional', '山田 太郎', 'Zoë 👩‍💻 Unreal'];
const NAMES = [...SENT, '김 철수', 'สมชาย ใจดี', 'नमन मीरा', 'שָׁלוֹם', '🪿 Goose', '🇩🇪 ☎️ 👍🏽'];

let live: ProgramRig;
let terminal: Terminal;

beforeAll(async () => {
  live = await ProgramRig.setUp();
  for (const [n, name] of SENT.entries()) {
    const id = live.candidate(`Candidate ${n}`);
    live.simulator.lever.contacts.rename(id, name);
    live.move(id);
    await live.run('send', id, '--yes');
  }
});
afterAll(() => live.close());

async function open(): Promise<void> {
  const env = { ...live.environment, TERM: 'screen-256color' };
  terminal = await Terminal.open({ folder: live.folder, env, rows: 24 });
  await terminal.enter(`alias lever='${process.execPath} ${live.program}'`);
}

async function run(command: string): Promise<void> {
  await terminal.enter(`${command}; echo "ended with $?"`);
}

/** Waits until the command has ended, with that exit code. */
async function endsWith(code: number): Promise<void> {
  await terminal.until('the shell is back', new RegExp(`^(\\$ )?ended with ${code}$`, 'm'));
}

afterEach(() => terminal.close());

describe.skipIf(!hasTmux())('a table', () => {
  it('counts cells as the terminal does', async () => {
    await open();
    const file = join(live.folder, 'name');
    for (const [n, name] of NAMES.entries()) {
      writeFileSync(file, `${n}: ${name}.`);
      await terminal.enter(`clear; cat '${file}'; read wait`);
      await terminal.until(name, new RegExp(`^${n}: .*\\.$`, 'm'));
      expect([name, await terminal.cursorColumn()]).toEqual([name, widthInCells(`${n}: ${name}.`)]);
      await terminal.press('Enter');
    }
  });

  it('lines up, with relative times or exact ones', async () => {
    await open();
    await run('lever status');
    await endsWith(0);
    const rows = (await terminal.lines()).filter((line) => /^\d+ /.test(line));
    expect(rows).toHaveLength(SENT.length);
    const ends = rows.map((row) => widthInCells(row.slice(0, row.indexOf('Backend API'))));
    expect(new Set(ends).size).toBe(1);
    expect(rows[0]).toMatch(/Backend API {2}· queued {2}(just now|\d+ (s|min) ago)$/);
    await run('lever status --utc');
    await terminal.until('an exact time', /queued {2}\d{4}-\d\d-\d\dT[\d:.]+Z$/m);
  });

  it('wraps within its columns in a narrow terminal', async () => {
    await open();
    await terminal.resize(48, 40);
    await run('lever status --utc');
    await endsWith(0);
    const row = (await terminal.lines()).findIndex((line) => line.startsWith('1 '));
    const [first = '', second = ''] = (await terminal.lines()).slice(row);
    expect(first).toMatch(/^1 {3}Ada\S* +Backend +· queued +\d{4}-/);
    expect(second).toMatch(/^ {4}\S+ +API +\S+$/);
  });
});

it.skipIf(!hasTmux())(
  'removes a line of progress before a question, and before an error',
  async () => {
    await open();
    await run('lever rules remove 1');
    await terminal.until('the question', /^\? Remove rule 1/m);
    await terminal.press('C-c');
    await endsWith(130);
    writeFileSync(join(live.folder, 'no-copy'), 'x');
    await run('clear; lever restore no-copy');
    await terminal.until('the error', /^codesubmit-lever: /m);
  },
);
