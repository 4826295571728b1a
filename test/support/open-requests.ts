/**
 * The number of unanswered HTTP requests of this process. Under load one takes a while to reach its
 * server.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

let open = 0;
subscribe('http.client.request.start', (message) => {
  open += 1;
  (message as { request: ClientRequest }).request.once('close', () => (open -= 1));
});

export function openRequests(): number {
  return open;
}
