/** Which challenge a tag names under a rule for every challenge, and what is decided by it. */
import { describe, expect, it } from 'vitest';
import {
  ADA,
  anybodyRule,
  BACKEND,
  backendRule,
  CHALLENGE_STAGE,
  FRONTEND,
  ONSITE_STAGE,
  opportunityOf,
  OTHER_STAGE,
  ruleOf,
  VISIT,
} from '../../../test/support/fictional-records.js';
import {
  own,
  situationOf,
  type SituationOverrides,
} from '../../../test/support/situation-builder.js';
import type { OfferedChallenge } from '../challenges.js';
import type { ChallengeId, RuleId } from '../ids.js';
import { EVERY_CHALLENGE, type Rule } from '../rule.js';
import {
  catalogOf,
  findChallenge,
  listChallengeTags,
  listFormerTags,
  rulesFor,
  slugOf,
  tagOf,
  whyNoChallenge,
} from './challenge-tags.js';
import { decide } from './decide.js';
import { findNearMiss } from './match-rule.js';

function offered(name: string, overrides: Partial<OfferedChallenge> = {}): OfferedChallenge {
  return { id: `challenge-${slugOf(name)}` as ChallengeId, name, isArchived: false, ...overrides };
}

const GO = 'challenge-go-2' as ChallengeId;

const OFFER = [
  offered('Backend'),
  offered('Frontend (React)', { id: FRONTEND }),
  offered('Go', { formerNames: ['Golang'] }),
  offered('Rust', { isArchived: true }),
  offered('Data API'),
  offered('data-api', { id: 'challenge-data-2' as ChallengeId }),
  offered('???'),
];

const everyRule = ruleOf({
  id: 9 as RuleId,
  tag: 'codesubmit:*',
  challengeId: EVERY_CHALLENGE,
  challengeName: '*',
});

it.each([
  ['Backend', 'backend'],
  [' Frontend (React) ', 'frontend-react'],
  ['C++ / Qt – 2', 'c-qt-2'],
  ['Größe', 'größe'],
  ['Gro\u0308ße', 'größe'],
  ['データ API', 'データ-api'],
  ['***', ''],
])('the slug of %j is %j', (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});

describe('a tag', () => {
  it.each([
    ['codesubmit:backend', BACKEND],
    [' CodeSubmit: Backend ', BACKEND],
    ['codesubmit:FRONTEND react', FRONTEND],
    ['codesubmit:golang', '“codesubmit:golang” is codesubmit:go now: the challenge was renamed'],
    ['codesubmit:rust', '“Rust” is archived at CodeSubmit'],
    ['codesubmit:bakend', '“codesubmit:bakend” names no challenge; nearest: codesubmit:backend'],
    ['codesubmit:zzz', '“codesubmit:zzz” names no challenge'],
    ['codesubmit:', '“codesubmit:” names no challenge'],
    ['backend', '“backend” names no challenge'],
    [
      'codesubmit:data-api',
      '“codesubmit:data-api” names “Data API” and “data-api”; rename one in CodeSubmit',
    ],
  ])('%j names %j', (tag, expected) => {
    const catalog = catalogOf(OFFER);
    const found = findChallenge(tag, everyRule, catalog);
    expect(found?.id ?? whyNoChallenge(tag, everyRule, catalog)).toBe(expected);
  });

  it('of three challenges takes two new names', () => {
    const catalog = catalogOf(['C', 'C++', 'C#'].map((name) => offered(name)));
    expect(whyNoChallenge('codesubmit:c', everyRule, catalog)).toBe(
      '“codesubmit:c” names “C”, “C++” and “C#”; rename all but one in CodeSubmit',
    );
  });

  it('that is mistyped may mean that of a rule for one tag', () => {
    const special = ruleOf({ tag: 'codesubmit:special', challengeId: FRONTEND });
    expect(
      whyNoChallenge('codesubmit:specal', everyRule, catalogOf(OFFER), [everyRule, special]),
    ).toMatch(/nearest: codesubmit:special$/);
  });

  it.each<[what: string, renamed: OfferedChallenge, rules: Rule[]]>([
    ['without a letter', offered('★', { formerNames: ['Star'] }), []],
    ['that another has, too', offered('Backend!', { id: GO, formerNames: ['Star'] }), []],
    [
      'whose tag a rule has for another challenge',
      offered('Moon', { formerNames: ['Star'] }),
      [ruleOf({ tag: 'CodeSubmit: Moon', challengeId: FRONTEND })],
    ],
  ])('of a challenge with a new name %s is replaced by none', (_what, renamed, rules) => {
    const catalog = catalogOf([...OFFER, renamed]);
    expect(listFormerTags(everyRule, catalog, rules)).not.toContainEqual(
      expect.objectContaining({ was: 'codesubmit:star' }),
    );
    expect(whyNoChallenge('codesubmit:star', everyRule, catalog, rules)).toBe(
      `“codesubmit:star” is “${renamed.name}” now, and no tag names that; rename it in CodeSubmit`,
    );
  });

  it('of a renamed challenge that a rule has stays, and so does a new one that a rule has for it', () => {
    const renamed = offered('Moon', { formerNames: ['Star'] });
    const of = (tag: string) => ruleOf({ tag, challengeId: renamed.id });
    const former = (tag: string) => listFormerTags(everyRule, catalogOf([renamed]), [of(tag)]);
    expect(former('codesubmit:star')).toEqual([]);
    expect(former('codesubmit:moon')).toEqual([{ was: 'codesubmit:star', is: 'codesubmit:moon' }]);
  });

  it('of a renamed challenge is known, unless another has it now', () => {
    const taken = offered('Golang', { id: 'challenge-golang' as ChallengeId });
    const former = (offer: OfferedChallenge[]) => listFormerTags(everyRule, catalogOf(offer), []);
    expect(former(OFFER)).toEqual([{ was: 'codesubmit:golang', is: 'codesubmit:go' }]);
    expect(former([...OFFER, taken])).toEqual([]);
    expect(former([offered('Star', { formerNames: ['★'] })])).toEqual([]);
    expect(tagOf(everyRule, taken)).toBe('codesubmit:golang');
  });

  it('to copy stands for one challenge that can be sent', () => {
    expect(listChallengeTags(everyRule, catalogOf(OFFER)).map(({ tag }) => tag)).toEqual([
      'codesubmit:backend',
      'codesubmit:frontend-react',
      'codesubmit:go',
    ]);
  });

  it('to copy is none that another rule of the stage decides', () => {
    const golang = ruleOf({ tag: 'CodeSubmit: Go', challengeId: FRONTEND });
    const elsewhere = ruleOf({ tag: 'codesubmit:backend', stageId: OTHER_STAGE });
    const other = ruleOf({ tag: 'senior', challengeId: BACKEND });
    const rules = [everyRule, golang, elsewhere, other];
    const tags = listChallengeTags(everyRule, catalogOf(OFFER), rules);
    expect(tags.map(({ tag }) => tag)).toEqual(['codesubmit:backend', 'codesubmit:frontend-react']);
    // A longer prefix covers other tags than the one it begins with.
    const longer = { ...everyRule, id: 10 as RuleId, tag: 'codesubmit:go:*' };
    expect(listChallengeTags(everyRule, catalogOf(OFFER), [everyRule, longer])).toContainEqual(
      expect.objectContaining({ tag: 'codesubmit:go' }),
    );
  });
});

function applied(tags: string[], rules: readonly Rule[]): Rule[] {
  return rulesFor(tags, rules, () => catalogOf(OFFER)).filter((rule) => !rules.includes(rule));
}

describe('the rules of a candidate', () => {
  it('are the same without one for every challenge, whose list isn’t read then', () => {
    const rules = [backendRule, anybodyRule];
    expect(rulesFor(['codesubmit:backend'], rules, () => expect.unreachable())).toBe(rules);
  });

  it('take the id, the options and the brake from the rule for every challenge', () => {
    const rules = [{ ...everyRule, dueDays: 5, isBraked: true }];
    expect(applied(['codesubmit:backend'], rules)).toEqual([
      { ...rules[0], tag: 'codesubmit:backend', challengeId: BACKEND, challengeName: 'Backend' },
    ]);
  });

  it('go by the rule for one tag first, however its tag is spelled', () => {
    const rules = [everyRule, { ...backendRule, challengeId: FRONTEND }];
    expect(applied(['codesubmit:backend'], rules)).toEqual([]);
    expect(applied(['CodeSubmit: Backend'], rules)).toEqual([
      { ...rules[1], tag: 'CodeSubmit: Backend' },
    ]);
    expect(applied(['codesubmit:go'], rules)).toMatchObject([{ id: 9, challengeName: 'Go' }]);
    const elsewhere = [everyRule, { ...backendRule, stageId: ONSITE_STAGE }];
    expect(applied(['codesubmit:backend'], elsewhere)).toMatchObject([{ id: everyRule.id }]);
  });

  it('are few, whatever tags a candidate has', () => {
    const names = Array.from({ length: 300 }, (_, at) => offered(`Challenge ${String(at)}`));
    const tags = names.flatMap(({ name }) => [`codesubmit:${name} x`, `codesubmt:${slugOf(name)}`]);
    const rules = rulesFor(tags, [everyRule], () => catalogOf(names));
    expect(rules.length).toBeLessThan(tags.length);
  });

  it('hold what each of two mistyped tags may mean', () => {
    const tags = applied(['codesubmt:backend', 'codesubmt:go'], [everyRule]).map(({ tag }) => tag);
    expect(tags).toEqual(['codesubmit:backend', 'codesubmit:go']);
  });

  it('go by the longest prefix', () => {
    const longer = { ...everyRule, id: 10 as RuleId, tag: 'codesubmit:senior:*' };
    expect(applied(['codesubmit:senior:go'], [everyRule, longer])).toMatchObject([
      { id: 10, challengeName: 'Go' },
    ]);
  });

  it('leave a tag that names none out of the near misses of an account', () => {
    const rules = rulesFor([MISTYPED], [everyRule], () => catalogOf(OFFER));
    expect(findNearMiss([MISTYPED], rules)).toBeUndefined();
  });

  it('keep the time in which another rule applied to their tag only, or to all', () => {
    const [ofTag, ofOther, ofAll, ofSome] = [
      { ruleId: 1 as RuleId, tag: 'codesubmit:backend', from: 1, until: 2 },
      { ruleId: 2 as RuleId, tag: 'codesubmit:go', from: 3, until: 4 },
      { ruleId: 3 as RuleId, tag: 'CodeSubmit:*', from: 5, until: 6 },
      { ruleId: 4 as RuleId, tag: 'codesubmit:eng:*', from: 7, until: 8 },
    ];
    const rules = [{ ...everyRule, formerly: [ofTag, ofOther, ofAll, ofSome] }];
    expect(applied(['codesubmit:eng:go'], rules)).toMatchObject([{ formerly: [ofAll, ofSome] }]);
    expect(applied(['codesubmit:Backend'], rules)).toMatchObject([{ formerly: [ofTag, ofAll] }]);
    expect(applied(['codesubmit:golang'], rules)).toMatchObject([{ formerly: [ofAll] }]);
  });
});

function decided(tags: string[], overrides: SituationOverrides = {}): string {
  const { rules: active = [everyRule], opportunity, ...rest } = overrides;
  const rules = rulesFor(tags, active, () => catalogOf(OFFER));
  const decision = decide(situationOf({ ...rest, rules, opportunity: { ...opportunity, tags } }));
  if (decision.kind === 'posting_needed') return decision.kind;
  if (decision.kind === 'invite') return `invite ${decision.rule.challengeName}`;
  return [decision.reason, ...(decision.detail === null ? [] : [decision.detail])].join(': ');
}

const MISTYPED = 'codesubmit:bakend';
const NAMES_NONE = `unknown_challenge: “${MISTYPED}” names no challenge; nearest: codesubmit:backend`;
const BOTH = ['codesubmit:backend', 'codesubmit:go'];
const late = { ...everyRule, activatedAt: VISIT + 1 };
/** Goes before the rule for every challenge: its tag stands for another challenge than that of the same name. */
const ofOneTag = ruleOf({
  tag: 'codesubmit:backend',
  challengeId: FRONTEND,
  challengeName: 'Frontend (React)',
});

describe('the decision', () => {
  it.each<[what: string, expected: string, tags: string[], given?: SituationOverrides]>([
    ['a tag that names a challenge', 'invite Backend', ['codesubmit:backend', 'senior']],
    ['no tag with the prefix', 'no_tag', ['senior']],
    ['only the word before the colon', 'no_tag', ['CodeSubmit']],
    ['a tag that names none', NAMES_NONE, [MISTYPED]],
    [
      'the tag of the rule itself',
      'unknown_challenge: “codesubmit:*” names no challenge',
      ['codesubmit:*'],
    ],
    [
      'one that names none, without an e-mail',
      NAMES_NONE,
      [MISTYPED],
      { opportunity: { emails: [] } },
    ],
    ['two that name none', NAMES_NONE, [MISTYPED, 'codesubmit:zzz']],
    ['tags that we wrote', 'no_tag', ['codesubmit: no e-mail', 'codesubmit:go: started']],
    ['a challenge tag and what we wrote', 'invite Go', ['codesubmit:go', 'codesubmit:go: invited']],
    [
      'a tag with a typo in the prefix',
      'near_tag: "codesubmt:backend" is close to "codesubmit:backend"',
      ['codesubmt:backend'],
    ],
    [
      'the tag of a rule, and a mistyped one of the same text',
      'invite Frontend (React)',
      ['codesubmit:backend', 'codesubmt:backend'],
      { rules: [everyRule, ofOneTag] },
    ],
    [
      'a mistyped tag of a rule',
      'near_tag: "codesubmt:backend" is close to "codesubmit:backend"',
      ['codesubmt:backend'],
      { rules: [everyRule, ofOneTag] },
    ],
    [
      'a tag without the colon',
      'near_tag: "Code Submit Backend" is close to "codesubmit:backend"',
      ['Code Submit Backend'],
    ],
    ['two challenges', 'posting_needed', BOTH],
    [
      'two challenges, none from the posting',
      `ambiguous_tags: ${BOTH.join(', ')}`,
      BOTH,
      { postingTags: [] },
    ],
    [
      'two challenges, one from the posting',
      'invite Go',
      BOTH,
      { postingTags: ['codesubmit:backend'] },
    ],
    ['two spellings of one', 'invite Go', ['codesubmit:go', 'codesubmit: Go']],
    ['one of two names none', 'posting_needed', [MISTYPED, 'codesubmit:go']],
    ['it is the posting’s', 'invite Go', [MISTYPED, 'codesubmit:go'], { postingTags: [MISTYPED] }],
    [
      'the other is the posting’s',
      NAMES_NONE,
      ['codesubmit:go', MISTYPED],
      { postingTags: ['codesubmit:go'] },
    ],
    ['neither is the posting’s', NAMES_NONE, ['codesubmit:go', MISTYPED], { postingTags: null }],
    ['came before the rule', 'before_activation', [MISTYPED], { rules: [late] }],
    [
      'came before the rule, and was chosen',
      'invite Backend',
      ['codesubmit:backend'],
      { rules: [late], approvedAtActivation: [late.id] },
    ],
    [
      'came before it, and was chosen for a rule of one tag that it replaces',
      'invite Backend',
      ['codesubmit:backend'],
      {
        rules: [
          {
            ...late,
            formerly: [{ ruleId: 1 as RuleId, tag: 'codesubmit:backend', from: 0, until: 0 }],
          },
        ],
        approvedAtActivation: [1 as RuleId],
      },
    ],
    [
      'has the challenge of this visit',
      'already_invited',
      ['codesubmit:backend'],
      { own: [own()] },
    ],
    ['a tag that names none since', 'already_invited: tag_changed', [MISTYPED], { own: [own()] }],
    [
      'a tag that names none, and what an admin requested',
      'already_invited',
      [MISTYPED],
      { own: [own({ origin: 'person' })] },
    ],
    [
      'another tag than what an admin requested',
      'already_invited: tag_changed',
      ['codesubmit:go'],
      { own: [own({ origin: 'person' })] },
    ],
    [
      'the tag of a challenge that is archived since',
      'already_invited',
      ['codesubmit:rust'],
      { own: [own({ challenge_id: offered('Rust').id })] },
    ],
    [
      'the tag of a challenge that is renamed since',
      'already_invited',
      ['codesubmit:golang'],
      { own: [own({ challenge_id: offered('Go').id })] },
    ],
    [
      'a challenge that a similar address got',
      'similar_address: Backend',
      ['CodeSubmit:Backend'],
      { similarSent: ['codesubmit:backend'] },
    ],
    [
      'beside a rule for anyone, in another stage',
      'no_tag: codesubmit:backend',
      ['codesubmit:backend'],
      { rules: [{ ...everyRule, stageId: ONSITE_STAGE }, anybodyRule] },
    ],
    [
      'names none in another stage, beside a rule for anyone',
      'no_tag: codesubmit:zzz',
      ['codesubmit:zzz'],
      { rules: [{ ...everyRule, stageId: ONSITE_STAGE }, anybodyRule] },
    ],
    [
      'names none in another stage, and is close to a tag of this one',
      'near_tag: "codesubmit:bakend" is close to "codesubmit:backend"',
      [MISTYPED],
      { rules: [{ ...everyRule, stageId: ONSITE_STAGE }, backendRule] },
    ],
    [
      'names none in another stage, and is close to a tag of a third',
      'near_tag: "codesubmit:bakend" is close to "codesubmit:backend"',
      [MISTYPED],
      {
        rules: [
          { ...everyRule, stageId: ONSITE_STAGE },
          { ...backendRule, stageId: OTHER_STAGE },
          anybodyRule,
        ],
      },
    ],
    ['beside a rule for anyone', 'invite General', ['senior'], { rules: [everyRule, anybodyRule] }],
  ])('%s: %s', (_what, expected, tags, given) => {
    const conclusion = decided(tags, given);
    expect(expected === 'before_activation' ? conclusion.split(':')[0] : conclusion).toBe(expected);
  });

  it('holds under the rule for every challenge', () => {
    const rules = rulesFor([MISTYPED], [everyRule], () => catalogOf([]));
    const { id, stageId } = opportunityOf({ tags: [MISTYPED] });
    expect([id, stageId]).toEqual([ADA, CHALLENGE_STAGE]);
    expect(decide(situationOf({ rules, opportunity: { tags: [MISTYPED] } }))).toMatchObject({
      kind: 'hold',
      rule: { id: everyRule.id, challengeId: EVERY_CHALLENGE },
    });
  });
});
