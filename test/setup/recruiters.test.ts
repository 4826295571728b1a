// What recruiters see in Lever, chosen later: tags are stored, and a note that the key may not
// write is refused.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rightsWithout } from '../../src/simulator/lever/lever-access.js';
import { seedCodeSubmitApiKey } from '../../src/simulator/seed/base-seed.js';
import type { Terminal } from '../support/terminal.js';
import { hasDesk, SetupDesk } from './setup-desk.js';

const RULE = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API';
const WHAT_NOW = 'What do you want to change?';
const PART = 'What recruiters see';

describe.skipIf(!hasDesk())('what recruiters see', () => {
  let world: SetupDesk;

  beforeEach(async () => {
    world = await SetupDesk.start();
  });
  afterEach(() => world.live.close());

  it('is chosen in the setup session; each part is tested with Lever and stored at once', async () => {
    const key = world.simulator.lever.access.addKey({
      name: 'No notes',
      rights: rightsWithout('notes:write'),
    });
    const env = { LEVER_API_KEY: key.credential, CODESUBMIT_API_KEY: seedCodeSubmitApiKey };
    const terminal = await world.terminal({ env });
    await terminal.enter(
      `codesubmit-lever setup --no-input --rule '${RULE}'; codesubmit-lever setup`,
    );
    await answerWithNote(terminal, 'Yes, when it is reviewed');
    await terminal.until('it is refused by name', /a note on completion: the API key lacks/);
    await terminal.choose(WHAT_NOW, 'Nothing, done');
    await terminal.until('the end', /Summary/);
    await terminal.command('clear; codesubmit-lever setup');
    await terminal.untilAsked(WHAT_NOW);
    expect(await terminal.screen()).toMatch(/· In Lever: tags that follow progress\n/);

    key.rights['notes:write'] = true;
    await answerWithNote(terminal, 'Yes, when it is submitted');
    await terminal.until('it is on', /Active from now on/);
    await terminal.choose(WHAT_NOW, 'Nothing, done');
    await terminal.until(
      'what is left',
      /Summary[^]*! CodeSubmit’s status numbers have no meaning/,
    );
  });
});

async function answerWithNote(terminal: Terminal, when: string): Promise<void> {
  await terminal.choose(WHAT_NOW, PART);
  await terminal.choose('Show why a candidate is on hold by a tag?', 'No');
  await terminal.choose('Show a candidate’s progress by a tag?', 'Yes');
  await terminal.choose('Add a note when', when);
}
