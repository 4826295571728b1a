/** Tries the way from the public address to this data directory, with a signed test. */
import { randomBytes } from 'node:crypto';
import { ApiError } from '../../domain/errors.js';
import { isDelivered, OWN_TEST_EVENT } from '../../store/deliveries.js';
import { sign } from '../../lever/verify-delivery.js';
import { explainFailure, probePublicUrl, publicClient } from '../setup/public-address.js';
import { whenDaemonRan, type Answer } from './fact.js';
import type { Inspection } from './inspection.js';

/**
 * Whether webhooks to the public address arrive here. Without a running daemon, opens its server meanwhile. Throws
 * `conflict` when the port is taken.
 */
export async function tryWayIn(
  inspection: Inspection,
  publicUrl: string,
  signal: AbortSignal,
  fix: string,
): Promise<Answer> {
  // Another fact looks for the port's owner by listening on it: only after that is the port free for our server.
  if (!whenDaemonRan(inspection.app).running) await inspection.portOwner();
  // The daemon's own app has no `openServer`: its server is open already.
  const ingress = await inspection.app.openServer?.();
  try {
    const { http } = inspection.app.vendors.with({ signal });
    const probe = await probePublicUrl(publicUrl, http);
    if (!probe.isReached) {
      if (!probe.isHiddenFromHere) return { what: probe.sentence, fix };
      return { level: 'warn', what: `${probe.sentence}; Lever may reach it anyway`, fix };
    }
    // Without a token we can't sign a test, and reaching the program has to do.
    const [signingToken] = inspection.app.configuration.current().signingTokens;
    if (signingToken === undefined) return probe.sentence;
    return await sendOwnTest(inspection, publicUrl, signingToken, publicClient(publicUrl, http));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { what: `${publicUrl} passes /healthz but not webhooks: ${explainFailure(error)}`, fix };
  } finally {
    await ingress?.close();
  }
}

/** A signed delivery to the public address must arrive in this data directory. */
async function sendOwnTest(
  { app, settings, now }: Inspection,
  publicUrl: string,
  signingToken: string,
  client: ReturnType<typeof publicClient>,
): Promise<Answer> {
  const signed = { token: randomBytes(24).toString('hex'), triggeredAt: now };
  const identity = sign(signed, signingToken);
  await client.request({
    route: 'POST /webhooks/lever/:id',
    path: `/webhooks/lever/${settings.webhookId ?? ''}`,
    json: { event: OWN_TEST_EVENT, ...signed, signature: identity.toString('hex'), data: {} },
    passStatuses: [200],
  });
  if (isDelivered(app.database, { identity, triggeredAt: now })) {
    return `${publicUrl} reaches this data directory; a signed test came through`;
  }
  return {
    what: `${publicUrl} reaches the daemon of another data directory`,
    fix: 'Point the proxy to this data directory’s daemon, or run doctor with the other --home DIR',
  };
}
