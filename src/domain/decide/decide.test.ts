/** What is decided about one opportunity: the design's promises row by row. */
import { describe, expect, it } from 'vitest';
import {
  anybodyRule,
  backendRule,
  CONSENTED,
  CONTACT_REFUSED,
  DAY,
  FRONTEND,
  frontendRule,
  GENERAL,
  invitationId,
  MINUTE,
  NOW,
  ONSITE_STAGE,
  OTHER_STAGE,
  ruleOf,
  VISIT,
} from '../../../test/support/fictional-records.js';
import {
  approved,
  own,
  promised,
  situationOf,
  type SituationOverrides,
} from '../../../test/support/situation-builder.js';
import type { RuleId, StageId } from '../ids.js';
import { type Decision, REASONS } from '../reasons.js';
import type { Rule } from '../rule.js';
import { decide, type PostingNeeded, type Situation } from './decide.js';

/** `invite Backend`, `hold near_tag: detail`, `ignore no_tag`, or `posting_needed`. */
function inShort(decision: Decision | PostingNeeded): string {
  if (decision.kind === 'posting_needed') return decision.kind;
  if (decision.kind === 'invite') return `invite ${decision.rule.challengeName}`;
  const detail = decision.detail === null ? '' : `: ${decision.detail}`;
  return `${decision.kind} ${decision.reason}${detail}`;
}

const iso = (at: number) => new Date(at).toISOString();

type Row = [sentence: string, given: SituationOverrides, decided: string];

/** The rows of all parts of the table. */
const table: Row[] = [];

function decides(rows: readonly Row[]): void {
  table.push(...rows);
  it.each(rows)('%s', (_sentence, given, decided) => {
    expect(inShort(decide(situationOf(given)))).toBe(decided);
  });
}

/** Tags that are no near miss of any other. */
const others = (count: number) => Array.from({ length: count }, (_, at) => `tag ${at}`);
const inStageOf = (stageId: StageId) => ({ stageId });
const both = ['codesubmit:backend', 'codesubmit:frontend'];
const three = [...both, 'codesubmit:design'];
const designRule = ruleOf({ id: 6 as RuleId, tag: 'codesubmit:design', challengeId: GENERAL });
const withDesign = { rules: [backendRule, frontendRule, designRule] };
const withAnybody = { rules: [backendRule, frontendRule, anybodyRule] };
const onsiteRule = ruleOf({ id: 4 as RuleId, stageId: ONSITE_STAGE });
/** Younger than the visit. */
const late = (rule: Rule): Rule => ({ ...rule, activatedAt: NOW });
const cameBefore = `ignore before_activation: came ${iso(VISIT)}, rule added ${iso(NOW)}`;

describe('eligibility', () => {
  decides([
    ['in the stage, with the tag, an e-mail and a name', {}, 'invite Backend'],
    ['a 403 is no access', { sighting: { kind: 'forbidden' } }, 'ignore no_access'],
    ['a 404 alone is no access', { sighting: { kind: 'not_found' } }, 'ignore no_access'],
    [
      'a signed candidateDeleted and a 404 is deleted',
      { sighting: { kind: 'deleted' } },
      'ignore deleted',
    ],
    ['archived', { opportunity: { isArchived: true } }, 'ignore archived'],
    ['anonymized', { opportunity: { isAnonymized: true } }, 'ignore anonymized'],
    [
      'anonymized wins over archived',
      { opportunity: { isAnonymized: true, isArchived: true } },
      'ignore anonymized',
    ],
    ['forgotten during this visit', { isForgotten: true }, 'ignore anonymized: forgotten'],
    [
      'the contact is not allowed',
      { opportunity: { consent: { ...CONTACT_REFUSED, isStoreRefused: true } } },
      'ignore contact_not_allowed: contact',
    ],
    [
      'their data may not be stored',
      { opportunity: { consent: { ...CONSENTED, isStoreRefused: true, expiresAt: 1 } } },
      'ignore contact_not_allowed: store',
    ],
    [
      'the consent ends now',
      { opportunity: { consent: { ...CONSENTED, expiresAt: NOW } } },
      'ignore contact_not_allowed: expired',
    ],
    [
      'the consent ends in a moment',
      { opportunity: { consent: { ...CONSENTED, expiresAt: NOW + 1 } } },
      'invite Backend',
    ],
    [
      'in a stage that no rule names',
      { opportunity: inStageOf(OTHER_STAGE) },
      'ignore other_stage',
    ],
    ['in no stage at all', { opportunity: { stageId: null } }, 'ignore other_stage'],
    [
      'it was in a rule’s stage and has left it',
      { opportunity: inStageOf(OTHER_STAGE), wasInRuleStage: true },
      'ignore left_stage',
    ],
    [
      'knowing it from elsewhere changes nothing while it is in the stage',
      { wasInRuleStage: true },
      'invite Backend',
    ],
    ['without rules no stage counts', { rules: [] }, 'ignore other_stage'],
    ['no e-mail', { opportunity: { emails: [] } }, 'hold no_email'],
    ['no valid e-mail', { opportunity: { emails: ['ada at example.com', ' '] } }, 'hold no_email'],
    ['no name', { opportunity: { name: ' \t ' } }, 'hold no_name'],
    [
      'the e-mail is checked before the name',
      { opportunity: { emails: [], name: '' } },
      'hold no_email',
    ],
    [
      'CodeSubmit doesn’t know the challenge',
      { rules: [ruleOf({ isChallengeUnknown: true })] },
      'hold unknown_challenge: Backend',
    ],
    ['paused', { isPaused: true }, 'hold paused'],
    [
      'a pause leaves a queued one queued',
      { isPaused: true, own: [own({ state: 'queued' })] },
      'invite Backend',
    ],
    [
      'a pause holds what an admin requested in a stage that it left',
      {
        isPaused: true,
        own: [own({ state: 'queued', origin: 'person', visit_stage_id: OTHER_STAGE })],
      },
      'hold paused',
    ],
    [
      'a pause holds a cancelled one',
      { isPaused: true, own: [own({ state: 'cancelled' })] },
      'hold paused',
    ],
    [
      'a pause holds when another challenge is queued',
      { isPaused: true, own: [own({ state: 'queued', challenge_id: FRONTEND })] },
      'hold paused',
    ],
  ]);
});

describe('tags', () => {
  decides([
    ['compare without case', { opportunity: { tags: ['CodeSubmit:BACKEND'] } }, 'invite Backend'],
    ['compare trimmed', { opportunity: { tags: ['  codesubmit:backend '] } }, 'invite Backend'],
    ['so do the rule’s', { rules: [ruleOf({ tag: ' CodeSubmit:Backend ' })] }, 'invite Backend'],
    ...(['NFC', 'NFD'] as const).map((form): Row => {
      const rule = ruleOf({ tag: 'codesubmit:zürich'.normalize(form === 'NFC' ? 'NFD' : 'NFC') });
      const tags = ['codesubmit:zürich'.normalize(form)];
      return [
        `accents compare as ${form}, too`,
        { rules: [rule], opportunity: { tags } },
        'invite Backend',
      ];
    }),
    ['no tag is ignored', { opportunity: { tags: ['sourced', 'referral'] } }, 'ignore no_tag'],
    ['the same for an untagged person', { opportunity: { tags: [] } }, 'ignore no_tag'],
    [
      'a near miss: equal without spaces and punctuation',
      { opportunity: { tags: ['Code Submit - backend'] } },
      'hold near_tag: "Code Submit - backend" is close to "codesubmit:backend"',
    ],
    [
      'a near miss: one edit away',
      { opportunity: { tags: ['codesubmit:backnd'] } },
      'hold near_tag: "codesubmit:backnd" is close to "codesubmit:backend"',
    ],
    [
      'a near miss: two edits away',
      { opportunity: { tags: ['codesubmit:bakendd'] } },
      'hold near_tag: "codesubmit:bakendd" is close to "codesubmit:backend"',
    ],
    [
      'three edits are no near miss, but a challenge tag that no rule uses',
      { opportunity: { tags: ['sourced', 'CodeSubmit:bake'] } },
      'ignore no_tag: CodeSubmit:bake',
    ],
    [
      'a tag that begins like no rule’s stands for no challenge',
      { rules: [ruleOf({ tag: 'backend' })], opportunity: { tags: ['codesubmit:bake', ':bake'] } },
      'ignore no_tag',
    ],
    [
      'a short tag allows no edit',
      { rules: [ruleOf({ tag: 'backend' })], opportunity: { tags: ['backand'] } },
      'ignore no_tag',
    ],
    [
      'a short tag allows spaces and punctuation',
      { rules: [ruleOf({ tag: 'backend' })], opportunity: { tags: ['back-end'] } },
      'hold near_tag: "back-end" is close to "backend"',
    ],
    [
      'an exact match wins over a near miss',
      { opportunity: { tags: ['codesubmit:frontent', 'codesubmit:backend'] } },
      'invite Backend',
    ],
    [
      'our own status tags are never a near miss',
      {
        rules: [ruleOf({ tag: 'backend' }), ruleOf({ id: 2 as RuleId, tag: 'backend-invited' })],
        opportunity: { tags: ['backend: invited'] },
      },
      'ignore no_tag',
    ],
    [
      'the detail names the nearest tag',
      { opportunity: { tags: ['codesubmit:bakendd', 'codesubmit:frontent'] } },
      'hold near_tag: "codesubmit:frontent" is close to "codesubmit:frontend"',
    ],
    [
      'whichever comes first',
      { opportunity: { tags: ['codesubmit:frontent', 'codesubmit:bakendd'] } },
      'hold near_tag: "codesubmit:frontent" is close to "codesubmit:frontend"',
    ],
    [
      'of equally near ones the first tag and the first rule',
      {
        rules: [backendRule, ruleOf({ id: 7 as RuleId, tag: 'codesubmit-backend' })],
        opportunity: { tags: ['code submit backend', 'codesubmit_backend'] },
      },
      'hold near_tag: "code submit backend" is close to "codesubmit:backend"',
    ],
    [
      'another stage’s tag is not a near miss of this stage’s',
      {
        rules: [backendRule, ruleOf({ ...onsiteRule, tag: 'codesubmit:backends' })],
        opportunity: { tags: ['codesubmit:backends'] },
      },
      'ignore no_tag: codesubmit:backends',
    ],
    [
      'a * rule applies to candidates without a challenge tag',
      { ...withAnybody, opportunity: { tags: ['sourced'] } },
      'invite General',
    ],
    ['a * rule yields to a tag', withAnybody, 'invite Backend'],
    [
      'a tag that is literally * is no rule’s',
      { rules: [anybodyRule, backendRule], opportunity: { tags: ['*', 'codesubmit:backend'] } },
      'invite Backend',
    ],
    [
      'a tag is found among any number of others',
      { ...withAnybody, opportunity: { tags: [...others(5_000), 'codesubmit:backend'] } },
      'invite Backend',
    ],
    [
      'a near miss among the first hundred others is found',
      { opportunity: { tags: [...others(99), 'codesubmit:backnd', ...others(50)] } },
      'hold near_tag: "codesubmit:backnd" is close to "codesubmit:backend"',
    ],
    [
      'a * rule skips candidates whose tags were not all compared',
      { ...withAnybody, opportunity: { tags: others(101) } },
      'hold near_tag: it has more than 100 other tags, and not all were compared',
    ],
    [
      'a * rule applies to a candidate with a hundred other tags',
      { ...withAnybody, opportunity: { tags: others(100) } },
      'invite General',
    ],
    [
      'a * rule ignores candidates who came before it, whatever their tags',
      { rules: [late(anybodyRule)], opportunity: { tags: others(101) } },
      cameBefore,
    ],
    [
      'a * rule yields to a near miss',
      { ...withAnybody, opportunity: { tags: ['codesubmit:backnd'] } },
      'hold near_tag: "codesubmit:backnd" is close to "codesubmit:backend"',
    ],
    [
      'a * rule yields to the tag of another stage’s rule',
      { rules: [anybodyRule, onsiteRule] },
      'ignore no_tag: codesubmit:backend',
    ],
    [
      'a * rule yields to the tag of another stage’s rule, whatever is close to it',
      {
        rules: [anybodyRule, onsiteRule],
        opportunity: { tags: ['codesubmit:backnd', 'codesubmit:backend'] },
      },
      'ignore no_tag: codesubmit:backend',
    ],
    [
      'a * rule yields to a near miss of another stage’s rule',
      { rules: [anybodyRule, onsiteRule], opportunity: { tags: ['codesubmit:backnd'] } },
      'hold near_tag: "codesubmit:backnd" is close to "codesubmit:backend"',
    ],
    [
      'another stage’s * rule doesn’t apply here',
      {
        rules: [backendRule, ruleOf({ ...anybodyRule, stageId: ONSITE_STAGE })],
        opportunity: { tags: [] },
      },
      'ignore no_tag',
    ],
    [
      'two different challenge tags ask for the posting',
      { opportunity: { tags: both } },
      'posting_needed',
    ],
    [
      'the tag that is not on the posting wins',
      { opportunity: { tags: both }, postingTags: ['CODESUBMIT:backend', 'engineering'] },
      'invite Frontend',
    ],
    [
      'still two: none is inherited',
      { opportunity: { tags: both }, postingTags: ['engineering'] },
      'hold ambiguous_tags: codesubmit:backend, codesubmit:frontend',
    ],
    [
      'still two: both are inherited',
      { opportunity: { tags: both }, postingTags: both },
      'hold ambiguous_tags: codesubmit:backend, codesubmit:frontend',
    ],
    [
      'still three, though one is inherited: all are named',
      { ...withDesign, opportunity: { tags: three }, postingTags: ['codesubmit:design'] },
      'hold ambiguous_tags: codesubmit:backend, codesubmit:frontend, codesubmit:design',
    ],
    [
      'no permission to read the posting',
      { opportunity: { tags: both }, postingTags: null },
      'hold ambiguous_tags: codesubmit:backend, codesubmit:frontend',
    ],
    [
      'two tags of one challenge are not ambiguous',
      {
        rules: [backendRule, ruleOf({ id: 5 as RuleId, tag: 'python' })],
        opportunity: { tags: ['python', 'codesubmit:backend'] },
      },
      'invite Backend',
    ],
    [
      'two own tags of one challenge win over an inherited one',
      {
        rules: [backendRule, frontendRule, { ...designRule, challengeId: FRONTEND }],
        opportunity: { tags: three },
        postingTags: ['codesubmit:backend'],
      },
      'invite Frontend',
    ],
    [
      'tags whose challenge this opportunity already had never make it ambiguous',
      {
        opportunity: { tags: both, stageId: ONSITE_STAGE },
        rules: [
          ruleOf({ stageId: ONSITE_STAGE }),
          ruleOf({ ...frontendRule, stageId: ONSITE_STAGE }),
        ],
        own: [own({ visit_at: VISIT - DAY })],
      },
      'invite Frontend',
    ],
    [
      'nor are they named when the others are',
      {
        ...withDesign,
        opportunity: { tags: three },
        own: [own({ visit_at: VISIT - DAY })],
        postingTags: null,
      },
      'hold ambiguous_tags: codesubmit:frontend, codesubmit:design',
    ],
    [
      'nor when an admin requested one in this stage',
      {
        opportunity: { tags: both },
        own: [own({ state: 'queued', origin: 'person', visit_at: VISIT - DAY })],
        approvals: [approved('second_challenge', { challengeId: FRONTEND })],
      },
      'invite Frontend',
    ],
    [
      'what an admin requested in a stage that it left has ended, so they do',
      {
        opportunity: { tags: both },
        own: [own({ state: 'queued', origin: 'person', visit_stage_id: OTHER_STAGE })],
        postingTags: null,
      },
      'hold ambiguous_tags: codesubmit:backend, codesubmit:frontend',
    ],
    [
      'nor when it had them all',
      {
        opportunity: { tags: both },
        own: [own(), own({ challenge_id: FRONTEND, visit_at: VISIT - DAY })],
        postingTags: ['codesubmit:frontend'],
      },
      'ignore already_invited',
    ],
  ]);
});

describe('once', () => {
  decides([
    ...(['sending', 'uncertain', 'invited', 'linked'] as const).map((state): Row => [
      `${state} counts as promised`,
      { own: [own({ state })] },
      'ignore already_invited',
    ]),
    [
      'its own queued row does not count: the decision is about that very row',
      { own: [own({ state: 'queued' })] },
      'invite Backend',
    ],
    ['cancelled does not count', { own: [own({ state: 'cancelled' })] }, 'invite Backend'],
    ['failed does not count', { own: [own({ state: 'failed' })] }, 'invite Backend'],
    [
      'one visit yields at most one invitation: a tag changed afterwards sends nothing',
      { own: [own({ challenge_id: FRONTEND })] },
      'ignore already_invited: tag_changed',
    ],
    [
      'a rule changed afterwards sends nothing',
      { rules: [ruleOf({ challengeId: GENERAL, challengeName: 'General' })], own: [own()] },
      'ignore already_invited: tag_changed',
    ],
    [
      'a tag changed into a near miss neither sends nor holds',
      { own: [own()], opportunity: { tags: ['codesubmit:backnd'] } },
      'ignore already_invited: tag_changed',
    ],
    [
      'removing a tag afterwards changes nothing either',
      { own: [own()], opportunity: { tags: [] } },
      'ignore already_invited: tag_changed',
    ],
    [
      'two other tags added afterwards neither send nor hold, and ask for no posting',
      { own: [own({ challenge_id: GENERAL })], opportunity: { tags: both } },
      'ignore already_invited: tag_changed',
    ],
    [
      'a challenge sent by a * rule in this visit still counts',
      { ...withAnybody, own: [own({ challenge_id: GENERAL })], opportunity: { tags: [] } },
      'ignore already_invited',
    ],
    [
      'a tag of another stage’s rule for the same challenge counts as changed',
      {
        rules: [frontendRule, ruleOf({ id: 4 as RuleId, stageId: ONSITE_STAGE })],
        own: [own()],
      },
      'ignore already_invited: tag_changed',
    ],
    [
      'a visit of another stage is another visit',
      { own: [own({ visit_stage_id: ONSITE_STAGE, challenge_id: FRONTEND })] },
      'invite Backend',
    ],
    [
      'a tag changed while queued: the new decision wins',
      { own: [own({ state: 'queued', challenge_id: FRONTEND })] },
      'invite Backend',
    ],
    [
      'coming back to the same stage: the same challenge',
      { own: [own({ visit_at: VISIT - DAY })] },
      'ignore already_invited',
    ],
    [
      'coming back to the same stage: a different one',
      { own: [own({ visit_at: VISIT - DAY, challenge_id: FRONTEND })] },
      'hold second_challenge: Backend',
    ],
    [
      'coming back to the same stage: a different one, approved',
      {
        own: [own({ visit_at: VISIT - DAY, challenge_id: FRONTEND })],
        approvals: [approved('second_challenge')],
      },
      'invite Backend',
    ],
    [
      'an approval of another challenge doesn’t count',
      {
        own: [own({ visit_at: VISIT - DAY, challenge_id: FRONTEND })],
        approvals: [approved('second_challenge', { challengeId: GENERAL })],
      },
      'hold second_challenge: Backend',
    ],
    [
      'an approval for the brake doesn’t count for a second challenge',
      {
        own: [own({ visit_at: VISIT - DAY, challenge_id: FRONTEND })],
        approvals: [approved('brake')],
      },
      'hold second_challenge: Backend',
    ],
    [
      'coming back after a cancelled one',
      { own: [own({ visit_at: VISIT - DAY, challenge_id: FRONTEND, state: 'cancelled' })] },
      'invite Backend',
    ],
    [
      'another stage’s rule sends by itself',
      {
        own: [own({ visit_stage_id: ONSITE_STAGE, challenge_id: FRONTEND, visit_at: VISIT - DAY })],
      },
      'invite Backend',
    ],
    [
      'another stage’s rule with the same challenge does not',
      { own: [own({ visit_stage_id: ONSITE_STAGE, visit_at: VISIT - DAY })] },
      'ignore already_invited',
    ],
    [
      'one person gets a challenge once, also through a second opportunity',
      { ofPerson: [promised()] },
      'ignore already_invited: same_person',
    ],
    [
      'another contact with the same e-mail, too',
      { ofPerson: [promised({ isSameContact: false })] },
      'ignore already_invited: same_person',
    ],
    [
      'within the rule’s reuse days',
      { ofPerson: [promised({ countsFrom: NOW - 365 * DAY + 1 })] },
      'ignore already_invited: same_person',
    ],
    [
      'after the rule’s reuse days',
      { ofPerson: [promised({ countsFrom: NOW - 365 * DAY })] },
      'invite Backend',
    ],
    [
      'however long the other one waits',
      { ofPerson: [promised({ countsFrom: null })], rules: [ruleOf({ reuseDays: 1 })] },
      'ignore already_invited: same_person',
    ],
    [
      'even if the rule has no reuse days',
      { ofPerson: [promised({ countsFrom: null })], rules: [ruleOf({ reuseDays: 0 })] },
      'ignore already_invited: same_person',
    ],
    [
      'no reuse days at all, once it was sent',
      { ofPerson: [promised({ countsFrom: NOW })], rules: [ruleOf({ reuseDays: 0 })] },
      'invite Backend',
    ],
    [
      'the reuse days are the rule’s',
      { rules: [ruleOf({ reuseDays: 29 })], ofPerson: [promised()] },
      'invite Backend',
    ],
    [
      'another challenge for the same person is allowed',
      { ofPerson: [promised({ challengeId: FRONTEND })] },
      'invite Backend',
    ],
  ]);

  const forgotten = promised({ isForgotten: true });
  decides([
    [
      'one who was forgotten since needs approval',
      { ofPerson: [forgotten] },
      'hold forgotten: Backend',
    ],
    [
      'and has it, once approved',
      { ofPerson: [forgotten], approvals: [approved('forgotten')] },
      'invite Backend',
    ],
    [
      'not after the reuse days',
      { ofPerson: [{ ...forgotten, countsFrom: VISIT - 365 * DAY }] },
      'invite Backend',
    ],
    [
      'though these ended since the visit began',
      { ofPerson: [{ ...forgotten, countsFrom: VISIT - 365 * DAY + 1 }] },
      'hold forgotten: Backend',
    ],
    [
      'nor while another opportunity has it',
      { ofPerson: [forgotten, promised({ isSameContact: false })] },
      'ignore already_invited: same_person',
    ],
    [
      'nor before the rule',
      { ofPerson: [forgotten], rules: [ruleOf({ activatedAt: VISIT + 1 })] },
      `ignore before_activation: came ${new Date(VISIT).toISOString()}, rule added ${new Date(VISIT + 1).toISOString()}`,
    ],
  ]);

  it('with two matching tags, the one that this visit was invited by counts as unchanged', () => {
    const given = {
      own: [own({ challenge_id: FRONTEND })],
      opportunity: { tags: ['codesubmit:backend', 'codesubmit:frontend'] },
    };
    expect(inShort(decide(situationOf(given)))).toBe('ignore already_invited');
  });

  it('the same person shares the invitation: by the same contact if there is one, else by the same e-mail', () => {
    const shares = (ofPerson: Situation['ofPerson']) => decide(situationOf({ ofPerson }));
    const other = promised({ isSameContact: false, invitationId: invitationId(8) });
    const ofOther = { shares: { invitationId: 8, isSameContact: false } };
    const ofSame = { shares: { isSameContact: true } };
    expect(shares([other])).toMatchObject(ofOther);
    expect(shares([promised()])).toMatchObject(ofSame);
    expect(shares([other, promised()])).toMatchObject(ofSame);
    expect(
      shares([promised({ challengeId: FRONTEND }), promised({ countsFrom: 0 }), other]),
    ).toMatchObject(ofOther);
  });
});

describe('activation, brake and delay', () => {
  const former = (from: number, until: number) => ({
    ...{ ruleId: frontendRule.id, tag: backendRule.tag, from, until },
  });
  const similar = { similarSent: [backendRule.tag] };
  const braked = { rules: [ruleOf({ isBraked: true })] };
  const delayed = { rules: [ruleOf({ delayMinutes: 30 })] };

  decides([
    [
      'came to the stage before the rule: the detail has both times',
      { rules: [ruleOf({ activatedAt: VISIT + 1 })] },
      `ignore before_activation: came ${iso(VISIT)}, rule added ${iso(VISIT + 1)}`,
    ],
    [
      'came while an earlier rule of the stage and tag applied, which this one replaced',
      {
        rules: [ruleOf({ activatedAt: VISIT + 2, formerly: [former(VISIT, VISIT + 1)] })],
      },
      'invite Backend',
    ],
    [
      'came after the earlier rule ended, and before this one',
      {
        rules: [ruleOf({ activatedAt: VISIT + 2, formerly: [former(VISIT - 1, VISIT)] })],
      },
      `ignore before_activation: came ${iso(VISIT)}, rule added ${iso(VISIT + 2)}`,
    ],
    [
      'came before the earlier rule, too',
      {
        rules: [ruleOf({ activatedAt: VISIT + 2, formerly: [former(VISIT + 1, VISIT + 2)] })],
      },
      `ignore before_activation: came ${iso(VISIT)}, rule added ${iso(VISIT + 2)}`,
    ],
    [
      'came in the very millisecond in which the rule was added',
      { rules: [ruleOf({ activatedAt: VISIT })] },
      'invite Backend',
    ],
    [
      'came before the rule, but the admin chose to invite it',
      { rules: [late(backendRule)], approvedAtActivation: [backendRule.id] },
      'invite Backend',
    ],
    [
      'chosen for another rule',
      { rules: [late(backendRule)], approvedAtActivation: [frontendRule.id] },
      cameBefore,
    ],
    [
      'came before another rule only',
      { rules: [backendRule, late(frontendRule)] },
      'invite Backend',
    ],
    [
      'an earlier promise is reported first',
      { rules: [late(backendRule)], own: [own()] },
      'ignore already_invited',
    ],
    [
      'before the rule, nobody needs an e-mail',
      { rules: [late(backendRule)], opportunity: { emails: [] } },
      cameBefore,
    ],
    [
      'nor does a near miss hold it',
      { rules: [late(backendRule)], opportunity: { tags: ['codesubmit:backnd'] } },
      cameBefore,
    ],
    [
      'nor do ambiguous tags, when it came before all of their rules',
      {
        rules: [late(backendRule), late(frontendRule)],
        opportunity: { tags: both },
        postingTags: null,
      },
      cameBefore,
    ],
    [
      'the posting is not read for it',
      { rules: [late(backendRule), late(frontendRule)], opportunity: { tags: both } },
      cameBefore,
    ],
    [
      'but it is when one of the rules is newer',
      { rules: [late(backendRule), frontendRule], opportunity: { tags: both } },
      'posting_needed',
    ],
    [
      'a near miss of another stage’s tag holds no one whom the * rule ignores',
      {
        rules: [late(anybodyRule), onsiteRule],
        opportunity: { tags: ['codesubmit:backnd'] },
      },
      cameBefore,
    ],
    [
      'one rule younger than the visit may be meant',
      {
        rules: [late(backendRule), frontendRule],
        opportunity: { tags: both },
        postingTags: null,
      },
      'hold ambiguous_tags: codesubmit:backend, codesubmit:frontend',
    ],
    ['others sent it to a similar address', similar, 'hold similar_address: Backend'],
    [
      'others sent another challenge to a similar address',
      { similarSent: [frontendRule.tag] },
      'invite Backend',
    ],
    ['until approved', { ...similar, approvals: [approved('similar_address')] }, 'invite Backend'],
    [
      'approved for another reason',
      { ...similar, approvals: [approved('brake'), approved('second_challenge')] },
      'hold similar_address: Backend',
    ],
    ['already has it', { ...similar, own: [own()] }, 'ignore already_invited'],
    [
      'a similar address holds what is queued',
      { ...similar, own: [own({ state: 'queued' })] },
      'hold similar_address: Backend',
    ],
    ['a braked rule holds', braked, 'hold brake'],
    [
      'a braked rule holds a queued one',
      { ...braked, own: [own({ state: 'queued' })] },
      'hold brake',
    ],
    ['until approved', { ...braked, approvals: [approved('brake')] }, 'invite Backend'],
    [
      'an approved second challenge needs no second approval',
      { ...braked, approvals: [approved('second_challenge')] },
      'invite Backend',
    ],
    [
      'the brake doesn’t hold those chosen at activation',
      { ...braked, approvedAtActivation: [backendRule.id] },
      'invite Backend',
    ],
    [
      'approved for another challenge',
      { ...braked, approvals: [approved('brake', { challengeId: FRONTEND })] },
      'hold brake',
    ],
    ['the brake stays on during a pause', { ...braked, isPaused: true }, 'hold brake'],
    [
      'on hold until the delay is over',
      delayed,
      `hold delayed: until ${new Date(VISIT + 30 * MINUTE).toISOString()}`,
    ],
    ['sent afterwards', { ...delayed, now: VISIT + 30 * MINUTE }, 'invite Backend'],
    [
      'still on hold a millisecond before',
      { ...delayed, now: VISIT + 30 * MINUTE - 1 },
      `hold delayed: until ${new Date(VISIT + 30 * MINUTE).toISOString()}`,
    ],
    ['without a delay there is no waiting', { now: VISIT - DAY }, 'invite Backend'],
  ]);

  it('a delayed one is decided again after the delay, other holds are not', () => {
    expect(decide(situationOf(delayed))).toMatchObject({ until: VISIT + 30 * MINUTE });
    expect(decide(situationOf(braked))).toMatchObject({ until: null });
  });

  it.each<[string, SituationOverrides]>([
    ['brake', { approvals: [approved('brake')] }],
    ['second_challenge', { approvals: [approved('second_challenge')] }],
    ['similar_address', { ...similar, approvals: [approved('similar_address')] }],
    ['activation', { approvedAtActivation: [backendRule.id] }],
  ])('approved for %s does not count for the brake', (_reason, given) => {
    const invite = { kind: 'invite', isApproved: true };
    expect(decide(situationOf(given))).toMatchObject(invite);
    expect(decide(situationOf())).toMatchObject({ ...invite, isApproved: false });
  });
});

it.each(Object.entries(REASONS))('the table has a row for %s', (reason, { kind }) => {
  const decided = table.map(([, , conclusion]) => conclusion.split(':')[0]);
  expect(decided).toContain(`${kind} ${reason}`);
});

it('an invite names the recipient and the rule', () => {
  const opportunity = {
    name: ' Augusta Ada  King ',
    emails: ['no', ' Ada@Example.com ', 'b@example.com'],
  };
  expect(decide(situationOf({ opportunity }))).toEqual({
    kind: 'invite',
    rule: backendRule,
    opportunity: expect.objectContaining(opportunity) as unknown,
    email: 'Ada@Example.com',
    firstName: 'Augusta Ada',
    lastName: 'King',
    isApproved: false,
  });
});
