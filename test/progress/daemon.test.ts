/**
 * The daemon and the commands: progress gets from CodeSubmit to people, whatever is killed
 * meanwhile.
 */
import { afterEach, expect, it } from 'vitest';
import type { NumbersReport } from '../../src/operate/status/status-numbers.js';
import { misfits } from '../docs/report-schemas.js';
import { HomeFile } from '../rigs/home-file.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';

let live: ProgramRig | undefined;
afterEach(async () => {
  await live?.close();
  live = undefined;
});

it('is shown, with numbers whose meaning is set later, and continues after kill -9', async () => {
  live = await ProgramRig.setUp();
  const { codesubmit } = live.simulator;
  const file = new HomeFile(live.home);
  const known = (progress: string) =>
    eventually(`it is known to be ${progress}`, () =>
      file.value('SELECT progress FROM invitations') === progress ? true : undefined,
    );
  const daemon = await live.serve();
  const id = live.candidate('Ada Fictional');
  live.move(id);
  await live.deliver(daemon, id);
  await known('invited');
  await eventually('the link is in Lever', () =>
    file.value('SELECT state FROM invitations') === 'linked' ? true : undefined,
  );
  const [sent] = codesubmit.invitations;
  codesubmit.setProgress(sent!.id, 'started');
  await known('unknown');
  const { stdout, stderr } = await live.run('progress');
  expect(stdout).toMatch(/^2 +\? perhaps started \(a guess\) +1 Ada Fictional, Backend API/m);
  expect(stderr).toContain('codesubmit-lever setup --status-map 1=invited,2=started\n');
  expect((await live.run('status')).stdout).toContain('linked, unknown (number 2)');
  const { stdout: diagnosis } = await live.run('doctor', '--json');
  expect(diagnosis).toContain('Status numbers 1, 2 have no meaning');
  await daemon.kill('SIGKILL');
  codesubmit.setProgress(sent!.id, 'submitted');
  const map = '1=invited,2=started,3=submitted,4=reviewed';
  expect(await live.run('setup', '--status-map', map)).toMatchObject({ code: 0 });
  await live.serve();
  await known('submitted');
  file.close();
  expect((await live.status()).invitations[0]).toMatchObject({ progress: 'submitted' });
  const report = JSON.parse((await live.run('progress', '--json')).stdout) as NumbersReport;
  expect(misfits('progress', report)).toEqual([]);
  const { numbers } = report;
  expect(numbers.map(({ number, meaning }) => [number, meaning])).toEqual([
    [1, 'invited'],
    [2, 'started'],
    [3, 'submitted'],
  ]);
  const story = (await live.run('status', id)).stdout;
  expect(story).toContain('CodeSubmit: the candidate submitted');
});
