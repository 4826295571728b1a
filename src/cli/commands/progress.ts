/** `progress`: lists CodeSubmit's status numbers, what each means, and a guess for the rest. */
import type { Command } from 'commander';
import type { NumberListing, NumbersReport } from '../../admin/status.js';
import { PROGRESS } from '../../domain/invitation.js';
import { addCommand } from '../add-command.js';
import type { ContextOf } from '../create-context.js';
import type { Io } from '../terminal/io.js';
import { printTable } from '../terminal/layout.js';
import { tellTimes, type TellTime } from '../../domain/format.js';

export function addProgress(program: Command, contextOf: ContextOf): void {
  addCommand(program, {
    words: 'progress',
    does: 'list CodeSubmit’s status numbers and their meanings',
    flags: { '--json': 'print JSON' },
    help: `CodeSubmit doesn’t document its numbers. Open an example there, see how far it
is, then say what each number means.`,
    examples: [
      'codesubmit-lever progress',
      'codesubmit-lever setup --status-map 1=invited,2=started,3=submitted',
    ],
  }).action(async (options: { json?: boolean }) => {
    const { io, withApp, runtime } = await contextOf();
    const { readNumbers } = await import('../../admin/status.js');
    const report = await withApp(readNumbers);
    if (options.json === true) io.json(report);
    else printNumbers(io, report, tellTimes(runtime.clock.now()));
  });
}

function printNumbers(io: Io, { numbers }: NumbersReport, tellTime: TellTime): void {
  if (numbers.length === 0) {
    io.say('No status number seen yet. They’re read a few minutes after a challenge is sent.');
    return;
  }
  const rows = numbers.map((one) => [
    String(one.number),
    meaningInWords(one),
    `${one.example.id} ${one.example.candidate ?? one.example.opportunityId}, ${one.example.challenge}`,
    tellTime(one.lastSeenAt),
  ]);
  printTable(io, ['NUMBER', 'MEANS', 'EXAMPLE', 'LAST SEEN'], rows);
  // The rest helps to give a meaning to those without one.
  if (numbers.every(({ meaning }) => meaning !== null)) return;
  io.say('\nA number without a meaning is ignored. Look up the examples in CodeSubmit.');
  const isGuessed = numbers.some(({ guess }) => guess !== null);
  const guessed = isGuessed ? ' A guess is used only once you confirm it.' : '';
  io.say(`Say what each means, as ${PROGRESS.join(', ')}.${guessed}`);
  const map = numbers.map((one) => `${one.number}=${one.meaning ?? one.guess ?? 'MEANING'}`);
  io.say(`  codesubmit-lever setup --status-map ${map.join(',')}`);
}

function meaningInWords({ meaning, guess }: NumberListing): string {
  if (meaning !== null) return meaning;
  return guess === null ? '?' : `? perhaps ${guess} (a guess)`;
}
