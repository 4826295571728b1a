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

export interface Sent {
  /** CodeSubmit's. */
  id: string;
  candidate: string;
  contact: string;
  email: string;
  challenge: string;
  at: number;
  stage: string;
  visitAt: number;
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
  'no_email' | 'second_challenge' | 'delayed' | 'paused' | 'ambiguous_tags' | 'near_tag';

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
  readonly postingTags = new Map<string, readonly string[]>();
  readonly sent: Sent[] = [];
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
   * @throws Error when it breaks a promise: nobody gets one twice, and nobody without the present, or a read at most a
   * minute old, warranting it.
   */
  noteSent(id: string, name: string, email: string, challenge: string): Sent {
    const what = `${challenge} to ${name}`;
    if (this.isPaused) throw new Error(`${what} went out during a pause`);
    const { contact } = this.candidate(name);
    const twin = this.findEarlier(contact, email, challenge);
    if (twin) throw new Error(`${what} went out again: ${twin.candidate} had it`);
    const worlds = [this.#present(), ...this.#past].filter(
      ({ until }) => until >= this.now - FRESH_MS,
    );
    const dues = worlds.map((world) => ({ world, due: this.#dueIn(world, name) }));
    const warrant = dues.find(
      ({ world, due }) =>
        due.kind === 'challenge' &&
        due.challenge === challenge &&
        due.obstacles.length === 0 &&
        world.emails.get(contact) === email,
    );
    if (!warrant) throw new Error(`${what} went out unwarranted: ${JSON.stringify(dues)}`);
    const { stage, visitAt } = warrant.world.candidates.get(name) ?? this.candidate(name).facts;
    const sent = { id, candidate: name, contact, email, challenge, at: this.now, stage, visitAt };
    this.sent.push(sent);
    return sent;
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
      isSecond && !this.isApproved(name, facts.visitAt, challenge) && 'second_challenge',
      this.now < facts.visitAt + rule.delayMs && 'delayed',
      this.isPaused && 'paused',
    ];
    return { kind: 'challenge', challenge, obstacles: obstacles.filter((one) => one !== false) };
  }
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
