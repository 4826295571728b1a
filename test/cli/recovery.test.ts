/** What a recovery must not lose: who was invited, without a usable backup too, and the login in use. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';

let live: ProgramRig;
let daemon: RunningDaemon;
let id: string;

/** One candidate was invited, and has the link. */
beforeEach(async () => {
  live = await ProgramRig.setUp();
  daemon = await live.serve();
  id = live.candidate('Ada Before');
  live.move(id);
  await live.deliver(daemon, id);
  await untilLinked(id);
});

afterEach(async () => {
  await live.close();
});

async function untilLinked(who: string): Promise<string | null> {
  return eventually(`a link for ${who}`, async () => {
    const { invitations } = await live.status();
    const one = invitations.find((row) => row.opportunityId === who && row.state === 'linked');
    return one?.link;
  });
}

function sentTo(email: string): number {
  const counts = live.simulator.codesubmit.invitationCounts();
  return counts.filter((one) => one.email === email).reduce((sum, { count }) => sum + count, 0);
}

it('without any copy: a new data directory adopts what was sent, and sends only the rest', async () => {
  const link = await untilLinked(id);
  await daemon.kill('SIGKILL');
  rmSync(live.home, { recursive: true });
  const waiting = live.candidate('Bea Waiting');
  live.move(waiting);
  await live.setUp('--existing', 'invite', '--yes');
  daemon = await live.serve();
  expect(await untilLinked(id)).toBe(link);
  await untilLinked(waiting);
  expect(sentTo('ada.before@example.com')).toBe(1);
  expect(sentTo('bea.waiting@example.com')).toBe(1);
});

it('without the key: a backup in the data directory, revoked and set up again, keeps who was sent what', async () => {
  const copy = join(live.folder, 'copy.db');
  expect(await live.run('backup', copy)).toMatchObject({ code: 0 });
  await daemon.kill('SIGTERM');
  rmSync(live.home, { recursive: true });
  live.environment.CODESUBMIT_LEVER_SECRET_KEY = undefined;
  expect((await live.run('restore', copy)).stderr).toContain(
    '“Without the key” in docs/running.md',
  );
  rmSync(live.home, { recursive: true });
  mkdirSync(live.home, { mode: 0o700 });
  copyFileSync(copy, join(live.home, 'codesubmit-lever.db'));
  expect(await live.run('revoke', '--yes')).toMatchObject({ code: 0 });
  await live.setUp();
  daemon = await live.serve();
  expect(await live.deliver(daemon, id)).toBe(200);
  const later = live.candidate('Cy Later');
  live.move(later);
  await live.deliver(daemon, later);
  await untilLinked(later);
  expect(sentTo('ada.before@example.com')).toBe(1);
  const { invitations } = await live.status();
  expect(invitations.find((row) => row.opportunityId === id)?.state).toBe('linked');
});

it('a restore keeps the login in use: the tokens in the copy are spent, and could end it', async () => {
  await daemon.kill('SIGTERM');
  const logIn = (tokens: string) =>
    live.withApp((app) =>
      app.database.write((tx) => app.secrets.replace(tx, 'lever_grant', tokens, 1)),
    );
  const copy = join(live.folder, 'login.db');
  await logIn('spent');
  await live.run('backup', copy);
  await logIn('in use');
  expect(await live.run('restore', copy, '--yes')).toMatchObject({ code: 0 });
  expect(await live.withApp((app) => app.secrets.list('lever_grant', 2))).toEqual(['in use']);
});
