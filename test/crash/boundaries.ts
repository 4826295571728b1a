/**
 * The boundaries between two effects of the main path, from the delivery to the link, each with the way in which the
 * daemon is killed there. All from outside: by what it asks of the vendors, by what it has committed, and by keeping it
 * from its next commit. So they cost nothing in production, and they are exact: what survives a process is what it
 * committed and what it asked of others.
 */
import type { InvitationState } from '../../src/domain/invitation.js';
import { eventually } from '../support/live-integration.js';
import type { TappedRequest, VendorTap } from '../support/vendor-tap.js';
import type { Cell } from './cell.js';

export interface Boundary {
  name: string;
  /** The effects that it comes after, as `observed-effects.ts` names them. */
  after: string[];
  /** The invitation's state in which the dead daemon must have left it; a cell that doesn't find it proves nothing. */
  leaves: InvitationState | 'none';
  /** Called before the first delivery; resolves when the daemon is dead. */
  kill: (cell: Cell) => Promise<void>;
  /** The sweep sees nothing, so that the delivery alone must bring it about. */
  isSweepBlind?: boolean;
}

type Matches = (request: TappedRequest) => boolean;

export const isSweep: Matches = ({ method, path }) =>
  method === 'GET' && path === '/v1/opportunities';

const isListing: Matches = ({ method, path }) =>
  method === 'GET' && path === '/api/external/candidates';

export function isRead({ person }: Cell): Matches {
  return ({ method, path }) => method === 'GET' && path === `/v1/opportunities/${person.id}`;
}

export function isPost({ person }: Cell): Matches {
  return ({ method, body }) => method === 'POST' && body.includes(person.email);
}

export function isAddLinks({ person }: Cell): Matches {
  return ({ method, path }) =>
    method === 'POST' && path === `/v1/opportunities/${person.id}/addLinks`;
}

/** Dead as soon as the request arrives, or with it on its way: then the vendor does the work all the same. */
function dieAsking(
  cell: Cell,
  tap: VendorTap,
  matches: Matches,
  then: 'pass' | 'discard',
): Promise<void> {
  return tap.arm({
    matches,
    arrived: async () => {
      await cell.die();
      return then;
    },
  });
}

/** Dead with the answer in its hands and nothing of it on disk. */
function dieAnswered(cell: Cell, tap: VendorTap, matches: Matches): Promise<void> {
  const { file } = cell.tapped;
  return tap.arm({
    matches,
    worked: async () => file.stopWrites(),
    answered: async () => {
      await cell.die();
      file.letWrite();
    },
  });
}

async function dieInState(cell: Cell, state: string): Promise<void> {
  await eventually(`the invitation is ${state}`, () =>
    cell.fate().state === state || cell.fate().isLeft ? true : undefined,
  );
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
    kill: async (cell) => {
      const { file } = cell.tapped;
      // Of all that follows the settling, its next commit is refused.
      file.exec(`CREATE TRIGGER stop_here BEFORE UPDATE OF claim ON writebacks
        WHEN NEW.claim IS NOT NULL BEGIN SELECT RAISE(ABORT, 'stopped by the test'); END`);
      await dieInState(cell, 'invited');
      file.exec('DROP TRIGGER stop_here');
    },
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
