/** Manual controls: what an admin's commands request, and what they must refuse. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { type findApprovable, retry, settle } from '../../src/admin/actions/admin-actions.js';
import type { InvitationListing } from '../../src/admin/status.js';
import { planSend, queueSend } from '../../src/admin/actions/send.js';
import { HOUR_MS } from '../../src/domain/clock.js';
import type { ApprovableReason } from '../../src/domain/reasons.js';
import { ApiError, AppError } from '../../src/domain/errors.js';
import { checkSafe, OPEN, showsLink } from './checks.js';
import type { World } from './world.js';
import { move } from './moves.js';
import { OVERLAPS, pass, someone, Step } from './step.js';
import { isOfPair, type PromisesModel } from './promises-model.js';
import { CHALLENGES, TAKE_HOME } from './rules-model.js';

export const approvals = fc.oneof(someone, fc.constant('all' as const)).map(
  (who) =>
    new Step(`approve ${who}`, async (model, world) => {
      await world.bridge.approve(who === 'all' ? who : [world.idOf(who)], (holds) =>
        noteApprovals(model, world, holds),
      );
    }),
);

export function noteApprovals(
  model: PromisesModel,
  world: World,
  holds: ReturnType<typeof findApprovable>,
): void {
  for (const { opportunityId, visitAt, challengeId, ...held } of holds) {
    const reason = held.reason as ApprovableReason;
    const candidate = world.nameOf(opportunityId);
    model.approve({ candidate, visitAt, challenge: world.challengeOf(challengeId), reason });
  }
}

export const pausing = new Step(
  'pause',
  async (model, { bridge }) => {
    await bridge.pause();
    model.pausedAt = model.now = bridge.clock.now();
  },
  OVERLAPS,
  (model) => !model.isPaused,
);

export const resuming = new Step(
  'resume',
  async (model, world) => {
    model.pausedAt = null;
    world.restartWaiting();
    await world.bridge.resume();
  },
  OVERLAPS,
  (model) => model.isPaused,
);

/** By the rules or regardless of them; deliberately again or not. */
export const sends = fc
  .tuple(someone, fc.constantFrom(undefined, ...CHALLENGES), fc.constantFrom(false, false, true))
  .map(([who, challenge, isAgain]) => requested({ who, challenge, isAgain }));

interface Wish {
  who: string;
  challenge: string | undefined;
  isAgain: boolean;
}

export function requested(wish: Wish): Step {
  const { who, challenge, isAgain } = wish;
  return new Step(
    `send ${who} ${challenge ?? 'what is due'}${isAgain ? ' again' : ''}`,
    (model, world) => send(model, world, wish),
  );
}

/** An admin asks for what Lever shows. */
export async function untilShown(model: PromisesModel, world: World): Promise<void> {
  if (model.lateReadMs === 0) return;
  pass(model, world, model.lateReadMs);
  await world.bridge.settle();
  // Beside another data directory, the model learns only here what was sent meanwhile.
  checkSafe(model, world);
}

async function send(model: PromisesModel, world: World, wish: Wish): Promise<void> {
  const { who, isAgain } = wish;
  await untilShown(model, world);
  const refusal = () => model.refusalOf(who, wish.challenge, isAgain);
  const known = refusal();
  const wanted = wish.challenge === undefined ? undefined : world.challengeId(wish.challenge);
  const isOnItsWay = () =>
    world.bridge.status().invitations.some(({ state }) => OPEN.includes(state));
  let wasOnItsWay = isOnItsWay();
  try {
    await world.bridge.command(async (app) => {
      try {
        const plan = await planSend(app, { who: world.idOf(who), challenge: wanted, isAgain });
        const row = await queueSend(app, plan);
        const challenge = world.challengeOf(plan.challenge.id);
        expect(known, `send ${who} ${challenge} was taken`).toBeUndefined();
        model.order(row, who, challenge, isAgain);
      } finally {
        // The daemon may have promised it while the command called Lever, and is done with it soon.
        wasOnItsWay ||= isOnItsWay();
      }
    });
  } catch (error) {
    // A vendor's failure proves nothing.
    if (error instanceof ApiError) return;
    if (!(error instanceof AppError)) throw error;
    if (!['conflict', 'usage'].includes(error.code)) return;
    const isVague = error.message.includes('(similar_address)') && model.isListVague;
    expect(
      // The daemon may have sent it meanwhile.
      known ??
        refusal() ??
        (wasOnItsWay || isVague || showsLink(model, world, who, wish.challenge)),
      `send ${who}: ${error.message}`,
    ).toBeTruthy();
  }
}

/** Any invitation, whatever its state. */
export function retried(number: number): Step {
  return new Step(`retry invitation ${String(number)}`, async (model, { bridge }) => {
    const { invitations } = bridge.status();
    const row = invitations[number % Math.max(invitations.length, 1)];
    if (!row) return;
    const id = row.id;
    if (row.state === 'failed') model.reopenOrder(row.id);
    const taken = await bridge
      .command((app) => retry(app, [id]))
      .catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'conflict' });
        expect(row.state).toBe('uncertain');
      });
    // Another was promised in its place.
    if (row.state === 'failed' && !taken?.includes(id)) model.closeOrder(row.id);
  });
}

export const retries = fc.nat(9).map(retried);

type Word = 'sent' | 'not sent';
const words = fc.constantFrom<Word>('sent', 'not sent');

/** Rightly or wrongly, for the first one with an unknown outcome. */
export const settlements = words.map(
  (word) => new Step(`settle as ${word}`, (model, world) => settleAs(model, world, word)),
);

/** It may be on its way; an admin doesn't wait for the look-up. */
export function doubted(who: string, when: 'before' | 'after', word: Word): Step {
  return new Step(
    `move ${who} to ${TAKE_HOME}, no answer ${when} the work, settle as ${word}`,
    async (model, world) => {
      const { faults } = world.bridge.simulator.codesubmit;
      const route = '/api/external/candidates';
      faults.set({ kind: '5xx', when, method: 'POST', route, times: 1 });
      await move(model, world, who, TAKE_HOME, 'announced');
      checkSafe(model, world);
      await settleAs(model, world, word);
    },
    OVERLAPS,
  );
}

export const doubts = fc
  .tuple(someone, fc.constantFrom<'before' | 'after'>('before', 'after'), words)
  .map(([who, when, word]) => doubted(who, when, word));

/**
 * Settles everything that CodeSubmit's list didn't show, as an admin who looked there does. Each
 * once: what is sent then may fail in its turn. Returns whether there was any.
 */
export async function settleTheRest(model: PromisesModel, world: World): Promise<boolean> {
  const settled = new Set<number>();
  for (;;) {
    const row = world.bridge
      .status()
      .invitations.find(({ id, state }) => state === 'uncertain' && !settled.has(id));
    if (!row) return settled.size > 0;
    settled.add(row.id);
    await settleRow(model, world, row, isThere(model, world, row) ? 'sent' : 'not sent');
    checkSafe(model, world);
  }
}

/** If CodeSubmit makes no second one, whatever it has for the candidate counts. */
function isThere(model: PromisesModel, world: World, row: InvitationListing): boolean {
  if (model.sent.some((sent) => sent.row === row.id)) return true;
  const { contact } = model.candidate(world.nameOf(row.opportunityId));
  const email = model.emails.get(contact) ?? '';
  const isOnlyOne = world.manner.secondPost !== undefined;
  return isOnlyOne && model.isAtCodeSubmit(email, world.challengeOf(row.challenge.id));
}

async function settleAs(model: PromisesModel, world: World, word: Word): Promise<void> {
  const row = world.bridge.status().invitations.find(({ state }) => state === 'uncertain');
  // Nobody says so before CodeSubmit can have done it.
  if (row && model.now > world.workUntil) await settleRow(model, world, row, word);
}

async function settleRow(
  model: PromisesModel,
  world: World,
  row: InvitationListing,
  word: Word,
): Promise<void> {
  const id = row.id;
  const isSent = word === 'sent';
  const said = isSent
    ? sayWhere(model, world, row)
    : {
        link: null,
        tell: () => noteNotSent(model, world, row),
      };
  await world.bridge.command(async (app) => {
    try {
      await settle(app, id, { isSent, link: said.link });
    } catch (error) {
      // A look-up may have ended at the same moment.
      const now = world.bridge.status().invitations.find((one) => one.id === row.id);
      if (error instanceof AppError && now?.state !== 'uncertain') return;
      throw error;
    }
    if (isSent) world.settled.add(row.id);
    said.tell();
  });
}

export function noteNotSent(model: PromisesModel, world: World, row: InvitationListing): void {
  model.disown(row.id);
  // An admin has checked it and wants it sent: no brake stops it, nor what the list doesn't tell.
  const { candidate, visitAt, challenge } = world.accountOf(row, { email: '', link: '' });
  for (const reason of ['brake', 'similar_address'] as const)
    model.approve({ candidate, visitAt, challenge, reason });
}

interface Said {
  link: string | null;
  /** Tells the model, once it is done. */
  tell: () => void;
}

/** The link that the admin gives: none if CodeSubmit's list soon shows it, or if it isn't there. */
function sayWhere(model: PromisesModel, world: World, row: InvitationListing): Said {
  const known = model.sent.find((sent) => sent.row === row.id);
  if (known) {
    const { email, challenge, link } = known;
    const isTold = model.unowned.some((one) => isOfPair(one, email, challenge));
    // A restored copy may not know yet what was sent and deleted since.
    const isSoonListed = (model.ways.lagMs ?? Infinity) < HOUR_MS && !model.isDeleted(link);
    if (isTold || !isSoonListed || !model.isListUsable) return { link, tell: () => undefined };
    return { link: null, tell: () => world.nameless.set(row.id, known) };
  }
  const link = `https://app.codesubmit.io/c/by-hand/${String(row.id)}`;
  const account = world.accountOf(row, { email: triedAddress(model, world, row), link });
  return {
    link,
    tell: () => model.noteSaid(account, true),
  };
}

/** Another one may be first in Lever since. */
export function triedAddress(model: PromisesModel, world: World, row: InvitationListing): string {
  const email = world.triedAddress(row);
  const { contact } = model.candidate(world.nameOf(row.opportunityId));
  expect(model.hasHad(contact, email), `${email} was an address of ${contact}`).toBe(true);
  return email;
}
