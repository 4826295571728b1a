// From `setup` to a sent challenge in five answers, in a terminal.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { eventually } from '../rigs/eventually.js';
import { hasDesk, SetupDesk } from './setup-desk.js';

describe.skipIf(!hasDesk())('a first setup', () => {
  let world: SetupDesk;

  beforeAll(async () => {
    world = await SetupDesk.start();
  });
  afterAll(() => world.live.close());

  it('sends the first challenge after five answers', async () => {
    const { lever, codesubmit } = world.simulator;
    const candidates = [...lever.opportunities.all.values()];
    const inStage = candidates.filter(
      ({ stageId }) => stageId === lever.account.getStage('On-site').id,
    );
    for (const { id } of inStage) lever.actions.move(id, 'Phone screen');
    const terminal = await world.terminal();
    await terminal.enter('codesubmit-lever setup');
    await terminal.answer('Public address that Lever can reach', '');
    await terminal.answer('Lever API key', seedLeverApiKey);
    await terminal.search('Which Lever user should appear as the author?', 'robin', 'Robin');
    await terminal.answer('CodeSubmit API key', seedCodeSubmitApiKey);
    await terminal.search('Which stage starts the challenge?', 'site', 'On-site');
    await terminal.until('it is active', /✓ Active from now on/);
    expect((await terminal.screen()).match(/^✔ /gm)).toHaveLength(5);

    await world.serve();
    const { id } = lever.actions.create({
      name: 'Ada Fictional',
      emails: ['ada@example.com'],
      stageId: 'Phone screen',
      tags: ['codesubmit:backend-api'],
    });
    lever.actions.move(id, 'On-site');
    await world.live.run('check');
    await eventually('it is sent', () => codesubmit.invitations[0]);
  });

  it('writes a page for recruiters with the tags', async () => {
    const { live } = world;
    const file = join(live.folder, 'recruiters.html');
    await live.succeed('rules', '--recruiters', file);
    const html = readFileSync(file, 'utf8');
    expect(html).toContain('<code>codesubmit:backend-api</code></td><td>Backend API</td>');
    expect(html).toContain('<h1>For recruiters</h1>');
    expect(html).toMatch(/<ol>\n<li><strong>The tag<\/strong>/);
    expect(html).not.toMatch(/<!-- |Take-home|\*\*|`/);
    const nowhere = join(live.folder, 'nowhere', 'recruiters.html');
    const refused = await live.run('rules', '--recruiters', nowhere);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toMatch(/can’t be written.*\n.*rules --recruiters FILE/s);
    const { stdout } = await live.run('rules', '--recruiters');
    expect(stdout).toContain('| `codesubmit:backend-api` | Backend API |');
    const listed = await live.run('rules');
    expect(listed.stdout).toMatch(/codesubmit:\* +every challenge, by its tag/);
    expect(listed.stdout).toMatch(/codesubmit:backend-api +Backend API/);
  });
});
