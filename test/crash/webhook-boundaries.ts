/**
 * The boundaries between two effects of creating webhooks through the API, and how the run is
 * killed at each.
 */
import { dieAnswered, dieAsking, type Matches } from './crash-run.js';
import { isMaking, type Occasion, type WebhookRun } from './webhook-run.js';

export interface WebhookBoundary {
  name: string;
  /** The effects before it. */
  after: string[];
  /** A row's state that the dead run must leave; a cell without it proves nothing. */
  leaves: string;
  kill: (cell: WebhookRun) => Promise<void>;
  /** Nothing is deleted if nothing existed. */
  occasions: Occasion[];
}

const isWebhookList: Matches = ({ method, path }) => method === 'GET' && path === '/v1/webhooks';

const isDeletion: Matches = ({ method, path }) =>
  method === 'DELETE' && path.startsWith('/v1/webhooks/');

/** Killed at its first read after a request that matches. */
async function dieLookingAfter(cell: WebhookRun, matches: Matches): Promise<void> {
  let isOver = false;
  const noted = cell.tapped.lever.arm({ matches, answered: async () => void (isOver = true) });
  await dieAsking(
    cell,
    cell.tapped.lever,
    (request) => isOver && isWebhookList(request),
    'discard',
  );
  await noted;
}

const ANY: Occasion[] = ['nothing is there', 'the address changes', 'they are renewed'];
const REPLACING: Occasion[] = ['the address changes', 'they are renewed'];

export const WEBHOOK_BOUNDARIES: WebhookBoundary[] = [
  {
    name: 'list read',
    after: ['GET /v1/webhooks'],
    leaves: 'none',
    occasions: ['nothing is there'],
    kill: (cell) => dieAnswered(cell, cell.tapped.lever, isWebhookList),
  },
  {
    name: 'intent committed',
    after: ['webhooks begun'],
    leaves: 'begun',
    occasions: ANY,
    kill: (cell) => dieAsking(cell, cell.tapped.lever, isMaking, 'discard'),
  },
  {
    name: 'POST sent',
    after: ['POST /v1/webhooks'],
    leaves: 'begun',
    occasions: ANY,
    kill: (cell) => dieAsking(cell, cell.tapped.lever, isMaking, 'pass'),
  },
  {
    name: 'POST answered',
    after: ['POST /v1/webhooks'],
    leaves: 'begun',
    occasions: ANY,
    kill: (cell) => dieAnswered(cell, cell.tapped.lever, isMaking),
  },
  {
    name: 'all kept',
    after: ['webhooks in_use'],
    leaves: 'in_use',
    occasions: ['nothing is there'],
    kill: (cell) => dieLookingAfter(cell, isMaking),
  },
  {
    name: 'replaced, and the old one not deleted',
    after: ['webhooks in_use', 'webhooks leaving'],
    leaves: 'leaving',
    occasions: REPLACING,
    kill: (cell) => dieAsking(cell, cell.tapped.lever, isDeletion, 'discard'),
  },
  {
    name: 'DELETE sent',
    after: ['DELETE /v1/webhooks/:id'],
    leaves: 'leaving',
    occasions: REPLACING,
    kill: (cell) => dieAsking(cell, cell.tapped.lever, isDeletion, 'pass'),
  },
  {
    name: 'DELETE answered',
    after: ['DELETE /v1/webhooks/:id'],
    leaves: 'leaving',
    occasions: REPLACING,
    kill: (cell) => dieAnswered(cell, cell.tapped.lever, isDeletion),
  },
  {
    name: 'old ones gone',
    after: ['webhooks gone'],
    leaves: 'gone',
    occasions: REPLACING,
    kill: (cell) => dieLookingAfter(cell, isDeletion),
  },
];
