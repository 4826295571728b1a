/** The challenge of a decision, by the name that its rule or CodeSubmit's last list gives it. */
import type { ChallengeId } from '../../domain/ids.js';
import type { Named } from '../../domain/rule.js';
import type { RuleStore } from '../../store/rule-store.js';
import type { SentListStore } from '../../store/sent-list-store.js';

/** Null without a challenge. */
export function nameChallenge(
  { rules, list }: { rules: RuleStore; list: SentListStore },
  id: ChallengeId | null,
): Named | null {
  if (id === null) return null;
  const rule = rules.listActive().find(({ challengeId }) => challengeId === id);
  const listed = list.challenges().find((challenge) => challenge.id === id);
  return { id, name: rule?.challengeName ?? listed?.name ?? id };
}
