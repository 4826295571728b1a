// What a fault that does answer puts in the place of the vendor's reply.
import type { FastifyReply } from 'fastify';
import type { ArmedFault } from './fault-plan.js';

const maintenancePage =
  '<!doctype html><html><head><title>Please wait</title></head><body>Back soon.</body></html>';

/** Sets status and headers on `reply` and returns the body to send. */
export function replaceAnswer(fault: ArmedFault, reply: FastifyReply, payload: unknown): string {
  const body = typeof payload === 'string' ? payload : '';
  if (fault.kind === '429')
    return refuse(fault, reply, 429, 'TooManyRequests', 'Too many requests');
  if (fault.kind === '5xx') {
    return refuse(fault, reply, fault.status ?? 500, 'InternalServerError', 'Something broke');
  }
  if (fault.kind === 'truncated') return body.slice(0, Math.floor(body.length / 2));
  if (fault.kind === 'redirect') {
    reply.code(302).header('location', fault.location ?? 'http://127.0.0.1:9/elsewhere');
    return '';
  }
  if (fault.kind === 'html') {
    reply.code(200).header('content-type', 'text/html; charset=utf-8');
    return maintenancePage;
  }
  reply.code(200).header('content-type', 'application/json; charset=utf-8');
  return { empty: '', null: 'null' }[fault.kind as string] ?? '{"data": [}]';
}

function refuse(
  fault: ArmedFault,
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
): string {
  reply.code(status).header('content-type', 'application/json; charset=utf-8');
  if (fault.retryAfter !== undefined) reply.header('retry-after', String(fault.retryAfter));
  return JSON.stringify({ code, message });
}
