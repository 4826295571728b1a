/** `rules`: who gets which challenge, as a list that can be changed. */
import { Option, type Command } from 'commander';
import type { ExistingPeople } from '../../app/activate-rules.js';
import type { ContextOf } from '../command-context.js';
import { printTable } from '../table.js';

interface ListOptions {
  json?: boolean;
}

export function addRules(program: Command, contextOf: ContextOf): void {
  const rules = program
    .command('rules')
    .description('who gets which challenge: list, add, remove')
    .addHelpText(
      'after',
      '\nExample:\n  $ codesubmit-lever rules list\n' +
        "  $ codesubmit-lever rules add 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API'",
    );
  addList(rules, contextOf);
  addAdd(rules, contextOf);
  addRemove(rules, contextOf);
}

function addList(rules: Command, contextOf: ContextOf): void {
  rules
    .command('list', { isDefault: true })
    .description('list the rules')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever rules list --json')
    .action(async (options: ListOptions) => {
      const { io, withHouse } = await contextOf();
      const { listRules } = await import('../../app/change-rules.js');
      const listed = await withHouse(listRules);
      if (options.json === true) {
        io.json(listed);
        return;
      }
      if (listed.length === 0) io.say('No rules. Add one: codesubmit-lever rules add --help');
      const rows = listed.map((rule) => [
        String(rule.id),
        rule.stage.name,
        rule.tag,
        rule.challenge.name,
        rule.options,
      ]);
      if (rows.length > 0) printTable(io, ['ID', 'STAGE', 'TAG', 'CHALLENGE', 'OPTIONS'], rows);
    });
}

function addAdd(rules: Command, contextOf: ContextOf): void {
  rules
    .command('add <RULE>')
    .description('add a rule, or change the one of the same stage and tag')
    .addOption(
      new Option('--existing <WHAT>', 'people who are in the stage already')
        .choices(['leave', 'invite'])
        .default('leave'),
    )
    .option('-y, --yes', 'accepted for scripts; nothing is asked')
    .addHelpText(
      'after',
      "\nExample:\n  $ codesubmit-lever rules add 'stage=Take-home;tag=codesubmit:backend;challenge=Backend;due-days=7'",
    )
    .action(async (text: string, options: { existing: ExistingPeople }) => {
      const { io, withHouse } = await contextOf();
      const { addRule } = await import('../../app/change-rules.js');
      const activated = await withHouse((house) =>
        addRule(house, text, options.existing, (people) => {
          io.progress(`${String(people)} people in the stage …`);
        }),
      );
      const [first] = activated;
      const left = options.existing === 'leave' ? 'left as they are' : 'to be invited';
      io.say(
        first
          ? `Added. In “${first.rule.stageName}” already, and ${left}: ${String(first.people)}.`
          : 'Changed.',
      );
    });
}

function addRemove(rules: Command, contextOf: ContextOf): void {
  rules
    .command('remove <ID>')
    .description('remove a rule by the number that `rules list` shows')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever rules remove 2')
    .action(async (id: string, options: { yes?: boolean }) => {
      const { io, withHouse } = await contextOf();
      const { removeRule } = await import('../../app/change-rules.js');
      await withHouse(async (house) => {
        const question = `Remove rule ${id}? Whoever it would have invited won’t be.`;
        if (!(await io.confirm(question, { isYes: options.yes === true }))) return;
        await removeRule(house, id);
        io.say(`Rule ${id} is removed.`);
      });
    });
}
