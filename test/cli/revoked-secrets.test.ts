/** `revoke` erases every stored secret, even what only the key could open. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ProgramRig } from '../rigs/program.js';

let live: ProgramRig;
afterAll(() => live.close());

/** The variable's value goes into a file, and leaves the environment. */
function fileOf(variable: string): string {
  const file = join(live.folder, variable);
  writeFileSync(file, live.environment[variable] ?? '', { mode: 0o600 });
  live.environment[variable] = undefined;
  return file;
}

const countSecrets = (): Promise<number> =>
  live.withApp(({ database }) =>
    Number(database.connection.prepare('SELECT count(*) FROM secrets').pluck().get()),
  );

it('of the keys and the token that setup stored, none is left', async () => {
  live = await ProgramRig.start();
  await live.setUp(
    ...['--lever-api-key-file', fileOf('LEVER_API_KEY')],
    ...['--codesubmit-api-key-file', fileOf('CODESUBMIT_API_KEY')],
    ...['--signing-token-file', fileOf('LEVER_SIGNING_TOKEN')],
  );
  expect(await countSecrets()).toBeGreaterThanOrEqual(3);
  await live.succeed('revoke', '--yes');
  expect(await countSecrets()).toBe(0);
});
