/** Compares what both vendors show after each step with the model. */
import { expect } from 'vitest';
import type { InvitationListing } from '../../src/operate/status/status-report.js';
import type { Invitation, Test } from '../../src/simulator/codesubmit/codesubmit-records.js';
import { linkOf } from '../../src/simulator/codesubmit/invitation-view.js';
import type { Bridge, Status } from './bridge.js';
import type { Manner } from './forms.js';
import type { PromisesModel } from './promises-model.js';
import type { Account, Due, Going, Sent } from './records.js';
import { DAY, MINUTE } from './rules-model.js';

/**
 * How many minutes an invitation may be in a state without a problem that says so, and which
 * problems say so.
 */
const LIMITS = new Map<string, [minutes: number, codes: string[]]>([
  ['queued', [15, ['list_unreadable', 'queued_too_long']]],
  ['sending', [5, ['sending_too_long']]],
  ['uncertain', [0, ['uncertain']]],
  ['invited', [60, ['link_not_found', 'link_refused', 'link_not_written', 'writeback_too_long']]],
]);
/** Reasons to put a candidate on hold because of CodeSubmit's list. */
export const BY_LIST = ['similar_address'];
/** Who is approved for any of these doesn't count towards the brake. */
const APPROVABLE = ['brake', 'second_challenge', 'similar_address', 'forgotten'] as const;
const PROMISED = ['sending', 'uncertain', 'invited', 'linked'];
export const OPEN = ['queued', 'sending', 'uncertain', 'invited'];
/** After this many minutes, everything that can be settled is settled. */
const PATIENCE = 30;
/** Even for what never stops moving. */
const MOST_WAITS = 150;
const FOUND_GONE_MS = 75 * MINUTE;
/** Where Lever doesn't list the deleted, who wasn't seen for a week is looked at, and must be hidden for another. */
const UNLISTED_GONE_MS = 15 * DAY;

/** What an attempt comes to that sent it, or may have. */
const MAY_HAVE_GONE = ['uncertain', 'left_to_person', 'settled_sent', 'invited'];

const VISIT = `opportunity_id || ' ' || rule_id || ' ' || visit_at AS visit`;
const BRAKED = `SELECT ${VISIT} FROM decisions
  WHERE is_current = 1 AND kind = 'hold' AND reason = 'brake'`;

/** Links on their way to another opportunity than that of their invitation, and looks that failed. */
const OWED = `SELECT w.id, w.state FROM writebacks AS w JOIN invitations AS i ON i.id = w.invitation_id
    WHERE w.kind = 'link' AND w.state = 'owed' AND w.opportunity_id <> i.opportunity_id
  UNION ALL SELECT opportunity_id, 'failed' FROM inbox WHERE attempts > 0`;

/** With another address it is another promise. After an unknown outcome or a `retry` the wait begins again too. */
const QUEUED = `SELECT id, promised_at || ' ' || (SELECT count(*) FROM attempts
    WHERE invitation_id = invitations.id AND outcome IN ('uncertain', 'retried')) AS queued
  FROM invitations`;

interface KeptRow {
  stageId: string;
  visitAt: number;
  isByHand: number;
  intentAt: number | null;
  lastOutcome: string | null;
}

type Waiting = InvitationListing & { minutes: number };

/**
 * The real side: the bridge, the candidates known to the test by name, and what was seen so far.
 */
export class World {
  readonly deliveries: string[] = [];
  /** Challenges at CodeSubmit that were checked already. */
  counted: number;
  /** Invitations that an admin settled as sent, and whose link isn't known yet. */
  readonly nameless = new Map<number, Going>();
  /** A copy of the database knows as little of the links since as a second data directory. */
  isRestored = false;
  /** At CodeSubmit. */
  readonly deletedTests: Test[] = [];
  /** A second data directory, and its key at CodeSubmit. */
  other: { bridge: Bridge; key: string } | undefined;
  /** What the second one sent, by CodeSubmit's ids. */
  readonly sentByOther = new Set<string>();
  /** Until when CodeSubmit may still do what was asked of it. */
  workUntil = -Infinity;
  /** Candidates on hold by a brake after the last step, and since when. */
  braked = new Map<string, string>();
  /** Whose visits by which rules it held when last all was quiet. */
  brakedVisits: readonly string[] = [];
  /** Work continues before everything is quiet: what waits may not have been handled yet. */
  isHasty = false;
  /** The state of each invitation, and how long it could have continued. */
  #waiting = new Map<number, { what: string; since: number }>();
  #patience = PATIENCE;
  #waitedFor = '';
  #refusedBefore = 0;
  #waits = 0;
  /** By the names that the model uses, whatever they are called since. */
  readonly #stages: ReadonlyMap<string, string>;
  readonly #challenges: ReadonlyMap<string, string>;

  constructor(
    readonly bridge: Bridge,
    private readonly ids: ReadonlyMap<string, string>,
    readonly postingId: string,
    readonly manner: Partial<Manner>,
  ) {
    const { lever, codesubmit } = bridge.simulator;
    this.counted = codesubmit.invitations.length;
    this.#stages = new Map(lever.account.stages.map(({ id, text }) => [text, id]));
    this.#challenges = new Map(codesubmit.tests.map(({ id, name }) => [name, id]));
  }

  get actions() {
    return this.bridge.simulator.lever.actions;
  }

  /** CodeSubmit may return a challenge that its list doesn't show yet: it is new to each of two directories. */
  get isReturned(): boolean {
    return (this.other !== undefined || this.isRestored) && this.manner.secondPost === 'first';
  }

  /** How far the machine's calendar is ahead. */
  get leadMs(): number {
    return this.bridge.clock.leadMs ?? 0;
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
  noteWaiting(model: PromisesModel, { invitations, integration }: Status): Waiting[] {
    const now = new Map<number, { what: string; since: number }>();
    const promises = this.bridge.rows<{ id: number; queued: string }>(QUEUED);
    const queued = new Map(promises.map((one) => [one.id, one.queued]));
    for (const { id, state, link } of invitations) {
      const before = this.#waiting.get(id);
      // Its link can be written once it is known.
      const what = [state, link, queued.get(id)].join(' ');
      const isSame = before?.what === what && !model.isPaused;
      now.set(id, { what, since: isSame ? before.since : model.now });
    }
    // Time doesn't count while a vendor rejects the key. It starts over when we look after the key
    // was accepted, which may be an hour after the last look.
    const refusals = this.#refusals();
    const wasRefused = integration.state === 'needs_reauth' || refusals !== this.#refusedBefore;
    this.#refusedBefore = refusals;
    this.#waiting = wasRefused ? new Map() : now;
    return invitations.map((row) => ({
      ...row,
      minutes: (model.now - (this.#waiting.get(row.id)?.since ?? model.now)) / MINUTE,
    }));
  }

  /** Another copy of the database is in use: what was seen of the last one means nothing. */
  forgetSeen(): void {
    this.isRestored = true;
    this.#waiting.clear();
    this.braked.clear();
    this.brakedVisits = [];
  }

  /** A daemon that just started gets its time again, and so does what waited through a pause. */
  restartWaiting(): void {
    this.#waiting.clear();
  }

  /** True if time may change something; false at the end. */
  isOpen(model: PromisesModel): boolean {
    const status = this.bridge.status();
    const owed = this.bridge.rows<{ id: number | string; state: string }>(OWED);
    // Nobody is looked at while a vendor rejects the key.
    const { state } = status.integration;
    const keys = state === 'needs_reauth' ? [{ id: 0, state }] : [];
    // What CodeSubmit's list didn't show while it couldn't be read, a later sweep reads.
    const held = model.isListTold
      ? status.held.filter(({ reason }) => BY_LIST.includes(reason))
      : [];
    const unread = held.map(({ opportunityId, reason }) => ({ id: opportunityId, state: reason }));
    const open = [...findOpen(model, this, status), ...owed, ...keys, ...unread];
    const states = [...open.map(({ id, state }) => `${String(id)} ${state}`), this.hits()].join();
    // What has changed may take as long again.
    this.#patience = states === this.#waitedFor ? this.#patience - 1 : PATIENCE;
    this.#waitedFor = states;
    this.#waits = open.length > 0 ? this.#waits + 1 : 0;
    return open.length > 0 && this.#patience > 0 && this.#waits < MOST_WAITS;
  }

  /** How many calls met with trouble so far: while more do, it isn't over. */
  hits(): number {
    return this.#armed().reduce((sum, { hits }) => sum + hits, 0);
  }

  /** How many of them had their key rejected, which may be over before anyone looks. */
  #refusals(): number {
    const refusing = this.#armed().filter(({ status }) => status === 401);
    return refusing.reduce((sum, { hits }) => sum + hits, 0);
  }

  #armed() {
    const { lever, codesubmit } = this.bridge.simulator;
    return [lever, codesubmit].flatMap(({ faults }) => faults.list());
  }

  /** What the program says about an invitation, beside its address and link. */
  accountOf(row: InvitationListing, { email, link }: Pick<Going, 'email' | 'link'>): Account {
    const { id, opportunityId, challenge } = row;
    const [kept] = this.bridge.rows<KeptRow>(
      `SELECT visit_stage_id AS stageId, visit_at AS visitAt, is_by_hand AS isByHand,
         intent_at AS intentAt, (SELECT outcome FROM attempts WHERE invitation_id = invitations.id
           AND effect = 'send' AND outcome <> 'adopted' ORDER BY id DESC LIMIT 1) AS lastOutcome
       FROM invitations WHERE id = ${String(id)}`,
    );
    if (!kept) throw new Error(`there is no invitation ${String(id)}`);
    const stage = nameIn(this.#stages, kept.stageId);
    const candidate = this.nameOf(opportunityId);
    const going = { row: id, candidate, challenge: this.challengeOf(challenge.id), email, link };
    const { isByHand, intentAt, visitAt, lastOutcome } = kept;
    // Until the daemon has noticed that the machine's clock was set back, it counts by the time before.
    const intended =
      intentAt === null ? null : Math.min(intentAt - this.leadMs, this.bridge.clock.now());
    const hasFailed = lastOutcome !== null && !MAY_HAVE_GONE.includes(lastOutcome);
    return { ...going, isByHand: isByHand === 1, stage, visitAt, intentAt: intended, hasFailed };
  }

  /** Of a candidate who was erased as soon as it was adopted, only CodeSubmit's id is kept. */
  erasedLinkOf({ id, state }: InvitationListing): string | null {
    if (state !== 'invited' && state !== 'linked') return null;
    const [kept] = this.bridge.rows<{ vendorId: string | null }>(
      `SELECT vendor_id AS vendorId FROM invitations WHERE id = ${String(id)}`,
    );
    const { codesubmit } = this.bridge.simulator;
    const found = codesubmit.invitations.find((one) => one.id === kept?.vendorId);
    return found ? linkOf(codesubmit, found) : null;
  }

  /** Of two that found the same one at CodeSubmit, it is that of the first. */
  inOrderOfTrying({ invitations }: Pick<Status, 'invitations'>): InvitationListing[] {
    const tried = this.bridge.rows<{ id: number }>(
      'SELECT id FROM invitations ORDER BY intent_at NULLS LAST',
    );
    const places = new Map(tried.map(({ id }, place) => [id, place]));
    return [...invitations].sort((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
  }

  /** Whether the last decision about a candidate was by the rule of that invitation. */
  isHeldByRuleOf(name: string, row: number): boolean {
    const rules = this.bridge.rows(
      `SELECT 1 FROM decisions AS d JOIN invitations AS i ON i.rule_id = d.rule_id
       WHERE d.is_current = 1 AND d.opportunity_id = '${this.idOf(name)}' AND i.id = ${String(row)}`,
    );
    return rules.length > 0;
  }

  visits(sql: string): string[] {
    return this.bridge.rows<{ visit: string }>(sql).map(({ visit }) => visit);
  }

  linksOf(name: string): string[] {
    const { links } = this.bridge.simulator.lever.opportunities.sight(this.idOf(name), 0).contact;
    return links.map((link) => link.replace(/^(?!http)/, schemeOf(link)).replace(/\/$/, ''));
  }
}

/** Lever may keep links without it. CodeSubmit's are on loopback here; those that an admin gives are not. */
function schemeOf(link: string): string {
  return link.startsWith('127.') ? 'http://' : 'https://';
}

function nameIn(all: ReadonlyMap<string, string>, id: string): string {
  const found = [...all].find(([, one]) => one === id);
  if (!found) throw new Error(`nothing has the id ${id}`);
  return found[0];
}

/**
 * After every step: everything sent was allowed, and nothing was sent to candidates held by the
 * brake.
 */
export function checkSafe(model: PromisesModel, world: World): void {
  model.now = world.bridge.clock.now();
  const { codesubmit } = world.bridge.simulator;
  const status = world.bridge.status();
  model.doubtful = findDoubtful(model, world, status);
  // Where an admin settled one, the list has shown no row of it yet.
  const accepted = world.bridge.rows<{ id: number }>(
    `SELECT id FROM invitations WHERE state IN ('invited', 'linked') AND vendor_id IS NOT NULL`,
  );
  model.accepted = new Set(accepted.map(({ id }) => id));
  const sent = codesubmit.invitations.slice(world.counted);
  world.counted = codesubmit.invitations.length;
  const braked = new Map(
    status.held
      .filter(({ reason }) => reason === 'brake')
      .map(({ opportunityId, since }) => [world.nameOf(opportunityId), since]),
  );
  // What has just been made says nothing of a reading before it.
  for (const { id, state } of status.invitations)
    if (['queued', 'cancelled', 'failed'].includes(state)) model.noteUnsent(id);
  const byApi = sent.filter(({ id, madeBy }) => madeBy === 'api' && !world.sentByOther.has(id));
  for (const one of byApi.map((invitation) => seen(world, invitation))) {
    const going = goingOf(model, world, status, one);
    const warrant = model.noteSent(going);
    const { candidate, challenge } = going;
    if (going.isByHand || model.isApproved(candidate, warrant.visitAt, challenge)) continue;
    const [visit] = world.visits(
      `SELECT ${VISIT} FROM invitations WHERE id = ${String(going.row)}`,
    );
    expect(world.brakedVisits, `the brake held ${candidate}, and ${challenge} went`).not.toContain(
      visit,
    );
    const { intentAt } = going;
    const heldThroughout = [...braked].filter(
      ([name, since]) =>
        world.braked.get(name) === since &&
        // In the same ms it was written before.
        (intentAt ?? Infinity) > Date.parse(since) - world.leadMs,
    );
    const ofSameRule = heldThroughout.filter(([name]) => {
      // Since their tags have changed, another rule may hold them.
      if (!world.isHeldByRuleOf(name, going.row)) return false;
      const due = model.due(name);
      return due.kind === 'challenge' && due.rule !== null && due.rule === warrant.rule;
    });
    expect(ofSameRule, `the brake was on, and ${challenge} went to ${candidate}`).toEqual([]);
  }
  world.braked = braked;
  world.brakedVisits = world.isHasty ? [] : world.visits(BRAKED);
  noteAdopted(model, world, status);
  model.lapseOrders();
  for (const { id, state, reason } of status.invitations) {
    const isByList = state === 'cancelled' && BY_LIST.includes(reason ?? '');
    if (isByList && model.isListVague) model.noteHeldByList(id);
  }
  if (!world.isHasty) checkNamed(model, world, status);
}

/** What was found since was in doubt when others were decided. */
function findDoubtful(
  model: PromisesModel,
  world: World,
  { invitations }: Status,
): Map<string, string[]> {
  const doubtful = new Map<string, string[]>();
  for (const { id, state, opportunityId, challenge } of invitations) {
    const isJustFound = state === 'invited' && !model.sent.some(({ row }) => row === id);
    if (state !== 'uncertain' && !isJustFound) continue;
    const name = world.nameOf(opportunityId);
    doubtful.set(name, [...(doubtful.get(name) ?? []), world.challengeOf(challenge.id)]);
  }
  return doubtful;
}

/** Within seconds it is erased, once it is known what came of the last attempt; nothing may have had time for that. */
function isJustFound(world: World, name: string): boolean {
  const since = world.bridge.clock.now() + world.leadMs - MINUTE;
  const of = `= '${world.idOf(name)}'`;
  const found = world.bridge.rows<{ at: number }>(
    `SELECT decided_at AS at FROM decisions WHERE opportunity_id ${of} AND is_current = 1
       AND reason IN ('deleted', 'anonymized')
     UNION ALL SELECT a.at FROM attempts AS a JOIN invitations AS i ON i.id = a.invitation_id
       WHERE i.opportunity_id ${of}`,
  );
  return found.some(({ at }) => at > since);
}

/** Lever's list of the deleted is read every hour in which the machine is awake, and an hour after a read that met trouble. */
function isJustGone(model: PromisesModel, world: World, name: string): boolean {
  const { goneAt } = model.candidate(name).facts;
  const { requests, switches } = world.bridge.simulator.lever;
  const { deletedList } = switches;
  if (goneAt === null) return false;
  const reads = requests.list({ route: '/v1/opportunities/deleted' });
  const missedAt = reads.findLast(({ fault }) => fault !== null)?.at ?? goneAt;
  const since = Math.max(goneAt, model.awakeSince, missedAt);
  if (deletedList !== 'refused') return model.now - since < FOUND_GONE_MS;
  return model.now - Math.max(since, model.leaptAt) < UNLISTED_GONE_MS;
}

/** Those that time may change. What was queued before a pause waits as it is. */
function findOpen(
  model: PromisesModel,
  world: World,
  { invitations, integration }: Status,
): InvitationListing[] {
  // The state names rejected keys first.
  const isPaused = model.isPaused || integration.state === 'paused';
  return invitations.filter(
    (row) =>
      OPEN.includes(row.state) &&
      !(isPaused && row.state === 'queued') &&
      !isDropped(model, world, row),
  );
}

/** Sent to someone who was erased before the link was in Lever, or will be: it stays as it is. */
function isDropped(
  model: PromisesModel,
  world: World,
  { id, state, link, opportunityId }: InvitationListing,
): boolean {
  const name = world.nameOf(opportunityId);
  const isDone = link === null || isJustGone(model, world, name);
  // They may be known again since, and have come again.
  const wasForgotten = model.sent.some(({ row, isForgotten }) => row === id && isForgotten);
  const { forgotten, visitAt } = model.candidate(name).facts;
  const isErased = wasForgotten || model.isGone(name) || forgotten === visitAt;
  return state === 'invited' && isDone && isErased;
}

/** Everything that waits too long is named as a problem. */
function checkNamed(model: PromisesModel, world: World, status: Status): void {
  for (const { minutes, ...row } of world.noteWaiting(model, status)) {
    const { id, state } = row;
    const [limit, codes] = LIMITS.get(state) ?? [Infinity, []];
    if (minutes <= limit || isDropped(model, world, row)) continue;
    const problems: string[] = status.integration.problems.map(({ code }) => code);
    const isNamed = codes.some((code) => problems.includes(code));
    const words = `invitation ${String(id)} is ${state} for ${String(minutes)} minutes`;
    expect(isNamed, `${words}, and the problems are [${problems.join(', ')}]`).toBe(true);
  }
}

/** What was at CodeSubmit without an owner and has one now. */
function noteAdopted(model: PromisesModel, world: World, status: Status): void {
  // Where the list announces more rows than it has, what it once showed may be one of them.
  const { listCount } = world.bridge.simulator.codesubmit.switches;
  // A reading of several pages may have been interrupted since its first.
  const isOfOldPage = listCount === 'too-many' || world.manner.pageSize !== undefined;
  for (const row of world.inOrderOfTrying(status)) {
    if (row.link !== null) world.nameless.delete(row.id);
    // Where an admin gave a link, or it was shared, the one that was erased may be another.
    const sent = model.sent.find((one) => one.row === row.id);
    const isOther = sent?.isSaid === true || sent?.isForgotten === true;
    const link = row.link ?? (isOther ? null : world.erasedLinkOf(row));
    const adoptedAt = Date.parse(row.invitedAt ?? '') - world.leadMs;
    const found = model.findUnowned(link, isOfOldPage ? -Infinity : adoptedAt);
    if (found) model.noteAdopted(world.accountOf(row, found), found);
    else noteReturned(model, world, status, row);
  }
}

/** Another challenge's link: CodeSubmit returned what it had instead of a second one. */
function noteReturned(
  model: PromisesModel,
  world: World,
  { invitations }: Status,
  row: InvitationListing,
): void {
  if (model.sent.some((one) => one.row === row.id)) return;
  const first = model.sent.find(({ link }) => link === row.link);
  if (!first) return;
  // Of two on their way to one address, nothing tells which was made first before its link is known.
  const isMistaken = invitations.some(({ id, state }) => id === first.row && state === 'sending');
  if (isMistaken) model.retract(first);
  const { contact } = model.candidate(world.nameOf(row.opportunityId));
  const email = model.emails.get(contact) ?? '';
  const account = world.accountOf(row, { email, link: first.link });
  // Where only the list shows links, it shows it later.
  if (world.bridge.simulator.codesubmit.switches.linkIn === 'list') model.noteSaid(account);
  else model.noteReturned(account);
}

export interface Seen {
  email: string;
  challenge: string;
  link: string;
}

export function seen(world: World, invitation: Invitation): Seen {
  const { email, testId } = invitation;
  const link = linkOf(world.bridge.simulator.codesubmit, invitation);
  return { email, challenge: world.challengeOf(testId), link };
}

/**
 * Whose invitation it is according to the program: by its link if known, else by address and
 * challenge.
 */
function goingOf(model: PromisesModel, world: World, status: Status, sent: Seen): Account {
  const rows = status.invitations.filter(({ state }) => PROMISED.includes(state));
  // Of two that share it, the one tried first was sent.
  const tried = world.inOrderOfTrying({ invitations: rows });
  const ofLink = tried.filter((row) => row.link === sent.link);
  const ofChallenge = rows.filter(
    (row) =>
      world.challengeOf(row.challenge.id) === sent.challenge && !isSent(model, world, row, sent),
  );
  const contactOf = (row: (typeof rows)[number]) =>
    model.candidate(world.nameOf(row.opportunityId)).contact;
  const ofPerson = ofChallenge.filter((row) => model.emails.get(contactOf(row)) === sent.email);
  // Lever was read at most a minute ago.
  const ofPast = ofChallenge.filter((row) => model.hasHad(contactOf(row), sent.email));
  const [row] = [...ofLink, ...ofPerson, ...ofPast];
  if (!row) throw new Error(`${sent.challenge} went to ${sent.email}, and no row says why`);
  return world.accountOf(row, sent);
}

/** Whether its last attempt has come to CodeSubmit. */
function isSent(model: PromisesModel, world: World, row: InvitationListing, sent: Seen): boolean {
  const known = model.sent.find((one) => one.row === row.id);
  if (!known) return false;
  const mayBeTriedAgain = ['sending', 'uncertain'].includes(row.state);
  return !mayBeTriedAgain || (world.accountOf(row, sent).intentAt ?? 0) <= known.at;
}

/**
 * When everything was swept and nothing waits: what is due was sent, every hold has a reason, links
 * are there.
 */
export function checkAll(model: PromisesModel, world: World): void {
  const status = world.bridge.status();
  expect(findOpen(model, world, status), 'still open').toEqual([]);
  const held = new Map(
    status.held.map(({ opportunityId, reason }) => [world.nameOf(opportunityId), reason]),
  );
  const waiting = model.orders.filter(({ isOpen, isLapsed }) => isOpen && !isLapsed);
  if (!model.isPaused) expect(waiting, 'requested and never sent').toEqual([]);
  for (const name of model.candidates.keys()) {
    if (isJustGone(model, world, name)) continue;
    checkDue(model, world, name, held.get(name));
    if (!model.isGone(name)) checkLinks(model, world, name);
    else if (model.isRead(name) && !isJustFound(world, name)) checkErased(world, name);
  }
}

/** Nothing personal is kept of them. */
export function checkErased(world: World, name: string): void {
  const of = `= '${world.idOf(name)}'`;
  const kept = world.bridge.rows(
    `SELECT name AS kept FROM opportunities WHERE id ${of} AND name IS NOT NULL
     UNION ALL SELECT state FROM invitations WHERE opportunity_id ${of}
       AND coalesce(sealed_email, first_name, last_name, sealed_link) IS NOT NULL`,
  );
  expect(kept, `what is kept of ${name}`).toEqual([]);
}

function checkDue(
  model: PromisesModel,
  world: World,
  name: string,
  held: string | undefined,
): void {
  // What an admin requested counts as promised while it waits.
  if (model.isPaused && model.orders.some(({ isOpen }) => isOpen)) return;
  const due = model.due(name);
  const dues = [due, model.dueWithoutLapsed(name), ...model.dueByPastPostings(name)];
  const allowed = dues.flatMap((one) => allowedHolds(model, name, one));
  if (due.kind === 'challenge' && isFailedAtEnd(model, world, name, due)) allowed.push(undefined);
  expect(allowed, `${name}: ${JSON.stringify(due)}`).toContain(held);
}

/** It failed as the candidate's fault though the challenge had just ended: `status` says so until `retry`. */
function isFailedAtEnd(
  model: PromisesModel,
  world: World,
  name: string,
  { rule }: Due & { kind: 'challenge' },
): boolean {
  if (rule === null) return false;
  const refusals = world.bridge.rows<{ at: number }>(
    `SELECT a.at FROM invitations AS i JOIN attempts AS a ON a.invitation_id = i.id
     WHERE i.opportunity_id = '${world.idOf(name)}' AND i.state = 'failed' AND i.reason = 'refused'
       AND i.challenge_id = '${world.challengeId(rule.challenge)}' AND a.outcome = 'refused'`,
  );
  return refusals.some(({ at }) => model.isRefusedAtEnd(rule.challenge, at - world.leadMs));
}

/** The hold allowed for a candidate for whom this is due; undefined: none. */
function allowedHolds(model: PromisesModel, name: string, due: Due): (string | undefined)[] {
  if (due.kind === 'nothing') return [undefined];
  const { visitAt } = model.candidate(name).facts;
  if (due.obstacles.length === 0) {
    const challenge = due.rule?.challenge ?? '';
    // Those who were there before a rule are invited by that one only.
    const isFree =
      due.rule?.wanted.get(name) === visitAt ||
      APPROVABLE.some((reason) => model.isApproved(name, visitAt, challenge, reason));
    return model.hasBrake && !isFree ? ['brake'] : [];
  }
  // What was queued before a pause waits as it is, and a refused one is not on hold. Who was forgotten always is.
  const isElsewhere =
    !due.obstacles.includes('forgotten') &&
    due.obstacles.some((one) => one === 'paused' || one === 'refused');
  const waits = isElsewhere ? [undefined] : [];
  return [...due.obstacles, ...(model.hasBrake ? ['brake'] : []), ...waits];
}

function checkLinks(model: PromisesModel, world: World, name: string): void {
  // With a person their links were erased here.
  const isKept = ({ candidate, isForgotten }: Sent): boolean =>
    isForgotten !== true && !model.isGone(candidate);
  const links = world.linksOf(name);
  // Each of two may add one before it sees that of the other.
  // docs/durability.md: so may one who looks while Lever's reads are further behind.
  const most = world.other === undefined && model.lateReadMs <= 2 * MINUTE ? 1 : 2;
  const copies = links.map((link) => links.filter((one) => one === link).length);
  if (!world.isReturned)
    expect(Math.max(0, ...copies), `links of ${name}`).toBeLessThanOrEqual(most);
  const own = model.sent.filter(({ candidate }) => candidate === name);
  const { contact } = model.candidate(name);
  const due = model.due(name);
  for (const { link } of own.filter(isKept)) {
    const isRemoved = model.isLinkRemoved(link, contact);
    if (!isRemoved) expect(links, `links of ${name}`).toContain(link);
    else if (!world.isRestored) expect(links, `links of ${name}`).not.toContain(link);
  }
  const had = due.kind === 'nothing' ? (due.had ?? []) : [];
  if (had.length === 0 || had.some((sent) => sent.contact === contact || !isKept(sent))) return;
  if (isRequested(model, world, name, had)) return;
  // If the person has several, by `send --again`, any of them is right.
  const shared = had.map(({ link }) => link);
  if (shared.some((link) => model.isLinkRemoved(link, contact))) return;
  expect(
    shared.some((link) => links.includes(link)),
    `${name} has one of ${shared.join()}`,
  ).toBe(true);
}

/**
 * During a pause an admin's request waits. Until it is sent or cancelled it counts as this visit's
 * challenge, or as the one this person has, so another contact's link isn't shared.
 */
function isRequested(
  model: PromisesModel,
  world: World,
  name: string,
  had: readonly Sent[],
): boolean {
  const { contact, facts } = model.candidate(name);
  const waiting = world.bridge.status().invitations.filter(({ state }) => state === 'queued');
  return model.orders
    .filter(({ row }) => waiting.some(({ id }) => id === row))
    .some(({ candidate, challenge, stage, visitAt }) => {
      const isOfVisit = stage === facts.stage && visitAt === facts.visitAt;
      if (candidate === name && isOfVisit) return true;
      const isSamePerson = model.candidate(candidate).contact === contact;
      return isSamePerson && had.some((sent) => sent.challenge === challenge);
    });
}
