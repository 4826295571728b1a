/** What happens to candidates, in sentences: for the demo, and for the test at the end of setup. */
import type { AppContext } from './context/open-app.js';
import { MINUTE_MS } from '../domain/clock.js';
import { describeReason } from '../domain/reasons.js';
import { attemptOf, decisionOf, writebackOf } from '../admin/timeline/sentences.js';
import {
  listIgnored,
  readStatus,
  type HeldListing,
  type InvitationListing,
} from '../admin/status/status-report.js';

export interface Happening {
  who: string;
  /** `✓` for a step forward, `!` for what needs someone, `·` for nothing. */
  sign: '✓' | '!' | '·';
  sentence: string;
  /** The link that is in Lever now. */
  link: string | null;
  /** A later decision that says the same has another one. */
  at: string;
}

/** Later checks of the stages repeat the decision about earlier candidates. Lever's clock dates a move. */
const JUST_MOVED_MS = MINUTE_MS;

/** What happens from `since` (epoch ms) on; each once. */
export function watchHappenings(app: AppContext, since: number): () => Happening[] {
  const told = new Set<string>();
  return () => {
    const keyOf = ({ sentence, at }: Happening): string => `${sentence} ${at}`;
    const fresh = listHappenings(app, since).filter((one) => !told.has(keyOf(one)));
    for (const one of fresh) told.add(keyOf(one));
    return fresh;
  };
}

function listHappenings(app: AppContext, since: number): Happening[] {
  const { invitations, held } = readStatus(app, { limit: 50 });
  const isSince = (at: string): boolean => Date.parse(at) >= since;
  const linkedAt = new Map(invitations.map((one) => [one.opportunityId, one.linkedAt]));
  // Don't repeat a decision for a candidate whose challenge is on its way.
  const isNew = ({ reason, opportunityId, since: at }: HeldListing): boolean =>
    reason !== 'left_stage' &&
    (reason !== 'already_invited' || at > (linkedAt.get(opportunityId) ?? at));
  const ignored = listIgnored(app, app.clock.now() - JUST_MOVED_MS).filter(isNew);
  return [
    ...held.filter((one) => isSince(one.since)).map((one) => why(one, 'hold')),
    ...ignored.map((one) => why(one, 'ignore')),
    ...invitations.filter((one) => isSince(one.createdAt)).flatMap(stepsOf),
  ];
}

function nameOf({ candidate, opportunityId }: HeldListing | InvitationListing): string {
  return candidate ?? opportunityId;
}

function why(one: HeldListing, kind: 'hold' | 'ignore'): Happening {
  const sentence = decisionOf(nameOf(one), kind, one.reason, one.detail);
  const sign = kind === 'hold' ? '!' : '·';
  return { who: nameOf(one), sign, sentence, link: null, at: one.since };
}

const INVITED = { kind: 'send', outcome: 'invited' };
const LINKED = { kind: 'link', outcome: 'done' };

/** Everything so far, however fast it happened. */
function stepsOf(one: InvitationListing): Happening[] {
  const who = nameOf(one);
  const challenge = one.challenge.name;
  const step = (sentence: string, at: string, link: string | null = null): Happening => ({
    who,
    sign: '✓',
    sentence,
    link,
    at,
  });
  const steps = [step(decisionOf(who, 'invite', '', null, challenge), one.createdAt)];
  if (one.invitedAt !== null) steps.push(step(attemptOf(who, challenge, INVITED), one.invitedAt));
  if (one.linkedAt !== null) steps.push(step(writebackOf(who, LINKED), one.linkedAt, one.link));
  if (!['queued', 'sending', 'invited', 'linked'].includes(one.state)) {
    const reason = one.reason === null ? '' : `: ${describeReason(one.reason)}`;
    steps.push({ ...step(`${who}: ${one.state}${reason}.`, one.createdAt), sign: '!' });
  }
  return steps;
}
