/** `demo`: the whole integration offline, against the simulator, from setup to the link in Lever. */
import type { Command } from 'commander';
import { addCommand } from '../add-command.js';
import type { ContextOf } from '../create-context.js';
import { runUntilSignal } from '../run-until-signal.js';

/** The demo's daemon finishes its work first. */
const END_WITHIN_MS = 15_000;

export function addDemo(program: Command, contextOf: ContextOf): void {
  addCommand(program, {
    words: 'demo',
    does: 'try the whole integration offline',
    flags: { '--auto': 'move three candidates by itself, then stop' },
    examples: ['codesubmit-lever demo --auto'],
  }).action(async (options: { auto?: boolean }) => {
    await runUntilSignal(END_WITHIN_MS, async (stopSignal) => {
      const context = await contextOf();
      const { runDemo } = await import('../demo/run-demo.js');
      const isAuto = options.auto === true || !context.io.isInteractive;
      await runDemo(context, { isAuto, stopSignal });
    });
  });
}
