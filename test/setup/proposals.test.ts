// What the setup session asks because of the vendors’ data: fields of CodeSubmit’s list.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { hasTmux, type Terminal } from '../support/terminal.js';
import { SetupDesk } from './setup-desk.js';

const SETUP = 'codesubmit-lever setup; echo "exit code $?"';
const WHAT = 'What do you want to change?';

describe.skipIf(!hasTmux())('the setup session', () => {
  let world: SetupDesk;
  let terminal: Terminal;

  beforeEach(async () => {
    world = await SetupDesk.start();
  });
  afterEach(() => world.live.close());

  function file(name: string, secret: string): string {
    const path = join(world.live.folder, name);
    writeFileSync(path, secret, { mode: 0o600 });
    return path;
  }

  /** Sets up with this Lever key, then starts a session that changes something. */
  async function begin(leverKey: string, stage: string): Promise<void> {
    const { code, stderr } = await world.live.run(
      ...['setup', '--no-input', '--public-url', 'none'],
      ...['--rule', `stage=${stage};tag=codesubmit:backend;challenge=Backend API`],
      ...['--lever-api-key-file', file('lever.key', leverKey)],
      ...['--codesubmit-api-key-file', file('codesubmit.key', seedCodeSubmitApiKey)],
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    terminal = await world.terminal();
    await terminal.enter(SETUP);
  }

  const setUpAgain = async () => (await world.live.run('setup', '--no-input')).stdout;

  it('proposes where address, challenge and date are, stores only what is confirmed, and says so when no field shows it', async () => {
    const { codesubmit } = world.simulator;
    const testId = codesubmit.tests[0]?.id ?? '';
    codesubmit.invite({ testId, email: 'ada@example.com', firstName: 'Ada', lastName: '-' });
    await begin(seedLeverApiKey, 'Take-home');
    await terminal.choose(WHAT, 'CodeSubmit’s key');
    Object.assign(codesubmit.switches, {
      ...{ rowEmail: 'nested', rowTest: 'nested', createdAt: 'nested' },
    });
    await terminal.answer('CodeSubmit API key', seedCodeSubmitApiKey);
    await terminal.answer('Read a whole address from the field “candidate.email”?', 'y');
    await terminal.answer(
      'Read a challenge that is in the list of challenges from the field “assignment.title”?',
      'y',
    );
    await terminal.answer(
      'Read a date with a time and a zone from the field “sending.invited_at”?',
      'n',
    );
    await terminal.until('it is active', /Active from now on/);
    expect(await setUpAgain()).toContain(
      'Set where they are: codesubmit-lever setup --list-date-path sending.invited_at\n',
    );
    codesubmit.switches.rowEmail = 'masked';
    await terminal.choose(WHAT, 'CodeSubmit’s key');
    await terminal.answer('CodeSubmit API key', seedCodeSubmitApiKey);
    await terminal.until('there is none', /No field shows a whole address/);
    await terminal.answer(
      'Read a date with a time and a zone from the field “sending.invited_at”?',
      'n',
    );
    await terminal.untilAsked(WHAT);
  });
});
