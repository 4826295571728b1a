/** Status numbers without a meaning, as an admin finds them by command, and gives them one. */
import { expect, it, onTestFinished } from 'vitest';
import { parseReport } from '../docs/report-schemas.js';
import { types } from '../fixes/fix.js';
import { FixWorld } from '../fixes/fix-world.js';
import { eventually } from '../rigs/eventually.js';

it('are shown by `progress`, `status` and `doctor`, until setup gives them one', async () => {
  const world = await FixWorld.setUp();
  onTestFinished(() => world.close());
  const until = (words: string) =>
    eventually(words, async () => (await world.run('status')).stdout.includes(words));
  await world.serveHere();
  const id = world.person();
  await world.report(id);
  await until(' linked');
  await world.report(world.person());
  await until('Person Number2');
  const { codesubmit } = world.simulator;
  codesubmit.setProgress(codesubmit.invitations[0]!.id, 'started');
  await until('linked, unknown (number 2)');
  expect((await world.run('status', id)).stdout).toContain('a status number without a meaning');
  const { stdout, stderr } = await world.run('progress');
  expect(stdout).toMatch(/^2 +\? perhaps started \(a guess\) +1 Person Number1, Backend API/m);
  expect((await world.run('doctor')).stdout).toMatch(
    /Status numbers without a meaning: 1, 2\n +→ Run: codesubmit-lever progress\n/,
  );
  await types({ '2=started': '2=submitted' })(stderr, world);
  await until('linked, submitted');
  const { numbers } = parseReport('progress', await world.run('progress', '--json'));
  expect(numbers.map(({ number, meaning }) => [number, meaning])).toEqual([
    [1, 'invited'],
    [2, 'submitted'],
  ]);
  expect((await world.run('status', id)).stdout).toContain('CodeSubmit: submitted');
});
