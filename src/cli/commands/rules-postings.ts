/** The postings commands of `rules`: list postings, put a rule's tag on them, remove it. */
import type { Command } from 'commander';
import type { ConnectedApp } from '../../app/connect-vendors.js';
import { AppError } from '../../domain/errors.js';
import { hasTag } from '../../domain/rule.js';
import type { Posting } from '../../domain/lever-ports.js';
import type { TagChange } from '../../setup/rules/tag-postings.js';
import type { ContextOf } from '../create-context.js';
import { type Consent, type Io, printPaged } from '../terminal/io.js';
import { printTable } from '../terminal/table.js';
import { choosePostings, namePosting, sayChanged } from '../wizard/postings-step.js';

export interface TagOptions extends Consent {
  /** True when the flag came without a value: the user then chooses from a list. */
  postings?: (string | true)[];
}

/** Parses a repeatable flag, with or without a value. */
export function collectPostings(value: string | undefined, all: unknown): (string | true)[] {
  return [...(Array.isArray(all) ? (all as (string | true)[]) : []), value ?? true];
}

export function addRulesPostings(rules: Command, contextOf: ContextOf): void {
  rules
    .command('postings')
    .description('list open postings and their tags')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever rules postings --json')
    .action(async (options: { json?: boolean }) => {
      const { io, withVendors } = await contextOf();
      const { listPostings } = await import('../../setup/rules/tag-postings.js');
      const postings = await withVendors((app) => listPostings(app.vendors.leverPostings()));
      if (options.json === true) io.json(postings);
      else {
        await printPaged(io, (page) => {
          printPostings(page, postings);
        });
      }
    });
  rules
    .command('tag <ID>')
    .description('put a rule’s tag on postings; candidates inherit it')
    .option(
      '--postings <NAME_OR_ID>',
      'a posting; repeatable (default: choose from a list)',
      collectPostings,
    )
    .option('--dry-run', 'only show which postings would change')
    .option('-y, --yes', 'don’t ask')
    .addHelpText(
      'after',
      '\nLever needs an acting user for this: setup --perform-as USER_ID.\n' +
        '\nExample:\n  $ codesubmit-lever rules tag 2 --postings "Senior Backend Engineer" --yes',
    )
    .action(async (id: string, options: TagOptions) => {
      const { io, withVendors } = await contextOf();
      const { getRule } = await import('../../setup/rules/change-rules.js');
      await withVendors(async (app) => {
        const { tag, stageName } = getRule(app, id);
        const postings = await findWanted(io, app, tag, options.postings ?? [true]);
        if (options.dryRun === true) {
          for (const posting of postings) io.out(`${tag} → ${namePosting(posting)}`);
        }
        const question =
          `Put ${tag} on ${postings.length} postings? Their candidates who came to “${stageName}” ` +
          'since the rule was added get the challenge.';
        if (!(await io.confirm(question, options))) return;
        await changeTags(io, app, { kind: 'add', tag }, postings);
      });
    });
}

function printPostings(io: Io, postings: readonly Posting[]): void {
  if (postings.length === 0) io.say('Lever has no open postings.');
  const rows = postings.map(({ id, title, location, tags }) => [
    id,
    title,
    location,
    tags.join(', '),
  ]);
  if (rows.length > 0) printTable(io, ['ID', 'POSTING', 'LOCATION', 'TAGS'], rows);
}

/** The postings named by the flags or chosen from the list, all checked. */
export async function findWanted(
  io: Io,
  app: ConnectedApp,
  tag: string,
  wanted: readonly (string | true)[],
): Promise<Posting[]> {
  const tagging = await import('../../setup/rules/tag-postings.js');
  tagging.requireTaggable(app.configuration.current().settings, tag);
  const isChosen = wanted.includes(true);
  if (isChosen && !io.isInteractive) {
    throw new AppError(
      'usage',
      'No posting is named, and no terminal is attached to choose one.',
      'Add --postings NAME_OR_ID; see: codesubmit-lever rules postings',
    );
  }
  io.progress('Reading the postings …');
  const postings = await tagging.listPostings(app.vendors.leverPostings());
  const named = tagging.findPostings(
    postings,
    wanted.filter((one) => one !== true),
  );
  if (!isChosen) return named;
  const chosen = await choosePostings(postings, ({ tags }) => hasTag(tags, tag));
  return [...new Set([...named, ...chosen])];
}

/** Removes the rule's tag from every posting, unless another rule needs it. */
export async function takeOff(io: Io, app: ConnectedApp, ruleId: string): Promise<void> {
  const tagging = await import('../../setup/rules/tag-postings.js');
  const { getRule } = await import('../../setup/rules/change-rules.js');
  const rule = getRule(app, ruleId);
  tagging.requireTaggable(app.configuration.current().settings, rule.tag);
  io.progress('Reading the postings …');
  const postings = await tagging.listPostings(app.vendors.leverPostings());
  const carriers = tagging.carriersOf(app, rule, postings);
  if (carriers.length === 0) {
    io.say(`No posting has ${rule.tag} for this rule alone.`);
    return;
  }
  await changeTags(io, app, { kind: 'remove', tag: rule.tag }, carriers);
}

export async function changeTags(
  io: Io,
  app: ConnectedApp,
  change: TagChange,
  postings: readonly Posting[],
): Promise<void> {
  const { changePostings } = await import('../../setup/rules/tag-postings.js');
  const changed = await changePostings(app.vendors.leverPostings(), postings, change, (done) => {
    io.progress(`${done} of ${postings.length} postings …`);
  });
  for (const line of sayChanged(changed, change.kind)) io.say(line);
}
