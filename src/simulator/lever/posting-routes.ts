// Lever's routes for postings.
import { pageOf, several, single } from './lever-page.js';
import type { Posting } from './lever-records.js';
import { idOf, laterFields, type LeverRoute } from './lever-route.js';
import type { LeverWorld } from './lever-world.js';

export const postingRoutes: LeverRoute[] = [
  {
    method: 'GET',
    path: '/postings',
    right: 'postings:read',
    answer: ({ world, query }) => {
      const state = single(query, 'state');
      const channels = several(query, 'distributionChannel');
      const rows = [...world.postings.all.values()].filter((row) => isAsked(row, state, channels));
      const show = (posting: Posting) => showPosting(world, posting);
      return { body: pageOf(rows, query, (_row, index) => index, show) };
    },
  },
  {
    method: 'GET',
    path: '/postings/:id',
    right: 'postings:read',
    answer: (call) => ({
      body: { data: showPosting(call.world, call.world.postings.get(idOf(call))) },
    }),
  },
];

/** `state=published` leaves out internal-only ones unless the channels ask for them. */
function isAsked(posting: Posting, state: string | undefined, channels: string[]): boolean {
  if (state !== undefined && posting.state !== state) return false;
  const asked = channels.length === 0 && state === 'published' ? ['public'] : channels;
  return asked.length === 0 || posting.distributionChannels.some((one) => asked.includes(one));
}

function showPosting(world: LeverWorld, posting: Posting) {
  const { ownerId, ...shown } = posting;
  return {
    ...shown,
    user: ownerId,
    owner: ownerId,
    hiringManager: null,
    confidentiality: 'non-confidential',
    urls: { show: `${world.origin}/postings/${posting.id}` },
    ...laterFields,
  };
}
