/** The examples for nginx and Caddy, run as they are but for ports and certificates, over TLS in front of a daemon. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTool, isFull } from '../support/fault-tools.js';
import { closeServer, listen } from '../support/local-server.js';
import { freePort } from '../rigs/free-port.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, WEBHOOK_ID, type RunningDaemon } from '../rigs/program.js';
import { selfSigned } from '../support/self-signed.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url));
const scratch = temporaryFolder();
let certificate: string;
let key: string;
let live: ProgramRig;
let daemon: RunningDaemon;
/** Stands before the daemon, and sees what the proxies hand on. */
let upstream: Server;
let upstreamUrl: string;
const arrived: { path: string; body: string }[] = [];
/** Awaited before anything is answered. */
let held: Promise<void> = Promise.resolve();

interface Proxy {
  name: 'nginx' | 'caddy';
  /** Writes the configuration, and returns the command. */
  prepare: (port: number, upstream: string) => [command: string, ...args: string[]];
}

const PROXIES: Proxy[] = [
  {
    name: 'nginx',
    prepare: (port, upstream) => {
      const site = readFileSync(join(DEPLOY, 'nginx/codesubmit-lever.conf'), 'utf8')
        .replace('listen 443 ssl', `listen 127.0.0.1:${String(port)} ssl`)
        .replace('/etc/ssl/hooks.example.com.pem', certificate)
        .replace('/etc/ssl/hooks.example.com.key', key)
        .replaceAll('127.0.0.1:8737', upstream);
      const file = join(scratch, 'nginx.conf');
      writeFileSync(
        file,
        `daemon off; pid ${scratch}/nginx.pid; error_log stderr info; events {}\nhttp { access_log ${scratch}/nginx-access.log;\n${site}}\n`,
      );
      return ['nginx', '-p', scratch, '-c', file];
    },
  },
  {
    name: 'caddy',
    prepare: (port, upstream) => {
      const file = join(scratch, 'Caddyfile');
      writeFileSync(
        file,
        readFileSync(join(DEPLOY, 'caddy/Caddyfile'), 'utf8')
          .replace(/^\{$/m, '{\nadmin off\nauto_https disable_redirects')
          .replace(
            'hooks.example.com {',
            `https://hooks.example.com:${String(port)} {\ntls ${certificate} ${key}`,
          )
          .replaceAll('127.0.0.1:8737', upstream),
      );
      return ['caddy', 'run', '--adapter', 'caddyfile', '--config', file];
    },
  },
];

describe.skipIf(!hasTool('openssl'))('over TLS', () => {
  beforeAll(async () => {
    ({ certificate, key } = selfSigned(scratch, ['hooks.example.com']));
    live = await ProgramRig.setUp();
    daemon = await live.serve();
    upstream = createHttpServer((asked, reply) => {
      void (async () => {
        // A proxy that streams breaks off what it refuses.
        const body = await text(asked).catch(() => 'broken off');
        arrived.push({ path: String(asked.url), body });
        await held;
        const isDelivery = asked.method === 'POST';
        reply.writeHead(isDelivery ? await live.post(daemon, body) : 200).end();
      })();
    });
    upstreamUrl = await listen(upstream);
  });

  afterAll(async () => {
    upstream.close();
    await live.close();
  });

  for (const { name, prepare } of PROXIES)
    describe.skipIf(!hasTool(name))(name, () => {
      let child: ChildProcess;
      let port: number;
      let said = '';

      beforeAll(async () => {
        port = await freePort();
        const [command, ...args] = prepare(port, new URL(upstreamUrl).host);
        child = spawn(command, args, {
          env: { ...process.env, HOME: scratch, XDG_DATA_HOME: scratch },
        });
        for (const stream of [child.stdout, child.stderr])
          stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
        await eventually(`${command} answers`, async () => {
          if (child.exitCode !== null) throw new Error(said);
          return ask('/healthz').catch(() => undefined);
        });
      });

      afterAll(async () => {
        child.kill('SIGTERM');
        if (child.exitCode === null) await once(child, 'exit');
      });

      /** What it has logged, to its output or to a file. */
      function logged(): string {
        const file = join(scratch, `${name}-access.log`);
        return said + (existsSync(file) ? readFileSync(file, 'utf8') : '');
      }

      async function ask(path: string, body?: string, header = ''): Promise<number | undefined> {
        const asked = request({
          ...{ host: '127.0.0.1', port, path, servername: 'hooks.example.com', agent: false },
          headers: { host: 'hooks.example.com', 'content-type': 'application/json', 'x-a': header },
          method: body === undefined ? 'GET' : 'POST',
          ca: readFileSync(certificate),
        });
        asked.end(body);
        const [reply] = (await once(asked, 'response')) as [IncomingMessage];
        reply.resume();
        return reply.statusCode;
      }

      it('hands on a signed body as it is, up to what the daemon takes', async () => {
        const id = live.candidate('Zoë Ünïcode');
        live.move(id);
        // Spaces are no part of what is signed, but of the body that must arrive.
        const body = live.delivery(id) + ' '.repeat(15_000);
        const path = `/webhooks/lever/${WEBHOOK_ID}`;
        expect(await ask(path, body)).toBe(200);
        expect(arrived.at(-1)).toEqual({ path, body });
      });

      it.runIf(name === 'nginx')('refuses a larger body itself', async () => {
        const before = arrived.length;
        expect(await ask(`/webhooks/lever/${WEBHOOK_ID}`, 'x'.repeat(300_000))).toBe(413);
        expect(arrived.slice(before).filter(({ body }) => body.length > 16 * 1024)).toEqual([]);
      });

      it('refuses headers that are too large itself', async () => {
        const before = arrived.length;
        expect(await ask('/healthz', undefined, 'x'.repeat(40_000))).toBeGreaterThanOrEqual(400);
        expect(arrived).toHaveLength(before);
      });

      it.runIf(isFull).each([
        ['headers', 'POST /webhooks/lever/x HTTP/1.1\r\nHost: hooks.example.com\r\nX-A: '],
        [
          'a body',
          'POST /webhooks/lever/x HTTP/1.1\r\nHost: hooks.example.com\r\nContent-Length: 9\r\n\r\n{',
        ],
      ])('waits for %s no longer than the daemon does', async (_what, text) => {
        const ca = readFileSync(certificate);
        const socket = connect({ host: '127.0.0.1', port, servername: 'hooks.example.com', ca });
        socket.on('error', () => undefined).resume();
        await once(socket, 'secureConnect');
        socket.write(text);
        await once(socket, 'close');
      });

      it.runIf(name === 'nginx')('refuses too much at once from one address with 503', async () => {
        let release = (): void => undefined;
        held = new Promise((resolve) => (release = resolve));
        const answers: unknown[] = [];
        const asked = Array.from({ length: 60 }, async () => answers.push(await ask('/healthz')));
        await eventually('some are refused', () => answers.length === 10);
        expect(answers).toEqual(Array(10).fill(503));
        release();
        await Promise.all(asked);
        expect(answers.filter((status) => status === 200)).toHaveLength(50);
      });

      it.each([
        '/',
        '/readyz',
        '/metrics',
        '/webhooks',
        '/healthz/more',
        '/oauth/lever/callback/more',
        '/status',
      ])('answers 404 to %s', async (path) => {
        expect(await ask(path)).toBe(404);
      });

      it('keeps a login’s code and state out of its logs, also while the daemon is down', async () => {
        const path = '/oauth/lever/callback?code=canary-code&state=canary-state';
        expect(await ask(path)).toBe(200);
        expect(arrived.at(-1)).toEqual({ path, body: '' });
        await closeServer(upstream);
        expect(await ask(path)).toBe(502);
        expect(await ask('/healthz?seen=1')).toBe(502);
        await eventually('the log shows a request', () => logged().includes('seen=1'));
        expect(logged()).not.toContain('canary');
        await listen(upstream, Number(new URL(upstreamUrl).port));
      });
    });
});
