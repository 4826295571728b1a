/** Checks of the way from Lever to this daemon: address, certificate, signing token, deliveries. */
import { randomBytes } from 'node:crypto';
import { webhookUrl } from '../../storage/settings/settings.js';
import { DAY_MS } from '../../domain/clock.js';
import { sign } from '../../pipeline/receive/verify-delivery.js';
import { ApiError } from '../../domain/errors.js';
import { OWN_TEST_EVENT } from '../../pipeline/receive/delivery-store.js';
import {
  codesubmitIntegration,
  findForeignWebhooks,
  otherIntegration,
  webhooksTab,
} from '../../setup/foreign-webhooks.js';
import { explainFailure, probePublicUrl, publicClient } from '../../setup/public-address.js';
import { TemporaryServer, type TemporaryServerDeps } from '../../setup/temporary-server.js';
import { GIVE_TOKEN } from '../problems/connection-problems.js';
import { lookAtCertificate } from './certificate.js';
import { formatDuration } from '../../domain/format.js';
import { fail, pass, warn, type Check, type Finding } from './check.js';
import type { CheckContext } from './check-context.js';

const NONE = 'No public address: regular checks of the stages do the work';
const NEW_URL = 'Correct the proxy or the address: codesubmit-lever setup --public-url URL';

function verifyThere({ settings }: CheckContext): string {
  const url = webhookUrl(settings) ?? '';
  return `In ${webhooksTab(settings)}, enter ${url} for Candidate Stage Change, turn it on and press Verify Connection`;
}

function checkWebhook(exam: CheckContext): Finding {
  const { app, settings } = exam;
  if (settings.publicUrl === null) return pass(NONE);
  if (app.configuration.current().signingTokens.length === 0) {
    return warn('No signing token is stored, so every webhook is rejected', GIVE_TOKEN);
  }
  const { last_delivery_at: lastAt, webhook_verified_at: verifiedAt } = app.configuration.row();
  if (lastAt === null || verifiedAt === null) {
    return warn('Lever has sent nothing yet', verifyThere(exam));
  }
  return pass(`Verified; the last webhook came ${formatDuration(exam.now - lastAt)} ago`);
}

/** Without permission to list webhooks, a second integration is noticed by what it sends. */
const lookForForeign =
  (find: typeof otherIntegration, good: string) =>
  async (exam: CheckContext): Promise<Finding> => {
    const listed = await exam.webhooks();
    if (listed === null) return pass('Not checked: this key may not list webhooks');
    const found = find(findForeignWebhooks(listed, exam.settings), exam.settings);
    return found ? fail(found.summary, found.fix) : pass(good);
  };

/** Without a running daemon, opens a server at its address, so the check tests the way there. */
async function checkPublicUrl(
  exam: CheckContext<TemporaryServerDeps>,
  signal: AbortSignal,
): Promise<Finding> {
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
  exam: CheckContext<TemporaryServerDeps>,
  publicUrl: string,
  signal: AbortSignal,
): Promise<Finding> {
  const { http } = exam.app.vendors.with({ signal });
  const probe = await probePublicUrl(publicUrl, http);
  if (!probe.isReached) {
    if (probe.isHiddenFromHere !== true) return fail(probe.sentence, NEW_URL);
    return warn(`${probe.sentence}; Lever may reach it anyway`, NEW_URL);
  }
  const [signingToken] = exam.app.configuration.current().signingTokens;
  if (signingToken === undefined) return pass(probe.sentence);
  try {
    return await sendOwnTest(exam, signingToken, publicClient(publicUrl, http));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return fail(`${publicUrl} passes /healthz but not webhooks: ${explainFailure(error)}`, NEW_URL);
  }
}

/** A signed delivery to the public address must arrive in this data directory. */
async function sendOwnTest(
  { app, settings, now }: CheckContext<TemporaryServerDeps>,
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
  if (app.deliveries.isKept({ identity, triggeredAt: now })) {
    return pass(
      `${settings.publicUrl ?? ''} reaches this data directory; a signed test came through`,
    );
  }
  return fail(
    `${settings.publicUrl ?? ''} reaches the daemon of another data directory`,
    'Point the proxy to this data directory’s daemon, or run doctor with the other --home DIR',
  );
}

const SOON_MS = 14 * DAY_MS;

async function checkCertificate(exam: CheckContext, signal: AbortSignal): Promise<Finding> {
  const { publicUrl } = exam.settings;
  if (publicUrl === null) return pass(NONE);
  if (!publicUrl.startsWith('https:')) {
    return warn('Lever accepts https addresses only', NEW_URL);
  }
  const certificate = await lookAtCertificate(new URL(publicUrl), signal);
  if (certificate.kind === 'unseen') {
    return warn(`Not checked: ${certificate.why}; Lever may see it anyway`, NEW_URL);
  }
  const { refusal, validTo } = certificate;
  if (refusal !== null) {
    return fail(
      `Lever won’t accept this certificate: ${refusal}`,
      'Install a certificate from a public authority on the proxy, with its full chain',
    );
  }
  const leftMs = validTo - exam.now;
  const summary = `The chain is complete, and valid for ${formatDuration(leftMs)}`;
  return leftMs > SOON_MS
    ? pass(summary)
    : warn(`The certificate expires in ${formatDuration(leftMs)}`, 'Renew it');
}

export const WEBHOOK_CHECKS: readonly Check<TemporaryServerDeps>[] = [
  { id: 'webhook', needs: 'use', isCheap: true, run: checkWebhook },
  {
    ...{ id: 'other_integration', needs: 'use', isCheap: true },
    run: lookForForeign(otherIntegration, 'Lever has no webhook of another codesubmit-lever'),
    problem: { code: 'second_integration', vendor: 'lever' },
  },
  {
    ...{ id: 'codesubmit_integration', needs: 'use', isCheap: true },
    run: lookForForeign(codesubmitIntegration, 'CodeSubmit’s own integration is off in Lever'),
    problem: { code: 'codesubmit_integration_on', vendor: 'codesubmit' },
  },
  { id: 'public_url', needs: 'use', isCheap: false, run: checkPublicUrl },
  {
    ...{ id: 'certificate', needs: 'use', isCheap: true, run: checkCertificate },
    problem: { code: 'certificate_bad', vendor: null },
  },
];
