// Puts the simulated CodeSubmit API on a server: four routes, and a record of calls of any other.
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { addFaultHooks, entryOf } from '../faults/fault-hooks.js';
import { SimulatedError } from '../simulated-error.js';
import type { CodeSubmitKey, Invitation, Test } from './codesubmit-records.js';
import type { CodeSubmitWorld } from './codesubmit-world.js';
import { listedInvitations, numberedPage, pageNumber, sentPage } from './invitation-list.js';
import { showInvitation } from './invitation-view.js';
import { postInvitation } from './post-invitation.js';

const testsPath = '/api/external/tests';
const candidatesPath = '/api/external/candidates';

/** Every error is answered in the way of Django REST Framework, unless a switch says otherwise. */
export function codeSubmitApi(world: CodeSubmitWorld): FastifyPluginCallback {
  return (scope, _options, done) => {
    addCodeSubmitApi(scope, world);
    done();
  };
}

function addCodeSubmitApi(scope: FastifyInstance, world: CodeSubmitWorld): void {
  addFaultHooks(scope, world);
  scope.setErrorHandler((error, _request, reply) => refuse(world, error, reply));
  scope.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    world.forbiddenCalls.push({ method: request.method, path, at: world.now() });
    return reply.code(404).send({ detail: 'Not found.' });
  });
  scope.get('/api/external/me', (request) => {
    authenticate(world, request);
    return { me: world.company };
  });
  scope.get(testsPath, (request) => {
    authenticate(world, request);
    return listTests(world, request.query);
  });
  scope.get(candidatesPath, (request) => {
    authenticate(world, request);
    const page = pageNumber(request.query);
    const rows = listedInvitations(world, page === 1);
    const show = (row: Invitation) => showInvitation(world, row, 'list');
    return sentPage(world, candidatesPath, page, rows, show);
  });
  scope.post(candidatesPath, (request, reply) => {
    const { role } = authenticate(world, request);
    if (role === 'reviewer') {
      const message = 'You do not have permission to perform this action.';
      throw new SimulatedError(403, 'Forbidden', message);
    }
    const { status, invitation } = postInvitation(world, request.body);
    return reply.code(status).send(showInvitation(world, invitation, 'reply'));
  });
}

function listTests(world: CodeSubmitWorld, query: unknown) {
  const { archivedTests, testNameField } = world.switches;
  const rows = world.tests.filter((test) => !test.isArchived || archivedTests === 'listed');
  const show = ({ id, name, isArchived }: Test) => ({
    id,
    [testNameField]: name,
    archived: isArchived,
    added_later: null,
  });
  return numberedPage(world, testsPath, pageNumber(query), rows, show);
}

/** @throws a 401 without a good key, a 402 while the subscription isn't paid. */
function authenticate(world: CodeSubmitWorld, request: FastifyRequest): CodeSubmitKey {
  const given = request.headers['x-api-key'];
  const known = world.keys.find(({ key, isRevoked }) => key === given && !isRevoked);
  if (!known) throw new SimulatedError(401, 'Unauthorized', 'Invalid API key.');
  const entry = entryOf(request);
  if (entry) entry.caller = known.key;
  if (world.subscription === 'active') return known;
  throw new SimulatedError(402, 'PaymentRequired', 'The subscription is not active.');
}

function refuse(world: CodeSubmitWorld, error: unknown, reply: FastifyReply) {
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  const isOurs = error instanceof SimulatedError;
  reply.code(isOurs ? error.status : statusCode);
  const { errorBodies } = world.switches;
  if (errorBodies === 'empty') return reply.send('');
  if (errorBodies === 'html') return reply.type('text/html').send('<h1>Refused</h1>');
  return reply.send((isOurs && error.body) || { detail: message });
}
