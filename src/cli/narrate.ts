/** What happens to candidates, in sentences: for the demo, and for the test at the end of setup. */
import type { AppContext } from '../app/app-context.js';
import { describeReason } from '../domain/reasons.js';
import {
  listIgnored,
  readStatus,
  type HeldListing,
  type InvitationListing,
} from '../operate/status/status-report.js';

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

/** What happened since that time, and who was ignored since `ignoredSince` (epoch ms). */
export function listHappenings(app: AppContext, since: number, ignoredSince: number): Happening[] {
  const { invitations, held } = readStatus(app, { limit: 50 });
  const isSince = (at: string): boolean => Date.parse(at) >= since;
  const linkedAt = new Map(invitations.map((one) => [one.opportunityId, one.linkedAt]));
  // A second look at somebody whose challenge is on its way is no news.
  const isNews = ({ reason, opportunityId, since: at }: HeldListing): boolean =>
    reason !== 'left_stage' &&
    (reason !== 'already_invited' || at > (linkedAt.get(opportunityId) ?? at));
  const ignored = listIgnored(app, ignoredSince).filter(isNews);
  return [
    ...held.filter((one) => isSince(one.since)).map((one) => why(one, '!', 'is on hold')),
    ...ignored.map((one) => why(one, '·', 'gets nothing')),
    ...invitations.filter((one) => isSince(one.createdAt)).flatMap(stepsOf),
  ];
}

function nameOf({ candidate, opportunityId }: HeldListing | InvitationListing): string {
  return candidate ?? opportunityId;
}

function why(one: HeldListing, sign: '!' | '·', what: string): Happening {
  const sentence = `${nameOf(one)} ${what}: ${describeReason(one.reason, one.detail)}.`;
  return { who: nameOf(one), sign, sentence, link: null, at: one.since };
}

/** Everything so far, however fast it happened. */
function stepsOf(one: InvitationListing): Happening[] {
  const who = nameOf(one);
  const step = (sentence: string, at: string, link: string | null = null): Happening => ({
    ...{ who, sign: '✓', sentence, link, at },
  });
  const steps = [step(`${who} gets ${one.challenge.name}.`, one.createdAt)];
  if (one.invitedAt !== null) steps.push(step(`${who} was invited by CodeSubmit.`, one.invitedAt));
  if (one.linkedAt !== null)
    steps.push(step(`${who} has the link in Lever.`, one.linkedAt, one.link));
  if (!['queued', 'sending', 'invited', 'linked'].includes(one.state)) {
    const reason = one.reason === null ? '' : `: ${describeReason(one.reason)}`;
    steps.push({ ...step(`${who}: ${one.state}${reason}.`, one.createdAt), sign: '!' });
  }
  return steps;
}
