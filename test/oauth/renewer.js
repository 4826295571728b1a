// A process of its own that asks Lever one thing.
import { openApp } from '../../src/cli/context/open-app.js';
import { machineClock } from '../../src/domain/clock.js';
import { resolveHome } from '../../src/store/home/home.js';

const nothing = () => undefined;

const app = openApp(resolveHome(process.env.CODESUBMIT_LEVER_HOME), {
  env: process.env,
  configFolder: process.env.HOME,
  clock: machineClock,
  random: Math.random,
  log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  version: '0',
});

try {
  await app.vendors.lever().checkKey();
  process.stdout.write('let in');
} catch (error) {
  process.stdout.write(error.kind ?? String(error));
} finally {
  app.database.close();
}
