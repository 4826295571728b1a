/** The boundaries between two effects on the way from CodeSubmit's list to Lever's tag and note, and the kill at each. */
import { eventually } from '../rigs/eventually.js';
import { dieAnswered, dieAsking, dieOwing, isAbout, isListing, type Matches } from './crash-run.js';
import type { ProgressRun } from './progress-run.js';

export interface ProgressBoundary {
  name: string;
  /** The effects before it. */
  after: string[];
  /** The progress that the dead daemon must leave; a cell without it proves nothing. */
  leaves: 'invited' | 'submitted';
  kill: (cell: ProgressRun) => Promise<void>;
  /** In the short form too. */
  isShort?: boolean;
}

/** The first reading that shows it; an earlier one may be under way. */
function isListingOfSubmitted(cell: ProgressRun): Matches {
  const { codesubmit } = cell.tapped.live.simulator;
  return (request) =>
    isListing(request) &&
    codesubmit.invitations.some(
      ({ email, progress }) => email === cell.person.email && progress === 'submitted',
    );
}

function dieSettled(cell: ProgressRun): Promise<void> {
  return dieOwing(cell, () =>
    eventually('it is submitted', () => (cell.progress() === 'submitted' ? true : undefined)),
  );
}

async function dieDone(cell: ProgressRun): Promise<void> {
  await eventually('everything is done', () => (cell.isSettled('submitted') ? true : undefined));
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
      kill: (cell) =>
        dieAsking(cell, cell.tapped.lever, isAbout(cell.person.id, 'POST', what), 'discard'),
    },
    {
      name: `${name} sent`,
      after: [effect],
      leaves: 'submitted',
      isShort: short !== 'answered',
      kill: (cell) =>
        dieAsking(cell, cell.tapped.lever, isAbout(cell.person.id, 'POST', what), 'pass'),
    },
    {
      name: `${name} answered`,
      after: [effect],
      leaves: 'submitted',
      isShort: short !== 'sent',
      kill: (cell) => dieAnswered(cell, cell.tapped.lever, isAbout(cell.person.id, 'POST', what)),
    },
  ];
}

export const PROGRESS_BOUNDARIES: ProgressBoundary[] = [
  {
    name: 'list read',
    after: ['GET /api/external/candidates', 'GET /api/external/tests'],
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
    kill: (cell) => dieAnswered(cell, cell.tapped.lever, isAbout(cell.person.id, 'GET', '')),
  },
  ...boundariesOf('/removeTags', 'removeTags', 'sent'),
  ...boundariesOf('/addTags', 'addTags', 'answered'),
  {
    name: 'notes read',
    after: ['GET /v1/opportunities/:id/notes'],
    leaves: 'submitted',
    kill: (cell) => dieAnswered(cell, cell.tapped.lever, isAbout(cell.person.id, 'GET', '/notes')),
  },
  ...boundariesOf('/notes', 'note', 'both'),
  {
    name: 'all settled',
    after: ['writebacks done', 'attempts tag', 'attempts note'],
    leaves: 'submitted',
    kill: dieDone,
  },
];
