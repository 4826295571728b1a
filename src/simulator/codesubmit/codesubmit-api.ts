// The simulated CodeSubmit API: four routes on a server that also records calls to any other.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { addFaultHooks, entryOf } from '../faults/fault-hooks.js';
import type { RequestEntry } from '../request-log.js';
import { SimulatedError } from '../simulated-error.js';
import type { CodeSubmitKey, Invitation, Test } from './codesubmit-records.js';
import type { CodeSubmitWorld } from './codesubmit-world.js';
import { listedInvitations, numberedPage, pageNumber, sentPage } from './invitation-list.js';
import { showInvitation } from './invitation-view.js';
import { postInvitation } from './post-invitation.js';

const testsPath = '/api/external/tests';
const candidatesPath = '/api/external/candidates';

/**
 * Adds the four routes to a server, behind the faults. Any other path is a 404 and is recorded in `forbiddenCalls`.
 * Errors look like Django REST Framework's, unless a switch says otherwise.
 */
export const codeSubmitApi = (world: CodeSubmitWorld) => async (scope: FastifyInstance) => {
  addFaultHooks(scope, world);
  scope.setErrorHandler((error, _request, reply) => refuse(world, error, reply));
  scope.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    world.forbiddenCalls.push({ method: request.method, path, at: world.now() });
    return reply.code(404).send({ detail: 'Not found.' });
  });
  for (const { method, path, answer } of codeSubmitRoutes) {
    scope.route({
      method,
      url: path,
      handler: (request, reply) => {
        const { status, body } = answer(world, {
          apiKey: request.headers['x-api-key'],
          query: request.query,
          body: request.body,
          entry: entryOf(request),
        });
        return reply.code(status).send(body);
      },
    });
  }
};

/** One request, as received. */
export interface CodeSubmitRequest {
  apiKey: unknown;
  query: unknown;
  body: unknown;
  /** Where it is recorded. */
  entry: RequestEntry | undefined;
}

export interface CodeSubmitRoute {
  method: 'GET' | 'POST';
  path: string;
  /** @throws SimulatedError for what CodeSubmit refuses; `codeSubmitRefusal` words it. */
  answer: (world: CodeSubmitWorld, request: CodeSubmitRequest) => { status: number; body: unknown };
}

export const codeSubmitRoutes: readonly CodeSubmitRoute[] = [
  {
    method: 'GET',
    path: '/api/external/me',
    answer: (world, request) => {
      authenticate(world, request);
      return { status: 200, body: { me: world.company } };
    },
  },
  {
    method: 'GET',
    path: testsPath,
    answer: (world, request) => {
      authenticate(world, request);
      return { status: 200, body: listTests(world, request.query) };
    },
  },
  {
    method: 'GET',
    path: candidatesPath,
    answer: (world, request) => {
      authenticate(world, request);
      const page = pageNumber(request.query);
      const rows = listedInvitations(world, page === 1);
      const show = (row: Invitation) => showInvitation(world, row, 'list');
      return { status: 200, body: sentPage(world, { path: candidatesPath, page, rows, show }) };
    },
  },
  {
    method: 'POST',
    path: candidatesPath,
    answer: (world, request) => {
      if (authenticate(world, request).role === 'reviewer') {
        const message = 'You do not have permission to perform this action.';
        throw new SimulatedError(403, 'Forbidden', message);
      }
      const { status, invitation } = postInvitation(world, request.body);
      return { status, body: showInvitation(world, invitation, 'reply') };
    },
  },
];

/** A page of the challenges, archived ones only if the switch `archivedTests` lists them. */
function listTests(world: CodeSubmitWorld, query: unknown) {
  const { archivedTests } = world.switches;
  const rows = world.tests.filter((test) => !test.isArchived || archivedTests === 'listed');
  const show = ({ id, name, isArchived }: Test) => ({
    id,
    name,
    archived: isArchived,
    added_later: null,
  });
  const page = pageNumber(query);
  return numberedPage(world, { path: testsPath, page, rows, show });
}

/** The key of the request. @throws a 401 without a valid key, a 402 while the subscription isn't paid. */
function authenticate(world: CodeSubmitWorld, { apiKey, entry }: CodeSubmitRequest): CodeSubmitKey {
  const known = world.keys.find(({ key, isRevoked }) => key === apiKey && !isRevoked);
  if (!known) throw new SimulatedError(401, 'Unauthorized', 'Invalid API key.');
  if (entry) entry.caller = known.key;
  if (world.subscription === 'active') return known;
  throw new SimulatedError(402, 'PaymentRequired', 'The subscription is not active.');
}

/**
 * Status and body of the answer to an error. The body is an object, or text that the switch `errorBodies` sets: HTML,
 * or none.
 */
export function codeSubmitRefusal(
  { switches }: CodeSubmitWorld,
  error: unknown,
): { status: number; body: unknown } {
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  const isOurs = error instanceof SimulatedError;
  const status = isOurs ? error.status : statusCode;
  if (switches.errorBodies === 'empty') return { status, body: '' };
  if (switches.errorBodies === 'html') return { status, body: '<h1>Refused</h1>' };
  return { status, body: (isOurs && error.body) || { detail: message } };
}

/** Answers an error, with a content type that fits the body. */
function refuse(world: CodeSubmitWorld, error: unknown, reply: FastifyReply) {
  const { status, body } = codeSubmitRefusal(world, error);
  if (typeof body === 'string' && body !== '') reply.type('text/html');
  return reply.code(status).send(body);
}
