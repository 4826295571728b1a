/**
 * Delivers webhooks one after the other, in a process of its own, and prints each one's status and how many milliseconds
 * it took, as JSON.
 * Usage: node postman.js '{"port":8737,"path":"/webhooks/lever/ID","everyMs":50,"bodies":["…"]}'
 */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const given = JSON.parse(process.argv[2] ?? '{}');
const { port, path, bodies, everyMs } = given;
/** As a proxy has, which uses its connections again. */
const kept = new Agent({ keepAlive: true });

function deliver(body, agent) {
  const startedMs = performance.now();
  const tookMs = () => Math.round(performance.now() - startedMs);
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const options = { host: '127.0.0.1', port, method: 'POST', path, agent, headers };
    const sent = request(options, (reply) => {
      reply.resume().once('end', () => resolve({ status: reply.statusCode, tookMs: tookMs() }));
    });
    sent.once('error', ({ code }) => resolve({ status: code, tookMs: tookMs() }));
    sent.end(body);
  });
}

const answers = [];
for (const [index, body] of bodies.entries()) {
  answers.push(deliver(body, index % 2 === 0 ? false : kept));
  await delay(everyMs);
}
process.stdout.write(JSON.stringify(await Promise.all(answers)), () => process.exit());
