/**
 * The boundaries between two effects on the path from the delivery to the link, and how the daemon
 * is killed at each: by its requests to the vendors, by its commits, and by blocking its next
 * commit. All of it from outside, so it costs nothing in production. It is exact, because a process
 * leaves only its commits and its requests.
 */
import type { InvitationState } from '../../src/domain/invitation.js';
import { eventually } from '../rigs/eventually.js';
import type { DeliveryRun } from './delivery-run.js';
import { dieAnswered, dieAsking, dieOwing, isAbout, isListing, type Matches } from './crash-run.js';

export interface Boundary {
  name: string;
  /** The effects before it, as named in `observed-effects.ts`. */
  after: string[];
  /** The invitation's state that the dead daemon must leave; a cell without it proves nothing. */
  leaves: InvitationState | 'none';
  /** Called before the first delivery; resolves when the daemon is dead. */
  kill: (cell: DeliveryRun) => Promise<void>;
  /** The sweep sees nothing, so only the delivery can cause it. */
  isSweepBlind?: boolean;
}

export const isSweep: Matches = ({ method, path }) =>
  method === 'GET' && path === '/v1/opportunities';

export function isRead({ person }: DeliveryRun): Matches {
  return isAbout(person.id, 'GET', '');
}

export function isPost({ person }: DeliveryRun): Matches {
  return ({ method, body }) => method === 'POST' && body.includes(person.email);
}

export function isAddLinks({ person }: DeliveryRun): Matches {
  return isAbout(person.id, 'POST', '/addLinks');
}

function untilInState(cell: DeliveryRun, state: string): Promise<unknown> {
  return eventually(`the invitation is ${state}`, () =>
    cell.fate().state === state ? true : undefined,
  );
}

async function dieInState(cell: DeliveryRun, state: string): Promise<void> {
  await untilInState(cell, state);
  await cell.die();
}

export const BOUNDARIES: Boundary[] = [
  {
    name: 'delivery received',
    after: [],
    leaves: 'none',
    isSweepBlind: true,
    kill: async (cell) => {
      const { file } = cell.tapped;
      file.stopWrites();
      await cell.deliveries.sent();
      await cell.die();
      file.letWrite();
    },
  },
  {
    name: 'delivery accepted',
    after: ['deliveries', 'inbox'],
    leaves: 'none',
    isSweepBlind: true,
    kill: (cell) =>
      cell.tapped.lever.arm({
        matches: isRead(cell),
        arrived: async () => {
          await cell.deliveries.answered();
          await cell.die();
          return 'discard';
        },
      }),
  },
  {
    name: 'read from Lever',
    after: ['GET /v1/opportunities/:id'],
    leaves: 'none',
    isSweepBlind: true,
    kill: (cell) => dieAnswered(cell, cell.tapped.lever, isRead(cell)),
  },
  {
    name: 'decision committed',
    after: ['opportunities', 'decisions', 'invitations queued'],
    leaves: 'queued',
    isSweepBlind: true,
    kill: (cell) => dieAsking(cell, cell.tapped.codesubmit, isListing, 'discard'),
  },
  {
    name: 'list read',
    after: ['GET /api/external/candidates'],
    leaves: 'queued',
    kill: (cell) => dieAnswered(cell, cell.tapped.codesubmit, isListing),
  },
  {
    name: 'intent committed',
    after: ['invitations sending'],
    leaves: 'sending',
    kill: (cell) => dieAsking(cell, cell.tapped.codesubmit, isPost(cell), 'discard'),
  },
  {
    name: 'POST sent',
    after: ['POST /api/external/candidates'],
    leaves: 'sending',
    kill: (cell) => dieAsking(cell, cell.tapped.codesubmit, isPost(cell), 'pass'),
  },
  {
    name: 'POST answered',
    after: ['POST /api/external/candidates'],
    leaves: 'sending',
    kill: (cell) => dieAnswered(cell, cell.tapped.codesubmit, isPost(cell)),
  },
  {
    name: 'settled',
    after: ['invitations invited', 'attempts send', 'writebacks waiting', 'writebacks owed'],
    leaves: 'invited',
    kill: (cell) => dieOwing(cell, () => untilInState(cell, 'invited')),
  },
  {
    name: 'link claimed',
    after: ['writebacks claimed'],
    leaves: 'invited',
    kill: (cell) => dieAsking(cell, cell.tapped.lever, isAddLinks(cell), 'discard'),
  },
  {
    name: 'addLinks sent',
    after: ['POST /v1/opportunities/:id/addLinks'],
    leaves: 'invited',
    kill: (cell) => dieAsking(cell, cell.tapped.lever, isAddLinks(cell), 'pass'),
  },
  {
    name: 'addLinks answered',
    after: ['POST /v1/opportunities/:id/addLinks'],
    leaves: 'invited',
    kill: (cell) => dieAnswered(cell, cell.tapped.lever, isAddLinks(cell)),
  },
  {
    name: 'link settled',
    after: ['invitations linked', 'attempts link', 'writebacks done'],
    leaves: 'linked',
    kill: (cell) => dieInState(cell, 'linked'),
  },
];
