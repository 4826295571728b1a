/**
 * Delivers webhooks one after the other, in a process of its own, and prints each one's status, when it was sent and how
 * many milliseconds it took, as JSON.
 * Usage: node postman.js '{"port":8737,"path":"/webhooks/lever/ID","everyMs":50,"bodies":["…"]}'
 * `host` is 127.0.0.1 unless given, `from` the address to come from; `pauseMs` is how long it waits in the middle of each
 * body.
 */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const given = JSON.parse(process.argv[2] ?? '{}');
const { port, path, bodies, everyMs, pauseMs = 0, host = '127.0.0.1', from } = given;
/** As a proxy has, which uses its connections again. */
const kept = new Agent({ keepAlive: true });

function deliver(body, agent) {
  const sentAt = Date.now();
  const startedMs = performance.now();
  const tookMs = () => Math.round(performance.now() - startedMs - pauseMs);
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const options = { host, port, localAddress: from, method: 'POST', path, agent, headers };
    const sent = request(options, (reply) => {
      reply.resume().once('end', () => {
        resolve({ status: reply.statusCode, sentAt, tookMs: tookMs() });
      });
    });
    sent.once('error', ({ code }) => resolve({ status: code, sentAt, tookMs: tookMs() }));
    sent.write(body.slice(0, 100));
    setTimeout(() => sent.end(body.slice(100)), pauseMs);
  });
}

const answers = [];
for (const [index, body] of bodies.entries()) {
  answers.push(deliver(body, index % 2 === 0 ? false : kept));
  await delay(everyMs);
}
process.stdout.write(JSON.stringify(await Promise.all(answers)), () => process.exit());
