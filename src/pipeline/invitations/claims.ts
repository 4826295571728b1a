/** Rows of CodeSubmit's list that an invitation of ours may have made, and which others of ours may have made them. */
import type { ChallengeId } from '../../domain/ids.js';
import { isSameLink } from '../../domain/link.js';
import type { InvitationRow } from '../store/invitation-row.js';
import type { InvitationStore } from './invitation-store.js';
import type { ListedChallenge, SentListStore } from './sent-list-store.js';

export interface Claims {
  /** Of the same address and challenge, none of them known to be ours. */
  rows: ListedChallenge[];
  /** When others of this pair were first sent whose rows aren't known, epoch ms by CodeSubmit's clock. */
  otherIntents: number[];
}

export function findClaims(
  { invitations, list }: { invitations: InvitationStore; list: SentListStore },
  row: InvitationRow,
): Claims {
  const others = invitations.listUnnamedLike(row).map((one) => ({
    intentAt: one.intent_at_vendor ?? 0,
    link: invitations.linkOf(one),
  }));
  // One that an admin settled as sent may have no id yet, but the link that they gave.
  const isTheirs = ({ link }: ListedChallenge): boolean =>
    link !== null && others.some((one) => one.link !== null && isSameLink(one.link, link));
  return {
    rows: list
      .findEqual([row.email_hash], row.challenge_id as ChallengeId)
      .filter((one) => !invitations.isOurs(one.id) && !isTheirs(one)),
    otherIntents: others.filter(({ link }) => link === null).map(({ intentAt }) => intentAt),
  };
}
