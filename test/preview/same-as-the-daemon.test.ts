/** Whatever the world is like: what `preview` says is what a daemon then does, decision for decision. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { App } from '../../src/admin/app.js';
import { pause } from '../../src/admin/actions/admin-actions.js';
import { preview, type PreviewedPerson } from '../../src/admin/preview.js';
import type { Timeline } from '../../src/admin/timeline.js';
import { isFull } from '../support/fault-tools.js';
import { inviteByHand } from '../rigs/invite-by-hand.js';
import { SimulatedBridge } from '../simulation/simulated-bridge.js';
import { rowsOf } from '../simulation/simulated-database.js';

const RULES = [
  'stage=Take-home;tag=codesubmit:backend;challenge=Backend API;reuse-days=30',
  'stage=Take-home;tag=codesubmit:frontend;challenge=Frontend React',
  'stage=On-site;tag=codesubmit:backend;challenge=Data Pipeline;delay=60',
  'stage=On-site;tag=*;challenge=Backend API',
];
const CHALLENGES = ['Backend API', 'Frontend React', 'Data Pipeline'];

const QUERY = { onProgress: () => undefined };

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
    for (const [index, one] of this.world.people.entries()) {
      const id = this.#ids[index] ?? '';
      lever.actions.move(id, one.laterStage);
      lever.actions.removeTags(id, one.tags);
      lever.actions.addTags(id, one.laterTags);
      if (one.isArchivedLater) lever.actions.archive(id, 'Withdrew');
      if (one.isInvitedByHand && one.email >= 0) {
        inviteByHand(codesubmit, `person.${String(one.email)}@example.com`);
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
    rows.set(
      'vendors',
      (rows.get('vendors') ?? []).map((row) => row.slice(0, -1)),
    );
    return [rows, lever.requests.writes().length, codesubmit.requests.writes().length];
  }
}

/** What the daemon's timeline has of the people who were previewed, in the words of the preview. */
function reportedOf(
  bridge: SimulatedBridge,
  people: readonly PreviewedPerson[],
  since: string,
): Said[] {
  return people.map(({ opportunityId }) => {
    const timeline = bridge.timeline(opportunityId);
    const decided = timeline.entries.filter(({ what }) => what === 'decision');
    const invite = decided.findLast(({ at, outcome }) => at >= since && outcome === 'invite');
    const last = decided.at(-1);
    // Who was sent a challenge was then looked at once more, and had it already.
    const isSent = last?.outcome === 'ignore: already_invited' && last.detail === null;
    return { opportunityId, said: saidBy(timeline, (isSent ? invite : undefined) ?? last) };
  });
}

function saidBy(timeline: Timeline, told: Timeline['entries'][number] | undefined): string {
  if (!told) return 'nothing';
  const [kind = '', reason = null] = told.outcome.split(': ');
  if (kind !== 'invite') return JSON.stringify([kind, kind, reason, told.detail, null]);
  const newest = timeline.invitations.find(({ challenge }) => told.text.includes(challenge.name));
  const isAdopted = timeline.entries.some(({ outcome }) => outcome === 'send: adopted');
  const outcome = { queued: 'wait', failed: 'refused' }[newest?.state as string];
  const sent = isAdopted ? 'adopt' : 'send';
  return JSON.stringify([kind, outcome ?? sent, null, null, newest?.challenge.name]);
}

interface Said {
  opportunityId: string;
  said: string;
}

function saidOf(people: readonly PreviewedPerson[]): Said[] {
  return people.map(({ opportunityId, decision, outcome, reason, detail, challenge }) => {
    const gets = decision === 'invite' ? challenge?.name : null;
    return { opportunityId, said: JSON.stringify([decision, outcome, reason, detail, gets]) };
  });
}

describe('the daemon that runs next', () => {
  it('records the very decisions that preview said, and preview writes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        const play = new Play(drawn);
        const { bridge } = play;
        try {
          await play.setUp();
          if (drawn.isDaemonFirst) await play.serve();
          await play.change();
          const before = await play.state();
          const { people } = await bridge.alone((app: App) => preview(app, QUERY));
          expect(await play.state()).toEqual(before);
          const since = new Date(bridge.clock.now()).toISOString();
          await play.serve();
          expect(saidOf(people)).toEqual(reportedOf(bridge, people, since));
        } finally {
          await bridge.close();
        }
      }),
      isFull ? { numRuns: 300 } : { numRuns: 20, seed: 1 },
    );
  });

  it('and one that runs beside it goes on undisturbed', async () => {
    const drawn: World = { people: [], brake: 'off', isDaemonFirst: true, isPausedLater: false };
    const play = new Play(drawn);
    await play.setUp();
    await play.bridge.wake();
    const id = await play.bridge.arrive('ada@example.com');
    const before = await play.state();
    const { people } = await play.bridge.alone((app: App) => preview(app, QUERY));
    expect(people).toMatchObject([{ opportunityId: id, reason: 'already_invited' }]);
    expect(await play.state()).toEqual(before);
    await play.bridge.close();
  });
});
