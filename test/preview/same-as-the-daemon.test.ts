/** Whatever the world is like: what `preview` says is what a daemon then does, decision for decision. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConnectedApp } from '../../src/app/connect-vendors.js';
import { pause } from '../../src/operate/actions/admin-actions.js';
import { preview, type PreviewedPerson } from '../../src/operate/preview/preview.js';
import { isFull } from '../support/fault-tools.js';
import { SimulatedBridge } from '../simulation/simulated-bridge.js';
import { rowsOf } from '../simulation/simulated-database.js';

const RULES = [
  'stage=Take-home;tag=codesubmit:backend;challenge=Backend API;reuse-days=30',
  'stage=Take-home;tag=codesubmit:frontend;challenge=Frontend React',
  'stage=On-site;tag=codesubmit:backend;challenge=Data Pipeline;delay=60',
  'stage=On-site;tag=*;challenge=Backend API',
];
const CHALLENGES = ['Backend API', 'Frontend React', 'Data Pipeline'];

const stage = fc.constantFrom('Take-home', 'Take-home', 'On-site', 'Phone screen');
const tags = fc.constantFrom<string[][]>(
  ['codesubmit:backend'],
  ['codesubmit:backend'],
  ['Codesubmit:Frontend '],
  ['codesubmit:backend', 'codesubmit:frontend'],
  ['codesubmit:backnd'],
  ['remote'],
  [],
);
const rarely = fc.constantFrom(false, false, false, false, false, true, false);
/** One candidate, and what a recruiter does to them before and after the daemon has first run. */
const person = fc.record({
  stage,
  laterStage: stage,
  tags,
  laterTags: tags,
  email: fc.integer({ min: -1, max: 12 }),
  /** Another opportunity of the person who was made first. */
  isSamePerson: rarely,
  isForPosting: fc.constantFrom(false, false, true),
  isNamed: rarely.map((no) => !no),
  isArchivedLater: rarely,
  isContactAllowed: rarely.map((no) => !no),
  isInvitedByHand: rarely,
  isThereBefore: rarely,
});
const world = fc.record({
  people: fc.array(person, { minLength: 6, maxLength: 18, size: 'max' }),
  brake: fc.constantFrom('2/10', '5/10', 'off'),
  isDaemonFirst: fc.boolean(),
  isPausedLater: rarely,
});

type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never;
type Person = Drawn<typeof person>;
type World = Drawn<typeof world>;

class Play {
  readonly bridge = SimulatedBridge.start();
  readonly #ids: string[] = [];

  constructor(readonly world: World) {}

  /** With no daemon at work afterwards. */
  async setUp(): Promise<void> {
    const { codesubmit, lever } = this.bridge.simulator;
    for (const name of CHALLENGES) codesubmit.addTest({ name });
    this.#postingId = lever.postings.add({ text: 'Engineer', tags: ['codesubmit:backend'] }).id;
    this.#arrive((one) => one.isThereBefore);
    await this.bridge.setUp(RULES, this.world.brake);
    await this.bridge.rest();
    this.bridge.clock.advance(2_000);
    this.#arrive((one) => !one.isThereBefore);
  }

  #postingId = '';

  #arrive(isMeant: (one: Person) => boolean): void {
    const { lever } = this.bridge.simulator;
    for (const [index, one] of this.world.people.entries()) {
      if (!isMeant(one)) continue;
      const earlier = one.isSamePerson ? Object.values(this.#ids)[0] : undefined;
      const { id } = lever.actions.create({
        name: one.isNamed ? `Person Number${String(index)}` : '',
        stageId: one.stage,
        emails: one.email < 0 ? [] : [`Person.${String(one.email)}@example.com`],
        tags: one.tags,
        // A posting is read after the stage, when those whom the brake would count may be gone.
        postingId: one.isForPosting && this.world.brake === 'off' ? this.#postingId : null,
        isContactAllowed: one.isContactAllowed,
        ...(earlier === undefined ? {} : { contactId: lever.opportunities.get(earlier).contactId }),
      });
      this.#ids[index] = id;
    }
  }

  /** What recruiters do, of which no webhook tells. */
  async change(): Promise<void> {
    const { lever, codesubmit } = this.bridge.simulator;
    const [test] = codesubmit.tests;
    for (const [index, one] of this.world.people.entries()) {
      const id = this.#ids[index] ?? '';
      lever.actions.move(id, one.laterStage);
      lever.actions.removeTags(id, one.tags);
      lever.actions.addTags(id, one.laterTags);
      if (one.isArchivedLater) lever.actions.archive(id, 'Withdrew');
      if (one.isInvitedByHand && one.email >= 0) {
        const email = `person.${String(one.email)}@example.com`;
        codesubmit.invite({ testId: test?.id ?? '', email, firstName: 'By', lastName: 'Hand' });
      }
    }
    if (this.world.isPausedLater) await this.bridge.alone(pause);
  }

  /** A daemon from its start until nothing is left to do. */
  async serve(): Promise<void> {
    await this.bridge.wake();
    await this.bridge.rest();
  }

  /** All that a preview must leave as it is. */
  async state(): Promise<unknown> {
    const { lever, codesubmit } = this.bridge.simulator;
    const rows = new Map(
      await this.bridge.alone(({ database }) => Promise.resolve(rowsOf(database))),
    );
    // Its calls count, like any.
    rows.delete('rate');
    return [rows, lever.requests.writes().length, codesubmit.requests.writes().length];
  }
}

interface DoneRow {
  id: string;
  kind: string;
  reason: string;
  detail: string | null;
  until_at: number | null;
  challenge_id: string | null;
  state: string | null;
  how: string | null;
}

/** Of who was sent a challenge and then looked at once more, which found them invited already, the invite is told. */
const DONE = `SELECT d.opportunity_id AS id, d.kind, d.reason, d.detail, d.until_at, d.challenge_id, i.state,
    i.detail AS how
  FROM decisions AS d LEFT JOIN invitations AS i ON i.opportunity_id = d.opportunity_id
    AND i.challenge_id = d.challenge_id
  WHERE d.id = (SELECT coalesce(
      CASE WHEN now.reason = 'already_invited' AND now.detail IS NULL THEN
        (SELECT max(id) FROM decisions AS sent
         WHERE sent.opportunity_id = now.opportunity_id AND sent.kind = 'invite' AND sent.id > LAST_ID) END,
      now.id) FROM decisions AS now WHERE now.opportunity_id = d.opportunity_id AND now.is_current = 1)`;
const LAST = 'SELECT coalesce(max(id), 0) AS id FROM decisions';

function outcomeOf({ kind, state, how }: DoneRow): string {
  if (kind !== 'invite') return kind;
  if (state === 'queued') return 'wait';
  if (state === 'failed') return 'refused';
  return how === 'adopted' ? 'adopt' : 'send';
}

/** What the daemon recorded of the people who were previewed, in the words of the preview. */
function recordOf(
  bridge: SimulatedBridge,
  people: readonly PreviewedPerson[],
  last: number,
): Said[] {
  const done = bridge.rows<DoneRow>(DONE.replace('LAST_ID', String(last)));
  const rows = new Map(done.map((row) => [row.id, row]));
  return people.map(({ opportunityId }) => {
    const row = rows.get(opportunityId);
    if (!row) return { opportunityId, said: 'nothing' };
    const until = row.until_at === null ? null : new Date(row.until_at).toISOString();
    const reason = row.kind === 'invite' ? null : row.reason;
    const said = [row.kind, outcomeOf(row), reason, row.detail, row.challenge_id, until];
    return { opportunityId, said: JSON.stringify(said) };
  });
}

interface Said {
  opportunityId: string;
  said: string;
}

function saidOf(people: readonly PreviewedPerson[]): Said[] {
  return people.map(({ opportunityId, decision, outcome, reason, detail, challenge, until }) => {
    const said = [decision, outcome, reason, detail, challenge?.id ?? null, until];
    return { opportunityId, said: JSON.stringify(said) };
  });
}

describe('the daemon that runs next', () => {
  it('records the very decisions that preview said, and preview writes nothing', async () => {
    const query = { rules: [], existing: 'leave', onProgress: () => undefined } as const;
    await fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        const play = new Play(drawn);
        const { bridge } = play;
        try {
          await play.setUp();
          if (drawn.isDaemonFirst) await play.serve();
          await play.change();
          const before = await play.state();
          const { people } = await bridge.alone((app: ConnectedApp) => preview(app, query));
          expect(await play.state()).toEqual(before);
          const [last] = bridge.rows<{ id: number }>(LAST);
          await play.serve();
          expect(saidOf(people)).toEqual(recordOf(bridge, people, last?.id ?? 0));
        } finally {
          await bridge.close();
        }
      }),
      isFull ? { numRuns: 300 } : { numRuns: 20, seed: 1 },
    );
  });
});
