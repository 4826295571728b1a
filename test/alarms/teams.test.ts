// Alarms to a Microsoft Teams workflow: the documented card, through TLS, to Microsoft’s own host name.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createProxy, type Server } from 'node:http';
import { createServer as createWorkflow, type Server as Workflow } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listen } from '../support/local-server.js';
import { ProgramRig } from '../rigs/program.js';
import { hasTool } from '../support/fault-tools.js';
import { selfSigned } from '../support/self-signed.js';

const HOSTS = [
  'prod-07.westeurope.logic.azure.com',
  'default1f.0a.environment.api.powerplatform.com',
];

/** learn.microsoft.com: “Create and send messages”, on cards to incoming webhooks and workflows. */
const MESSAGE = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: z.strictObject({
        $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
        type: z.literal('AdaptiveCard'),
        version: z.literal('1.2'),
        body: z.tuple([
          z.strictObject({ type: z.literal('TextBlock'), text: z.string(), wrap: z.boolean() }),
        ]),
      }),
    }),
  ]),
});

describe.skipIf(!hasTool('openssl'))('a Teams workflow', () => {
  let live: ProgramRig;
  let workflow: Workflow;
  let proxy: Server;
  const posted: string[] = [];
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    live = await ProgramRig.start();
    const { certificate, key } = selfSigned(live.folder, HOSTS);
    const tls = { key: readFileSync(key), cert: readFileSync(certificate) };
    workflow = createWorkflow(tls, (asked, reply) => {
      void text(asked).then((body) => {
        posted.push(body);
        // Whatever it was.
        reply.writeHead(202).end();
      });
    });
    const { port } = new URL(await listen(workflow));
    proxy = createProxy().on('connect', (_asked, socket: Socket) => {
      const through = connect(Number(port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        socket.pipe(through).pipe(socket);
      });
      for (const one of [socket, through]) sockets.add(one.on('error', () => undefined));
    });
    const HTTPS_PROXY = await listen(proxy);
    Object.assign(live.environment, { HTTPS_PROXY, NODE_EXTRA_CA_CERTS: certificate });
  });
  afterEach(async () => {
    await live.close();
    for (const socket of sockets) socket.destroy();
    workflow.close();
    proxy.close();
  });

  it.each(HOSTS)('at %s gets a card', async (host) => {
    posted.length = 0;
    const file = join(live.folder, 'alarm-url');
    writeFileSync(file, `https://${host}/workflows/0a1b/triggers/manual/paths/invoke?sig=secret`);
    await live.setUp();
    const { stdout, stderr } = await live.start('setup', '--no-input', '--alarm-url-file', file)
      .ended;
    expect(stdout + stderr).toContain('accepted a test. Check that it arrived.');
    const [body = ''] = posted;
    const { attachments } = MESSAGE.parse(JSON.parse(body));
    expect(attachments[0].content.body[0].text).toMatch(/^codesubmit-lever on .*: test\./);
  });
});
