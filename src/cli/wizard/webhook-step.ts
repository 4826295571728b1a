/** The webhook: its address first, then its signing token, then Lever's Verify Connection, waited for live. */
import { leverAppUrl } from '../../app/lever-addresses.js';
import { probePublicUrl } from '../../app/probe-public-url.js';
import { SetupIngress, type Refusals } from '../../app/setup-ingress.js';
import { webhookUrl } from '../../app/status-report.js';
import { pollUntil } from '../poll-until.js';
import { askOne, askSecret, askText, askUntil, type Say } from './ask.js';
import { good, heading, warn, type WizardContext } from './wizard-context.js';

const SIGNING_TOKEN = /^[0-9a-f]{48}$/i;
const POLL_MS = 300;
const IMPATIENCE_MS = 60_000;

/** Returns false when it was left out: sweeps do the work then. */
export async function askWebhook(context: WizardContext): Promise<boolean> {
  heading(context, 'The webhook');
  const { sitting, io, house } = context;
  const { publicUrl } = sitting.settings();
  if (publicUrl === null) {
    io.out('Without a public address there is none: sweeps look at the stages every few minutes.');
    return false;
  }
  const url = webhookUrl({ publicUrl, webhookId: await sitting.webhookId() });
  const app = leverAppUrl(sitting.settings());
  io.out(`In Lever: ${app}/settings/integrations?tab=webhooks → + Add webhook`);
  io.out('  event: Candidate Stage Change');
  io.out(`  URL:   ${url ?? ''}`);
  const isThere = await askOne('Is it there, with its signature token before you?', [
    { name: 'Yes', value: true },
    {
      name: 'There is no Webhooks tab, or later',
      value: false,
      description: 'sweeps do the work until then',
    },
  ]);
  if (!isThere) return false;
  const ingress = new SetupIngress(house);
  const isOpened = await ingress.open();
  try {
    await probe(context, publicUrl);
    do await askToken(context);
    while (
      !(await waitForVerification(context, ingress, isOpened)) &&
      (await pastesAgain(ingress))
    );
  } finally {
    await ingress.close();
  }
  return true;
}

async function probe(context: WizardContext, publicUrl: string): Promise<void> {
  const { isReached, sentence } = await probePublicUrl(publicUrl, context.house.http);
  if (isReached) good(context, sentence);
  else warn(context, `${sentence}. Lever may reach it all the same.`);
}

async function askToken(context: WizardContext): Promise<void> {
  for (;;) {
    const token = await askSecret('Signature token of the webhook');
    const isUsual = SIGNING_TOKEN.test(token);
    if (!isUsual)
      warn(context, `Lever’s tokens have 48 hexadecimal characters; this has ${token.length}.`);
    const isTaken =
      isUsual ||
      (await askOne('Take it all the same?', [
        { name: 'No, paste it again', value: false },
        { name: 'Yes', value: true },
      ]));
    if (!isTaken) continue;
    await context.sitting.keepSigningToken(token);
    good(context, 'Kept. One that it replaces stays good for two weeks, for Lever’s Rerun.');
    return;
  }
}

async function waitForVerification(
  context: WizardContext,
  ingress: SetupIngress,
  isOpened: boolean,
): Promise<boolean> {
  const stop = new AbortController();
  const since = context.house.surroundings.clock.now();
  context.io.out('Now switch it on in Lever and press Verify Connection.');
  const answer = await askUntil(
    (say) => watch(context, { ingress, isOpened, since, say }, stop.signal),
    (signal) => askText('Waiting for Lever; Enter ends the waiting', { signal }),
  );
  stop.abort();
  const isVerified = 'came' in answer;
  if (isVerified)
    good(context, 'Verified: Lever reaches this address, and the signature is right.');
  else warn(context, 'Not verified yet; `codesubmit-lever status` will show it.');
  return isVerified;
}

/** Asked only when deliveries came that the token did not fit. */
async function pastesAgain({ refusals }: SetupIngress): Promise<boolean> {
  if (refusals.forged === 0) return false;
  return askOne('What now?', [
    { name: 'Paste the signature token again', value: true },
    { name: 'Leave it for later', value: false },
  ]);
}

interface Watched {
  ingress: SetupIngress;
  isOpened: boolean;
  /** Epoch ms. */
  since: number;
  say: Say;
}

/** Resolves when a signed delivery has come; says meanwhile what goes wrong. */
function watch(
  context: WizardContext,
  { ingress, isOpened, since, say }: Watched,
  signal: AbortSignal,
): Promise<true> {
  const began = performance.now();
  let seen = ingress.refusals.forged + ingress.refusals.malformed;
  let hasHinted = false;
  const look = (): true | undefined => {
    const { last_delivery_at: at } = context.house.configuration.row();
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
  { refusals }: SetupIngress,
  seen: number,
  say: Say,
): number {
  const refused = refusals.forged + refusals.malformed;
  if (refused !== seen) say(() => warn(context, explainRefusals(refusals)));
  return refused;
}

function explainRefusals({ forged, tokenMixups }: Refusals): string {
  if (tokenMixups > 0) {
    return 'The signature does not match: what was pasted is a delivery’s “token”, not the webhook’s signature token.';
  }
  return forged > 0
    ? 'A delivery came, but its signature does not match: is it this very webhook’s signature token, and not a delivery’s “token”?'
    : 'Something came that is no delivery of Lever’s.';
}

function sayLikelyCauses(context: WizardContext, isOpened: boolean): void {
  warn(
    context,
    'Nothing has come for a minute. Likely: the URL in Lever is another, the proxy does not',
  );
  warn(
    context,
    `pass it on, or the webhook is not switched on.${isOpened ? '' : ' The running daemon answers; its log says more.'}`,
  );
}
