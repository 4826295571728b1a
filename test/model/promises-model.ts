/**
 * The promises of the design as a small model: what Lever shows about each candidate, what was
 * sent, and so what must, may and must never be sent. It imports nothing from the program and knows
 * nothing about how it works.
 */

import type {
  Account,
  Approval,
  Books,
  Candidate,
  Due,
  Facts,
  Going,
  Obstacle,
  Order,
  Removed,
  Sent,
  Unowned,
  Eligibility,
  Ways,
  World,
} from './records.js';
import {
  chooseRule,
  DAY,
  EVERY,
  isForEvery,
  MINUTE,
  REUSE_DAYS,
  USUAL_REUSE_DAYS,
  type Choice,
  type Gone,
  type NewRule,
  type Rule,
  type RuleOptions,
} from './rules-model.js';
import { tellUnwarranted } from './words.js';

/** How old a read may be when a challenge is sent. */
const FRESH_MS = MINUTE;
/** How long a challenge may be under way to CodeSubmit, though its connection has broken. */
const LONGEST_CALL_MS = 13 * MINUTE;
/** Lever's reads are this late at most. */
const LATEST_READ_MS = 5 * MINUTE;
/** For how long it is known what was due. */
const REMEMBERED_MS = FRESH_MS + LATEST_READ_MS + LONGEST_CALL_MS;
/** How long a command that changes rules may take. */
const COMMAND_MS = 5_000;
/** How old a posting's tags may be for a hold. */
const POSTING_MS = 60 * MINUTE;
/** How old a reading of CodeSubmit's list may be when a challenge is sent. */
const MIRROR_MS = 5 * MINUTE;

/** How old a reading of CodeSubmit's challenges may be when a refusal is judged by it, and how long that takes. */
const OFFER_MS = 30_000;

/** Reasons that don't make an earlier sending wrong. */
const HARMLESS = new Set<Obstacle>(['refused', 'unknown_challenge', 'paused']);

function nothing(why: string, had?: readonly Sent[]): Due {
  return { kind: 'nothing', why, ...(had === undefined ? {} : { had }) };
}

export class PromisesModel {
  now: number;
  /** Since when; null while it isn't. */
  pausedAt: number | null = null;
  /**
   * Whether CodeSubmit's list shows who was sent what. Until then, queued ones may wait if `status`
   * says so.
   */
  isListUsable = true;
  /** When it started to show it: holds for what it didn't show end within an hour. */
  toldSince = -Infinity;
  /** Whether a challenge has another name at CodeSubmit than at the start. */
  areNamesChanged = false;
  /** When the machine last woke up: no hour that it counts passes while it sleeps. */
  awakeSince = -Infinity;
  /** How long it has slept in all. What was under way arrives as much later, and was due when it was sent. */
  asleepMs = 0;
  /** How far Lever's reads are behind. */
  lateReadMs = 0;
  /** When a month last passed at once: whatever is looked for weekly was looked for only at its end. */
  leaptAt = -Infinity;
  readonly candidates = new Map<string, Candidate>();
  /** The address of each contact, as Lever has it now. */
  readonly emails = new Map<string, string | null>();
  /** What a merged profile shows beside that one: by these a person is known too (docs/operating.md). */
  readonly #others = new Map<string, string[]>();
  /** The same by `CONTACT ADDRESS`, kept when Lever no longer has that address. */
  readonly #othersBeside = new Map<string, string[]>();
  /** All addresses they ever had, ignoring case. */
  readonly #addresses = new Map<string, string[]>();
  readonly postingTags = new Map<string, readonly string[]>();
  /** The challenges of each candidate of which nobody knows whether they went out. */
  doubtful: ReadonlyMap<string, readonly string[]> = new Map();
  /** The invitations that went out as far as the program knows. */
  accepted: ReadonlySet<number> = new Set();
  rules: Rule[] = [];
  /** Those that were removed, and when. */
  #removed: Removed[] = [];
  /** Challenges that CodeSubmit doesn't accept. */
  readonly archivedChallenges = new Set<string>();
  /** When each of them was archived or deleted, however often. */
  readonly #ends: { challenge: string; at: number }[] = [];
  /** Those of them that it doesn't list any more. */
  readonly deletedChallenges = new Set<string>();
  /** Stages without candidates, into which nobody can be moved. */
  readonly inactiveStages = new Set<string>();
  /** All invitations seen at CodeSubmit. */
  #atCodeSubmit: Unowned[] = [];
  /** What CodeSubmit had of it. */
  readonly deleted: Pick<Going, 'email' | 'challenge' | 'link'>[] = [];
  readonly #deletedLinks = new Set<string>();
  /** `CONTACT LINK` of what a recruiter removed. */
  readonly #removedLinks = new Set<string>();
  /** What belonged to no one when it was deleted. */
  #deletedUnowned: (Unowned & { deletedAt: number })[] = [];
  sent: Sent[] = [];
  unowned: Unowned[] = [];
  readonly orders: Order[] = [];
  #approvals: Approval[] = [];
  #past: World[] = [];
  #pastPostings: Pick<World, 'until' | 'postingTags'>[] = [];

  constructor(
    readonly startedAt: number,
    readonly hasBrake: boolean,
    readonly ways: Ways,
    /** A second data directory is on the same accounts. */
    readonly hasOther = false,
  ) {
    this.now = startedAt;
  }

  get isPaused(): boolean {
    return this.pausedAt !== null;
  }

  /** A confirmed pause stops everything not decided yet. */
  #isAfterPause({ intentAt }: Pick<Account, 'intentAt'>): boolean {
    return this.pausedAt !== null && (intentAt ?? Infinity) >= this.pausedAt;
  }

  isGone(name: string): boolean {
    return this.candidate(name).facts.goneAt !== null;
  }

  /** Whether what was kept of them is erased, or may be: an update to Lever that waited is dropped. */
  isErased(name: string): boolean {
    const { goneAt, forgotten } = this.candidate(name).facts;
    return goneAt !== null || forgotten !== undefined;
  }

  /** Whether something leads to another read of a candidate who is gone. */
  isRead(name: string): boolean {
    const { stage, isArchived, isAnonymized } = this.candidate(name).facts;
    const isListed = !isArchived && this.rules.some((rule) => rule.stage === stage);
    return isAnonymized !== true || isListed;
  }

  candidate(name: string): Candidate {
    const found = this.candidates.get(name);
    if (!found) throw new Error(`the model knows no ${name}`);
    return found;
  }

  /** Call before anything in Lever changes: this was the state until now. */
  remember(): void {
    this.#past.push(this.#present());
    const since = this.now - this.asleepMs - REMEMBERED_MS;
    this.#past = this.#past.filter(({ until }) => until >= since);
    this.#pastPostings.push({ until: this.now, postingTags: new Map(this.postingTags) });
    this.#pastPostings = this.#pastPostings.filter(({ until }) => until >= this.now - POSTING_MS);
  }

  change(name: string, facts: Partial<Facts>): void {
    const candidate = this.candidate(name);
    candidate.facts = { ...candidate.facts, ...facts };
  }

  /** All their opportunities show it. */
  changePerson(name: string, facts: Partial<Facts>): void {
    const { contact } = this.candidate(name);
    for (const one of this.candidates.values())
      if (one.contact === contact) this.change(one.name, facts);
  }

  /**
   * The links of one are those of the other from then on, and so is what was sent with them. A removed one stays removed,
   * unless the other shows it (`kept`).
   */
  mergeContacts(from: string, into: string, kept: readonly string[]): void {
    const person = [...this.candidates.values()].find(({ contact }) => contact === into);
    const { mayContact = true, hasName = true } = person?.facts ?? {};
    for (const one of this.candidates.values()) {
      if (one.contact !== from) continue;
      one.contact = into;
      this.change(one.name, { mayContact, hasName });
    }
    const isShown = ({ contact, link }: Sent): boolean =>
      contact === from && !this.isLinkRemoved(link, from);
    this.sent = this.sent.map((one) => (isShown(one) ? { ...one, contact: into } : one));
    for (const { link } of this.sent) {
      if (this.isLinkRemoved(link, from) && !kept.includes(link))
        this.#removedLinks.add(`${into} ${link}`);
    }
    const shown = [this.emails.get(from) ?? [], this.#others.get(from) ?? []].flat();
    this.#others.set(into, [...(this.#others.get(into) ?? []), ...shown]);
    this.emails.set(into, this.emails.get(into) ?? this.emails.get(from) ?? null);
    this.#othersBeside.set(`${into} ${this.emails.get(into) ?? ''}`, this.#others.get(into) ?? []);
    const addresses = [into, from].flatMap((one) => this.#addresses.get(one) ?? []);
    this.#addresses.set(into, addresses);
  }

  /** No profile of this contact shows them again. */
  noteLinksRemoved(name: string, links: readonly string[]): void {
    const { contact } = this.candidate(name);
    for (const link of links) this.#removedLinks.add(`${contact} ${link}`);
  }

  isLinkRemoved(link: string, contact: string): boolean {
    return this.#removedLinks.has(`${contact} ${link}`);
  }

  setEmail(contact: string, email: string | null): void {
    this.emails.set(contact, email);
    this.#others.delete(contact);
    this.#othersBeside.delete(`${contact} ${email ?? ''}`);
    const known = this.#addresses.get(contact) ?? [];
    if (email !== null) this.#addresses.set(contact, [...known, email.toLowerCase()]);
  }

  /**
   * Active from now on. No one who came to its stage earlier gets anything for it, unless the admin
   * wants it.
   */
  addRule(added: NewRule, existing: 'leave' | 'invite'): void {
    const { stage, tag, challenge } = added;
    const there = [...this.candidates.values()].filter(
      ({ facts }) => facts.stage === stage && !facts.isArchived,
    );
    const visits = there.map(({ name, facts }) => [name, facts.visitAt] as const);
    const earlier = this.#removed.findLast(({ rule }) => rule.stage === stage && rule.tag === tag);
    const formerly = earlier
      ? [...earlier.rule.formerly, { from: earlier.rule.activatedAt, until: earlier.at }]
      : [];
    const wanted = new Map([
      ...(earlier?.rule.wanted ?? []),
      ...(existing === 'invite' ? visits : []),
    ]);
    this.rules = [...this.rules, { ...added, activatedAt: this.now, wanted, formerly }];
    if (existing === 'leave') return;
    for (const [candidate, visitAt] of visits) {
      this.approve({ candidate, visitAt, challenge, reason: 'existing' });
    }
  }

  /** It keeps its place: of two rules for one challenge, the one added first decides (docs/setting-up.md). */
  changeRule(rule: Rule, change: Partial<RuleOptions>): void {
    this.rules = this.rules.map((one) => (one === rule ? { ...rule, ...change } : one));
  }

  removeRule(rule: Rule): void {
    this.rules = this.rules.filter((one) => one !== rule);
    this.#removed.push({ rule, at: this.now });
  }

  /** What waits to be sent never will be by what was asked for. */
  noteRevoked(): void {
    for (const order of this.orders) order.isOpen = false;
    this.pausedAt = null;
  }

  /** All are active from now on, whatever they or others were before. */
  restartRules(): void {
    this.#removed = [];
    const rules = this.rules;
    this.rules = [];
    for (const rule of rules) this.addRule(rule, 'leave');
  }

  tagsOf(name: string): string[] {
    const { posting, facts } = this.candidate(name);
    const inherited = posting === null ? [] : (this.postingTags.get(posting) ?? []);
    return [...facts.ownTags, ...inherited].filter((tag) => !facts.removedTags.includes(tag));
  }

  approve(approval: Approval): void {
    this.#approvals.push(approval);
  }

  /** Whether an admin approved this visit's challenge, for any reason or for this one. */
  isApproved(
    candidate: string,
    visitAt: number,
    challenge: string,
    reason?: Approval['reason'],
  ): boolean {
    return this.#approvals.some(
      (one) =>
        one.candidate === candidate &&
        one.visitAt === visitAt &&
        (one.challenge === challenge || one.challenge === EVERY) &&
        one.reason === (reason ?? one.reason),
    );
  }

  /** What is due for the candidate as Lever shows them now. */
  due(name: string): Due {
    return this.#dueIn(this.#present(), name);
  }

  /** The same if the orders that something forbade for a while have ended. */
  dueWithoutLapsed(name: string): Due {
    return this.#dueIn(this.#present(), name, isUnlapsed);
  }

  /**
   * What was due by the postings' tags of the last hour: these may put a candidate on hold, but
   * don't allow a sending.
   */
  dueByPastPostings(name: string): Due[] {
    const present = this.#present();
    return this.#pastPostings.map(({ postingTags }) =>
      this.#dueIn({ ...present, postingTags }, name),
    );
  }

  /**
   * Records a challenge that was just sent. @throws Error when it breaks a promise: no one gets one
   * twice except by `send --again`, and each needs the present, or a read at most a minute old, to
   * allow it.
   */
  noteSent(going: Account): Eligibility {
    const warrant = this.#noteTaken(going);
    this.noteMade(going);
    return warrant;
  }

  /** CodeSubmit has it from now on. */
  noteMade({ email, challenge, link }: Pick<Going, 'email' | 'challenge' | 'link'>): void {
    this.#atCodeSubmit.push({ email, challenge, link, at: this.now });
  }

  isUnowned(link: string): boolean {
    return this.unowned.some((one) => one.link === link);
  }

  /** What could be adopted at that time: a copy of the list shows for a while what was deleted. */
  findUnowned(link: string | null, at: number): Unowned | undefined {
    const deleted = this.#deletedUnowned.filter((one) => at < one.deletedAt + MIRROR_MS);
    return [...this.unowned, ...deleted].find((one) => one.link === link);
  }

  /** CodeSubmit no longer accepts the challenge. */
  noteEnd(challenge: string): void {
    this.archivedChallenges.add(challenge);
    this.#ends.push({ challenge, at: this.now });
  }

  /** Whether a refusal then came too soon after the challenge's end for the program to tell why. */
  isRefusedAtEnd(challenge: string, at: number): boolean {
    const ends = this.#ends.filter((one) => one.challenge === challenge);
    return ends.some((end) => end.at <= at && at < end.at + OFFER_MS);
  }

  /** It was deleted at CodeSubmit: nobody gets it again for that. */
  noteDeleted(link: string): void {
    this.#deletedLinks.add(link);
    this.deleted.push(...this.#atCodeSubmit.filter((one) => one.link === link));
    const deleted = [...this.unowned, ...this.sent].find((one) => one.link === link);
    if (deleted && this.isUnowned(link)) {
      this.#deletedUnowned.push({ ...deleted, deletedAt: this.now });
    }
    this.unowned = this.unowned.filter((one) => one !== deleted);
    this.#atCodeSubmit = this.#atCodeSubmit.filter((one) => one.link !== link);
  }

  isDeleted(link: string): boolean {
    return this.#deletedLinks.has(link);
  }

  /**
   * Another integration on the same accounts sent it. @throws Error when CodeSubmit's list had it
   * long enough to be found there.
   */
  noteByOther({ email, challenge, link }: Pick<Going, 'email' | 'challenge' | 'link'>): void {
    const isKnown = this.#atCodeSubmit.some(
      (one) =>
        isOfPair(one, email, challenge) &&
        this.#isLongListed(one.at) &&
        this.now - one.at < REUSE_DAYS * DAY,
    );
    if (isKnown && !this.ways.isRiskTaken) {
      throw new Error(`the other integration sent ${challenge} to ${email} again`);
    }
    this.unowned.push({ email, challenge, link, at: this.now });
    this.noteMade({ email, challenge, link });
  }

  #isLongListed(at: number, now = this.now): boolean {
    return at < now - MIRROR_MS - (this.ways.lagMs ?? Infinity);
  }

  /** It was made for another one. */
  retract(sent: Sent): void {
    this.sent = this.sent.filter((one) => one !== sent);
    this.reopenOrder(sent.row);
  }

  /** CodeSubmit was asked for another one, and returned what it had. @throws Error when that is another person's. */
  noteReturned(account: Account, first: Sent): void {
    const { candidate, challenge } = account;
    const isTheirs = this.hasHad(this.candidate(candidate).contact, first.email);
    if (!isTheirs || first.challenge !== challenge)
      throw new Error(`${challenge} of ${first.candidate} was taken for that of ${candidate}`);
    // docs/operating.md: `send --again` sends it once more, and its link is listed, whether it is another one or not.
    this.#removedLinks.delete(`${this.candidate(candidate).contact} ${first.link}`);
    // What was due when it was tried isn't known any more: it was found, like what is adopted.
    if ((account.intentAt ?? this.now) < this.now - REMEMBERED_MS) this.noteSaid(account);
    else this.#noteTaken(account);
  }

  #noteTaken(going: Account): Eligibility {
    const what = `${going.challenge} to ${going.candidate}`;
    if (this.#isAfterPause(going)) throw new Error(`${what} went out during a pause`);
    this.noteUnsent(going.row);
    const order = this.#openOrder(going);
    const warrant = this.#getWarrant(going, order);
    const isAgain = order?.isAgain ?? false;
    if (!isAgain) this.#requireFirst(going, warrant);
    if (!isAgain) this.#requireUnmade(going, warrant);
    this.closeOrder(going.row);
    const { stage, visitAt } = warrant;
    const { contact } = this.candidate(going.candidate);
    // A history may let weeks pass while it is under way.
    const at = Math.min(going.intentAt ?? this.now, this.now);
    const others = this.#othersBeside.get(`${contact} ${going.email}`) ?? [];
    this.sent.push({ ...going, contact, others, at, stage, visitAt, isAgain });
    return warrant;
  }

  /**
   * The program doesn't take it for sent. Its answer was lost, and the list is days behind: only one of ours
   * within the last day, whose answer wasn't lost too, would have shown that: docs/durability.md, “more than 15 minutes
   * behind”.
   */
  noteUnsent(row: number): void {
    const isControl = (one: Sent): boolean =>
      one.row !== row &&
      one.isSaid === undefined &&
      this.accepted.has(one.row) &&
      this.now - one.at < DAY;
    const isLost = this.ways.isLate && this.sent.some((one) => one.row === row);
    // A list that is behind by readings shows those that it had shown before.
    const isShown = this.ways.lagMs !== null && this.sent.some(isControl);
    if (isLost && !isShown) this.disown(row);
  }

  #getWarrant(going: Account, order: Order | undefined): Eligibility {
    const decidedAt = going.intentAt ?? this.now;
    const worlds = [this.#present(), ...this.#past].filter(
      ({ until }) => until >= decidedAt - FRESH_MS - this.lateReadMs,
    );
    const warrants = worlds.flatMap((world) => this.#findWarrant(world, going, order) ?? []);
    // Two visits within a minute may have allowed the same challenge.
    const warrant = warrants.find(({ stage }) => stage === going.stage) ?? warrants[0];
    if (warrant) return warrant;
    const { challenge, candidate: name, email } = going;
    const what = `${challenge} to ${name} at ${email}`;
    const shown = worlds.map((world) => ({ world, due: this.#dueIn(world, name) }));
    throw new Error(tellUnwarranted(what, decidedAt, this.candidate(name), shown, order));
  }

  #openOrder({ row }: Going): Order | undefined {
    return this.orders.find((order) => order.row === row && order.isOpen);
  }

  #requireFirst(
    { candidate, email, challenge, intentAt }: Account,
    { reuseDays, visitAt }: Eligibility,
  ): void {
    const { contact } = this.candidate(candidate);
    const isReleased = this.isApproved(candidate, visitAt, challenge, 'forgotten');
    // A deliberate second one may overtake the first.
    const twin = this.#findEarlier(contact, email, challenge, reuseDays).find(
      (one) =>
        !(one.isForgotten === true && isReleased) &&
        (!one.isAgain || (one.intentAt ?? 0) < (intentAt ?? Infinity)),
    );
    if (!twin) return;
    throw new Error(`${challenge} went to ${candidate} again: ${twin.candidate} had it`);
  }

  /** What was created manually in CodeSubmit, long enough ago to be known, is adopted. */
  #requireUnmade(
    { candidate, email, challenge, intentAt }: Account,
    { reuseDays, visitAt }: Eligibility,
  ): void {
    const isSaid = this.sent.some((one) => one.isSaid && isOfPair(one, email, challenge));
    // docs/durability.md: what can't be told in the list only “puts the candidate on hold as `similar_address`”; an admin
    // approves that, or settles by what they saw there.
    const isApproved =
      this.isListVague && this.isApproved(candidate, visitAt, challenge, 'similar_address');
    const known = this.unowned.find(
      (one) =>
        isOfPair(one, email, challenge) &&
        this.#isLongListed(one.at, intentAt ?? this.now) &&
        this.now - one.at < reuseDays * DAY,
    );
    // The program may take it for what an admin says was sent, and at the admin's risk it sends
    // without looking.
    if (!known || isSaid || isApproved || this.ways.isRiskTaken) return;
    throw new Error(`${challenge} went to ${candidate}, for whom it was made manually`);
  }

  #findWarrant(shown: World, going: Account, order?: Order): Eligibility | undefined {
    for (const rules of this.#rulesAt(going.intentAt ?? this.now)) {
      const warrant = this.#findWarrantIn({ ...shown, rules }, going, order);
      if (warrant) return warrant;
    }
    return undefined;
  }

  /** The rules in force at that time, and those that a command was about to change. */
  #rulesAt(at: number): (readonly Rule[])[] {
    const past = this.#past.filter(({ until }) => until >= at - COMMAND_MS);
    return [this.rules, ...past.map(({ rules }) => rules)];
  }

  #findWarrantIn(world: World, going: Account, order?: Order): Eligibility | undefined {
    const candidate = this.candidate(going.candidate);
    if (world.emails.get(candidate.contact) !== going.email) return undefined;
    // What ended without being sent may be due by a rule since.
    if (order && isOrderWarranted(world, candidate, order)) return order;
    // One whose outcome isn't known counts as promised, so that another rule may match alone.
    const doubtful = this.doubtful.get(going.candidate)?.filter((one) => one !== going.challenge);
    const { stage, visitAt } = world.candidates.get(going.candidate) ?? candidate.facts;
    // The list of challenges may have been read before some were archived.
    for (const gone of [this.archivedChallenges, new Set<string>()])
      for (const isPromise of [isOpen, isUnlapsed]) {
        const decidedAt = going.intentAt ?? this.now;
        const due = this.#dueIn(world, going.candidate, isPromise, doubtful, gone, decidedAt);
        if (due.kind === 'nothing' || due.rule?.challenge !== going.challenge) continue;
        // CodeSubmit may have manual ones that it refuses to us. A pause counts by when it was decided.
        const isFree = due.obstacles.every((one) => HARMLESS.has(one));
        if (isFree) return { stage, visitAt, reuseDays: due.rule.reuseDays, rule: due.rule };
      }
    return undefined;
  }

  /** Why `send` must refuse; undefined if nothing known here forbids it. */
  refusalOf(name: string, wanted: string | undefined, isAgain: boolean): string | undefined {
    const { facts, contact } = this.candidate(name);
    const email = this.emails.get(contact) ?? null;
    const challenge = wanted ?? this.#challengeByRule(name);
    const reuseDays = this.#reuseDaysOf(challenge ?? '', facts.stage);
    if (facts.isArchived) return 'archived';
    if (facts.goneAt !== null) return 'gone from Lever';
    if (email === null) return 'no_email';
    if (!facts.mayContact) return 'contact_not_allowed';
    if (!facts.hasName) return 'no_name';
    if (challenge === undefined) return 'no rule';
    if (wanted !== undefined && this.archivedChallenges.has(challenge))
      return 'archived at CodeSubmit';
    if (isAgain) return undefined;
    const had = this.sent.filter((sent) => sent.candidate === name);
    if (had.some((sent) => sent.challenge === challenge)) return 'had it already';
    const ofVisit = had.some(
      (sent) => sent.stage === facts.stage && sent.visitAt === facts.visitAt && !sent.isAgain,
    );
    if (ofVisit) return 'this visit had its challenge';
    const earlier = this.#findEarlier(contact, email, challenge, reuseDays);
    return earlier.length > 0 ? 'the person had it' : undefined;
  }

  #challengeByRule(name: string): string | undefined {
    const choice = this.#choose(this.#present(), name, []);
    return choice.kind === 'rule' && choice.namesNone !== true ? choice.rule.challenge : undefined;
  }

  /**
   * A manual sending uses the options of a rule for the challenge, preferably one of the same
   * stage.
   */
  #reuseDaysOf(challenge: string, stage: string): number {
    return this.#ruleOf(challenge, stage)?.reuseDays ?? USUAL_REUSE_DAYS;
  }

  #ruleOf(challenge: string, stage: string): Rule | undefined {
    const having = this.rules.filter((rule) => rule.challenge === challenge);
    const here = this.rules.filter((rule) => rule.stage === stage);
    return here.find((one) => having.includes(one)) ?? here.find(isForEvery) ?? having[0];
  }

  order(row: number, name: string, challenge: string, isAgain: boolean): void {
    const { stage, visitAt } = this.candidate(name).facts;
    const reuseDays = this.#reuseDaysOf(challenge, stage);
    const asked = { row, candidate: name, challenge, isAgain, stage, visitAt, reuseDays };
    const known = this.orders.findIndex((order) => order.row === row);
    if (known >= 0) this.orders.splice(known, 1);
    this.orders.push({ ...asked, isOpen: true, isLapsed: false });
    // An admin who sends to someone forgotten wants them known again.
    this.change(name, { forgotten: undefined });
  }

  /** Records which orders the present forbids: a read at this moment ends them. */
  lapseOrders(): void {
    const present = this.#present();
    for (const order of this.orders.filter(({ isOpen }) => isOpen)) {
      const candidate = this.candidate(order.candidate);
      const email = this.emails.get(candidate.contact) ?? null;
      const { isAgain, challenge, reuseDays } = order;
      const earlier = this.#findEarlier(candidate.contact, email, challenge, reuseDays);
      const isTaken = !isAgain && earlier.length > 0;
      const isRefused = this.#isRefused(email, challenge) || this.archivedChallenges.has(challenge);
      if (isTaken || isRefused || !isOrderWarranted(present, candidate, order))
        order.isLapsed = true;
    }
  }

  /** Whether CodeSubmit has anything of their address that isn't ours. */
  hasUnowned(name: string): boolean {
    const email = this.emails.get(this.candidate(name).contact);
    return this.unowned.some((one) => one.email === email);
  }

  /** On hold for what the list or Lever showed while the list didn't show who was sent what. */
  noteHeldByList(row: number): void {
    const order = this.orders.find((one) => one.row === row);
    if (order) order.isLapsed = true;
  }

  /** It doesn't show who was sent what, or hasn't for a while. */
  get isListVague(): boolean {
    return !this.isListUsable || this.toldSince > this.startedAt;
  }

  /** An admin retries it: what forbade it may be over. */
  reopenOrder(row: number): void {
    const order = this.orders.find((one) => one.row === row);
    if (order) Object.assign(order, { isOpen: true, isLapsed: false });
  }

  /** An admin says that it isn't there: whatever CodeSubmit has belongs to no one. */
  disown(row: number): void {
    this.#release(row);
    this.reopenOrder(row);
  }

  #release(row: number): void {
    this.unowned.push(...this.sent.filter((one) => one.row === row && !this.isDeleted(one.link)));
    this.sent = this.sent.filter((sent) => sent.row !== row);
  }

  /**
   * The program takes what CodeSubmit has for its own invitation. @throws Error when it is another
   * person's, or wasn't allowed either.
   */
  noteAdopted(account: Account, found: Unowned): void {
    const { row, candidate, challenge, email, intentAt } = account;
    const wasTried = intentAt !== null;
    const what = `${challenge} for ${email} adopted for ${candidate}`;
    this.#release(row);
    this.unowned = this.unowned.filter((one) => one !== found);
    this.#deletedUnowned = this.#deletedUnowned.filter((one) => one !== found);
    const { contact } = this.candidate(candidate);
    const isTheirs = this.hasHad(contact, email);
    if (found.challenge !== challenge || !isTheirs) throw new Error(`${what}: it is not theirs`);
    if (!wasTried && this.isPaused) throw new Error(`${what} during a pause`);
    const order = this.#openOrder(account);
    // Lever may have shown it until a minute ago.
    const shown = [this.#present(), ...this.#past].map(({ emails }) => emails.get(contact) ?? '');
    const [now = ''] = shown;
    const known = shown.find((one) => one.toLowerCase() === email.toLowerCase());
    const going = { ...account, email: known ?? now };
    const warrant = wasTried ? undefined : this.#getWarrant(going, order);
    if (warrant) this.#requireFirst(account, warrant);
    this.noteSaid(account);
  }

  /** What the program knows of it all, as a copy of its database has it. `queued`: what wasn't tried. */
  copyBooks(queued: ReadonlySet<number>): Books {
    const { rules, sent, unowned } = this;
    const removed = [...this.#removed];
    // docs/durability.md: in a restored copy, repetitions that weren't sent are cancelled.
    const orders = this.orders.map((order) => ({
      ...order,
      isOpen: order.isOpen && !(order.isAgain && queued.has(order.row)),
    }));
    return {
      rules,
      removed,
      orders,
      sent: [...sent],
      unowned: [...unowned],
      approvals: [...this.#approvals],
      forgotten: new Map([...this.candidates].map(([name, { facts }]) => [name, facts.forgotten])),
    };
  }

  /** The program has the copy again, and is paused: what went out since is at CodeSubmit and nobody's. */
  restoreBooks({ rules, removed, orders, sent, unowned, approvals, forgotten }: Books): void {
    const known = new Set(sent.map(({ link }) => link));
    const since = this.sent.filter(({ isSaid }) => isSaid !== true);
    const others = [...unowned, ...this.unowned, ...since].filter(
      ({ link }) => !known.has(link) && !this.#deletedLinks.has(link),
    );
    this.unowned = [...new Map(others.map((one) => [one.link, one])).values()];
    this.sent = [...sent];
    this.rules = rules;
    this.#removed = [...removed];
    this.orders.splice(0, Infinity, ...orders.map((order) => ({ ...order })));
    this.#approvals = [...approvals];
    for (const [name, visit] of forgotten) {
      // That they are gone is found once more.
      const goneAt = this.isGone(name) ? this.now : null;
      this.change(name, { forgotten: visit, goneAt });
    }
    this.pausedAt = this.now;
  }

  hasHad(contact: string, email: string): boolean {
    return this.#addresses.get(contact)?.includes(email.toLowerCase()) ?? false;
  }

  /** It counts as sent, because an admin says so or CodeSubmit has it. */
  noteSaid(account: Account, isSaid = false): void {
    this.closeOrder(account.row);
    const { contact } = this.candidate(account.candidate);
    const isAgain = this.orders.find(({ row }) => row === account.row)?.isAgain ?? false;
    // It went out when it was tried, maybe long ago. If that counts as having sent nothing, what is
    // found counts from now, like what is adopted untried: it may be weeks younger than the attempt.
    const at = (account.hasFailed ? null : account.intentAt) ?? this.now;
    const others = this.#othersBeside.get(`${contact} ${account.email}`) ?? [];
    this.sent.push({ ...account, contact, others, at, isAgain, isSaid });
  }

  /**
   * Nothing more for this visit, nor for a later one that Lever shows first, as long as it was not seen since. Returns the
   * invitations whose links are not known any more.
   */
  forget(name: string, unseenSince: number | undefined): number[] {
    const { visitAt } = this.candidate(name).facts;
    this.change(name, { forgotten: visitAt, forgottenUnseenSince: unseenSince });
    const isTheirs = ({ candidate }: { candidate: string }): boolean => candidate === name;
    for (const order of this.orders.filter(isTheirs)) order.isOpen = false;
    this.sent = this.sent.map((one) => (isTheirs(one) ? { ...one, isForgotten: true } : one));
    return this.sent.filter(isTheirs).map(({ row }) => row);
  }

  closeOrder(row: number): void {
    const order = this.orders.find((one) => one.row === row);
    if (order) order.isOpen = false;
  }

  /** The same challenge, sent within the reuse days to the same contact, or to a profile with one of the same addresses. */
  #findEarlier(
    contact: string,
    email: string | null,
    challenge: string,
    reuseDays: number,
    asOf = this.now,
  ): Sent[] {
    const addresses = [email ?? [], this.#others.get(contact) ?? []].flat().map(ignoringCase);
    return this.sent.filter(
      (one) =>
        one.challenge === challenge &&
        asOf - one.at < reuseDays * DAY &&
        (one.contact === contact ||
          [one.email, ...one.others].some((had) => addresses.includes(ignoringCase(had)))),
    );
  }

  #isRefused(email: string | null, challenge: string): boolean {
    if (email === null) return false;
    if (isRefusedAddress(email)) return true;
    return this.ways.refusesSecond && this.isAtCodeSubmit(email, challenge);
  }

  isAtCodeSubmit(email: string, challenge: string): boolean {
    return this.#atCodeSubmit.some((one) => isOfPair(one, email, challenge));
  }

  #present(): World {
    return {
      until: this.now,
      candidates: new Map([...this.candidates].map(([name, { facts }]) => [name, facts])),
      emails: new Map(this.emails),
      postingTags: new Map(this.postingTags),
      rules: this.rules,
    };
  }

  #dueIn(
    world: World,
    name: string,
    isPromise: (order: Order) => boolean = isOpen,
    doubtful: readonly string[] = [],
    gone: Gone = this.archivedChallenges,
    decidedAt = Infinity,
  ): Due {
    const candidate = this.candidate(name);
    const facts = world.candidates.get(name) ?? candidate.facts;
    if (!world.rules.some(({ stage }) => stage === facts.stage))
      return nothing('in no rule’s stage');
    if (facts.isArchived) return nothing('archived');
    if (facts.goneAt !== null) return nothing('gone from Lever');
    if (!facts.mayContact) return nothing('contact not allowed');
    if (facts.forgotten === facts.visitAt) return nothing('forgotten during this visit');
    // A deliberate second one may overtake the first.
    const overtook = ({ isAgain, intentAt }: Sent): boolean =>
      isAgain && (intentAt ?? 0) > decidedAt;
    const had = this.sent.filter((sent) => sent.candidate === name && !overtook(sent));
    if (had.some(({ stage, visitAt }) => stage === facts.stage && visitAt === facts.visitAt)) {
      return nothing('this visit had its challenge');
    }
    // An admin's order is a promise before it is sent, unless CodeSubmit rejected it or they left.
    const email = world.emails.get(candidate.contact) ?? null;
    const promised = this.orders.filter(
      (order) =>
        order.candidate === name &&
        isPromise(order) &&
        isOrderWarranted(world, candidate, order) &&
        !this.#isRefused(email, order.challenge) &&
        !this.archivedChallenges.has(order.challenge),
    );
    const promises = [...had, ...promised].map(({ challenge }) => challenge);
    const choice = this.#choose(world, name, [...promises, ...doubtful], gone);
    const isOld = (rule: Rule): boolean => isBefore(rule, name, facts.visitAt);
    if (choice.kind === 'none') return nothing('no tag');
    if (choice.kind === 'rule' && choice.namesNone === true)
      return isOld(choice.rule)
        ? nothing('there before the rule')
        : { kind: 'challenge', rule: choice.rule, obstacles: ['names_none'] };
    if (choice.kind === 'rule') return this.#dueBy(choice.rule, world, name, had);
    if (choice.rules.every(isOld)) return nothing('there before the rules');
    return { kind: 'challenge', rule: null, obstacles: [choice.kind] };
  }

  #choose(
    world: World,
    name: string,
    had: readonly string[],
    gone: Gone = this.archivedChallenges,
  ): Choice {
    const { facts, posting } = this.candidate(name);
    const { ownTags, removedTags, stage } = world.candidates.get(name) ?? facts;
    const inherited = posting === null ? [] : (world.postingTags.get(posting) ?? []);
    const shown = [...ownTags, ...inherited].filter((tag) => !removedTags.includes(tag));
    return chooseRule(world.rules, stage, { shown, inherited }, had, gone);
  }

  #dueBy(rule: Rule, world: World, name: string, had: readonly Sent[]): Due {
    const candidate = this.candidate(name);
    const { contact } = candidate;
    const { stage, visitAt, hasName } = world.candidates.get(name) ?? candidate.facts;
    const { challenge } = rule;
    if (had.some((sent) => sent.challenge === challenge)) return nothing('had it already');
    const email = world.emails.get(contact) ?? null;
    const earlier = this.#findEarlier(contact, email, challenge, rule.reuseDays);
    const known = earlier.filter(({ isForgotten }) => isForgotten !== true);
    const asOf = Math.min(this.now, visitAt);
    const before = this.#findEarlier(contact, email, challenge, rule.reuseDays, asOf);
    if (known.length > 0) return nothing('the person had it', known);
    if (isBefore(rule, name, visitAt)) return nothing('there before the rule');
    const isSecond = had.some((sent) => sent.stage === stage);
    const isApproved = (reason: Approval['reason']): boolean =>
      this.isApproved(name, visitAt, challenge, reason);
    const obstacles: (Obstacle | false)[] = [
      email === null && 'no_email',
      !hasName && 'no_name',
      this.#isRefused(email, challenge) && 'refused',
      isSecond && !isApproved('second_challenge') && 'second_challenge',
      // Who applies again after an admin had them forgotten is on hold, never skipped.
      before.some((one) => one.isForgotten) && !isApproved('forgotten') && 'forgotten',
      this.now < visitAt + rule.delayMinutes * MINUTE && 'delayed',
      this.archivedChallenges.has(challenge) && 'unknown_challenge',
      this.isPaused && 'paused',
    ];
    return { kind: 'challenge', rule, obstacles: obstacles.filter((one) => one !== false) };
  }
}

function isBefore(rule: Rule, name: string, visitAt: number): boolean {
  const { activatedAt, wanted, formerly } = rule;
  const isOfEarlier = formerly.some(({ from, until }) => from <= visitAt && visitAt < until);
  return visitAt < activatedAt && wanted.get(name) !== visitAt && !isOfEarlier;
}

function ignoringCase(email: string): string {
  return email.toLowerCase();
}

export function isOfPair(
  one: { email: string; challenge: string },
  email: string,
  challenge: string,
): boolean {
  return one.challenge === challenge && one.email.toLowerCase() === email.toLowerCase();
}

/** CodeSubmit accepts fewer addresses than Lever. */
export function isRefusedAddress(email: string | null): boolean {
  return email?.includes('..') ?? false;
}

function isOpen(order: Order): boolean {
  return order.isOpen;
}

/** If those that something forbade for a while have ended, which they may. */
function isUnlapsed(order: Order): boolean {
  return order.isOpen && !order.isLapsed;
}

/** An admin's order replaces rule, tag, delay and brake; everything else must hold as usual. */
function isOrderWarranted(
  world: World,
  { name, contact, facts }: Candidate,
  order: Order,
): boolean {
  const { stage, isArchived, goneAt, mayContact, hasName } = world.candidates.get(name) ?? facts;
  const hasAddress = (world.emails.get(contact) ?? null) !== null;
  const isThere = stage === order.stage && !isArchived && goneAt === null;
  return isThere && mayContact && hasName && hasAddress;
}
