// Lever's routes that write to opportunities: links, tags, notes.
import { badRequest } from '../simulated-error.js';
import type { Opportunity } from './lever-records.js';
import {
  fieldOf,
  textsIn,
  type LeverAnswer,
  type LeverCall,
  type LeverRoute,
} from './lever-route.js';
import { showHollow, showOpportunity } from './opportunity-view.js';
import { getVisible, showNote } from './read-routes.js';

export const writeRoutes: LeverRoute[] = [
  {
    method: 'POST',
    path: '/opportunities/:id/addLinks',
    right: 'opportunities:write',
    answer: (call) => {
      // Throws unless the caller may see the opportunity.
      getVisible(call);
      const { world, id } = call;
      const changed = world.contacts.addLinks(id, textsIn(call.body, 'links'));
      if (world.switches.linksReply === 'hollow') return hollow(call, changed);
      return { body: { data: showOpportunity(world, world.opportunities.sight(id, 0)) } };
    },
  },
  tagRoute('addTags'),
  tagRoute('removeTags'),
  {
    method: 'POST',
    path: '/opportunities/:id/notes',
    right: 'notes:write',
    answer: (call) => {
      // Throws unless the caller may see the opportunity.
      getVisible(call);
      const value = fieldOf(call.body, 'value');
      if (typeof value !== 'string' || value === '') throw badRequest('"value" must be a string');
      const note = call.world.notes.add(call.id, { value, userId: call.performAs });
      return { status: 201, body: { data: { ...showNote(note), noteId: note.id } } };
    },
  },
];

/** The route that adds or removes tags. */
function tagRoute(action: 'addTags' | 'removeTags'): LeverRoute {
  return {
    method: 'POST',
    path: `/opportunities/:id/${action}`,
    right: 'tags:write',
    answer: (call) => {
      // Throws unless the caller may see the opportunity.
      getVisible(call);
      return hollow(call, call.world.actions[action](call.id, textsIn(call.body, 'tags')));
    },
  };
}

/** The answer that shows the opportunity without candidate data. */
function hollow({ world }: LeverCall, { id }: Opportunity): LeverAnswer {
  return { body: { data: showHollow(world, world.opportunities.sight(id, 0)) } };
}
