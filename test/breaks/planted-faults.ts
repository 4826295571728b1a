/**
 * One-line faults, one for each promise, and the test file that finds each fastest. `npm run test:breaks` plants them.
 *
 * A fault whose line has gone moves to the line that took its job.
 */

export interface PlantedFault {
  promise: string;
  /** Under `src/`. */
  file: string;
  /** Is there once. */
  line: string;
  broken: string;
  test: string;
  /** Part of the name of the test that finds it, where the whole file would take long. */
  only?: string;
  /** The test starts the built program. */
  needsBuild?: boolean;
}

const DECIDE = { file: 'domain/decide/decide.ts', test: 'src/domain/decide/decide.test.ts' };
const MATCH = { file: 'domain/decide/match-rule.ts', test: 'src/domain/decide/match-rule.test.ts' };
const SEND = {
  file: 'domain/decide/eligibility.ts',
  test: 'src/domain/decide/eligibility.test.ts',
};
const SIGNATURE = {
  file: 'pipeline/receive/verify-delivery.ts',
  test: 'src/pipeline/receive/verify-delivery.signature.test.ts',
};
const SEALER = { file: 'storage/home/sealer.ts', test: 'src/storage/home/sealer.test.ts' };
const HTTP = { file: 'vendors/http/http-client.ts', test: 'src/vendors/http/http-client.test.ts' };
const REPLY = {
  file: 'vendors/http/send-request.ts',
  test: 'src/vendors/http/http-client.test.ts',
};

const ONCE: PlantedFault[] = [
  {
    promise: 'a candidate who has the challenge doesn’t get it again',
    ...DECIDE,
    line: 'if (promised.some((own) => own.challengeId === rule.challengeId)) {',
    broken: 'if (false) {',
  },
  {
    promise: 'one visit yields one invitation, whatever its tags and the rules become',
    ...DECIDE,
    line: 'refuseByRecord(opportunity, situation) ?? ignoreAsSameVisit(opportunity, situation);',
    broken: 'refuseByRecord(opportunity, situation);',
  },
  {
    promise: 'one person gets a challenge once within the reuse days',
    ...DECIDE,
    line: '.filter((promise) => counts(promise, reuse, now))',
    broken: '.filter(() => false)',
  },
  {
    promise: 'a challenge counts for the rule’s reuse days and no longer',
    file: 'domain/decide/situation.ts',
    line: 'from > now - reuse.reuseMs;',
    broken: 'true;',
    test: DECIDE.test,
  },
  {
    promise: 'what still waits counts as promised',
    file: 'domain/decide/situation.ts',
    line: 'const from = promise.countsFrom ?? now;',
    broken: 'const from = promise.countsFrom ?? 0;',
    test: DECIDE.test,
  },
  {
    promise: 'a different challenge in the same stage waits for approval',
    ...DECIDE,
    line: 'if (!hadAnother ||',
    broken: 'if (true ||',
  },
  {
    promise: 'an outcome that isn’t known counts as promised',
    file: 'domain/invitation.ts',
    line: "['queued', 'sending', 'uncertain', 'invited', 'linked'] as const;",
    broken: "['queued', 'sending', 'invited', 'linked'] as const;",
    test: DECIDE.test,
  },
  {
    promise: 'what failed or was cancelled doesn’t count as promised',
    file: 'domain/invitation.ts',
    line: "['queued', 'sending', 'uncertain', 'invited', 'linked'] as const;",
    broken:
      "['queued', 'sending', 'uncertain', 'invited', 'linked', 'failed', 'cancelled'] as const;",
    test: DECIDE.test,
  },
  {
    promise: 'send without --again sends nobody what they were promised',
    ...SEND,
    line: "if (!order.isAgain && findPromise(order, facts)) return no('already_invited');",
    broken: '',
  },
  {
    promise: 'a profile that shows a link of ours is that person',
    file: 'pipeline/invitations/invitation-queries.ts',
    line: '`${promise} WHERE link_hash = ? AND opportunity_id <> ? AND ${PROMISED}`,',
    broken: '`${promise} WHERE link_hash = ? AND opportunity_id = ? AND ${PROMISED}`,',
    test: 'test/inbox/merged-contacts.test.ts',
  },
  {
    promise: 'one address in another spelling is one person',
    file: 'domain/email.ts',
    line: 'const plain = email.trim().toLowerCase();',
    broken: 'const plain = email.trim();',
    test: 'src/domain/email.test.ts',
  },
];

const ELIGIBLE: PlantedFault[] = [
  {
    promise: 'a candidate who came before the rule was active gets nothing',
    ...DECIDE,
    line: 'return visitAt < rule.activatedAt && !isOfEarlier;',
    broken: 'return false;',
  },
  {
    promise: 'a rule that replaces one of the same stage and tag continues it',
    ...DECIDE,
    line: 'return visitAt < rule.activatedAt && !isOfEarlier;',
    broken: 'return visitAt < rule.activatedAt;',
    test: 'test/inbox/replaced-rule.test.ts',
  },
  {
    promise: 'an archived candidate gets nothing',
    ...DECIDE,
    line: "if (opportunity.isArchived) return ignore('archived');",
    broken: '',
  },
  {
    promise: 'an anonymized candidate gets nothing',
    ...DECIDE,
    line: "if (opportunity.isAnonymized) return ignore('anonymized');",
    broken: '',
  },
  {
    promise: 'nobody is invited who forbids contact',
    ...DECIDE,
    line: "return refusal && ignore('contact_not_allowed', refusal);",
    broken: 'return undefined;',
  },
  {
    promise: 'a consent that has ended forbids contact',
    file: 'domain/opportunity.ts',
    line: "if (consent.expiresAt !== null && consent.expiresAt <= now) return 'expired';",
    broken: '',
    test: DECIDE.test,
  },
  {
    promise: 'only candidates who are in the rule’s stage now are invited',
    ...DECIDE,
    line: 'if (!isHere) return',
    broken: 'if (false) return',
  },
  {
    promise: 'nobody is invited without an e-mail address',
    file: 'domain/opportunity.ts',
    line: '.find((email) => email.length <= MAX_EMAIL_LENGTH && EMAIL.test(email));',
    broken: '.find((email) => email.length <= MAX_EMAIL_LENGTH);',
    test: 'src/domain/opportunity.person.test.ts',
  },
  {
    promise: 'a name goes out without what a terminal obeys',
    file: 'domain/opportunity.ts',
    line: '.map(withoutObeyed)',
    broken: '',
    test: 'src/domain/opportunity.person.test.ts',
  },
  {
    promise: 'a delay is waited out',
    ...DECIDE,
    line: 'situation.now >= until) return undefined;',
    broken: 'true) return undefined;',
  },
  {
    promise: 'a delay counts from the visit',
    ...DECIDE,
    line: 'opportunity.visitAt + rule.delayMinutes * MINUTE_MS;',
    broken: 'situation.now + rule.delayMinutes * MINUTE_MS;',
  },
  {
    promise: 'a similar address holds the candidate',
    ...DECIDE,
    line: 'if (!situation.similarSent.has(rule.id) ||',
    broken: 'if (true ||',
  },
  {
    promise: 'a challenge that CodeSubmit doesn’t know holds its candidates',
    ...DECIDE,
    line: "if (rule.isChallengeUnknown) return hold('unknown_challenge', rule, rule.challengeName);",
    broken: '',
  },
  {
    promise: 'a braked rule keeps its candidates',
    ...DECIDE,
    line: 'if (rule.isBraked && !isFreeOfBrake(rule, situation)) return',
    broken: 'if (false) return',
  },
  {
    promise: 'nothing is queued during a pause',
    ...DECIDE,
    line: 'if (situation.isPaused && !isQueued) return',
    broken: 'if (false) return',
  },
  {
    promise: 'send sends nothing to an archived candidate',
    ...SEND,
    line: "if (opportunity.isArchived) return no('archived');",
    broken: '',
  },
  {
    promise: 'send sends nothing to a candidate who forbids contact',
    ...SEND,
    line: "if (findConsentRefusal(opportunity.consent, facts.now)) return no('contact_not_allowed');",
    broken: '',
  },
  {
    promise: 'send sends nothing to a candidate who has left the stage since',
    ...SEND,
    line: "if (opportunity.stageId !== order.stageId) return no('left_stage');",
    broken: '',
  },
  {
    promise: 'a tag that is nearly right holds the candidate',
    ...MATCH,
    line: "if (near) return { kind: 'near', rule: near.rule, tag: near.tag, nearTo: near.rule.tag };",
    broken: '',
  },
  {
    promise: 'a * rule leaves candidates alone who carry a challenge tag',
    ...MATCH,
    line: 'if (!any || all.some((rule) => carries(carried, rule))) {',
    broken: 'if (!any) {',
  },
  {
    promise: 'of two challenge tags, the one that isn’t the posting’s wins',
    ...MATCH,
    line: "if (isSome(own) && challengesOf(own).size === 1) return { kind: 'rule', rule: own[0] };",
    broken: '',
  },
  {
    promise: 'two challenge tags of the candidate’s own hold',
    ...MATCH,
    line: "return { kind: 'ambiguous', rules: candidates };",
    broken: "return { kind: 'rule', rule: candidates[0] };",
  },
  {
    promise: 'tags compare trimmed and ignoring case',
    file: 'domain/rule.ts',
    line: 'return tag.trim().toLowerCase();',
    broken: 'return tag.trim();',
    test: MATCH.test,
  },
];

const INGRESS: PlantedFault[] = [
  {
    promise: 'a delivery needs a valid signature',
    ...SIGNATURE,
    line: '.find((computed) => timingSafeEqual(computed, given));',
    broken: '.find(() => true);',
  },
  {
    promise:
      'a delivery’s token has 48 hexadecimal characters, so that no other pair signs like it',
    ...SIGNATURE,
    line: "if (typeof token !== 'string' || !TOKEN.test(token)) return undefined;",
    broken: "if (typeof token !== 'string') return undefined;",
  },
  {
    promise: 'a delivery’s time has 13 digits, so that no other pair signs like it',
    ...SIGNATURE,
    line: 'if (triggeredAt < MIN_TRIGGERED_AT || triggeredAt > MAX_TRIGGERED_AT) return undefined;',
    broken: '',
  },
  {
    promise: 'the address of another webhook is 404',
    file: 'pipeline/receive/http-server.ts',
    line: 'if (webhookId === null || request.params.id !== webhookId)',
    broken: 'if (webhookId === null)',
    test: 'test/acceptance/bad-input.test.ts',
    needsBuild: true,
  },
  {
    promise: 'a delivery that can’t be stored is not answered 200',
    file: 'pipeline/receive/http-server.ts',
    line: 'const accepted = await accept(parsed.delivery);',
    broken:
      "void accept(parsed.delivery).catch(() => undefined); const accepted = { isNew: true, outcome: 'look' } as Accepted;",
    test: 'test/ingress/overload.test.ts',
    only: 'the disk doesn’t take',
  },
  {
    promise: 'a delivery that is repeated is the one that was there',
    file: 'pipeline/receive/delivery-store.ts',
    line: '`INSERT OR IGNORE INTO deliveries',
    broken: '`INSERT OR REPLACE INTO deliveries',
    test: 'test/ingress/shared-write.test.ts',
  },
  {
    promise: 'no delivery is taken once revoke has returned',
    file: 'pipeline/receive/delivery-store.ts',
    line: "if (this.deps.integration.state() === 'revoked') {",
    broken: 'if (false) {',
    test: 'test/ingress/shared-write.test.ts',
  },
];

const READS: PlantedFault[] = [
  {
    promise: 'an older read isn’t used once a later one was decided on',
    file: 'pipeline/inbox/read-memory.ts',
    line: 'return (this.#decidedOn.get(id) ?? 0) <= ticket;',
    broken: 'return true;',
    test: 'src/pipeline/inbox/read-memory.read-order.test.ts',
  },
  {
    promise: 'nothing goes on a read that is older than a minute',
    file: 'pipeline/invitations/send-queue.ts',
    line: 'return ageInMs(read.began, this.clock) <= FRESH_MS;',
    broken: 'return true;',
    test: 'test/invitations/sending.test.ts',
    only: 'within the last minute',
  },
  {
    promise: 'nothing goes on a decision under other rules',
    file: 'pipeline/invitations/send-queue.ts',
    line: 'if (read?.version !== version) return false;',
    broken: 'if (read === undefined) return false;',
    test: 'test/invitations/sending.test.ts',
    only: 'within the last minute',
  },
  {
    promise: 'a read that contradicts the webhook is repeated',
    file: 'pipeline/inbox/look-handler.ts',
    line: 'if (!isContradicted(look, sighting.opportunity)) return false;',
    broken: 'return false;',
    test: 'test/inbox/lagging-reads.test.ts',
  },
  {
    promise: 'a 404 alone doesn’t mean deleted',
    file: 'pipeline/inbox/look-handler.ts',
    line: 'return isDeletionAnnounced || isKnown;',
    broken: 'return true;',
    test: 'test/inbox/change-of-mind.test.ts',
    only: 'deleted without a webhook is no_access at first',
  },
  {
    promise: 'a vendor that fails as a whole uses up no attempt of one candidate',
    file: 'pipeline/vendor-access.ts',
    line: "if (error.kind === 'rate_limited') return true;",
    broken: '',
    test: 'src/pipeline/vendor-access.test.ts',
  },
  {
    promise: 'a pause lasts as long as the vendor’s Retry-After asks',
    file: 'pipeline/vendor-access.ts',
    line: 'const waitMs = Math.max(wait, error.retryAfterMs ?? 0);',
    broken: 'const waitMs = wait;',
    test: 'src/pipeline/vendor-access.test.ts',
  },
  {
    promise: 'a retry waits twice as long each time',
    file: 'domain/clock.ts',
    line: 'FIRST_MS * 2 ** Math.min(failures - 1, 20));',
    broken: 'FIRST_MS);',
    test: 'src/domain/clock.backoff.test.ts',
  },
];

const BRAKE: PlantedFault[] = [
  {
    promise: 'too many at once engage the brake',
    file: 'pipeline/decide/brake.ts',
    line: '+ more > limit.count;',
    broken: '+ more > limit.count && false;',
    test: 'test/inbox/brake.test.ts',
  },
  {
    promise: 'the brake also holds what was queued already',
    file: 'pipeline/decide/brake.ts',
    line: 'for (const row of invitations.queuedForBrake(ruleId)) {',
    broken: 'for (const row of [] as ReturnType<typeof invitations.queuedForBrake>) {',
    test: 'test/inbox/brake.test.ts',
  },
  {
    promise: 'the brake stays on while one is on hold',
    file: 'pipeline/decide/brake.ts',
    line: 'if (decisions.countBrakeHolds(ruleId) === 0) rules',
    broken: 'rules',
    test: 'test/inbox/brake.test.ts',
  },
];

const STORAGE: PlantedFault[] = [
  {
    promise: 'every commit reaches the disk before it is acknowledged',
    file: 'storage/database/open-connection.ts',
    line: "connection.pragma('synchronous = FULL');",
    broken: '',
    test: 'test/database/database.test.ts',
  },
  {
    promise: 'what is erased is overwritten in the file',
    file: 'storage/database/open-connection.ts',
    line: "connection.pragma('secure_delete = ON');",
    broken: "connection.pragma('secure_delete = OFF');",
    test: 'test/database/database.test.ts',
  },
  {
    promise: 'a write resolves only once its turn is committed',
    file: 'storage/database/database.ts',
    line: 'for (const outcome of this.#commit(writes)) settle(outcome);',
    broken:
      'for (const outcome of writes.map((write) => this.#runInSavepoint(write))) settle(outcome);',
    test: 'test/database/database.test.ts',
  },
  {
    promise: 'one write that fails leaves the others of its turn alone',
    file: 'storage/database/database.ts',
    line: 'this.#turn.rollBackOne.run();',
    broken: '',
    test: 'test/database/database.test.ts',
  },
  {
    promise: 'what finds the disk full is written once there is room',
    file: 'storage/database/database.ts',
    line: 'if (!isStorageTrouble(error)) throw error;',
    broken: 'throw error;',
    test: 'test/database/database.test.ts',
  },
  {
    promise: 'after the disk failed nothing is acknowledged',
    file: 'storage/database/database.ts',
    line: 'if (this.#failure) throw this.#failure;',
    broken: '',
    test: 'test/database/database.test.ts',
  },
  {
    promise: 'a lock is held by one process at a time',
    file: 'storage/database/file-lock.ts',
    line: "connection.exec('BEGIN EXCLUSIVE');",
    broken: '',
    test: 'test/database/home-lock.test.ts',
    only: 'is held by one at a time',
  },
  {
    promise: 'a database that others may read is refused',
    file: 'storage/home/home.ts',
    line: 'if ((statSync(file).mode & OTHERS) === 0) return;',
    broken: 'return;',
    test: 'test/config/home.test.ts',
  },
  {
    promise: 'a data directory that anyone may write to is refused',
    file: 'storage/home/home.ts',
    line: "if (process.platform === 'win32' || (mode & OTHERS_WRITE) === 0) return;",
    broken: 'return;',
    test: 'test/config/home.test.ts',
  },
];

const SECRETS: PlantedFault[] = [
  {
    promise: 'another key is noticed before anything is decrypted',
    file: 'storage/settings/home-key.ts',
    line: 'if (settings.findKeyMark() === markOf(sealer)) return sealer;',
    broken: 'if (settings) return sealer;',
    test: 'test/doctor/doctor.test.ts',
    only: 'notices another home’s key',
    needsBuild: true,
  },
  {
    promise: 'a sealed value opens only in its own place',
    ...SEALER,
    line: 'return Buffer.from(JSON.stringify([column, ...row]));',
    broken: 'return Buffer.alloc(0);',
  },
  {
    promise: 'revoke erases every secret',
    file: 'operate/actions/revoke.ts',
    line: 'secrets.eraseAll(tx);',
    broken: '',
    test: 'test/cli/revoked-secrets.test.ts',
  },
  {
    promise: 'nothing that was queued goes out after revoke',
    file: 'operate/actions/revoke.ts',
    line: "invitations.cancelAllQueued(tx, 'revoked');",
    broken: '',
    test: 'test/preview/preview.test.ts',
  },
  {
    promise: 'a redirect is never followed with the key',
    ...REPLY,
    line: 'followRedirect: false,',
    broken: 'followRedirect: true,',
  },
  {
    promise: 'plain http reaches this machine only',
    file: 'domain/base-url.ts',
    line: "(url.protocol === 'http:' && isLoopback(url));",
    broken: "url.protocol === 'http:';",
    test: HTTP.test,
  },
  {
    promise: 'a signing token that anyone can guess is refused',
    file: 'domain/signing-token.ts',
    line: 'return /^(.)\\1*$/i.test(token);',
    broken: 'return false;',
    test: 'test/cli/refusals.test.ts',
    only: 'guess',
    needsBuild: true,
  },
  {
    promise: 'a crash leaves no key in a core file',
    file: 'cli/main.ts',
    line: '  emptyCoreDumps();',
    broken: '',
    test: 'test/crash/core-dump.test.ts',
    needsBuild: true,
  },
  {
    promise: 'a printed command runs nothing of a path in it',
    file: 'domain/shell.ts',
    line: "return `'${text.replaceAll(\"'\", String.raw`'\\''`)}'`;",
    broken: "return `'${text}'`;",
    test: 'src/domain/shell.test.ts',
  },
  {
    promise: 'no path adds a line to the systemd unit',
    file: 'cli/service/render-unit.ts',
    line: 'if (visible(path) === path) return;',
    broken: 'return;',
    test: 'test/deploy/service.test.ts',
  },
  {
    promise: 'a page elsewhere reads no metrics through a browser here',
    file: 'daemon/metrics/metrics-server.ts',
    line: 'isOwnName(headers.host) ? undefined :',
    broken: 'true ? undefined :',
    test: 'test/hostile/rebound-host.test.ts',
  },
  {
    promise: 'a terminal shows what a vendor wrote, and never obeys it',
    file: 'cli/terminal/styles.ts',
    line: "return text.split('\\n').map(visible).join('\\n');",
    broken: 'return text;',
    test: 'src/cli/terminal/styles.test.ts',
  },
  {
    promise: 'only Lever’s own pages are linked to',
    file: 'vendors/lever/api/lever-addresses.ts',
    line: "const isLevers = url.protocol === 'https:' && /(?:^|\\.)lever\\.co$/.test(url.hostname);",
    broken: 'const isLevers = true;',
    test: 'src/vendors/lever/api/lever-addresses.test.ts',
  },
];

const VENDORS: PlantedFault[] = [
  {
    promise: 'only a candidate’s link at CodeSubmit reaches the candidate',
    file: 'vendors/codesubmit/codesubmit-records.ts',
    line: 'const isOne = url !== null && origins.includes(url.origin) && /^\\/c\\/./.test(url.pathname);',
    broken: 'const isOne = url !== null;',
    test: 'src/vendors/codesubmit/codesubmit-records.link-finder.test.ts',
  },
  {
    promise: 'a masked address is no address',
    file: 'vendors/codesubmit/codesubmit-records.ts',
    line: 'return ADDRESS.test(address) && !MASK.test(address) ? address : null;',
    broken: 'return ADDRESS.test(address) ? address : null;',
    test: 'src/vendors/codesubmit',
  },
  {
    promise: 'a 5xx in answer to a challenge is an unknown outcome',
    ...REPLY,
    line: "return isWrite ? 'unknown_outcome' : 'unavailable';",
    broken: "return 'unavailable';",
  },
  {
    promise: 'a reply that is too large ends the call',
    ...REPLY,
    line: "if (size > maxBytes) throw stopped('reply too large');",
    broken: '',
  },
  {
    promise: '402 and 403 from CodeSubmit concern the account, not the candidate',
    file: 'vendors/codesubmit/codesubmit-client.ts',
    line: 'accountStatuses: [402, 403] };',
    broken: 'accountStatuses: [] };',
    test: 'src/vendors/codesubmit/codesubmit-client.test.ts',
  },
  {
    promise: 'Lever gets at most ten calls a second',
    file: 'vendors/lever/api/shared-rate.ts',
    line: 'Math.max(next, startAt) + INTERVAL_MS);',
    broken: 'Math.max(next, startAt));',
    test: 'test/integration/shared-rate.test.ts',
  },
];

const OUTCOMES: PlantedFault[] = [
  {
    promise: 'nothing is sent during a pause',
    file: 'storage/state/integration-store.ts',
    line: "if (stateOf(row) === 'active') return Infinity;",
    broken: "if (['active', 'paused'].includes(stateOf(row))) return Infinity;",
    test: 'test/invitations/sending.test.ts',
    only: 'pause',
  },
  {
    promise: 'an unknown outcome is looked up, not sent again',
    file: 'pipeline/invitations/sender.ts',
    line: "if (error.kind === 'unknown_outcome') {",
    broken: 'if (false) {',
    test: 'test/invitations/unknown-outcomes.test.ts',
    only: 'an absence',
  },
  {
    promise: 'an accepted challenge without a readable id is looked up',
    file: 'pipeline/invitations/sender.ts',
    line: 'if (sent.id === null) {',
    broken: 'if (false) {',
    test: 'test/invitations/unknown-outcomes.test.ts',
    only: 'without an id',
  },
  {
    promise: 'a rejected account fails nobody',
    file: 'pipeline/invitations/sender.ts',
    line: "if (error.kind === 'unauthorized') {",
    broken: 'if (false) {',
    test: 'test/invitations/outages.test.ts',
    only: 'a rejected account',
  },
  {
    promise: 'what a dead process was sending is looked up',
    file: 'pipeline/invitations/send-queue.ts',
    line: "this.#setUncertain(tx, id as InvitationId, 'interrupted', lookup);",
    broken: "invitations.update(tx, id, { state: 'queued', awaits_decision: 1, claim: null });",
    test: 'test/invitations/sending.test.ts',
    only: 'dies while it sends',
  },
  {
    promise: 'an attempt whose claim is gone settles nothing',
    file: 'pipeline/invitations/send-queue.ts',
    line: "return row?.state === 'sending' && row.claim === claim;",
    broken: 'return true;',
    test: 'test/invitations/claims.test.ts',
  },
  {
    promise: 'what was made manually at CodeSubmit is adopted',
    file: 'pipeline/invitations/sent-elsewhere.ts',
    line: 'this.#findManual(wanted) ??',
    broken: '',
    test: 'test/invitations/listed-already.test.ts',
    only: 'a list with',
  },
  {
    promise: 'an absence is believed after two readings only',
    file: 'pipeline/invitations/lookup.ts',
    line: 'if (leftMs > 0) {',
    broken: 'if (false) {',
    test: 'test/invitations/unknown-outcomes.test.ts',
    only: 'an absence',
  },
  {
    promise: 'an absence is believed only where the list shows ours',
    file: 'pipeline/invitations/conclude-lookup.ts',
    line: "if (witness !== 'shown') return WITHOUT_WITNESS[witness];",
    broken: '',
    test: 'src/pipeline/invitations/conclude-lookup.test.ts',
  },
  {
    promise: 'the two readings that prove an absence are fifteen settling times apart',
    file: 'pipeline/invitations/lookup.ts',
    line: 'const APART = 15;',
    broken: 'const APART = 2;',
    test: 'test/invitations/unknown-outcomes.test.ts',
    only: 'an absence',
  },
  {
    promise: 'after a third absence a person decides',
    file: 'pipeline/invitations/lookup.ts',
    line: 'if (absences >= MOST_ABSENCES) return',
    broken: 'if (false) return',
    test: 'test/invitations/unknown-outcomes.test.ts',
    only: 'an absence',
  },
  {
    promise: 'a row that others of ours may have made is for a person',
    file: 'pipeline/invitations/conclude-lookup.ts',
    line: "if (found && isClaimedByOthers(found, lookup)) return undecidable('several_claimants');",
    broken: '',
    test: 'src/pipeline/invitations/conclude-lookup.test.ts',
  },
  {
    promise: 'a witness is recognised by address, challenge and date',
    file: 'pipeline/invitations/conclude-lookup.ts',
    line: "return isSame ? 'shown' : 'unrecognised';",
    broken: "return 'shown';",
    test: 'src/pipeline/invitations/conclude-lookup.judge-witness.test.ts',
  },
  {
    promise: 'a second row of a pair that was sent again is named',
    file: 'pipeline/invitations/repeated-rows.ts',
    line: 'WHERE ours.absences > 0 AND',
    broken: 'WHERE ours.absences > 99 AND',
    test: 'test/invitations/other-senders.test.ts',
    only: 'sent again',
  },
  {
    promise: 'another challenge’s id says nothing about this one',
    file: 'pipeline/invitations/which-challenge.ts',
    line: 'if (isIdShown && unlisted.size > 0) return onlyOne(unlisted);',
    broken: '',
    test: 'src/pipeline/invitations/which-challenge.test.ts',
  },
  {
    promise: 'an absence is believed under conditions',
    file: 'pipeline/invitations/conclude-lookup.ts',
    line: 'const why = whyUnproven(lookup);',
    broken: 'const why = undefined;',
    test: 'src/pipeline/invitations/conclude-lookup.test.ts',
  },
  {
    promise: 'what CodeSubmit accepted is never called absent',
    file: 'pipeline/invitations/conclude-lookup.ts',
    line: "if (kind === 'accepted') return 'accepted_but_not_listed';",
    broken: '',
    test: 'src/pipeline/invitations/conclude-lookup.test.ts',
  },
  {
    promise: 'an incomplete reading proves no absence',
    file: 'pipeline/invitations/conclude-lookup.ts',
    line: "return isComplete ? undefined : 'list_incomplete';",
    broken: 'return undefined;',
    test: 'src/pipeline/invitations/conclude-lookup.test.ts',
  },
  {
    promise: 'of several due, the delayed challenge is tried by one that can be sent',
    file: 'pipeline/invitations/sender.ts',
    line: 'if (leftMs === 0 && isFresh)',
    broken: 'if (leftMs === 0)',
    test: 'test/invitations/outages.test.ts',
    only: '404',
  },
  {
    promise: 'a challenge is claimed once',
    file: 'pipeline/invitations/invitation-steps.ts',
    line: "...{ state: 'sending', claim, attempts: row.attempts + 1,",
    broken: '...{ claim, attempts: row.attempts + 1,',
    test: 'test/invitations/claims.test.ts',
  },
  {
    promise: 'what waited is due at the next start',
    file: 'pipeline/invitations/invitation-store.ts',
    line: "next_attempt_at = min(next_attempt_at, ?) WHERE state = 'queued'",
    broken: "next_attempt_at = max(next_attempt_at, ?) WHERE state = 'queued'",
    test: 'test/invitations/sending.test.ts',
    only: 'dies while it sends',
  },
  {
    promise: 'an unknown outcome settles before it is looked up',
    file: 'pipeline/invitations/sender.ts',
    line: "const at = kind === 'refused' ? now : now + settleMs();",
    broken: 'const at = now;',
    test: 'test/invitations/unknown-outcomes.test.ts',
    only: 'an absence',
  },
  {
    promise: 'what CodeSubmit refused and doesn’t list is failed',
    file: 'pipeline/invitations/lookup.ts',
    line: "if (row.lookup_kind === 'refused') return this.#fail(tx, row, now);",
    broken: '',
    test: 'test/invitations/unknown-outcomes.test.ts',
    only: 'an absence',
  },
  {
    promise: 'a row that only the reply to our POST gave is no witness',
    file: 'pipeline/invitations/lookup.ts',
    line: 'row && row.seenIn >= ended.reading ? row : undefined',
    broken: 'row',
    test: 'test/invitations/unknown-outcomes.test.ts',
    only: 'half an hour behind',
  },
  {
    promise: 'settings that change have what waits for a person looked up again',
    file: 'pipeline/invitations/invitation-store.ts',
    line: "const where = `WHERE state = 'uncertain' AND (lookup_at > ?",
    broken: "const where = `WHERE state = 'queued' AND (lookup_at > ?",
    test: 'test/invitations/unknown-outcomes.test.ts',
    only: 'waits for a person',
  },
  {
    promise: 'pages that show fewer rows than were counted are not believed',
    file: 'pipeline/invitations/judge-reading.ts',
    line: 'if (announced !== null) return shown >= announced;',
    broken: 'if (announced !== null) return true;',
    test: 'test/invitations/listed-already.test.ts',
    only: 'a list with',
  },
  {
    promise: 'of the twenty newest rows nineteen show an address',
    file: 'pipeline/invitations/sent-list-store.ts',
    line: 'return shown * NEWEST >= (n + nameless) * SHOWN;',
    broken: 'return shown > 0;',
    test: 'test/invitations/listed-already.test.ts',
    only: 'twenty newest',
  },
  {
    promise: 'nothing is sent by a list that doesn’t say who was invited',
    file: 'daemon/loops/pipeline-loops.ts',
    line: 'return this.list.isFresh() && list.isRecognised(copy);',
    broken: 'return this.list.isFresh();',
    test: 'test/invitations/listed-already.test.ts',
    only: 'a list with',
  },
  {
    promise: 'what was sent manually counts for the reuse days',
    file: 'pipeline/invitations/sent-elsewhere.ts',
    line: 'return created === null || created.until > this.#since(reuseMs);',
    broken: 'return true;',
    test: 'test/invitations/listed-already.test.ts',
    only: 'reuse days',
  },
  {
    promise: 'a refusal about a challenge that CodeSubmit lists holds no one else',
    file: 'pipeline/invitations/sender.ts',
    line: 'const standing = await offer.standingOf(claimed.order.challengeId);',
    broken: "const standing = 'gone' as 'gone' | 'offered';",
    test: 'test/invitations/sending.test.ts',
    only: 'a refusal',
  },
  {
    promise: 'a challenge that CodeSubmit archived holds all of it',
    file: 'pipeline/invitations/sender.ts',
    line: "if (standing === 'gone') {",
    broken: 'if (false) {',
    test: 'test/invitations/sending.test.ts',
    only: 'a refusal',
  },
  {
    promise: 'after two unknown outcomes challenges go one at a time',
    file: 'pipeline/invitations/sender.ts',
    line: 'if (this.#unknown > 1 && codesubmit.remainingMs() === 0)',
    broken: 'if (false)',
    test: 'test/invitations/outages.test.ts',
    only: '502',
  },
  {
    promise: 'a rejected account is tried every five minutes',
    file: 'daemon/loops/pipeline-loops.ts',
    line: 'return clock.monotonicMs() - this.#triedAtMs >= TRY_REJECTED_MS;',
    broken: 'return true;',
    test: 'test/invitations/outages.test.ts',
    only: 'a rejected account',
  },
  {
    promise: 'a row from before ours is no second sender',
    file: 'pipeline/invitations/repeated-rows.ts',
    line: 'AND listed.created_from > ? AND listed.created_from > ours.accepted_at',
    broken: 'AND listed.created_from > ?',
    test: 'test/invitations/other-senders.test.ts',
    only: 'sent again',
  },
  {
    promise: 'what a new data directory finds there is no second sender',
    file: 'pipeline/invitations/repeated-rows.ts',
    line: 'Math.max(state.knownFrom ?? Infinity, weekAgo(state))',
    broken: 'weekAgo(state)',
    test: 'test/invitations/other-senders.test.ts',
    only: 'sent again',
  },
  {
    promise: 'the database takes one invitation for an opportunity and a challenge',
    file: 'storage/database/schema.ts',
    line: 'UNIQUE (opportunity_id, challenge_id, repetition)',
    broken: 'CHECK (repetition >= 0)',
    test: 'test/invitations/database-constraints.test.ts',
  },
  {
    promise: 'the database promises a person a challenge once',
    file: 'storage/database/schema.ts',
    line: "WHEN NEW.repetition = 0 AND NEW.state NOT IN ('failed', 'cancelled') AND ",
    broken: 'WHEN NEW.repetition = -1 AND ',
    test: 'test/invitations/database-constraints.test.ts',
  },
  {
    promise: 'the database takes one invitation for a visit',
    file: 'storage/database/schema.ts',
    line: 'CREATE UNIQUE INDEX invitations_visit ON',
    broken: 'CREATE INDEX invitations_visit ON',
    test: 'test/invitations/database-constraints.test.ts',
  },
];

const WRITEBACKS: PlantedFault[] = [
  {
    promise: 'a link is looked for before it is added again',
    file: 'pipeline/writebacks/writer.ts',
    line: 'if (!isFirst || !isNew) {',
    broken: 'if (false) {',
    test: 'src/pipeline/writebacks/writer.test.ts',
  },
  {
    promise: 'a reply without the link is not taken for written',
    file: 'pipeline/writebacks/writer.ts',
    line: "return hasLink((await lever.readLinks(id)) ?? [], link) ? 'done' : 'not_shown';",
    broken: "return 'done';",
    test: 'src/pipeline/writebacks/writer.test.ts',
  },
  {
    promise: 'links compare without scheme and trailing slash',
    file: 'domain/link.ts',
    line: 'return bareLink(a) === bareLink(b);',
    broken: 'return a === b;',
    test: 'src/domain/link.test.ts',
  },
  {
    promise: 'a note is looked for before it is written again',
    file: 'pipeline/writebacks/writer.ts',
    line: 'if (!isFirst || note.isLookedForFirst) {',
    broken: 'if (false) {',
    test: 'src/pipeline/writebacks/writer.test.ts',
  },
  {
    promise: 'our old tag of a topic goes before the new one comes',
    file: 'pipeline/writebacks/writer.ts',
    line: 'if (stale.length > 0) await',
    broken: 'if (false) await',
    test: 'src/pipeline/writebacks/writer.test.ts',
  },
  {
    promise: 'an update whose outcome isn’t known is looked for, however it ended',
    file: 'pipeline/writebacks/writer.ts',
    line: 'if (hadNoEffect(error)) claim.isSent = wasSent;',
    broken: 'claim.isSent = wasSent;',
    test: 'src/pipeline/writebacks/writer.test.ts',
  },
  {
    promise: 'nothing is written to Lever after revoke',
    file: 'pipeline/writebacks/writer.ts',
    line: 'if (!mayWriteToLever(integration.read())) return [];',
    broken: '',
    test: 'test/writebacks/writeback-rows.test.ts',
  },
];

const ERASURE: PlantedFault[] = [
  {
    promise: 'nobody who is forgotten is invited for that visit',
    ...DECIDE,
    line: "if (situation.isForgotten) return ignore('anonymized', 'forgotten');",
    broken: '',
  },
  {
    promise: 'a forgotten candidate who applies again within the reuse days is on hold',
    ...DECIDE,
    line: "return hold('forgotten', rule, rule.challengeName);",
    broken: 'return undefined;',
  },
  {
    promise: 'a refusal’s words about a person go when they are erased',
    file: 'pipeline/invitations/invitation-store.ts',
    line: "detail = iif(state = 'failed', NULL, detail) WHERE opportunity_id = ?`,",
    broken: 'detail = detail WHERE opportunity_id = ?`,',
    test: 'test/inbox/erasure.test.ts',
  },
  {
    promise: 'erasing takes the address and the link',
    file: 'pipeline/invitations/invitation-store.ts',
    line: '`sealed_email = NULL, first_name = NULL, last_name = NULL, sealed_link = NULL,\n         detail',
    broken: '`detail',
    test: 'test/inbox/erasure.test.ts',
  },
  {
    promise: 'nobody is erased while their challenge is on its way',
    file: 'pipeline/erasure/erase-person.ts',
    line: "state === 'sending' || state === 'uncertain');",
    broken: "state === 'sending');",
    test: 'test/inbox/erasure.test.ts',
    only: 'waits while something for them is in progress',
  },
  {
    promise: 'erased data is gone from the file and its log',
    file: 'storage/database/database.ts',
    line: "this.connection.exec('VACUUM');\n      this.truncateWal();",
    broken: '',
    test: 'test/inbox/erasure.test.ts',
    only: 'of one among hundreds',
  },
];

const RESTORED: PlantedFault[] = [
  {
    promise: 'a backup’s copy starts paused, however it is put back',
    file: 'operate/actions/backup.ts',
    line: 'if (integration.isInUse()) await copy.write((tx) => integration.pauseRestored(tx, now));',
    broken: '',
    test: 'test/cli/backup.test.ts',
    needsBuild: true,
  },
  {
    promise: 'nothing is restored while the daemon runs',
    file: 'operate/actions/restore.ts',
    line: 'if (!lock) {',
    broken: 'if (false) {',
    test: 'test/cli/backup.test.ts',
    needsBuild: true,
  },
];

export const FAULTS: readonly PlantedFault[] = [
  ...ONCE,
  ...ELIGIBLE,
  ...INGRESS,
  ...READS,
  ...BRAKE,
  ...STORAGE,
  ...SECRETS,
  ...VENDORS,
  ...OUTCOMES,
  ...WRITEBACKS,
  ...ERASURE,
  ...RESTORED,
];
