/** The webhook: made by Lever's API, or by hand with its address first, then its signing token, then Verify Connection. */
import type { SetupIngress } from '../../app/setup-ingress.js';
import { webhookUrl } from '../../config/settings.js';
import { SIGNING_TOKEN } from '../../domain/lever-ports.js';
import { setUpProgress } from '../set-up-progress.js';
import { webhooksPage } from '../webhook-words.js';
import { askOne, askSecret } from './ask.js';
import { awaitDelivery } from './await-delivery.js';
import { withDoor } from './open-door.js';
import { sayProbe } from './say-probe.js';
import { makeWebhooks, sayKept } from './webhooks-by-api.js';
import { good, heading, warn, type WizardContext } from './wizard-context.js';

type Way = 'api' | 'paste' | 'later';

/** Enter changes nothing; where there is none yet, it is the shortest way. */
function present({ house, sitting }: WizardContext): Way {
  const { webhookWay } = sitting.settings();
  if (webhookWay !== 'paste') return webhookWay === 'api' ? 'api' : 'later';
  return house.configuration.current().signingTokens.length > 0 ? 'paste' : 'api';
}

/** Without one sweeps do the work. */
export async function askWebhook(context: WizardContext): Promise<void> {
  heading(context, 'The webhook');
  const { sitting, io } = context;
  const { publicUrl } = sitting.settings();
  if (publicUrl === null) {
    io.out('Without a public address there is none: sweeps look at the stages every few minutes.');
    return;
  }
  const url = webhookUrl({ publicUrl, webhookId: await sitting.webhookId() }) ?? '';
  const way = await askOne<Way>(
    'How is it made?',
    [
      {
        name: 'By Lever’s API, now',
        value: 'api',
        description: 'for moves, archiving and deleting; the key needs the right to make webhooks',
      },
      { name: 'By hand, on Lever’s page', value: 'paste' },
      {
        name: 'There is no Webhooks tab, or later',
        value: 'later',
        description: 'sweeps do the work until then',
      },
    ],
    present(context),
  );
  if (way === 'later') return;
  const isMade = way === 'api' && (await makeWebhooks(context, publicUrl));
  if (!isMade) await pasteToken(context, publicUrl, url);
}

async function pasteToken(context: WizardContext, publicUrl: string, url: string): Promise<void> {
  const { sitting, io } = context;
  io.out('Make it on Lever’s page with + Add webhook:');
  io.out(`  ${webhooksPage(sitting.settings())}`);
  io.out('  event: Candidate Stage Change');
  io.out(`  URL:   ${url}`);
  const isThere = await askOne('Is it there, with its signature token before you?', [
    { name: 'Yes', value: true },
    { name: 'Not now', value: false, description: 'sweeps do the work until then' },
  ]);
  if (!isThere) return;
  await withDoor(context, async (door) => {
    await sayProbe(context, publicUrl);
    do {
      await askToken(context);
      io.out('Now switch it on in Lever and press Verify Connection.');
    } while (!(await awaitDelivery(context, door)) && (await pastesAgain(door.ingress)));
  });
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
    await leaveApi(context);
    return;
  }
}

/** The webhook that was made by hand has the place of those that were made by API. */
async function leaveApi(context: WizardContext): Promise<void> {
  await context.sitting.keepSettings({ webhookWay: 'paste' });
  const kept = await context.sitting.keepWebhooks(setUpProgress(context.io).onWebhook);
  sayKept(context, kept);
}

/** Asked only when deliveries came that the token did not fit. */
async function pastesAgain({ refusals }: SetupIngress): Promise<boolean> {
  if (refusals.forged === 0) return false;
  return askOne('What now?', [
    { name: 'Paste the signature token again', value: true },
    { name: 'Leave it for later', value: false },
  ]);
}
