/** Waits for Lever's first delivery, and reports meanwhile what goes wrong. */
import { setTimeout as delay } from 'node:timers/promises';
import { MINUTE_MS } from '../../domain/clock.js';
import type { Refusals, TemporaryServer } from '../../setup/temporary-server.js';
import { askText, askUntil, type Say } from './ask.js';
import { good, warn, type WizardContext } from './wizard-context.js';

// Waits by checking again and again.

/** Never settles once `signal` is aborted, so the other side of a race decides. */
export async function pollUntil<T>(
  look: () => T | undefined | Promise<T | undefined>,
  everyMs: number,
  signal: AbortSignal,
): Promise<T> {
  while (!signal.aborted) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(everyMs);
  }
  return new Promise<T>(() => undefined);
}

const POLL_MS = 300;
const IMPATIENCE_MS = MINUTE_MS;

export interface OpenServer {
  ingress: TemporaryServer;
  /** False when the running daemon answers instead, or nothing does. */
  isOpened: boolean;
}

/** Resolves with true if a signed delivery came before the user stopped waiting. */
export async function awaitDelivery(context: WizardContext, server: OpenServer): Promise<boolean> {
  const since = context.app.runtime.clock.now();
  const answer = await askUntil(
    (say, signal) => watch(context, { ...server, since, say }, signal),
    (signal) => askText('Waiting for Lever; press Enter to stop waiting', { signal }),
  );
  const isVerified = 'came' in answer;
  if (isVerified)
    good(context, 'Verified: Lever reaches this address, and its signature is right.');
  else warn(context, 'Not verified yet.', 'Check later: codesubmit-lever status');
  return isVerified;
}

interface Watched extends OpenServer {
  /** Epoch ms. */
  since: number;
  say: Say;
}

/** Resolves when a signed delivery has come, and reports meanwhile what goes wrong. */
function watch(
  context: WizardContext,
  { ingress, isOpened, since, say }: Watched,
  signal: AbortSignal,
): Promise<true> {
  const began = performance.now();
  let seen = ingress.refusals.forged + ingress.refusals.malformed;
  let hasHinted = false;
  const look = (): true | undefined => {
    const { last_delivery_at: at } = context.app.configuration.row();
    if (at !== null && at >= since) return true;
    seen = sayRefusals(context, ingress, seen, say);
    if (!hasHinted && performance.now() - began > IMPATIENCE_MS) {
      hasHinted = true;
      say(() => sayLikelyCauses(context, isOpened));
    }
    return undefined;
  };
  return pollUntil(look, POLL_MS, signal);
}

function sayRefusals(
  context: WizardContext,
  { refusals }: TemporaryServer,
  seen: number,
  say: Say,
): number {
  const refused = refusals.forged + refusals.malformed;
  if (refused !== seen) say(() => warn(context, ...explainRefusals(refusals)));
  return refused;
}

/** What is wrong, and what fixes it. */
function explainRefusals({ forged, tokenMixups }: Refusals): [string, string?] {
  if (forged + tokenMixups === 0) return ['A request came that isn’t from Lever.'];
  return [
    tokenMixups > 0
      ? 'The signature doesn’t match: you pasted the “token” of a delivery.'
      : 'A delivery came, but its signature doesn’t match.',
    'Paste the webhook’s signature token, not the “token” of a delivery.',
  ];
}

function sayLikelyCauses(context: WizardContext, isOpened: boolean): void {
  const daemon = isOpened ? '' : ' The running daemon answers; see its log.';
  warn(
    context,
    'Nothing has come for a minute.',
    `Check that Lever has this URL, that the proxy forwards it, and that the webhook is on.${daemon}`,
  );
}
