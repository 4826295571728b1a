/** The boundaries between two effects on the way from CodeSubmit's list to Lever's tag and note, and the kill at each. */
import { eventually } from '../support/live-integration.js';
import type { TappedRequest, VendorTap } from '../support/vendor-tap.js';
import { isAbout, type ProgressCell } from './progress-cell.js';

export interface ProgressBoundary {
  name: string;
  /** The effects that it comes after. */
  after: string[];
  /** The progress that the dead daemon must have left; a cell that doesn't find it proves nothing. */
  leaves: 'invited' | 'submitted';
  kill: (cell: ProgressCell) => Promise<void>;
  /** In the short form too. */
  isShort?: boolean;
}

type Matches = (request: TappedRequest) => boolean;

const isListing: Matches = ({ method, path }) =>
  method === 'GET' && path === '/api/external/candidates';

/** Dead as soon as the request arrives, or with it on its way: then Lever does the work all the same. */
function dieAsking(cell: ProgressCell, matches: Matches, then: 'pass' | 'discard'): Promise<void> {
  return cell.tapped.lever.arm({
    matches,
    arrived: async () => {
      await cell.die();
      return then;
    },
  });
}

/** Dead with the answer in its hands and nothing of it on disk. */
function dieAnswered(cell: ProgressCell, tap: VendorTap, matches: Matches): Promise<void> {
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

/** The first reading that shows it; an earlier one may be under way. */
function isListingOfSubmitted(cell: ProgressCell): Matches {
  const { codesubmit } = cell.tapped.live.simulator;
  return (request) =>
    isListing(request) &&
    codesubmit.invitations.some(
      ({ email, progress }) => email === cell.person.email && progress === 'submitted',
    );
}

async function dieSettled(cell: ProgressCell): Promise<void> {
  const { file } = cell.tapped;
  // Of all that follows the settling, the next commit is refused.
  file.exec(`CREATE TRIGGER stop_here BEFORE UPDATE OF claim ON writebacks
    WHEN NEW.claim IS NOT NULL BEGIN SELECT RAISE(ABORT, 'stopped by the test'); END`);
  await eventually('it is submitted', () => (cell.progress() === 'submitted' ? true : undefined));
  await cell.die();
  file.exec('DROP TRIGGER stop_here');
}

async function dieDone(cell: ProgressCell): Promise<void> {
  await eventually('all is done', () => (cell.isSettled('submitted') ? true : undefined));
  await cell.die();
}

function boundariesOf(
  what: string,
  name: string,
  short: 'sent' | 'answered' | 'both',
): ProgressBoundary[] {
  const effect = `POST /v1/opportunities/:id${what}`;
  return [
    {
      name: `${name} about to be asked`,
      after: ['writebacks claimed'],
      leaves: 'submitted',
      kill: (cell) => dieAsking(cell, isAbout(cell, 'POST', what), 'discard'),
    },
    {
      name: `${name} sent`,
      after: [effect],
      leaves: 'submitted',
      isShort: short !== 'answered',
      kill: (cell) => dieAsking(cell, isAbout(cell, 'POST', what), 'pass'),
    },
    {
      name: `${name} answered`,
      after: [effect],
      leaves: 'submitted',
      isShort: short !== 'sent',
      kill: (cell) => dieAnswered(cell, cell.tapped.lever, isAbout(cell, 'POST', what)),
    },
  ];
}

export const PROGRESS_BOUNDARIES: ProgressBoundary[] = [
  {
    name: 'list read',
    after: ['GET /api/external/candidates'],
    leaves: 'invited',
    kill: (cell) => dieAnswered(cell, cell.tapped.codesubmit, isListingOfSubmitted(cell)),
  },
  {
    name: 'progress settled',
    after: ['invitations linked', 'attempts progress', 'status_numbers', 'writebacks owed'],
    leaves: 'submitted',
    isShort: true,
    kill: dieSettled,
  },
  {
    name: 'tags read',
    after: ['GET /v1/opportunities/:id'],
    leaves: 'submitted',
    kill: (cell) => dieAnswered(cell, cell.tapped.lever, isAbout(cell, 'GET', '')),
  },
  ...boundariesOf('/removeTags', 'removeTags', 'sent'),
  ...boundariesOf('/addTags', 'addTags', 'answered'),
  {
    name: 'notes read',
    after: ['GET /v1/opportunities/:id/notes'],
    leaves: 'submitted',
    kill: (cell) => dieAnswered(cell, cell.tapped.lever, isAbout(cell, 'GET', '/notes')),
  },
  ...boundariesOf('/notes', 'note', 'both'),
  {
    name: 'all settled',
    after: ['writebacks done', 'attempts tag', 'attempts note'],
    leaves: 'submitted',
    kill: dieDone,
  },
];
