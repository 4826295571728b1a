/** Runs the parts named, or all: `npm run test:mutation -- decide list`. Fails if the tests of one miss more than a tenth. */
import { spawnSync } from 'node:child_process';
import { PARTS } from './parts.js';

const STRYKER = 'mutation/node_modules/@stryker-mutator/core/bin/stryker.js';
const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in PARTS));
if (unknown.length > 0)
  throw new Error(`no part ${unknown.join(', ')}: ${Object.keys(PARTS).join(', ')}`);

const failed = (named.length > 0 ? named : Object.keys(PARTS)).filter((name) => {
  process.stdout.write(`
${name}: ${PARTS[name].change.join(', ')}
`);
  const env = { ...process.env, MUTATION_PART: name };
  const options = { stdio: 'inherit', env };
  const { status } = spawnSync(
    process.execPath,
    [STRYKER, 'run', 'mutation/stryker.config.js'],
    options,
  );
  return status !== 0;
});
if (failed.length > 0) {
  process.stderr.write(`Tests miss too many changes in: ${failed.join(', ')}\n`);
  process.exitCode = 1;
}
