/** `rules`: lists, adds and removes who gets which challenge. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { type CommandSpec, onApp, PACKAGE_FOLDER, refuseCommand } from '../command.js';
import type { App } from '../../admin/app.js';
import type { ExistingPeople, ListedRule } from '../../admin/setup/rules.js';
import {
  challengeInWords,
  DEFAULT_REUSE_DAYS,
  EVERY_CHALLENGE,
  EVERY_IN_WORDS,
} from '../../domain/rule.js';
import { AppError } from '../../domain/errors.js';
import { RULE_FORM } from '../../domain/rule-spec.js';
import { writeNamedFile, type Consent, type Io } from '../terminal/io.js';
import {
  confirmSending,
  onPeople,
  sayExisting,
  sayRecipients,
  sendingInWords,
  tryEffect,
  whatFollows,
} from '../terminal/confirm-sending.js';
import { printTable, printTags } from '../terminal/layout.js';
import { showPreview } from './preview.js';

interface ListOptions {
  json?: boolean;
  recruiters?: string | true;
}

type AddOptions = Consent & { existing: ExistingPeople };

const listCommand: CommandSpec = {
  words: 'list',
  does: 'list the rules',
  isDefault: true,
  flags: { '--json': 'print JSON' },
  options: [
    new Option(
      '--recruiters [FILE]',
      'write a page for recruiters, with these stages and tags',
    ).conflicts('json'),
  ],
  help: 'The page is Markdown, or HTML where FILE ends in .html.',
  examples: ['codesubmit-lever rules --recruiters recruiters.html'],
  // commander runs this default command for an unknown one too, with the unknown word and what follows as its
  // arguments.
  adjust: (command) => command.argument('[word...]').usage('[options]'),
  run: async ({ io, withApp }, [word]: string[], options: ListOptions, { parent }: Command) => {
    // A flag before the name of another command makes commander run this default one.
    if (parent?.commands.some((one) => one.name() === word) === true) {
      const hint = `Put it first: codesubmit-lever rules ${word} …`;
      throw new AppError('usage', `“${word}” comes before its flags.`, hint);
    }
    if (word !== undefined && parent) refuseCommand(parent, word);
    const { listRenamed, listRules } = await import('../../admin/setup/rules.js');
    await withApp(async (app) => {
      const listed = listRules(app);
      if (options.json === true) io.json(listed);
      else if (options.recruiters !== undefined) await writePage(io, listed, options.recruiters);
      else printRules(io, listed, listRenamed(app));
    });
  },
};

/** Prints the rules, the tags to copy, and those that name another challenge than they did. */
function printRules(
  io: Io,
  listed: readonly ListedRule[],
  renamed: readonly { was: string; is: string }[],
): void {
  if (listed.length === 0) {
    io.say('No rules. Add one: codesubmit-lever rules add --help');
    return;
  }
  const rows = listed.map((rule) => [
    String(rule.id),
    rule.stage.name,
    rule.tag,
    rule.challenge.id === EVERY_CHALLENGE ? EVERY_IN_WORDS : rule.challenge.name,
    rule.options,
  ]);
  printTable(io, ['ID', 'STAGE', 'TAG', 'CHALLENGE', 'OPTIONS'], rows);
  // Several rules may use the same tag.
  const tags = new Map(listed.flatMap((rule) => rule.tags.map((one) => [one.tag, one])));
  if (tags.size === 0) return;
  io.out('\nThe tags to copy:');
  printTags(io, [...tags.values()]);
  if (renamed.length === 0) return;
  io.out('\nRenamed in CodeSubmit; replace these tags in Lever:');
  for (const { was, is } of renamed) io.out(`${was} → ${is}`);
}

/** Writes the page for recruiters to the file, as HTML if its name ends so; `true` stands for stdout, in Markdown. */
async function writePage(
  io: Io,
  listed: readonly ListedRule[],
  file: string | true,
): Promise<void> {
  const { HTML, MARKDOWN, recruitersPage } = await import('../../admin/setup/recruiters-page.js');
  const isHtml = file !== true && file.endsWith('.html');
  const name = isHtml ? 'dist/recruiters.html' : 'docs/recruiters.md';
  const template = readFileSync(join(PACKAGE_FOLDER, name), 'utf8');
  const page = recruitersPage(template, listed, isHtml ? HTML : MARKDOWN);
  if (file === true) {
    io.raw(page.trimEnd());
    return;
  }
  writeNamedFile(file, page, 'rules --recruiters');
  io.say(`Wrote ${file}. Give it to your recruiters; write it again when stages or tags change.`);
}

const addRuleCommand: CommandSpec = {
  words: 'add <RULE>',
  does: 'add a rule, or change the one with this stage and tag',
  flags: {
    '-y, --yes': 'don’t ask before candidates are invited',
    '--dry-run': 'only show who would get which challenge',
  },
  options: [
    new Option('--existing <WHAT>', 'what happens to candidates already in the stage')
      .choices(['leave', 'invite'])
      .default('leave'),
  ],
  help: `RULE is written as:
  ${RULE_FORM.replace('[', '\n  [')}
  stage, challenge   a name or an id
  tag                the tag in Lever; * for candidates without a challenge tag;
                     PREFIX:* with challenge=* for every challenge by its tag
  due-days           due this many days after it is sent
  time-limit         minutes to work on it
  delay              minutes to wait after the move
  reuse-days         when the same person may get it again (${DEFAULT_REUSE_DAYS})
Write \\; for a semicolon in a name, and quote the whole rule for the shell.`,
  examples: [
    "codesubmit-lever rules add 'stage=Take-home;tag=codesubmit:*;challenge=*'",
    "codesubmit-lever rules add 'stage=Take-home;tag=*;challenge=SQL;due-days=7'",
  ],
  run: onApp(addOrChange),
};

/**
 * Adds the rule that `text` describes, or changes the one with its stage and tag. Asks first if a candidate would get a
 * challenge because of it. In a dry run only shows who would get what.
 */
async function addOrChange(io: Io, app: App, text: string, options: AddOptions): Promise<void> {
  const { addRule, planRule } = await import('../../admin/setup/rules.js');
  const { existing } = options;
  const planned = await planRule(app, text, onPeople(io));
  if (options.dryRun === true) {
    await showPreview(io, app, {}, { planned, existing });
    return;
  }
  const effect = await tryEffect(io, app, { planned, existing });
  if (!(await confirmSending(io, effect?.recipients, options))) return;
  const activated = await addRule(app, planned, existing);
  // Rules that are active from now on. One that was only changed stays active since it was added, so it isn't here.
  io.say(`${activated.length > 0 ? 'Added' : 'Changed'}. ${whatFollows(app)}`);
  sayExisting(io, effect);
  const { findUnknownTags } = await import('../../admin/setup/answers.js');
  for (const trouble of await findUnknownTags(app, activated)) io.say(trouble);
}

const removeCommand: CommandSpec = {
  words: 'remove <ID>',
  does: 'remove a rule by its number in `rules list`',
  flags: { '-y, --yes': 'don’t ask' },
  examples: ['codesubmit-lever rules remove 2 --yes'],
  run: onApp(async (io, app, id: string, options: Consent) => {
    const { getRule, removeRule } = await import('../../admin/setup/rules.js');
    const found = getRule(app, id);
    const rule = `rule ${id} (“${found.stageName}”, ${found.tag} → ${challengeInWords(found)})`;
    // Candidates with the tags of two rules are on hold: one rule less may send to them.
    const isInUse = app.integration.isInUse();
    const effect = isInUse ? await tryEffect(io, app, { removed: id }) : undefined;
    const { recipients } = effect ?? { recipients: [] };
    sayRecipients(io, recipients);
    const sent = recipients.length > 0 ? ` This sends ${sendingInWords(recipients)}.` : '';
    const unless = 'unless another rule of the stage does it';
    const question = `Remove ${rule}? Candidates it would have invited won’t be, ${unless}.${sent}`;
    if (!(await io.confirm(question, options))) return;
    await removeRule(app, id);
    io.say(`Removed rule ${id}.`);
  }),
};

export const rulesCommand: CommandSpec = {
  words: 'rules',
  does: 'list, add or remove rules',
  examples: ["codesubmit-lever rules add 'stage=Take-home;tag=codesubmit:*;challenge=*'"],
  below: [listCommand, addRuleCommand, removeCommand],
};
