/** What happens to candidates, in sentences: for `serve` on a terminal, the demo, and the test at the end of setup. */
import type { Known } from '../admin/facts/fact.js';
import { findLastEvent, listEventsAfter } from '../admin/queries/decisions.js';
import { listInvitationsOf } from '../admin/queries/invitations.js';
import { toListing } from '../admin/status/status-report.js';
import { attemptOf, decisionOf, writebackOf } from '../admin/timeline/sentences.js';
import { MINUTE_MS } from '../domain/clock.js';
import { findReason } from '../domain/reasons.js';

type ToldEvent = ReturnType<typeof listEventsAfter>[number];

export interface Happening {
  who: string;
  /** `✓` for a step forward, `!` for what needs someone, `·` for nothing. */
  sign: '✓' | '!' | '·';
  sentence: string;
  /** The link that is in Lever now. */
  link: string | null;
}

/** Lever's clock dates a move. */
const CLOCKS_APART_MS = MINUTE_MS;

const FORWARD = new Set(['invited', 'adopted', 'done']);

/** What happens from now on, each once. Most who moved before get nothing, and aren't told of. */
export function watchHappenings(app: Known): () => Happening[] {
  const since = app.clock.now() - CLOCKS_APART_MS;
  /** Their next decision says that they already have it. */
  const underWay = new Set<string>();
  let last = findLastEvent(app.database);
  const isOfConcern = ({ kind, outcome, opportunityId, visitAt }: ToldEvent): boolean => {
    if (kind !== 'ignore') return true;
    if (findReason(outcome)?.isRoutine === true && (visitAt ?? 0) < since) return false;
    return (
      outcome !== 'left_stage' && !(outcome === 'already_invited' && underWay.has(opportunityId))
    );
  };
  return () => {
    const told: Happening[] = [];
    for (const event of listEventsAfter(app.database, last)) {
      last = event.id;
      if (event.kind === 'invite') underWay.add(event.opportunityId);
      if (isOfConcern(event)) told.push(tell(app, event));
      if (isLinked(event)) underWay.delete(event.opportunityId);
    }
    return told;
  };
}

function isLinked({ kind, outcome }: ToldEvent): boolean {
  return kind === 'link' && outcome === 'done';
}

function tell(app: Known, event: ToldEvent): Happening {
  const { kind, outcome, detail, opportunityId, invitationId } = event;
  const who = event.candidate ?? opportunityId;
  const challenge = event.challenge ?? undefined;
  if (invitationId === null) {
    const sign = kind === 'invite' ? '✓' : kind === 'hold' ? '!' : '·';
    return { who, sign, sentence: decisionOf(who, kind, outcome, detail, challenge), link: null };
  }
  const rows = isLinked(event) ? listInvitationsOf(app.database, opportunityId) : [];
  const row = rows.find(({ id }) => id === invitationId);
  const isSend = kind === 'send' || kind === 'progress';
  return {
    who,
    sign: FORWARD.has(outcome) || kind === 'progress' ? '✓' : '!',
    sentence: isSend ? attemptOf(who, challenge, event) : writebackOf(who, event),
    link: row ? toListing(app, row).link : null,
  };
}
