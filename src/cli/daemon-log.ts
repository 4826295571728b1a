/**
 * The daemon's log: JSON lines, in the journal with priorities; for people at a terminal sentences with names instead
 * of ids.
 */
import { fstatSync } from 'node:fs';
import { destination, pino, stdTimeFunctions, type DestinationStream } from 'pino';
import type { Known } from '../admin/facts/fact.js';
import { findStageName } from '../admin/queries/people.js';
import { listProblems } from '../admin/facts/facts.js';
import { capitalize, count, formatDuration, listInWords } from '../domain/format.js';
import type { OpportunityId } from '../domain/ids.js';
import { SILENT_LOG, type Log } from '../domain/log.js';
import { visible } from '../domain/vendor-text.js';
import { findCandidateRow } from '../store/candidates.js';
import type { Environment } from '../store/home/environment.js';
import { watchHappenings } from './narrate.js';
import { type Io } from './terminal/io.js';
import { printable, wrapProse } from './terminal/layout.js';

const STDOUT = 1;
const MAX_WAITING_LENGTH = 1_000_000;

/**
 * Makes the daemon's log. A terminal shows sentences, with names instead of ids once `nameBy` got the open database.
 * Elsewhere it is JSON lines, written synchronously, once per turn of the event loop: earlier lines survive a crash.
 */
export function createLog(io: Io, env: Environment) {
  let words = wordsFor();
  const nameBy = (known: Known | undefined): void => {
    words = wordsFor(known);
  };
  if (io.isInteractive)
    return { nameBy, log: logToTerminal(io, (message, fields) => words(message, fields)) };
  const options = {
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return { nameBy, log: pino(options, toStdout(env)) as Log };
}

/** Prints the sentences of each message after the time and a sign for its level; nothing for `debug`. */
function logToTerminal(io: Io, words: LogWords): Log {
  const printAfter = (mark: string) => (fields: object, message: string) => {
    const sentences = words(message, fields as Fields);
    if (sentences.length === 0) return;
    const lead = `${new Date().toTimeString().slice(0, 8)} ${mark} `;
    const indent = ' '.repeat(lead.length);
    const lines = sentences.flatMap((text) =>
      wrapProse(io.withHomeFlag(printable(text)), io.columns - lead.length),
    );
    io.raw(io.paint.dim(lead) + lines.join(`\n${indent}`));
  };
  return { ...SILENT_LOG, info: printAfter('·'), warn: printAfter('!'), error: printAfter('✗') };
}

/** Numbered as in sd-daemon(3); the journal strips the prefix. */
const PRIORITIES: Record<string, number> = { error: 3, warn: 4, info: 6, debug: 7 };

/**
 * True when standard output is the journal itself, not a file or pipe of a wrapper: systemd puts the device and inode
 * of the journal's stream into JOURNAL_STREAM.
 */
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

/**
 * Writes JSON lines to standard output. On a full disk they wait, and the daemon continues; lines over the limit are
 * lost.
 */
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
      // JSON leaves some characters unescaped that a terminal obeys, such as U+009B. The line's own end stays.
      const shown = `${visible(line.trimEnd())}\n`;
      // One write for all lines of this turn of the event loop.
      if (lines === '') setImmediate(write);
      lines += forJournal ? withPriority(shown) : shown;
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Returns a message's lines on a terminal; none for what only matters in a file. */
type LogWords = (message: string, fields: Fields) => readonly string[];

/** Messages that report by ids what happened to candidates. The database has it with names: `watchHappenings`. */
const HAPPENINGS = new Set([
  'decided',
  'invitation attempt',
  'looked up in CodeSubmit',
  'progress',
  'write-back',
]);

/** Reasons not to be ready that another line reports: the daemon is stopping, or a vendor rejects the key or login. */
const SAID_ELSEWHERE = /^(?:(?:draining|needs_reauth|other_account) ?)+$/;

/**
 * What is shown instead of a message's own words (`inOwnWords`): a text with log fields in braces, or a function that
 * returns such a text. It is empty for a message that says nothing to people at a terminal.
 */
const SENTENCES: Readonly<Record<string, string | ((fields: Fields) => string)>> = {
  // Starting and stopping.
  listening: 'Listening on {host}:{port}.',
  metrics: 'Metrics: http://{host}:{port}{path}',
  draining: 'Stopping …',
  // The same sentence follows on standard error.
  'storage failed: ending at once': '',
  'unexpected error: ending': '',

  // What needs someone.
  'alarm raised': '{what}.\n→ {fix}',
  'alarm cured': 'Resolved: {what}.',
  alarm: ({ outcome }) =>
    outcome === 'taken'
      ? 'Posted to the alarm webhook.'
      : 'The alarm webhook did not accept the message. Retrying.',
  // An alarm follows, which says why and what to do.
  'account rejected': '',
  'account accepted': '',
  'not ready': ({ reasons }) =>
    SAID_ELSEWHERE.test(textOf(reasons)) ? '' : 'Not ready. See: codesubmit-lever status',
  ready: 'Ready again.',
  checked: ({ failed }) =>
    Array.isArray(failed) && failed.length > 0
      ? `${capitalize(count(failed.length, 'check'))} failed. See: codesubmit-lever doctor`
      : '',
  heartbeat: 'The heartbeat address accepts calls.',
  'heartbeat withheld': 'No heartbeat while something is wrong. See: codesubmit-lever status',
  'heartbeat failed': 'The heartbeat address doesn’t accept calls ({why}).',
  'the clock jumped': ({ jumpMs }) =>
    `The clock jumped by ${formatDuration(Math.abs(Number(jumpMs)))}.`,
  'database file checked': ({ damage }) =>
    damage == null ? '' : 'The database file is damaged ({damage}).',

  // From Lever.
  'delivery accepted': ({ event, outcome }) => {
    if (outcome === 'connection_test') return 'The webhook was tested: it works.';
    if (outcome !== 'look') return '';
    const what = event === 'candidateStageChange' ? 'a move' : 'a change';
    return `{candidate}: Lever reported ${what}; checking.`;
  },
  'delivery repeated': '',
  'delivery refused': 'Rejected a request to the webhook{times} ({kind}).',
  'delivery not accepted': 'A webhook could not be stored{times} ({error}). Lever sends it again.',
  'browser returned from login': ({ why }) =>
    why === undefined ? 'Logged in to Lever.' : 'The login to Lever failed: {why}.',
  'read failed': '{candidate} could not be read from Lever ({error}). Retrying.',
  'not decided': '{candidate}: an unexpected error ({error}). Retrying.',
  'stage batch checked': '',
  'stage swept': '',
  'stage not swept': 'Candidates in “{stage}” can’t be listed ({error}). Retrying.',
  'sweep failed': 'The check of the stages failed ({error}). Retrying.',
  'listed as deleted in Lever': ({ found }) =>
    `Lever reported ${count(Number(found), 'deleted candidate')}; checking.`,
  'erased personal data': ({ erased }) =>
    `Erased the personal data of ${count(Number(erased), 'candidate')}.`,

  // To and from CodeSubmit, and back to Lever.
  'work not settled': 'A step could not be completed ({error}). Retrying.',
};

/**
 * Returns what turns each message into its lines on a terminal. `known`: the open database; without it the sentences
 * have no names.
 */
export function wordsFor(known?: Known): LogWords {
  const listNew = known ? watchHappenings(known) : () => [];
  let lastFailure: string | undefined;
  return (message, fields) => {
    // Such a message has only ids; what happened is read from the database, with names.
    if (HAPPENINGS.has(message)) return listNew().map(({ sentence }) => sentence);
    if (message === 'working' && known) return [greeting(known)];
    const sentence = SENTENCES[message] ?? inOwnWords(message, fields);
    const text = typeof sentence === 'function' ? sentence(fields) : sentence;
    const named = withNames(known, fields);
    const lines = text === '' ? [] : text.split('\n').map((line) => fillIn(line, named));
    if (message === 'ready') lastFailure = undefined;
    if (message !== 'work not settled') return lines;
    // This message comes every two seconds while the disk is full. It's shown once, until the daemon is ready again.
    const isAgain = lines[0] === lastFailure;
    lastFailure = lines[0];
    return isAgain ? [] : lines;
  };
}

/**
 * The message as a sentence with log fields in braces, such as `Progress not read{times} ({error}).`, and on a line of
 * its own what fixes it, if a field says so.
 */
function inOwnWords(message: string, { error, fix }: Fields): string {
  const why = error === undefined ? '' : ' ({error})';
  return `${capitalize(message)}{times}${why}.${fix === undefined ? '' : '\n→ {fix}'}`;
}

/** Puts each field in its place, without the full stop that would end the sentence around it; a fix ends its line. */
function fillIn(line: string, fields: Fields): string {
  return line.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = textOf(fields[field]);
    return field === 'fix' ? value : value.replace(/\.$/, '');
  });
}

/**
 * The fields as a sentence shows them: names for the ids, `times` in words. Names are read only where a text has them,
 * because the message may be that nothing can be read.
 */
function withNames(known: Known | undefined, fields: Fields): Fields {
  return {
    ...fields,
    // It may be erased, or not read yet.
    get candidate() {
      const id = textOf(fields.opportunity) as OpportunityId;
      return (known && findCandidateRow(known.database, id)?.name) ?? 'A candidate';
    },
    get stage() {
      return (known && findStageName(known.database, textOf(fields.stage))) ?? fields.stage;
    },
    times: Number(fields.times) > 1 ? `, ${textOf(fields.times)} times` : '',
  };
}

/** A field of a log line in a sentence; nothing for a field that isn't there. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The line of a daemon that starts to work: whether it can, and which stages it watches. */
function greeting(known: Known): string {
  const stages = [...new Set(known.rules.listActive().map(({ stageName }) => stageName))];
  const watching = stages.length === 0 ? 'No rules yet.' : `Watching ${listInWords(stages)}.`;
  const more = listProblems(known).length === 0 ? '' : ' See: codesubmit-lever status';
  const state = known.integration.state();
  // The daemon starts in no other state.
  const words: Partial<Record<typeof state, string>> = {
    active: 'Ready.',
    paused: 'Paused: no challenge goes out. To go on: codesubmit-lever resume.',
    needs_reauth: 'Waiting: Lever or CodeSubmit rejects the key or login.',
  };
  return `${words[state] ?? ''} ${watching} Press Ctrl-C to stop.${more}`;
}
