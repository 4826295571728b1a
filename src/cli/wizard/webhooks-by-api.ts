/** Webhooks made by Lever's API: made, named, and waited for until a Super Admin has switched their events on. */
import type { WebhooksKept } from '../../app/keep-webhooks.js';
import { failureInWords } from '../../domain/failure-words.js';
import { WEBHOOK_EVENTS } from '../../domain/lever-ports.js';
import { setUpProgress } from '../set-up-progress.js';
import { sayWebhooks, webhooksPage, whatIsLeftOfWebhooks, wordsOfEvent } from '../webhook-words.js';
import { askOne } from './ask.js';
import { awaitDelivery, type Door } from './await-delivery.js';
import { withDoor } from './open-door.js';
import { sayProbe } from './say-probe.js';
import { good, warn, type WizardContext } from './wizard-context.js';

/** Returns false when Lever refuses them to this key or login: then one is made by hand. */
export async function makeWebhooks(context: WizardContext, publicUrl: string): Promise<boolean> {
  await context.sitting.keepSettings({ webhookWay: 'api' });
  return withDoor(context, async (door) => {
    const kept = await keep(context);
    if (kept.kind === 'refused') {
      await context.sitting.keepSettings({ webhookWay: 'paste' });
      return false;
    }
    if (kept.kind === 'kept') {
      await sayProbe(context, publicUrl);
      await untilSwitchedOn(context, door);
    }
    return true;
  });
}

/** Asked again while Lever can't be asked, unless it is left for later. */
async function keep(context: WizardContext): Promise<WebhooksKept> {
  for (;;) {
    const kept = await context.sitting.keepWebhooks(setUpProgress(context.io).onWebhook);
    if (!kept) throw new Error('webhooks are wanted, and nothing was seen to');
    sayKept(context, kept);
    if (kept.kind !== 'failed') return kept;
    const isEnough = await askOne('What now?', [
      { name: 'Try again', value: false },
      { name: 'Leave it for later', value: true, description: 'the next setup goes on from here' },
    ]);
    if (isEnough) return kept;
  }
}

export function sayKept(context: WizardContext, kept: WebhooksKept | undefined): void {
  if (!kept) return;
  const done = sayWebhooks(kept);
  if (done !== undefined) good(context, done);
  if (kept.kind === 'failed')
    warn(context, `The webhooks could not be seen to: ${failureInWords(kept.error)}.`);
  for (const line of whatIsLeftOfWebhooks(kept, context.sitting.settings())) warn(context, line);
}

async function untilSwitchedOn(context: WizardContext, door: Door): Promise<void> {
  const { io, house, sitting } = context;
  if (house.configuration.row().webhook_verified_at !== null) {
    good(context, 'Lever has delivered to this address already.');
    return;
  }
  io.out(
    `Lever keeps webhooks that were made by API silent until a Super Admin has switched their events on: ${WEBHOOK_EVENTS.map(wordsOfEvent).join(', ')}.`,
  );
  io.out(`  ${webhooksPage(sitting.settings())}`);
  io.out('Then press Verify Connection there, or move somebody.');
  await awaitDelivery(context, door);
}
