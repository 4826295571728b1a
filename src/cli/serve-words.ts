/** What the daemon's log says to people at a terminal: sentences with names instead of fields with ids. */
import { describeReason } from '../domain/reasons.js';
import { findInvitationNames } from '../operate/queries/invitations.js';
import { findCandidate, findStageName } from '../operate/queries/people.js';
import { attemptInWords, writebackInWords } from '../operate/timeline/timeline-words.js';
import { readStatus, type StatusSources } from '../operate/status/status-report.js';

export type Fields = Readonly<Record<string, unknown>>;

/** What it says, or null for what only matters in a file. */
export type LogWords = (message: string, fields: Fields) => string | null;

/** Without an open database there are no names: messages and fields as they are. */
export function plainWords(message: string, fields: Fields): string {
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`);
  return [message, ...shown].join(' ');
}

export function wordsFor(sources: StatusSources): LogWords {
  const { database } = sources;
  const whose = ({ opportunity, invitation }: Fields): string => {
    const ofInvitation = findInvitationNames(database, Number(invitation ?? 0))?.candidate;
    return ofInvitation ?? findCandidate(database, textOf(opportunity))?.name ?? 'A candidate';
  };
  const sentences: Record<string, (fields: Fields) => string | null> = {
    listening: ({ host, port }) => `Listening on ${textOf(host)}:${textOf(port)}.`,
    working: () => greeting(sources),
    'stage swept': () => null,
    'stage batch checked': () => null,
    'delivery repeated': () => null,
    'write-back': (fields) => writeback(fields, whose(fields)),
    ready: () => 'Ready again.',
    'not ready': ({ reasons }) => `Not ready: ${textOf(reasons)}. See: codesubmit-lever status`,
    'delivery accepted': (fields) => delivery(fields, whose(fields)),
    decided: (fields) => decision(fields, whose(fields)),
    'decided in a sweep': (fields) => decision(fields, whose(fields)),
    'invitation attempt': (fields) => attempt(fields, whose(fields), 'send'),
    'looked up at CodeSubmit': (fields) => attempt(fields, whose(fields), 'send'),
    progress: ({ progress, ...fields }) =>
      attempt({ ...fields, outcome: progress }, whose(fields), 'progress'),
    draining: () => 'Stopping …',
    stopped: () => 'Stopped.',
  };
  const attempt = (fields: Fields, who: string, kind: string): string => {
    const challenge = findInvitationNames(database, Number(fields.invitation))?.challenge;
    const what = challenge === undefined ? who : `${who}, ${challenge}`;
    return `${what}: ${attemptInWords({ kind, outcome: textOf(fields.outcome) })}.`;
  };
  return (message, fields) => {
    const sentence = sentences[message];
    return sentence ? sentence(fields) : plainWords(message, withNames(sources, fields));
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function withNames({ database }: StatusSources, fields: Fields): Fields {
  const { stage, opportunity } = fields;
  return {
    ...fields,
    ...(stage === undefined ? {} : { stage: findStageName(database, textOf(stage)) ?? stage }),
    ...(opportunity === undefined
      ? {}
      : {
          candidate: findCandidate(database, textOf(opportunity))?.name ?? undefined,
          opportunity: undefined,
        }),
  };
}

function writeback({ kind, outcome }: Fields, who: string): string {
  const words = writebackInWords({ kind: textOf(kind), outcome: textOf(outcome) });
  return `${who}: ${words.charAt(0).toLowerCase()}${words.slice(1)}.`;
}

function delivery({ event, outcome }: Fields, who: string): string | null {
  if (outcome === 'connection_test') return 'Lever tested the webhook: it works.';
  if (outcome !== 'look') return null;
  const what = event === 'candidateStageChange' ? 'a move' : 'a change';
  return `${who}: Lever reported ${what}; checking.`;
}

function decision({ decision: kind, reason }: Fields, who: string): string {
  if (kind === 'invite') return `${who} gets a challenge.`;
  const why = describeReason(textOf(reason));
  return kind === 'hold' ? `${who} is on hold: ${why}.` : `${who} gets nothing: ${why}.`;
}

/** Whether all is well, and what is watched. */
function greeting(sources: StatusSources): string {
  const { integration } = readStatus(sources, { limit: 1 });
  const stages = [...new Set(integration.rules.map(({ stage }) => stage.name))];
  const watching = stages.length === 0 ? 'No rules yet.' : `Watching ${listInWords(stages)}.`;
  const more = integration.problems.length === 0 ? '' : ' See: codesubmit-lever status';
  const words: Partial<Record<typeof integration.state, string>> = {
    active: 'Ready.',
    paused: 'Paused: no challenge goes out. To go on: codesubmit-lever resume.',
    needs_reauth: 'Waiting for new credentials: codesubmit-lever setup.',
  };
  return `${words[integration.state] ?? ''} ${watching} ${webhookInWords(sources, integration.webhook)} Press Ctrl-C to stop.${more}`;
}

function webhookInWords(
  { configuration }: StatusSources,
  { url, verifiedAt }: { url: string | null; verifiedAt: string | null },
): string {
  const { settings } = configuration.current();
  if (url === null || settings.webhookWay === 'none') {
    return `No webhook: checking every ${String(settings.sweepMinutes)} minutes.`;
  }
  return verifiedAt === null
    ? 'Webhook not verified yet: press Verify Connection in Lever.'
    : 'Webhook verified.';
}

function listInWords(names: readonly string[]): string {
  const [first = '', ...rest] = names;
  const last = rest.pop();
  return last === undefined ? first : `${[first, ...rest].join(', ')} and ${last}`;
}
