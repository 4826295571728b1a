// A vitest that stays up: it runs one test file or folder of the current folder after the other, as it is told, and sends
// back how that ended. Starting vitest again for each planted fault would take longer than most tests.
import { createVitest } from 'vitest/node';

/** A typo in the fault would make any test fail. */
const OF_THE_LANGUAGE = /^(?:SyntaxError|TypeError|ReferenceError|RangeError)$/;

const vitest = await createVitest('test', {
  watch: false,
  bail: 1,
  reporters: [{}],
  silent: true,
});
await vitest.standalone();

/** What each failed test, or file that can't be read, says first. */
function failuresOf(modules) {
  const tests = modules.flatMap((module) => [...module.children.allTests('failed')]);
  return [
    ...tests.map((test) => [test.fullName, test.result().errors[0]]),
    ...modules.flatMap((module) => module.errors().map((error) => [module.moduleId, error])),
  ].map(([name, { name: kind, message }]) => ({ name, kind, message }));
}

function outcomeOf(modules) {
  const failures = failuresOf(modules);
  const shown = failures.find(({ kind }) => !OF_THE_LANGUAGE.test(kind));
  if (shown) return { kind: 'found', why: shown.name };
  const passed = modules.flatMap((module) => [...module.children.allTests('passed')]);
  if (failures.length === 0 && passed.length > 0)
    return { kind: 'missed', why: 'every test passes' };
  const [{ kind, message } = { kind: 'Error', message: 'no test ran' }] = failures;
  return { kind: 'crashed', why: `${kind}: ${message}` };
}

async function run({ changed, tests, only }) {
  for (const file of changed) vitest.invalidateFile(file);
  // It would report the tests of earlier runs too, and stop at once for their failures.
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  if (only === undefined) vitest.resetGlobalTestNamePattern();
  else vitest.setGlobalTestNamePattern(only);
  const { testModules } = await vitest.runTestSpecifications(
    await vitest.globTestSpecifications([tests]),
  );
  return outcomeOf(testModules);
}

process.on('message', (wanted) => {
  run(wanted).then(
    (outcome) => process.send(outcome),
    (error) => process.send({ kind: 'crashed', why: String(error) }),
  );
});
process.on('disconnect', () => void vitest.close());
process.send('ready');
