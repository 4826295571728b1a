/** Whatever the world is like: what `preview` says is what a daemon then does, decision for decision. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PreviewedPerson, PreviewReport } from '../../src/operate/preview/preview.js';
import { isFull } from '../support/fault-tools.js';
import { peek, rowsOf } from '../rigs/home-file.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';

const RULES = [
  'stage=Take-home;tag=codesubmit:backend;challenge=Backend API;reuse-days=30',
  'stage=Take-home;tag=codesubmit:frontend;challenge=Frontend React',
  'stage=On-site;tag=codesubmit:backend;challenge=Data Pipeline;delay=60',
  'stage=On-site;tag=*;challenge=Backend API',
];
const BACKEND_POSTING = '6f1e2d3c-aaaa-4a1b-8c2d-9e0f1a2b3c01';

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
  postingId: fc.constantFrom(null, null, BACKEND_POSTING),
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
  readonly #ids: string[] = [];

  constructor(
    readonly live: ProgramRig,
    readonly world: World,
  ) {}

  async setUp(): Promise<void> {
    const { brake } = this.world;
    this.#arrive((one) => one.isThereBefore);
    const rules = RULES.flatMap((rule) => ['--rule', rule]);
    const args = ['--no-input', '--public-url', 'none', '--brake', brake, ...rules];
    const ended = await this.live.run('setup', ...args);
    expect(ended).toMatchObject({ code: 0 });
    this.#arrive((one) => !one.isThereBefore);
  }

  #arrive(isMeant: (one: Person) => boolean): void {
    const { lever } = this.live.simulator;
    for (const [index, one] of this.world.people.entries()) {
      if (!isMeant(one)) continue;
      const earlier = one.isSamePerson ? Object.values(this.#ids)[0] : undefined;
      const { id } = lever.actions.create({
        name: one.isNamed ? `Person Number${String(index)}` : '',
        stageId: one.stage,
        emails: one.email < 0 ? [] : [`Person.${String(one.email)}@example.com`],
        tags: one.tags,
        postingId: one.postingId,
        isContactAllowed: one.isContactAllowed,
        ...(earlier === undefined ? {} : { contactId: lever.opportunities.get(earlier).contactId }),
      });
      this.#ids[index] = id;
    }
  }

  /** What recruiters do, of which no webhook tells. */
  async change(): Promise<void> {
    const { lever, codesubmit } = this.live.simulator;
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
    if (this.world.isPausedLater) await this.live.run('pause');
  }

  async preview(): Promise<PreviewReport> {
    const { stdout, stderr } = await this.live.run('preview', '--json');
    expect(stderr).toBe('');
    return JSON.parse(stdout) as PreviewReport;
  }

  /** A daemon from its start until nothing is left to do. */
  async serve(): Promise<void> {
    const { home } = this.live;
    const since = Date.now();
    const daemon = await this.live.serve();
    const isDone = (): true | undefined => {
      const sql = 'SELECT 1 FROM integration WHERE last_sweep_at >= ?';
      if (peek(home, sql, since).length === 0) return undefined;
      const [left] = peek<{ n: number }>(home, LEFT, Date.now());
      return left?.n === 0 ? true : undefined;
    };
    await eventually('the daemon has done everything', isDone);
    await daemon.kill('SIGTERM');
  }

  writes(): number {
    const { lever, codesubmit } = this.live.simulator;
    return lever.requests.writes().length + codesubmit.requests.writes().length;
  }
}

/** Looks that are due, challenges under way, links owed; a paused integration keeps what is queued. */
const LEFT = `SELECT (SELECT count(*) FROM inbox WHERE due_at <= ?)
  + (SELECT count(*) FROM invitations WHERE state = 'sending')
  + (SELECT count(*) FROM invitations WHERE state = 'queued' AND (SELECT paused_at FROM integration) IS NULL)
  + (SELECT count(*) FROM writebacks WHERE state = 'owed' AND (SELECT paused_at FROM integration) IS NULL) AS n`;

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
         WHERE sent.opportunity_id = now.opportunity_id AND sent.kind = 'invite' AND sent.id > :last) END,
      now.id) FROM decisions AS now WHERE now.opportunity_id = d.opportunity_id AND now.is_current = 1)`;
const LAST = 'SELECT coalesce(max(id), 0) AS id FROM decisions';

function outcomeOf({ kind, state, how }: DoneRow): string {
  if (kind !== 'invite') return kind;
  if (state === 'queued') return 'wait';
  if (state === 'failed') return 'refused';
  return how === 'adopted' ? 'adopt' : 'send';
}

/** What the daemon recorded of the people who were previewed, in the words of the preview. */
function recordOf(home: string, people: readonly PreviewedPerson[], last: number): Said[] {
  const rows = new Map(peek<DoneRow>(home, DONE, { last }).map((row) => [row.id, row]));
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
    await fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        const live = await ProgramRig.start();
        try {
          const play = new Play(live, drawn);
          await play.setUp();
          if (drawn.isDaemonFirst) await play.serve();
          await play.change();
          const before = { rows: rowsOf(live.home), writes: play.writes() };
          const { people } = await play.preview();
          expect({ rows: rowsOf(live.home), writes: play.writes() }).toEqual(before);
          const [last] = peek<{ id: number }>(live.home, LAST);
          await play.serve();
          expect(saidOf(people)).toEqual(recordOf(live.home, people, last?.id ?? 0));
        } finally {
          await live.close();
        }
      }),
      { numRuns: isFull ? 100 : 5 },
    );
  }, 1_800_000);
});
