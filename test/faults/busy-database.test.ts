/**
 * Another process keeps the database busy in the middle of a write-back: the link is written as
 * soon as it is free.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { TappedProgram } from '../rigs/tapped-program.js';

let tapped: TappedProgram;

beforeAll(async () => {
  tapped = await TappedProgram.setUp();
});

afterAll(() => tapped.close());

it('leaves no link waiting until a restart', async () => {
  const { live, lever, file } = tapped;
  const daemon = await live.serve();
  const ada = tapped.person('Ada Fictional');
  lever.spoil('5xx before', ({ path }) => path.endsWith('/addLinks'), 1);
  live.move(ada.id);
  await live.deliver(daemon, ada.id);
  await eventually('the first attempt has failed', () =>
    lever.seen.some(({ path }) => path.endsWith('/addLinks')) ? true : undefined,
  );
  // The second attempt looks first. Then it needs a slot of Lever's rate, which is kept in the database.
  const looked = lever.arm({
    matches: ({ method, path }) => method === 'GET' && path.endsWith(ada.id),
    arrived: async () => {
      file.stopWrites();
      return 'pass';
    },
  });
  await looked;
  await eventually('the daemon has waited for the file in vain', () =>
    daemon.output.stdout.includes('work not settled') ? true : undefined,
  );
  file.letWrite();
  await eventually('the link is settled', async () =>
    (await tapped.fateOf(ada)).state === 'linked' ? true : undefined,
  );
  expect(await tapped.fateOf(ada)).toMatchObject({ invitations: 1, links: [expect.any(String)] });
  expect((await live.run('forget', ada.id, '--yes')).code).toBe(0);
});
