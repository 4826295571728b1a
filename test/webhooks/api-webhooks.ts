/**
 * An integration whose webhooks are created through Lever's API, and what Lever and the daemon show
 * of them.
 */
import { parse } from 'node:path';
import { WEBHOOK_EVENTS } from '../../src/domain/lever-ports.js';
import type { Webhook } from '../../src/simulator/lever/webhook-records.js';
import { signedBody } from '../../src/simulator/lever/sign-webhook.js';
import { HomeFile } from '../rigs/home-file.js';
import { ProgramRig, type Ended, type RunningDaemon } from '../rigs/program.js';

export const ADDRESS = 'https://bridge.example.com';
export const EVENTS: string[] = [...WEBHOOK_EVENTS].sort();

/** Without a token in the environment, and not set up yet. */
export async function startWithoutToken(): Promise<ProgramRig> {
  const live = await ProgramRig.start();
  delete live.environment.LEVER_SIGNING_TOKEN;
  return live;
}

export function setUpByApi(live: ProgramRig, ...more: string[]): Promise<Ended> {
  const args = ['--webhook', 'api', '--public-url', ADDRESS, ...more];
  return live.run('setup', '--no-input', ...args);
}

export function webhooksOf({ simulator }: ProgramRig): Webhook[] {
  return [...simulator.lever.webhooks.all.values()];
}

export function eventsOf(live: ProgramRig): string[] {
  return webhooksOf(live)
    .map(({ event }) => event as string)
    .sort();
}

/** As if created an hour ago: by then Lever lists them. */
export function ageWebhooks({ home }: ProgramRig): void {
  const file = new HomeFile(home);
  file.exec('UPDATE webhooks SET made_at = made_at - 3600000');
  file.close();
}

/** The writes to Lever that concern webhooks. */
export function webhookWrites({ simulator }: ProgramRig): string[] {
  return simulator.lever.requests
    .writes()
    .map(({ method, route }) => `${method} ${route}`)
    .filter((write) => write.includes('/webhooks'));
}

/** The daemon's response status to something that Lever signs with this token. */
export async function answerTo(daemon: RunningDaemon, webhook: Webhook): Promise<number> {
  const body = signedBody(
    { event: webhook.event, triggeredAt: Date.now(), hasId: false, data: {} },
    webhook.signatureToken,
  );
  const path = parse(new URL(webhook.url).pathname).base;
  const reply = await fetch(`${daemon.url}/webhooks/lever/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await reply.text();
  return reply.status;
}
