// What the buttons of the tab Webhooks do.
import { z } from 'zod';
import { noFields } from '../../pages/form-fields.js';
import { action, idIn, type PageRoute } from '../../pages/page-route.js';
import type { LeverWorld } from '../lever-world.js';
import { webhookEvents } from '../webhook-records.js';

const tab = '/settings/integrations?tab=webhooks';
const event = z.enum(webhookEvents);
const url = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

export const webhookActions: PageRoute<LeverWorld>[] = [
  action('/settings/webhooks', z.strictObject({ url, event }), ({ webhooks }, input) =>
    anchorOf(webhooks.add(input).id),
  ),
  action('/settings/webhook-groups/:id', noFields, ({ webhooks }, _fields, call) => {
    const group = event.parse(idIn(call));
    webhooks.setGroup(group, !webhooks.groups.get(group));
    return tab;
  }),
  action('/settings/webhooks/:id/url', z.strictObject({ url }), ({ webhooks }, input, call) => {
    webhooks.change(idIn(call), input);
    return anchorOf(idIn(call));
  }),
  action('/settings/webhooks/:id/toggle', noFields, ({ webhooks }, _fields, call) => {
    const { id, isEnabled } = webhooks.get(idIn(call));
    webhooks.change(id, { isEnabled: !isEnabled });
    return anchorOf(id);
  }),
  action('/settings/webhooks/:id/verify', noFields, async ({ webhooks, sender }, _fields, call) => {
    const webhook = webhooks.get(idIn(call));
    await sender.verify(webhook);
    return anchorOf(webhook.id);
  }),
  action('/settings/webhooks/:id/remove', noFields, ({ webhooks }, _fields, call) => {
    webhooks.remove(idIn(call));
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

function anchorOf(id: string): string {
  return `${tab}#webhook-${id}`;
}
