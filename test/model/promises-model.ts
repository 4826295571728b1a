/**
 * The promises of the design as a small model: what Lever says of each candidate, what was sent, and therefore what must,
 * may and must never be sent. It imports nothing of the program and knows nothing of how the program works.
 */

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
/** How old a read may be on which a challenge goes. */
const FRESH_MS = MINUTE;
/** How old a posting's tags may be by which somebody is held, or not. */
const POSTING_MS = 60 * MINUTE;
/** How old a look at CodeSubmit's list may be on which a challenge goes. */
const MIRROR_MS = 5 * MINUTE;

export const TAKE_HOME = 'Take-home';
export const ON_SITE = 'On-site';
export const ELSEWHERE = 'Phone screen';

export const BACKEND_TAG = 'codesubmit:backend';
export const FRONTEND_TAG = 'codesubmit:frontend';
/** One letter short. */
export const NEAR_TAG = 'codesubmit:backnd';

interface Rule {
  stage: string;
  tag: string;
  challenge: string;
  delayMs: number;
}

export const REUSE_DAYS = 30;

/** Two challenges in one stage, one of them later; one of them again in another stage, beside one for everybody else. */
export const RULES: readonly Rule[] = [
  { stage: TAKE_HOME, tag: BACKEND_TAG, challenge: 'Backend', delayMs: 0 },
  { stage: TAKE_HOME, tag: FRONTEND_TAG, challenge: 'Frontend', delayMs: 30 * MINUTE },
  { stage: ON_SITE, tag: FRONTEND_TAG, challenge: 'Backend', delayMs: 0 },
  { stage: ON_SITE, tag: '*', challenge: 'Debugging', delayMs: 0 },
];

/** What Lever says of one candidate at one time. */
export interface Facts {
  stage: string;
  /** When they came to the stage. */
  visitAt: number;
  ownTags: readonly string[];
  /** Inherited tags that somebody took off. */
  removedTags: readonly string[];
  isArchived: boolean;
}

export interface Candidate {
  readonly name: string;
  readonly contact: string;
  readonly posting: string | null;
  facts: Facts;
  /** The visit during which the rules became active: nothing is due for it. */
  readonly baselineVisitAt: number | null;
}

/** A challenge on its way out, by the program's own account. */
export interface Going {
  /** The invitation's number, by which an admin names it. */
  row: number;
  candidate: string;
  email: string;
  challenge: string;
  /** Asked for by `send`. */
  isByHand: boolean;
  link: string;
}

/** The same with the visit for which it is. */
export interface Account extends Going {
  stage: string;
  visitAt: number;
  /** It was on its way before: only what became of it is news. */
  wasTried: boolean;
}

export interface Sent extends Going {
  stage: string;
  visitAt: number;
  contact: string;
  at: number;
  isAgain: boolean;
  /** By an admin's word alone, with no link until CodeSubmit's list shows one, or with one that isn't there. */
  isSaid?: boolean;
}

/** At CodeSubmit, and by the program's account nobody's: made there by hand, or said not to be there. */
export interface Unowned {
  email: string;
  challenge: string;
  link: string;
  at: number;
}

/** What an admin asked for by `send`. */
export interface Order {
  row: number;
  candidate: string;
  challenge: string;
  isAgain: boolean;
  /** Where they stood then. */
  stage: string;
  visitAt: number;
  /** It may go, and must unless something spoke against it in the meantime. */
  isOpen: boolean;
  isLapsed: boolean;
}

interface Approval {
  candidate: string;
  visitAt: number;
  challenge: string;
}

/** The whole world at one time: what a read shows. */
interface World {
  until: number;
  candidates: ReadonlyMap<string, Facts>;
  emails: ReadonlyMap<string, string | null>;
  postingTags: ReadonlyMap<string, readonly string[]>;
}

type Obstacle =
  | 'no_email'
  | 'refused_address'
  | 'second_challenge'
  | 'delayed'
  | 'paused'
  | 'ambiguous_tags'
  | 'near_tag';

/** What is due for a candidate: nothing; or a challenge, which goes when nothing stands in its way. */
export type Due =
  /** `had`: what the same person has had already, which is why. */
  | { kind: 'nothing'; why: string; had?: Sent }
  | { kind: 'challenge'; challenge: string | null; obstacles: Obstacle[] };

function nothing(why: string, had?: Sent): Due {
  return { kind: 'nothing', why, ...(had === undefined ? {} : { had }) };
}

export class PromisesModel {
  now: number;
  isPaused = false;
  readonly candidates = new Map<string, Candidate>();
  /** The address of each contact, as Lever has it now. */
  readonly emails = new Map<string, string | null>();
  /** All that they ever had, without case. */
  readonly #addresses = new Map<string, string[]>();
  readonly postingTags = new Map<string, readonly string[]>();
  sent: Sent[] = [];
  unowned: Unowned[] = [];
  readonly orders: Order[] = [];
  #approvals: Approval[] = [];
  #past: World[] = [];
  #pastPostings: Pick<World, 'until' | 'postingTags'>[] = [];

  constructor(
    readonly startedAt: number,
    readonly hasBrake: boolean,
  ) {
    this.now = startedAt;
  }

  candidate(name: string): Candidate {
    const found = this.candidates.get(name);
    if (!found) throw new Error(`the model knows no ${name}`);
    return found;
  }

  /** To be called before anything in Lever changes: it was like this until now. */
  remember(): void {
    this.#past.push(this.#present());
    this.#past = this.#past.filter(({ until }) => until >= this.now - FRESH_MS);
    this.#pastPostings.push({ until: this.now, postingTags: new Map(this.postingTags) });
    this.#pastPostings = this.#pastPostings.filter(({ until }) => until >= this.now - POSTING_MS);
  }

  change(name: string, facts: Partial<Facts>): void {
    const candidate = this.candidate(name);
    candidate.facts = { ...candidate.facts, ...facts };
  }

  setEmail(contact: string, email: string | null): void {
    this.emails.set(contact, email);
    const known = this.#addresses.get(contact) ?? [];
    if (email !== null) this.#addresses.set(contact, [...known, email.toLowerCase()]);
  }

  tagsOf(name: string): string[] {
    const { posting, facts } = this.candidate(name);
    const inherited = posting === null ? [] : (this.postingTags.get(posting) ?? []);
    return [...facts.ownTags, ...inherited].filter((tag) => !facts.removedTags.includes(tag));
  }

  approve(approval: Approval): void {
    this.#approvals.push(approval);
  }

  isApproved(candidate: string, visitAt: number, challenge: string): boolean {
    return this.#approvals.some(
      (one) =>
        one.candidate === candidate && one.visitAt === visitAt && one.challenge === challenge,
    );
  }

  /** What is due for the candidate as Lever has it now. */
  due(name: string): Due {
    return this.#dueIn(this.#present(), name);
  }

  /** What was due if the postings' tags were those of the last hour: by these somebody may be held, but not sent to. */
  dueByPastPostings(name: string): Due[] {
    const present = this.#present();
    return this.#pastPostings.map(({ postingTags }) =>
      this.#dueIn({ ...present, postingTags }, name),
    );
  }

  /**
   * Takes a challenge that went out just now into the books.
   * @throws Error when it breaks a promise: nobody gets one twice but by `send --again`, and nobody without the present,
   * or a read at most a minute old, warranting it.
   */
  noteSent(going: Going): Sent {
    const what = `${going.challenge} to ${going.candidate}`;
    if (this.isPaused) throw new Error(`${what} went out during a pause`);
    const { contact } = this.candidate(going.candidate);
    const order = going.isByHand ? this.#openOrder(going) : undefined;
    if (going.isByHand && !order) throw new Error(`${what} went out, and nobody asked for it`);
    if (!order?.isAgain) this.#requireFirst(going, contact);
    if (!order?.isAgain) this.#requireUnmade(going);
    const warrant = this.#getWarrant(going, order);
    this.closeOrder(going.row);
    const { stage, visitAt } =
      order ?? warrant.candidates.get(going.candidate) ?? this.candidate(going.candidate).facts;
    const isAgain = order?.isAgain ?? false;
    const sent = { ...going, contact, at: this.now, stage, visitAt, isAgain };
    this.sent.push(sent);
    return sent;
  }

  #getWarrant(going: Going, order: Order | undefined): World {
    const worlds = [this.#present(), ...this.#past].filter(
      ({ until }) => until >= this.now - FRESH_MS,
    );
    const warrant = worlds.find((world) => this.#isWarranted(world, going, order));
    if (warrant) return warrant;
    const { challenge, candidate } = going;
    const dues = worlds.map((world) => ({ world, due: this.#dueIn(world, candidate) }));
    const facts = JSON.stringify({ dues, order });
    throw new Error(`${challenge} to ${candidate} went out unwarranted: ${facts}`);
  }

  #openOrder({ row }: Going): Order | undefined {
    return this.orders.find((order) => order.row === row && order.isOpen);
  }

  #requireFirst({ candidate, email, challenge }: Going, contact: string): void {
    const twin = this.findEarlier(contact, email, challenge);
    if (!twin) return;
    throw new Error(`${challenge} went to ${candidate} again: ${twin.candidate} had it`);
  }

  /** What was made at CodeSubmit by hand, long enough ago to be known, is adopted. */
  #requireUnmade({ candidate, email, challenge }: Going): void {
    const isSaid = this.sent.some((one) => one.isSaid && isOfPair(one, email, challenge));
    const known = this.unowned.find(
      (one) =>
        isOfPair(one, email, challenge) &&
        one.at < this.now - MIRROR_MS &&
        this.now - one.at < REUSE_DAYS * DAY,
    );
    // The program may take it for what an admin says was sent.
    if (!known || isSaid) return;
    throw new Error(`${challenge} went to ${candidate}, for whom it was made by hand`);
  }

  #isWarranted(world: World, { candidate, challenge, email }: Going, order?: Order): boolean {
    if (world.emails.get(this.candidate(candidate).contact) !== email) return false;
    if (order) return isOrderWarranted(world, this.candidate(candidate), order);
    const due = this.#dueIn(world, candidate);
    if (due.kind !== 'challenge' || due.challenge !== challenge) return false;
    // CodeSubmit may have by hand what it refuses to us.
    return due.obstacles.every((one) => one === 'refused_address');
  }

  /** Why `send` must refuse; undefined when nothing that is known here speaks against it. */
  refusalOf(name: string, wanted: string | undefined, isAgain: boolean): string | undefined {
    const { facts, contact } = this.candidate(name);
    const email = this.emails.get(contact) ?? null;
    const challenge = wanted ?? this.#challengeByRule(name);
    if (facts.isArchived) return 'archived';
    if (email === null) return 'no_email';
    if (challenge === undefined) return 'no rule';
    if (isAgain) return undefined;
    const had = this.sent.filter((sent) => sent.candidate === name);
    if (had.some((sent) => sent.challenge === challenge)) return 'had it already';
    const ofVisit = had.some(
      (sent) => sent.stage === facts.stage && sent.visitAt === facts.visitAt && !sent.isAgain,
    );
    if (ofVisit) return 'this visit had its challenge';
    return this.findEarlier(contact, email, challenge) && 'the person had it';
  }

  #challengeByRule(name: string): string | undefined {
    const { facts, posting } = this.candidate(name);
    const here = RULES.filter(({ stage }) => stage === facts.stage);
    const inherited = posting === null ? [] : (this.postingTags.get(posting) ?? []);
    const rule = chooseRule(here, facts, inherited, []);
    return typeof rule === 'string' ? undefined : rule.challenge;
  }

  order(row: number, name: string, challenge: string, isAgain: boolean): void {
    const { stage, visitAt } = this.candidate(name).facts;
    const asked = { row, candidate: name, challenge, isAgain, stage, visitAt };
    const known = this.orders.findIndex((order) => order.row === row);
    if (known >= 0) this.orders.splice(known, 1);
    this.orders.push({ ...asked, isOpen: true, isLapsed: false });
  }

  /** Notes which orders the present speaks against: a look in this very moment ends them. */
  lapseOrders(): void {
    const present = this.#present();
    for (const order of this.orders.filter(({ isOpen }) => isOpen)) {
      const candidate = this.candidate(order.candidate);
      const email = this.emails.get(candidate.contact) ?? null;
      const isTaken = !order.isAgain && this.findEarlier(candidate.contact, email, order.challenge);
      const isGood = isOrderWarranted(present, candidate, order) && !isRefusedAddress(email);
      if (isTaken || !isGood) order.isLapsed = true;
    }
  }

  /** An admin has it go again: what spoke against it may be over. */
  reopenOrder(row: number): void {
    const order = this.orders.find((one) => one.row === row);
    if (order) Object.assign(order, { isOpen: true, isLapsed: false });
  }

  /** An admin says that it isn't there: whatever CodeSubmit has is nobody's. */
  disown(row: number): void {
    const disowned = this.sent.filter((sent) => sent.row === row);
    this.sent = this.sent.filter((sent) => sent.row !== row);
    this.unowned.push(...disowned);
    this.reopenOrder(row);
  }

  /**
   * The program takes what CodeSubmit has for an invitation of its own.
   * @throws Error when it is another person's, or may not have gone either.
   */
  noteAdopted(account: Account): void {
    const { row, candidate, challenge, email, wasTried } = account;
    const what = `${challenge} for ${email} adopted for ${candidate}`;
    const found = this.unowned.find(({ link }) => link === account.link);
    this.disown(row);
    this.unowned = this.unowned.filter((one) => one !== found);
    const { contact } = this.candidate(candidate);
    const isTheirs = this.#addresses.get(contact)?.includes(email.toLowerCase());
    if (found?.challenge !== challenge || !isTheirs) throw new Error(`${what}: it is not theirs`);
    const order = this.#openOrder(account);
    if (!order?.isAgain) this.#requireFirst(account, contact);
    if (!wasTried && this.isPaused) throw new Error(`${what} during a pause`);
    if (!wasTried) {
      const { isByHand } = account;
      this.#getWarrant(
        { ...account, email: this.emails.get(contact) ?? '' },
        isByHand ? order : undefined,
      );
    }
    this.noteSaid(account);
  }

  /** It counts as sent, by the word of an admin or because CodeSubmit has it. */
  noteSaid(account: Account, isSaid = false): void {
    this.closeOrder(account.row);
    const { contact } = this.candidate(account.candidate);
    const isAgain = this.orders.find(({ row }) => row === account.row)?.isAgain ?? false;
    this.sent.push({ ...account, contact, at: this.now, isAgain, isSaid });
  }

  closeOrder(row: number): void {
    const order = this.orders.find((one) => one.row === row);
    if (order) order.isOpen = false;
  }

  /** The same challenge, sent within the reuse days to the same contact, or else to the same address. */
  findEarlier(contact: string, email: string | null, challenge: string): Sent | undefined {
    const sent = this.sent.filter(
      (one) => one.challenge === challenge && this.now - one.at < REUSE_DAYS * DAY,
    );
    return (
      sent.find((one) => one.contact === contact) ??
      sent.find((one) => one.email.toLowerCase() === email?.toLowerCase())
    );
  }

  #present(): World {
    return {
      until: this.now,
      candidates: new Map([...this.candidates].map(([name, { facts }]) => [name, facts])),
      emails: new Map(this.emails),
      postingTags: new Map(this.postingTags),
    };
  }

  #dueIn(world: World, name: string): Due {
    const candidate = this.candidate(name);
    const facts = world.candidates.get(name) ?? candidate.facts;
    const here = RULES.filter(({ stage }) => stage === facts.stage);
    if (here.length === 0) return nothing('in no rule’s stage');
    if (facts.isArchived) return nothing('archived');
    if (facts.visitAt === candidate.baselineVisitAt) return nothing('there before the rules');
    const had = this.sent.filter((sent) => sent.candidate === name);
    if (had.some(({ stage, visitAt }) => stage === facts.stage && visitAt === facts.visitAt)) {
      return nothing('this visit had its challenge');
    }
    const inherited =
      candidate.posting === null ? [] : (world.postingTags.get(candidate.posting) ?? []);
    const rule = chooseRule(here, facts, inherited, had);
    if (typeof rule === 'string') {
      if (rule === 'none') return nothing('no tag');
      return { kind: 'challenge', challenge: null, obstacles: [rule] };
    }
    const { challenge } = rule;
    if (had.some((sent) => sent.challenge === challenge)) return nothing('had it already');
    const email = world.emails.get(candidate.contact) ?? null;
    const earlier = this.findEarlier(candidate.contact, email, challenge);
    if (earlier) return nothing('the person had it', earlier);
    const isSecond = had.some(({ stage }) => stage === facts.stage);
    const obstacles: (Obstacle | false)[] = [
      email === null && 'no_email',
      isRefusedAddress(email) && 'refused_address',
      isSecond && !this.isApproved(name, facts.visitAt, challenge) && 'second_challenge',
      this.now < facts.visitAt + rule.delayMs && 'delayed',
      this.isPaused && 'paused',
    ];
    return { kind: 'challenge', challenge, obstacles: obstacles.filter((one) => one !== false) };
  }
}

export function isOfPair(
  one: { email: string; challenge: string },
  email: string,
  challenge: string,
): boolean {
  return one.challenge === challenge && one.email.toLowerCase() === email.toLowerCase();
}

/** CodeSubmit has a narrower notion of an address than Lever. */
export function isRefusedAddress(email: string | null): boolean {
  return email?.includes('..') ?? false;
}

/** A person's word stands for rule, tag, delay and brake; all else must hold as for anybody. */
function isOrderWarranted(
  world: World,
  { name, contact, facts }: Candidate,
  order: Order,
): boolean {
  const { stage, isArchived } = world.candidates.get(name) ?? facts;
  const hasAddress = (world.emails.get(contact) ?? null) !== null;
  return stage === order.stage && !isArchived && hasAddress;
}

/** The rule whose challenge the tags name; `none`, or the hold that keeps a person from a wrong one. */
function chooseRule(
  here: readonly Rule[],
  facts: Facts,
  inherited: readonly string[],
  had: readonly Sent[],
): Rule | 'none' | 'ambiguous_tags' | 'near_tag' {
  const tags = [...facts.ownTags, ...inherited].filter((tag) => !facts.removedTags.includes(tag));
  const named = here.filter(({ tag }) => tags.includes(tag));
  const fresh = named.filter(({ challenge }) => !had.some((sent) => sent.challenge === challenge));
  const [first, ...others] = fresh.length > 0 ? fresh : named;
  if (first && others.length === 0) return first;
  if (first) {
    const own = [first, ...others].filter(({ tag }) => !inherited.includes(tag));
    return own.length === 1 && own[0] ? own[0] : 'ambiguous_tags';
  }
  const anyTag = RULES.some(({ tag }) => tags.includes(tag));
  const any = here.find(({ tag }) => tag === '*');
  const isNearHere = tags.includes(NEAR_TAG) && here.some(({ tag }) => tag === BACKEND_TAG);
  if (isNearHere) return 'near_tag';
  if (!any || anyTag) return 'none';
  return tags.includes(NEAR_TAG) ? 'near_tag' : any;
}
