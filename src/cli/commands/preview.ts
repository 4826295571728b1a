/** `preview`: shows who would get which challenge now, and why not. Writes nothing. */
import type { App } from '../../admin/app.js';
import { describeReason, findReason } from '../../domain/reasons.js';
import type { Outcome, PreviewedPerson, PreviewReport } from '../../admin/preview.js';
import type { ExistingPeople, PlannedRules } from '../../admin/setup/rules.js';
import { onApp, type CommandSpec } from '../command.js';
import { onPeople } from '../terminal/confirm-sending.js';
import type { Io } from '../terminal/io.js';
import { printTable } from '../terminal/layout.js';
import { tellTimes, tellTimesIn, type TellTime } from '../../domain/format.js';
import { STATE_WORDS } from './state-words.js';

interface PreviewOptions {
  all?: boolean;
  json?: boolean;
}

export const previewCommand: CommandSpec = {
  words: 'preview',
  does: 'show who would get which challenge now, and why not',
  flags: {
    '--all': 'list everyone in the stages',
    '--json': 'print JSON',
  },
  help: 'With a rule that isn’t added yet: codesubmit-lever rules add RULE --dry-run',
  run: onApp((io, app, options: PreviewOptions) => showPreview(io, app, options)),
};

/**
 * Prints the preview. `added`: rules that aren't stored yet (`planned`), and what happens to candidates who are in their
 * stages already (`existing`).
 */
export async function showPreview(
  io: Io,
  app: App,
  options: PreviewOptions,
  added: { planned?: PlannedRules; existing?: ExistingPeople } = {},
): Promise<void> {
  const { preview } = await import('../../admin/preview.js');
  const report = await preview(app, { ...added, onProgress: onPeople(io) });
  if (options.json === true) io.json(report);
  else printPreview(io, report, options, added.existing);
}

/** The outcomes of `preview`, in the order of the table. */
export const OUTCOME_WORDS: Record<Outcome, string> = {
  send: '→ gets it',
  adopt: '= has it from CodeSubmit',
  wait: '‖ waits',
  refused: '✗ refused before',
  hold: '! on hold',
  ignore: '· nothing',
};

/** Most candidates in a stage get nothing for such a reason: they are counted, and listed only with `--all`. */
function isRoutine(reason: string): boolean {
  // A sweep logs `already_invited`, so it isn't routine there; here it says nothing new.
  return reason === 'already_invited' || findReason(reason)?.isRoutine === true;
}

/**
 * Prints who would get what, and counts everyone. `existing`: given if the report shows a rule that isn't added yet.
 */
function printPreview(
  io: Io,
  report: PreviewReport,
  options: PreviewOptions,
  existing?: ExistingPeople,
): void {
  const { integration, rules } = report;
  io.out(io.paint.bold(STATE_WORDS[integration.state]));
  // That command doesn't know a rule that isn't added yet.
  if (integration.state === 'paused' && existing === undefined)
    io.say('To see who would be invited after `resume`: codesubmit-lever resume --dry-run');
  if (rules.length === 0) {
    io.say('No rule says who gets which challenge. Add one: codesubmit-lever rules add --help');
    return;
  }
  // Those who get a challenge come first.
  const order = Object.keys(OUTCOME_WORDS);
  const people = report.people.toSorted(
    (a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome),
  );
  const isShown = ({ reason }: PreviewedPerson): boolean =>
    options.all === true || reason === null || !isRoutine(reason);
  const shown = people.filter(isShown);
  if (shown.length > 0) printPeople(io, shown, tellTimes(Date.parse(report.at)));
  printCounts(io, people);
  if (shown.length < people.length && existing === undefined)
    io.say('To list all of them: codesubmit-lever preview --all');
  const hasNew = rules.some(({ isNew }) => isNew);
  const isAnyLeft = people.some(({ reason }) => reason === 'before_activation');
  if (existing === 'leave' && hasNew && isAnyLeft)
    io.say('Candidates already there are left alone; to see them invited: --existing invite');
  io.say('Nothing was written, neither here nor in Lever or CodeSubmit.');
}

/** Prints a row for each person: what they would get, or why not. `tellTime` says when a time in a reason is. */
function printPeople(io: Io, people: readonly PreviewedPerson[], tellTime: TellTime): void {
  const rows = people.map(({ sentAs, reason, detail, holdTag, ...one }) => {
    const why = reason === null ? '' : describeReason(reason, detail);
    return [
      one.candidate ?? one.opportunityId,
      // The name as CodeSubmit would get it, in two parts: the bar shows where the first name ends.
      sentAs === null ? '' : `${sentAs.firstName} | ${sentAs.lastName}`,
      one.stage.name,
      OUTCOME_WORDS[one.outcome],
      one.challenge?.name ?? '',
      tellTimesIn(holdTag === null ? why : `${why}; tag in Lever: ${holdTag}`, tellTime),
    ];
  });
  printTable(io, ['CANDIDATE', 'SENT AS', 'STAGE', 'WOULD BE', 'CHALLENGE', 'WHY'], rows);
}

/** Prints how many people there are, and how many of each outcome, or of each reason where one is given. */
function printCounts(io: Io, people: readonly PreviewedPerson[]): void {
  const counts = new Map<string, number>();
  for (const { outcome, reason } of people) {
    const words = OUTCOME_WORDS[outcome];
    // The reason, if there is one, after the sign of the outcome and instead of its words.
    const what = reason === null ? words : `${words.charAt(0)} ${describeReason(reason)}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const parts = [...counts].map(([what, n]) => `${n} ${what}`);
  if (parts.length === 0) io.out('No one is in the rules’ stages.');
  else io.out(`${people.length} in the rules’ stages: ${parts.join(', ')}`);
}
