// Control routes for faults and the request log, the same for both vendors.
import { z } from 'zod';
import { faultKinds } from '../faults/fault-plan.js';
import { codeSubmitState } from './codesubmit-controls.js';
import { get, nothing, post, text, type ControlRoute } from './control-route.js';
import { leverState } from './lever-controls.js';

const vendor = z.enum(['lever', 'codesubmit']);
const count = z.number().int().min(0);

const fault = z.strictObject({
  vendor,
  kind: z.enum(faultKinds),
  method: text.optional(),
  route: text.optional(),
  when: z.enum(['before', 'after']).optional(),
  times: count.optional(),
  skip: count.optional(),
  probability: z.number().min(0).max(1).optional(),
  seed: z.number().int().optional(),
  delayMs: count.optional(),
  status: z.number().int().min(500).max(599).optional(),
  retryAfter: z.union([z.number().min(0), text]).optional(),
  location: text.optional(),
});

const requestFilter = z.strictObject({
  vendor,
  method: text.optional(),
  route: text.optional(),
  status: z.coerce.number().int().optional(),
});

export const faultControls: ControlRoute[] = [
  get('/state', nothing, ({ lever, codesubmit }) => ({
    lever: leverState(lever),
    codesubmit: codeSubmitState(codesubmit),
  })),
  get('/faults', nothing, ({ lever, codesubmit }) => ({
    lever: lever.faults.list(),
    codesubmit: codesubmit.faults.list(),
  })),
  post('/faults', fault, (worlds, { vendor: struck, ...rule }) => worlds[struck].faults.set(rule)),
  post(
    '/faults/clear',
    z.strictObject({ vendor: vendor.optional(), id: text.optional() }),
    (worlds, { vendor: healed, id }) => {
      for (const name of healed ? [healed] : vendor.options) worlds[name].faults.clear(id);
      return { cleared: id ?? 'all' };
    },
  ),
  get('/requests', requestFilter, (worlds, { vendor: name, ...filter }) =>
    worlds[name].requests.list(filter),
  ),
  post('/requests/clear', nothing, ({ lever, codesubmit }) => {
    for (const { requests } of [lever, codesubmit]) requests.clear();
    lever.rate.clear();
    return { cleared: 'all' };
  }),
];
