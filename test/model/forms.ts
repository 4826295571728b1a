/**
 * The form of CodeSubmit's answers, which isn't documented: drawn for each history, and again
 * during it.
 */
import fc from 'fast-check';
import {
  codeSubmitSwitchesSchema,
  type CodeSubmitSwitches,
} from '../../src/simulator/codesubmit/codesubmit-switches.js';
import type { World } from './world.js';
import type { PromisesModel } from './promises-model.js';
import type { Ways } from './records.js';
import { DAY } from './rules-model.js';
import { Step } from './step.js';

/** What changes from day to day, and is as documented in the end. */
const CHANGING = [
  'rowEmail',
  'rowTest',
  'createdAt',
  'listCount',
  'nextUrl',
  'brokenPage',
  'replyId',
  'candidateRefusal',
] as const;
type Shape = Pick<CodeSubmitSwitches, (typeof CHANGING)[number]>;

const byDefault = codeSubmitSwitchesSchema.parse({});
const DOCUMENTED = Object.fromEntries(CHANGING.map((name) => [name, byDefault[name]]));

/** What stays throughout a history; new rows show within the settling time, or days later. */
export type Manner = Pick<
  CodeSubmitSwitches,
  'listOrder' | 'pageSize' | 'listLagMs' | 'listLagReads' | 'secondPost' | 'emailRewrite'
>;

type Odd<Part> = { [Name in keyof Part]: [Name, Part[Name]] }[keyof Part];

const SHAPES: Odd<Shape>[] = [
  ['rowEmail', 'absent'],
  ['rowEmail', 'nested'],
  ['rowEmail', 'masked'],
  ['rowTest', 'name'],
  ['rowTest', 'id'],
  ['rowTest', 'other-id'],
  ['rowTest', 'absent'],
  ['rowTest', 'nested'],
  ['createdAt', 'absent'],
  ['createdAt', 'no-zone'],
  ['createdAt', 'date-only'],
  ['createdAt', 'nested'],
  ['createdAt', 'ahead'],
  ['listCount', 'absent'],
  ['listCount', 'of-page'],
  ['listCount', 'too-many'],
  ['nextUrl', 'relative'],
  ['nextUrl', 'absent'],
  ['nextUrl', 'same-page'],
  ['nextUrl', 'other-origin'],
  ['brokenPage', 1],
  ['brokenPage', 2],
  ['replyId', 'absent'],
  ['candidateRefusal', 'words-about-test'],
  ['candidateRefusal', 'field-of-test'],
];

/** A few oddities at a time: with all of them nothing would ever be sent. */
const shape = fc
  .uniqueArray(fc.constantFrom(...SHAPES), { maxLength: 2, selector: ([name]) => name })
  .map((odd) => Object.fromEntries(odd) as Partial<Shape>)
  // The challenges themselves are on one page then, and can be listed.
  .map((odd) => ({ ...odd, ...('nextUrl' in odd ? { pageSize: 4 } : {}) }));

const manner = fc.record<Partial<Manner>>(
  {
    listOrder: fc.constantFrom('oldest-first', 'random', 'unstable'),
    pageSize: fc.constantFrom(1, 3),
    listLagMs: fc.constantFrom(1_000, 30_000, 30_000, 300_000, 2 * DAY),
    listLagReads: fc.constant(1),
    secondPost: fc.constantFrom('first', 'refused-409', 'refused-400'),
    emailRewrite: fc.constantFrom('lower-case', 'without-plus', 'without-plus-and-dots'),
  },
  { requiredKeys: [] },
);

export interface Form {
  shape: Partial<Shape>;
  manner: Partial<Manner>;
  /** What the admin wants when the list doesn't show who was sent what. */
  unreadableList: 'wait' | 'send';
}

const nothing = fc.constant({});

export const forms = fc.record<Form>({
  shape: fc.oneof(nothing, shape, shape),
  manner: fc.oneof(nothing, manner),
  unreadableList: fc.constantFrom('wait', 'wait', 'send'),
});

export function waysOf({ manner: odd, unreadableList }: Form): Ways {
  const { listOrder, listLagMs = 0, listLagReads, emailRewrite, secondPost = '' } = odd;
  const isVague = listOrder === 'unstable' || listLagReads === 1 || emailRewrite !== undefined;
  return {
    refusesSecond: secondPost.startsWith('refused'),
    lagMs: isVague ? null : listLagMs,
    // Behind by one reading, it is by an hour once the machine sleeps for one.
    isLate: listLagMs > DAY || listLagReads === 1,
    isRiskTaken: unreadableList === 'send',
  };
}

/** Whether the list shows who was sent what, and can be read to its end. */
export function isListUsable(switches: CodeSubmitSwitches): boolean {
  const { rowEmail, rowTest, listCount, listOrder, nextUrl, brokenPage } = switches;
  return (
    rowEmail === 'whole' &&
    ['object', 'name', 'id'].includes(rowTest) &&
    (listCount === 'right' || (listCount === 'of-page' && listOrder !== 'unstable')) &&
    ['absolute', 'relative'].includes(nextUrl) &&
    brokenPage === 0
  );
}

/**
 * A list whose order changes with each page shows each of its rows once by chance alone. A history waits for some 1,200
 * readings: where one in eighty is whole, one history in a few million sees none. Rarer ones aren't waited for, and
 * `list_unreadable` names that the list can't be read (docs/operating.md).
 */
export function isNeverWhole({ bridge, manner }: World): boolean {
  const { invitations, switches } = bridge.simulator.codesubmit;
  const { length } = invitations;
  if (manner.listOrder !== 'unstable') return false;
  let chance = 1;
  for (let shown = 0; shown < length; shown += switches.pageSize) {
    // Of a page's rows none was shown before.
    for (let row = 0; row < Math.min(switches.pageSize, length - shown); row += 1)
      chance *= (length - shown - row) / (length - row);
  }
  return chance < 1 / 80;
}

export function takeForm(model: PromisesModel, world: World, odd: Partial<Shape>): void {
  const { switches } = world.bridge.simulator.codesubmit;
  Object.assign(switches, DOCUMENTED, { pageSize: 50 }, world.manner, odd);
  noteForm(model, world);
}

/** Whether the list shows who was sent what. */
export function noteForm(model: PromisesModel, world: World): void {
  const { switches } = world.bridge.simulator.codesubmit;
  const wasTold = model.isListUsable;
  model.isListUsable = isListUsable(switches);
  if (model.isListUsable && !wasTold) model.toldSince = model.now;
}

/** CodeSubmit is changed, or fixed. */
export const formChanges = fc
  .oneof(nothing, shape)
  .map(
    (odd) =>
      new Step(`CodeSubmit takes the form ${JSON.stringify(odd)}`, (model, world) =>
        takeForm(model, world, odd),
      ),
  );
