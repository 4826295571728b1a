/** One question to a vendor, and its answer. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Method } from './send-request.js';

export interface HttpRequest {
  /** Method and pattern, never an id: what logs and errors show. */
  route: `${Method} /${string}`;
  /** The real path under the base URL, its ids percent-encoded. */
  path: string;
  query?: readonly (readonly [string, string])[];
  json?: unknown;
  /** Statuses beside 401 by which this route refuses the account: `unauthorized`. */
  accountStatuses?: readonly number[];
  /** Statuses that answer this question: handed back, not thrown, whatever their body. */
  passStatuses?: readonly number[];
  /** A 2xx without any body is an answer too (`body` is null); HTML never is. */
  isEmptyOk?: boolean;
  /** In place of the client's own signal. */
  signal?: AbortSignal;
}

export interface HttpReply {
  status: number;
  headers: IncomingHttpHeaders;
  /** Parsed JSON; the bare text of a passed status that came without JSON. */
  body: unknown;
  /** The vendor's own clock (`Date` header), epoch ms; null when it gave none. */
  vendorNow: number | null;
}

export function methodOf(request: HttpRequest): Method {
  return request.route.slice(0, request.route.indexOf(' ')) as Method;
}
