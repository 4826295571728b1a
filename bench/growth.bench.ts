/** What takes longer with a million invitations than with a thousand: `PEOPLE=100000 npm run bench -- growth` for fewer. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, it } from 'vitest';
import type { ContactId, OpportunityId } from '../src/domain/ids.js';
import type { LeverReader } from '../src/lever/lever-client.js';
import type { Opportunity } from '../src/domain/opportunity.js';
import { stagesOfRules } from '../src/bridge/look.js';
import { sweep } from '../src/bridge/sweep.js';
import { ProgramRig } from '../test/rigs/program.js';
import { StoreRig } from '../test/rigs/store.js';
import { CHALLENGE_STAGE, opportunityOf } from '../test/support/fictional-records.js';
import { temporaryFolder } from '../test/support/temporary-folder.js';
import { timeTogether } from './commands.js';
import { median, printRow } from './row.js';

const FILL = fileURLToPath(new URL('fill.js', import.meta.url));
const FEW = 1_000;
const PEOPLE = Number(process.env.PEOPLE ?? 1_000_000);
const ROUNDS = 7;
const NOBODY = '00000000-0000-4000-8000-000000000000';

const integrations: ProgramRig[] = [];
afterEach(() => Promise.all(integrations.splice(0).map((live) => live.close())));

async function filled(people: number): Promise<ProgramRig> {
  const live = await ProgramRig.start();
  integrations.push(live);
  await live.setUp();
  execFileSync(process.execPath, [FILL, join(live.home, 'codesubmit-lever.db'), String(people)]);
  return live;
}

it('commands', async () => {
  const [few, many] = [await filled(FEW), await filled(PEOPLE)];
  for (const [what, who] of [
    ['status', []],
    ['status WHO, known', ['person-77']],
    ['status WHO, unknown', [NOBODY]],
    ['status WHO, by name', ['Fic004d Imagi0f9f']],
  ] as const) {
    const command = ({ program, environment }: ProgramRig) => ({
      args: [program, 'status', ...who],
      env: environment,
    });
    const took = await timeTogether({ few: command(few), many: command(many) }, ROUNDS);
    const ratio = median(took.many) / median(took.few);
    printRow(`${what}: ${PEOPLE} against ${FEW}`, '≤ 1.25', ratio.toFixed(2));
  }
});

/** How many go through a step together, as moved together. */
const TOGETHER = 50;

/** Processor time in ms. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const folder = temporaryFolder();

async function filledStore(people: number): Promise<StoreRig> {
  const rig = new StoreRig(folder, String(people));
  rig.addRule();
  await rig.set({ brake: null });
  execFileSync(process.execPath, [FILL, rig.app.home.databaseFile, String(people)]);
  await rig.list();
  return rig;
}

/** A check of the stages that finds one page of candidates. */
function sweepPage({ app, clock }: StoreRig, opportunities: Opportunity[]): Promise<unknown> {
  const lever: Partial<LeverReader> = {
    async *listStage() {
      yield { opportunities, leverNow: clock.now(), tookMs: 0 };
    },
  };
  return sweep(
    app,
    () => lever as LeverReader,
    () => false,
    stagesOfRules(app),
  );
}

/** What candidates go through who were not here before. */
async function timeSteps(rig: StoreRig, round: number): Promise<Record<string, number>> {
  const names = Array.from({ length: TOGETHER }, (_, at) => `newcomer-${round}-${at}`);
  const now = rig.clock.now();
  const deliver = (name: string) =>
    rig.app.deliveries.accept(
      {
        ...{ identity: randomBytes(32), event: 'candidateStageChange', opportunityId: name },
        ...{ toStageId: CHALLENGE_STAGE, triggeredAt: now, isEmpty: false },
      },
      now,
    );
  const people = names.map((name) =>
    opportunityOf({
      ...{ id: name as OpportunityId, contactId: name as ContactId },
      emails: [`${name}@example.com`],
    }),
  );
  return {
    'a delivery': await timed(() => Promise.all(names.map(deliver))),
    'a decision': await timed(() => Promise.all(people.map((person) => rig.look(person)))),
    'a settlement': await timed(async () => {
      const sent = await rig.sendDue();
      if (sent !== TOGETHER) throw new Error(`${sent} were sent`);
    }),
    'a page of a sweep': await timed(() => sweepPage(rig, people)),
  };
}

it('steps', async () => {
  const [few, many] = [await filledStore(FEW), await filledStore(PEOPLE)];
  const rounds: Record<string, number>[] = [];
  for (let round = 0; round < 3 * ROUNDS; round += 1) {
    const [base, grown] = [await timeSteps(few, round), await timeSteps(many, round)];
    rounds.push(
      Object.fromEntries(Object.entries(grown).map(([step, ms]) => [step, ms / base[step]!])),
    );
  }
  for (const step of Object.keys(rounds[0]!)) {
    const ratio = median(rounds.map((round) => round[step]!));
    printRow(`${step}: ${PEOPLE} against ${FEW}`, '≤ 1.25', ratio.toFixed(2));
  }
  for (const rig of [few, many]) rig.close();
});
