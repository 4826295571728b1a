/** What takes longer with a million invitations than with a thousand: `PEOPLE=100000 npm run bench -- growth` for fewer. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, it } from 'vitest';
import { ProgramRig } from '../test/rigs/program.js';
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
  live.environment.CODESUBMIT_LEVER_SECRET_KEY = '5e'.repeat(32);
  await live.setUp();
  execFileSync(process.execPath, [FILL, join(live.home, 'codesubmit-lever.db'), String(people)]);
  return live;
}

it('growth', async () => {
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
