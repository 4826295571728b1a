/** Two admins at their terminals: while a command of one waits for the vendors, that of the other goes on. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { App } from '../../src/admin/app.js';
import { ApiError, AppError } from '../../src/domain/errors.js';
import type { OpportunityId } from '../../src/domain/ids.js';
import {
  approve,
  findApprovable,
  pause,
  resume,
  settle,
  forget,
  planForget,
} from '../../src/admin/actions/admin-actions.js';
import { planSend, queueSend } from '../../src/admin/actions/send.js';
import { addRule, listRules, planRule, removeRule } from '../../src/admin/setup/rules.js';
import { SERVED_HOME } from './simulated-process.js';
import { noteApprovals, noteNotSent, triedAddress, untilShown } from '../model/by-hand.js';
import { checkSafe } from '../model/checks.js';
import type { World } from '../model/world.js';
import { moved, timesSeen } from '../model/moves.js';
import { noteForgotten } from '../model/edits.js';
import type { PromisesModel } from '../model/promises-model.js';
import { CHALLENGES, RULES, TAKE_HOME, withOptions, type NewRule } from '../model/rules-model.js';
import { Sequence, someone, Step } from '../model/step.js';
import { ruleText } from '../model/rule-changes.js';

interface Command {
  words: string;
  /** Tells the model as soon as it is done. @throws AppError when it is refused. */
  run: (app: App, model: PromisesModel, world: World) => Promise<void>;
}

const sends = fc
  .tuple(someone, fc.constantFrom(...CHALLENGES))
  .map(([who, challenge]): Command => ({
    words: `send ${who} ${challenge}`,
    run: async (app, model, world) => {
      const order = { who: world.idOf(who), challenge: world.challengeId(challenge) };
      const known = () => model.refusalOf(who, challenge, false);
      const before = known();
      const row = await queueSend(app, await planSend(app, { ...order, isAgain: false }));
      // The other admin may have ended what forbade it.
      expect(before && known(), `send ${who} ${challenge} was taken`).toBeUndefined();
      model.order(row, who, challenge, false);
    },
  }));

const approvals = someone.map((who): Command => ({
  words: `approve ${who}`,
  run: async (app, model, world) => {
    const id = world.idOf(who) as OpportunityId;
    const holds = findApprovable(app, [id]);
    await approve(app, holds);
    noteApprovals(model, world, holds);
  },
}));

const forgettings = someone.map((who): Command => ({
  words: `forget ${who}`,
  run: async (app, model, world) => {
    const plan = planForget(app, world.idOf(who));
    const seen = timesSeen(world);
    await forget({ ...app, home: SERVED_HOME }, plan);
    noteForgotten(model, world, plan.opportunityIds, seen);
  },
}));

const pauses: Command = {
  words: 'pause',
  run: async (app, model) => {
    await pause(app);
    model.pausedAt = model.now = app.clock.now();
  },
};

const resumes: Command = {
  words: 'resume',
  run: async (app, model, world) => {
    await resume(app);
    model.pausedAt = null;
    world.restartWaiting();
  },
};

const settlements = fc.boolean().map((isSent): Command => ({
  words: `settle as ${isSent ? 'sent' : 'not sent'}`,
  run: async (app, model, world) => {
    checkSafe(model, world);
    const row = world.bridge.status().invitations.find(({ state }) => state === 'uncertain');
    if (!row || model.now < world.workUntil) return;
    const id = row.id;
    const known = model.sent.find((one) => one.row === row.id);
    const link = known?.link ?? `https://app.codesubmit.io/c/by-hand/${String(row.id)}`;
    const account = world.accountOf(row, { email: triedAddress(model, world, row), link });
    await settle(app, id, { isSent, link: isSent ? link : null });
    if (isSent) world.settled.add(row.id);
    if (!isSent) noteNotSent(model, world, row);
    else if (!known) model.noteSaid(account, true);
  },
}));

const rule = fc.nat(RULES.length - 1);
const options = fc.record({
  challenge: fc.constantFrom(...CHALLENGES),
  delayMinutes: fc.constantFrom(0, 30),
  reuseDays: fc.constantFrom(30, 60),
});
const nothing = (): void => undefined;

const ruleChanges = fc.tuple(rule, options).map(([index, given]): Command => ({
  words: `set rule ${String(index + 1)} to ${JSON.stringify(given)}`,
  run: async (app, model, world) => {
    const wanted = withOptions(RULES[index] as NewRule, given);
    const planned = await planRule(app, ruleText(world, wanted), nothing);
    const added = await addRule(app, planned, 'leave');
    rememberUntilNow(model, world);
    const known = model.rules.find(isSameRule(wanted));
    if (known && added.length === 0) model.changeRule(known, wanted);
    else if (!known) model.addRule(wanted, 'leave');
  },
}));

const ruleRemovals = rule.map((index): Command => ({
  words: `remove rule ${String(index + 1)}`,
  run: async (app, model, world) => {
    const { stage, tag } = RULES[index] as NewRule;
    const listed = listRules(app).find(
      (one) => one.stage.id === world.stageId(stage) && one.tag === tag,
    );
    await removeRule(app, String(listed?.id));
    rememberUntilNow(model, world);
    const known = model.rules.find(isSameRule({ stage, tag }));
    if (known) model.removeRule(known);
  },
}));

/** What is decided between both commands goes by the rules of that moment. */
function rememberUntilNow(model: PromisesModel, { bridge }: World): void {
  model.now = bridge.clock.now();
  model.remember();
}

function isSameRule({ stage, tag }: Pick<NewRule, 'stage' | 'tag'>) {
  return (one: NewRule): boolean => one.stage === stage && one.tag === tag;
}

/** Each with any other: many are about the same candidate, invitation or rule. */
const command = fc.oneof(
  sends,
  sends,
  approvals,
  forgettings,
  settlements,
  settlements,
  fc.constantFrom(pauses, resumes),
  ruleChanges,
  ruleRemovals,
);

function together(both: readonly Command[]): Step {
  const words = both.map((one) => one.words).join(', and ');
  return new Step(`two admins: ${words}`, async (model, world) => {
    await untilShown(model, world);
    await world.bridge.commands(
      both.map((one) => (app) => one.run(app, model, world).catch(expectRefusal)),
    );
  });
}

/** What the model knows to be forbidden, or a vendor that doesn't answer. */
function expectRefusal(error: unknown): void {
  if (!(error instanceof AppError) && !(error instanceof ApiError)) throw error;
}

/** Something is uncertain when both have a word in it. */
const inDoubt = fc
  .tuple(someone, settlements, fc.oneof(settlements, settlements, command))
  .map(([who, ...both]) => {
    const loss = new Step('the answer to the next challenge is lost', (_, { bridge }) => {
      const post = { method: 'POST', route: '/api/external/candidates', times: 1 } as const;
      bridge.simulator.codesubmit.faults.set({ kind: '5xx', when: 'after', ...post });
    });
    return new Sequence([loss, moved(who, TAKE_HOME), together(both)]);
  });

export const pairs = fc.oneof(fc.tuple(command, command).map(together), inDoubt);
