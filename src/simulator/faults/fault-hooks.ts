// Applies a vendor's faults on its server, and logs each request.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestEntry, RequestLog } from '../request-log.js';
import type { ArmedFault, FaultPlan } from './fault-plan.js';
import { replaceAnswer } from './replace-answer.js';

export interface ObservedVendor {
  faults: FaultPlan;
  requests: RequestLog;
  now: () => number;
}

interface Observation {
  entry: RequestEntry;
  fault: ArmedFault | undefined;
}

const observations = new WeakMap<FastifyRequest, Observation>();

/** The log entry of a request; undefined on a server without `addFaultHooks`. */
export function entryOf(request: FastifyRequest): RequestEntry | undefined {
  return observations.get(request)?.entry;
}

/**
 * Makes a vendor's faults apply to every request of the scope, and logs each. Call it before any other hook is added,
 * so that faults apply before the key's check.
 */
export function addFaultHooks(scope: FastifyInstance, vendor: ObservedVendor): void {
  scope.addHook('onRequest', async (request, reply) => {
    reply.header('date', new Date(vendor.now()).toUTCString());
    const { fault } = observe(request, vendor);
    if (fault?.when !== 'before') return undefined;
    return strikeBefore(fault, reply);
  });
  scope.addHook('preHandler', (request, _reply, done) => {
    const entry = entryOf(request);
    if (entry && request.method !== 'GET') entry.body = request.body;
    done();
  });
  scope.addHook('onSend', async (request, reply, payload) => {
    const observation = observations.get(request);
    if (!observation) return payload;
    const { entry, fault } = observation;
    const isStruckBefore = fault?.when === 'before' && fault.kind !== 'delay';
    entry.worked = reply.statusCode < 400 && !isStruckBefore;
    const answer = fault?.when === 'after' ? await strikeAfter(fault, reply, payload) : payload;
    entry.status = request.raw.socket.destroyed ? null : reply.statusCode;
    return answer;
  });
}

/**
 * Logs the request, and finds the fault that applies to it: once for each request, since finding it counts as a hit.
 */
function observe(request: FastifyRequest, vendor: ObservedVendor): Observation {
  const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
  const path = request.url.split('?', 1)[0] ?? '';
  const { method, query } = request;
  const entry = vendor.requests.begin({ method, route, path, query, at: vendor.now() });
  const fault = vendor.faults.strike(method, route, path);
  if (fault) entry.fault = `${fault.kind} ${fault.when}`;
  const observation = { entry, fault };
  observations.set(request, observation);
  return observation;
}

/**
 * Applies a fault before the vendor does any work. After a mere delay the request goes on (undefined). Otherwise it
 * ends here: with an answer, with a cut connection, or for `black-hole` with silence.
 */
async function strikeBefore(fault: ArmedFault, reply: FastifyReply): Promise<unknown> {
  if (fault.delayMs) await sleep(fault.delayMs);
  if (fault.kind === 'delay') return undefined;
  if (leavesUnanswered(fault)) {
    reply.hijack();
    if (fault.kind !== 'black-hole') reply.request.raw.socket.destroy();
    return reply;
  }
  return reply.send(spoil(fault, reply, ''));
}

/**
 * Applies a fault after the vendor did the work. Returns the body to send in place of `payload`. Never resolves if none
 * is to be sent: the connection is cut, or for `black-hole` stays silent.
 */
async function strikeAfter(
  fault: ArmedFault,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  if (fault.delayMs) await sleep(fault.delayMs);
  if (fault.kind === 'delay') return payload;
  if (!leavesUnanswered(fault)) return spoil(fault, reply, payload);
  if (fault.kind === 'cut') await sendHalf(reply, payload);
  if (fault.kind !== 'black-hole') reply.request.raw.socket.destroy();
  return new Promise(() => undefined);
}

/** Sets the status and headers that the fault gives the answer, and returns its body. */
function spoil(fault: ArmedFault, reply: FastifyReply, payload: unknown): string {
  const { status, headers, body } = replaceAnswer(fault, payload);
  if (status !== undefined) reply.code(status);
  reply.headers(headers);
  return body;
}

/** Whether the fault leaves the request without a complete answer: a cut connection, or silence. */
export function leavesUnanswered({ kind }: ArmedFault): boolean {
  return ['drop-before', 'drop-after', 'cut', 'black-hole'].includes(kind);
}

/** Announces the whole body but sends only half. Resolves once that half has left. */
async function sendHalf(reply: FastifyReply, payload: unknown): Promise<void> {
  const body = typeof payload === 'string' ? payload : '';
  reply.raw.writeHead(reply.statusCode, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  const half = body.slice(0, Math.floor(body.length / 2));
  await new Promise<void>((resolve) => {
    reply.raw.write(half, () => {
      resolve();
    });
  });
}
