// What the buttons of the tab Webhooks do.
import { z } from 'zod';
import { noFields } from '../../pages/form-fields.js';
import { action, idIn, type PageRoute } from '../../pages/page-route.js';
import { forbidden } from '../../simulated-error.js';
import type { LeverWorld } from '../lever-world.js';
import { webhookEvents, type Webhook } from '../webhook-records.js';

const tab = '/settings/integrations?tab=webhooks';
const event = z.enum(webhookEvents);
const url = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

export const webhookActions: PageRoute<LeverWorld>[] = [
  action('/settings/webhooks', z.strictObject({ url, event }), ({ webhooks }, input) =>
    anchorOf(webhooks.add(input, 'page').id),
  ),
  action('/settings/webhook-groups/:id', noFields, ({ webhooks }, _fields, call) => {
    const group = event.parse(idIn(call));
    webhooks.setGroup(group, !webhooks.groups.get(group));
    return tab;
  }),
  action('/settings/webhooks/:id/url', z.strictObject({ url }), (world, input, call) => {
    const { id } = madeOnPage(world, idIn(call));
    world.webhooks.change(id, input);
    return anchorOf(id);
  }),
  action('/settings/webhooks/:id/toggle', noFields, (world, _fields, call) => {
    const { id, isEnabled } = madeOnPage(world, idIn(call));
    world.webhooks.change(id, { isEnabled: !isEnabled });
    return anchorOf(id);
  }),
  action('/settings/webhooks/:id/verify', noFields, async ({ webhooks, sender }, _fields, call) => {
    const webhook = webhooks.get(idIn(call));
    await sender.verify(webhook);
    return anchorOf(webhook.id);
  }),
  action('/settings/webhooks/:id/remove', noFields, (world, _fields, call) => {
    world.webhooks.remove(madeOnPage(world, idIn(call)).id);
    return tab;
  }),
  action(
    '/settings/deliveries/:id/rerun',
    noFields,
    async ({ webhooks, sender }, _fields, call) => {
      const { id, webhookId } = webhooks.getDelivery(idIn(call));
      await sender.rerun(id);
      return anchorOf(webhookId);
    },
  ),
];

/** Webhooks created through the API can't be changed on the page [D]. */
function madeOnPage({ webhooks }: LeverWorld, id: string): Webhook {
  const webhook = webhooks.get(id);
  if (webhook.madeBy === 'page') return webhook;
  throw forbidden('This webhook was created through the API and can only be changed there');
}

function anchorOf(id: string): string {
  return `${tab}#webhook-${id}`;
}
