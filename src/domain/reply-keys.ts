/** Documented keys in vendors' replies, and those we read. A report shows only these. */

const LEVER = `
  data next hasNext code message id text name contact headline stage confidentiality location emails email phones phone
  type value links tags sources stageChanges toStageId toStageIndex userId updatedAt origin sourcedBy owner followers
  applications archived archivedAt reason createdAt lastAdvancedAt lastInteractionAt snoozedUntil urls list show apply
  isAnonymized dataProtection store allowed expiresAt interviewIntelligence opportunityId candidateId contactId posting
  postingId postingOwner postingHiringManager user company comments customQuestions requisitionForHire deletedAt
  categories commitment department level team content state distributionChannels distributionChannel hiringManager
  workplaceType count username accessRole photo deactivatedAt externalDirectoryId url event configuration conditions
  origins signatureToken noteId fields secret score deleted attributes resume resumes feedbackForms panels interviews
`;

const CODESUBMIT = `
  me count next previous results id name archived test test_id email first_name last_name full_name status commits_count
  created_at candidate_meta due_at time_limit score report_url detail non_field_errors error errors
`;

const KNOWN: ReadonlySet<string> = new Set(`${LEVER} ${CODESUBMIT}`.split(/\s+/).filter(Boolean));

export function isKnownKey(key: string): boolean {
  return KNOWN.has(key);
}
