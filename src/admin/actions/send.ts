/** `send`: one challenge for one candidate. It replaces rule, tag, delay and brake; all other checks still apply. */
import { storeIdentity } from '../../store/candidates.js';
import { catalogOf, isForEvery, rulesFor } from '../../domain/decide/challenge-tags.js';
import { matchRule } from '../../domain/decide/match-rule.js';
import {
  promisedToPerson,
  checkManualEligibility,
  type ManualOrder,
} from '../../domain/decide/decide.js';
import { AppError } from '../../domain/errors.js';
import type { InvitationId } from '../../domain/ids.js';
import { PROMISED_STATES } from '../../domain/invitation.js';
import type { Opportunity } from '../../domain/opportunity.js';
import { REASONS, howToSettle, type ReasonCode } from '../../domain/reasons.js';
import { DEFAULT_REUSE_DAYS, namesOf, type Rule } from '../../domain/rule.js';
import type { Bridge } from '../../bridge/bridge.js';
import { type ManualPromise, queueManual } from '../../bridge/promise-invitations.js';
import { isHeldAsSimilar } from '../../bridge/sent-elsewhere.js';
import type { InvitationRow } from '../../store/invitations.js';
import {
  findInvitation,
  listPromisesToPerson,
  listInvitationsOf,
} from '../../store/invitation-queries.js';
import { getByIdOrName, requireUnarchived } from '../setup/rules.js';
import type { App } from '../app.js';
import { getOpportunityId } from '../queries/people.js';
import { DAY_MS, timeOfRead } from '../../domain/clock.js';
import { recordAttempt } from '../../store/events.js';
import type { Vendors } from '../../bridge/vendor-clients.js';

/** What is sent to whom, and on which terms. */
interface PlannedSend extends ManualPromise, ManualOrder {
  dueDays: number | null;
  timeLimitMinutes: number | null;
}

/** In these it may still be sent: another one would be no deliberate repetition, so `--again` doesn't allow it. */
const UNFINISHED_STATES = new Set<string>(['queued', 'sending', 'uncertain']);

/**
 * Who would get what. `challenge`: a name or an id; undefined for the challenge that the rules select. Reads Lever, and
 * CodeSubmit's challenges if need be. Writes nothing. Throws `conflict` if the person must not get it, and what
 * `requireInUse`, `getOpportunityId` and `chooseChallenge` throw.
 */
export async function planSend(
  app: App,
  request: { who: string; challenge: string | undefined; isAgain: boolean },
): Promise<PlannedSend> {
  const { vendors } = app;
  app.integration.requireInUse();
  const id = await getOpportunityId(app, request.who);
  const sighting = await vendors.lever().readOpportunity(id);
  if (sighting.kind !== 'opportunity') throw notEligible(id, 'no_access');
  const { opportunity } = sighting;
  const rules = app.rules.listActive();
  const { challenge, rule } = await chooseChallenge(vendors, rules, request.challenge, opportunity);
  const plan = {
    opportunity,
    stageId: opportunity.stageId,
    challenge,
    challengeId: challenge.id,
    ruleId: rule?.id ?? null,
    dueDays: rule?.dueDays ?? null,
    timeLimitMinutes: rule?.timeLimitMinutes ?? null,
    reuseMs: (rule?.reuseDays ?? DEFAULT_REUSE_DAYS) * DAY_MS,
    isAgain: request.isAgain,
    readAt: timeOfRead(sighting.leverNow, app.clock.now(), opportunity.visitAt),
  };
  requireNotSentYet(app, plan);
  // Nothing of what the person was sent before: `requireNotSentYet` has judged that, and refuses in better words.
  const facts = { sighting, ofPerson: [], isSimilarSent: false, now: plan.readAt };
  const recipient = checkManualEligibility(plan, facts);
  if (typeof recipient === 'string')
    throw notEligible(opportunity.name || opportunity.id, recipient);
  return { ...plan, recipient };
}

/** A planned send before it's known whether the candidate may get it, and at which address. */
type PlannedOrder = Omit<PlannedSend, 'recipient'>;

/**
 * Queues the planned challenge and returns its invitation's id. The daemon reads the candidate again before it sends.
 * Throws `conflict` if something was promised meanwhile.
 */
export function queueSend(bridge: Bridge, plan: PlannedSend): Promise<InvitationId> {
  return bridge.database.write((tx) => {
    bridge.integration.requireInUse();
    requireNotSentYet(bridge, plan);
    const now = bridge.clock.now();
    // True: a candidate who was erased is known again, because a challenge is due.
    storeIdentity(tx, plan.opportunity, bridge.sealer.hashEmail(plan.recipient.email), true);
    const id = queueManual({ ...bridge, tx }, plan);
    const outcome = plan.isAgain ? 'asked_again_by_hand' : 'asked_by_hand';
    recordAttempt(tx, id, { outcome, detail: null }, now);
    return id;
  });
}

/**
 * The challenge to send, and the rule from which it takes due date and time limit, if there is one. `wanted`: its name
 * or id; undefined for the one that the rules select. Throws `usage`, `not_found`, `conflict` or `ApiError`.
 */
async function chooseChallenge(
  vendors: Vendors,
  rules: readonly Rule[],
  wanted: string | undefined,
  opportunity: Opportunity,
) {
  if (wanted === undefined) {
    const rule = await getRuleByTags(vendors, rules, opportunity);
    return { challenge: namesOf(rule).challenge, rule };
  }
  const challenges = await vendors.codesubmit().listChallenges();
  const hint = 'Run: codesubmit-lever send WHO --challenge NAME_OR_ID';
  const challenge = getByIdOrName('challenge', wanted, challenges, hint);
  requireUnarchived(challenge);
  const here = rules.filter(({ stageId }) => stageId === opportunity.stageId);
  const isForIt = ({ challengeId }: Rule): boolean => challengeId === challenge.id;
  // The stage's rule for every challenge goes before another stage's rule for this one.
  const rule = here.find(isForIt) ?? here.find(isForEvery) ?? rules.find(isForIt);
  return { challenge, rule };
}

/** The rule that the candidate's stage and tags select. Throws `usage` when they select no challenge. */
async function getRuleByTags(
  vendors: Vendors,
  active: readonly Rule[],
  opportunity: Opportunity,
): Promise<Rule> {
  // A rule for every challenge is narrowed to the candidate's tags, which takes CodeSubmit's challenges. One of another
  // stage counts too, since its tags are challenge tags.
  const isListNeeded = active.some(isForEvery);
  const catalog = catalogOf(isListNeeded ? await vendors.codesubmit().listChallenges() : []);
  const rules = rulesFor(opportunity.tags, active, () => catalog);
  // Challenges they had aren't left out: with `--again` such a one may be meant.
  const input = { opportunity, rules, alreadyHad: new Set<never>() };
  let match = matchRule(input);
  if (match.kind === 'posting_needed') {
    const postingTags = await vendors.lever().readPostingTags(opportunity.id);
    match = matchRule({ ...input, postingTags });
  }
  const rule = match.kind === 'rule' ? match.rule : undefined;
  // `noChallenge`: a rule for every challenge whose tag on the candidate names none.
  if (rule && rule.noChallenge === undefined) return rule;
  const why = rule?.noChallenge?.why ?? 'the candidate’s stage and tags match none, or several';
  throw new AppError(
    'usage',
    `The rules don’t say which challenge to send: ${why}.`,
    'Name one: codesubmit-lever send WHO --challenge NAME',
  );
}

/** Why a candidate gets no challenge, to be read after their name. */
function refusalOf(reason: ReasonCode): string {
  return REASONS[reason].refusal ?? 'can’t be sent a challenge right now';
}

/** The error for a candidate whom Lever's record keeps from getting anything. */
function notEligible(who: string, reason: ReasonCode): AppError {
  return new AppError(
    'conflict',
    `${who} ${refusalOf(reason)} (${reason}), so nothing was sent.`,
    'Change it in Lever first. See: codesubmit-lever status WHO',
  );
}

/**
 * Throws `conflict` for what was promised to the person before, or may have been sent to a similar address. `isAgain`
 * allows both, unless the same challenge is still on its way, or a rule has queued another for this visit: the next
 * decision would cancel that one, because no rule sends anything beside what an admin requests.
 */
function requireNotSentYet(bridge: Bridge, plan: PlannedOrder): void {
  const { database, sealer } = bridge;
  const { opportunity, challenge } = plan;
  const own = listInvitationsOf(database, opportunity.id);
  // Promises through the person's other opportunities.
  const ofPerson = listPromisesToPerson(database, sealer, opportunity);
  const others = ofPerson.flatMap(
    ({ invitationId }) => findInvitation(database, invitationId) ?? [],
  );
  const isOfVisit = (row: InvitationRow): boolean =>
    row.visit_stage_id === (opportunity.stageId ?? '') && row.visit_at === opportunity.visitAt;
  // Through any opportunity of the person.
  const open =
    [...own, ...others].find(
      (row) => row.challenge_id === challenge.id && UNFINISHED_STATES.has(row.state),
    ) ?? own.find((row) => row.state === 'queued' && row.origin !== 'person' && isOfVisit(row));
  if (open) throw onItsWay(open);
  if (plan.isAgain) return;
  // The same challenge at any time, any challenge that a first promise gave for this visit, or the same challenge through
  // another opportunity within the reuse days.
  const ownPromises = own.filter(({ state }) =>
    (PROMISED_STATES as readonly string[]).includes(state),
  );
  const [ofOther] = promisedToPerson(plan, { ofPerson, now: plan.readAt });
  const promised =
    ownPromises.find((row) => row.challenge_id === challenge.id) ??
    ownPromises.find((row) => row.repetition === 0 && isOfVisit(row)) ??
    others.find(({ id }) => id === ofOther?.invitationId);
  if (promised) {
    const { id, challenge_name: name, state } = promised;
    throw needsAgain(`was already sent a challenge: invitation ${id} (“${name}”, ${state})`);
  }
  // The opportunity is both: the visit that may have an approval, and the profile with the addresses.
  if (isHeldAsSimilar(bridge, opportunity, opportunity, plan))
    throw needsAgain(`${refusalOf('similar_address')} (similar_address)`);
}

/** The error for what only `--again` allows. `what`: why, to be read after “This person”. */
function needsAgain(what: string): AppError {
  return new AppError('conflict', `This person ${what}.`, 'To send it anyway, add --again.');
}

/** The error for the same challenge that isn't settled yet, which `--again` doesn't allow either. */
function onItsWay(row: InvitationRow): AppError {
  const { id, state, challenge_name: name } = row;
  const message = `“${name}” is already on its way to this person: invitation ${id} is ${state}.`;
  const wait = 'The daemon sends it. If it’s paused, run: codesubmit-lever resume';
  return new AppError('conflict', message, state === 'uncertain' ? howToSettle(id) : wait);
}
