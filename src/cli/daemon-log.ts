/**
 * The daemon's log: JSON lines, in the journal with priorities; for people at a terminal sentences with names instead
 * of ids.
 */
import { fstatSync } from 'node:fs';
import { destination, pino, stdTimeFunctions, type DestinationStream } from 'pino';
import type { Known } from '../admin/facts/fact.js';
import { findStageName } from '../admin/queries/people.js';
import { readStatus } from '../admin/status.js';
import { capitalize, count, formatDuration, minutesInWords } from '../domain/format.js';
import type { OpportunityId } from '../domain/ids.js';
import { SILENT_LOG, type Log } from '../domain/log.js';
import { findCandidateRow } from '../store/candidates.js';
import type { Environment } from '../store/home/environment.js';
import { watchHappenings, type Happening } from './narrate.js';
import { forTerminal, type Io } from './terminal/io.js';
import { printable, wrapProse } from './terminal/layout.js';

const STDOUT = 1;
const MAX_WAITING_LENGTH = 1_000_000;

/**
 * Makes the daemon's log. A terminal shows the sentences that `words` gives for each message. Elsewhere it is JSON
 * lines, written synchronously, once per turn of the event loop: earlier lines survive a crash.
 */
export function createLog(io: Io, env: Environment, words: () => LogWords): Log {
  if (io.isInteractive) return logToTerminal(io, words);
  const options = {
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, toStdout(env));
}

/**
 * Prints the sentences of each message under the time and a sign for its level; nothing for `debug`. Asks for the
 * `words` at each message, because they change when the database opens and closes.
 */
function logToTerminal(io: Io, words: () => LogWords): Log {
  const printAfter = (mark: string) => (fields: object, message: string) => {
    const sentences = words()(message, fields as Fields);
    if (sentences.length === 0) return;
    const lead = `${new Date().toTimeString().slice(0, 8)} ${mark} `;
    const indent = ' '.repeat(lead.length);
    const lines = sentences.flatMap((text) => wrapProse(printable(text), io.columns - lead.length));
    io.raw(io.paint.dim(lead) + lines.join(`\n${indent}`));
  };
  return { ...SILENT_LOG, info: printAfter('·'), warn: printAfter('!'), error: printAfter('✗') };
}

/** Numbered as in sd-daemon(3); the journal strips the prefix. */
const PRIORITIES: Record<string, number> = { error: 3, warn: 4, info: 6, debug: 7 };

/** True when standard output is the journal itself, not a file or pipe of a wrapper. */
function goesToJournal(env: Environment): boolean {
  if (env.JOURNAL_STREAM === undefined) return false;
  const { dev, ino } = fstatSync(STDOUT);
  return env.JOURNAL_STREAM === `${dev}:${ino}`;
}

/** A JSON line of the log, after the priority that the journal reads from its start. */
function withPriority(line: string): string {
  const level = /"level":"(\w+)"/.exec(line)?.[1] ?? 'info';
  return `<${PRIORITIES[level] ?? PRIORITIES.info}>${line}`;
}

/** Writes JSON lines to standard output. On a full disk they wait, up to a limit, and the daemon continues. */
function toStdout(env: Environment): DestinationStream {
  const forJournal = goesToJournal(env);
  const stream = destination({ dest: STDOUT, sync: true, maxLength: MAX_WAITING_LENGTH });
  // A full disk or a reader that is gone must not stop the daemon.
  stream.on('error', () => undefined);
  let lines = '';
  const write = (): void => {
    if (lines !== '') stream.write(lines);
    lines = '';
  };
  process.once('exit', write);
  return {
    write: (line) => {
      const shown = forTerminal(line);
      // One write for all lines of this turn of the event loop.
      if (lines === '') setImmediate(write);
      lines += forJournal ? withPriority(shown) : shown;
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Its lines on a terminal; none for what only matters in a file. */
export type LogWords = (message: string, fields: Fields) => readonly string[];

type Sentence = (fields: Fields, names: Names) => string | readonly string[];

/** Finds the names for the ids in a log line. Until the database is open (`known`) there are none. */
class Names {
  /** What was committed since the call before. */
  readonly listNew: () => readonly Happening[];

  constructor(readonly known: Known | undefined) {
    this.listNew = known ? watchHappenings(known) : () => [];
  }

  /** The candidate's name, or `A candidate`: the name may be erased, or not read yet. */
  candidate({ opportunity }: Fields): string {
    const id = textOf(opportunity) as OpportunityId;
    return (this.known && findCandidateRow(this.known.database, id)?.name) ?? 'A candidate';
  }

  /** The stage's name, or its id if no name is known. */
  stage({ stage }: Fields): string {
    const name = this.known && findStageName(this.known.database, textOf(stage));
    return name ?? textOf(stage);
  }
}

const NOTHING: readonly string[] = [];
/** For a message that says nothing to people at a terminal. */
const quiet: Sentence = () => NOTHING;

/**
 * Several messages report what became of candidates by ids. Their lines come from the database instead: everything
 * committed since the last such message, with names.
 */
const happened: Sentence = (_, names) => names.listNew().map(({ sentence }) => sentence);

/** Makes a sentence about a failure, with the log line's error in place of `{}`. */
function because(sentence: string): Sentence {
  // Replaced by a function, because a text could contain `$`, which has a meaning there.
  return ({ error, code }) => sentence.replace('{}', () => whyOf(error ?? code));
}

const LIST_NOT_READ = because('CodeSubmit’s list of sent challenges can’t be read ({}). Retrying.');

/** Reasons not to be ready that another line reports: the daemon is stopping, or a vendor rejects the key or login. */
const SAID_ELSEWHERE = /^(?:(?:draining|\w+_needs_reauth) ?)+$/;

/** The sentence for each message that the daemon can log. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  // Starting and stopping.
  'waiting for another daemon to stop': () => 'Waiting for another daemon to stop …',
  listening: ({ host, port }) => `Listening on ${textOf(host)}:${textOf(port)}.`,
  metrics: ({ host, port, path }) =>
    `Metrics: http://${textOf(host)}:${textOf(port)}${textOf(path)}`,
  working: (_, { known }) => (known ? greeting(known) : 'Ready.'),
  'the time was not written': because('When the daemon ran last could not be stored ({}).'),
  draining: () => 'Stopping …',
  stopped: () => 'Stopped.',
  'unexpected error: ending': because('Stopping after an unexpected error: {}.'),
  // The same sentence follows on standard error.
  'storage failed: ending at once': quiet,
  'systemd-notify failed: systemd does not know how the daemon is': ({ fix }) => [
    'systemd could not be notified.',
    `→ ${textOf(fix)}`,
  ],

  // What needs someone.
  'alarm raised': ({ what, fix }) => [`${textOf(what)}.`, `→ ${textOf(fix)}`],
  'alarm cured': ({ what }) => `Resolved: ${textOf(what)}.`,
  alarm: ({ outcome }) =>
    outcome === 'taken'
      ? 'Posted to the alarm webhook.'
      : 'The alarm webhook did not accept the message. Retrying.',
  // An alarm follows, which says why and what to do.
  'account rejected': quiet,
  'account accepted': quiet,
  'not ready': ({ reasons }) =>
    SAID_ELSEWHERE.test(textOf(reasons)) ? NOTHING : 'Not ready. See: codesubmit-lever status',
  ready: () => 'Ready again.',
  checked: ({ failed }) =>
    Array.isArray(failed) && failed.length > 0
      ? `${capitalize(count(failed.length, 'check'))} failed. See: codesubmit-lever doctor`
      : NOTHING,
  heartbeat: () => 'The heartbeat address accepts calls.',
  'heartbeat withheld': () => 'The heartbeat is withheld until the open problems are fixed.',
  'heartbeat failed': ({ why }) => `The heartbeat address doesn’t accept calls (${whyOf(why)}).`,
  'secret not read': because('A secret could not be read again, so the last one is used ({}).'),
  'the clock jumped': ({ jumpMs }) =>
    `The clock jumped by ${formatDuration(Math.abs(Number(jumpMs)))}.`,
  'database file checked': ({ damage }) =>
    damage === null || damage === undefined
      ? NOTHING
      : `The database file is damaged (${whyOf(damage)}).`,
  'database file not checked': because('The database file could not be checked ({}).'),

  // From Lever.
  'delivery accepted': (fields, names) => deliveryInWords(fields, names.candidate(fields)),
  'delivery repeated': quiet,
  'delivery refused': ({ kind, times }) =>
    kind === 'forged'
      ? `Rejected a webhook${timesInWords(times)}: its signature doesn’t match the stored token.`
      : `Rejected a request${timesInWords(times)} that isn’t from Lever.`,
  'delivery not accepted': ({ error, times }) =>
    `A webhook could not be stored${timesInWords(times)} (${whyOf(error)}). Lever sends it again.`,
  'browser returned from login': ({ why }) =>
    why === undefined ? 'Logged in to Lever.' : `The login to Lever failed: ${textOf(why)}`,
  decided: happened,
  'read failed': ({ error, ...fields }, names) =>
    `${names.candidate(fields)} could not be read from Lever (${whyOf(error)}). Retrying.`,
  'not decided': ({ error, ...fields }, names) =>
    `${names.candidate(fields)}: an unexpected error (${whyOf(error)}). Retrying.`,
  'stage batch checked': quiet,
  'stage not listed': because('Some candidates could not be read from Lever ({}). Retrying.'),
  'stage swept': quiet,
  'stage not swept': ({ error, ...fields }, names) =>
    `Candidates in “${names.stage(fields)}” can’t be listed (${whyOf(error)}). Retrying.`,
  'sweep failed': because('The check of the stages failed ({}). Retrying.'),
  'listed as deleted in Lever': ({ found }) =>
    `Lever reported ${count(Number(found), 'deleted candidate')}; checking.`,
  'deleted opportunities not listed': because('Deleted candidates can’t be listed ({}). Retrying.'),
  'erased personal data': ({ erased }) =>
    `Erased the personal data of ${count(Number(erased), 'candidate')}.`,

  // To and from CodeSubmit, and back to Lever.
  'invitation attempt': happened,
  'looked up in CodeSubmit': happened,
  progress: happened,
  'progress not read': because('Progress can’t be read from CodeSubmit ({}). Retrying.'),
  'challenges not listed': because('CodeSubmit’s challenges can’t be listed ({}). Retrying.'),
  'CodeSubmit’s list not read': LIST_NOT_READ,
  'write-back': happened,
  'work not settled': because('A step could not be completed ({}). Retrying.'),
  'metrics not read': because('The metrics could not be read ({}).'),
};

/**
 * Returns what turns each message into its lines on a terminal. `known`: the open database; without it the sentences
 * have no names. A message that has no sentence is shown as it is.
 */
export function wordsFor(known?: Known): LogWords {
  const names = new Names(known);
  let lastFailure: string | undefined;
  return (message, fields) => {
    const said = SENTENCES[message]?.(fields, names) ?? message;
    const lines = typeof said === 'string' ? [said] : said;
    if (message === 'ready') lastFailure = undefined;
    if (message !== 'work not settled') return lines;
    // This message comes every two seconds while the disk is full. It's shown once, until the daemon is ready again.
    const isAgain = lines[0] === lastFailure;
    lastFailure = lines[0];
    return isAgain ? NOTHING : lines;
  };
}

/** A field of a log line in a sentence; nothing for a field that isn't there. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** An error as part of a sentence, so without its full stop. */
function whyOf(error: unknown): string {
  return textOf(error).replace(/\.$/, '');
}

/** `, 3 times` for a log line that stands for several equal ones; nothing for a single one. */
function timesInWords(times: unknown): string {
  return Number(times) > 1 ? `, ${textOf(times)} times` : '';
}

/**
 * The sentence about an accepted delivery: Lever's test of the webhook, or one that makes the daemon look at the
 * candidate `who`. Nothing for others.
 */
function deliveryInWords({ event, outcome }: Fields, who: string): string | readonly string[] {
  if (outcome === 'connection_test') return 'The webhook was tested: it works.';
  if (outcome !== 'look') return NOTHING;
  const what = event === 'candidateStageChange' ? 'a move' : 'a change';
  return `${who}: Lever reported ${what}; checking.`;
}

/** The line of a daemon that starts to work: whether all is well, and which stages it watches. */
function greeting(known: Known): string {
  // The report's invitations aren't used here, so it reads only one.
  const { integration } = readStatus(known, { limit: 1 });
  const stages = [...new Set(integration.rules.map(({ stage }) => stage.name))];
  const watching =
    stages.length === 0
      ? 'No rules yet.'
      : `Watching ${new Intl.ListFormat('en-GB').format(stages)}.`;
  const more = integration.problems.length === 0 ? '' : ' See: codesubmit-lever status';
  // The daemon starts in no other state.
  const words: Partial<Record<typeof integration.state, string>> = {
    active: 'Ready.',
    paused: 'Paused: no challenge goes out. To go on: codesubmit-lever resume.',
    needs_reauth: 'Waiting: Lever or CodeSubmit rejects the key or login.',
  };
  return `${words[integration.state] ?? ''} ${watching} ${webhookInWords(known, integration.webhook)} Press Ctrl-C to stop.${more}`;
}

/** How the daemon learns of moves. `verifiedAt` is null until Lever has reached the webhook. */
function webhookInWords(
  { configuration }: Known,
  { url, verifiedAt }: { url: string | null; verifiedAt: string | null },
): string {
  const { settings } = configuration.current();
  if (url === null) {
    return `No webhook: checking every ${minutesInWords(settings.sweepMinutes)}.`;
  }
  return verifiedAt === null
    ? 'Webhook not verified yet: press Verify Connection in Lever.'
    : 'Webhook verified.';
}
