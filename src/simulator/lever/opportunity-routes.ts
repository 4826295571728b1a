// Lever's routes that read opportunities.
import { notFound, SimulatedError } from '../simulated-error.js';
import { hasRight } from './lever-access.js';
import { pageOf, several } from './lever-page.js';
import { idOf, type LeverCall, type LeverRoute } from './lever-route.js';
import type { Sight } from './opportunity-book.js';
import { filterOpportunities, timeRange } from './opportunity-filter.js';
import { inListOrder } from './opportunity-page.js';
import { checkExpand, showOpportunity } from './opportunity-view.js';

/**
 * The opportunity that a call names, as of `lagMs` ago.
 * @throws a 404, or what `confidentialRefusal` says for a confidential one without the right.
 */
export function getVisible(call: LeverCall, lagMs = 0): Sight {
  const { world, grant } = call;
  const sight = world.opportunities.sight(idOf(call), lagMs);
  const isConfidential = sight.opportunity.confidentiality === 'confidential';
  if (!isConfidential || hasRight(grant, 'confidential:access')) return sight;
  if (world.switches.confidentialRefusal === 404) throw notFound(`opportunity ${idOf(call)}`);
  throw new SimulatedError(403, 'Forbidden', 'This key has no access to confidential data');
}

export const opportunityRoutes: LeverRoute[] = [
  {
    method: 'GET',
    path: '/opportunities',
    right: 'opportunities:read',
    answer: ({ world, grant, query }) => {
      const expand = several(query, 'expand');
      checkExpand(expand);
      const sights = inListOrder(world, filterOpportunities(world, grant, query));
      const show = (sight: Sight) => showOpportunity(world, sight, expand);
      if (world.switches.pageTokens === 'by-position') {
        return { body: pageOf(sights, query, (_sight, index) => index, show) };
      }
      return { body: world.opportunityPages.page(world, sights, query, show) };
    },
  },
  {
    method: 'GET',
    path: '/opportunities/deleted',
    right: 'opportunities:read',
    answer: ({ world, query }) => {
      const { deletedList } = world.switches;
      if (deletedList === 'refused') {
        throw new SimulatedError(403, 'Forbidden', 'This key may not list deleted opportunities');
      }
      const isWithin = timeRange(query, 'deleted_at');
      const rows = world.opportunities.deleted.filter(
        ({ deletedAt }) => isWithin?.(deletedAt) ?? true,
      );
      return {
        body: pageOf(
          rows,
          query,
          (_row, index) => index,
          (row) => (deletedList === 'ids' ? row.id : row),
        ),
      };
    },
  },
  {
    method: 'GET',
    path: '/opportunities/:id',
    right: 'opportunities:read',
    answer: (call) => {
      const expand = several(call.query, 'expand');
      checkExpand(expand);
      const sight = getVisible(call, call.world.switches.readLagMs);
      return { body: { data: showOpportunity(call.world, sight, expand) } };
    },
  },
];
