// Drives both vendors over HTTP: shows what they hold, and does by name whatever their worlds can do.
//
//   curl -s localhost:8747/_simulator/state
//   curl -s localhost:8747/_simulator/call -H 'content-type: application/json' \
//     -d '{"call": "lever.actions.move", "with": ["OPPORTUNITY_ID", "Take-home"]}'
import type { FastifyInstance } from 'fastify';
import type { CodeSubmitWorld } from './codesubmit/codesubmit-world.js';
import { linkOf } from './codesubmit/invitation-view.js';
import type { LeverWorld } from './lever/lever-world.js';
import { showOpportunity } from './lever/opportunity-view.js';
import { badRequest, SimulatedError } from './simulated-error.js';

export interface Worlds {
  lever: LeverWorld;
  codesubmit: CodeSubmitWorld;
}

/**
 * Adds the two routes that show both worlds and call their methods. Register it under `/_simulator`; faults don't apply
 * to it, and it isn't logged.
 */
export const controlApi = (worlds: Worlds) => async (scope: FastifyInstance) => {
  scope.setErrorHandler((error, _request, reply) => {
    const { message } = error as Error;
    const { status, code } = error instanceof SimulatedError ? error : badRequest(message);
    return reply.code(status).send({ code, message });
  });
  scope.addHook('onRequest', async ({ headers: { origin } }) => {
    if (origin === undefined || LOOPBACK.test(origin)) return;
    throw new SimulatedError(403, 'Forbidden', 'only for programs on this machine');
  });
  scope.get('/state', () => stateOf(worlds));
  scope.post('/call', async ({ body }, reply) => reply.send((await call(worlds, body)) ?? null));
};

/** A web page whose host name points to this machine sends its own name as `Origin`. */
const LOOPBACK = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/**
 * Calls a method of a world by its path, as in `{call: 'lever.actions.move', with: [ID, 'Take-home']}`, and returns
 * what it returns. Only a world's own parts and the methods of their classes can be called. @throws a 400 for any other
 * name.
 */
async function call(worlds: Worlds, body: unknown): Promise<unknown> {
  const { call: name, with: given = [] } = (body ?? {}) as { call?: string; with?: unknown[] };
  const [operation = '', ...path] = String(name).split('.').reverse();
  let holder: unknown = worlds;
  for (const part of path.reverse()) holder = ownOf(holder, part);
  const methods: unknown = Object.getPrototypeOf(typeof holder === 'object' ? (holder ?? {}) : {});
  const method = methods === Object.prototype ? undefined : ownOf(methods, operation);
  if (typeof method !== 'function' || operation === 'constructor') {
    throw badRequest(`there is no ${String(name)}`);
  }
  return Reflect.apply(method, holder, given) as unknown;
}

/** The property of that name if the object itself has it; else undefined, so no inherited name can be reached. */
function ownOf(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name))
    return undefined;
  return (holder as Record<string, unknown>)[name];
}

/** Everything that both vendors hold, as JSON. */
function stateOf({ lever, codesubmit }: Worlds) {
  const { account, access, webhooks, rate, opportunities } = lever;
  return {
    lever: {
      stages: account.stages,
      users: account.users,
      keys: [...access.grants.values()],
      apps: [...lever.oauth.apps.values()],
      postings: [...lever.postings.all.values()],
      opportunities: [...opportunities.all.keys()].map((id) => ({
        ...showOpportunity(lever, opportunities.sight(id, 0)),
        notes: lever.notes.list(id),
      })),
      deleted: opportunities.deleted,
      webhooks: [...webhooks.all.values()],
      deliveries: [...webhooks.deliveries.values()],
      ...observedOf(lever),
      rate: { largestInAnySecond: rate.largestInAnySecond, aboveLimit: rate.aboveLimit },
    },
    codesubmit: {
      keys: codesubmit.keys,
      tests: codesubmit.tests,
      invitations: codesubmit.invitations.map((row) => ({ ...row, link: linkOf(codesubmit, row) })),
      counts: codesubmit.invitationCounts(),
      forbiddenCalls: codesubmit.forbiddenCalls,
      ...observedOf(codesubmit),
    },
  };
}

/** What was set for a vendor and what it received: switches, faults, calls, writes. */
function observedOf({ switches, faults, requests }: LeverWorld | CodeSubmitWorld) {
  return { switches, faults: faults.list(), calls: requests.counts(), writes: requests.writes() };
}
