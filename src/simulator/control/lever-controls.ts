// Control routes for the Lever account: keys, stages, users, postings, switches, state.
import { z } from 'zod';
import { leverRights, onlyRights, rightsWithout } from '../lever/lever-access.js';
import { leverSwitchesSchema } from '../lever/lever-switches.js';
import type { LeverWorld } from '../lever/lever-world.js';
import { showOpportunity } from '../lever/opportunity-view.js';
import { authorizationState } from './oauth-controls.js';
import { get, nothing, post, text, texts, type ControlRoute } from './control-route.js';

const posting = z.strictObject({
  text,
  id: text.optional(),
  state: z.enum(['published', 'internal', 'closed', 'draft', 'pending', 'rejected']).optional(),
  distributionChannels: z.array(z.enum(['public', 'internal'])).optional(),
  team: z.string().optional(),
  department: z.string().optional(),
  location: z.string().optional(),
  commitment: z.string().optional(),
  tags: texts.optional(),
  ownerId: text.optional(),
});

const user = z.strictObject({
  name: text,
  id: text.optional(),
  email: text.optional(),
  accessRole: z
    .enum(['super admin', 'admin', 'team member', 'limited team member', 'interviewer'])
    .optional(),
});

const key = z.strictObject({
  name: text.optional(),
  key: text.optional(),
  /** Grants every other right; grants all when left out. */
  without: z.array(z.enum(leverRights)).optional(),
  /** Exactly these rights. */
  rights: z.array(z.enum(leverRights)).optional(),
});

export const leverControls: ControlRoute[] = [
  post('/lever/keys', key, ({ lever }, { without = [], rights, ...input }) => {
    const given = rights ? onlyRights(rights) : rightsWithout(...without);
    return lever.access.addKey({ ...input, rights: given });
  }),
  post('/lever/keys/revoke', z.strictObject({ key: text }), ({ lever }, input) =>
    lever.access.revoke(input.key),
  ),
  post(
    '/lever/stages',
    z.strictObject({ text, id: text.optional(), index: z.number().int().min(0).optional() }),
    ({ lever }, input) => lever.account.addStage(input),
  ),
  post(
    '/lever/stages/change',
    z.strictObject({ id: text, text: text.optional(), isActive: z.boolean().optional() }),
    ({ lever }, { id, ...change }) => lever.account.changeStage(id, change),
  ),
  post('/lever/users', user, ({ lever }, input) => lever.account.addUser(input)),
  post('/lever/users/deactivate', z.strictObject({ id: text }), ({ lever }, { id }) =>
    lever.account.deactivateUser(id, lever.now()),
  ),
  post('/lever/archive-reasons', z.strictObject({ text }), ({ lever }, input) =>
    lever.account.addArchiveReason(input.text),
  ),
  post('/lever/postings', posting, ({ lever }, input) => lever.postings.add(input)),
  post(
    '/lever/postings/tags',
    z.strictObject({ postingId: text, tags: texts }),
    ({ lever }, { postingId, tags }) => lever.postings.setTags(postingId, tags),
  ),
  get('/lever/switches', nothing, ({ lever }) => lever.switches),
  post('/lever/switches', z.record(z.string(), z.unknown()), ({ lever }, change) =>
    Object.assign(lever.switches, leverSwitchesSchema.parse({ ...lever.switches, ...change })),
  ),
  get('/lever/state', nothing, ({ lever }) => leverState(lever)),
];

/** Everything there is, for tests and the curious. */
export function leverState(world: LeverWorld) {
  const { account, access, webhooks, requests, rate, opportunities } = world;
  return {
    origin: world.origin,
    stages: account.stages,
    users: account.users,
    archiveReasons: account.archiveReasons,
    keys: [...access.grants.values()],
    oauthClients: [...world.oauthClients.all.values()],
    authorizations: authorizationState(world),
    postings: [...world.postings.all.values()],
    opportunities: [...opportunities.all.keys()].map((id) =>
      showOpportunity(world, opportunities.sight(id, 0)),
    ),
    deleted: opportunities.deleted,
    notes: world.notes.all(),
    webhooks: [...webhooks.all.values()],
    webhookGroups: Object.fromEntries(webhooks.groups),
    deliveries: [...webhooks.deliveries.values()],
    switches: world.switches,
    faults: world.faults.list(),
    calls: requests.counts(),
    writes: requests.writes(),
    rate: { largestInAnySecond: rate.largestInAnySecond, aboveLimit: rate.aboveLimit },
  };
}
