/** `status WHO`: the timeline of each match, or what Lever says about an unknown candidate. */
import type { App } from '../../admin/app.js';
import { describeReason } from '../../domain/reasons.js';
import type { Timeline } from '../../admin/timeline.js';
import type { UnknownCandidate } from '../../admin/preview.js';
import type { CommandContext } from '../command.js';
import { printable, printTable } from '../terminal/layout.js';
import type { Io } from '../terminal/io.js';
import { tellTimes, tellTimesIn, type TellTime } from '../../domain/format.js';
import { OUTCOME_WORDS } from './preview.js';
import { INVITATION_SIGNS, stateInWords } from './state-words.js';

/** A candidate as Lever shows them now, with the deliveries about them. */
export type UnknownTimeline = UnknownCandidate & Pick<Timeline, 'entries'>;

/**
 * Prints the timeline of everyone here who matches `who`, or else of those whom Lever finds. Throws `not_found` if
 * Lever finds no one either.
 */
export async function showTimelines(
  { io, readApp, withApp, runtime }: CommandContext,
  who: string,
  { json, utc }: { json?: boolean; utc?: boolean },
): Promise<void> {
  const { findPeople } = await import('../../admin/queries/people.js');
  const { readTimeline } = await import('../../admin/timeline.js');
  let timelines = await readApp((known) =>
    findPeople(known, who).map(({ id }) => readTimeline(known, id)),
  );
  let found: UnknownTimeline[] = [];
  if (timelines.length === 0)
    ({ timelines, found } = await withApp((app) => findThroughLever(app, who)));
  // Programs know the timelines by this older name.
  if (json === true) {
    io.json({ stories: timelines, lever: found });
    return;
  }
  const tellTime = tellTimes(runtime.clock.now(), utc === true);
  for (const timeline of timelines) printTimeline(io, timeline, tellTime);
  for (const seen of found) printUnknown(io, seen, tellTime);
}

/**
 * Asks Lever about a candidate unknown here, by id or address, or by a search for the e-mail. Of those whom it finds,
 * some may be known by another address. Throws `not_found`.
 */
async function findThroughLever(app: App, who: string) {
  const { findInLever, findPeople, nobodyKnown } = await import('../../admin/queries/people.js');
  const { previewUnknown } = await import('../../admin/preview.js');
  const { readTimeline } = await import('../../admin/timeline.js');
  app.integration.requireInUse();
  const timelines: Timeline[] = [];
  const found: UnknownTimeline[] = [];
  for (const { id } of await findInLever(app, who)) {
    const timeline = readTimeline(app, id);
    if (findPeople(app, id).length > 0) timelines.push(timeline);
    else found.push({ ...(await previewUnknown(app, id)), entries: timeline.entries });
  }
  // An id that Lever doesn't show still has a timeline if deliveries have named it.
  if (timelines.length > 0 || found.some(({ isSeen, entries }) => isSeen || entries.length > 0))
    return { timelines, found };
  const address = 'https://hire.lever.co/candidates/…';
  throw nobodyKnown(who, `Give their Lever address or id: codesubmit-lever status ${address}`);
}

/** Prints what is known here of a candidate: their challenges, what happened, and what to do. */
function printTimeline(io: Io, timeline: Timeline, tellTime: TellTime): void {
  io.out(io.paint.bold(printable(timeline.candidate ?? timeline.opportunityId)));
  io.out(timeline.url ?? timeline.opportunityId);
  for (const one of timeline.invitations) {
    io.out(`${INVITATION_SIGNS[one.state]} ${one.id} ${one.challenge.name}: ${stateInWords(one)}`);
    if (one.link !== null) io.out(`  ${one.link}`);
  }
  printEntries(io, timeline, tellTime);
  io.out('');
}

/** Prints a candidate without any decision here: what Lever shows, and what would be decided. */
function printUnknown(io: Io, seen: UnknownTimeline, tellTime: TellTime): void {
  const { outcome, challenge, reason, detail } = seen.wouldBe;
  io.out(io.paint.bold(printable(seen.candidate ?? seen.opportunityId)));
  io.out('Nothing decided here yet.');
  const what = challenge === null ? '' : ` ${challenge.name}`;
  const why = reason === null ? '' : `: ${describeReason(reason, detail)}`;
  io.out(tellTimesIn(`Would be: ${OUTCOME_WORDS[outcome]}${what}${why}`, tellTime));
  printEntries(io, seen, tellTime);
}

/** Prints what happened, also that no webhook came, then what to do. */
function printEntries(
  io: Io,
  { entries, fixes }: Pick<Timeline, 'entries' | 'fixes'>,
  tellTime: TellTime,
): void {
  // An attempt that failed like the one before, or the write-back that one completed, says nothing new. A delivery does.
  const told = entries.filter(
    ({ what, text }, index) => what === 'delivery' || text !== entries[index - 1]?.text,
  );
  const rows = told.map(({ at, what, text }) => [tellTime(at), what, tellTimesIn(text, tellTime)]);
  if (rows.length > 0) printTable(io, ['WHEN', 'WHAT', 'HOW'], rows);
  if (!entries.some(({ what }) => what === 'delivery'))
    io.out('No webhook came for this candidate.');
  for (const fix of fixes) io.out(`→ ${fix}`);
}
