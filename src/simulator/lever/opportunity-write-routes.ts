// Lever's routes that write to opportunities: links, tags, stage, archived.
import { badRequest } from '../simulated-error.js';
import type { Opportunity } from './lever-records.js';
import {
  fieldOf,
  idOf,
  textIn,
  textsIn,
  type LeverAnswer,
  type LeverCall,
  type LeverRoute,
} from './lever-route.js';
import type { LeverWorld } from './lever-world.js';
import { getVisible } from './opportunity-routes.js';
import { showHollow, showOpportunity } from './opportunity-view.js';

export const opportunityWriteRoutes: LeverRoute[] = [
  {
    method: 'POST',
    path: '/opportunities/:id/addLinks',
    right: linksRight,
    answer: (call) => {
      getVisible(call);
      return withLinks(call, call.world.contacts.addLinks(idOf(call), textsIn(call.body, 'links')));
    },
  },
  {
    method: 'POST',
    path: '/opportunities/:id/removeLinks',
    right: linksRight,
    answer: (call) => {
      getVisible(call);
      return withLinks(
        call,
        call.world.contacts.removeLinks(idOf(call), textsIn(call.body, 'links')),
      );
    },
  },
  {
    method: 'POST',
    path: '/opportunities/:id/addTags',
    right: 'tags:write',
    answer: (call) => {
      getVisible(call);
      return hollow(call, call.world.actions.addTags(idOf(call), textsIn(call.body, 'tags')));
    },
  },
  {
    method: 'POST',
    path: '/opportunities/:id/removeTags',
    right: 'tags:write',
    answer: (call) => {
      getVisible(call);
      return hollow(call, call.world.actions.removeTags(idOf(call), textsIn(call.body, 'tags')));
    },
  },
  {
    method: 'PUT',
    path: '/opportunities/:id/stage',
    right: 'opportunities:write',
    answer: (call) => {
      getVisible(call);
      const stage = textIn(call.body, 'stage');
      const isKnown = call.world.account.stages.some(({ id }) => id === stage);
      if (!isKnown) throw badRequest(`"${stage}" is no stage`);
      return hollow(call, call.world.actions.move(idOf(call), stage, actor(call)));
    },
  },
  {
    method: 'PUT',
    path: '/opportunities/:id/archived',
    right: 'opportunities:write',
    answer: (call) => {
      getVisible(call);
      const { actions } = call.world;
      const isUnarchiving = fieldOf(call.body, 'reason') === null;
      if (isUnarchiving) return hollow(call, actions.unarchive(idOf(call), actor(call)));
      const reason = textIn(call.body, 'reason');
      return hollow(call, actions.archive(idOf(call), reason, actor(call)));
    },
  },
];

function linksRight(world: LeverWorld) {
  return world.switches.linksRight;
}

function actor({ performAs }: LeverCall) {
  return { via: 'api' as const, userId: performAs };
}

function withLinks(call: LeverCall, changed: Opportunity): LeverAnswer {
  const { world } = call;
  if (world.switches.linksReply === 'hollow') return hollow(call, changed);
  return { body: { data: showOpportunity(world, world.opportunities.sight(changed.id, 0)) } };
}

function hollow({ world }: LeverCall, { id }: Opportunity): LeverAnswer {
  return { body: { data: showHollow(world, world.opportunities.sight(id, 0)) } };
}
