/** Whatever keeps a candidate from a challenge: the commands of the fix that is printed exist, with their flags. */
import { expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/main.js';
import { fixFor, howToSettle, REASON_CODES } from '../../src/domain/reasons.js';
import { commandsIn } from './fix.js';

const WHO = 'Ada Example';
const program = await buildProgram(() => Promise.reject(new Error('it would run')));

const printed: [reason: string, fix: string | null][] = [
  ...REASON_CODES.map((code): [string, string | null] => [code, fixFor(code, null, WHO)]),
  ['tag_changed', fixFor('already_invited', 'tag_changed', WHO)],
  ['uncertain', howToSettle(7)],
];

const commands = printed.flatMap(([reason, fix]) =>
  commandsIn(fix ?? '').map((words) => ({ reason, command: words.join(' '), words })),
);

it.each(commands)('$reason: $command', async ({ words }) => {
  await expect(program.parseAsync(words, { from: 'user' })).rejects.toThrow('it would run');
});
