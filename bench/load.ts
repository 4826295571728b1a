/** Sends one request after the other on each of so many connections, and says how many were answered and how soon. */
import http from 'node:http';

export interface Measured {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers other than 200. */
  others: number;
}

export interface Load {
  url: string;
  connections: number;
  forMs: number;
  /** The next request's body. */
  body: () => string;
}

export async function measure({ url, connections, forMs, body }: Load): Promise<Measured> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const took: number[] = [];
  let others = 0;
  const startedMs = performance.now();
  const lane = async (): Promise<void> => {
    while (performance.now() - startedMs < forMs) {
      const from = performance.now();
      if ((await post(url, agent, body())) === 200) took.push(performance.now() - from);
      else others += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  const seconds = (performance.now() - startedMs) / 1_000;
  agent.destroy();
  took.sort((one, other) => one - other);
  const at = (part: number): number => took[Math.floor(took.length * part)] ?? Number.NaN;
  return { perSecond: took.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), others };
}

function post(url: string, agent: http.Agent, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const request = http.request(url, { method: 'POST', agent, headers }, (reply) => {
      reply.resume();
      reply.once('end', () => resolve(reply.statusCode ?? 0));
    });
    request.once('error', reject);
    request.end(body);
  });
}
