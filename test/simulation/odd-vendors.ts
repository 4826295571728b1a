/** What nobody knows about the vendors, stays throughout a history, and changes nothing of what is promised. */
import fc from 'fast-check';
import type { CodeSubmitSwitches } from '../../src/simulator/codesubmit/codesubmit-switches.js';
import type { LeverSwitches } from '../../src/simulator/lever/lever-switches.js';
import type { Worlds } from './simulated-wire.js';
import type { World } from '../model/world.js';
import { noteForm } from '../model/forms.js';
import type { PromisesModel } from '../model/promises-model.js';
import { MINUTE } from '../model/rules-model.js';

export interface Oddity {
  /** CodeSubmit takes as many calls a second as Lever does. */
  hasRate?: true;
  /** CodeSubmit has sent to others for a year, and lists the archived challenge no more. */
  hasHistory?: true;
  lever?: Partial<LeverSwitches>;
  codesubmit?: Partial<CodeSubmitSwitches>;
}

const ODDITIES: readonly Oddity[] = [
  { codesubmit: { postStatus: 200 } },
  { codesubmit: { linkField: 'link' } },
  { codesubmit: { linkField: 'pages.candidate' } },
  { codesubmit: { linkIn: 'list' } },
  { codesubmit: { misleadingLinks: true } },
  { codesubmit: { resultFrom: 'submitted' } },
  { codesubmit: { unknownTest: 404 } },
  { codesubmit: { archivedTests: 'left-out' } },
  { hasHistory: true, codesubmit: { archivedTests: 'left-out' } },
  { hasRate: true, lever: { rateLimit: 'on' } },
  { codesubmit: { errorBodies: 'html' } },
  { codesubmit: { errorBodies: 'empty' } },
  { codesubmit: { clockOffsetMs: -40 * MINUTE } },
  { codesubmit: { clockOffsetMs: 2 * MINUTE } },
  { lever: { listLagMs: 3_000 } },
  { lever: { readLagMs: 1_000, listLagMs: 1_000 } },
  { lever: { readLagMs: 20_000, listLagMs: 20_000 } },
  { lever: { readLagMs: 300_000, listLagMs: 300_000 } },
  { lever: { pageTokens: 'by-position' } },
  { lever: { updatedAt: 'null' } },
  { lever: { linkStorage: 'without-scheme' } },
  { lever: { linkStorage: 'with-slash' } },
  { lever: { linkAddedTwice: 'once' } },
  { lever: { deactivatedStages: 'listed' } },
];

function isAboutRefusals({ codesubmit = {} }: Oddity): boolean {
  return 'unknownTest' in codesubmit || 'errorBodies' in codesubmit;
}

/** A 404 without JSON says nothing about the challenge, so it isn't drawn. */
const few = fc.uniqueArray(fc.constantFrom(...ODDITIES), {
  maxLength: 3,
  selector: (one) => (isAboutRefusals(one) ? 'refusals' : one),
});

/** In two histories of three. */
export const oddities = fc.oneof(fc.constant([]), few, few);

export function takeOddities(model: PromisesModel, world: World, odd: readonly Oddity[]): void {
  const { bridge, manner } = world;
  const { lever, codesubmit } = bridge.simulator;
  for (const one of odd) {
    // A list whose order changes from page to page shows a link by chance. At the admin's risk something is sent before
    // CodeSubmit has told the time.
    const { linkIn, clockOffsetMs } = one.codesubmit ?? {};
    if (linkIn === 'list' && manner.listOrder === 'unstable') continue;
    if (clockOffsetMs !== undefined && model.ways.isRiskTaken) continue;
    Object.assign(lever.switches, one.lever);
    Object.assign(codesubmit.switches, one.codesubmit);
  }
  model.lateReadMs = Math.max(lever.switches.readLagMs, lever.switches.listLagMs);
  noteForm(model, world);
}

const DAY = 24 * 60 * MINUTE;
const EARLIER_ROWS = 40;

/** Before anything is set up. */
export function addHistory({ codesubmit }: Worlds): void {
  const { id: testId } = codesubmit.addTest({ name: 'Of last year' });
  for (let number = 1; number <= EARLIER_ROWS; number += 1) {
    const email = `earlier-${String(number)}@example.com`;
    const made = codesubmit.invite({ testId, email, firstName: 'Earlier', lastName: 'Example' });
    made.createdAt -= (EARLIER_ROWS + 1 - number) * 9 * DAY;
  }
  codesubmit.setTestArchived(testId, true);
}
