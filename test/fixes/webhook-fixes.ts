/**
 * Problems on the way from Lever to the daemon: webhook, token, address, and on the way to the
 * alarm channel.
 */
import { createServer } from 'node:http';
import { expect } from 'vitest';
import type { Webhook } from '../../src/simulator/lever/webhook-records.js';
import { WEBHOOK_ID } from '../rigs/program.js';
import { listen } from '../support/local-server.js';
import { type FixWorld, SIGNING_TOKEN, STAGE } from './fix-world.js';
import { does, RUNNING, types, type Fix, type Step } from './fix.js';

/** Since the last genuine delivery. */
const QUIET_MS = 15 * 60_000;

const MINUTE = 60_000;
const EVENT = 'candidateStageChange';
const OTHER_TOKEN = '0dd5'.repeat(12);

const lever = ({ simulator }: FixWorld) => simulator.lever;
const urlOf = (world: FixWorld) => `${world.proxy.url}/webhooks/lever/${WEBHOOK_ID}`;

function makeOnPage(world: FixWorld, signatureToken = SIGNING_TOKEN): Webhook {
  return lever(world).webhooks.add({ url: urlOf(world), event: EVENT, signatureToken });
}

const webhooks = (world: FixWorld) => [...lever(world).webhooks.all.values()];

async function verify(world: FixWorld): Promise<void> {
  for (const webhook of webhooks(world)) await lever(world).sender.verify(webhook);
}

/** Two candidates move without a webhook, and half an hour passes. */
const goSilent = (act: (world: FixWorld) => unknown) => async (world: FixWorld) => {
  act(world);
  const ids = ['New lead', 'New lead'].map((stageId) => world.person({ stageId }));
  await world.later(10 * MINUTE);
  for (const id of ids) lever(world).actions.move(id, STAGE);
  await world.later(31 * MINUTE);
};

async function openOtherDaemon(): Promise<string> {
  const server = createServer((request, response) => response.end(`ok ${request.url ?? ''}`));
  return listen(server.unref());
}

const OTHER = 'https://other.example.com/webhooks/lever/0f0f0f0f0f0f';
const CODESUBMIT = 'https://app.codesubmit.io/integrations/lever';

const removeAt = (url: string) => (world: FixWorld) => {
  for (const webhook of webhooks(world).filter((one) => one.url === url)) {
    lever(world).webhooks.remove(webhook.id);
  }
};

/** A problem that the daemon's daily check found is gone with its next check, or doctor's. */
const looksAgain: Step = (_, world) => world.run('doctor');

/** What `setup` leaves to do with a new token. */
const setupAsksToVerify: Step = async (_, world) => {
  const { stdout } = await world.succeed('setup', '--no-input');
  expect(stdout).toMatch(/isn’t verified yet.*\n.*press Verify Connection/);
  await verify(world);
};

export const WEBHOOK_FIXES: readonly Fix[] = [
  {
    wrong: 'no webhook was created in Lever yet',
    break: () => undefined,
    look: { doctor: 'webhook' },
    says: /Lever’s webhook isn’t verified yet/,
    fix: [
      does(
        /tab=webhooks, enter http.*\/webhooks\/lever\/.* for Candidate Stage Change/,
        makeOnPage,
      ),
      does(/turn it on and press Verify Connection/, verify),
    ],
  },
  {
    wrong: 'no signing token is stored',
    break: (world) => world.change((tx, { secrets }) => secrets.erase(tx, 'signing_token')),
    look: { doctor: 'webhook' },
    says: /No signing token is stored, so every webhook is rejected/,
    fix: [types({ FILE: (world) => world.file(SIGNING_TOKEN) }), setupAsksToVerify],
  },
  {
    wrong: 'the wrong token was pasted',
    break: async (world) => {
      for (const { id } of webhooks(world)) {
        lever(world).webhooks.change(id, { signatureToken: OTHER_TOKEN });
      }
      await world.later(QUIET_MS);
      for (let times = 0; times < 3; times += 1) await verify(world);
    },
    look: { doctor: 'signatures' },
    says: /A webhook was rejected: its signature doesn’t match the stored token/,
    alone: { check: 'signatures', first: RUNNING },
    fix: [
      does(/Copy the webhook’s signature token from Lever/, () => undefined),
      types({ FILE: (world) => world.file(OTHER_TOKEN) }),
    ],
    alsoCovers: ['signatures_refused'],
  },
  {
    wrong: 'the webhook has a wrong URL in Lever, and the event’s toggle is off',
    break: goSilent((world) => {
      lever(world).webhooks.setGroup(EVENT, false);
      for (const { id } of webhooks(world)) {
        lever(world).webhooks.change(id, { url: `${urlOf(world)}-mistyped` });
      }
    }),
    look: { doctor: 'webhook_heard' },
    says: /Lever’s webhook is silent: \w+ moves had to be found by checking the stages/,
    fix: [
      types(),
      does(/check that the webhook for Candidate Stage Change is on/, (world) =>
        lever(world).webhooks.setGroup(EVENT, true),
      ),
      does(/has the URL shown/, (world) => {
        for (const { id } of webhooks(world)) {
          lever(world).webhooks.change(id, { url: urlOf(world) });
        }
      }),
      does(/press Verify Connection/, verify),
    ],
    alsoCovers: ['webhook_silent'],
  },
  {
    wrong: 'the proxy does not reach the daemon',
    break: ({ proxy }) => {
      proxy.target = null;
    },
    look: { doctor: 'public_url' },
    says: /can’t be reached from here: it answers 502: the proxy doesn’t reach the daemon by this path/,
    fix: [
      does(/Correct the proxy/, (world) => {
        world.proxy.target = world.url;
      }),
    ],
  },
  {
    wrong: 'the proxy reaches another daemon',
    break: async ({ proxy }) => {
      proxy.target = await openOtherDaemon();
    },
    look: { doctor: 'public_url' },
    says: /reaches the daemon of another data directory/,
    fix: [
      does(/Point the proxy to this data directory’s daemon/, (world) => {
        world.proxy.target = world.url;
      }),
    ],
  },
  {
    wrong: 'the public address is wrong',
    break: (world) =>
      world.succeed('setup', '--no-input', '--public-url', 'http://127.0.0.1:1/nobody'),
    look: { doctor: 'public_url' },
    says: /can’t be reached from here: the connection was refused; Lever may reach it anyway/,
    fix: [types({ URL: ({ proxy }) => proxy.url })],
  },
  {
    wrong: 'the public address is not https',
    break: (world) =>
      world.succeed('setup', '--no-input', '--public-url', 'http://bridge.example.com'),
    look: { doctor: 'public_url' },
    says: /Lever accepts https addresses only/,
    fix: [types({ URL: 'none' })],
    after: (world) => world.succeed('setup', '--no-input', '--public-url', world.proxy.url),
  },
  {
    wrong: 'another integration has a webhook in Lever',
    break: (world) =>
      lever(world).webhooks.add({ url: OTHER, event: EVENT, signatureToken: OTHER_TOKEN }),
    look: { doctor: 'other_integration' },
    says: /connected to another codesubmit-lever: .* to other\.example\.com too/,
    fix: [does(/delete its webhook in http/, removeAt(OTHER)), looksAgain],
    alsoCovers: ['second_integration'],
  },
  {
    wrong: 'CodeSubmit’s own integration is on',
    break: async (world) => {
      lever(world).webhooks.add({ url: CODESUBMIT, event: EVENT, signatureToken: OTHER_TOKEN });
      const { stdout } = await world.succeed('setup', '--no-input');
      expect(stdout).toMatch(/CodeSubmit’s own integration is on/);
    },
    look: { doctor: 'codesubmit_integration' },
    says: /CodeSubmit’s own integration is on/,
    fix: [does(/Turn it off, or candidates are invited twice/, removeAt(CODESUBMIT))],
    alsoCovers: ['codesubmit_integration_on'],
  },
];
