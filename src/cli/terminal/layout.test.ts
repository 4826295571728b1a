/** In a narrow terminal, words, commands and a list's second column stay whole. */
import { expect, it } from 'vitest';
import { createIo } from './io.js';
import { printTable, wrapProse } from './layout.js';

it.each<[string, string, string[]]>([
  [
    'a sentence',
    'Each candidate moved to a stage in Lever gets the right challenge, once.',
    ['Each candidate moved to a stage in Lever', 'gets the right challenge, once.'],
  ],
  [
    'what follows a sign',
    '\u001b[33m!\u001b[39m Lever’s webhook is not verified yet; sweeps do the work.',
    ['\u001b[33m!\u001b[39m Lever’s webhook is not verified yet;', '  sweeps do the work.'],
  ],
  [
    'a list',
    '  ☑ add, remove tags    telling recruiters why',
    ['  ☑ add, remove tags    telling', '                        recruiters why'],
  ],
  [
    'an indented dash',
    '  - give its signing token, which Lever shows there',
    ['  - give its signing token, which Lever', '    shows there'],
  ],
  [
    'a command at the end',
    '! The daemon does not run yet, so run: codesubmit-lever serve',
    ['! The daemon does not run yet, so run:', '  codesubmit-lever serve'],
  ],
  [
    'commands within',
    'If so run: codesubmit-lever settle 1 --sent --link URL; if not: codesubmit-lever settle 1 --not-sent',
    [
      'If so run:',
      'codesubmit-lever settle 1 --sent --link URL;',
      'if not:',
      'codesubmit-lever settle 1 --not-sent',
    ],
  ],
  [
    'a command with a quoted rule',
    "→ Run: codesubmit-lever rules add 'stage=Take home;tag=a;challenge=Backend API'",
    ['→ Run:', "  codesubmit-lever rules add 'stage=Take home;tag=a;challenge=Backend API'"],
  ],
  [
    'a command of two words',
    '→ Start it: codesubmit-lever serve, or at every boot: codesubmit-lever service install',
    [
      '→ Start it: codesubmit-lever serve, or',
      '  at every boot:',
      '  codesubmit-lever service install',
    ],
  ],
  [
    'a flag’s word',
    'Accept the risk: codesubmit-lever setup --unreadable-list send, or wait.',
    ['Accept the risk:', 'codesubmit-lever setup --unreadable-list send,', 'or wait.'],
  ],
  [
    'a command of another program',
    '→ Give it to a user: sudo chown -R USER DIR, then run it again.',
    ['→ Give it to a user:', '  sudo chown -R USER DIR, then run it', '  again.'],
  ],
  [
    'a sentence after a command of another program',
    'Set the clock: sudo timedatectl set-ntp true. Then run it again.',
    ['Set the clock:', 'sudo timedatectl set-ntp true. Then run', 'it again.'],
  ],
  [
    'what follows a command',
    'Other holds are fixed: codesubmit-lever status says what is missing.',
    ['Other holds are fixed:', 'codesubmit-lever status says what is', 'missing.'],
  ],
  [
    'an address that is longer than a line',
    'Lever: https://hooks.example.com/webhooks/lever/01f34b4939b3 is it',
    ['Lever:', 'https://hooks.example.com/webhooks/lever/01f34b4939b3', 'is it'],
  ],
  ['what fits', 'Ten minutes.', ['Ten minutes.']],
])('%s', (_, line, expected) => {
  expect(wrapProse(line, 40)).toEqual(expected);
});

it('breaks nothing off a terminal', () => {
  expect(wrapProse('word '.repeat(100), Infinity)).toHaveLength(1);
});

it('prints a name with a letter that is wider than its column', async () => {
  let shown = '';
  const stdout = { isTTY: true, columns: 20, write: (text: string) => (shown += text) };
  const env = { NO_COLOR: '1' };
  const io = await createIo({ ...process, stdout, env } as unknown as NodeJS.Process);
  const wide = `ｶ${'ﾞ'.repeat(12)}`;
  printTable(io, ['WHO', 'WHAT'], [[`Ada${wide}`, 'a-challenge-with-a-long-name']]);
  expect(shown).toContain(`\n${wide}`);
});
