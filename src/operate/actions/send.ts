/** `send`: one challenge for one person, by an admin's word. It stands for rule, tag, delay and brake, and for nothing else. */
import { matchRule } from '../../domain/decide/match-rule.js';
import {
  findPromise,
  checkManualEligibility,
  type ManualOrder,
  type Recipient,
} from '../../domain/decide/eligibility.js';
import { DAY_MS } from '../../domain/clock.js';
import type { Challenge } from '../../domain/codesubmit-port.js';
import type { SentElsewhereReason } from '../../domain/decision.js';
import { AppError } from '../../domain/errors.js';
import type { InvitationId } from '../../domain/ids.js';
import { PROMISED_STATES } from '../../domain/invitation.js';
import type { Opportunity, Sighting } from '../../domain/opportunity.js';
import { REASONS, settleEither, type ReasonCode } from '../../domain/reasons.js';
import { DEFAULT_REUSE_DAYS, type Rule } from '../../domain/rule.js';
import type { NewHandOrder } from '../../pipeline/invitations/promise-invitations.js';
import type { InvitationRow } from '../../pipeline/invitations/invitation-store.js';
import { findOne, isSame } from '../../setup/rules/activate-rules.js';
import { getOne } from '../find-people.js';
import type { AppContext } from '../../app/app-context.js';
import { Vendors } from '../../vendors/vendor-clients.js';

export interface SendRequest {
  who: string;
  /** Name or id; undefined for what the rules say. */
  challenge: string | undefined;
  isAgain: boolean;
}

const PROMISED = new Set<string>(PROMISED_STATES);
/** Something is on its way: sending once more beside it would be no deliberate repetition. */
const OPEN = new Set<string>(['queued', 'sending', 'uncertain']);

/** Who would get what. Reads Lever and, for a challenge that no rule has, CodeSubmit; writes nothing. */
export async function planSend(app: AppContext, request: SendRequest): Promise<NewHandOrder> {
  app.integration.requireInUse();
  const vendors = new Vendors(app, app.http);
  const id = await getOne(app, request.who, () => vendors.lever());
  const sighting = await vendors.lever().readOpportunity(id);
  if (sighting.kind !== 'opportunity') throw notWarranted(id, 'no_access');
  const opportunity = app.visits.find(sighting.opportunity);
  const { challenge, rule } = await chooseChallenge(app, vendors, request, opportunity);
  const plan = {
    opportunity,
    challenge,
    ruleId: rule?.id ?? null,
    dueDays: rule?.dueDays ?? null,
    timeLimitMinutes: rule?.timeLimitMinutes ?? null,
    reuseMs: (rule?.reuseDays ?? DEFAULT_REUSE_DAYS) * DAY_MS,
    isAgain: request.isAgain,
  };
  requireOnce(app, plan);
  return { ...plan, recipient: getRecipient(plan, sighting, app.leverNow()) };
}

type PlannedOrder = Omit<NewHandOrder, 'recipient'>;

/** Queues it, if nothing was promised meanwhile; a running daemon sends it after a look of its own. */
export function queueSend(app: AppContext, plan: NewHandOrder): Promise<InvitationId> {
  return app.database.write((tx) => {
    app.integration.requireInUse();
    app.visits.settle(tx, plan.opportunity);
    const opportunity = app.visits.find(plan.opportunity);
    requireOnce(app, { ...plan, opportunity });
    const now = app.runtime.clock.now();
    app.decisions.see(tx, opportunity, true, now);
    const id = app.manualInvitations.queue(
      tx,
      { ...plan, opportunity },
      { now, promisedAt: app.leverNow() },
    );
    const outcome = plan.isAgain ? 'asked_again_by_hand' : 'asked_by_hand';
    app.sendQueue.record(tx, id, { outcome, detail: null }, now);
    return id;
  });
}

interface Chosen {
  challenge: Challenge;
  /** Whose options it goes with. */
  rule: Rule | undefined;
}

async function chooseChallenge(
  app: AppContext,
  vendors: Vendors,
  request: SendRequest,
  opportunity: Opportunity,
): Promise<Chosen> {
  const rules = app.rules.listActive();
  const rule =
    request.challenge === undefined
      ? await ruleFor(vendors, rules, opportunity)
      : ruleWith(request.challenge, rules, opportunity);
  if (rule) return { challenge: { id: rule.challengeId, name: rule.challengeName }, rule };
  const challenges = await vendors.codesubmit().listChallenges();
  const challenge = findOne(
    'challenge',
    request.challenge ?? '',
    challenges.map((item) => ({ id: item.id, name: item.name, item })),
    'Name one of them: codesubmit-lever send WHO --challenge ID',
  );
  return { challenge, rule: undefined };
}

/** The rule that sends this challenge: one of the person's stage, else any. */
function ruleWith(
  wanted: string,
  rules: readonly Rule[],
  { stageId }: Opportunity,
): Rule | undefined {
  const having = rules.filter(
    (rule) => rule.challengeId === wanted || isSame(rule.challengeName, wanted),
  );
  const ids = new Set(having.map((rule) => rule.challengeId));
  if (ids.size > 1) return undefined;
  return having.find((rule) => rule.stageId === stageId) ?? having[0];
}

/** Throws `usage` when the stage and tags name no challenge. */
async function ruleFor(
  vendors: Vendors,
  rules: readonly Rule[],
  opportunity: Opportunity,
): Promise<Rule> {
  const input = { opportunity, rules, alreadyHad: new Set<never>() };
  let match = matchRule(input);
  if (match.kind === 'posting_needed') {
    const postingTags = await vendors.lever().readPostingTags(opportunity.id);
    match = matchRule({ ...input, postingTags });
  }
  if (match.kind === 'rule') return match.rule;
  throw new AppError(
    'usage',
    'No rule says which challenge this person is due: their stage and tags name none, or several.',
    'Name one: codesubmit-lever send WHO --challenge NAME',
  );
}

function orderOf({ opportunity, challenge, isAgain, reuseMs }: PlannedOrder): ManualOrder {
  return { challengeId: challenge.id, stageId: opportunity.stageId, isAgain, reuseMs };
}

function getRecipient(plan: PlannedOrder, sighting: Sighting, now: number): Recipient {
  const warrant = checkManualEligibility(orderOf(plan), { sighting, ofPerson: [], now });
  if (warrant.isEligible) return warrant.recipient;
  throw notWarranted(plan.opportunity.name || plan.opportunity.id, warrant.reason);
}

function refusalOf(reason: ReasonCode): string {
  return REASONS[reason].refusal ?? 'can’t be sent a challenge now';
}

function notWarranted(who: string, reason: ReasonCode): AppError {
  return new AppError(
    'conflict',
    `${who} ${refusalOf(reason)} (${reason}): nothing is sent.`,
    'Change it in Lever first. See: codesubmit-lever status WHO',
  );
}

/** Throws `conflict` for what was promised already; `isAgain` excepts all but what is still on its way. */
function requireOnce(app: AppContext, plan: PlannedOrder): void {
  const own = app.invitations.listOf(plan.opportunity.id);
  const same = own.filter((row) => row.challenge_id === plan.challenge.id);
  const open = same.find(({ state }) => OPEN.has(state));
  if (open) throw onItsWay(open);
  if (plan.isAgain) return;
  const promised =
    same.find(({ state }) => PROMISED.has(state)) ??
    own.find((row) => PROMISED.has(row.state) && isOfVisit(row, plan.opportunity));
  if (promised) {
    throw alreadyPromised(
      `invitation ${String(promised.id)} (“${promised.challenge_name}”, ${promised.state})`,
    );
  }
  const ofPerson = app.invitations.promisesToPerson(plan.opportunity);
  const found = findPromise(orderOf(plan), {
    sighting: { kind: 'opportunity', opportunity: plan.opportunity },
    ofPerson,
    now: app.leverNow(),
  });
  if (found) {
    throw alreadyPromised(
      `invitation ${String(found.invitationId)}, through another opportunity of the same person`,
    );
  }
  const elsewhere = app.sentElsewhere.find(
    plan.opportunity,
    orderOf(plan),
    app.runtime.clock.now(),
  );
  if (elsewhere) throw sentElsewhere(elsewhere);
}

function sentElsewhere(reason: SentElsewhereReason): AppError {
  return new AppError(
    'conflict',
    `This person ${refusalOf(reason)} (${reason}).`,
    'To send one all the same, add --again to the command.',
  );
}

function isOfVisit(row: InvitationRow, opportunity: Opportunity): boolean {
  return (
    row.repetition === 0 &&
    row.visit_stage_id === (opportunity.stageId ?? '') &&
    row.visit_at === opportunity.visitAt
  );
}

function alreadyPromised(what: string): AppError {
  return new AppError(
    'conflict',
    `This person was sent a challenge already: ${what}. Nothing is sent twice by itself.`,
    'To send one all the same, add --again to the command.',
  );
}

function onItsWay({ id, state, challenge_name: name }: InvitationRow): AppError {
  const hint =
    state === 'uncertain'
      ? settleEither(id)
      : 'It goes by itself while the daemon runs. See: codesubmit-lever status';
  const message = `“${name}” is on its way to this person: invitation ${String(id)} is ${state}.`;
  return new AppError('conflict', message, hint);
}
