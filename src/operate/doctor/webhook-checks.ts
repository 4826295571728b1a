/** Checks of the way from Lever to this daemon: address, certificate, signing token, what has come. */
import { randomBytes } from 'node:crypto';
import { webhookUrl } from '../../storage/settings/settings.js';
import { DAY_MS } from '../../domain/clock.js';
import { sign } from '../../pipeline/receive/verify-delivery.js';
import { ApiError } from '../../domain/errors.js';
import { WEBHOOK_EVENTS } from '../../domain/lever-ports.js';
import { OWN_TEST_EVENT } from '../../pipeline/receive/delivery-store.js';
import { compareWebhooks } from '../../setup/webhooks/sync-webhooks.js';
import {
  codesubmitIntegration,
  findForeignWebhooks,
  listWebhooksIfAllowed,
  otherIntegration,
  webhooksTab,
} from '../../setup/webhooks/foreign-webhooks.js';
import { explainFailure, probePublicUrl, publicClient } from '../../setup/public-address.js';
import { TemporaryServer } from '../../setup/temporary-server.js';
import { newLeverRights } from '../problems/reconnect.js';
import { GIVE_TOKEN, MAKE_THEM } from '../problems/connection-problems.js';
import { lookAtCertificate } from './certificate.js';
import { formatDuration } from '../../domain/format.js';
import { fail, pass, unlessEmpty, warn, type Check, type Finding } from './check.js';
import type { CheckContext } from './check-context.js';

const NONE = 'No public address: sweeps alone do the work';
const NEW_URL = 'Correct the proxy or the address: codesubmit-lever setup --public-url URL';

function verifyThere({ settings }: CheckContext): string {
  const url = webhookUrl(settings) ?? '';
  if (settings.webhookWay === 'api') {
    return `In ${webhooksTab(settings)} let a Super Admin switch on the events ${WEBHOOK_EVENTS.join(', ')}`;
  }
  return `In ${webhooksTab(settings)} put ${url} on Candidate Stage Change, switch it on and press Verify Connection`;
}

/** `setup` deletes those that were made by API; Lever lets only a person delete what a person made. */
function deleteStray({ settings }: CheckContext): string {
  return `If a person made one with this URL, delete it in ${webhooksTab(settings)}, then run: codesubmit-lever setup --webhook api`;
}

function checkWebhook(exam: CheckContext): Finding {
  const { app, settings } = exam;
  if (settings.publicUrl === null) return pass(NONE);
  if (app.configuration.current().signingTokens.length === 0) {
    const fix = settings.webhookWay === 'api' ? MAKE_THEM : GIVE_TOKEN;
    return warn('No signing token is stored, so that every webhook is refused', fix);
  }
  const { last_delivery_at: lastAt, webhook_verified_at: verifiedAt } = app.configuration.row();
  if (lastAt === null || verifiedAt === null) {
    return warn('Lever has sent nothing yet', verifyThere(exam));
  }
  return pass(`Verified; the last delivery came ${formatDuration(exam.now - lastAt)} ago`);
}

/** Lever must have one of ours for each event, and no other at our address. */
async function checkMadeWebhooks(exam: CheckContext): Promise<Finding> {
  try {
    const compared = await compareWebhooks(exam.app, { listWebhooks: exam.webhooks });
    if (!compared) return pass('None are made by API');
    const { missing, strays } = compared;
    const fix = strays.length === 0 ? MAKE_THEM : deleteStray(exam);
    if (missing.length > 0) return fail(`Lever lacks the webhook for ${missing.join(', ')}`, fix);
    return unlessEmpty(strays, 'Lever has one for each event, at this address', () =>
      warn('Lever has a second webhook at this address, whose token is not known', fix),
    );
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    return warn(
      'The right to list webhooks is lacking, so that nobody knows whether they are there',
      newLeverRights(exam.app, ' with that right'),
    );
  }
}

/** Without the right to list webhooks, a second integration is noticed by what it sends. */
const lookForForeign =
  (find: typeof otherIntegration, good: string) =>
  async (exam: CheckContext): Promise<Finding> => {
    const listed = await listWebhooksIfAllowed({ listWebhooks: exam.webhooks });
    if (listed === null) return pass('Not looked for: this key may not list webhooks');
    const found = find(findForeignWebhooks(listed, exam.settings), exam.settings);
    return found ? fail(found.summary, found.fix) : pass(good);
  };

/** Opens a server at the daemon's address when no daemon runs, so that the check asks about the way to it, not whether it runs. */
async function checkPublicUrl(exam: CheckContext, signal: AbortSignal): Promise<Finding> {
  const { publicUrl } = exam.settings;
  if (publicUrl === null) return pass(NONE);
  const ingress = new TemporaryServer(exam.app);
  try {
    await ingress.open();
    return await testWayIn(exam, publicUrl, signal);
  } finally {
    await ingress.close();
  }
}

async function testWayIn(
  exam: CheckContext,
  publicUrl: string,
  signal: AbortSignal,
): Promise<Finding> {
  const http = { ...exam.app.http, signal };
  const probe = await probePublicUrl(publicUrl, http);
  if (!probe.isReached) {
    const isInside = /no address in DNS|nothing listens|it does not answer/.test(probe.sentence);
    const sentence = isInside
      ? `${probe.sentence}; Lever may reach it all the same`
      : probe.sentence;
    return isInside ? warn(sentence, NEW_URL) : fail(sentence, NEW_URL);
  }
  const [signingToken] = exam.app.configuration.current().signingTokens;
  if (signingToken === undefined) return pass(probe.sentence);
  try {
    return await sendOwnTest(exam, signingToken, publicClient(publicUrl, http));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return fail(
      `${publicUrl} passes /healthz on, but no webhook: ${explainFailure(error)}`,
      NEW_URL,
    );
  }
}

/** A signed delivery without data, by way of the public address; on this home's disk it must then be. */
async function sendOwnTest(
  { app, settings, now }: CheckContext,
  signingToken: string,
  client: ReturnType<typeof publicClient>,
): Promise<Finding> {
  const signed = { token: randomBytes(24).toString('hex'), triggeredAt: now };
  const identity = sign(signed, signingToken);
  await client.request({
    route: 'POST /webhooks/lever/:id',
    path: `/webhooks/lever/${settings.webhookId ?? ''}`,
    json: { event: OWN_TEST_EVENT, ...signed, signature: identity.toString('hex'), data: {} },
    passStatuses: [200],
  });
  if (app.deliveries.isKept(identity)) {
    return pass(`${settings.publicUrl ?? ''} reaches this home; a signed test came through`);
  }
  return fail(
    `${settings.publicUrl ?? ''} reaches another daemon than this home’s`,
    'Let the proxy pass it on to the daemon of this home, or run doctor with its --home DIR',
  );
}

const SOON_MS = 14 * DAY_MS;

async function checkCertificate(exam: CheckContext, signal: AbortSignal): Promise<Finding> {
  const { publicUrl } = exam.settings;
  if (publicUrl === null) return pass(NONE);
  if (!publicUrl.startsWith('https:')) {
    return warn('Lever takes https addresses only', NEW_URL);
  }
  const certificate = await lookAtCertificate(new URL(publicUrl), signal);
  if (certificate.kind === 'unseen') {
    return warn(`Not seen: ${certificate.why}; Lever may see it all the same`, NEW_URL);
  }
  const { refusal, validTo } = certificate;
  if (refusal !== null) {
    return fail(
      `The certificate is not one that Lever takes: ${refusal}`,
      'Let the proxy serve a certificate of a public authority, with its whole chain',
    );
  }
  const leftMs = validTo - exam.now;
  const summary = `Its chain is whole, and good for ${formatDuration(leftMs)}`;
  return leftMs > SOON_MS
    ? pass(summary)
    : warn(`The certificate ends in ${formatDuration(leftMs)}`, 'Renew it');
}

export const WEBHOOK_CHECKS: readonly Check[] = [
  { id: 'webhook', needs: 'use', isCheap: true, run: checkWebhook },
  {
    ...{ id: 'webhooks_by_api', needs: 'use', isCheap: true, run: checkMadeWebhooks },
    problem: { code: 'webhooks_missing', vendor: 'lever' },
  },
  {
    ...{ id: 'other_integration', needs: 'use', isCheap: true },
    run: lookForForeign(otherIntegration, 'Lever has no webhook of another codesubmit-lever'),
    problem: { code: 'second_integration', vendor: 'lever' },
  },
  {
    ...{ id: 'codesubmit_integration', needs: 'use', isCheap: true },
    run: lookForForeign(codesubmitIntegration, 'Lever has no webhook of CodeSubmit’s own'),
    problem: { code: 'codesubmit_integration_on', vendor: 'codesubmit' },
  },
  { id: 'public_url', needs: 'use', isCheap: false, run: checkPublicUrl },
  {
    ...{ id: 'certificate', needs: 'use', isCheap: true, run: checkCertificate },
    problem: { code: 'certificate_bad', vendor: null },
  },
];
