/** `status WHO`: the timeline of each match, or what Lever says about an unknown candidate. */
import type { App } from '../../admin/app.js';
import { AppError } from '../../domain/errors.js';
import { describeReason } from '../../domain/reasons.js';
import type { TimelineEntry, Timeline, ToldInvitation } from '../../admin/timeline.js';
import type { UnknownCandidate } from '../../admin/preview.js';
import type { CommandContext } from '../command.js';
import { printable, printTable } from '../terminal/layout.js';
import type { Io } from '../terminal/io.js';
import { tellTimes, tellTimesIn, type TellTime } from '../../domain/format.js';
import { OUTCOME_WORDS, INVITATION_SIGNS, stateInWords } from './state-words.js';

/** A candidate as Lever shows them now, with the deliveries about them. */
export type UnknownTimeline = UnknownCandidate & { entries: TimelineEntry[] };

/** Throws `not_found` when no one matches and Lever can't be asked. */
export async function showTimelines(
  { io, withApp, runtime }: CommandContext,
  who: string,
  { json, utc }: { json?: boolean; utc?: boolean },
): Promise<void> {
  const { findPeople } = await import('../../admin/queries/people.js');
  const { readTimeline } = await import('../../admin/timeline.js');
  await withApp(async (app) => {
    const timelines = findPeople(app, who).map(({ id }) => readTimeline(app, id));
    const found = timelines.length > 0 ? [] : await previewFromLever(app, who);
    if (found.length > 0 && !found.some(({ isSeen, entries }) => isSeen || entries.length > 0)) {
      throw unknownError(who, 'and Lever doesn’t show one');
    }
    if (json === true) {
      // Programs know the timelines by this older name.
      io.json({ stories: timelines, lever: found });
      return;
    }
    const tellTime = tellTimes(runtime.clock.now(), utc === true);
    for (const timeline of timelines) printTimeline(io, timeline, tellTime);
    for (const seen of found) printUnknown(io, seen, tellTime);
  });
}

/** Asks Lever about a candidate unknown here, by id or address, or by a search for the e-mail. */
async function previewFromLever(app: App, who: string): Promise<UnknownTimeline[]> {
  const { findInLever } = await import('../../admin/queries/people.js');
  const { previewUnknown } = await import('../../admin/preview.js');
  const { listDeliveries } = await import('../../admin/timeline.js');
  app.integration.requireInUse();
  const found: UnknownTimeline[] = [];
  for (const { id } of await findInLever(() => app.vendors.lever(), who)) {
    found.push({ ...(await previewUnknown(app, id)), entries: listDeliveries(app.database, id) });
  }
  if (found.length > 0) return found;
  throw unknownError(who, who.includes('@') ? 'nor in Lever' : 'and that isn’t an id');
}

/** `nor` ends the sentence: where else they aren't known. Keeps an e-mail address out of the error. */
function unknownError(who: string, nor: string): AppError {
  const meant = who.includes('@') ? 'by that address' : `as “${who}”`;
  const hint =
    'Give their Lever address or id: codesubmit-lever status https://hire.lever.co/candidates/…';
  return new AppError('not_found', `No candidate is known here ${meant}, ${nor}.`, hint);
}

function printTimeline(io: Io, timeline: Timeline, tellTime: TellTime): void {
  io.out(io.paint.bold(printable(timeline.candidate ?? timeline.opportunityId)));
  io.out(timeline.url ?? timeline.opportunityId);
  for (const one of timeline.invitations) {
    io.out(invitationInWords(one));
    if (one.link !== null) io.out(`  ${one.link}`);
  }
  printEntries(io, timeline.entries, tellTime);
  if (!timeline.entries.some(({ what }) => what === 'delivery')) {
    io.out('No webhook came; the regular check of the stages found this candidate.');
  }
  for (const fix of timeline.fixes) io.out(`→ ${fix}`);
  io.out('');
}

function invitationInWords(one: ToldInvitation): string {
  const gone = one.isAddressGone ? ' ! this address is no longer in the profile' : '';
  return `${INVITATION_SIGNS[one.state]} ${one.id} ${one.challenge.name}: ${stateInWords(one)}${gone}`;
}

function printEntries(io: Io, entries: readonly TimelineEntry[], tellTime: TellTime): void {
  if (entries.length === 0) return;
  // An attempt and the write-back it completed say the same; shown once.
  const told = entries.filter(({ text }, index) => text !== entries[index - 1]?.text);
  const rows = told.map(({ at, what, text }) => [tellTime(at), what, tellTimesIn(text, tellTime)]);
  printTable(io, ['WHEN', 'WHAT', 'HOW'], rows);
}

/** A candidate without any decision here: what Lever shows, and what would be decided. */
function printUnknown(
  io: Io,
  { opportunityId, candidate, isSeen, wouldBe, entries, fixes }: UnknownTimeline,
  tellTime: TellTime,
): void {
  io.out(io.paint.bold(printable(candidate ?? opportunityId)));
  io.out(
    isSeen
      ? 'Nothing decided here yet. This is what Lever shows now.'
      : 'Nothing decided here yet, and Lever doesn’t show this candidate.',
  );
  const challenge = wouldBe.challenge === null ? '' : ` ${wouldBe.challenge.name}`;
  const why = wouldBe.reason === null ? '' : `: ${describeReason(wouldBe.reason, wouldBe.detail)}`;
  io.out(tellTimesIn(`Would be: ${OUTCOME_WORDS[wouldBe.outcome]}${challenge}${why}`, tellTime));
  printEntries(io, entries, tellTime);
  if (entries.length === 0) io.out('No webhook came.');
  for (const fix of fixes) io.out(`→ ${fix}`);
}
