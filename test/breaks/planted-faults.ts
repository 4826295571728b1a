/**
 * One-line faults, one for each promise, and the test that finds each fastest. `npm run test:breaks` plants them.
 *
 * A fault whose line has gone moves to the line that took its job.
 */

export interface PlantedFault {
  promise: string;
  /** Under `src/`. */
  file: string;
  line: string;
  broken: string;
  /** A file or a folder. */
  test: string;
  only: string | undefined;
  /** The test starts the built program. */
  needsBuild: boolean;
}

/** `line` is once in the file. `only`: part of the name of the test that finds it, where the whole file would take long. */
type Faults = Readonly<Record<string, readonly [line: string, broken: string, only?: string]>>;

const START_THE_PROGRAM = new Set([
  'test/acceptance/public-address.test.ts',
  'test/cli/refusals.test.ts',
  'test/crash/core-dump.test.ts',
  'test/acceptance/stopping.test.ts',
  'test/cli/backup.test.ts',
  'test/setup/kept-rules.test.ts',
  'test/setup/obstacles.test.ts',
  'test/cli/newer-schema.test.ts',
]);

/** Faults of a file, by the promise that each breaks, which one test finds. */
function inFile(file: string, test: string, faults: Faults): PlantedFault[] {
  const needsBuild = START_THE_PROGRAM.has(test);
  return Object.entries(faults).map(([promise, [line, broken, only]]) => ({
    promise,
    file,
    line,
    broken,
    test,
    only,
    needsBuild,
  }));
}

export const FAULTS: readonly PlantedFault[] = [
  ...inFile('domain/decide/decide.ts', 'src/domain/decide/decide.test.ts', {
    'a candidate who has the challenge doesn’t get it again': [
      'if (promised.some((own) => own.challenge_id === rule.challengeId)) {',
      'if (false) {',
    ],
    'one visit yields one invitation, whatever its tags and the rules become': [
      'refuseByRecord(opportunity, situation) ?? ignoreAsSameVisit(opportunity, situation);',
      'refuseByRecord(opportunity, situation);',
    ],
    'one person gets a challenge once within the reuse days': [
      'return promise.challengeId === reuse.challengeId && from > now - reuse.reuseMs;',
      'return false;',
    ],
    'a challenge counts for the rule’s reuse days and no longer': [
      'from > now - reuse.reuseMs;',
      'true;',
    ],
    'what still waits counts as promised': [
      'const from = promise.countsFrom ?? Infinity;',
      'const from = promise.countsFrom ?? 0;',
    ],
    'a different challenge in the same stage waits for approval': [
      'if (!hadAnother ||',
      'if (true ||',
    ],
    'a candidate who came before the rule was active gets nothing': [
      'return visitAt < rule.activatedAt && !isOfFormer;',
      'return false;',
    ],
    'an archived candidate gets nothing': [
      "if (opportunity.isArchived) return ignore('archived');",
      '',
    ],
    'an anonymized candidate gets nothing': [
      "if (opportunity.isAnonymized) return ignore('anonymized');",
      '',
    ],
    'nobody is invited who forbids contact': [
      "return refusal && ignore('contact_not_allowed', refusal);",
      'return undefined;',
    ],
    'a consent that has ended forbids contact': [
      "if (consent.expiresAt !== null && consent.expiresAt <= now) return 'expired';",
      '',
    ],
    'only candidates who are in the rule’s stage now are invited': [
      'if (!hasRuleForStage) return',
      'if (false) return',
    ],
    'a delay is waited out': [
      'situation.now >= until) return undefined;',
      'true) return undefined;',
    ],
    'a delay counts from the visit': [
      'opportunity.visitAt + rule.delayMinutes * MINUTE_MS;',
      'situation.now + rule.delayMinutes * MINUTE_MS;',
    ],
    'a similar address holds the candidate': [
      'if (!situation.similarSent.has(normalizeTag(rule.tag))) return undefined;',
      'return undefined;',
    ],
    'a challenge that CodeSubmit doesn’t know holds its candidates': [
      "if (rule.isChallengeUnknown) return hold('unknown_challenge', rule, rule.challengeName);",
      '',
    ],
    'a braked rule keeps its candidates': [
      'if (rule.isBraked && !isFreeOfBrake(rule, situation)) return',
      'if (false) return',
    ],
    'nothing is queued during a pause': [
      'if (situation.isPaused && !isQueued) return',
      'if (false) return',
    ],
    'nobody who is forgotten is invited for that visit': [
      "if (situation.isForgotten) return ignore('anonymized', 'forgotten');",
      '',
    ],
    'a forgotten candidate who applies again within the reuse days is on hold': [
      "return hold('forgotten', rule, rule.challengeName);",
      'return undefined;',
    ],
  }),
  ...inFile('domain/decide/decide.ts', 'src/domain/decide/decide.eligibility.test.ts', {
    'send without --again sends nobody what they were promised': [
      "if (isPromised && !order.isAgain) return 'already_invited';",
      '',
    ],
    'send sends nothing to an archived candidate': [
      "if (opportunity.isArchived) return 'archived';",
      '',
    ],
    'send sends nothing to a candidate who forbids contact': [
      "if (findConsentRefusal(opportunity.consent, facts.now)) return 'contact_not_allowed';",
      '',
    ],
    'send sends nothing to a candidate who has left the stage since': [
      "if (opportunity.stageId !== order.stageId) return 'left_stage';",
      '',
    ],
  }),
  ...inFile('domain/decide/decide.ts', 'src/domain/decide/challenge-tags.test.ts', {
    'a tag that names no challenge holds the candidate': [
      "if (rule.noChallenge !== undefined) return hold('unknown_challenge', rule, rule.noChallenge.why);",
      '',
    ],
  }),
  ...inFile('domain/decide/decide.ts', 'test/inbox/replaced-rule.test.ts', {
    'a rule that replaces one of the same stage and tag continues it': [
      'return visitAt < rule.activatedAt && !isOfFormer;',
      'return visitAt < rule.activatedAt;',
    ],
  }),
  ...inFile('domain/decide/decide.ts', 'test/inbox/forgotten.test.ts', {
    'a hold of someone forgotten lasts until an approval': [
      'now: Math.min(situation.now, visitAt)',
      'now: situation.now',
      'gets a challenge after',
    ],
  }),
  ...inFile('domain/invitation.ts', 'src/domain/decide/decide.test.ts', {
    'an outcome that isn’t known counts as promised': [
      "['queued', 'sending', 'uncertain', 'invited', 'linked'] as const;",
      "['queued', 'sending', 'invited', 'linked'] as const;",
    ],
    'what failed or was cancelled doesn’t count as promised': [
      "['queued', 'sending', 'uncertain', 'invited', 'linked'] as const;",
      "['queued', 'sending', 'uncertain', 'invited', 'linked', 'failed', 'cancelled'] as const;",
    ],
  }),
  ...inFile('domain/invitation.ts', 'test/progress/reading.test.ts', {
    'progress moves only forward': [
      'return PROGRESS.indexOf(next) > PROGRESS.indexOf(current) ? next : current;',
      'return next;',
      'forward',
    ],
  }),
  ...inFile('store/invitation-queries.ts', 'test/inbox/merged-contacts.test.ts', {
    'a profile that shows a link of ours is that person': [
      'link_hash = ? AND opportunity_id <> ?',
      'link_hash = ? AND opportunity_id = ?',
    ],
    'a link that several people have names none of them': [' AND NOT ${IS_LINK_SHARED}', ''],
  }),
  ...inFile('store/invitation-queries.ts', 'test/inbox/second-challenge.test.ts', {
    'another address of the profile is the same person’s': [
      'OR id IN (SELECT invitation_id FROM other_addresses WHERE email_hash = :hash))`;',
      'OR FALSE)`;',
      'second one of the first profile',
    ],
  }),
  ...inFile('store/invitation-queries.ts', 'test/invitations/other-senders.test.ts', {
    'a second row of a pair that was sent again is named': [
      'WHERE ours.${WAS_PROVED_ABSENT} AND',
      'WHERE ours.${WAS_PROVED_ABSENT} AND ours.id < 0 AND',
      'sent again',
    ],
    'a second row is named, too, if the address was corrected in between': [
      "UNION SELECT unhex(value) FROM json_each(ours.evidence, '$.absences'))",
      ')',
      'corrected address',
    ],
    'a row from before ours is no second sender': [
      'AND listed.created_from > ? AND listed.created_from > ours.accepted_at',
      'AND listed.created_from > ?',
      'sent again',
    ],
    'what a new data directory finds there is no second sender': [
      'Math.max(state.knownFrom ?? Infinity, repeatsReportedFrom(state))',
      'repeatsReportedFrom(state)',
      'sent again',
    ],
  }),
  ...inFile('domain/addressee.ts', 'src/domain/addressee.email.test.ts', {
    'one address in another spelling is one person': [
      'const plain = email.trim().toLowerCase();',
      'const plain = email.trim();',
    ],
  }),
  ...inFile('domain/addressee.ts', 'src/domain/addressee.person.test.ts', {
    'nobody is invited without an e-mail address': [
      '.find((email) => email.length <= MAX_EMAIL_LENGTH && EMAIL.test(email));',
      '.find((email) => email.length <= MAX_EMAIL_LENGTH);',
    ],
    'a name goes out without what a terminal obeys': ['.map(withoutControls)', ''],
  }),
  ...inFile('domain/decide/challenge-tags.ts', 'src/domain/decide/challenge-tags.test.ts', {
    'a tag that names two challenges sends neither': [
      'return more.length === 0 ? challenge : undefined;',
      'return challenge;',
    ],
    'a rule for one tag goes before the rule for every challenge': [
      'if (forOneChallenge.some((rule) => isSameTag(rule.tag, tag))) return undefined;',
      '',
    ],
    'an archived challenge is never named by a tag': [
      'challenges.filter(({ isArchived }) => !isArchived),',
      'challenges,',
    ],
    'tags that we wrote stand for no challenge': [
      'const challengeTags = tags.filter((tag) => !isOwnTag(tag));',
      'const challengeTags = tags;',
    ],
    'the time in which a rule for one tag applied counts for that tag alone': [
      '? slugAfter(one.tag, rule) === slug',
      '? true',
    ],
    'the time in which a rule with a narrower prefix applied counts for its tags alone': [
      ': slugAfter(tag, one) !== undefined,',
      ': true,',
    ],
  }),
  ...inFile('domain/decide/match-rule.ts', 'src/domain/decide/challenge-tags.test.ts', {
    'of two tags with the prefix, one that names no challenge holds if neither is the posting’s': [
      'candidates.find((rule) => !namesChallenge(rule));',
      'undefined;',
    ],
  }),
  ...inFile('domain/decide/match-rule.ts', 'src/domain/decide/match-rule.test.ts', {
    'a tag that is nearly right holds the candidate': [
      "if (near) return { kind: 'near', rule: near.rule, tag: near.tag, nearTo: near.rule.tag };",
      '',
    ],
    'a * rule leaves candidates alone who carry a challenge tag': [
      'if (!anyRule || carriedAnywhere.length > 0) {',
      'if (!anyRule) {',
    ],
    'of two challenge tags, the one that isn’t the posting’s wins': [
      "if (isNotEmpty(own) && challengesOf(own).size === 1) return { kind: 'rule', rule: own[0] };",
      '',
    ],
    'two challenge tags of the candidate’s own hold': [
      ": { kind: 'ambiguous', rules: candidates };",
      "return { kind: 'rule', rule: candidates[0] };",
    ],
  }),
  ...inFile('admin/actions/send.ts', 'test/inbox/every-challenge.test.ts', {
    '`send` without a challenge sends what the stage and tags select, as the daemon does': [
      'const rules = rulesFor(opportunity.tags, active, () => catalog);',
      'const rules = active;',
      'finds none where',
    ],
  }),
  ...inFile('admin/actions/send.ts', 'test/inbox/manual-invitations.test.ts', {
    'a repetition waits for what is on its way': [
      'if (open) throw onItsWay(bridge, open);',
      '',
      'is refused, so the first',
    ],
  }),
  ...inFile('store/rule-store.ts', 'test/inbox/every-challenge.test.ts', {
    'a rule for every challenge continues what a rule for one tag began': [
      '.filter((other) => haveTagsInCommon(other, row))',
      '.filter((other) => isSameTag(other.tag, row.tag))',
    ],
  }),
  ...inFile('store/rule-store.ts', 'test/inbox/brake.test.ts', {
    'the brake counts from the rule’s beginning on Lever’s clock': [
      'leverNow, activatedAt },',
      'leverNow: now, activatedAt },',
    ],
    'an approval is for one visit': [
      'WHERE opportunity_id = ? AND stage_id = ? AND visit_at = ?',
      'WHERE opportunity_id = ? AND stage_id = ? AND ? > 0',
      'an approval is for one visit',
    ],
  }),
  ...inFile('store/rule-store.ts', 'test/inbox/visits.test.ts', {
    'after `revoke`, who came under a replaced rule is left alone': [
      "'UPDATE rules SET removed_at = coalesce(removed_at, ?), ended_at = activated_at',",
      "'UPDATE rules SET removed_at = coalesce(removed_at, ?), ended_at = activated_at WHERE ended_at IS NULL',",
      'replaced ones too',
    ],
  }),
  ...inFile('serve/loops/sweep-round.ts', 'test/inbox/every-challenge.test.ts', {
    'CodeSubmit is asked for a challenge that a tag names in vain': [
      'if (areChallengesDue()) {',
      'if (Math.random() > 1) {',
    ],
  }),
  ...inFile('store/sent-list-store.ts', 'test/inbox/every-challenge.test.ts', {
    'a challenge that CodeSubmit refused as gone isn’t tried again and again': [
      'kept.set(id, { id, name, isArchived, formerNames',
      'kept.set(id, { id, name, isArchived: false, formerNames',
    ],
    'a list of challenges that is never whole teaches new ones': [
      'const kept = new Map(isWhole ? [] : known);',
      'if (!isWhole && known.size > 0) return; const kept = new Map(known);',
      'gets later',
    ],
  }),
  ...inFile('store/sent-list-store.ts', 'test/invitations/sent-list-state.test.ts', {
    'an incomplete list of challenges drops none': [
      'const kept = new Map(isWhole ? [] : known);',
      'const kept: typeof known = new Map();',
    ],
  }),
  ...inFile('store/sent-list-store.ts', 'test/alarms/too-long.test.ts', {
    'a challenge that waited too long before CodeSubmit’s list is read stays a problem meanwhile': [
      'if (progress !== null && progress.readAt > since) return now - progress.beganAt;',
      'if (progress !== null && progress.readAt > since) return now;',
      'is read',
    ],
  }),
  ...inFile('domain/vendor-text.ts', 'src/domain/decide/match-rule.test.ts', {
    'tags compare trimmed and ignoring case': [
      "return tag.normalize('NFC').trim().toLowerCase();",
      'return tag.trim();',
    ],
    'tags compare whether their accents are composed or not': [
      "tag.normalize('NFC').trim()",
      'tag.trim()',
    ],
  }),
  ...inFile('domain/vendor-text.ts', 'src/domain/vendor-text.test.ts', {
    'links compare without scheme and trailing slash': [
      'return bareLink(a) === bareLink(b);',
      'return a === b;',
    ],
  }),
  ...inFile('lever/verify-delivery.ts', 'src/lever/verify-delivery.signature.test.ts', {
    'a delivery needs a valid signature': [
      '.find((computed) => timingSafeEqual(computed, given));',
      '.find(() => true);',
    ],
    'a delivery’s token has 48 hexadecimal characters, so that no other pair signs like it': [
      "if (typeof token !== 'string' || !TOKEN.test(token)) return undefined;",
      "if (typeof token !== 'string') return undefined;",
    ],
    'a delivery’s time has 13 digits, so that no other pair signs like it': [
      'if (triggeredAt < MIN_TRIGGERED_AT || triggeredAt > MAX_TRIGGERED_AT) return undefined;',
      '',
    ],
  }),
  ...inFile('serve/http/http-server.ts', 'test/acceptance/public-address.test.ts', {
    'the address of another webhook is 404': [
      '(params as { id: string }).id === currentSettings().webhookId;',
      'params !== null && currentSettings().webhookId !== null;',
    ],
  }),
  ...inFile('serve/http/http-server.ts', 'test/ingress/overload.test.ts', {
    'a delivery that can’t be stored is not answered 200': [
      'const accepted = await accept(parsed.delivery);',
      "void accept(parsed.delivery).catch(() => undefined); const accepted = { isNew: true, outcome: 'look' } as Accepted;",
      'the disk doesn’t take',
    ],
  }),
  ...inFile('serve/http/http-server.ts', 'test/alarms/problems.test.ts', {
    'a rejected signature shows at the first one': [
      'await database.write((tx) => integration.recordSignaturesRejected(tx, clock.now()));',
      '',
      'a signature that matches none',
    ],
  }),
  ...inFile('serve/http/base-server.ts', 'test/ingress/overload.test.ts', {
    'a delivery is taken whatever type its body claims': [
      "headers['content-type'] = undefined;",
      'void headers;',
      'any type',
    ],
  }),
  ...inFile('store/deliveries.ts', 'test/ingress/shared-write.test.ts', {
    'a delivery that is repeated is the one that was there': [
      '`INSERT OR IGNORE INTO deliveries',
      '`INSERT OR REPLACE INTO deliveries',
    ],
    'no delivery is taken once revoke has returned': [
      "if (this.integration.state() === 'revoked') {",
      'if (false) {',
    ],
  }),
  ...inFile('bridge/bridge.ts', 'test/inbox/sweep.test.ts', {
    'an older read isn’t used once a later one was decided on': [
      'return (this.#decidedOn.get(id) ?? 0) <= ticket;',
      'return true;',
      'older than the check',
    ],
  }),
  ...inFile('bridge/bridge.ts', 'test/invitations/sending.test.ts', {
    'nothing goes on a read that is older than a minute': [
      'return entry && ageInMs(entry.began, this.clock) <= this.maxAgeMs ? entry.value : undefined;',
      'return entry?.value;',
      'within the last minute',
    ],
  }),
  ...inFile('bridge/send.ts', 'test/invitations/sending.test.ts', {
    'nothing goes on a decision under other rules': [
      'if (recipient?.version !== version) return undefined;',
      'if (recipient === undefined) return undefined;',
      'within the last minute',
    ],
    'what a dead process was sending is looked up': [
      "settleUncertain(tx, id, 'interrupted', { kind: 'unanswered', at: lookupAt });",
      'queueUnsent(tx, id, now);',
      'dies while it sends',
    ],
    'a refusal about a challenge that CodeSubmit lists holds no one else': [
      'const standing = standingIn(await this.#readOffer(), claimed.order.challengeId);',
      "const standing = 'gone' as 'gone' | 'offered';",
      'a refusal',
    ],
    'a challenge that CodeSubmit archived holds all of it': [
      "if (standing === 'gone') return",
      'if (false) return',
      'a refusal',
    ],
  }),
  ...inFile('bridge/send.ts', 'test/invitations/unknown-outcomes.test.ts', {
    'an unknown outcome is looked up, not sent again': [
      'if (kind !== null) return settleForLookup(this.bridge, claimed, error.message, kind);',
      '',
      'an absence',
    ],
    'an accepted challenge without a readable id is looked up': [
      "if (sent.id === null) return 'the reply contains no id';",
      '',
      'without an id',
    ],
    'a reply about someone else is looked up': [
      "if (isOtherAddress) return 'the reply names another address';",
      '',
      'names an other-email',
    ],
    'an unknown outcome settles before it is looked up': [
      "const at = kind === 'refused' ? now : now + listLagMs(bridge);",
      'const at = now;',
      'an absence',
    ],
    'a refusal that may mean “already invited” is looked up': [
      "return settleForLookup(this.bridge, claimed, words, 'refused');",
      'return settleRefused(this.bridge, claimed, words);',
      'isn’t listed yet',
    ],
  }),
  ...inFile('bridge/send.ts', 'test/invitations/outages.test.ts', {
    'a rejected account fails nobody': [
      "if (error.kind === 'refused') return",
      "if (['refused', 'unauthorized'].includes(error.kind)) return",
      'a rejected account',
    ],
    'of several due, the delayed challenge is tried by one that can be sent': [
      'if (waitMs === 0 && canSendNow)',
      'if (waitMs === 0)',
      '404',
    ],
  }),
  ...inFile('bridge/send.ts', 'test/invitations', {
    'a 404 to a challenge waits like an outage': [
      'if (error.status === 404) return this.#settleNotFound(claimed, error);',
      '',
    ],
    'one candidate’s refusal holds no others': [
      "if (standing === 'gone') return",
      'if (true) return',
    ],
  }),
  ...inFile('bridge/look.ts', 'test/inbox/lagging-reads.test.ts', {
    'a read that contradicts the webhook is repeated': [
      'if (announced !== null && announced !== stageId && visitAt <= (at ?? 0)) return true;',
      '',
    ],
  }),
  ...inFile('bridge/look.ts', 'test/inbox/manual-invitations.test.ts', {
    'a request isn’t cancelled by one 404': [
      'return announced !== null || listRequested(database, look.id).length > 0;',
      'return announced !== null;',
      'read again after',
    ],
  }),
  ...inFile('bridge/look.ts', 'test/inbox/change-of-mind.test.ts', {
    'a 404 alone doesn’t mean deleted': [
      'return look.is_deletion_announced === 1 || isKnown;',
      'return true;',
      'deleted without a webhook is no_access at first',
    ],
  }),
  ...inFile('bridge/look.ts', 'test/inbox/bulk-move.test.ts', {
    'a bulk move is read by listing its stage': [
      'const LEAST_FOR_LISTING = 20;',
      'const LEAST_FOR_LISTING = 20_000;',
      'because they were approved',
    ],
  }),
  ...inFile('bridge/look.ts', 'test/inbox/sweep.test.ts', {
    'tags are read again around the posting’s': [
      "if (key === undefined || key !== postingKeyIn(sighting)) return 'outdated';",
      '',
      'a tag that it loses',
    ],
  }),
  ...inFile('bridge/sweep.ts', 'test/inbox/lagging-reads.test.ts', {
    'a list that is behind doesn’t replace what a read has shown': [
      'page.opportunities.filter((one) => isListBehind(bridge, one))',
      'page.opportunities.filter(() => false)',
      'by a list that is behind',
    ],
  }),
  ...inFile('bridge/sweep.ts', 'test/inbox/late-facts.test.ts', {
    'a check of the stages finds what no webhook told': [
      "await decideAll(deciding, onPage, 'leave_undecided');",
      '',
      'a corrected tag',
    ],
  }),
  ...inFile('bridge/sweep.ts', 'test/inbox/bulk-move.test.ts', {
    'a candidate whom the list of a bulk move doesn’t show is read alone': [
      'await requestLooks(bridge, [...notShown.keys()]);',
      '',
      'because the list is behind',
    ],
  }),
  ...inFile('bridge/sweep.ts', 'test/inbox/brake.test.ts', {
    'what one check of the stages finds counts together for the brake': [
      'if (usable.length === 0) return;',
      'if (usable.length >= 0) return;',
      '4 that one check finds',
    ],
  }),
  ...inFile('bridge/sweep.ts', 'test/inbox/sweep.test.ts', {
    'a candidate on hold whom a check no longer finds is looked at': [
      'await requestLooks(bridge, listVanished(database, stageId, beganAt));',
      '',
      'release no one on hold',
    ],
  }),
  ...inFile('domain/errors.ts', 'src/net/circuit.test.ts', {
    'a vendor that fails as a whole uses up no attempt of one candidate': [
      "if (kind === 'rate_limited' || kind === 'unauthorized') return true;",
      '',
    ],
  }),
  ...inFile('net/circuit.ts', 'src/net/circuit.test.ts', {
    'a pause lasts as long as the vendor’s Retry-After asks': [
      'const waitMs = Math.max(ownWaitMs, error.retryAfterMs ?? 0);',
      'const waitMs = ownWaitMs;',
    ],
    'reads that work say nothing about sending': [
      'const opening = this.#openings[kind];',
      "const opening = this.#openings[error === null ? 'write' : kind];",
    ],
    'after an outage one row tries the vendor for all': [
      'if (!isHalfOpen) return limit;',
      'return limit;',
    ],
    'a rejected account is tried every five minutes': [
      'retryAtMs: this.app.clock.monotonicMs() + RETRY_REJECTED_MS',
      'retryAtMs: 0',
    ],
    'a rejection counts for the credentials that it was given to': [
      'if (isKeyInForce()) await this.#reject(',
      'await this.#reject(',
    ],
  }),
  ...inFile('net/circuit.ts', 'test/invitations/outages.test.ts', {
    'a single 503 to a challenge is obeyed when it asks for a wait': [
      'const isOutage = opening.unknowns > 1 || error.retryAfterMs !== undefined;',
      'const isOutage = opening.unknowns > 1;',
      'Retry-After',
    ],
    'an answer isn’t lost because the disk can’t take that our account is accepted again': [
      'if (!isStorageTrouble(error)) throw error;',
      'throw error;',
      'full disk',
    ],
    'after two unknown outcomes challenges go one at a time': [
      'const isOutage = opening.unknowns > 1 || error.retryAfterMs !== undefined;',
      'const isOutage = error.retryAfterMs !== undefined;',
      '502',
    ],
  }),
  ...inFile('domain/clock.ts', 'src/domain/clock.backoff.test.ts', {
    'a retry waits twice as long each time': [
      'FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20));',
      'FIRST_WAIT_MS);',
    ],
  }),
  ...inFile('domain/clock.ts', 'src/domain/clock.time-of-read.test.ts', {
    'what a read means is told by Lever’s clock': [
      'return changedAt < date + DATE_PRECISION_MS ? date : ours;',
      'return ours;',
    ],
    'a date of Lever that is a month off is not believed': [
      'if (date === null || isTooFarFromOurs(date, ours)) return ours;',
      'if (date === null) return ours;',
    ],
  }),
  ...inFile('bridge/decide.ts', 'test/inbox/brake.test.ts', {
    'too many at once engage the brake': [
      '+ more > limit.count;',
      '+ more > limit.count && false;',
    ],
    'the brake also holds what was queued already': [
      'of listQueuedForBrake(tx, ruleId)) {',
      'of [] as ReturnType<typeof listQueuedForBrake>) {',
    ],
    'the brake stays on while one is on hold': [
      'if (countBrakeHolds(tx, ruleId) === 0) rules',
      'rules',
    ],
    'approved ones don’t count for the brake': [
      'if (decision.isApproved || !opportunity ||',
      'if (!opportunity ||',
      'the count begins at zero',
    ],
    'two opportunities of one person count once for the brake': [
      'of withoutSamePerson(undecided)) {',
      'of undecided) {',
      'two opportunities of one person',
    ],
  }),
  ...inFile('bridge/decide.ts', 'test/inbox/sweep.test.ts', {
    'a page is not used once a later look has decided': [
      'of reads.filter((one) => bridge.reads.mayUse(one))) {',
      'of reads) {',
      'is reported while the check still counts',
    ],
  }),
  ...inFile('bridge/decide.ts', 'test/inbox/second-challenge.test.ts', {
    'the person’s other opportunity gets the link': [
      'showSharedInLever(tx, bridge, decision.shares, read.id, at.now);',
      '',
      'the second gets the link',
    ],
    'a person is known by an address that their profile got after the challenge went out': [
      'recordAddresses(tx, opportunity.id, hexOfEmails(sealer, opportunity.emails));',
      '',
      'got it after',
    ],
  }),
  ...inFile('bridge/decide.ts', 'test/inbox/queued.test.ts', {
    'what a decision no longer wants is cancelled': [
      'cancelQueued(tx, read.id, decision.reason, null);',
      '',
      'ignore: archived',
    ],
    'a queued challenge makes way for that of another tag': [
      "cancelQueued(tx, read.id, 'other_challenge', decision.rule.challengeId);",
      '',
      'makes way for',
    ],
  }),
  ...inFile('bridge/decide.ts', 'test/writebacks/updates-to-lever.test.ts', {
    'a link that Lever hid for a while is written once a check shows the candidate': [
      'unparkWritebacks(tx, opportunity.id, now);',
      '',
      'shown again',
    ],
  }),
  ...inFile('bridge/decide.ts', 'test/inbox/write-order.test.ts', {
    'a decision is on disk no later than the hint’s end': [
      'const together = await bridge.database.write((tx) => {',
      'await bridge.database.write((tx) => reads.forEach(({ look }) => look && settleLook(tx, look, null, 0)));\n  const together = await bridge.database.write((tx) => {',
    ],
  }),
  ...inFile('bridge/settle.ts', 'test/inbox/second-challenge.test.ts', {
    'the other opportunity of one contact gets the link where Lever hides the first': [
      "const isShown = isSameContact && row.state === 'linked';",
      'const isShown = isSameContact;',
      'hides the first from us',
    ],
    'the person’s other opportunity gets a link that is known only later': [
      'for (const opportunityId of opportunitiesOf(tx, row)) {',
      'for (const opportunityId of [row.opportunity_id]) {',
      'left the stage by then',
    ],
    'nothing of an invitation is shown on an opportunity that turned out to be another person’s': [
      'shared.filter((one) => !theirs.has(one))',
      'shared.filter(() => false)',
      'is another person',
    ],
    'a note stands for a shared link that CodeSubmit doesn’t give': [
      'if (!isAwaited) return;',
      'return;',
      'both get a note',
    ],
  }),
  ...inFile('bridge/settle.ts', 'test/inbox/queued.test.ts', {
    'what a read decided while a refused challenge was on its way is decided again': [
      "if (decided === 'already_invited') hint(tx, opportunityId, now);",
      '',
      'former name',
    ],
  }),
  ...inFile('bridge/write-back.ts', 'test/inbox/second-challenge.test.ts', {
    'a link that a recruiter removes at once isn’t added again for another job': [
      'if (isOwn) settleLinkOfContact(tx, id, writing.opportunity_id, now);',
      '',
      'removes at once',
    ],
  }),
  ...inFile('bridge/write-back.ts', 'test/writebacks/updates-to-lever.test.ts', {
    'a link is looked for before it is added again': [
      'if (attempts > 0 || is_new === 0) {',
      'if (false) {',
    ],
    'a reply without the link is not taken for written': [
      "return hasLink((await lever.readLinks(id)) ?? [], link) ? 'done' : 'not_shown';",
      "return 'done';",
    ],
    'a note is looked for before it is written again': [
      'if (attempts > 0 || is_new === 0 || isLookedForFirst === true) {',
      'if (false) {',
    ],
    'an update whose outcome isn’t known is looked for, however it ended': [
      'if (mayHaveHadEffect(error)) writing.isSent = true;',
      '',
    ],
    'nothing is written to Lever after revoke': [
      'if (!mayWriteToLever(integration.read())) return [];',
      '',
    ],
    'an update waits until Lever can show what was written': [
      'return isSent ? bridge.clock.now() + leverLagMs(bridge) : null;',
      'return null;',
      'half a minute behind',
    ],
    'a missing acting user holds all updates': [
      'const isActingUserMissing = lever.client().asksForActingUser(error);',
      'const isActingUserMissing = false;',
      'acting user',
    ],
  }),
  ...inFile('bridge/write-back.ts', 'test/writebacks/hold-tags.test.ts', {
    'our old tag of a topic goes before the new one comes': [
      'if (toRemove.length > 0) await lever.removeTags(id, toRemove);',
      '',
      'another reason',
    ],
  }),
  ...inFile('bridge/write-back.ts', 'test/progress/progress-tags.test.ts', {
    'an old tag that Lever shows late is looked for again': [
      'return isRecent && old.some(',
      'return false && old.some(',
      'shows late',
    ],
  }),
  ...inFile('bridge/promise-invitations.ts', 'test/inbox/queued.test.ts', {
    'what was rejected is not sent again to the same address and name': [
      'return isSameEmail && isSameName ? undefined : invite;',
      'return invite;',
      'stays failed while',
    ],
    'an address that was there at a refusal is not tried after it': [
      'const isNew = (email: string): boolean => !known.includes(hexOf(email));',
      'const isNew = (): boolean => true;',
      'is tried once with each that is added',
    ],
  }),
  ...inFile('bridge/promise-invitations.ts', 'test/inbox/manual-invitations.test.ts', {
    'what `send` requested is checked again before it goes': [
      "if (typeof recipient === 'string') {",
      'if (false) {',
      'is cancelled as archived',
    ],
  }),
  ...inFile('store/invitations.ts', 'test/inbox/second-challenge.test.ts', {
    'an address that the profile got after the challenge is the same person’s': [
      'SELECT value FROM json_each(:hashes) EXCEPT SELECT',
      'SELECT 1 WHERE FALSE EXCEPT SELECT',
      'the first profile got it after',
    ],
  }),
  ...inFile('store/invitations.ts', 'test/invitations/claims.test.ts', {
    'an attempt settles only what is being sent': [
      "if (changed === 0) throw new Error(`invitation ${id} is not ${from.join(' or ')}`);",
      '',
    ],
    'a challenge is taken in hand once': ["state: 'sending',", ''],
  }),
  ...inFile('store/invitations.ts', 'test/invitations/unknown-outcomes.test.ts', {
    'what was read of an earlier sending proves nothing of a later one': [
      'evidence: { lookup: kind, absentAt: null },',
      'evidence: { lookup: kind },',
      'settled counts nothing',
    ],
    'settings that change have what waits for a person looked up again': [
      "AND (due_at > :now OR detail = 'date_unclear_at_codesubmit')",
      "AND due_at > 9e15 AND (due_at > :now OR detail = 'date_unclear_at_codesubmit')",
      'waits for a person',
    ],
  }),
  ...inFile('store/invitations.ts', 'test/invitations/sending.test.ts', {
    'what waited is due at the next start': [
      "due_at = min(due_at, ?) WHERE state = 'queued'",
      "due_at = max(due_at, ?) WHERE state = 'queued'",
      'dies while it sends',
    ],
  }),
  ...inFile('store/invitations.ts', 'test/inbox/erased-files.test.ts', {
    'a refusal’s words about a person go when they are erased': [
      "detail = iif(state = 'failed', NULL, detail) WHERE opportunity_id = ?`,",
      'detail = detail WHERE opportunity_id = ?`,',
    ],
    'erasing takes the link': [
      'SET sealed_link = NULL, progress_at = NULL,',
      'SET progress_at = NULL,',
    ],
  }),
  ...inFile('store/erasure.ts', 'test/inbox/change-of-mind.test.ts', {
    'candidates deleted without a webhook are found': ['JSON.stringify(ids),', "'[]',", 'records'],
  }),
  ...inFile('store/erasure.ts', 'test/inbox/erasure.test.ts', {
    '`forget` finds a person’s other opportunities': [
      'for (const known of found) for (const id of find(known)) found.add(id);',
      '',
      'those of the contact',
    ],
    '`forget` finds those with another address of the profile': [
      'OR id IN (SELECT invitation_id FROM other_addresses WHERE email_hash IN addresses))',
      'OR FALSE)',
      'those of another one',
    ],
    'nobody is erased while their challenge is on its way': [
      "state === 'sending' || state === 'uncertain'",
      "state === 'sending'",
    ],
  }),
  ...inFile('bridge/erase.ts', 'test/inbox/retention.test.ts', {
    'personal data is erased after the retention days, and not before': [
      'of notErased) if (isPast === 1) erasePerson(',
      'of notErased) if (isPast >= 0) erasePerson(',
      'name, address and link',
    ],
  }),
  ...inFile('store/settings/secret-store.ts', 'test/integration/signing-tokens.test.ts', {
    'a signing token that is given again stays valid': [
      "if (isGiven) tx.run('DELETE FROM secrets WHERE id = ?', row.id);",
      'if (isGiven) return;',
    ],
  }),
  ...inFile('serve/loops/erasure-round.ts', 'test/inbox/change-of-mind.test.ts', {
    'who is deleted is asked as soon as Lever accepts our key again': [
      'if (nowMs < dailyAtMs && !isChanged && !(isUnasked && mayAsk)) return false;',
      'if (nowMs < dailyAtMs && !isChanged) return false;',
      'accepts our key again',
    ],
  }),
  ...inFile('serve/loops/erasure-round.ts', 'test/inbox/retention.test.ts', {
    'changed retention days don’t ask a failing Lever at every poll': [
      'keptDays = bridge.currentSettings().retentionDays;',
      'keptDays ??= bridge.currentSettings().retentionDays;',
      'that change while Lever',
    ],
    'a calendar that is far from Lever’s erases no one': [
      'if (keptDays === null || isTooFarFromOurs(leverNow, now)) return;',
      'if (keptDays === null) return;',
      'a calendar that is years',
    ],
  }),
  ...inFile('store/candidates.ts', 'test/inbox/retention.test.ts', {
    'an erased candidate is not known by name again': [
      'const { name, url } = staysErased ? { name: null, url: null } : opportunity;',
      'const { name, url } = opportunity;',
      'name, address and link',
    ],
  }),
  ...inFile('store/database/database.ts', 'test/database/database.test.ts', {
    'every commit reaches the disk before it is acknowledged': [
      "connection.pragma('synchronous = FULL');",
      '',
    ],
    'what is erased is overwritten in the file': [
      "connection.pragma('secure_delete = ON');",
      "connection.pragma('secure_delete = OFF');",
    ],
    'a write resolves only once its turn is committed': [
      'for (const answer of this.#commit(writes)) answer();',
      'for (const answer of writes.map((write) => this.#runInSavepoint(write))) answer();',
    ],
    'one write that fails leaves the others of its turn alone': [
      "this.#control('ROLLBACK TO one');",
      '',
    ],
    'what finds the disk full is written once there is room': [
      'if (!isStorageTrouble(error)) throw error;',
      'throw error;',
    ],
    'after the disk failed nothing is acknowledged': [
      'if (this.#diskFailure) throw this.#diskFailure;',
      '',
    ],
  }),
  ...inFile('store/database/database.ts', 'test/inbox/erased-files.test.ts', {
    'erased data is gone from the file and its log': [
      "this.connection.exec('VACUUM');\n      this.truncateWal();",
      '',
      'of one among hundreds',
    ],
  }),
  ...inFile('store/database/file-lock.ts', 'test/database/home-lock.test.ts', {
    'a lock is held by one process at a time': [
      "connection.exec('BEGIN EXCLUSIVE');",
      '',
      'is held by one at a time',
    ],
  }),
  ...inFile('store/database/file-lock.ts', 'test/cli/stopped-daemon.test.ts', {
    'a daemon that isn’t running is said': ['return false;', 'return true;'],
  }),
  ...inFile('store/home/home.ts', 'test/config/home.test.ts', {
    'a database that others may read is refused': [
      'if ((statSync(file).mode & GROUP_AND_OTHERS) === 0) return;',
      'return;',
    ],
    'a data directory that anyone may write to is refused': [
      "if (process.platform === 'win32' || (mode & OTHERS_WRITE) === 0) return;",
      'return;',
    ],
  }),
  ...inFile('store/settings/secret-key.ts', 'test/cli/recovery.test.ts', {
    'another key is noticed before anything is decrypted': [
      'if (findKeyMark(database) === markOf(sealer)) return sealer;',
      'if (homeId) return sealer;',
      'with another one',
    ],
  }),
  ...inFile('store/home/sealer.ts', 'src/store/home/sealer.test.ts', {
    'a sealed value opens only in its own place': [
      'return Buffer.from(JSON.stringify(place));',
      'return Buffer.alloc(0);',
    ],
  }),
  ...inFile('admin/actions/admin-actions.ts', 'test/cli/revoked-secrets.test.ts', {
    'revoke erases every secret': ['app.secrets.eraseAll(tx);', ''],
  }),
  ...inFile('admin/actions/admin-actions.ts', 'test/invitations/sending.test.ts', {
    'nothing that was queued goes out after revoke': [
      'cancelForRevoke(tx);',
      '',
      'once `revoke` has returned',
    ],
  }),
  ...inFile('admin/actions/admin-actions.ts', 'test/inbox/second-challenge.test.ts', {
    'approve --all releases only what the brake holds': [
      "(reason) => who !== 'all' || REASONS[reason].canApprove === 'with_all',",
      '() => true,',
      'after sending',
    ],
  }),
  ...inFile('admin/actions/admin-actions.ts', 'test/cli/backup.test.ts', {
    'restore --resume keeps a pause from before the copy': [
      'if (isEarlierPauseKept && isPausedByAdmin(row)) {',
      'if (isEarlierPauseKept && row.paused_at === null) {',
      'restore --resume',
    ],
  }),
  ...inFile('admin/actions/admin-actions.ts', 'test/invitations/unknown-outcomes.test.ts', {
    'retry leaves an unknown outcome alone': [
      "    case 'uncertain':\n      throw",
      "    case 'uncertain':\n      if (id) return true;\n      throw",
      'retry',
    ],
  }),
  ...inFile('admin/actions/admin-actions.ts', 'test/inbox/queued.test.ts', {
    'after retry, a read that begins later decides': [
      'hint(tx, row.opportunity_id, now);',
      '',
      'former name',
    ],
  }),
  ...inFile('admin/actions/admin-actions.ts', 'test/inbox/forgotten.test.ts', {
    'forgetting sends nothing for the visit that Lever shows': [
      'forgetPerson(tx, id, now, until.get(id) ?? null);',
      'forgetPerson(tx, id, now, 0);',
    ],
  }),
  ...inFile('store/database/migrate.ts', 'test/database/migrate.test.ts', {
    'revoke erases the copy that a restore left whose terminal was closed': [
      "['schema-', 'replaced-', 'restoring']",
      "['schema-', 'replaced-']",
      'a restore left',
    ],
  }),
  ...inFile('store/database/migrate.ts', 'test/cli/newer-schema.test.ts', {
    'a database of another schema is left alone': [
      'if (found !== SCHEMA.length) throw mismatch(found, SCHEMA.length);',
      '',
    ],
  }),
  ...inFile('net/send-request.ts', 'src/net/http-client.test.ts', {
    'a redirect is never followed with the key': [
      'followRedirect: false,',
      'followRedirect: true,',
    ],
    'a 5xx in answer to a challenge is an unknown outcome': [
      "return isWrite ? 'unknown_outcome' : 'unavailable';",
      "return 'unavailable';",
    ],
    'a reply that is too large ends the call': [
      "if (size > maxBytes) throw stopError('reply too large');",
      '',
    ],
  }),
  ...inFile('store/settings/vendor-addresses.ts', 'src/net/http-client.test.ts', {
    'plain http reaches this machine only': [
      "(url.protocol === 'http:' && isLoopback(url));",
      "url.protocol === 'http:';",
    ],
  }),
  ...inFile('store/settings/vendor-addresses.ts', 'src/store/settings/vendor-addresses.test.ts', {
    'only Lever’s own pages are linked to': [
      "const isLevers = url.protocol === 'https:' && /(?:^|\\.)lever\\.co$/.test(url.hostname);",
      'const isLevers = true;',
    ],
  }),
  ...inFile('store/settings/settings.ts', 'test/cli/refusals.test.ts', {
    'a signing token that anyone can guess is refused': [
      "refuse('configuration', 'is one character repeated, which anyone can guess');",
      '{}',
      'guess',
    ],
  }),
  ...inFile('store/settings/settings.ts', 'src/store/settings/settings.test.ts', {
    'a port is digits alone': [
      'if (/^\\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);',
      'if (Number(text) <= 65_535) return Number(text);',
      'digits alone',
    ],
  }),
  ...inFile('store/settings/configuration.ts', 'test/config/environment.test.ts', {
    'the environment’s signing token is checked as setup checks it': [
      "if (name === 'signing_token') checkSigningToken(value, SECRET_VARIABLES[name], 'configuration');",
      '',
      'guessable token',
    ],
    'a secret’s file that is empty for a moment doesn’t end the daemon': [
      'if (!last) throw error;',
      'throw error;',
    ],
  }),
  ...inFile('store/settings/configuration.ts', 'test/integration/bound-secrets.test.ts', {
    'a secret of the environment goes only where it may': [
      'if (secrets.list(name, clock.now(), addresses).includes(value)) return null;',
      'if (addresses) return null;',
    ],
    'a stored secret goes only to the address that it was given for': [
      'if (stored === undefined || stored === destinationOf(name, addresses)) return null;',
      'return null;',
    ],
  }),
  ...inFile('cli/main.ts', 'test/crash/core-dump.test.ts', {
    'a crash leaves no key in a core file': ['  emptyCoreDumps();', ''],
  }),
  ...inFile('domain/format.ts', 'src/domain/format.test.ts', {
    'a printed command runs nothing of a path in it': [
      "return `'${text.replaceAll(\"'\", String.raw`'\\''`)}'`;",
      "return `'${text}'`;",
    ],
  }),
  ...inFile('cli/commands/service.ts', 'test/deploy/service.test.ts', {
    'no path adds a line to the systemd unit': [
      'if (visible(path) === path) continue;',
      'continue;',
    ],
  }),
  ...inFile('store/writebacks.ts', 'test/integration/clock-watch.test.ts', {
    'a clock that was set back holds up no link of a person’s other contact': [
      '(other.look_at > :now AND other.look_at <= :latest)',
      '(other.look_at > :now OR other.look_at > :latest)',
    ],
  }),
  ...inFile('store/writebacks.ts', 'test/writebacks/updates-to-lever.test.ts', {
    'a shared link is put into one place at a time': [
      "OR (other.state = 'pending' AND (other.due_at, other.id) < (w.due_at, w.id))",
      '',
      'known only later',
    ],
    'what a dead process was writing is looked for once Lever can show it': [
      "look_at = iif(state = 'writing', :lookAt, look_at) WHERE",
      'look_at = look_at WHERE',
      'half a minute behind',
    ],
    'an update is due again at the next start': [
      'max(min(due_at, :now),',
      'max(due_at,',
      'next start',
    ],
    'what a restored copy had not tried is looked for first': [
      '`UPDATE writebacks SET attempts = 1\n     WHERE',
      '`UPDATE writebacks SET attempts = attempts\n     WHERE',
      'restored',
    ],
  }),
  ...inFile('store/writebacks.ts', 'test/invitations/claims.test.ts', {
    'an update to Lever is settled while it is being written': [
      'WHERE id = :id AND state = :from`;',
      'WHERE id = :id`;',
    ],
    'an update that Lever hid is late only from its retry on': [
      "created_at = iif(state = 'parked', :now, created_at)",
      'created_at = created_at',
      'that Lever hid',
    ],
  }),
  ...inFile('store/writebacks.ts', 'test/writebacks/hold-tags.test.ts', {
    'a tag that someone removed stays removed': [
      'WHERE wanted IS NOT excluded.wanted`,',
      'WHERE TRUE`,',
      'our own tags',
    ],
  }),
  ...inFile('serve/metrics.ts', 'test/hostile/rebound-host.test.ts', {
    'a page elsewhere reads no metrics through a browser here': [
      'isLoopbackHost(headers.host) ? undefined :',
      'true ? undefined :',
    ],
  }),
  ...inFile('cli/terminal/io.ts', 'src/cli/terminal/io.test.ts', {
    'a terminal shows what a vendor wrote, and never obeys it': [
      "return text.split('\\n').map(visible).join('\\n');",
      'return text;',
    ],
  }),
  ...inFile(
    'codesubmit/codesubmit-records.ts',
    'src/codesubmit/codesubmit-records.link-finder.test.ts',
    {
      'only a candidate’s link at CodeSubmit reaches the candidate': [
        'const isLink = url !== null && origins.includes(url.origin) && /^\\/c\\/./.test(url.pathname);',
        'const isLink = url !== null;',
      ],
    },
  ),
  ...inFile('codesubmit/codesubmit-records.ts', 'src/codesubmit', {
    'a masked address is no address': [
      'return WHOLE_ADDRESS.test(address) && !MASK_SIGNS.test(address) ? address : null;',
      'return WHOLE_ADDRESS.test(address) ? address : null;',
    ],
  }),
  ...inFile('codesubmit/codesubmit-records.ts', 'test/invitations/unknown-outcomes.test.ts', {
    'a candidate whose address looks masked is found in CodeSubmit’s list': [
      'const MASK_SIGNS = /[*•●∙∗＊…]/;',
      'const MASK_SIGNS = /[*•●∙∗＊…]|([.#_x-])\\1\\1/i;',
      'three equal letters',
    ],
  }),
  ...inFile(
    'codesubmit/codesubmit-records.ts',
    'src/codesubmit/codesubmit-records.row-values.test.ts',
    {
      'a row of the list names a challenge as the list of challenges does': [
        '? shortName(value) : idText(value);',
        '? idText(value) : idText(value);',
      ],
    },
  ),
  ...inFile('domain/challenges.ts', 'test/invitations/listed-already.test.ts', {
    'a list that masks addresses by letters says of no one that they weren’t invited': [
      'return rows.masked < 2 && ',
      'return ',
      'may be masked',
    ],
    'of the twenty newest rows nineteen show an address': [
      'rows.lacking <= Math.min(1, rows.shown);',
      'rows.shown > 0;',
      'twenty newest',
    ],
  }),
  ...inFile('codesubmit/already-invited.ts', 'src/codesubmit/already-invited.test.ts', {
    'a refusal of several lines may say that the candidate was invited already': [
      ".replace(/\\\\[nrt]/g, ' ');",
      ';',
    ],
  }),
  ...inFile('codesubmit/codesubmit-client.ts', 'src/codesubmit/codesubmit-client.test.ts', {
    '402 and 403 from CodeSubmit concern the account, not the candidate': [
      'accountStatuses: [402, 403] };',
      'accountStatuses: [] };',
    ],
  }),
  ...inFile('net/shared-rate.ts', 'test/integration/shared-rate.test.ts', {
    'Lever gets at most ten calls a second': [
      'Math.max(next, startAt) + INTERVAL_MS);',
      'Math.max(next, startAt));',
    ],
  }),
  ...inFile('bridge/lookup.ts', 'test/alarms/too-long.test.ts', {
    'a challenge that is tried again and again is a problem until it is sent': [
      'queueForDecision(tx, row.id, wasProvedAbsent(row) ? row.queued_at : now);',
      'queueForDecision(tx, row.id, now);',
      'again and again',
    ],
  }),
  ...inFile('bridge/lookup.ts', 'test/invitations/unknown-outcomes.test.ts', {
    'an absence is believed after two readings only': [
      'if (waitMs > 0) {',
      'if (false) {',
      'an absence',
    ],
    'the two readings that prove an absence are fifteen settling times apart': [
      'const SETTLING_TIMES_APART = 15;',
      'const SETTLING_TIMES_APART = 2;',
      'an absence',
    ],
    'after a third absence a person decides': [
      'if (proved.length >= MOST_ABSENCES) return',
      'if (false) return',
      'an absence',
    ],
    'what CodeSubmit refused and doesn’t list is failed': [
      "if (kind === 'refused') {",
      'if (false) {',
      'an absence',
    ],
    'a refusal that two readings prove is decided again like one that CodeSubmit answers at once': [
      "recordRefused(tx, row.id, 'uncertain', { reason: 'refused', detail: row.detail, now });",
      "tx.run(`UPDATE invitations SET state = 'failed', reason = 'refused', due_at = NULL WHERE id = ?`, row.id);",
      'corrected meanwhile',
    ],
    'a refusal because of an earlier one of ours shares its link': [
      "equal: kind === 'refused' && rows.length === 0 ? equal : rows,",
      'equal: rows,',
      'before the reuse days',
    ],
  }),
  ...inFile('bridge/lookup.ts', 'test/invitations/other-senders.test.ts', {
    'a second row is named after a 503 that was none, too': [
      'recordAbsent(tx, row.id, proved);',
      "if (kind !== 'unavailable') recordAbsent(tx, row.id, proved);",
      'answered 503',
    ],
  }),
  ...inFile('store/integration-store.ts', 'test/invitations/sending.test.ts', {
    'nothing is sent during a pause': [
      'return mayAskLever(row) && row.paused_at === null;',
      'return mayAskLever(row);',
      'pause',
    ],
  }),
  ...inFile('store/integration-store.ts', 'test/acceptance/stopping.test.ts', {
    'secrets left in the environment revive nothing that was revoked': [
      ": new AppError('revoked', `${REVOKED}.`, RUN_SETUP);",
      ': null;',
      'webhooks are 404 at once',
    ],
  }),
  ...inFile('store/integration-store.ts', 'test/setup/from-flags.test.ts', {
    'what the daemon learns of a vendor is no change that a setup gives way to': [
      'if (wasRejected) this.#set(tx, `${vendor}_refused_at = NULL`);',
      'if (wasRejected) this.#set(tx, `${vendor}_refused_at = NULL, version = version + 1`);',
      'accepts us again',
    ],
  }),
  ...inFile('bridge/sent-elsewhere.ts', 'test/invitations/listed-already.test.ts', {
    'what was made manually at CodeSubmit is adopted': [
      'findManual(bridge, addresses, wanted) ??',
      '',
      'a list with',
    ],
    'what was sent manually counts for the reuse days': [
      'return created === null || created.until > reuseFrom(bridge, reuseMs);',
      'return true;',
      'reuse days',
    ],
  }),
  ...inFile(
    'codesubmit/what-list-proves.ts',
    'src/codesubmit/what-list-proves.conclude-lookup.test.ts',
    {
      'an absence is believed only where the list shows ours': [
        "if (witness !== 'shown') return witness;",
        '',
      ],
      'a row that others of ours may have made is for a person': [
        "if (found && isClaimedByOthers(found, lookup)) return undecidable('several_claimants');",
        '',
      ],
      'an absence is believed under conditions': [
        'const why = whyUnproven(lookup);',
        'const why = undefined;',
      ],
      'what CodeSubmit accepted is never called absent': [
        "if (kind === 'accepted') return 'accepted_but_not_listed';",
        '',
      ],
      'an incomplete reading proves no absence': [
        "return isComplete ? undefined : 'list_incomplete';",
        'return undefined;',
      ],
    },
  ),
  ...inFile(
    'codesubmit/what-list-proves.ts',
    'src/codesubmit/what-list-proves.judge-witness.test.ts',
    {
      'a witness is recognised by address, challenge and date': [
        "return isSame ? 'shown' : 'rows_not_recognised';",
        "return 'shown';",
      ],
    },
  ),
  ...inFile(
    'codesubmit/what-list-proves.ts',
    'src/codesubmit/what-list-proves.which-challenge.test.ts',
    {
      'another challenge’s id says nothing about this one': [
        'if (isIdShown && unlisted.size > 0) return onlyOne(unlisted);',
        '',
      ],
      'so does a slug, or a short code, in a field of its own': [
        'if (!maybeNames.includes(id)) return known.kinds.has(kindOf(id));',
        '',
      ],
    },
  ),
  ...inFile('codesubmit/what-list-proves.ts', 'test/invitations/listed-already.test.ts', {
    'pages that show fewer rows than were counted are not believed': [
      'if (announced !== null) return shown >= announced;',
      'if (announced !== null) return true;',
      'a list with',
    ],
  }),
  ...inFile('serve/loops/work.ts', 'test/invitations/listed-already.test.ts', {
    'nothing is sent by a list that doesn’t say who was invited': [
      'return isListUsable(bridge) === true && (isRiskTaken()',
      'return bridge.list.state().copy !== null && (isRiskTaken()',
      'a list with',
    ],
  }),
  ...inFile('serve/loops/work.ts', 'test/integration/states.test.ts', {
    'a rejected write to Lever is tried again, though no update waits any more': [
      "if (!lever.isRetryDue('write')) return;",
      'return;',
      '401',
    ],
  }),
  ...inFile('serve/loops/work.ts', 'test/integration/clock-watch.test.ts', {
    'after a jump of the clock nothing waits longer': ['makeAllDue(bridge, tx);', ''],
  }),
  ...inFile('bridge/sent-list-reader.ts', 'test/invitations/sent-list-reader.test.ts', {
    'a row of the list is gone after two readings without it': [
      'if (copy) list.dropRowsBefore(tx, copy.whole);',
      'if (copy) list.dropRowsBefore(tx, reading.number);',
      'changes while it is read',
    ],
    'rows created since a reading began stand for none that it missed': [
      'list.countShown(number, until)',
      'list.countShown(number, Infinity)',
      'changes while it is read',
    ],
    'dates ahead of CodeSubmit’s `Date` make no list incomplete': [
      'if (reading.cursor === null) after.newestAt = list.newestAt();',
      '',
      'two hours ahead',
    ],
    'nothing is sent by a copy of the list that is too old': [
      'return ageInMs(began, this.bridge.clock) - limitedMs <= Math.max(ALWAYS_FRESH_MS, slowMs);',
      'return true;',
      'newest first',
    ],
  }),
  ...inFile('store/database/schema.ts', 'test/invitations/database-constraints.test.ts', {
    'the database takes one invitation for an opportunity and a challenge': [
      'UNIQUE (opportunity_id, challenge_id, repetition)',
      'CHECK (repetition >= 0)',
    ],
    'the database promises a person a challenge once': [
      "WHEN NEW.repetition = 0 AND NEW.state NOT IN ('failed', 'cancelled') AND ",
      'WHEN NEW.repetition = -1 AND ',
    ],
    'the database takes one invitation for a visit': [
      'CREATE UNIQUE INDEX invitations_visit ON',
      'CREATE INDEX invitations_visit ON',
    ],
  }),
  ...inFile('bridge/follow-progress.ts', 'test/progress/progress-tags.test.ts', {
    'work that was submitted before a late reading is not late': [
      "if (progress !== 'invited' && progress !== 'started') return false;",
      '',
      'between two readings',
    ],
  }),
  ...inFile('bridge/follow-progress.ts', 'test/progress/reading.test.ts', {
    'a number that gets a meaning is read by it': [
      '(row) => moveProgress(tx, this.bridge, row, row.status_number, now) ?? [],',
      '(): Moved[] => [],',
      'without a meaning',
    ],
  }),
  ...inFile('serve/loops/trouble-rounds.ts', 'test/faults/full-disk.test.ts', {
    'a full disk is posted though no alarm can be stored': [
      '      if (!isStorageTrouble(error)) throw error;',
      '      throw error;',
      'posted as an alarm',
    ],
    'that an alarm is over is posted once there is room to record it': [
      'const over = isFull ? [] : without',
      'const over = without',
      'posted as an alarm',
    ],
  }),
  ...inFile('serve/loops/trouble-rounds.ts', 'test/alarms/heartbeat.test.ts', {
    'a heartbeat address that fails, too, is a problem again': [
      'if (failures % FAILURES_REPORTED > 0) return;',
      'if (failures !== FAILURES_REPORTED) return;',
      'five times',
    ],
  }),
  ...inFile('serve/loops/trouble-rounds.ts', 'test/alarms/problems.test.ts', {
    'a deactivated stage shows after the next check of the stages': [
      "pace === 'with_sweep' || (isFull && pace === 'daily');",
      "isFull && pace === 'daily';",
      'a stage of two rules',
    ],
    'what is over is posted before what began': [
      'return [...over.map((one) => ({ ...one, isOver: true })), ...begun];',
      'return [...begun, ...over.map((one) => ({ ...one, isOver: true }))];',
      'is what is over before',
    ],
    'an alarm that ended and came back before that was posted tells nothing': [
      'without(reported, [...open, ...unrecorded]);',
      'without(reported, unrecorded);',
      'came and went',
    ],
    'a channel that refuses is tried less and less often': [
      'if (clock.monotonicMs() < nextTryMs) return;',
      '',
      'waits longer',
    ],
    'another channel gets alarms at once': [
      'if (url?.href !== address) endWait();',
      '',
      'waits longer',
    ],
    'a new alarm is posted at once': [
      'if (raised.length + cured.length > 0) endWait();',
      '',
      'waits longer',
    ],
    'a channel that can’t be told is a problem': [
      '|| failures < FAILURES_UNREPORTED) return;',
      '|| failures > 0) return;',
      'missed by the admin',
    ],
    'a channel that has nothing to be told is no problem': [
      'if (url === null || !next) return recordAddress(app, ALARMS);',
      'if (url === null || !next) return;',
      'missed by the admin',
    ],
    'a message that the channel refuses keeps no other back': [
      'pending[failures % pending.length];',
      'pending[0];',
      'refuses for good',
    ],
    'a revoke during a post leaves nothing to post': [
      'else if (integration.isInUse()) markReported(',
      'else markReported(',
      'after a revoke',
    ],
  }),
  ...inFile('admin/facts/webhook-facts.ts', 'test/alarms/problems.test.ts', {
    'a move while the daemon was off is no sign of a silent webhook': [
      'setUpAt ?? 0, startedAt ?? 0);',
      'setUpAt ?? 0);',
      'silent webhook',
    ],
  }),
  ...inFile('lever/lever-client.ts', 'src/lever/lever-client.test.ts', {
    'a login that Lever refuses is not taken for a candidate who is gone': [
      "return error instanceof ApiError && error.kind === 'refused' && error.status === status;",
      'return error instanceof ApiError && error.status === status;',
      'no answer about',
    ],
    'a permission that is missing is found before anybody waits for it': [
      "if (status !== 403) return 'given';",
      "return 'given';",
    ],
  }),
  ...inFile('net/http-client.ts', 'test/integration/states.test.ts', {
    'a read that is forbidden doesn’t pass for an account that is accepted again': [
      'if (status !== 403 || isWrite(request)) return null;',
      'if (status !== 0 || isWrite(request)) return null;',
      '403 everywhere',
    ],
  }),
  ...inFile('lever/login.ts', 'test/oauth/login.test.ts', {
    'a login isn’t lost because the daemon ends while Lever is silent': [
      'const calling = signal ? withHttp(app, { signal }) : app;',
      'const calling = app;',
      'the daemon ends',
    ],
  }),
  ...inFile('lever/lever-account.ts', 'test/integration/lever-account.test.ts', {
    'a key of another Lever account is refused': [
      'return both.includes(false) && !both.includes(true);',
      'return false;',
      'is refused by setup',
    ],
    'a running daemon uses no key of another Lever account': [
      'if (isOtherAccount(database, ids)) {',
      'if (false) {',
      'is refused by preview',
    ],
  }),
  ...inFile('cli/terminal/confirm-sending.ts', 'test/cli/many.test.ts', {
    'whatever sends to several people asks first': [
      'return io.confirm(`Send ${what}?`, given, `${would}. Nothing was changed.`);',
      'return Promise.resolve(given.dryRun !== true);',
    ],
  }),
  ...inFile('cli/commands/rules.ts', 'test/cli/many.test.ts', {
    'a rule that sends to an unknown number asks first': [
      'if (recipients?.length !== 0 && !(await confirmSending(io, recipients, options))) return;',
      'if (recipients?.length && !(await confirmSending(io, recipients, options))) return;',
      'about an unknown number',
    ],
  }),
  ...inFile('cli/commands/status.ts', 'test/cli/many.test.ts', {
    'status says how many on hold it leaves out': [
      "const more = (counts['held'] ?? 0) - held.length;",
      'const more = 0;',
      'it left out',
    ],
  }),
  ...inFile('admin/preview.ts', 'test/cli/many.test.ts', {
    'a change of a rule that sends to several people asks first': [
      'if (isInUse && planned && changesNothing(source, planned))',
      'if (isInUse && planned?.people.inStage.size === 0)',
      'another challenge instead',
    ],
    'resume names whom it sends to, seen by a daemon or not': [
      'const asIfSending = { isResumed: true, isSetUp: true };',
      'const asIfSending = { isSetUp: true };',
      'resume says who waits for it',
    ],
  }),
  ...inFile('admin/preview.ts', 'test/preview/previewed.test.ts', {
    'preview shows a candidate whom the daemon has not decided yet': [
      'if (!findDecided(this.bridge.database, id)) await this.lookAgain(id);',
      ';',
      'decided yet',
    ],
  }),
  ...inFile('cli/command.ts', 'test/cli/plain-terminal.test.ts', {
    'a printed command acts on the data directory that it is printed for': [
      "const homeFlag = home.folder === usual.folder ? '' : `--home ${shellWord(home.folder)} `;",
      "const homeFlag = '';",
      'prints commands',
    ],
  }),
  ...inFile('admin/setup/answers.ts', 'test/integration/integration-row.test.ts', {
    'a webhook whose address changed is not shown as verified': [
      'if (isMoved) app.integration.forgetVerified(tx);',
      '',
      'address changes',
    ],
  }),
  ...inFile('admin/setup/answers.ts', 'test/alarms/problems.test.ts', {
    'what was posted to a channel that was removed is forgotten': [
      "if (name === 'alarm_url' && answer === null) forgetReported(tx, listReported(tx));",
      '',
      'when a channel is set',
    ],
  }),
  ...inFile('admin/setup/answers.ts', 'test/alarms/alarms.test.ts', {
    'the address for alarms is stored when setup’s environment gives it': [
      'if (app.secrets.list(name, app.clock.now())[0] === url.href) return undefined;',
      'if (findSecret(app, name) === url.href) return undefined;',
      'environment gives',
    ],
  }),
  ...inFile('cli/commands/controls.ts', 'test/cli/refusals.test.ts', {
    'approve takes names or --all, never both': [
      'if (named.length > 0 === isAll)',
      'if (named.length === 0 && !isAll)',
      'contradicts',
    ],
  }),
  ...inFile('cli/commands/setup.ts', 'test/setup/from-flags.test.ts', {
    'a dry run of setup changes nothing, not even which data directory is the usual one': [
      'if (!isHomeGiven || isDeclined) return;',
      'if (!isHomeGiven) return;',
      'from now on',
    ],
  }),
  ...inFile('admin/facts/doctor.ts', 'src/admin/facts/doctor.test.ts', {
    'a check that wasn’t made is not shown as passed': [
      "return [{ id, status: 'warn', summary, fix, isUnknown: true, vendor }];",
      "return [{ id, status: 'pass', summary, fix, isUnknown: true, vendor }];",
    ],
    'what only follows from a cause is not shown as failed': [
      'return reports?.(error) ? { what, fix: error.hint } : { unknown: what };',
      'return { what, fix: error.hint };',
    ],
    'what was never tried is not shown as passed': [
      "return typeof answer === 'string' ? (whyNotKnownYet(fact, inspection) ?? answer) : answer;",
      'return answer;',
    ],
  }),
  ...inFile('admin/facts/doctor.ts', 'test/doctor/mornings.test.ts', {
    'what doctor finds shows in status': [
      'storeFound(tx, id, found, clock.now());',
      '',
      'what `doctor` finds',
    ],
  }),
  ...inFile('admin/facts/work-facts.ts', 'test/fixes/fixes.test.ts', {
    'refused writes are not a second failure beside a deactivated author': [
      'if (whyAuthorIsWrong(known) !== undefined) return undefined;',
      '',
      'acting user',
    ],
  }),
  ...inFile('admin/facts/work-facts.ts', 'test/alarms/problems.test.ts', {
    'time in which Lever rejected us does not make a check of the stages late': [
      'startedAt, row.able_since ?? 0);',
      'startedAt);',
      'while Lever rejected us',
    ],
  }),
  ...inFile('admin/facts/codesubmit-facts.ts', 'test/invitations/listed-already.test.ts', {
    'a list without addresses is a failure in doctor too, whatever its first page shows': [
      'if (unusable) return unusable;',
      '',
      'newest rows without',
    ],
  }),
  ...inFile('admin/timeline.ts', 'test/invitations/unknown-outcomes.test.ts', {
    'status WHO tells to settle what status asks a person about': [
      'return isForPerson(database, id, clock.now()) ? howToSettle(id) : null;',
      'return row.due_at === null ? howToSettle(id) : null;',
      'after an hour, not before',
    ],
  }),
  ...inFile('admin/facts/facts.ts', 'test/alarms/problems.test.ts', {
    'what isn’t set is no problem in status and alarms either': [
      'if (unset?.(known) !== undefined) return [];',
      '',
      'no webhook',
    ],
  }),
  ...inFile('admin/facts/machine-facts.ts', 'test/doctor/mornings.test.ts', {
    'a full disk is not a damaged database too': [
      'reports: (error) => !isStorageTrouble(error),',
      'reports: () => true,',
      'a full disk',
    ],
  }),
  ...inFile('admin/facts/lever-facts.ts', 'test/alarms/problems.test.ts', {
    'another stage of the rule’s name is named': [
      'one.name === name && !ruleStages.has(one.id));',
      'one.name === name && one.id === undefined);',
      'another listed one',
    ],
  }),
  ...inFile('store/facts.ts', 'test/alarms/problems.test.ts', {
    'an alarm is posted once, whatever is restarted': [
      'VALUES (${VALUES}, :now, 1)',
      'VALUES (${VALUES}, :now, 0)',
      'is that it is wrong',
    ],
    'an alarm that a check found is posted once': [
      'ON CONFLICT DO UPDATE SET is_reported = 1`',
      'ON CONFLICT DO UPDATE SET is_reported = 0`',
      'each ends alone',
    ],
    'the end of an alarm is posted once': [
      'tx.run(`DELETE FROM facts ${BY_KEY} AND check_id IS NULL`, fact);',
      '',
      'is that it is wrong',
    ],
  }),
  ...inFile('admin/setup/rules.ts', 'test/inbox/visits.test.ts', {
    'candidates already in the stage are left alone unless asked for': [
      "const invited = existing === 'invite' ? people.inStage.get(rule.stageId) : [];",
      'const invited = people.inStage.get(rule.stageId) ?? [];',
      'leaves alone who came before',
    ],
    'what is asked for is invited although it was there before': [
      "for (const visit of invited) approve(tx, visit, 'before_activation', id);",
      '',
      'invites who is chosen',
    ],
  }),
  ...inFile('cli/wizard/rules.ts', 'test/setup/kept-rules.test.ts', {
    'a stopped session leaves no rules that replace those added since': [
      'if (app.integration.isInUse()) continue;',
      '',
      'after a session had stopped',
    ],
    'a rule for every challenge that Esc took back replaces no kept rule': [
      'everyRule = undefined;',
      '',
      'Esc took back',
    ],
  }),
  ...inFile('cli/wizard/webhook.ts', 'test/setup/obstacles.test.ts', {
    'Enter keeps the signing tokens of all webhooks': [
      'signingTokens: isKept ? [] : [token],',
      'signingTokens: [token],',
      'tokens of all webhooks',
    ],
  }),
  ...inFile('cli/wizard/wizard.ts', 'test/setup/obstacles.test.ts', {
    'a client that is left in the environment doesn’t change the way to connect that the session was told':
      [
        '{ settings: { leverAuth: settingsOf(session).leverAuth }, rules },',
        '{ settings: {}, rules },',
        'with --existing invite',
      ],
    '--existing invite holds in the session even if no one is due yet': [
      'if (recipients?.length === 0) return given.existing;',
      "if (recipients?.length === 0) return 'leave';",
      'with --existing invite',
    ],
    'setup approves nobody whom it didn’t name': [
      'if (recipients?.length === 0) return given.existing;',
      "if (recipients?.length === 0) return 'invite';",
      'says why another port',
    ],
  }),
  ...inFile('admin/setup/set-up.ts', 'test/setup/from-flags.test.ts', {
    'a setup that waited for an answer doesn’t undo a revoke': [
      "if (app.integration.read().version !== version) throw changedMeanwhile('The integration');",
      '',
      'another command',
    ],
  }),
  ...inFile('admin/actions/backup.ts', 'test/cli/backup.test.ts', {
    'a backup’s copy starts paused, however it is put back': [
      'if (integration.isInUse()) await copy.write((tx) => integration.pauseRestored(tx, now));',
      '',
    ],
    'nothing is restored while the daemon runs': ['if (!lock) {', 'if (false) {'],
    'a file with a log beside it is not restored': [
      'if (log === undefined) return;',
      'return;',
      'has a log beside it',
    ],
    'what was restored is paused': [
      'if (integration.isInUse()) integration.pauseRestored(tx, runtime.clock.now());',
      '',
      'keeps a pause',
    ],
    'restoring cancels unsent repetitions': [
      "cancelRepetitions(tx, 'restored');",
      '',
      'deliberate repetition',
    ],
    'restoring names vendor addresses that aren’t the vendors’ own': [
      'addresses: foreignAddresses(effectiveSettings(settings, {})),',
      'addresses: [],',
      'names the addresses that a copy sends to',
    ],
  }),
  ...inFile('store/database/judge-file.ts', 'test/cli/backup.test.ts', {
    'another program’s file isn’t taken for one of a newer version': [
      'version > SCHEMA.length && schema.includes(\'"name":"invitations"\');',
      'version > SCHEMA.length;',
      'at a high version',
    ],
    'a file whose schema isn’t exactly ours is not restored': [
      'return { version, isOurs: isNewer || schema === ourSchemaText(version) };',
      'return { version, isOurs: version >= SCHEMA.length };',
      'undoes the pause',
    ],
  }),
];
