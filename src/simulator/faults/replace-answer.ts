// What an answering fault sends instead of the vendor's reply.
import type { ArmedFault } from './fault-plan.js';

const maintenancePage =
  '<!doctype html><html><head><title>Please wait</title></head><body>Back soon.</body></html>';
const JSON_TYPE = 'application/json; charset=utf-8';

export interface Answer {
  /** Undefined: same as in the vendor's own answer. */
  status?: number;
  headers: Record<string, string>;
  body: string;
}

/**
 * What a fault that answers sends in place of the vendor's reply. `payload`: the body of that reply, of which
 * `truncated` sends the first half.
 */
export function replaceAnswer(fault: ArmedFault, payload: unknown): Answer {
  const body = typeof payload === 'string' ? payload : '';
  if (fault.kind === '429') return refusal(fault, 429, 'TooManyRequests', 'Too many requests');
  if (fault.kind === '5xx') {
    return refusal(fault, fault.status ?? 500, 'InternalServerError', 'Something broke');
  }
  if (fault.kind === 'truncated') {
    return { headers: {}, body: body.slice(0, Math.floor(body.length / 2)) };
  }
  if (fault.kind === 'redirect') {
    const location = fault.location ?? 'http://127.0.0.1:9/elsewhere';
    return { status: 302, headers: { location }, body: '' };
  }
  if (fault.kind === 'html') {
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    return { status: 200, headers, body: maintenancePage };
  }
  // What is left: `empty`, `null`, and else `garbage`.
  const broken = { empty: '', null: 'null' }[fault.kind as string] ?? '{"data": [}]';
  return { status: 200, headers: { 'content-type': JSON_TYPE }, body: broken };
}

/** A refusal in Lever's form, with `Retry-After` if the fault has one. */
function refusal(fault: ArmedFault, status: number, code: string, message: string): Answer {
  const { retryAfter } = fault;
  const headers = {
    'content-type': JSON_TYPE,
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  };
  return { status, headers, body: JSON.stringify({ code, message }) };
}
