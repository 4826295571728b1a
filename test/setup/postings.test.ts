// A rule's tag is added to postings from a list, in the middle of the setup session.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { hasDesk, SetupDesk } from './setup-desk.js';

const RULE = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API';

describe.skipIf(!hasDesk())('tags on postings', () => {
  let world: SetupDesk;

  beforeEach(async () => {
    world = await SetupDesk.start();
  });
  afterEach(() => world.live.close());

  it('are put on the chosen postings, in a user’s name', async () => {
    const { lever } = world.simulator;
    const env = { LEVER_API_KEY: seedLeverApiKey, CODESUBMIT_API_KEY: seedCodeSubmitApiKey };
    const terminal = await world.terminal({ env });
    await terminal.enter(
      `codesubmit-lever setup --no-input --rule '${RULE}'; codesubmit-lever setup`,
    );
    await terminal.choose('What do you want to change?', 'Who gets which challenge');
    await terminal.search('Which stage starts', 'take', 'Take-home');
    await terminal.search('Which challenge?', 'mobile', 'Mobile App');
    await terminal.choose('Who in that stage gets it?', 'Candidates with a tag');
    await terminal.search('Which tag in Lever?', 'mobile', 'codesubmit:mobile-app (new)');
    await terminal.choose('Add this tag to postings now?', 'Yes');
    await terminal.search(
      'Which Lever user should change the postings?',
      'robin',
      'Robin Recruiter',
    );
    await terminal.search('On which postings?', 'front', '◯ Frontend Engineer (Remote)');
    await terminal.search('On which postings?', 'account', '◯ Account Executive (London)');
    await terminal.search('On which postings?', 'account', '◉ Account Executive (London)');
    await terminal.search('On which postings?', 'done', 'Done (1 chosen)');
    await terminal.until('it is put on', /✓ added: Frontend Engineer \(Remote\)/);
    await terminal.untilAsked('Due in how many days?');
    const tags = [...lever.postings.all.values()].map((posting) => posting.tags);
    expect(tags).toEqual([
      ['codesubmit:backend'],
      ['codesubmit:frontend', 'codesubmit:mobile-app'],
      [],
      ['codesubmit:data'],
    ]);
    const robin = lever.account.users.find(({ name }) => name === 'Robin Recruiter');
    expect(lever.requests.writes().map(({ performAs }) => performAs)).toEqual([robin?.id]);
  });
});
