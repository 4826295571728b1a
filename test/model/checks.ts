/** Compares what both vendors show after each step with the model. */
import { expect } from 'vitest';
import type { InvitationListing } from '../../src/admin/status.js';
import type { Invitation } from '../../src/simulator/codesubmit/codesubmit-records.js';
import { linkOf } from '../../src/simulator/codesubmit/invitation-view.js';
import type { Status } from '../simulation/simulated-bridge.js';
import type { PromisesModel } from './promises-model.js';
import type { Account, Braked, Due, Sent } from './records.js';
import { DAY, isForEvery, MINUTE, type Rule } from './rules-model.js';
import { sealedAmong, valuesAbout } from '../rigs/rows-about.js';
import type { World } from './world.js';

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
const FOUND_GONE_MS = DAY + 60 * MINUTE;
/** Where Lever doesn't list the deleted, who wasn't seen for a week is looked at, and must be hidden for another. */
const UNLISTED_GONE_MS = 15 * DAY;

/**
 * After every step: everything sent was allowed, and nothing was sent to candidates held by the
 * brake.
 */
export function checkSafe(model: PromisesModel, world: World): void {
  model.now = world.bridge.clock.now();
  const { codesubmit } = world.bridge.simulator;
  const status = world.bridge.status();
  model.doubtful = findDoubtful(model, world, status);
  world.noteStates(status);
  // Where an admin settled one, the list has shown no row of it yet.
  const unlisted = model.ways.isLate ? world.bridge.unlisted() : [];
  const accepted = status.invitations.filter(
    ({ id, state }) => (state === 'invited' || state === 'linked') && !unlisted.includes(id),
  );
  model.accepted = new Set(accepted.map(({ id }) => id));
  const sent = codesubmit.invitations.slice(world.counted);
  world.counted = codesubmit.invitations.length;
  const braked = findBraked(model, world, status);
  // What has just been made says nothing of a reading before it.
  for (const { id, state } of status.invitations)
    if (['queued', 'cancelled', 'failed'].includes(state)) model.noteUnsent(id);
  const byApi = sent.filter(({ id, madeBy }) => madeBy === 'api' && !world.sentByOther.has(id));
  for (const one of byApi.map((invitation) => seen(world, invitation))) {
    if (isLateTwin(model, world, status, one)) {
      model.unowned.push({ ...one, at: model.now });
      model.noteMade(one);
      continue;
    }
    const going = goingOf(model, world, status, one);
    const { rule, visitAt } = model.noteSent(going);
    const { candidate, challenge, intentAt } = going;
    if (!rule || model.isApproved(candidate, visitAt, challenge)) continue;
    const isOfRule = (held: Braked): boolean =>
      held.rule?.stage === rule.stage && held.rule.tag === rule.tag;
    const own = world.brakedInQuiet.filter(
      (held) =>
        held.candidate === candidate &&
        held.visitAt === visitAt &&
        isOfRule(held) &&
        !mayHaveLeft(model, held),
    );
    expect(own, `the brake held ${candidate}, and ${challenge} went`).toEqual([]);
    const ofSameRule = [...braked.values()].filter(
      (held) =>
        world.braked.get(held.candidate) === held &&
        // In the same ms it was written before.
        (intentAt ?? Infinity) > Date.parse(held.since) - world.leadMs &&
        isOfRule(held) &&
        isDueBy(model, held, rule),
    );
    expect(ofSameRule, `the brake was on, and ${challenge} went to ${candidate}`).toEqual([]);
  }
  world.braked = braked;
  world.brakedInQuiet = world.isHasty ? [] : [...braked.values()];
  noteAdopted(model, world, status);
  model.lapseOrders();
  for (const { id, opportunityId, state, reason } of status.invitations) {
    const isByList = state === 'cancelled' && BY_LIST.includes(reason ?? '');
    // A row may name its challenge as the list of challenges, renewed with every sweep, doesn't yet.
    const isUnknown = model.areNamesChanged && model.hasUnowned(world.nameOf(opportunityId));
    if (isByList && (model.isListVague || isUnknown)) model.noteHeldByList(id);
  }
  if (!world.isHasty) checkNamed(model, world, status);
}

/** Whom a brake holds, and for which visit and rule: as it was when they were first seen on hold. */
function findBraked(
  model: PromisesModel,
  world: World,
  { held }: Pick<Status, 'held'>,
): Map<string, Braked> {
  const braked = held.filter(({ reason }) => reason === 'brake');
  return new Map(
    braked.map(({ opportunityId, since }) => {
      const candidate = world.nameOf(opportunityId);
      const before = world.braked.get(candidate);
      if (before?.since === since) return [candidate, before];
      const due = model.due(candidate);
      const { visitAt } = model.candidate(candidate).facts;
      // In haste Lever may have changed since the decision: then it isn't known by which rule they are on hold.
      const rule = due.kind === 'challenge' && !world.isHasty ? due.rule : null;
      return [candidate, { candidate, since, visitAt, rule }];
    }),
  );
}

/** docs/durability.md: a list that is behind shows who has just left, and then nobody is on hold for that visit. */
function mayHaveLeft(model: PromisesModel, { candidate, visitAt }: Braked): boolean {
  return model.lateReadMs > 0 && model.candidate(candidate).facts.visitAt !== visitAt;
}

/** Since their tags have changed, another rule may hold them. */
function isDueBy(model: PromisesModel, { candidate }: Braked, rule: Rule): boolean {
  const due = model.due(candidate);
  if (due.kind !== 'challenge') return false;
  // One for every challenge is about the challenge of each.
  return due.rule === rule || (due.rule !== null && isForEvery(due.rule) && isForEvery(rule));
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
  const { entries } = world.bridge.timeline(world.idOf(name));
  return entries.some(
    ({ at, what, outcome }) =>
      Date.parse(at) > since &&
      (what === 'attempt' || outcome === 'ignore: deleted' || outcome === 'ignore: anonymized'),
  );
}

/** Lever's list of the deleted is read every day in which the machine is awake, and again after a read that met trouble. */
function isJustGone(model: PromisesModel, world: World, name: string): boolean {
  const { goneAt } = model.candidate(name).facts;
  const { requests, switches } = world.bridge.simulator.lever;
  const { deletedList } = switches;
  if (goneAt === null) return false;
  const reads = requests.list({ route: '/v1/opportunities/deleted' });
  const missedAt = reads.findLast(({ fault }) => fault !== null)?.at ?? goneAt;
  const since = Math.max(goneAt, model.awakeSince, missedAt);
  if (deletedList !== 'refused') return model.now - since < FOUND_GONE_MS;
  // docs/architecture.md: a read that disagrees, as with an admin's request, is repeated after 5 and 30 s, which a history
  // may leap over.
  const rereadMs = model.orders.some(({ candidate }) => candidate === name) ? 7 * DAY : 0;
  return model.now - Math.max(since, model.leaptAt) < UNLISTED_GONE_MS + rereadMs;
}

/** Those that time may change. What was queued before a pause waits as it is. */
export function findOpen(
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
  for (const { minutes, ...row } of world.noteWaiting(status)) {
    const { id, state } = row;
    const [limit, codes] = LIMITS.get(state) ?? [Infinity, []];
    // docs/operating.md, `clock_off`: on a clock that was set back hours ago it looks as young again for minutes.
    const ownAgeMs = model.now + world.leadMs - Date.parse(row.invitedAt ?? '');
    const looksYoung = world.leadMs < 0 && ownAgeMs >= 0 && ownAgeMs < 3 * MINUTE;
    if (minutes <= limit || looksYoung || isDropped(model, world, row)) continue;
    const problems: string[] = status.integration.problems.map(({ code }) => code);
    const isNamed = codes.some((code) => problems.includes(code));
    const words = `invitation ${String(id)} is ${state} for ${String(minutes)} minutes`;
    expect(isNamed, `${words}, and the problems are [${problems.join(', ')}]`).toBe(true);
  }
}

/** What was at CodeSubmit without an owner and has one now. */
function noteAdopted(model: PromisesModel, world: World, status: Status): void {
  for (const row of world.inOrderOfTrying(status.invitations)) {
    if (row.link !== null) world.nameless.delete(row.id);
    // Where an admin gave a link, or it was shared or adopted before, the one that was erased may be another.
    const sent = model.sent.find((one) => one.row === row.id);
    const isOther = sent?.isSaid !== undefined || sent?.isForgotten === true;
    const link = row.link ?? (isOther ? null : world.erasedLinkOf(row));
    const adoptedAt = Date.parse(row.invitedAt ?? '') - world.leadMs;
    const found = model.findUnowned(link, adoptedAt - copyAgeMs(model, world, adoptedAt));
    if (found) model.noteAdopted(world.accountOf(row, found), found);
    else noteReturned(model, world, status, row);
  }
}

/**
 * docs/durability.md: a row leaves the copy when two whole readings lack it. While the list counts more rows than it
 * shows, no reading is whole. Where it has several pages, a reading may stop after the first of them for up to a day.
 */
function copyAgeMs({ toldSince }: PromisesModel, { bridge, manner }: World, at: number): number {
  const { requests, switches } = bridge.simulator.codesubmit;
  if (switches.listCount === 'too-many') return Infinity;
  const reads = requests
    .list({ method: 'GET', route: '/api/external/candidates', status: 200 })
    .filter((read) => read.at <= at);
  const beforeLast = reads.at(-2)?.at;
  if (beforeLast !== undefined && beforeLast < toldSince) return Infinity;
  if (manner.pageSize !== undefined) return 2 * DAY;
  return at - (beforeLast ?? at);
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
  else model.noteReturned(account, first);
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
  const tried = world.inOrderOfTrying(rows);
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

/**
 * CodeSubmit was still working on it when another of the same pair was found. docs/durability.md, “A lost answer”: what was
 * created since the request is taken for it.
 */
function isLateTwin(model: PromisesModel, world: World, status: Status, sent: Seen): boolean {
  return status.invitations.some((row) => {
    const known = model.sent.find((one) => one.row === row.id);
    if (known?.isSaid === undefined || known.link === sent.link) return false;
    // A manual invitation may spell the address in another case.
    const isSameAddress = known.email.toLowerCase() === sent.email.toLowerCase();
    const isOfPair = known.challenge === sent.challenge && isSameAddress;
    return isOfPair && (world.accountOf(row, sent).intentAt ?? Infinity) <= known.at;
  });
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

/** Nothing personal is kept of them: nothing shown, nothing sealed, no name in any row about them. */
export function checkErased(world: World, name: string): void {
  const { bridge } = world;
  const id = world.idOf(name);
  const { candidate, invitations } = bridge.timeline(id);
  const shown = [candidate, ...invitations.flatMap((one) => [one.candidate, one.link])];
  expect(
    shown.filter((one) => one !== null),
    `what is shown of ${name}`,
  ).toEqual([]);
  const kept = valuesAbout(bridge.rowsOfAll(), [id]);
  const texts = kept.filter((value) => world.isNameOf(name, value));
  expect([...texts, ...sealedAmong(kept)], `what is kept of ${name}`).toEqual([]);
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
  if (due.kind === 'challenge' && showsLink(model, world, name, due.rule?.challenge ?? ''))
    allowed.push(undefined, 'forgotten');
  if (due.kind === 'challenge' && isLinkShown(model, world, name, due)) allowed.push(undefined);
  expect(allowed, `${name}: ${JSON.stringify(due)}`).toContain(held);
}

/** A profile that shows a link of ours is that person (docs/operating.md), though its addresses changed since. */
function isLinkShown(
  { sent, now }: PromisesModel,
  world: World,
  name: string,
  { rule }: Extract<Due, { kind: 'challenge' }>,
): boolean {
  if (rule === null) return false;
  const links = world.linksOf(name);
  return sent.some(
    ({ challenge, link, at }) =>
      challenge === rule.challenge && now - at < rule.reuseDays * DAY && links.includes(link),
  );
}

/**
 * docs/operating.md: a profile that shows the link of a challenge is that person, whatever its address has become; and so
 * is one with an address that another got after it had the challenge, once a read showed it. Without a challenge: of any.
 */
export function showsLink(
  model: PromisesModel,
  world: World,
  name: string,
  challenge?: string,
): boolean {
  const links = world.linksOf(name);
  const { contact } = model.candidate(name);
  const email = model.emails.get(contact) ?? '';
  return model.sent.some(
    (sent) =>
      (links.includes(sent.link) ||
        (sent.contact !== contact && model.hasHad(sent.contact, email))) &&
      (challenge ?? sent.challenge) === sent.challenge,
  );
}

/** It failed as the candidate's fault though the challenge had just ended: `status` says so until `retry`. */
function isFailedAtEnd(
  model: PromisesModel,
  world: World,
  name: string,
  { rule }: Due & { kind: 'challenge' },
): boolean {
  if (rule === null) return false;
  const { invitations, entries } = world.bridge.timeline(world.idOf(name));
  const id = world.challengeId(rule.challenge);
  const isRefused = invitations.some(
    ({ state, reason, challenge }) =>
      state === 'failed' && reason === 'refused' && challenge.id === id,
  );
  return (
    isRefused &&
    entries.some(
      ({ outcome, at }) =>
        outcome === 'send: refused' &&
        model.isRefusedAtEnd(rule.challenge, Date.parse(at) - world.leadMs),
    )
  );
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
  const holds = due.obstacles.map((one) => (one === 'names_none' ? 'unknown_challenge' : one));
  return [...holds, ...(model.hasBrake ? ['brake'] : []), ...waits];
}

function checkLinks(model: PromisesModel, world: World, name: string): void {
  // With a person their links were erased here.
  const isKept = ({ candidate, isForgotten }: Sent): boolean =>
    isForgotten !== true && !model.isGone(candidate);
  const links = world.linksOf(name);
  const { contact } = model.candidate(name);
  // docs/durability.md: while Lever's reads are further behind, each opportunity of the contact may add it.
  const opportunities = [...model.candidates.values()].filter((one) => one.contact === contact);
  const isFurtherBehind = model.lateReadMs > 2 * MINUTE;
  const most = Math.max(world.mostCopies, isFurtherBehind ? 1 + opportunities.length : 1);
  const copies = links.map((link) => links.filter((one) => one === link).length);
  expect(Math.max(0, ...copies), `links of ${name}`).toBeLessThanOrEqual(most);
  const own = model.sent.filter(({ candidate }) => candidate === name);
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
