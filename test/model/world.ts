/**
 * The real side of a history: the bridge, the candidates known to the test by name, and what was seen so far. All of it
 * is seen from outside: what the vendors got, `status` and its timelines.
 */
import type { InvitationListing } from '../../src/admin/status.js';
import type { RequestEntry } from '../../src/simulator/request-log.js';
import type { Test } from '../../src/simulator/codesubmit/codesubmit-records.js';
import type { SimulatedBridge, Status } from '../simulation/simulated-bridge.js';
import { BY_LIST, findOpen } from './checks.js';
import type { Manner } from './forms.js';
import type { PromisesModel } from './promises-model.js';
import type { Account, Braked, Going, Visit } from './records.js';
import { NAMES } from './profiles.js';
import { DAY, MINUTE } from './rules-model.js';

/** After this many minutes, everything that can be settled is settled. */
const PATIENCE = 30;
/** A challenge may wait so long to be sent. */
const LATE_MS = 15 * MINUTE;
/** With these a key is refused: docs/operating.md, `needs_reauth`. */
const REFUSING = [401, 402, 403];
/** So often the daemon notes whether it can work: it can't have before, when a history leaps. */
const ALARM_ROUND_MS = 2_000;
/** Even for what never stops moving. */
const MOST_WAITS = 150;

/** What an attempt comes to that sent it, or may have. */
const MAY_HAVE_GONE = ['uncertain', 'left_to_person', 'settled_sent', 'invited'];
/** After these, an invitation waits to be sent from the beginning. */
const ANOTHER_WAIT = ['uncertain', 'retried'];

/** The last time that an invitation was on its way to CodeSubmit. */
interface Try {
  /** When its request left; without one, when it was first seen under way. */
  at: number;
  email: string;
  visit: Visit;
  /** It was seen in a state that no request is under way in. */
  isOver: boolean;
}

type Waiting = InvitationListing & { minutes: number };

export class World {
  readonly deliveries: string[] = [];
  /** Challenges at CodeSubmit that were checked already. */
  counted: number;
  /** Invitations that an admin settled as sent, and whose link isn't known yet. */
  readonly nameless = new Map<number, Going>();
  /** All that an admin settled as sent. */
  readonly settled = new Set<number>();
  /** A copy of the database knows as little of the links since as a second data directory. */
  isRestored = false;
  /** At CodeSubmit. */
  readonly deletedTests: Test[] = [];
  /** A second data directory, and its key at CodeSubmit. */
  other: { bridge: SimulatedBridge; key: string } | undefined;
  /** What the second one sent, by CodeSubmit's ids. */
  readonly sentByOther = new Set<string>();
  /** Until when CodeSubmit may still do what was asked of it. */
  workUntil = -Infinity;
  /** Candidates on hold by a brake after the last step. */
  braked: ReadonlyMap<string, Braked> = new Map();
  /** Those of them when last all was quiet. */
  brakedInQuiet: readonly Braked[] = [];
  /** Work continues before everything is quiet: what waits may not have been handled yet. */
  isHasty = false;
  #tries = new Map<number, Try>();
  #triesOfCopy = new Map<number, Try>();
  /** The state of each invitation, and how long it could have continued. */
  #waiting = new Map<number, { what: string; since: number }>();
  #patience = PATIENCE;
  #waitedFor = '';
  #refusedBefore = 0;
  #wasRefused = false;
  /** When it was last seen refused, or accepted again. */
  #refusedAt = 0;
  #lookedAt = 0;
  #waits = 0;
  /** By the names that the model uses, whatever they are called since. */
  readonly #stages: ReadonlyMap<string, string>;
  readonly #challenges: ReadonlyMap<string, string>;

  constructor(
    readonly bridge: SimulatedBridge,
    private readonly model: PromisesModel,
    private readonly ids: ReadonlyMap<string, string>,
    readonly postingId: string,
    readonly manner: Partial<Manner>,
  ) {
    const { lever, codesubmit } = bridge.simulator;
    this.counted = codesubmit.invitations.length;
    this.#stages = new Map(lever.account.stages.map(({ id, text }) => [text, id]));
    this.#challenges = new Map(codesubmit.tests.map(({ id, name }) => [name, id]));
    bridge.onSending = (body) => this.#noteTry(body);
  }

  get actions() {
    return this.bridge.simulator.lever.actions;
  }

  /**
   * How often a link or a note may be there (docs/durability.md): each of two directories may write one before it sees that
   * of the other, and CodeSubmit may return to both what its list doesn't show yet.
   */
  get mostCopies(): number {
    const isReturned = this.manner.secondPost === 'first';
    if (this.other === undefined) return this.isRestored && isReturned ? 2 : 1;
    return isReturned ? 3 : 2;
  }

  /** How far the machine's calendar is ahead. */
  get leadMs(): number {
    return this.bridge.clock.leadMs;
  }

  idOf(name: string): string {
    return this.ids.get(name) ?? '';
  }

  nameOf(id: string): string {
    return nameIn(this.ids, id);
  }

  stageId(name: string): string {
    return this.#stages.get(name) ?? '';
  }

  challengeId(name: string): string {
    return this.#challenges.get(name) ?? '';
  }

  challengeOf(id: string): string {
    return nameIn(this.#challenges, id);
  }

  /** What was waited for in vain may arrive now. */
  beginWaiting(): void {
    this.#patience = PATIENCE;
    this.#waits = 0;
  }

  /** What waits, and for how many minutes. */
  noteWaiting({ invitations, integration }: Status): Waiting[] {
    const { model } = this;
    const now = new Map<number, { what: string; since: number }>();
    for (const row of invitations) {
      const before = this.#waiting.get(row.id);
      const what = this.#whatWaits(row);
      const isSame = before?.what === what && !model.isPaused;
      now.set(row.id, { what, since: isSame ? before.since : model.now });
    }
    // docs/operating.md, “Problems”: only time in which work could proceed counts, so none while a vendor rejects the key
    // or the integration is revoked. It starts over when we look after the key was accepted, which may be an hour after
    // the last look.
    const refusals = this.#refusals();
    const isRefused =
      ['needs_reauth', 'revoked'].includes(integration.state) || refusals !== this.#refusedBefore;
    if (isRefused || this.#wasRefused) this.#refusedAt = model.now;
    const mayCount = this.#lookedAt >= this.#refusedAt + ALARM_ROUND_MS;
    this.#refusedBefore = refusals;
    this.#wasRefused = isRefused;
    this.#lookedAt = model.now;
    this.#waiting = mayCount ? now : new Map();
    // Waiting for CodeSubmit's list doesn't count while reading it makes progress, which may take longer than allowed.
    const { readAt, tookMs } = this.#lastReading();
    const isReading = integration.listReading !== null;
    return invitations.map((row) => {
      const { since = model.now } = this.#waiting.get(row.id) ?? {};
      const uncounted = isReading ? readAt - since : tookMs;
      const countedFrom = row.state === 'queued' ? since + Math.max(0, uncounted) : since;
      return { ...row, minutes: (model.now - countedFrom) / MINUTE };
    });
  }

  /** When a page of CodeSubmit's list was shown last, and how long after the first try of the reading's first page. */
  #lastReading(): { readAt: number; tookMs: number } {
    const { requests } = this.bridge.simulator.codesubmit;
    const reads = requests.list({ method: 'GET', route: '/api/external/candidates' });
    const hasFailed = ({ fault, status }: (typeof reads)[number]): boolean =>
      fault !== null || status !== 200;
    const last = reads.findLastIndex((one) => !hasFailed(one));
    // Of several readings that ended in the time that may pass, the first counts.
    const isLater = (at: number): boolean => {
      if (Object.hasOwn(reads[at]?.query ?? {}, 'page')) return true;
      const before = reads[at - 1];
      return before !== undefined && (hasFailed(before) || before.at > this.model.now - LATE_MS);
    };
    let first = last;
    while (isLater(first)) first -= 1;
    const readAt = reads[last]?.at ?? 0;
    return { readAt, tookMs: readAt - (reads[first]?.at ?? readAt) };
  }

  /**
   * Its link can be written once it is known. With another address or after another decision it is another promise, and
   * after an unknown outcome or a `retry` the wait begins again too.
   */
  #whatWaits({ state, link, opportunityId }: InvitationListing): string {
    if (state !== 'queued') return `${state} ${String(link)}`;
    const entries = this.bridge
      .timeline(opportunityId)
      .entries.filter(
        ({ what, outcome }) =>
          what === 'decision' || ANOTHER_WAIT.some((one) => outcome === `send: ${one}`),
      );
    const email = this.model.emails.get(this.model.candidate(this.nameOf(opportunityId)).contact);
    return [state, entries.length, email].join(' ');
  }

  /** A copy is made of the database. */
  noteCopied(): void {
    this.#triesOfCopy = new Map([...this.#tries].map(([row, one]) => [row, { ...one }]));
  }

  /** That copy is in use: what was seen of the last one means nothing. */
  forgetSeen(): void {
    this.isRestored = true;
    this.#tries = new Map(this.#triesOfCopy);
    this.#waiting.clear();
    this.braked = new Map();
    this.brakedInQuiet = [];
  }

  /** A daemon that just started gets its time again, and so does what waited through a pause. */
  restartWaiting(): void {
    this.#waiting.clear();
  }

  /** True if time may change something; false at the end. */
  isOpen(): boolean {
    const { model } = this;
    const status = this.bridge.status();
    // Nobody is looked at while a vendor rejects the key.
    const { state } = status.integration;
    const keys = state === 'needs_reauth' ? [{ id: 0, state }] : [];
    // What CodeSubmit's list didn't show while it couldn't be read, a later sweep reads.
    const held = model.isListUsable
      ? status.held.filter(({ reason }) => BY_LIST.includes(reason))
      : [];
    const unread = held.map(({ opportunityId, reason }) => ({ id: opportunityId, state: reason }));
    const told = [...findOpen(model, this, status), ...keys, ...unread];
    const open = told.length > 0 ? told : this.#findUnseen();
    const states = [...open.map(({ id, state }) => `${String(id)} ${state}`), this.hits()].join();
    // What has changed may take as long again.
    this.#patience = states === this.#waitedFor ? this.#patience - 1 : PATIENCE;
    this.#waitedFor = states;
    this.#waits = open.length > 0 ? this.#waits + 1 : 0;
    return open.length > 0 && this.#patience > 0 && this.#waits < MOST_WAITS;
  }

  /** Links on their way to opportunities, also those of another one's invitation, and looks that failed. */
  #findUnseen(): { id: string; state: string }[] {
    const links = [...this.ids].filter(
      ([name, id]) => !this.model.isErased(name) && this.isOwed(id, 'link'),
    );
    return [
      ...links.map(([, id]) => ({ id, state: 'link owed' })),
      ...this.#failedReads().map((id) => ({ id, state: 'failed' })),
    ];
  }

  /** Whether an update to Lever waits for this opportunity. */
  isOwed(id: string, kind?: 'link' | 'note' | 'tag'): boolean {
    return this.bridge
      .timeline(id)
      .entries.some(({ what, outcome }) =>
        kind === undefined
          ? what === 'write-back' && outcome.endsWith(': owed')
          : outcome === `${kind}: owed`,
      );
  }

  /** What Lever was last asked for in vain within the longest wait between two tries. */
  #failedReads(): string[] {
    const last = new Map<string, RequestEntry>();
    for (const entry of this.bridge.simulator.lever.requests.list({ method: 'GET' }))
      if (READ_ALONE.test(entry.path)) last.set(entry.path, entry);
    return [...last.values()]
      .filter(
        ({ fault, worked, at }) => fault !== null && !worked && this.model.now - at < DAY / 24,
      )
      .map(({ path }) => path);
  }

  /** How many calls met with trouble so far: while more do, it isn't over. */
  hits(): number {
    return this.#armed().reduce((sum, { hits }) => sum + hits, 0);
  }

  /** How many of them had their key rejected, which may be over before anyone looks. */
  #refusals(): number {
    const refusing = this.#armed().filter(({ status = 0 }) => REFUSING.includes(status));
    return refusing.reduce((sum, { hits }) => sum + hits, 0);
  }

  #armed() {
    const { lever, codesubmit } = this.bridge.simulator;
    return [lever, codesubmit].flatMap(({ faults }) => faults.list());
  }

  /** A challenge leaves for CodeSubmit: it is for one that `status` shows under way. */
  #noteTry(body: string): void {
    const { test_id: testId, email } = JSON.parse(body) as { test_id: string; email: string };
    const [row] = this.bridge
      .status()
      .invitations.filter(
        ({ state, challenge, opportunityId }) =>
          state === 'sending' &&
          challenge.id === testId &&
          this.model.hasHad(this.model.candidate(this.nameOf(opportunityId)).contact, email),
      )
      // Of two for one person, the one that hasn't left yet.
      .sort((a, b) => this.#triedAt(a) - this.#triedAt(b) || a.id - b.id);
    if (!row) return;
    const visit = this.#visitOf(row.opportunityId);
    this.#tries.set(row.id, { at: this.bridge.clock.now(), email, visit, isOver: false });
  }

  #triedAt({ id }: { id: number }): number {
    return this.#tries.get(id)?.at ?? -1;
  }

  /** After every step: a machine that dies leaves invitations under way whose request never left. */
  noteStates({ invitations }: Status): void {
    for (const { id, state, opportunityId } of invitations) {
      const known = this.#tries.get(id);
      if (known && ['queued', 'cancelled', 'failed'].includes(state)) known.isOver = true;
      const isUnderWay = state === 'sending' || state === 'uncertain';
      if (!isUnderWay || known?.isOver === false) continue;
      const { contact } = this.model.candidate(this.nameOf(opportunityId));
      const email = this.model.emails.get(contact) ?? '';
      const visit = this.#visitOf(opportunityId);
      this.#tries.set(id, { at: this.bridge.clock.now(), email, visit, isOver: false });
    }
  }

  /** When each was last under way. */
  tried(): string {
    return [...this.#tries].map(([id, { at }]) => `${String(id)} ${String(at)}`).join();
  }

  /** The address that it was last sent to, or was to be. */
  triedAddress({ id, opportunityId }: InvitationListing): string {
    const { contact } = this.model.candidate(this.nameOf(opportunityId));
    return this.#tries.get(id)?.email ?? this.model.emails.get(contact) ?? '';
  }

  /** The visit that Lever showed last, as the timeline has it. */
  #visitOf(id: string): Visit {
    const shown = this.bridge.timeline(id).entries.flatMap(({ what, detail, text }): Visit[] => {
      const at = what === 'lever' ? /moved there (\S+)$/.exec(text)?.[1] : undefined;
      if (at === undefined || detail === null) return [];
      return [{ stage: nameIn(this.#stages, detail), visitAt: Date.parse(at) }];
    });
    const { stage, visitAt } = this.model.candidate(this.nameOf(id)).facts;
    // Since the calendar was set back, the last entry may stand before others.
    return shown.sort((a, b) => b.visitAt - a.visitAt)[0] ?? { stage, visitAt };
  }

  /** What the program says about an invitation, beside its address and link. */
  accountOf(row: InvitationListing, { email, link }: Pick<Going, 'email' | 'link'>): Account {
    const { id, opportunityId, challenge } = row;
    const tried = this.#tries.get(id);
    const order = this.model.orders.find((one) => one.row === id && one.isOpen);
    const { stage, visitAt } = order ?? tried?.visit ?? this.#visitOf(opportunityId);
    const candidate = this.nameOf(opportunityId);
    const going = { row: id, candidate, challenge: this.challengeOf(challenge.id), email, link };
    const hasFailed = tried !== undefined && (tried.isOver || this.#hasFailed(opportunityId));
    return { ...going, stage, visitAt, intentAt: tried?.at ?? null, hasFailed };
  }

  /** Whether the last attempt came to nothing. Of two challenges, the timeline doesn't say which. */
  #hasFailed(id: string): boolean {
    const { entries, invitations } = this.bridge.timeline(id);
    const last = entries.findLast(
      ({ outcome }) => outcome.startsWith('send: ') && outcome !== 'send: adopted',
    );
    if (!last || invitations.length > 1) return false;
    return !MAY_HAVE_GONE.some((one) => last.outcome === `send: ${one}`);
  }

  /** Of a candidate who was erased as soon as it was adopted, no link is shown. */
  erasedLinkOf({ state, challenge, opportunityId }: InvitationListing): string | null {
    if (state !== 'invited' && state !== 'linked') return null;
    const { contact } = this.model.candidate(this.nameOf(opportunityId));
    const name = this.challengeOf(challenge.id);
    const theirs = this.model.unowned.filter(
      (one) => one.challenge === name && this.model.hasHad(contact, one.email),
    );
    return theirs.at(-1)?.link ?? null;
  }

  /** Of two that found the same one at CodeSubmit, it is that of the first. */
  inOrderOfTrying(invitations: readonly InvitationListing[]): InvitationListing[] {
    const at = ({ id }: InvitationListing): number => this.#tries.get(id)?.at ?? Infinity;
    return [...invitations].sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : a.id - b.id));
  }

  /** Whether that is a name they had, or a part of one. */
  isNameOf(name: string, value: unknown): boolean {
    return [name, ...name.split(' '), ...NAMES, ...NAMES.flatMap((one) => one.split(' '))].some(
      (one) => one === value,
    );
  }

  linksOf(name: string): string[] {
    const { links } = this.bridge.simulator.lever.opportunities.sight(this.idOf(name), 0).contact;
    return links.map((link) => link.replace(/^(?!http)/, schemeOf(link)).replace(/\/$/, ''));
  }
}

/** A candidate, or their posting. */
const READ_ALONE = /^\/v1\/(?:opportunities|postings)\/[0-9a-f]{8}-[^/]*$/;

/** Lever may keep links without it. CodeSubmit's are on loopback here; those that an admin gives are not. */
function schemeOf(link: string): string {
  return link.startsWith('127.') ? 'http://' : 'https://';
}

function nameIn(all: ReadonlyMap<string, string>, id: string): string {
  const found = [...all].find(([, one]) => one === id);
  if (!found) throw new Error(`nothing has the id ${id}`);
  return found[0];
}
