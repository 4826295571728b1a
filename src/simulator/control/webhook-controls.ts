// Control routes for webhooks: what a Super Admin would do on Lever's settings page.
import { z } from 'zod';
import { webhookEvents } from '../lever/webhook-records.js';
import { get, nothing, post, text, texts, type ControlRoute } from './control-route.js';

const event = z.enum(webhookEvents);
const one = z.strictObject({ id: text });

export const webhookControls: ControlRoute[] = [
  get('/lever/webhooks', nothing, ({ lever }) => ({
    webhooks: [...lever.webhooks.all.values()],
    groups: Object.fromEntries(lever.webhooks.groups),
  })),
  post(
    '/lever/webhooks',
    z.strictObject({
      url: z.url(),
      event: event.default('candidateStageChange'),
      signatureToken: text.optional(),
      isEnabled: z.boolean().optional(),
      origins: texts.optional(),
    }),
    ({ lever }, input) => lever.webhooks.add(input),
  ),
  post(
    '/lever/webhooks/change',
    z.strictObject({
      id: text,
      url: z.url().optional(),
      signatureToken: text.optional(),
      isEnabled: z.boolean().optional(),
    }),
    ({ lever }, { id, ...change }) => lever.webhooks.change(id, change),
  ),
  post('/lever/webhooks/remove', one, ({ lever }, { id }) => {
    lever.webhooks.remove(id);
    return { removed: id };
  }),
  post(
    '/lever/webhooks/groups',
    z.strictObject({ event, isOn: z.boolean() }),
    ({ lever }, input) => {
      lever.webhooks.setGroup(input.event, input.isOn);
      return Object.fromEntries(lever.webhooks.groups);
    },
  ),
  post('/lever/webhooks/verify', one, ({ lever }, { id }) =>
    lever.sender.verify(lever.webhooks.get(id)),
  ),
  get('/lever/deliveries', nothing, ({ lever }) => [...lever.webhooks.deliveries.values()]),
  post('/lever/deliveries/rerun', one, ({ lever }, { id }) => lever.sender.rerun(id)),
];
