/**
 * Every text from a vendor contains terminal commands: none of them reaches a terminal, whatever is
 * run.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { machineClock } from '../../src/domain/clock.js';
import { signedBody } from '../../src/simulator/lever/sign-webhook.js';
import { runHere, type Printed } from '../rigs/command-line.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, SIGNING_TOKEN, TAG, type RunningDaemon } from '../rigs/program.js';
import { hasTmux, Terminal } from '../support/terminal.js';
import { VendorTap } from '../rigs/vendor-tap.js';

/** Sets the clipboard, a colour, clears the screen, reverses the line, goes back, starts a line. */
const CANARY =
  ' \u001b]52;c;eA==\u0007\u001b[35m\u009b2J\u0090\u202e\u2066\u200f\r\b\u007f\nINJECTED';
const SHOWN = '\\u001b]52;c;eA==\\u0007';
const OBEYED =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
/** A line started by a vendor; on a narrow terminal we break lines ourselves. */
const BEGUN = /^INJECTED/m;
/** Our own styling. */
const OURS = /\u001b\[(?:1|2|22|31|32|33|39|0)m/g;
/**
 * What answers are recognised by, a list's position, and the candidate's link: with anything more
 * they would be no answers, and no link that may be handed on.
 */
const KEPT = /(^i|I|_i)ds?$|^(stage|contact|posting|next|email|event|createdAt|created_at|url)$/;

/** Every other text of an answer with the canary appended, and one more in every list of texts. */
function poisoned(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return KEPT.test(key) ? value : value + CANARY;
  if (Array.isArray(value)) {
    if (value.length === 0 || !value.every((one) => typeof one === 'string')) {
      return value.map((one) => poisoned(one, key));
    }
    return KEPT.test(key) ? value : [...value, `codesubmit:\u009bbackend`, CANARY];
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, poisoned(part, name)]),
  );
}

function poison(body: string): string {
  return body === '' ? body : JSON.stringify(poisoned(JSON.parse(body)));
}

let live: ProgramRig;
let daemon: RunningDaemon;
let invited: string;

/** Fails when a terminal would obey something in it. */
function check(text: string): void {
  const plain = text.replace(OURS, '');
  const at = plain.search(OBEYED);
  expect(at === -1 ? '' : JSON.stringify(plain.slice(Math.max(0, at - 200), at + 40))).toBe('');
}

async function run(words: readonly string[], columns?: number): Promise<Printed> {
  const configFolder = join(live.folder, 'config');
  const printed = await runHere(
    words,
    { env: live.environment, configFolder, clock: machineClock },
    columns,
  );
  check(printed.stdout);
  check(printed.stderr);
  if (columns === undefined) expect(printed.stdout + printed.stderr).not.toMatch(BEGUN);
  return printed;
}

const idOf = (list: readonly { id: string }[], at: number) => list[at]!.id;

beforeAll(async () => {
  live = await ProgramRig.start();
  const { simulator } = live;
  for (const vendor of ['lever', 'codesubmit'] as const)
    (await VendorTap.before(live, vendor)).rewrite = poison;
  const stage = simulator.lever.account.getStage('Take-home').id;
  const challenge = idOf(simulator.codesubmit.tests, 0);
  const rule = (tag: string, at: number) =>
    `stage=${stage};tag=${tag};challenge=${idOf(simulator.codesubmit.tests, at)}`;
  const more = ['--public-url', 'https://bridge.example.com', '--brake', '2/10'];
  const rules = ['--rule', rule(TAG, 0), '--rule', rule('codesubmit:mobile', 3)];
  const { code, stderr } = await run(['setup', '--no-input', ...rules, ...more]);
  if (code !== 0) throw new Error(`setup failed for ${challenge}: ${stderr}`);
  daemon = await live.serve();
  invited = live.candidate('Ada Fictional-Person');
  live.move(invited);
  await live.deliver(daemon, invited);
  const link = () => live.simulator.lever.opportunities.sight(invited, 0).contact.links[0];
  await eventually('the link is in Lever', link);
  const others = ['Bea', 'Cleo', 'Dina'].map((name) => live.candidate(`${name} Fictional-Person`));
  others.push(live.candidate('Near Fictional-Person', 'Phone screen', ['sourced']));
  for (const id of others) live.move(id);
  for (const id of others) await live.deliver(daemon, id);
  await eventually('the others are held', async () => {
    const { held } = await live.status();
    const reasons = new Set(held.map(({ reason }) => reason));
    return reasons.has('brake') && reasons.has('near_tag');
  });
});

afterAll(() => live.close());

const COMMANDS = [
  'status',
  'status WHO',
  'status Fictional-Person',
  'preview --all',
  'doctor',
  'rules list',
  'progress',
  'approve --all',
  'approve Fictional-Person',
  'send WHO --dry-run',
  'send Fictional-Person',
  'forget WHO',
  'rules add stage=nonsense;tag=a;challenge=b',
  'setup --no-input --rule stage=nonsense;tag=a;challenge=b',
  'setup --no-input --perform-as nonsense',
  'status CANARY',
];

function wordsOf(command: string): string[] {
  const standing: Record<string, string> = { WHO: invited, CANARY: CANARY.replace('\n', '') };
  return command.split(' ').map((word) => standing[word] ?? word);
}

it.each([
  ['off a terminal', undefined],
  ['in a terminal', 80],
])('what commands print %s', async (_, columns) => {
  const shown: string[] = [];
  for (const command of COMMANDS) {
    const { stdout, stderr } = await run(wordsOf(command), columns);
    if ((stdout + stderr).replace(/\s/g, '').includes(SHOWN)) shown.push(command);
  }
  // Most of them contain vendors' texts, so this tests something.
  expect(shown.length).toBeGreaterThan(COMMANDS.length / 2);
});

it.each(['status', 'status WHO', 'preview --all', 'doctor', 'rules list', 'progress'])(
  '%s as JSON is one document',
  async (command) => {
    const { stdout } = await run([...wordsOf(command), '--json']);
    expect(() => JSON.parse(stdout)).not.toThrow();
    expect(stdout).not.toMatch(/[^\\]\\n/);
  },
);

it('the daemon’s log', async () => {
  const event = { event: `x${CANARY}`, triggeredAt: Date.now(), data: {} };
  const accepted = () => daemon.output.stdout.split('"delivery accepted"').length;
  const before = accepted();
  expect(await live.post(daemon, JSON.stringify(signedBody(event, SIGNING_TOKEN)))).toBe(200);
  await eventually('it is logged', () => accepted() > before);
  const { stdout, stderr } = daemon.output;
  expect(stdout).toContain('decided');
  check(stdout);
  check(stderr);
});

it.runIf(hasTmux())('the questions in a terminal', async () => {
  const terminal = await Terminal.open({ folder: live.folder, env: live.environment });
  try {
    const program = `${process.execPath} ${live.program}`;
    await terminal.command(`${program} approve --all`);
    await terminal.until('the question', /\(y\/N\)/);
    await terminal.press('C-c');
    await terminal.command(`${program} forget ${invited}`);
    await terminal.until('the question', /Forget[^]*\(y\/N\)|forget[^]*\? [^]*\(y\/N\)/);
    await terminal.press('C-c');
    await terminal.command(`${program} setup`);
    await terminal.choose('What do you want to change?', 'Who gets which challenge');
    await terminal.choose('These rules are kept from before.', 'Start over');
    await terminal.search('Which stage starts the challenge?', 'choose', 'Choose challenges');
    await terminal.search('Which stage starts the challenge?', 'take', 'Take-home');
    await terminal.search('Which challenge?', 'backend', 'Backend API');
    await terminal.choose('Who in that stage gets it?', 'Candidates with a tag');
    await terminal.answer('Which tag in Lever?', '');
    await terminal.untilAsked('Another rule?');
    await terminal.press('C-c');
    await terminal.until('the end', /Interrupted[^]*\n\$$/);
    await eventually('it is shown', () => terminal.record().includes(SHOWN));
    const record = terminal.record();
    expect(record).not.toMatch(/\u001b(?:\]52|\[35m)|[\u0090\u009b\u200f\u202e\u2066]/);
  } finally {
    await terminal.close();
  }
});
