/**
 * One row of the table: something breaks, the program names it and its fix, exactly that is done,
 * and all is well.
 */
import { titleOf } from '../../src/admin/facts/facts.js';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import type { Ended } from '../rigs/program.js';
import type { FixWorld } from './fix-world.js';

/**
 * Where an admin looks: a check of `doctor`, a problem of `status`, a candidate's timeline, or a
 * failing command.
 */
export type Look =
  { doctor: string } | { status: string } | { story: string } | { command: readonly string[] };

/** One step that is done because the advice says so. */
export type Step = (advice: string, world: FixWorld) => Promise<unknown>;

export interface Fix {
  /** What breaks. */
  wrong: string;
  break: (world: FixWorld) => unknown;
  look: Look;
  /** The sentence that names the cause. */
  says: RegExp;
  /** The only check that `doctor` shows as failed, and the first line of `status`. */
  alone?: { check: string; first: RegExp };
  /** In order; each step finds in the advice what it does. */
  fix: readonly Step[];
  /** What a timeline must show in the end: its past stays in it. */
  isWell?: RegExp;
  /** Other checks and problems that this row shows, by name. */
  alsoCovers?: readonly string[];
  /** Restores everything for the next row, except what was fixed. */
  after?: (world: FixWorld) => unknown;
}

export const RUNNING = /^● Running[.,]/;
export const STUCK = /^● Running, but everything waits\./;
export const STOPPED = /^✗ Not running, last seen .*\. Nothing is sent\./;

const COMMAND = /codesubmit-lever ((?:'[^']*'|"[^"]*"|[^,;&'"]|,(?! ))+)/g;
/** Commands that ask at a terminal get a yes. */
const ASKING = /^(approve|send|settle|retry|revoke|resume|rules remove)\b/;

/** All commands of the program in the advice, each as its words. */
export function commandsIn(advice: string): string[][] {
  return [...advice.matchAll(COMMAND)].map(([, words = '']) => {
    const line = ASKING.test(words) ? `${words} --yes` : words;
    return (line.match(/(?:'[^']*'|"[^"]*"|\S)+/g) ?? []).map((word) =>
      word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
    );
  });
}

type Filled = Record<string, string | ((world: FixWorld) => string)>;

function fillIn(words: readonly string[], fill: Filled, world: FixWorld): string[] {
  const values = Object.entries(fill).map(
    ([name, value]) => [name, typeof value === 'string' ? value : value(world)] as const,
  );
  return words.map((word) =>
    values.reduce((text, [name, value]) => text.replaceAll(name, value), word),
  );
}

async function succeed(words: readonly string[], world: FixWorld): Promise<Ended> {
  const printed = await world.run(...words);
  const text = `${words.join(' ')}: ${printed.stdout}${printed.stderr}`;
  expect(printed.code, text).toBe(0);
  return printed;
}

/**
 * Runs the printed command, the first by default, with each capitalised word replaced by its value.
 */
export function types(fill: Filled = {}, which = 0): Step {
  return async (advice, world) => {
    const command = commandsIn(advice)[which];
    if (!command) throw new Error(`no command in: ${advice}`);
    await succeed(fillIn(command, fill, world), world);
  };
}

/** Clicks at a vendor, or does something to the machine; the advice must say so. */
export function does(where: RegExp, act: (world: FixWorld) => unknown): Step {
  return async (advice, world) => {
    expect(advice).toMatch(where);
    await act(world);
  };
}

/** Runs what is printed after `Run:` in a shell, such as chmod. */
export const runsInShell: Step = async (advice) => {
  const [, command = ''] = /Run: (.+)$/.exec(advice) ?? [];
  await promisify(execFile)('sh', ['-c', command]);
};

function wordsOf(look: Look): readonly string[] {
  if ('command' in look) return look.command;
  if ('story' in look) return ['status', look.story];
  return 'doctor' in look ? ['doctor', '--all'] : ['status'];
}

/** The sentence shown, with its fix; undefined when it isn't there, or fine. */
function findAdvice(text: string, look: Look, says: RegExp): string | undefined {
  const lines = text.split('\n');
  const index = lines.findIndex((line) => isOf(line, look) && says.test(line));
  if (index < 0) return undefined;
  const isFix = (line: string): boolean => /^\s*→/.test(line);
  const after =
    'story' in look ? lines.filter(isFix) : lines.slice(index).filter(isFix).slice(0, 1);
  return [lines[index] ?? '', ...after.map((line) => line.trim())].join(' ');
}

function isOf(line: string, look: Look): boolean {
  if ('story' in look || 'command' in look) return true;
  if ('doctor' in look) return new RegExp(`^[!✗] ${titleOf(look.doctor)}: `).test(line);
  return new RegExp(`^[!✗] .* \\[${look.status}\\]$`).test(line);
}

async function see(world: FixWorld, { look, says }: Fix): Promise<[string | undefined, string]> {
  const { code, stdout, stderr } = await world.run(...wordsOf(look));
  const text = stdout + stderr;
  if (!('command' in look)) return [findAdvice(stdout, look, says), text];
  return [code !== 0 && says.test(stderr) ? stderr.replaceAll('\n', ' ') : undefined, text];
}

/** Whether it is well now. */
function looksWell(text: string, { look, says, isWell = /./ }: Fix): boolean {
  if ('doctor' in look) return new RegExp(`^[✓·] ${titleOf(look.doctor)}: `, 'm').test(text);
  if ('story' in look) return isWell.test(text);
  if ('command' in look) return !says.test(text);
  return !text.split('\n').some((line) => isOf(line, look));
}

/** A morning is bad enough with one cause: what follows from it is no failure of its own. */
async function showAlone({ alone }: Fix, world: FixWorld): Promise<void> {
  if (alone === undefined) return;
  const { stdout } = await world.run('doctor');
  const failed = stdout.match(/^✗ [^:]+/gm);
  expect(failed).toEqual([`✗ ${titleOf(alone.check)}`]);
  const status = await world.run('status');
  expect(status.stdout.split('\n')[0]).toMatch(alone.first);
}

/** Without the passed checks. */
function worstOf(text: string): string {
  return text.replace(/^✓.*\n/gm, '');
}

export async function showFixed(fix: Fix, world: FixWorld): Promise<void> {
  await fix.break(world);
  let seen = '';
  const advice = await eventually(`it says ${String(fix.says)}`, async () => {
    const [found, text] = await see(world, fix);
    seen = text;
    return found;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${worstOf(seen)}`);
  });
  await showAlone(fix, world);
  for (const step of fix.fix) await step(advice, world);
  await eventually('it is well', async () => {
    const [, text] = await see(world, fix);
    seen = text;
    return looksWell(text, fix);
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${advice}\n${worstOf(seen)}`);
  });
  await fix.after?.(world);
}
