/** What happens to candidates, in sentences: for `serve` on a terminal, the demo, and the test at the end of setup. */
import type { Known } from '../admin/facts/fact.js';
import { findLastEventId, listEventsAfter, listEventsOf } from '../admin/queries/decisions.js';
import { attemptInWords, decisionInWords } from '../admin/timeline.js';
import { MINUTE_MS } from '../domain/clock.js';
import { tellTimes, tellTimesIn } from '../domain/format.js';
import { findReason } from '../domain/reasons.js';
import { findInvitation, linkOf } from '../store/invitation-queries.js';

type ToldEvent = ReturnType<typeof listEventsAfter>[number];

export interface Happening {
  who: string;
  /** `✓` for a step forward, `!` for what needs someone, `·` for nothing. */
  sign: '✓' | '!' | '·';
  sentence: string;
  /** The link that is in Lever now. */
  link: string | null;
}

/** A move is dated by Lever's clock, which may be this far behind ours. */
const MAX_CLOCK_DIFFERENCE_MS = MINUTE_MS;

const STEPS_FORWARD = new Set(['invited', 'adopted', 'done']);

/**
 * Each call of the result lists what happened since the call before, or since now. Most candidates who moved earlier
 * get no challenge, and aren't worth a line.
 */
export function watchHappenings(app: Known): () => Happening[] {
  const since = app.clock.now() - MAX_CLOCK_DIFFERENCE_MS;
  let last = findLastEventId(app.database);
  // Leaves out decisions to send nothing that are no news: routine ones about an earlier move or no known move, that the
  // candidate left the stage, or that they have the challenge which this very visit brought them.
  const isWorthTelling = (event: ToldEvent): boolean => {
    const { kind, outcome, visit_at: visitAt } = event;
    if (kind !== 'ignore') return true;
    if (findReason(outcome)?.isRoutine === true && (visitAt ?? 0) < since) return false;
    return outcome !== 'left_stage' && !confirmsInvitation(app, event);
  };
  return () => {
    const told: Happening[] = [];
    for (const event of listEventsAfter(app.database, last)) {
      last = event.id;
      if (isWorthTelling(event)) told.push(toHappening(app, event));
    }
    return told;
  };
}

/** Whether this decision only says that the candidate has the challenge which the same visit brought them. */
function confirmsInvitation({ database }: Known, event: ToldEvent): boolean {
  const { outcome, detail, opportunity_id: id, visit_at: visitAt } = event;
  // A detail says something else: that the tag was changed since, or that another opportunity has it.
  if (outcome !== 'already_invited' || detail !== null) return false;
  return listEventsOf(database, id).some(
    (one) => one.kind === 'invite' && one.visit_at === visitAt,
  );
}

/** Whether this event brought an invitation's link into Lever. */
function isLinked({ kind, outcome }: ToldEvent): boolean {
  return kind === 'link' && outcome === 'done';
}

/**
 * An event without an invitation is a decision; the others are attempts to send, progress, or updates to Lever. The one
 * that brought a link into Lever has it as its `link`.
 */
function toHappening(app: Known, event: ToldEvent): Happening {
  const { kind, outcome, detail, invitation_id: invitationId } = event;
  const who = event.candidate ?? event.opportunity_id;
  if (invitationId === null) {
    const sign = kind === 'invite' ? '✓' : kind === 'hold' ? '!' : '·';
    const decided = decisionInWords(kind, outcome, detail);
    const told = tellTimesIn(decided, tellTimes(app.clock.now()));
    return { who, sign, sentence: `${who} ${told}.`, link: null };
  }
  const row = isLinked(event) ? findInvitation(app.database, invitationId) : undefined;
  const isSend = kind === 'send' || kind === 'progress';
  const about = isSend && event.challenge !== null ? `${who}, ${event.challenge}` : who;
  const words = attemptInWords(event);
  return {
    who,
    sign: STEPS_FORWARD.has(outcome) || kind === 'progress' ? '✓' : '!',
    // As in `Ada Example: the link is in Lever.`, an update to Lever begins in lower case.
    sentence: `${about}: ${isSend ? words : words.charAt(0).toLowerCase() + words.slice(1)}.`,
    link: row ? linkOf(app.sealer, row) : null,
  };
}
