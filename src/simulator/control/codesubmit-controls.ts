// Control routes for the CodeSubmit account: keys, challenges, invitations, switches, state.
import { z } from 'zod';
import { codeSubmitSwitchesSchema, progressWords } from '../codesubmit/codesubmit-switches.js';
import type { CodeSubmitWorld } from '../codesubmit/codesubmit-world.js';
import { linkOf } from '../codesubmit/invitation-view.js';
import { get, nothing, post, text, type ControlRoute } from './control-route.js';

const role = z.enum(['admin', 'hiring_manager', 'reviewer']);

const invitation = z.strictObject({
  testId: text,
  email: text,
  firstName: text.default('By'),
  lastName: text.default('Hand'),
  dueAt: z.string().nullable().optional(),
  timeLimit: z.number().nullable().optional(),
});

export const codeSubmitControls: ControlRoute[] = [
  post(
    '/codesubmit/keys',
    z.strictObject({ key: text.optional(), role: role.optional() }),
    ({ codesubmit }, input) => codesubmit.addKey(input),
  ),
  post(
    '/codesubmit/keys/change',
    z.strictObject({ key: text, role: role.optional(), isRevoked: z.boolean().optional() }),
    ({ codesubmit }, { key, role: asRole, isRevoked }) =>
      codesubmit.changeKey(key, {
        ...(asRole === undefined ? {} : { role: asRole }),
        ...(isRevoked === undefined ? {} : { isRevoked }),
      }),
  ),
  post(
    '/codesubmit/subscription',
    z.strictObject({ state: z.enum(['active', 'unpaid']) }),
    ({ codesubmit }, { state }) => {
      codesubmit.subscription = state;
      return { subscription: state };
    },
  ),
  post(
    '/codesubmit/tests',
    z.strictObject({ name: text, id: text.optional() }),
    ({ codesubmit }, input) => codesubmit.addTest(input),
  ),
  post(
    '/codesubmit/tests/archive',
    z.strictObject({ id: text, isArchived: z.boolean().default(true) }),
    ({ codesubmit }, { id, isArchived }) => codesubmit.setTestArchived(id, isArchived),
  ),
  post('/codesubmit/invitations', invitation, ({ codesubmit }, input) =>
    codesubmit.invite(input, 'hand'),
  ),
  post(
    '/codesubmit/invitations/progress',
    z.strictObject({ id: text, progress: z.union([z.enum(progressWords), z.number().int()]) }),
    ({ codesubmit }, { id, progress }) => codesubmit.setProgress(id, progress),
  ),
  get('/codesubmit/invitations', nothing, ({ codesubmit }) => invitationState(codesubmit)),
  get('/codesubmit/switches', nothing, ({ codesubmit }) => codesubmit.switches),
  post(
    '/codesubmit/switches',
    z.record(z.string(), z.unknown()),
    ({ codesubmit: { switches } }, change) =>
      Object.assign(switches, codeSubmitSwitchesSchema.parse({ ...switches, ...change })),
  ),
  get('/codesubmit/state', nothing, ({ codesubmit }) => codeSubmitState(codesubmit)),
];

export function codeSubmitState(world: CodeSubmitWorld) {
  const { requests } = world;
  return {
    origin: world.origin,
    company: world.company,
    subscription: world.subscription,
    keys: world.keys,
    tests: world.tests,
    ...invitationState(world),
    forbiddenCalls: world.forbiddenCalls,
    switches: world.switches,
    faults: world.faults.list(),
    calls: requests.counts(),
    writes: requests.writes(),
  };
}

function invitationState(world: CodeSubmitWorld) {
  return {
    invitations: world.invitations.map((row) => ({ ...row, link: linkOf(world, row) })),
    counts: world.invitationCounts(),
  };
}
